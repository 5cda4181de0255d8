/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_dw.h - descriptors DW (depthwise convolution) and WSUM (weighted sum), with their requantiser.
 */
#ifndef VN_DW_H
#define VN_DW_H

#include "hls/vn_types.h"

void vn_dw(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
           uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], int8_t act[VN_ACT_WORDS][VN_R]);

void vn_wsum(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
             uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], int8_t act[VN_ACT_WORDS][VN_R]);

#endif /* VN_DW_H */
