/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule_tile.c - the draft of one tile over one band: MM and POST, DW of the rows whose
 * neighbourhood is complete, STORE or the weighted sum.
 */
#include "model/schedule_tile.h"

uint64_t vn_tile_base(const struct vn_emit *e, uint32_t tile)
{
	return e->lay->segment[e->stage] - e->base + tile * e->lay->tiling[e->stage].beats;
}

/* First slot of the ring of @tile. */
static uint32_t ring_slot(const struct vn_work *w, uint32_t tile)
{
	return w->plan.mid + tile % w->plan.rings * w->plan.ring * (uint32_t)w->q->out_w;
}

/* Rows [y, y + rows) of the ring of @tile. */
static void ring_spans(const struct vn_work *w, uint32_t tile, uint32_t y, uint32_t rows,
                       struct vn_span spans[VN_SPANS])
{
	const uint32_t width = (uint32_t)w->q->out_w, slot = ring_slot(w, tile);
	const uint32_t first = y % w->plan.ring, left = w->plan.ring - first;

	spans[0] = vn_span(VN_BUF_MID, slot + first * width,
	                   (uint64_t)(rows < left ? rows : left) * width, width, 1);
	spans[1] = vn_span(VN_BUF_MID, slot, rows > left ? (uint64_t)(rows - left) * width : 0,
	                   width, rows > left);
	spans[0].ring = spans[1].ring = slot;
	spans[0].ring_size = spans[1].ring_size = (uint64_t)w->plan.ring * width;
}

static struct vn_span act_span(const struct vn_emit *e, uint32_t act, uint32_t step, uint32_t words)
{
	return vn_span(VN_BUF_ACT, act, words, step, e->per_tile);
}

/* Where rows from @y of a tile go: the kept map, a slot, or the staging (whose first row is @y). */
static void destination(const struct vn_emit *e, const struct vn_work *w, int staged, uint32_t tile,
                        uint32_t y, uint32_t *act, uint32_t *step)
{
	const uint32_t width = (uint32_t)w->q->out_w, map = (uint32_t)w->q->out_h * width;

	if (w->plan.out_slots) {
		*step = w->slot_rows * width;
		*act = w->slot_act + tile * e->per_tile * *step + (y - w->slot_row) * width;
		return;
	}
	*step = staged ? w->plan.out_rows * width : map;
	*act = w->plan.out_act + (staged ? 0 : tile * e->per_tile * map + y * width);
}

void vn_tile_store(struct vn_emit *e, const struct vn_work *w, uint32_t flags, uint32_t tile,
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

static void post(struct vn_emit *e, const struct vn_work *w, uint32_t tile, uint32_t y,
                 uint32_t rows, const struct strip *sx, uint32_t conv_y, uint32_t conv_rows)
{
	const struct vn_qstage *q = w->q;
	const int mid = q->act != VN_QACT_NONE, staged = w->plan.out_mem;
	const uint32_t flags =
	        (mid ? VN_BIT(MID) | VN_BIT(U8) : 0) | (q->cases > 1 ? VN_BIT(BORDER) : 0);
	struct vn_access access = {
	        .read = {vn_span(VN_BUF_PSUM, 0, (uint64_t)conv_rows * sx->conv_cols, 0, 1)}};
	uint32_t dst = mid ? ring_slot(w, tile) : 0, step = 0, *d;

	if (mid) {
		ring_spans(w, tile, y, rows, access.write);
	} else {
		destination(e, w, staged, tile, y, &dst, &step);
		dst += sx->x;
		access.write[0] =
		        act_span(e, dst, step, (rows - 1) * (uint32_t)q->out_w + sx->cols);
	}
	d = vn_emit(e, VN_OP_POST, flags, &access);
	if (!d)
		return;
	VN_SET(d, POST_PARAM, vn_tile_base(e, tile) + w->t->post);
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

void vn_tile_depthwise(struct vn_emit *e, const struct vn_work *w, uint32_t flags, int staged,
                       uint32_t tile, uint32_t y, uint32_t rows)
{
	const struct vn_qstage *q = w->q;
	const uint32_t n = (uint32_t)q->n, top = y > n ? y - n : 0;
	const uint32_t past = y + rows + n < (uint32_t)q->out_h ? y + rows + n : (uint32_t)q->out_h;
	struct vn_access access = {.read = {{0}}};
	uint32_t act, step, *d;

	destination(e, w, staged, tile, y, &act, &step);
	ring_spans(w, tile, top, past - top, access.read);
	access.write[0] = act_span(e, act, step, rows * (uint32_t)q->out_w);
	d = vn_emit(e, VN_OP_DW, flags, &access);
	if (!d)
		return;
	VN_SET(d, DW_PARAM, vn_tile_base(e, tile) + w->t->dw);
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

static void weighted_sum(struct vn_emit *e, const struct vn_work *w, uint32_t tile)
{
	const uint32_t act = e->act.pool + e->image * w->t->groups + tile * e->per_tile;
	struct vn_access access = {.write = {act_span(e, act, 1, 1)}};
	uint32_t *d;

	ring_spans(w, tile, 0, (uint32_t)w->q->out_h, access.read);
	vn_emit_unit(e, VN_STREAM_DW, 0);
	d = vn_emit(e, VN_OP_WSUM, 0, &access);
	if (!d)
		return;
	VN_SET(d, WSUM_PARAM, vn_tile_base(e, tile) + w->t->wsum);
	VN_SET(d, WSUM_MID, ring_slot(w, tile));
	VN_SET(d, WSUM_PITCH, w->q->out_w);
	VN_SET(d, WSUM_RING, w->plan.ring);
	VN_SET(d, WSUM_MAP_H, w->q->out_h);
	VN_SET(d, WSUM_MAP_W, w->q->out_w);
	VN_SET(d, WSUM_ACT, act);
	VN_SET(d, WSUM_DST_STEP, 1);
}

void vn_finish_rows(struct vn_emit *e, struct vn_work *w, uint32_t tile, uint32_t made)
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
		vn_emit_unit(e, VN_STREAM_DW, 0);
		vn_tile_depthwise(e, w, flags, staged, tile, w->done[tile], rows);
		if (staged)
			vn_tile_store(e, w, flags, tile, w->done[tile], rows);
	}
	if (last)
		weighted_sum(e, w, tile);
}

void vn_tile_band(struct vn_emit *e, struct vn_work *w, uint32_t tile, uint32_t y, uint32_t rows)
{
	const struct vn_qstage *q = w->q;
	const uint32_t y0 = vn_window_first(y, q->pool_h, q->out_h);
	const uint32_t y1 = vn_window_past(y + rows - 1, q->pool_h, q->out_h);
	struct strip sx;

	for (sx.x = 0; sx.x < (uint32_t)q->out_w; sx.x += sx.cols) {
		const uint32_t left = (uint32_t)q->out_w - sx.x;
		struct vn_pixels px;

		sx.cols = left < w->plan.strip ? left : w->plan.strip;
		sx.conv_x = vn_window_first(sx.x, q->pool_w, q->out_w);
		sx.conv_cols = vn_window_past(sx.x + sx.cols - 1, q->pool_w, q->out_w) - sx.conv_x;
		px = (struct vn_pixels){w->in_act + (y0 - w->in_row) * (uint32_t)q->conv_w +
		                                sx.conv_x,
		                        w->in_rows * (uint32_t)q->conv_w, sx.conv_cols, y1 - y0,
		                        (uint32_t)q->conv_w};
		/* Whole rows side by side are one run of pixels. */
		if (sx.conv_cols == (uint32_t)q->conv_w &&
		    px.n0 * px.n1 <= VN_MASK(VN_D_MM_N0_WIDTH)) {
			px.n0 *= px.n1;
			px.n1 = 1;
		}
		vn_emit_unit(e, VN_STREAM_CONV, (y1 - y0) * sx.conv_cols);
		vn_emit_mm(e, w->t, vn_tile_base(e, tile), px, !w->started && !w->plan.in_mem);
		post(e, w, tile, y, rows, &sx, y0, y1 - y0);
		w->started = 1;
	}
}
