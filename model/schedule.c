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

#include "driver/error.h"
#include "model/emit.h"

/* One stage on its way. */
struct work {
	const struct vn_qstage *q;
	const struct vn_tiling *t;
	struct vn_stage_plan plan;
	uint32_t in_row;  /* first conv row that lies in the buffer */
	uint32_t in_rows; /* rows of it there */
	uint32_t *done;   /* [tiles] output rows made */
};

/* The next partial-sum bank. */
static uint32_t next_bank(struct vn_emit *e)
{
	e->bank ^= 1;
	return e->bank * (e->lay->config[VN_CFG_PSUM_ENTRIES] / 2);
}

static uint64_t tile_base(const struct vn_emit *e, uint32_t tile)
{
	return e->lay->segment[e->stage] - e->base + tile * e->lay->tiling[e->stage].beats;
}

/* First slot of the ring of @tile. */
static uint32_t ring_slot(const struct work *w, uint32_t tile)
{
	return tile % w->plan.rings * w->plan.ring * (uint32_t)w->q->out_w;
}

static struct vn_span ring_span(const struct work *w, uint32_t tile)
{
	return vn_span(VN_BUF_MID, ring_slot(w, tile), (uint64_t)w->plan.ring * w->q->out_w);
}

static struct vn_span act_span(const struct vn_emit *e, uint32_t act, uint32_t step, uint32_t words)
{
	return vn_span(VN_BUF_ACT, act, (uint64_t)(e->per_tile - 1) * step + words);
}

/* Where rows from @y of a tile go: the kept map, or the staging (whose first row is @y). */
static void destination(const struct vn_emit *e, const struct work *w, int staged, uint32_t tile,
                        uint32_t y, uint32_t *act, uint32_t *step)
{
	const uint32_t width = (uint32_t)w->q->out_w, map = (uint32_t)w->q->out_h * width;

	*step = staged ? w->plan.out_rows * width : map;
	*act = w->plan.out_act + (staged ? 0 : tile * e->per_tile * map + y * width);
}

/* Rows [y, y + rows) of a tile from staging to the stage's region of the scratch record. */
static void store_rows(struct vn_emit *e, const struct work *w, uint32_t flags, uint32_t tile,
                       uint32_t y, uint32_t rows)
{
	const uint32_t width = (uint32_t)w->q->out_w, mem_step = e->lay->step[e->stage];
	const uint32_t offset = e->lay->region[e->stage] + tile * e->per_tile * mem_step +
	                        (uint32_t)((uint64_t)y * width * e->lay->rows / VN_BEAT_BYTES);

	vn_emit_move(e, VN_OP_STORE, flags, VN_SPACE_SCRATCH, offset, mem_step, w->plan.out_act,
	             w->plan.out_rows * width, rows * width, e->per_tile);
}

/* Conv columns of pooled columns [x, x + cols), as entries of a strip. */
struct strip {
	uint32_t x, cols, conv_x, conv_cols;
};

static void post(struct vn_emit *e, const struct work *w, uint32_t tile, uint32_t y, uint32_t rows,
                 const struct strip *sx, uint32_t psum, uint32_t conv_y, uint32_t conv_rows)
{
	const struct vn_qstage *q = w->q;
	const int mid = q->act != VN_QACT_NONE, staged = w->plan.out_mem;
	const uint32_t flags =
	        (mid ? VN_BIT(MID) | VN_BIT(U8) : 0) | (q->cases > 1 ? VN_BIT(BORDER) : 0);
	uint32_t dst = mid ? ring_slot(w, tile) : 0, step = 0, *d;

	if (!mid) {
		destination(e, w, staged, tile, y, &dst, &step);
		dst += sx->x;
	}
	d = vn_emit(e, VN_OP_POST, flags,
	            vn_span(VN_BUF_PSUM, psum, (uint64_t)conv_rows * sx->conv_cols),
	            mid ? ring_span(w, tile)
	                : act_span(e, dst, step, (rows - 1) * (uint32_t)q->out_w + sx->cols));
	if (!d)
		return;
	VN_SET(d, POST_PARAM, tile_base(e, tile) + w->t->post);
	VN_SET(d, POST_PSUM, psum);
	VN_SET(d, POST_PITCH, sx->conv_cols);
	VN_SET(d, POST_IN_H, q->pool_h);
	VN_SET(d, POST_OUT_H, q->out_h);
	VN_SET(d, POST_IN_W, q->pool_w);
	VN_SET(d, POST_OUT_W, q->out_w);
	VN_SET(d, POST_OY0, y);
	VN_SET(d, POST_ROWS, rows);
	VN_SET(d, POST_OX0, sx->x);
	VN_SET(d, POST_COLS, sx->cols);
	VN_SET(d, POST_IY0, conv_y);
	VN_SET(d, POST_IX0, sx->conv_x);
	VN_SET(d, POST_DST, dst);
	VN_SET(d, POST_DST_PITCH, q->out_w);
	VN_SET(d, POST_RING, w->plan.ring);
	VN_SET(d, POST_DST_STEP, step);
}

static void depthwise(struct vn_emit *e, const struct work *w, uint32_t flags, int staged,
                      uint32_t tile, uint32_t y, uint32_t rows)
{
	const struct vn_qstage *q = w->q;
	uint32_t act, step, *d;

	destination(e, w, staged, tile, y, &act, &step);
	d = vn_emit(e, VN_OP_DW, flags, ring_span(w, tile),
	            act_span(e, act, step, rows * (uint32_t)q->out_w));
	if (!d)
		return;
	VN_SET(d, DW_PARAM, tile_base(e, tile) + w->t->dw);
	VN_SET(d, DW_MID, ring_slot(w, tile));
	VN_SET(d, DW_PITCH, q->out_w);
	VN_SET(d, DW_RING, w->plan.ring);
	VN_SET(d, DW_MAP_H, q->out_h);
	VN_SET(d, DW_MAP_W, q->out_w);
	VN_SET(d, DW_Y0, y);
	VN_SET(d, DW_ROWS, rows);
	VN_SET(d, DW_X0, 0);
	VN_SET(d, DW_COLS, q->out_w);
	VN_SET(d, DW_ACT, act);
	VN_SET(d, DW_DST_PITCH, q->out_w);
	VN_SET(d, DW_N, q->n);
	VN_SET(d, DW_DST_STEP, step);
}

static void weighted_sum(struct vn_emit *e, const struct work *w, uint32_t tile)
{
	const uint32_t act = e->act.pool + e->image * w->t->groups + tile * e->per_tile;
	uint32_t *d = vn_emit(e, VN_OP_WSUM, 0, ring_span(w, tile), act_span(e, act, 1, 1));

	if (!d)
		return;
	VN_SET(d, WSUM_PARAM, tile_base(e, tile) + w->t->wsum);
	VN_SET(d, WSUM_MID, ring_slot(w, tile));
	VN_SET(d, WSUM_PITCH, w->q->out_w);
	VN_SET(d, WSUM_RING, w->plan.ring);
	VN_SET(d, WSUM_MAP_H, w->q->out_h);
	VN_SET(d, WSUM_MAP_W, w->q->out_w);
	VN_SET(d, WSUM_ACT, act);
	VN_SET(d, WSUM_DST_STEP, 1);
}

/* Make the output rows of @tile that rows [0, made) of the pooled map allow. */
static void finish_rows(struct vn_emit *e, struct work *w, uint32_t tile, uint32_t made)
{
	const struct vn_qstage *q = w->q;
	const int last = q->act == VN_QACT_WSUM, staged = w->plan.out_mem || last;
	const uint32_t flags = last ? VN_BIT(TAP) : 0, height = (uint32_t)q->out_h;
	uint32_t ready =
	        made < height ? (made > (uint32_t)q->n ? made - (uint32_t)q->n : 0) : height;
	uint32_t rows;

	if (q->act == VN_QACT_NONE || (last && made < height))
		return;
	if (staged && ready < height)
		ready = ready / w->plan.align * w->plan.align;
	for (; w->done[tile] < ready; w->done[tile] += rows) {
		rows = ready - w->done[tile];
		if (staged && rows > w->plan.out_rows)
			rows = w->plan.out_rows;
		depthwise(e, w, flags, staged, tile, w->done[tile], rows);
		if (staged)
			store_rows(e, w, flags, tile, w->done[tile], rows);
	}
	if (last)
		weighted_sum(e, w, tile);
}

/* Pooled rows [y, y + rows) of one tile. */
static void tile_band(struct vn_emit *e, struct work *w, uint32_t tile, uint32_t y, uint32_t rows)
{
	const struct vn_qstage *q = w->q;
	const uint32_t y0 = vn_window_first(y, q->pool_h, q->out_h);
	const uint32_t y1 = vn_window_past(y + rows - 1, q->pool_h, q->out_h);
	struct strip sx;

	for (sx.x = 0; sx.x < (uint32_t)q->out_w; sx.x += sx.cols) {
		const uint32_t left = (uint32_t)q->out_w - sx.x, psum = next_bank(e);
		struct vn_pixels px;

		sx.cols = left < w->plan.strip ? left : w->plan.strip;
		sx.conv_x = vn_window_first(sx.x, q->pool_w, q->out_w);
		sx.conv_cols = vn_window_past(sx.x + sx.cols - 1, q->pool_w, q->out_w) - sx.conv_x;
		px = (struct vn_pixels){w->plan.in_act + (y0 - w->in_row) * (uint32_t)q->conv_w +
		                                sx.conv_x,
		                        w->in_rows * (uint32_t)q->conv_w, sx.conv_cols, y1 - y0,
		                        (uint32_t)q->conv_w};
		/* Whole rows side by side are one run of pixels. */
		if (sx.conv_cols == (uint32_t)q->conv_w &&
		    px.n0 * px.n1 <= VN_MASK(VN_D_MM_N0_WIDTH)) {
			px.n0 *= px.n1;
			px.n1 = 1;
		}
		vn_emit_mm(e, w->t, tile_base(e, tile), px, psum);
		post(e, w, tile, y, rows, &sx, psum, y0, y1 - y0);
	}
	if (q->act == VN_QACT_NONE && w->plan.out_mem)
		store_rows(e, w, 0, tile, y, rows);
	finish_rows(e, w, tile, y + rows);
}

/* Conv rows [y0, y1) of the input into the buffer (a few more, so that they start on a beat). */
static void load_rows(struct vn_emit *e, struct work *w, uint32_t y0, uint32_t y1)
{
	const struct vn_layout *lay = e->lay;
	const uint32_t width = (uint32_t)w->q->conv_w, stem = e->stage == 0;
	const uint32_t step = stem ? lay->input_step : lay->step[e->stage - 1];
	uint32_t offset = stem ? 0 : lay->region[e->stage - 1];

	y0 = y0 / w->plan.in_align * w->plan.in_align;
	offset += (uint32_t)((uint64_t)y0 * width * lay->rows / VN_BEAT_BYTES);
	w->in_row = y0;
	w->in_rows = y1 - y0;
	vn_emit_move(e, VN_OP_LOAD, 0, stem ? VN_SPACE_INPUT : VN_SPACE_SCRATCH, offset, step,
	             w->plan.in_act, w->in_rows * width, w->in_rows * width, w->t->ktiles);
}

/* All bands of tiles [first, past). */
static void tile_chunk(struct vn_emit *e, struct work *w, uint32_t first, uint32_t past)
{
	const struct vn_qstage *q = w->q;
	uint32_t y, rows, tile;

	for (y = 0; y < (uint32_t)q->out_h; y += rows) {
		const uint32_t left = (uint32_t)q->out_h - y;

		rows = left < w->plan.band ? left : w->plan.band;
		if (!w->plan.in_whole)
			load_rows(e, w, vn_window_first(y, q->pool_h, q->out_h),
			          vn_window_past(y + rows - 1, q->pool_h, q->out_h));
		for (tile = first; tile < past; tile++)
			tile_band(e, w, tile, y, rows);
	}
}

static int emit_stage(struct vn_emit *e, uint32_t s, const struct vn_stage_plan *plan,
                      vn_error *err)
{
	struct work w = {.q = &e->net->stages[s], .t = &e->lay->tiling[s], .plan = *plan};
	uint32_t first, past;

	w.done = calloc(w.t->tiles, sizeof(*w.done));
	if (!w.done)
		return vn_fail_nomem(err, w.t->tiles * sizeof(*w.done), "a schedule");
	e->stage = s;
	w.in_rows = (uint32_t)w.q->conv_h;
	if (plan->in_mem && plan->in_whole)
		load_rows(e, &w, 0, w.in_rows);
	for (first = 0; first < w.t->tiles; first = past) {
		past = w.t->tiles - first < plan->chunk ? w.t->tiles : first + plan->chunk;
		tile_chunk(e, &w, first, past);
	}
	if (!plan->out_mem && w.q->act != VN_QACT_WSUM)
		vn_emit_move(e, VN_OP_STORE, VN_BIT(TAP), VN_SPACE_SCRATCH, e->lay->region[s],
		             e->lay->step[s], plan->out_act, (uint32_t)(w.q->out_h * w.q->out_w),
		             (uint32_t)(w.q->out_h * w.q->out_w), w.t->groups);
	free(w.done);
	return 0;
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
		const uint32_t psum = next_bank(e);
		const struct vn_pixels px = {e->act.pool, 1, 1, images, in};

		e->image = 0;
		vn_emit_mm(e, t, tile_base(e, tile), px, psum);
		for (e->image = 0; e->image < images; e->image++) {
			const uint32_t act = e->act.logits + (e->image * t->tiles + tile) * words;
			uint32_t *d = vn_emit(e, VN_OP_POST, VN_BIT(RAW),
			                      vn_span(VN_BUF_PSUM, psum + e->image, 1),
			                      vn_span(VN_BUF_ACT, act, words));

			if (!d)
				return;
			VN_SET(d, POST_PARAM, tile_base(e, tile) + t->post);
			VN_SET(d, POST_PSUM, psum + e->image);
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
	for (e->image = 0; e->image < images; e->image++)
		vn_emit_move(e, VN_OP_STORE, 0, VN_SPACE_OUTPUT, 0, 0,
		             e->act.logits + e->image * t->tiles * words, 0, t->tiles * words, 1);
}

/* The pooled vector of a stage entry to (STORE) or from (LOAD) the scratch record. */
static void move_pooled(struct vn_emit *e, uint32_t op)
{
	vn_emit_move(e, op, 0, VN_SPACE_SCRATCH, e->lay->pool, 0, e->act.pool, 0,
	             e->lay->tiling[e->net->n_stages - 1].groups, 1);
}

static int emit_image(struct vn_emit *e, vn_error *err)
{
	const uint32_t last = (uint32_t)e->net->n_stages - 1;
	struct vn_stage_plan plan;
	int in_mem = 1, ret = 0;
	uint32_t s, in_act = 0;

	for (s = 0; s <= last && !ret; s++) {
		ret = vn_plan_stage(e->net, e->lay, &e->act, s, in_mem, in_act, s < last, &plan,
		                    err);
		if (!ret)
			ret = emit_stage(e, s, &plan, err);
		in_mem = plan.out_mem;
		in_act = plan.out_act;
	}
	return ret;
}

static int emit_entry(struct vn_emit *e, vn_error *err)
{
	const uint32_t n = (uint32_t)e->net->n_stages, s = e->entry->stage;
	struct vn_stage_plan plan;
	int ret = 0;

	if (e->entry->kind != VN_ENTRY_STAGE) {
		for (e->image = 0; e->image < e->entry->group && !ret; e->image++)
			ret = emit_image(e, err);
		if (!ret)
			emit_fc(e);
		return ret;
	}
	if (s == n) {
		e->stage = s;
		move_pooled(e, VN_OP_LOAD);
		emit_fc(e);
		return 0;
	}
	ret = vn_plan_stage(e->net, e->lay, &e->act, s, 1, 0, 0, &plan, err);
	if (!ret)
		ret = emit_stage(e, s, &plan, err);
	if (!ret && s == n - 1)
		move_pooled(e, VN_OP_STORE);
	return ret;
}

int vn_schedule(const struct vn_qnet *net, const struct vn_layout *lay,
                const struct vn_entry_plan *plan, struct vn_list *list, vn_error *err)
{
	struct vn_emit e = {.net = net,
	                    .lay = lay,
	                    .entry = plan,
	                    .list = list,
	                    .per_tile = lay->cols / lay->rows};
	const uint32_t first = list->count;
	uint32_t *d;
	int ret;

	vn_act_map_make(lay, (uint32_t)net->n_stages, plan->group, &e.act);
	e.base = plan->kind == VN_ENTRY_STAGE ? lay->segment[plan->stage] : 0;
	d = vn_emit(&e, VN_OP_BEGIN, 0, (struct vn_span){0}, (struct vn_span){0});
	if (d) {
		VN_SET(d, BEGIN_HASH, vn_config_hash(lay->config));
		VN_SET(d, BEGIN_GROUP, plan->group);
		VN_SET(d, BEGIN_VERSION, 1);
	}
	if (!e.act.words)
		return vn_fail(err, VN_EFIT, "choose a target with a larger activation buffer",
		               "FC: pooled vectors and logits alone fill the activation buffer");
	ret = emit_entry(&e, err);
	if (!ret && list->failed)
		ret = vn_fail_nomem(err, list->room * sizeof(*list->desc), "descriptors");
	return ret ? ret
	           : vn_tokens_insert(list->desc + first, list->access + first, list->count - first,
	                              err);
}
