/* SPDX-License-Identifier: Apache-2.0
 *
 * refcu_ops.h - inside the reference compute unit: its memories, and one function per opcode.
 *
 * The functions act on a descriptor that spec/check.h has passed; they take no part in tokens, TAP
 * or the batch.
 */
#ifndef VN_REFCU_OPS_H
#define VN_REFCU_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "program and data are read in place, little endian");

enum {
	VN_REFCU_ROWS_MAX = 64,
	VN_REFCU_COLS_MAX = 128,
	VN_REFCU_N_MAX = 4,
};

struct vn_refcu_mm; /* working space of MM */

struct vn_refcu {
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t hash;
	uint32_t rows, cols; /* R, C */
	uint8_t *act;        /* [ACT_WORDS][R] */
	int32_t *mid;        /* [MID_SLOTS][C], uint8 values: widened once, read up to 81 times */
	int32_t *psum;       /* [PSUM_ENTRIES][C] */
	struct vn_refcu_mm *mm;
};

/* NULL: no memory. */
struct vn_refcu_mm *vn_refcu_mm_new(uint32_t bank);
void vn_refcu_mm_free(struct vn_refcu_mm *mm);

/* @record: base of the image's record. */
void vn_refcu_load(struct vn_refcu *cu, const uint32_t *d, const uint8_t *record);
void vn_refcu_store(const struct vn_refcu *cu, const uint32_t *d, uint8_t *record);
/* @weights: the weights base. */
void vn_refcu_mm(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights);
void vn_refcu_post(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights);
void vn_refcu_dw(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights);
void vn_refcu_wsum(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights);

/* Byte address of beat @beat. */
static inline size_t vn_beats(uint64_t beat)
{
	return (size_t)(beat * VN_BEAT_BYTES);
}

/* @bytes rounded up to whole beats. */
static inline size_t vn_pad(size_t bytes)
{
	return (bytes + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES * VN_BEAT_BYTES;
}

#endif /* VN_REFCU_OPS_H */
