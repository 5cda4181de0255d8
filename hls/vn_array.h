/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_array.h - descriptor MM: KTILES weight tiles times N0*N1*N2 pixels into the partial-sum
 * buffer.
 */
#ifndef VN_ARRAY_H
#define VN_ARRAY_H

#include "hls/vn_types.h"

void vn_array_mm(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
                 int8_t act[VN_ACT_WORDS][VN_R], int32_t psum[VN_PSUM_ENTRIES][VN_C]);

#endif /* VN_ARRAY_H */
