/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_types.h - the types between the files of hls/, the names of its functions, and where its
 * buffers live.
 *
 * Shapes: act[word][channel of R] int8; mid[bank = row mod 8][slot][channel of C] uint8;
 * psum[entry][channel of C].
 */
#ifndef VN_TYPES_H
#define VN_TYPES_H

#include <stdint.h>

#include "hls/vn_config.h"
#include "hls/vn_pragma.h"

/* One transfer on a 512-bit port; byte b is bits 8*(b%8) of w[b/8]. */
typedef struct {
	uint64_t w[8];
} vn_beat;
_Static_assert(sizeof(vn_beat) == VN_BEAT_BYTES, "a vn_beat is one beat");

#ifdef VN_SYNTHESIS
#define VN_SYM(name) name
#else
/* gcc links compute units of several sizes into one library: vn_cu of 16x16 is vn_cu_16x16. */
#define VN_SYM(name)             VN_SYM_OF(name, VN_R, VN_C)
#define VN_SYM_OF(name, r, c)    VN_SYM_PASTE(name, r, c)
#define VN_SYM_PASTE(name, r, c) name##_##r##x##c
#define vn_cu                    VN_SYM(vn_cu)
#define vn_array_mm              VN_SYM(vn_array_mm)
#define vn_post                  VN_SYM(vn_post)
#define vn_dw                    VN_SYM(vn_dw)
#define vn_wsum                  VN_SYM(vn_wsum)
#define vn_mem_desc              VN_SYM(vn_mem_desc)
#define vn_mem_load              VN_SYM(vn_mem_load)
#define vn_mem_store             VN_SYM(vn_mem_store)
#define vn_mem_tile_beat         VN_SYM(vn_mem_tile_beat)
#define vn_mem_words             VN_SYM(vn_mem_words)
#define vn_mem_bytes             VN_SYM(vn_mem_bytes)
#define vn_mem_status            VN_SYM(vn_mem_status)
#define vn_state_now             VN_SYM(vn_state_now)
#define vn_hls_entry             VN_SYM(vn_hls_entry)
#endif

/* The three buffers of vn_cu.  In hardware they are static; under gcc each running thread has its
 * own, which host_cu.c provides, since thread-local arrays of this size would eat the stack of
 * every thread of the process. */
#ifdef VN_SYNTHESIS
#define VN_BUFFER(type, name, first, rest) static type name[first] rest
#else
typedef struct {
	_Alignas(VN_BEAT_BYTES) int8_t act[VN_ACT_WORDS][VN_R];
	_Alignas(VN_BEAT_BYTES) uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C];
	_Alignas(VN_BEAT_BYTES) int32_t psum[VN_PSUM_ENTRIES][VN_C];
} vn_state;
extern _Thread_local vn_state *vn_state_now;
#define VN_BUFFER(type, name, first, rest) type(*const name) rest = vn_state_now->name
#endif

/* The kernel: arguments and their order are the registers of spec/cu.def from PROGRAM on. */
void vn_cu(const vn_beat *program, uint32_t first, uint32_t count, uint32_t images,
           const vn_beat *weights, const vn_beat *input, vn_beat *output, vn_beat *scratch,
           vn_beat *status);

#endif /* VN_TYPES_H */
