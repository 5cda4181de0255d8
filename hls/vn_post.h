/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_post.h - descriptor POST: partial sums to 8 bits, pooled, or to raw int32.
 */
#ifndef VN_POST_H
#define VN_POST_H

#include "hls/vn_types.h"

void vn_post(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
             int32_t psum[VN_PSUM_ENTRIES][VN_C], int8_t act[VN_ACT_WORDS][VN_R],
             uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C]);

#endif /* VN_POST_H */
