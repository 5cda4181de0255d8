/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.h - inside the scheduler: the draft of an entry, descriptor by descriptor with what each
 * touches.
 *
 * A draft is correct in its order, and made of units: descriptors that stay together.  Units belong
 * to streams, one for each stage and kind of work; a stream keeps its order, while
 * schedule_order.c decides how the streams interleave.
 */
#ifndef VN_EMIT_H
#define VN_EMIT_H

#include "model/plan.h"
#include "model/schedule.h"

enum vn_stream_kind {
	VN_STREAM_LOAD,
	VN_STREAM_CONV, /* MMs of one tile and the POST of their sums */
	VN_STREAM_DW,   /* DW or WSUM, with the STORE of what only waits in staging */
	VN_STREAM_STORE,
	VN_STREAM_KINDS
};

struct vn_unit {
	uint32_t first, count; /* descriptors of the draft */
	uint32_t stream;       /* stage * VN_STREAM_KINDS + kind */
	uint32_t psum;         /* entries of the partial-sum buffer, from 0 in the draft; 0: none */
};

struct vn_draft {
	struct vn_list list;
	struct vn_unit *units;
	uint32_t count, room;
};

/* An entry on its way. */
struct vn_emit {
	const struct vn_qnet *net;
	const struct vn_layout *lay;
	const struct vn_entry_plan *entry;
	struct vn_draft draft;
	struct vn_act_map act;
	uint64_t base;     /* first beat of the entry's weight segment */
	uint32_t per_tile; /* C/R */
	uint32_t image, stage;
};

/* Pixels of an MM: n1 turns of n0 pixels, s1 words apart; k_step words from k-tile to k-tile. */
struct vn_pixels {
	uint32_t act, k_step, n0, n1, s1;
};

/* @count runs of @width items, @step apart. */
static inline struct vn_span vn_span(enum vn_buffer buffer, uint64_t low, uint64_t width,
                                     uint64_t step, uint64_t count)
{
	return (struct vn_span){buffer, low, width, step, count, 0, 0};
}

void vn_draft_free(struct vn_draft *draft);

/* The next descriptors are a unit of the present stage's stream of @kind. */
void vn_emit_unit(struct vn_emit *e, enum vn_stream_kind kind, uint32_t psum);

/* A zeroed descriptor of @list, touching @access; NULL when memory is out (list->failed says so at
 * the end). */
uint32_t *vn_list_add(struct vn_list *list, const struct vn_access *access);

/* The same in the present unit, with its head filled. */
uint32_t *vn_emit(struct vn_emit *e, uint32_t op, uint32_t flags, const struct vn_access *access);

/* A LOAD or STORE; the two have the same fields.  @offset, @mem_step: beats; @act, @act_step,
 * @words: words. */
void vn_emit_move(struct vn_emit *e, uint32_t op, uint32_t flags, uint32_t space, uint32_t offset,
                  uint32_t mem_step, uint32_t act, uint32_t act_step, uint32_t words,
                  uint32_t chunks);

/* One tile over @px, all its k-tiles, split where an MM cannot take them all.  @weights: beat of
 * its first k-tile.  @halve: split them so that the last ones, made last, are waited for last. */
void vn_emit_mm(struct vn_emit *e, const struct vn_tiling *t, uint64_t weights, struct vn_pixels px,
                int halve);

#endif /* VN_EMIT_H */
