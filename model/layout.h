/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.h - where everything of a program lies: weight tiles and parameter blocks, scratch
 * regions.
 */
#ifndef VN_LAYOUT_H
#define VN_LAYOUT_H

#include "model/compile.h"

/* One stage (or the FC) cut into tiles of C output channels.  Offsets in beats from the start of a
 * tile's block. */
struct vn_tiling {
	uint32_t ktiles;         /* tiles of R input channels */
	uint32_t tiles;          /* tiles of C output channels */
	uint32_t groups;         /* groups of R output channels: tiles * C/R */
	uint32_t post, dw, wsum; /* parameter blocks; the weights come first, at 0 */
	uint64_t beats;          /* of a tile's block */
};

struct vn_layout {
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t rows, cols;      /* R, C */
	struct vn_tiling *tiling; /* [n_stages + 1], the FC last */
	uint64_t *segment; /* [n_stages + 2] first beat of each stage's weights, and the end */
	uint32_t *region;  /* [n_stages] first beat of a stage's output in the scratch record */
	uint32_t *step;    /* [n_stages] beats from group to group there */
	uint32_t pool;     /* beat of the pooled vector there */
	uint32_t input, output, scratch; /* beats of a record */
	uint32_t input_step;             /* beats from group to group of the input record */
};

static inline uint32_t vn_ceil_div(uint32_t a, uint32_t b)
{
	return a / b + (a % b != 0);
}

VN_MUST_CHECK int vn_layout_make(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS],
                                 struct vn_layout *lay, vn_error *err);
void vn_layout_free(struct vn_layout *lay);

/* All weights and parameters, segment after segment; @out: segment[n_stages + 1] beats, zeroed by
 * the caller. */
void vn_layout_pack(const struct vn_qnet *net, const struct vn_layout *lay, uint8_t *out);

#endif /* VN_LAYOUT_H */
