/* SPDX-License-Identifier: Apache-2.0
 *
 * tiny_program.c - the plainest program of a tiny net: whole maps, one tile column after another,
 * no overlap.
 *
 * A chain of tokens makes it right on decoupled engines too: every descriptor waits for the one
 * before it, and the first of a pass for the last of the pass before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/program_parts.h"
#include "spec/check.h"
#include "tests/program/tiny.h"

enum {
	DESC_MAX = 512,
	STAGES = 3,
	BLOCKS_MAX = 32,
	/* words of the activation buffer */
	ACT_INPUT = 0,
	ACT_MAPS = 1000, /* stage s: from (s + 1) * ACT_MAPS */
	ACT_SUM = 5000,
	ACT_LOGITS = 6000,
};

/* Beats in WGHT of one tile column of a stage. */
struct column {
	uint32_t mm, post, dw, wsum;
};

struct builder {
	const struct vn_qnet *net;
	struct vn_program *prog;
	uint32_t rows, cols;
	struct column column[STAGES + 1][BLOCKS_MAX];
	struct vn_entry *entry;
	uint32_t base; /* beat of the entry's segment */
	uint32_t image;
	uint32_t sum_offset; /* beat of the weighted sums in a scratch record */
};

/* ---- weights ---- */

/* @beats zeroed beats at the end of WGHT. */
static uint8_t *append(struct builder *b, size_t bytes, uint32_t *at)
{
	struct vn_program *p = b->prog;
	const uint64_t beats = vn_to_beats(bytes);
	uint8_t *grown = tiny_alloc((size_t)(p->weight_beats + beats) * VN_BEAT_BYTES);

	if (p->weights)
		memcpy(grown, p->weights, (size_t)p->weight_beats * VN_BEAT_BYTES);
	free(p->weights);
	p->weights = grown;
	*at = (uint32_t)p->weight_beats;
	p->weight_beats += beats;
	return grown + (size_t)*at * VN_BEAT_BYTES;
}

/* Weights of @cout x @cin, as tiles of column @t. */
static uint32_t put_tiles(struct builder *b, const int8_t *w, uint32_t cin, uint32_t cout,
                          uint32_t t)
{
	const uint32_t ktiles = (uint32_t)vn_ceil_div(cin, b->rows);
	uint32_t at;
	uint8_t *out = append(b, (size_t)ktiles * b->rows * b->cols, &at);

	for (uint32_t i = 0; i < cin; i++)
		for (uint32_t c = 0; c < b->cols && t * b->cols + c < cout; c++)
			out[i * b->cols + c] = (uint8_t)w[(t * b->cols + c) * cin + i];
	return at;
}

/* Channel c0 + c of @v, or 0 past the last. */
static void put_vector(struct builder *b, uint8_t *out, const int32_t *v, uint32_t cout,
                       uint32_t c0)
{
	for (uint32_t c = 0; c < b->cols && c0 + c < cout; c++)
		memcpy(out + 4 * c, &v[c0 + c], 4);
}

/* A parameter block: @cases biases [cases][cout]; requantisers unless NULL; @n weights a channel
 * [cout][n]. */
static uint32_t put_params(struct builder *b, uint32_t cout, uint32_t t, const int32_t *bias,
                           uint32_t cases, const uint32_t *m, const uint8_t *s, const int8_t *w,
                           uint32_t n)
{
	const uint32_t c0 = t * b->cols;
	const size_t vector = vn_to_beats(4 * b->cols) * VN_BEAT_BYTES;
	const size_t taps = vn_to_beats(b->cols) * VN_BEAT_BYTES;
	uint32_t at;
	uint8_t *out = append(b, (cases + (m != NULL)) * vector + n * taps, &at);

	for (uint32_t i = 0; i < cases; i++, out += vector)
		put_vector(b, out, bias + i * cout, cout, c0);
	for (uint32_t c = 0; m && c < b->cols; c++) {
		const uint32_t word = c0 + c < cout
		                              ? m[c0 + c] | (uint32_t)s[c0 + c] << VN_REQ_S_LSB
		                              : 1u << VN_REQ_S_LSB;

		memcpy(out + 4 * c, &word, 4);
	}
	out += m ? vector : 0;
	for (uint32_t i = 0; i < n; i++, out += taps)
		for (uint32_t c = 0; c < b->cols && c0 + c < cout; c++)
			out[c] = (uint8_t)w[(c0 + c) * n + i];
	return at;
}

static uint32_t columns_of(const struct builder *b, uint32_t cout)
{
	return (uint32_t)vn_ceil_div(cout, b->cols);
}

static void put_stage(struct builder *b, int i)
{
	const struct vn_qstage *s = &b->net->stages[i];
	const uint32_t cout = (uint32_t)s->cout, taps = (uint32_t)((2 * s->n + 1) * (2 * s->n + 1));

	for (uint32_t t = 0; t < columns_of(b, cout); t++) {
		struct column *c = &b->column[i][t];

		c->mm = put_tiles(b, s->w, (uint32_t)(s->k * s->k * s->cin), cout, t);
		c->post = put_params(b, cout, t, s->b, (uint32_t)s->cases, s->m1, s->s1, NULL, 0);
		if (s->act != VN_QACT_NONE)
			c->dw = put_params(b, cout, t, s->b2, 1, s->m2, s->s2, s->dw, taps);
		if (s->act == VN_QACT_WSUM)
			c->wsum = put_params(b, cout, t, s->bg, 1, s->mg, s->sg, s->g,
			                     (uint32_t)(s->out_h * s->out_w));
	}
}

static void put_fc(struct builder *b)
{
	const uint32_t classes = (uint32_t)b->net->classes;

	for (uint32_t t = 0; t < columns_of(b, classes); t++) {
		struct column *c = &b->column[STAGES][t];

		c->mm = put_tiles(b, b->net->fc_w, (uint32_t)b->net->stages[STAGES - 1].cout,
		                  classes, t);
		c->post = put_params(b, classes, t, b->net->fc_b, 1, NULL, NULL, NULL, 0);
	}
}

static void put_weights(struct builder *b)
{
	struct vn_program *p = b->prog;

	p->n_segments = STAGES + 2;
	p->segments = tiny_alloc(p->n_segments * sizeof(*p->segments));
	for (int i = 0; i <= STAGES; i++) {
		struct vn_segment *seg = &p->segments[1 + i];

		seg->offset = p->weight_beats;
		if (i < STAGES)
			put_stage(b, i);
		else
			put_fc(b);
		seg->beats = p->weight_beats - seg->offset;
	}
	p->segments[0].beats = p->weight_beats;
}

/* ---- descriptors ---- */

static uint32_t *add(struct builder *b, uint32_t op, int stage, uint32_t flags)
{
	uint32_t *d = b->prog->desc[b->prog->n_desc++];

	if (b->prog->n_desc > DESC_MAX)
		abort();
	VN_SET(d, ALL_OP, op);
	VN_SET(d, ALL_FLAGS, flags);
	VN_SET(d, ALL_STAGE, stage);
	VN_SET(d, ALL_IMAGE, b->image);
	return d;
}

static void add_move(struct builder *b, int stage, uint32_t op, uint32_t space, uint32_t flags,
                     uint32_t offset, uint32_t act, uint32_t words, uint32_t chunks)
{
	uint32_t *d = add(b, op, stage, flags);
	const uint32_t records[] = {b->entry->input, b->entry->output, b->entry->scratch};

	VN_SET(d, LOAD_OFFSET, offset);
	VN_SET(d, LOAD_RECORD, records[space]);
	VN_SET(d, LOAD_ACT, act);
	VN_SET(d, LOAD_ACT_STEP, words);
	VN_SET(d, LOAD_MEM_STEP, vn_to_beats((uint64_t)words * b->rows));
	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, chunks);
	VN_SET(d, LOAD_SPACE, space);
}

static void add_mm(struct builder *b, int stage, uint32_t beat, uint32_t act, uint32_t cin,
                   uint32_t area)
{
	uint32_t *d = add(b, VN_OP_MM, stage, 0);

	VN_SET(d, MM_WEIGHTS, beat - b->base);
	VN_SET(d, MM_ACT, act);
	VN_SET(d, MM_K_STEP, area);
	VN_SET(d, MM_KTILES, vn_ceil_div(cin, b->rows));
	VN_SET(d, MM_N0, area);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
}

static void add_post(struct builder *b, int i, uint32_t beat, uint32_t act)
{
	const struct vn_qstage *s = &b->net->stages[i];
	const int mid = s->act != VN_QACT_NONE;
	uint32_t *d =
	        add(b, VN_OP_POST, i,
	            (mid ? VN_BIT(MID) | VN_BIT(U8) : 0) | (s->cases > 1 ? VN_BIT(BORDER) : 0));

	VN_SET(d, POST_PARAM, beat - b->base);
	VN_SET(d, POST_PITCH, s->conv_w);
	VN_SET(d, POST_IN_H, s->pool_h);
	VN_SET(d, POST_IN_W, s->pool_w);
	VN_SET(d, POST_OUT_H, s->out_h);
	VN_SET(d, POST_OUT_W, s->out_w);
	VN_SET(d, POST_ROWS, s->out_h);
	VN_SET(d, POST_COLS, s->out_w);
	VN_SET(d, POST_DST, mid ? 0 : act);
	VN_SET(d, POST_DST_PITCH, s->out_w);
	VN_SET(d, POST_RING, mid ? VN_RING_ROWS : 0);
	VN_SET(d, POST_DST_STEP, mid ? 0 : s->out_h * s->out_w);
}

static void add_dw(struct builder *b, int i, uint32_t beat, uint32_t act)
{
	const struct vn_qstage *s = &b->net->stages[i];
	uint32_t *d = add(b, VN_OP_DW, i, s->act == VN_QACT_WSUM ? VN_BIT(TAP) : 0);

	VN_SET(d, DW_PARAM, beat - b->base);
	VN_SET(d, DW_PITCH, s->out_w);
	VN_SET(d, DW_RING, VN_RING_ROWS);
	VN_SET(d, DW_MAP_H, s->out_h);
	VN_SET(d, DW_MAP_W, s->out_w);
	VN_SET(d, DW_ROWS, s->out_h);
	VN_SET(d, DW_COLS, s->out_w);
	VN_SET(d, DW_ACT, act);
	VN_SET(d, DW_DST_PITCH, s->out_w);
	VN_SET(d, DW_N, s->n);
	VN_SET(d, DW_DST_STEP, s->out_h * s->out_w);
}

static void add_wsum(struct builder *b, int i, uint32_t beat, uint32_t act)
{
	const struct vn_qstage *s = &b->net->stages[i];
	uint32_t *d = add(b, VN_OP_WSUM, i, 0);

	VN_SET(d, WSUM_PARAM, beat - b->base);
	VN_SET(d, WSUM_PITCH, s->out_w);
	VN_SET(d, WSUM_RING, VN_RING_ROWS);
	VN_SET(d, WSUM_MAP_H, s->out_h);
	VN_SET(d, WSUM_MAP_W, s->out_w);
	VN_SET(d, WSUM_ACT, act);
	VN_SET(d, WSUM_DST_STEP, 1);
}

static uint32_t act_of(int stage)
{
	return stage < 0 ? ACT_INPUT : (uint32_t)(stage + 1) * ACT_MAPS;
}

/* One stage from its input map in the activation buffer; @flags: of the store of its output. */
static void add_stage(struct builder *b, int i, uint32_t flags)
{
	const struct vn_qstage *s = &b->net->stages[i];
	const struct vn_pstage *ps = &b->prog->stages[i];
	const uint32_t area = (uint32_t)(s->out_h * s->out_w), groups = b->cols / b->rows;

	for (uint32_t t = 0; t < columns_of(b, (uint32_t)s->cout); t++) {
		const struct column *c = &b->column[i][t];
		const uint32_t act = act_of(i) + t * groups * area;

		add_mm(b, i, c->mm, act_of(i - 1), ps->cin, (uint32_t)(s->conv_h * s->conv_w));
		add_post(b, i, c->post, act);
		if (s->act != VN_QACT_NONE)
			add_dw(b, i, c->dw, act);
		if (s->act == VN_QACT_WSUM)
			add_wsum(b, i, c->wsum, ACT_SUM + t * groups);
	}
	add_move(b, i, VN_OP_STORE, VN_SPACE_SCRATCH, flags, ps->offset, act_of(i), area,
	         (uint32_t)vn_ceil_div(ps->cout, b->rows));
}

static void add_fc(struct builder *b)
{
	const uint32_t classes = (uint32_t)b->net->classes, words = 4 * b->cols / b->rows;
	uint32_t t;

	for (t = 0; t < columns_of(b, classes); t++) {
		const struct column *c = &b->column[STAGES][t];
		uint32_t *d;

		add_mm(b, STAGES, c->mm, ACT_SUM, (uint32_t)b->net->stages[STAGES - 1].cout, 1);
		d = add(b, VN_OP_POST, STAGES, VN_BIT(RAW));
		VN_SET(d, POST_PARAM, c->post - b->base);
		VN_SET(d, POST_PITCH, 1);
		d[VN_D_POST_IN_H_WORD] = d[VN_D_POST_IN_W_WORD] = 1 | 1 << 16;
		VN_SET(d, POST_ROWS, 1);
		VN_SET(d, POST_COLS, 1);
		VN_SET(d, POST_DST, ACT_LOGITS + t * words);
		VN_SET(d, POST_DST_PITCH, 1);
	}
	add_move(b, STAGES, VN_OP_STORE, VN_SPACE_OUTPUT, 0, 0, ACT_LOGITS, t * words, 1);
}

static void load_input(struct builder *b)
{
	const struct vn_pstage *stem = &b->prog->stages[0];

	add_move(b, 0, VN_OP_LOAD, VN_SPACE_INPUT, 0, 0, ACT_INPUT, stem->conv_h * stem->conv_w,
	         (uint32_t)vn_ceil_div(stem->cin, b->rows));
}

static void load_map(struct builder *b, int i)
{
	const struct vn_pstage *s = &b->prog->stages[i - 1];

	add_move(b, i, VN_OP_LOAD, VN_SPACE_SCRATCH, 0, s->offset, act_of(i - 1),
	         s->out_h * s->out_w, (uint32_t)vn_ceil_div(s->cout, b->rows));
}

static void move_sums(struct builder *b, uint32_t op, int stage)
{
	add_move(b, stage, op, VN_SPACE_SCRATCH, 0, b->sum_offset, ACT_SUM, 1,
	         (uint32_t)vn_ceil_div((uint64_t)b->net->stages[STAGES - 1].cout, b->rows));
}

/* ---- entries ---- */

static void begin(struct builder *b, uint32_t kind, uint32_t stage, uint32_t group)
{
	struct vn_program *p = b->prog;
	uint32_t *d;

	b->entry = &p->entries[p->n_entries];
	*b->entry = p->entries[0];
	b->entry->kind = kind;
	b->entry->stage = stage;
	b->entry->group = group;
	b->entry->segment = kind == VN_ENTRY_STAGE ? stage + 1 : 0;
	b->entry->first = p->n_desc;
	b->base = (uint32_t)p->segments[b->entry->segment].offset;
	b->image = 0;
	p->n_entries++;
	d = add(b, VN_OP_BEGIN, 0, 0);
	VN_SET(d, BEGIN_HASH, p->hash);
	VN_SET(d, BEGIN_GROUP, group);
	VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
}

/* Every descriptor waits for the one before it. */
static void chain(struct builder *b)
{
	struct vn_program *p = b->prog;
	const uint32_t n = p->n_desc - b->entry->first - 1;
	uint32_t *begin = p->desc[b->entry->first],
	         (*d)[VN_DESC_WORDS] = &p->desc[b->entry->first + 1];

	b->entry->count = n + 1;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t to = (i + 1) % n;
		const uint32_t giver = vn_engine_of(VN_GET(d[i], ALL_OP));
		const uint32_t taker = vn_engine_of(VN_GET(d[to], ALL_OP));

		if (giver == taker)
			continue;
		VN_SET(d[i], ALL_SIGNAL, 1u << taker);
		d[to][1] |= VN_TOKENS(1, giver);
		if (to == 0)
			begin[VN_D_BEGIN_TOKENS_LOAD_WORD + giver] = VN_TOKENS(1, taker);
	}
}

static void add_whole(struct builder *b, uint32_t kind, uint32_t group)
{
	begin(b, kind, 0, group);
	for (b->image = 0; b->image < group; b->image++) {
		load_input(b);
		for (int i = 0; i < STAGES; i++)
			add_stage(b, i, VN_BIT(TAP));
		add_fc(b);
	}
	chain(b);
}

static void add_stage_entry(struct builder *b, int i)
{
	begin(b, VN_ENTRY_STAGE, (uint32_t)i, 1);
	if (i == 0)
		load_input(b);
	else if (i < STAGES)
		load_map(b, i);
	else
		move_sums(b, VN_OP_LOAD, i);
	if (i < STAGES)
		add_stage(b, i, i == STAGES - 1 ? VN_BIT(TAP) : 0);
	else
		add_fc(b);
	if (i == STAGES - 1)
		move_sums(b, VN_OP_STORE, i);
	chain(b);
}

/* ---- the program ---- */

static void describe(struct builder *b)
{
	struct vn_program *p = b->prog;
	uint32_t at = 0;

	p->n_stages = STAGES;
	p->stages = tiny_alloc(STAGES * sizeof(*p->stages));
	for (int i = 0; i < STAGES; i++) {
		const struct vn_qstage *s = &b->net->stages[i];
		struct vn_pstage *o = &p->stages[i];
		const size_t bytes = (size_t)s->cout * sizeof(float);

		*o = (struct vn_pstage){
		        .cin = (uint32_t)(s->k * s->k * s->cin),
		        .cout = (uint32_t)s->cout,
		        .conv_h = (uint32_t)s->conv_h,
		        .conv_w = (uint32_t)s->conv_w,
		        .out_h = (uint32_t)s->out_h,
		        .out_w = (uint32_t)s->out_w,
		        .pool_h = (uint32_t)s->pool_h,
		        .pool_w = (uint32_t)s->pool_w,
		        .dw = s->act != VN_QACT_NONE,
		        .n = (uint32_t)s->n,
		        .offset = at,
		        .scale = s->scale,
		};
		memcpy(o->name, s->name, sizeof(o->name));
		o->step = (uint32_t)vn_to_beats((uint64_t)(s->out_h * s->out_w) * b->rows);
		o->centre = memcpy(tiny_alloc(bytes), s->centre, bytes);
		o->factor = tiny_alloc(bytes);
		for (int c = 0; c < s->cout; c++)
			o->factor[c] = 1.0f / (float)(1 + c);
		at += o->step * (uint32_t)vn_ceil_div(o->cout, b->rows);
	}
	b->sum_offset = at;
}

static void set_network(struct vn_program *p, const struct vn_qnet *net)
{
	p->name = strcpy(tiny_alloc(8), "tiny");
	p->in_c = net->in_c;
	p->in_h = net->in_h;
	p->in_w = net->in_w;
	p->k = net->stages[0].k;
	p->stride = net->stages[0].stride;
	p->pad = net->stages[0].pad;
	p->classes = net->classes;
	memcpy(p->mean, net->mean, sizeof(p->mean));
	memcpy(p->std, net->std, sizeof(p->std));
	p->logit_scale = memcpy(tiny_alloc((size_t)net->classes * 4), net->logit_scale,
	                        (size_t)net->classes * 4);
	p->labels = tiny_alloc((size_t)net->classes * sizeof(*p->labels));
	for (int i = 0; i < net->classes; i++) {
		p->labels[i] = tiny_alloc(24);
		snprintf(p->labels[i], 24, "class %d", i);
	}
}

/* Sizes that every entry shares. */
static void set_records(struct builder *b, struct vn_entry *e)
{
	const struct vn_pstage *stem = &b->prog->stages[0];
	const uint64_t sums = vn_ceil_div(b->prog->stages[STAGES - 1].cout, b->rows);

	e->input = (uint32_t)(vn_ceil_div(stem->cin, b->rows) *
	                      vn_to_beats((uint64_t)stem->conv_h * stem->conv_w * b->rows));
	e->output =
	        (uint32_t)vn_to_beats(4ull * columns_of(b, (uint32_t)b->net->classes) * b->cols);
	e->scratch = b->sum_offset + (uint32_t)sums;
}

struct vn_program *tiny_program(const struct vn_qnet *net, int rows, int cols)
{
	struct vn_program *p = tiny_alloc(sizeof(*p));
	struct builder b = {.net = net, .prog = p, .rows = (uint32_t)rows, .cols = (uint32_t)cols};

	if (vn_config_for(rows, cols, p->config, NULL))
		abort();
	p->hash = vn_config_hash(p->config);
	set_network(p, net);
	describe(&b);
	put_weights(&b);
	p->entries = tiny_alloc(VN_VNX_ENTRIES_MAX * sizeof(*p->entries));
	p->desc = tiny_alloc((DESC_MAX + 1) * sizeof(*p->desc));
	set_records(&b, &p->entries[0]);
	add_whole(&b, VN_ENTRY_SINGLE, 1);
	add_whole(&b, VN_ENTRY_GROUP, TINY_GROUP);
	for (int i = 0; i <= STAGES; i++)
		add_stage_entry(&b, i);
	return p;
}
