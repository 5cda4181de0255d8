/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.c - the descriptors of an entry, in an order that is correct when executed one by one.
 *
 * A stage is: load its input (whole, or band by band); for every tile of C output channels and
 * every band of rows: MM into a partial-sum bank (the banks take turns), POST into the tile's ring,
 * DW of the rows whose neighbourhood is complete, and, if the output does not stay on chip, STORE.
 * The last stage ends each tile with its weighted sum.
 */
#include "model/schedule.h"

#include <stdlib.h>

#include "base/error.h"
#include "model/predict.h"
#include "model/schedule_order.h"
#include "model/schedule_tile.h"

enum {
	TRIAL_IMAGES = 4, /* show how images overlap */
	/* A later plan must save one of so many cycles: less the predictor cannot tell. */
	CLEARLY = 1000,
};

/* Conv rows [y0, y1) of the input, y0 at a beat, to word @act. */
static void load_rows(struct vn_emit *e, const struct vn_work *w, uint32_t y0, uint32_t y1,
                      uint32_t act)
{
	const struct vn_layout *lay = e->lay;
	const uint32_t width = (uint32_t)w->q->conv_w, stem = e->stage == 0;
	const uint32_t step = stem ? lay->input_step : lay->step[e->stage - 1];
	const uint32_t offset = (stem ? 0 : lay->region[e->stage - 1]) +
	                        (uint32_t)((uint64_t)y0 * width * lay->rows / VN_BEAT_BYTES);

	vn_emit_unit(e, VN_STREAM_LOAD, 0);
	vn_emit_move(e, VN_OP_LOAD, 0, stem ? VN_SPACE_INPUT : VN_SPACE_SCRATCH, offset, step, act,
	             w->in_rows * width, (y1 - y0) * width, w->t->ktiles);
}

/* A band's conv rows [y0, y1) into the buffer (a few more, so that they start on a beat). */
static void load_band(struct vn_emit *e, struct vn_work *w, uint32_t y0, uint32_t y1)
{
	w->in_row = y0 / w->plan.in_align * w->plan.in_align;
	w->in_rows = y1 - w->in_row;
	load_rows(e, w, w->in_row, y1, w->in_act);
}

/* Of an input that comes whole, the conv rows up to @y that are not there yet. */
static void load_upto(struct vn_emit *e, struct vn_work *w, uint32_t y)
{
	const uint32_t height = (uint32_t)w->q->conv_h, width = (uint32_t)w->q->conv_w;

	if (!w->plan.in_mem || !w->plan.in_whole || y <= w->loaded)
		return;
	y = vn_ceil_div(y, w->plan.in_align) * w->plan.in_align;
	y = y < height ? y : height;
	load_rows(e, w, w->loaded, y, w->in_act + w->loaded * width);
	w->loaded = y;
}

/* Output rows [y0, y1) of all tiles of stage @w, which passes them on in slots, into @slot. */
static void fill_slot(struct vn_emit *e, struct vn_work *w, uint32_t y0, uint32_t y1, uint32_t slot,
                      uint32_t slot_rows)
{
	const struct vn_qstage *q = w->q;
	const uint32_t height = (uint32_t)q->out_h, width = (uint32_t)q->out_w;
	const uint32_t want = y1 + (uint32_t)q->n < height ? y1 + (uint32_t)q->n : height;
	uint32_t tile, rows;

	w->slot_rows = slot_rows;
	w->slot_row = y0;
	w->slot_act = w->plan.out_act + slot * w->t->groups * slot_rows * width;
	for (; w->made < want; w->made += rows) {
		rows = want - w->made < w->plan.band ? want - w->made : w->plan.band;
		load_upto(e, w, vn_window_past(w->made + rows - 1, q->pool_h, q->out_h));
		for (tile = 0; tile < w->t->tiles; tile++)
			vn_tile_band(e, w, tile, w->made, rows);
	}
	for (tile = 0; tile < w->t->tiles && q->act != VN_QACT_NONE; tile++) {
		vn_emit_unit(e, VN_STREAM_DW, 0);
		vn_tile_depthwise(e, w, 0, 0, tile, y0, y1 - y0);
	}
	vn_emit_unit(e, VN_STREAM_STORE, 0);
	vn_emit_move(e, VN_OP_STORE, VN_BIT(TAP), VN_SPACE_SCRATCH,
	             e->lay->region[e->stage] +
	                     (uint32_t)((uint64_t)y0 * width * e->lay->rows / VN_BEAT_BYTES),
	             e->lay->step[e->stage], w->slot_act, slot_rows * width, (y1 - y0) * width,
	             w->t->groups);
}

/* The input of @w's pooled rows [y, y + rows), band number @number. */
static void fetch_band(struct vn_emit *e, struct vn_work *w, uint32_t y, uint32_t rows,
                       uint32_t number)
{
	const struct vn_qstage *q = w->q;
	const uint32_t first = vn_window_first(y, q->pool_h, q->out_h);
	uint32_t past = vn_window_past(y + rows - 1, q->pool_h, q->out_h);
	const uint32_t slot = w->plan.in_slots ? number % w->plan.in_slots : 0;

	if (!w->plan.in_slots) {
		if (w->plan.in_whole)
			load_upto(e, w, past);
		else
			load_band(e, w, first, past);
		return;
	}
	if (y + rows == (uint32_t)q->out_h)
		past = (uint32_t)q->conv_h;
	w->in_row = first;
	w->in_rows = w->plan.slot_rows;
	w->in_act =
	        w->plan.in_act + slot * w[-1].t->groups * w->plan.slot_rows * (uint32_t)q->conv_w;
	e->stage--;
	fill_slot(e, w - 1, first, past, slot, w->plan.slot_rows);
	e->stage++;
}

/* All bands of tiles [first, past). */
static void tile_chunk(struct vn_emit *e, struct vn_work *w, uint32_t first, uint32_t past)
{
	const struct vn_qstage *q = w->q;
	uint32_t y, rows, tile, number = 0, most = w->plan.ramp;

	for (y = 0; y < (uint32_t)q->out_h; y += rows, number++) {
		const uint32_t left = (uint32_t)q->out_h - y;

		rows = left < most ? left : most;
		most = 2 * most < w->plan.band ? 2 * most : w->plan.band;
		fetch_band(e, w, y, rows, number);
		for (tile = first; tile < past; tile++) {
			vn_tile_band(e, w, tile, y, rows);
			if (q->act == VN_QACT_NONE && w->plan.out_mem) {
				vn_emit_unit(e, VN_STREAM_STORE, 0);
				vn_tile_store(e, w, 0, tile, y, rows);
			}
			vn_finish_rows(e, w, tile, y + rows);
		}
	}
}

static int work_init(const struct vn_emit *e, uint32_t s, const struct vn_stage_plan *plan,
                     struct vn_work *w, vn_error *err)
{
	*w = (struct vn_work){.q = &e->net->stages[s], .t = &e->lay->tiling[s], .plan = *plan};
	w->in_act = plan->in_act;
	w->in_rows = (uint32_t)w->q->conv_h;
	w->done = calloc(w->t->tiles, sizeof(*w->done));
	return w->done ? 0 : vn_fail_nomem(err, w->t->tiles * sizeof(*w->done), "a schedule");
}

static void emit_stage(struct vn_emit *e, uint32_t s, struct vn_work *w)
{
	const uint32_t map = (uint32_t)(w->q->out_h * w->q->out_w);
	uint32_t first, past;

	e->stage = s;
	for (first = 0; first < w->t->tiles; first = past) {
		past = w->t->tiles - first < w->plan.chunk ? w->t->tiles : first + w->plan.chunk;
		tile_chunk(e, w, first, past);
	}
	if (w->plan.out_mem || w->q->act == VN_QACT_WSUM)
		return;
	vn_emit_unit(e, VN_STREAM_STORE, 0);
	vn_emit_move(e, VN_OP_STORE, VN_BIT(TAP), VN_SPACE_SCRATCH, e->lay->region[s],
	             e->lay->step[s], w->plan.out_act, map, map, w->t->groups);
}

/* The FC of all images of the pass; their pooled vectors lie at act.pool. */
static void emit_fc(struct vn_emit *e)
{
	const struct vn_tiling *t = &e->lay->tiling[e->net->n_stages];
	const uint32_t in = e->lay->tiling[e->net->n_stages - 1].groups, images = e->entry->group;
	const uint32_t words = 4 * e->per_tile; /* raw int32 of one tile */
	uint32_t tile;

	e->stage = (uint32_t)e->net->n_stages;
	for (tile = 0; tile < t->tiles; tile++) {
		const struct vn_pixels px = {e->act.pool, 1, 1, images, in};

		e->image = 0;
		vn_emit_unit(e, VN_STREAM_CONV, images);
		vn_emit_mm(e, t, vn_tile_base(e, tile), px, tile == 0);
		for (e->image = 0; e->image < images; e->image++) {
			const uint32_t act = e->act.logits + (e->image * t->tiles + tile) * words;
			const struct vn_access access = {
			        .read = {vn_span(VN_BUF_PSUM, e->image, 1, 0, 1)},
			        .write = {vn_span(VN_BUF_ACT, act, words, 0, 1)}};
			uint32_t *d = vn_emit(e, VN_OP_POST, VN_BIT(RAW), &access);

			if (!d)
				return;
			VN_SET(d, POST_PARAM, vn_tile_base(e, tile) + t->post);
			VN_SET(d, POST_PSUM, e->image);
			VN_SET(d, POST_PITCH, 1);
			VN_SET(d, POST_IN_H, 1);
			VN_SET(d, POST_OUT_H, 1);
			VN_SET(d, POST_IN_W, 1);
			VN_SET(d, POST_OUT_W, 1);
			VN_SET(d, POST_ROWS, 1);
			VN_SET(d, POST_COLS, 1);
			VN_SET(d, POST_DST, act);
			VN_SET(d, POST_DST_PITCH, 1);
		}
	}
	for (e->image = 0; e->image < images; e->image++) {
		vn_emit_unit(e, VN_STREAM_STORE, 0);
		vn_emit_move(e, VN_OP_STORE, 0, VN_SPACE_OUTPUT, 0, 0,
		             e->act.logits + e->image * t->tiles * words, 0, t->tiles * words, 1);
	}
}

/* The pooled vector of a stage entry to (STORE) or from (LOAD) the scratch record. */
static void move_pooled(struct vn_emit *e, uint32_t op)
{
	vn_emit_unit(e, op == VN_OP_LOAD ? VN_STREAM_LOAD : VN_STREAM_STORE, 0);
	vn_emit_move(e, op, 0, VN_SPACE_SCRATCH, e->lay->pool, 0, e->act.pool, 0,
	             e->lay->tiling[e->net->n_stages - 1].groups, 1);
}

/* One image through all stages; those that pass on in slots are drawn along by the next. */
static int emit_image(struct vn_emit *e, const struct vn_stage_plan *plan, vn_error *err)
{
	const uint32_t n = (uint32_t)e->net->n_stages;
	struct vn_work *w = calloc(n, sizeof(*w));
	uint32_t s;
	int ret = 0;

	if (!w)
		return vn_fail_nomem(err, n * sizeof(*w), "a schedule");
	for (s = 0; s < n && !ret; s++)
		ret = work_init(e, s, &plan[s], &w[s], err);
	for (s = 0; s < n && !ret; s++)
		if (!plan[s].out_slots)
			emit_stage(e, s, &w[s]);
	for (s = 0; s < n; s++)
		free(w[s].done);
	free(w);
	return ret;
}

/* BEGIN, then the draft in the order that the machine will like. */
static int write_list(struct vn_emit *e, struct vn_list *list, vn_error *err)
{
	const struct vn_access nothing = {.read = {{0}}};
	const uint32_t first = list->count;
	uint32_t *d = vn_list_add(list, &nothing);
	int ret = 0;

	if (d) {
		VN_SET(d, ALL_OP, VN_OP_BEGIN);
		VN_SET(d, BEGIN_HASH, vn_config_hash(e->lay->config));
		VN_SET(d, BEGIN_GROUP, e->entry->group);
		VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
	}
	if (!e->draft.list.failed)
		ret = vn_order(e->lay->config, (uint32_t)e->net->n_stages + 1, &e->draft, list,
		               err);
	if (!ret && (list->failed || e->draft.list.failed))
		ret = vn_fail_nomem(err, e->draft.list.room * sizeof(*list->desc), "descriptors");
	return ret ? ret
	           : vn_tokens_insert(list->desc + first, list->access + first, list->count - first,
	                              err);
}

/* Stages one after the other, each as large as it fits. */
static int plan_stages(const struct vn_emit *e, struct vn_stage_plan *plan, vn_error *err)
{
	const uint32_t n = (uint32_t)e->net->n_stages;
	uint32_t s;
	int ret = 0;

	for (s = 0; s < n && !ret; s++)
		ret = vn_plan_stage(e->net, e->lay, &e->act, s, s == 0 || plan[s - 1].out_mem,
		                    s ? plan[s - 1].out_act : 0, s < n - 1, &plan[s], err);
	return ret;
}

static int emit_planned(struct vn_emit *e, const struct vn_stage_plan *plan, vn_error *err)
{
	int ret = 0;

	for (e->image = 0; e->image < e->entry->group && !ret; e->image++)
		ret = emit_image(e, plan, err);
	if (!ret)
		emit_fc(e);
	return ret;
}

/* Cycles that the first images of the entry take with @plan. */
static int try_plan(const struct vn_emit *e, const struct vn_stage_plan *plan, uint64_t *cycles,
                    vn_error *err)
{
	const uint32_t group = e->entry->group;
	const struct vn_entry_plan few = {e->entry->kind, 0,
	                                  group < TRIAL_IMAGES ? group : TRIAL_IMAGES};
	const struct vn_predict_options opt = {.images = few.group};
	struct vn_emit trial = *e;
	struct vn_list list = {0};
	struct vn_predict p;
	int ret;

	trial.entry = &few;
	ret = emit_planned(&trial, plan, err);
	if (!ret)
		ret = write_list(&trial, &list, err);
	if (!ret)
		ret = vn_predict(e->lay->config, (const uint32_t(*)[VN_DESC_WORDS])list.desc,
		                 list.count, &opt, &p, err);
	*cycles = p.cycles;
	vn_list_free(&list);
	vn_draft_free(&trial.draft);
	return ret;
}

/* How all stages are cut: of the ways side by side the one that is predicted to be fastest; if none
 * fits, one after the other. */
static int plan_network(const struct vn_emit *e, struct vn_stage_plan *plan, vn_error *err)
{
	uint32_t choice, best = 0;
	uint64_t cycles, least = UINT64_MAX;
	int ret = 0;

	if (!vn_plan_chain(e->net, e->lay, &e->act, 0, plan))
		return plan_stages(e, plan, err);
	if (!vn_plan_chain(e->net, e->lay, &e->act, 1, plan))
		return !vn_plan_chain(e->net, e->lay, &e->act, 0, plan);
	for (choice = 0; !ret && vn_plan_chain(e->net, e->lay, &e->act, choice, plan); choice++) {
		ret = try_plan(e, plan, &cycles, err);
		if (!ret && cycles + cycles / CLEARLY < least) {
			least = cycles;
			best = choice;
		}
	}
	return ret ? ret : !vn_plan_chain(e->net, e->lay, &e->act, best, plan);
}

static int emit_network(struct vn_emit *e, vn_error *err)
{
	struct vn_stage_plan *plan = calloc((size_t)e->net->n_stages, sizeof(*plan));
	int ret;

	if (!plan)
		return vn_fail_nomem(err, (size_t)e->net->n_stages * sizeof(*plan), "a schedule");
	ret = plan_network(e, plan, err);
	if (!ret)
		ret = emit_planned(e, plan, err);
	free(plan);
	return ret;
}

static int emit_entry(struct vn_emit *e, vn_error *err)
{
	const uint32_t n = (uint32_t)e->net->n_stages, s = e->entry->stage;
	struct vn_stage_plan plan;
	struct vn_work w;
	int ret;

	if (e->entry->kind != VN_ENTRY_STAGE)
		return emit_network(e, err);
	if (s == n) {
		e->stage = s;
		move_pooled(e, VN_OP_LOAD);
		emit_fc(e);
		return 0;
	}
	ret = vn_plan_stage(e->net, e->lay, &e->act, s, 1, 0, 0, &plan, err);
	if (!ret)
		ret = work_init(e, s, &plan, &w, err);
	if (ret)
		return ret;
	emit_stage(e, s, &w);
	free(w.done);
	if (s == n - 1)
		move_pooled(e, VN_OP_STORE);
	return 0;
}

int vn_schedule(const struct vn_qnet *net, const struct vn_layout *lay,
                const struct vn_entry_plan *plan, struct vn_list *list, vn_error *err)
{
	struct vn_emit e = {
	        .net = net, .lay = lay, .entry = plan, .per_tile = lay->cols / lay->rows};
	int ret;

	vn_act_map_make(lay, (uint32_t)net->n_stages, plan->group, &e.act);
	if (!e.act.words)
		return vn_fail(err, VN_EFIT, "choose a target with a larger activation buffer",
		               "FC: pooled vectors and logits alone fill the activation buffer");
	e.base = plan->kind == VN_ENTRY_STAGE ? lay->segment[plan->stage] : 0;
	ret = emit_entry(&e, err);
	if (!ret)
		ret = write_list(&e, list, err);
	vn_draft_free(&e.draft);
	return ret;
}
