/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.c - descriptors of LOAD, STORE and MM, and the draft that they go to.
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

void vn_draft_free(struct vn_draft *draft)
{
	vn_list_free(&draft->list);
	free(draft->units);
	memset(draft, 0, sizeof(*draft));
}

uint32_t *vn_list_add(struct vn_list *l, const struct vn_access *access)
{
	uint32_t *d;

	if (!l->failed && l->count == l->room) {
		const uint32_t room = l->room ? 2 * l->room : 256;
		void *desc = realloc(l->desc, room * sizeof(*l->desc));
		void *wider;

		if (desc)
			l->desc = desc;
		wider = desc ? realloc(l->access, room * sizeof(*l->access)) : NULL;
		if (wider)
			l->access = wider;
		else
			l->failed = 1;
		l->room = wider ? room : l->room;
	}
	if (l->failed)
		return NULL;
	l->access[l->count] = *access;
	d = l->desc[l->count++];
	memset(d, 0, sizeof(*l->desc));
	return d;
}

void vn_emit_unit(struct vn_emit *e, enum vn_stream_kind kind, uint32_t psum)
{
	struct vn_draft *draft = &e->draft;

	if (draft->count == draft->room) {
		const uint32_t room = draft->room ? 2 * draft->room : 256;
		void *units = realloc(draft->units, room * sizeof(*draft->units));

		if (!units) {
			draft->list.failed = 1;
			return;
		}
		draft->units = units;
		draft->room = room;
	}
	draft->units[draft->count++] = (struct vn_unit){
	        draft->list.count, 0, e->stage * VN_STREAM_KINDS + (uint32_t)kind, psum};
}

uint32_t *vn_emit(struct vn_emit *e, uint32_t op, uint32_t flags, const struct vn_access *access)
{
	uint32_t *d = vn_list_add(&e->draft.list, access);

	if (!d)
		return NULL;
	e->draft.units[e->draft.count - 1].count++;
	VN_SET(d, ALL_OP, op);
	VN_SET(d, ALL_FLAGS, flags);
	VN_SET(d, ALL_STAGE, e->stage);
	VN_SET(d, ALL_IMAGE, e->image);
	return d;
}

void vn_emit_move(struct vn_emit *e, uint32_t op, uint32_t flags, uint32_t space, uint32_t offset,
                  uint32_t mem_step, uint32_t act, uint32_t act_step, uint32_t words,
                  uint32_t chunks)
{
	const uint32_t record = space == VN_SPACE_INPUT    ? e->lay->input
	                        : space == VN_SPACE_OUTPUT ? e->lay->output
	                                                   : e->lay->scratch;
	const uint32_t beats = vn_ceil_div(words * e->lay->rows, VN_BEAT_BYTES);
	const struct vn_span on_chip = vn_span(VN_BUF_ACT, act, words, act_step, chunks);
	/* Scratch records of different images are different memory: keep them apart. */
	const struct vn_span mem =
	        vn_span(VN_BUF_MEM, (uint64_t)e->image * e->lay->scratch + offset, beats, mem_step,
	                space == VN_SPACE_SCRATCH ? chunks : 0);
	struct vn_access access = {.read = {on_chip}, .write = {mem}};
	uint32_t *d;

	if (op == VN_OP_LOAD)
		access = (struct vn_access){.read = {mem}, .write = {on_chip}};
	d = vn_emit(e, op, flags, &access);
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

/* K-tiles [k, k + n) of a tile. */
static void mm(struct vn_emit *e, uint64_t weights, const struct vn_pixels *px, uint32_t k,
               uint32_t n)
{
	const uint32_t beats = e->lay->rows * e->lay->cols / VN_BEAT_BYTES;
	const uint32_t act = px->act + k * px->k_step;
	const struct vn_access access = {
	        .read = {vn_span(VN_BUF_ACT, act, (uint64_t)(px->n1 - 1) * px->s1 + px->n0,
	                         px->k_step, n)},
	        .write = {vn_span(VN_BUF_PSUM, 0, (uint64_t)px->n0 * px->n1, 0, 1)}};
	uint32_t *d = vn_emit(e, VN_OP_MM, k ? VN_BIT(ACC) : 0, &access);

	if (!d)
		return;
	VN_SET(d, MM_WEIGHTS, weights + (uint64_t)k * beats);
	VN_SET(d, MM_ACT, act);
	VN_SET(d, MM_K_STEP, n > 1 ? px->k_step : 0);
	VN_SET(d, MM_KTILES, n);
	VN_SET(d, MM_N0, px->n0);
	VN_SET(d, MM_N1, px->n1);
	VN_SET(d, MM_N2, 1);
	VN_SET(d, MM_S1, px->n1 > 1 ? px->s1 : 0);
}

void vn_emit_mm(struct vn_emit *e, const struct vn_tiling *t, uint64_t weights, struct vn_pixels px,
                int halve)
{
	const uint32_t most = e->lay->config[VN_CFG_MAX_KTILES];
	uint32_t k, n;

	for (k = 0; k < t->ktiles; k += n) {
		n = t->ktiles - k;
		if (halve && n > e->per_tile)
			n = vn_ceil_div(n / 2, e->per_tile) * e->per_tile;
		n = n < most ? n : most;
		mm(e, weights, &px, k, n);
	}
}
