/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.h - inside the scheduler: append one descriptor, with what it touches.
 */
#ifndef VN_EMIT_H
#define VN_EMIT_H

#include "model/plan.h"
#include "model/schedule.h"

/* An entry on its way. */
struct vn_emit {
	const struct vn_qnet *net;
	const struct vn_layout *lay;
	const struct vn_entry_plan *entry;
	struct vn_list *list;
	struct vn_act_map act;
	uint64_t base;     /* first beat of the entry's weight segment */
	uint32_t per_tile; /* C/R */
	uint32_t image, stage, bank;
};

/* Pixels of an MM: n1 turns of n0 pixels, s1 words apart; k_step words from k-tile to k-tile. */
struct vn_pixels {
	uint32_t act, k_step, n0, n1, s1;
};

static inline struct vn_span vn_span(enum vn_buffer buffer, uint64_t low, uint64_t size)
{
	return (struct vn_span){buffer, low, low + size};
}

/* A zeroed descriptor with its head filled; NULL when memory is out (list->failed says so at the
 * end). */
uint32_t *vn_emit(struct vn_emit *e, uint32_t op, uint32_t flags, struct vn_span read,
                  struct vn_span write);

/* A LOAD or STORE; the two have the same fields.  @offset, @mem_step: beats; @act, @act_step,
 * @words: words. */
void vn_emit_move(struct vn_emit *e, uint32_t op, uint32_t flags, uint32_t space, uint32_t offset,
                  uint32_t mem_step, uint32_t act, uint32_t act_step, uint32_t words,
                  uint32_t chunks);

/* One tile over @px, all its k-tiles, split where an MM cannot take them all.  @weights: beat of
 * its first k-tile. */
void vn_emit_mm(struct vn_emit *e, const struct vn_tiling *t, uint64_t weights, struct vn_pixels px,
                uint32_t psum);

#endif /* VN_EMIT_H */
