/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.c - descriptors of LOAD, STORE and MM, and the list that they go to.
 */
#include "model/emit.h"

#include <stdlib.h>
#include <string.h>

void vn_list_free(struct vn_list *list)
{
	free(list->desc);
	free(list->access);
	memset(list, 0, sizeof(*list));
}

uint32_t *vn_emit(struct vn_emit *e, uint32_t op, uint32_t flags, struct vn_span read,
                  struct vn_span write)
{
	struct vn_list *l = e->list;
	uint32_t *d;

	if (!l->failed && l->count == l->room) {
		const uint32_t room = l->room ? 2 * l->room : 256;
		void *desc = realloc(l->desc, room * sizeof(*l->desc));
		void *access;

		if (desc)
			l->desc = desc;
		access = desc ? realloc(l->access, room * sizeof(*l->access)) : NULL;
		if (access)
			l->access = access;
		else
			l->failed = 1;
		l->room = access ? room : l->room;
	}
	if (l->failed)
		return NULL;
	l->access[l->count] = (struct vn_access){read, write};
	d = l->desc[l->count++];
	memset(d, 0, sizeof(*l->desc));
	VN_SET(d, ALL_OP, op);
	VN_SET(d, ALL_FLAGS, flags);
	VN_SET(d, ALL_STAGE, e->stage);
	VN_SET(d, ALL_IMAGE, e->image);
	return d;
}

/* Scratch records of different images are different memory: keep them apart. */
static struct vn_span scratch(const struct vn_emit *e, uint64_t low, uint64_t size)
{
	return vn_span(VN_BUF_MEM, (uint64_t)e->image * e->lay->scratch + low, size);
}

static const struct vn_span nothing;

void vn_emit_move(struct vn_emit *e, uint32_t op, uint32_t flags, uint32_t space, uint32_t offset,
                  uint32_t mem_step, uint32_t act, uint32_t act_step, uint32_t words,
                  uint32_t chunks)
{
	const uint32_t record = space == VN_SPACE_INPUT    ? e->lay->input
	                        : space == VN_SPACE_OUTPUT ? e->lay->output
	                                                   : e->lay->scratch;
	const uint32_t beats = vn_ceil_div(words * e->lay->rows, VN_BEAT_BYTES);
	const struct vn_span on_chip =
	        vn_span(VN_BUF_ACT, act, (uint64_t)(chunks - 1) * act_step + words);
	const struct vn_span mem =
	        space == VN_SPACE_SCRATCH
	                ? scratch(e, offset, (uint64_t)(chunks - 1) * mem_step + beats)
	                : nothing;
	uint32_t *d = op == VN_OP_LOAD ? vn_emit(e, op, flags, mem, on_chip)
	                               : vn_emit(e, op, flags, on_chip, mem);

	if (!d)
		return;
	VN_SET(d, LOAD_OFFSET, offset);
	VN_SET(d, LOAD_RECORD, record);
	VN_SET(d, LOAD_ACT, act);
	VN_SET(d, LOAD_ACT_STEP, chunks > 1 ? act_step : 0);
	VN_SET(d, LOAD_MEM_STEP, chunks > 1 ? mem_step : 0);
	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, chunks);
	VN_SET(d, LOAD_SPACE, space);
}

void vn_emit_mm(struct vn_emit *e, const struct vn_tiling *t, uint64_t weights, struct vn_pixels px,
                uint32_t psum)
{
	const uint32_t most = e->lay->config[VN_CFG_MAX_KTILES];
	const uint32_t beats = e->lay->rows * e->lay->cols / VN_BEAT_BYTES;
	uint32_t k, n;

	for (k = 0; k < t->ktiles; k += n) {
		const uint32_t act = px.act + k * px.k_step;
		uint32_t *d;

		n = t->ktiles - k < most ? t->ktiles - k : most;
		d = vn_emit(e, VN_OP_MM, k ? VN_BIT(ACC) : 0,
		            vn_span(VN_BUF_ACT, act,
		                    (uint64_t)(n - 1) * px.k_step + (uint64_t)(px.n1 - 1) * px.s1 +
		                            px.n0),
		            vn_span(VN_BUF_PSUM, psum, (uint64_t)px.n0 * px.n1));
		if (!d)
			return;
		VN_SET(d, MM_WEIGHTS, weights + (uint64_t)k * beats);
		VN_SET(d, MM_ACT, act);
		VN_SET(d, MM_K_STEP, n > 1 ? px.k_step : 0);
		VN_SET(d, MM_KTILES, n);
		VN_SET(d, MM_N0, px.n0);
		VN_SET(d, MM_N1, px.n1);
		VN_SET(d, MM_N2, 1);
		VN_SET(d, MM_S1, px.n1 > 1 ? px.s1 : 0);
		VN_SET(d, MM_PSUM, psum);
	}
}
