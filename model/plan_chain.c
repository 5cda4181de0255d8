/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_chain.c - cut and place all stages of a network so that they can overlap.
 *
 * Every output stays in the activation buffer, or the stem's passes to the first block in bands,
 * through two slots: that takes less room, and hides a stem whose depthwise convolution is slow.  Rings and maps lie side by side as far
 * as there is room: where they share a place, the later stage waits for the earlier one.
 */
#include "model/plan_parts.h"

#include "base/error.h"

enum {
	SLOTS = 2,       /* one is filled while the other is read */
	RINGS = 4,       /* of a stage whose tiles are made one after the other */
	MOST_STAGES = 64 /* more are planned one by one */
};

struct chain {
	const struct vn_qnet *net;
	const struct vn_layout *lay;
	const struct vn_act_map *map;
	struct vn_stage_plan *plan;
	uint32_t n;
};

static const struct vn_qstage *stage(const struct chain *c, uint32_t s)
{
	return &c->net->stages[s];
}

/* Conv rows of a pooled row; 0 if rows share them. */
static uint32_t factor(const struct vn_qstage *q)
{
	return q->pool_h % q->out_h ? 0 : (uint32_t)(q->pool_h / q->out_h);
}

/* Rows whose sums leave room for three others': a chain of MM and POST waits for nothing then. */
static uint32_t choose_band(const struct chain *c, const struct vn_qstage *q)
{
	const uint32_t bank = c->lay->config[VN_CFG_PSUM_ENTRIES] / 2;
	uint32_t rows, part;

	if ((uint64_t)q->conv_h * (uint64_t)q->conv_w <= bank)
		return (uint32_t)q->out_h;
	for (part = 2; part; part--)
		for (rows = (uint32_t)q->out_h; rows; rows--)
			if ((uint64_t)vn_conv_rows(q, rows) * (uint64_t)q->conv_w <= bank / part)
				return rows;
	return 1;
}

static int cut(const struct chain *c, uint32_t s, uint32_t band)
{
	const struct vn_qstage *q = stage(c, s);
	struct vn_stage_plan *p = &c->plan[s];
	const uint32_t tiles = c->lay->tiling[s].tiles;
	const uint32_t full = vn_round_up((uint32_t)q->out_h, VN_RING_ROWS);
	const uint64_t slots = c->lay->config[VN_CFG_MID_SLOTS];

	*p = (struct vn_stage_plan){.in_mem = s == 0, .in_whole = 1, .band = band, .ramp = band};
	p->align = vn_beat_rows(c->lay, (uint32_t)q->out_w);
	p->in_align = vn_beat_rows(c->lay, (uint32_t)q->conv_w);
	p->strip = vn_strip_for(c->lay, q, band);
	p->out_rows = (uint32_t)q->out_h;
	p->chunk = tiles;
	if (q->act == VN_QACT_NONE)
		return p->strip > 0;
	p->ring = vn_round_up(band + 2 * (uint32_t)q->n, VN_RING_ROWS);
	if (q->act == VN_QACT_WSUM || p->ring > full)
		p->ring = full;
	if (!p->ring)
		return 0;
	p->rings = (uint32_t)(slots / ((uint64_t)p->ring * (uint64_t)q->out_w));
	p->rings = p->rings < tiles ? p->rings : tiles;
	p->rings = p->rings > VN_TOKEN_MAX / 2 ? VN_TOKEN_MAX / 2 : p->rings;
	if (band == (uint32_t)q->out_h) {
		p->chunk = 1;
		p->rings = p->rings > RINGS ? RINGS : p->rings;
	} else {
		p->chunk = q->act == VN_QACT_WSUM ? 1 : p->rings;
	}
	return p->strip && p->rings;
}

/* The stem's output passes to the first block in bands of @band of its pooled rows. */
static int link_slots(const struct chain *c, uint32_t band)
{
	const struct vn_qstage *stem = stage(c, 0), *q = stage(c, 1);
	struct vn_stage_plan *from = &c->plan[0], *to = &c->plan[1];
	const uint32_t align = from->align, f = factor(q);
	uint32_t rows;

	if (!f || !factor(stem) || (uint32_t)q->out_h <= band || !cut(c, 1, band))
		return 0;
	for (to->ramp = 1; to->ramp * f % align; to->ramp++)
		;
	if (to->ramp > band || band * f % align)
		return 0;
	/* Rows that pooling drops come with the last band. */
	to->slot_rows = band * f + (uint32_t)(q->conv_h - q->pool_h);
	to->in_slots = SLOTS;
	to->in_mem = 0;
	from->out_slots = 1;
	if (q->act != VN_QACT_NONE && to->rings < c->lay->tiling[1].tiles)
		return 0;
	to->chunk = c->lay->tiling[1].tiles;
	if (stem->act == VN_QACT_NONE)
		return 1;
	rows = vn_round_up(to->slot_rows + 2 * (uint32_t)stem->n, VN_RING_ROWS);
	from->ring = rows < vn_round_up((uint32_t)stem->out_h, VN_RING_ROWS)
	                     ? rows
	                     : vn_round_up((uint32_t)stem->out_h, VN_RING_ROWS);
	from->rings = c->lay->tiling[0].tiles;
	from->chunk = from->rings;
	return from->rings <= VN_TOKEN_MAX / 2;
}

/* Places for @n things in @room, each apart from the @depth before it. */
static int place(const uint64_t *size, uint32_t n, uint64_t room, uint32_t depth, uint32_t *at)
{
	uint32_t j, i, k;

	for (j = 0; j < n; j++) {
		const uint32_t first = j > depth ? j - depth : 0;
		uint64_t best = room;

		for (k = first; k <= j; k++) {
			/* From 0, or right after one of them. */
			const uint64_t low = k == j ? 0 : at[k] + size[k];

			for (i = first; i < j; i++)
				if (low < at[i] + size[i] && at[i] < low + size[j])
					break;
			if (i == j && low + size[j] <= room && low < best)
				best = low;
		}
		if (best + size[j] > room)
			return 0;
		at[j] = (uint32_t)best;
	}
	return 1;
}

static int place_best(const uint64_t *size, uint32_t n, uint64_t room, uint32_t least, uint32_t *at)
{
	uint32_t depth;

	for (depth = n; depth + 1 > least; depth--) {
		if (place(size, n, room, depth, at))
			return 1;
		if (!depth)
			break;
	}
	return 0;
}

/* Input, outputs, and the staging of the last stage's tap. */
static int place_maps(const struct chain *c)
{
	uint64_t size[MOST_STAGES + 1] = {0};
	uint32_t at[MOST_STAGES + 1], s;

	for (s = 0; s <= c->n; s++) {
		const struct vn_qstage *q = stage(c, s ? s - 1 : 0);
		const struct vn_tiling *t = &c->lay->tiling[s ? s - 1 : 0];

		if (s == 0)
			size[s] = (uint64_t)t->ktiles * q->conv_h * q->conv_w;
		else if (c->plan[s - 1].out_slots)
			size[s] = (uint64_t)SLOTS * t->groups * c->plan[s].slot_rows * q->out_w;
		else
			size[s] = (uint64_t)(s < c->n ? t->groups : c->lay->cols / c->lay->rows) *
			          q->out_h * q->out_w;
	}
	/* Bands draw on the stem's input until the first block's output is complete. */
	if (!place_best(size, c->n + 1, c->map->words, c->plan[0].out_slots ? 2 : 1, at))
		return 0;
	for (s = 0; s < c->n; s++) {
		c->plan[s].in_act = at[s];
		c->plan[s].out_act = at[s + 1];
	}
	return 1;
}

static int place_rings(const struct chain *c)
{
	uint64_t size[MOST_STAGES] = {0};
	uint32_t at[MOST_STAGES], s;

	for (s = 0; s < c->n; s++)
		size[s] = (uint64_t)c->plan[s].rings * c->plan[s].ring * stage(c, s)->out_w;
	/* A stage that works at the same time as the one before cannot share its rings. */
	if (!place_best(size, c->n, c->lay->config[VN_CFG_MID_SLOTS], c->plan[0].out_slots ? 1 : 0,
	                at))
		return 0;
	for (s = 0; s < c->n; s++)
		c->plan[s].mid = at[s];
	return 1;
}

static int cut_all(const struct chain *c)
{
	uint32_t s;

	for (s = 0; s < c->n; s++)
		if (!cut(c, s, choose_band(c, stage(c, s))))
			return 0;
	return 1;
}

int vn_plan_chain(const struct vn_qnet *net, const struct vn_layout *lay,
                  const struct vn_act_map *map, uint32_t choice, struct vn_stage_plan *plan)
{
	const struct chain c = {net, lay, map, plan, (uint32_t)net->n_stages};
	uint32_t band;

	if (c.n > MOST_STAGES || !cut_all(&c))
		return 0;
	if (place_maps(&c) && place_rings(&c) && choice-- == 0)
		return 1;
	for (band = c.n > 1 ? plan[1].band : 0; band; band--) {
		if (!cut_all(&c))
			return 0;
		if (link_slots(&c, band) && place_maps(&c) && place_rings(&c) && choice-- == 0)
			return 1;
	}
	return 0;
}
