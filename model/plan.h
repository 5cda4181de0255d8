/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - how one stage is cut to fit the buffers of a compute unit.
 */
#ifndef VN_PLAN_H
#define VN_PLAN_H

#include "model/layout.h"

/* Of the activation buffer: stages take turns at its two ends, pooled vectors and logits have the
 * top. */
struct vn_act_map {
	uint32_t words;  /* that maps may use, from 0 */
	uint32_t pool;   /* first word of the pooled vectors, image after image */
	uint32_t logits; /* first word of the raw logits, image after image */
};

struct vn_stage_plan {
	int in_mem;   /* the input comes from card memory, else it lies at in_act */
	int in_whole; /* all of it is (or is loaded) in the buffer at once, else band by band */
	int out_mem;  /* the output goes to card memory tile by tile, else it stays at out_act */
	/* The input comes band by band from the stage before, through this many slots from in_act,
	 * each of slot_rows rows; 0: it does not.  The stage before has out_slots set instead. */
	uint32_t in_slots, slot_rows;
	int out_slots;
	uint32_t in_act, out_act;
	uint32_t band;     /* pooled rows made at a time, at most */
	uint32_t ramp;     /* pooled rows of the first band; each next one is twice as large */
	uint32_t strip;    /* pooled columns made at a time */
	uint32_t out_rows; /* out_mem: rows of one tile stored at a time, a multiple of align unless
	                      it is all of them */
	uint32_t align;    /* rows of the output that fill whole beats */
	uint32_t in_align; /* the same of the input */
	uint32_t mid;      /* first slot of the rings */
	uint32_t ring;     /* rows of a ring of the middle buffer; 0: not used */
	uint32_t chunk;    /* tiles whose rings stand side by side */
	uint32_t rings; /* rings there are room for: chunk of them are filled, then the next ones */
};

/* First row of pooling window @i, and the row after its last. */
static inline uint32_t vn_window_first(uint32_t i, uint32_t pool, uint32_t out)
{
	return (uint32_t)((uint64_t)i * pool / out);
}
static inline uint32_t vn_window_past(uint32_t i, uint32_t pool, uint32_t out)
{
	return (uint32_t)(((uint64_t)(i + 1) * pool + out - 1) / out);
}

void vn_act_map_make(const struct vn_layout *lay, uint32_t n_stages, uint32_t group,
                     struct vn_act_map *map);

/* Cut stage @s.  @in_mem, @in_act: where its input is; @may_keep: the output may stay in the buffer
 * (if it fits there beside everything the next stage needs).  Errors: VN_EFIT. */
VN_MUST_CHECK int vn_plan_stage(const struct vn_qnet *net, const struct vn_layout *lay,
                                const struct vn_act_map *map, uint32_t s, int in_mem,
                                uint32_t in_act, int may_keep, struct vn_stage_plan *plan,
                                vn_error *err);

/* Plan all stages of an entry that computes the whole network, plan[n_stages], so that stages
 * overlap: outputs stay in the buffer, or pass on in bands, side by side.  @choice: which of the
 * ways that fit, from 0.  0: there are no more. */
int vn_plan_chain(const struct vn_qnet *net, const struct vn_layout *lay,
                  const struct vn_act_map *map, uint32_t choice, struct vn_stage_plan *plan);

#endif /* VN_PLAN_H */
