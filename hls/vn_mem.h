/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_mem.h - moves between card memory and the compute unit; offsets are beats from the pointer's
 * base.
 */
#ifndef VN_MEM_H
#define VN_MEM_H

#include "hls/vn_types.h"

/* Descriptor @index of the program. */
void vn_mem_desc(const vn_beat *program, uint64_t index, uint32_t d[VN_DESC_WORDS]);

/* LOAD and STORE @d for record @image of @from or @to. */
void vn_mem_load(const uint32_t d[VN_DESC_WORDS], uint64_t image, const vn_beat *from,
                 int8_t act[VN_ACT_WORDS][VN_R]);
void vn_mem_store(const uint32_t d[VN_DESC_WORDS], uint64_t image, int8_t act[VN_ACT_WORDS][VN_R],
                  vn_beat *to);

/* Beat @i (< VN_TILE_BEATS) of the weight tile that starts at @at. */
void vn_mem_tile_beat(const vn_beat *weights, uint64_t at, uint32_t i, int8_t tile[VN_R][VN_C]);

/* One vector of C words, VN_WORD_BEATS long, and one of C bytes, VN_BYTE_BEATS long. */
void vn_mem_words(const vn_beat *weights, uint64_t at, uint32_t v[VN_C]);
void vn_mem_bytes(const vn_beat *weights, uint64_t at, int8_t v[VN_C]);

void vn_mem_status(vn_beat *status, const uint32_t words[VN_STATUS_WORDS]);

#endif /* VN_MEM_H */
