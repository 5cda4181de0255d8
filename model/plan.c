/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - choose bands, strips, rings and places for one stage.
 *
 * Tried in this order: input whole or in bands, output kept or sent to memory; the first that fits
 * is taken.  Larger bands are better (fewer re-reads of the weights), so each choice starts from
 * the largest.
 */
#include "model/plan_parts.h"

#include "base/error.h"

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		const uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

uint32_t vn_beat_rows(const struct vn_layout *lay, uint32_t width)
{
	return VN_BEAT_BYTES / gcd(VN_BEAT_BYTES, width * lay->rows);
}

void vn_act_map_make(const struct vn_layout *lay, uint32_t n_stages, uint32_t group,
                     struct vn_act_map *map)
{
	const uint32_t pool = group * lay->tiling[n_stages - 1].groups;
	const uint32_t logits = group * lay->tiling[n_stages].tiles * 4 * lay->cols / lay->rows;
	const uint32_t words = lay->config[VN_CFG_ACT_WORDS];

	map->words = pool + logits < words ? words - pool - logits : 0;
	map->pool = map->words;
	map->logits = map->words + pool;
}

/* Most convolution rows (or columns) that @step rows of output need; @pool: what the windows of
 * @out rows divide. */
static uint32_t widest(int out, int pool, uint32_t step)
{
	uint32_t most = 0;

	for (uint32_t y = 0; y < (uint32_t)out; y += step) {
		const uint32_t last = (y + step < (uint32_t)out ? y + step : (uint32_t)out) - 1;
		const uint32_t n = vn_window_past(last, pool, out) - vn_window_first(y, pool, out);

		most = n > most ? n : most;
	}
	return most;
}

uint32_t vn_conv_rows(const struct vn_qstage *q, uint32_t rows)
{
	return widest(q->out_h, q->pool_h, rows);
}

static uint32_t conv_cols(const struct vn_qstage *q, uint32_t cols)
{
	return widest(q->out_w, q->pool_w, cols);
}

uint32_t vn_strip_for(const struct vn_layout *lay, const struct vn_qstage *q, uint32_t band)
{
	const uint32_t bank = lay->config[VN_CFG_PSUM_ENTRIES] / 2, rows = vn_conv_rows(q, band);
	uint32_t cols = (uint32_t)q->out_w;

	while (cols && rows * conv_cols(q, cols) > bank)
		cols = cols > 1 ? vn_ceil_div(cols, 2) : 0;
	return cols;
}

/* Rings for bands of plan->band rows; 0 if not one fits. */
static int plan_rings(const struct vn_layout *lay, const struct vn_qstage *q, uint32_t tiles,
                      struct vn_stage_plan *p)
{
	const uint32_t full = vn_round_up((uint32_t)q->out_h, VN_RING_ROWS);
	const uint32_t need =
	        vn_round_up(p->band + 2 * (uint32_t)q->n + p->align - 1, VN_RING_ROWS);
	const uint32_t slots = lay->config[VN_CFG_MID_SLOTS];

	p->ring = p->rings = p->chunk = 0;
	if (q->act == VN_QACT_NONE) {
		p->chunk = tiles;
		return 1;
	}
	p->ring = q->act == VN_QACT_WSUM || need > full ? full : need;
	p->rings = (uint32_t)(slots / ((uint64_t)p->ring * q->out_w));
	/* Each ring in use is a token from DW to POST on its way, and a counter holds TOKEN_MAX. */
	p->rings = p->rings > VN_TOKEN_MAX / 2 ? VN_TOKEN_MAX / 2 : p->rings;
	/* With the whole input at hand a tile runs through all its bands; else all tiles share each
	 * band. */
	p->chunk = p->in_whole ? 1 : p->rings < tiles ? p->rings : tiles;
	return p->rings > 0;
}

/* Words that the input of stage @s takes with the bands of @p. */
static uint64_t input_words(const struct vn_qnet *net, const struct vn_layout *lay, uint32_t s,
                            const struct vn_stage_plan *p)
{
	const struct vn_qstage *q = &net->stages[s];
	/* A map kept on chip has the padding channels of its last tile too. */
	const uint32_t groups = p->in_mem ? lay->tiling[s].ktiles : lay->tiling[s - 1].groups;
	uint32_t rows = (uint32_t)q->conv_h;

	if (!p->in_whole) {
		const uint32_t need = vn_conv_rows(q, p->band) + p->in_align - 1;

		rows = need < rows ? need : rows;
	}
	return (uint64_t)groups * rows * q->conv_w;
}

/* Words of one tile's staging with out_rows rows. */
static uint64_t staging_words(const struct vn_layout *lay, const struct vn_qstage *q, uint32_t rows)
{
	return (uint64_t)(lay->cols / lay->rows) * rows * q->out_w;
}

/* The largest out_rows that leaves the staging within @room words; 0: none. */
static uint32_t staging_rows(const struct vn_layout *lay, const struct vn_qstage *q, uint32_t align,
                             uint64_t room)
{
	uint32_t rows = (uint32_t)q->out_h;

	if (staging_words(lay, q, rows) <= room)
		return rows;
	for (rows = rows / align * align; rows; rows -= align)
		if (staging_words(lay, q, rows) <= room)
			return rows;
	return 0;
}

/* Does the plan with its in_whole, out_mem and band fit @words?  Sets the rest of it. */
static int try_band(const struct vn_qnet *net, const struct vn_layout *lay, uint32_t s,
                    uint64_t words, struct vn_stage_plan *p)
{
	const struct vn_qstage *q = &net->stages[s];
	const struct vn_tiling *t = &lay->tiling[s];
	const uint64_t in = input_words(net, lay, s, p);
	/* The last stage stages its tap; the other stages' kept maps leave by one STORE. */
	const int stages_out = p->out_mem || q->act == VN_QACT_WSUM;
	uint64_t out = (uint64_t)t->groups * q->out_h * q->out_w;

	p->strip = vn_strip_for(lay, q, p->band);
	if (!p->strip || in > words || !plan_rings(lay, q, t->tiles, p))
		return 0;
	if (stages_out) {
		p->out_rows = staging_rows(lay, q, p->align, words - in);
		/* Without a ring to wait in, a band leaves as it was made. */
		if (q->act == VN_QACT_NONE && p->out_rows < p->band)
			return 0;
		if (q->act == VN_QACT_NONE && p->band < (uint32_t)q->out_h && p->band % p->align)
			return 0;
		out = staging_words(lay, q, p->out_rows);
	}
	return out && in + out <= words;
}

static int try_plan(const struct vn_qnet *net, const struct vn_layout *lay, uint32_t s,
                    uint64_t words, struct vn_stage_plan *p)
{
	const struct vn_qstage *q = &net->stages[s];
	const uint32_t bank = lay->config[VN_CFG_PSUM_ENTRIES] / 2;

	for (p->band = (uint32_t)q->out_h; p->band; p->band--) {
		/* Strips cost nothing but descriptors, yet full rows come first. */
		if (p->band > 1 &&
		    (uint64_t)vn_conv_rows(q, p->band) * conv_cols(q, (uint32_t)q->out_w) > bank &&
		    p->band > p->align)
			continue;
		if (try_band(net, lay, s, words, p))
			return 1;
	}
	return 0;
}

/* Can stage @s work at all when its input lies whole in the buffer? */
static int next_fits(const struct vn_qnet *net, const struct vn_layout *lay,
                     const struct vn_act_map *map, uint32_t s)
{
	struct vn_stage_plan p = {.in_whole = 1, .out_mem = 1};

	p.align = vn_beat_rows(lay, (uint32_t)net->stages[s].out_w);
	p.in_align = vn_beat_rows(lay, (uint32_t)net->stages[s].conv_w);
	return try_plan(net, lay, s, map->words, &p);
}

int vn_plan_stage(const struct vn_qnet *net, const struct vn_layout *lay,
                  const struct vn_act_map *map, uint32_t s, int in_mem, uint32_t in_act,
                  int may_keep, struct vn_stage_plan *plan, vn_error *err)
{
	const struct vn_qstage *q = &net->stages[s];
	const struct vn_tiling *t = &lay->tiling[s];
	const uint64_t in_full = (uint64_t)t->ktiles * q->conv_h * q->conv_w;
	struct vn_stage_plan p = {.in_mem = in_mem};
	int way;

	p.align = vn_beat_rows(lay, (uint32_t)q->out_w);
	p.in_align = vn_beat_rows(lay, (uint32_t)q->conv_w);
	for (way = 0; way < 4; way++) {
		p.in_whole = way < 2;
		p.out_mem = way % 2;
		if ((!p.in_whole && !in_mem) ||
		    (!p.out_mem && (!may_keep || !next_fits(net, lay, map, s + 1))))
			continue;
		if (!try_plan(net, lay, s, map->words, &p))
			continue;
		p.ramp = p.band;
		/* The input keeps its end of the buffer; the output takes the other. */
		p.in_act = in_mem ? 0 : in_act;
		if (p.in_act == 0) {
			const uint64_t out = p.out_mem || q->act == VN_QACT_WSUM
			                             ? staging_words(lay, q, p.out_rows)
			                             : (uint64_t)t->groups * q->out_h * q->out_w;

			p.out_act = map->words - (uint32_t)out;
		} else {
			p.out_act = 0;
		}
		*plan = p;
		return 0;
	}
	return vn_fail(err, VN_EFIT, "choose a target with larger buffers",
	               "%s does not fit: its input of %llu activation words, a band of it, or one "
	               "row in the partial-sum or "
	               "middle buffer is too large",
	               q->name, (unsigned long long)in_full);
}
