/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refcu.c - the reference compute unit on descriptors made by hand: expected bytes, and every error it reports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

enum {
	R = 8,
	C = 16,
	FIRST = 3,              /* of the entry, so that DESC is seen to count from the program's start */
	MEMORY = 1 << 16,       /* bytes behind each base */
};

struct bench {
	struct vn_refcu *cu;
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t (*program)[VN_DESC_WORDS];
	uint32_t (*d)[VN_DESC_WORDS];  /* the entry: d[0] is BEGIN */
	uint32_t count;
	uint8_t *weights, *input, *output, *scratch;
	uint32_t status[VN_STATUS_WORDS + 1];
	struct vn_cu_args args;
};

static uint32_t *add(struct bench *b, uint32_t op, uint32_t flags)
{
	uint32_t *d = b->d[b->count++];

	VN_SET(d, ALL_OP, op);
	VN_SET(d, ALL_FLAGS, flags);
	return d;
}

static int set_up(void **state)
{
	struct bench *b = tiny_alloc(sizeof(*b));
	uint32_t *d;

	assert_int_equal(vn_config_for(R, C, b->config, NULL), 0);
	assert_int_equal(vn_refcu_new(b->config, &b->cu, NULL), 0);
	b->program = tiny_alloc(64 * sizeof(*b->program));
	b->d = b->program + FIRST;
	b->weights = tiny_alloc(MEMORY);
	b->input = tiny_alloc(MEMORY);
	b->output = tiny_alloc(MEMORY);
	b->scratch = tiny_alloc(MEMORY);
	b->args = (struct vn_cu_args){b->program, FIRST, 0, 1, b->weights, b->input, b->output, b->scratch,
				      b->status};
	d = add(b, VN_OP_BEGIN, 0);
	VN_SET(d, BEGIN_HASH, vn_config_hash(b->config));
	VN_SET(d, BEGIN_GROUP, 1);
	VN_SET(d, BEGIN_VERSION, 1);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	vn_refcu_free(b->cu);
	free(b->program);
	free(b->weights);
	free(b->input);
	free(b->output);
	free(b->scratch);
	free(b);
	return 0;
}

/* Run, and expect this of the status block. */
static void run(struct bench *b, uint32_t code, uint32_t desc, uint32_t field)
{
	uint32_t *s = b->status;

	memset(s, 0xee, sizeof(b->status));
	if (b->args.count == 0)
		b->args.count = b->count;
	vn_refcu_run(b->cu, &b->args);
	assert_int_equal(s[VN_ST_MAGIC], 0x54534e56);
	assert_int_equal(s[VN_ST_VERSION], 1);
	assert_int_equal(s[VN_ST_HASH], vn_config_hash(b->config));
	assert_memory_equal(s + VN_ST_CONFIG, b->config, sizeof(b->config));
	for (int i = VN_ST_CYCLES; i < VN_STATUS_WORDS; i++)
		assert_int_equal(s[i], 0);
	assert_int_equal(s[VN_STATUS_WORDS], 0xeeeeeeee);
	assert_int_equal(s[VN_ST_ERROR], code);
	assert_int_equal(s[VN_ST_DESC], desc);
	assert_int_equal(s[VN_ST_FIELD], field);
}

static void run_well(struct bench *b)
{
	run(b, VN_CU_NONE, 0, 0);
	assert_int_equal(b->status[VN_ST_IMAGES], b->args.images);
}

/* ---- descriptors ---- */

static uint32_t *load(struct bench *b, uint32_t act, uint32_t words)
{
	uint32_t *d = add(b, VN_OP_LOAD, 0);

	VN_SET(d, LOAD_ACT, act);
	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, 1);
	return d;
}

static uint32_t *store(struct bench *b, uint32_t act, uint32_t words)
{
	uint32_t *d = add(b, VN_OP_STORE, 0);

	VN_SET(d, STORE_ACT, act);
	VN_SET(d, STORE_WORDS, words);
	VN_SET(d, STORE_CHUNKS, 1);
	VN_SET(d, STORE_SPACE, VN_SPACE_OUTPUT);
	return d;
}

static uint32_t *mm(struct bench *b, uint32_t flags, uint32_t act, uint32_t n0, uint32_t psum)
{
	uint32_t *d = add(b, VN_OP_MM, flags);

	VN_SET(d, MM_ACT, act);
	VN_SET(d, MM_KTILES, 1);
	VN_SET(d, MM_N0, n0);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
	VN_SET(d, MM_PSUM, psum);
	return d;
}

/* One row of @cols pixels without pooling. */
static uint32_t *post(struct bench *b, uint32_t flags, uint32_t param, uint32_t cols, uint32_t dst)
{
	uint32_t *d = add(b, VN_OP_POST, flags);

	VN_SET(d, POST_PARAM, param);
	VN_SET(d, POST_PITCH, cols);
	VN_SET(d, POST_IN_H, 1);
	VN_SET(d, POST_OUT_H, 1);
	VN_SET(d, POST_IN_W, cols);
	VN_SET(d, POST_OUT_W, cols);
	VN_SET(d, POST_ROWS, 1);
	VN_SET(d, POST_COLS, cols);
	VN_SET(d, POST_DST, dst);
	VN_SET(d, POST_DST_PITCH, cols);
	VN_SET(d, POST_RING, flags & VN_BIT(MID) ? VN_RING_ROWS : 0);
	return d;
}

static uint32_t *dw(struct bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t n, uint32_t act)
{
	uint32_t *d = add(b, VN_OP_DW, 0);

	VN_SET(d, DW_PARAM, param);
	VN_SET(d, DW_PITCH, w);
	VN_SET(d, DW_RING, VN_RING_ROWS);
	VN_SET(d, DW_MAP_H, h);
	VN_SET(d, DW_MAP_W, w);
	VN_SET(d, DW_ROWS, h);
	VN_SET(d, DW_COLS, w);
	VN_SET(d, DW_ACT, act);
	VN_SET(d, DW_DST_PITCH, w);
	VN_SET(d, DW_N, n);
	VN_SET(d, DW_DST_STEP, h * w);
	return d;
}

static uint32_t *wsum(struct bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t act)
{
	uint32_t *d = add(b, VN_OP_WSUM, 0);

	VN_SET(d, WSUM_PARAM, param);
	VN_SET(d, WSUM_PITCH, w);
	VN_SET(d, WSUM_RING, VN_RING_ROWS);
	VN_SET(d, WSUM_MAP_H, h);
	VN_SET(d, WSUM_MAP_W, w);
	VN_SET(d, WSUM_ACT, act);
	VN_SET(d, WSUM_DST_STEP, 1);
	return d;
}

/* Word @i of the vector at beat @beat of the weights. */
static void set_word(struct bench *b, uint32_t beat, uint32_t i, uint32_t v)
{
	memcpy(b->weights + beat * 64 + 4 * i, &v, 4);
}

static void set_requantiser(struct bench *b, uint32_t beat, uint32_t m, uint32_t s)
{
	for (uint32_t c = 0; c < C; c++)
		set_word(b, beat, c, m | s << VN_REQ_S_LSB);
}

/* The identity: output channel c is input channel c mod R. */
static void set_identity(struct bench *b, uint32_t beat)
{
	for (uint32_t c = 0; c < C; c++)
		b->weights[beat * 64 + c % R * C + c] = 1;
}

/* ---- bytes ---- */

static void test_refcu_moves_chunks(void **state)
{
	struct bench *b = *state;
	uint32_t *d;

	for (int i = 0; i < 1024; i++)
		b->input[i] = (uint8_t)(i * 7);
	memset(b->output, 0xaa, 1024);
	VN_SET(b->d[0], BEGIN_GROUP, 2);
	for (uint32_t image = 0; image < 2; image++) {
		d = load(b, 100, 3);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, LOAD_OFFSET, 1);
		VN_SET(d, LOAD_RECORD, 4);
		VN_SET(d, LOAD_CHUNKS, 2);
		VN_SET(d, LOAD_ACT_STEP, 10);
		VN_SET(d, LOAD_MEM_STEP, 2);
		d = store(b, 100, 13);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, STORE_RECORD, 3);
	}
	b->args.images = 3;
	run_well(b);
	assert_int_equal(b->status[VN_ST_IMAGES], 3);
	assert_int_equal(b->status[VN_ST_EXECUTED], 8);
	for (int image = 0; image < 3; image++) {
		const uint8_t *in = b->input + 64 * (4 * image + 1), *out = b->output + 64 * 3 * image;

		assert_memory_equal(out, in, 24);
		assert_memory_equal(out + 80, in + 128, 24);
		for (int i = 104; i < 128; i++)
			assert_int_equal(out[i], 0);
		assert_int_equal(out[128], 0xaa);
	}
}

/* Three loops, more k-tiles than are summed at once, and a second MM on top of the first. */
static void test_refcu_mm_loops(void **state)
{
	enum { KTILES = 40, K_STEP = 30, BIAS = KTILES * R * C / 64 };
	struct bench *b = *state;
	int32_t expected[8][C] = {{0}}, *got = (int32_t *)b->output;
	uint32_t seed = 5, *d;

	for (int i = 0; i < KTILES * K_STEP * R; i++)
		b->input[i] = (uint8_t)tiny_random(&seed, -128, 127);
	for (int i = 0; i < KTILES * R * C; i++)
		b->weights[i] = (uint8_t)tiny_random(&seed, -127, 127);
	load(b, 0, KTILES * K_STEP);
	for (int twice = 0; twice < 2; twice++) {
		d = mm(b, twice ? VN_BIT(ACC) : 0, 1, 2, 40);
		VN_SET(d, MM_N1, 2);
		VN_SET(d, MM_S1, 5);
		VN_SET(d, MM_N2, 2);
		VN_SET(d, MM_S2, 20);
		VN_SET(d, MM_KTILES, KTILES);
		VN_SET(d, MM_K_STEP, K_STEP);
	}
	d = post(b, VN_BIT(RAW), BIAS, 8, 2000);
	VN_SET(d, POST_PSUM, 40);
	store(b, 2000, 8 * 4 * C / R);
	for (int p = 0; p < 8; p++) {
		for (int c = 0; c < C; c++) {
			set_word(b, BIAS, (uint32_t)c, (uint32_t)(1000 * c));
			expected[p][c] = 1000 * c;
			for (int k = 0; k < KTILES * R; k++) {
				const int word = 1 + p / 4 * 20 + p / 2 % 2 * 5 + p % 2 + k / R * K_STEP;

				expected[p][c] += 2 * (int8_t)b->input[word * R + k % R] *
						  (int8_t)b->weights[k * C + c];
			}
		}
	}
	run_well(b);
	assert_memory_equal(got, expected, sizeof(expected));
}

/* Ties go up; saturation; both groups of R channels. */
static void test_refcu_post_rounds(void **state)
{
	struct bench *b = *state;
	static const int8_t in[R] = {5, -5, 3, -3, 127, -128, 1, 0};
	static const int8_t half[R] = {3, -2, 2, -1, 64, -64, 1, 0};     /* x/2 */
	static const int8_t wide[R] = {127, -128, 96, -96, 127, -128, 32, 0}; /* 32*x */

	uint32_t *d;

	memcpy(b->input, in, sizeof(in));
	set_identity(b, 0);
	for (uint32_t c = 0; c < C; c++)
		set_word(b, 5, c, c < R ? 1 | 1u << VN_REQ_S_LSB : 1 << 6 | 1u << VN_REQ_S_LSB);
	load(b, 0, 1);
	mm(b, 0, 0, 1, 0);
	d = post(b, 0, 4, 1, 50);
	VN_SET(d, POST_DST_STEP, 1);
	store(b, 50, 2);
	run_well(b);
	assert_memory_equal(b->output, half, R);
	assert_memory_equal(b->output + R, wide, R);
}

/* Three columns into two windows that overlap, of a band that begins at column 1 of the map. */
static void test_refcu_post_pools(void **state)
{
	struct bench *b = *state;
	static const int8_t in[3] = {7, 9, 8};
	uint32_t *d;

	for (int i = 0; i < 3; i++)
		b->input[i * R] = (uint8_t)in[i];
	set_identity(b, 0);
	set_requantiser(b, 5, 2, 1);
	load(b, 0, 3);
	mm(b, 0, 0, 3, 10);
	d = post(b, 0, 4, 3, 50);
	VN_SET(d, POST_IN_W, 6);
	VN_SET(d, POST_OUT_W, 4);
	VN_SET(d, POST_OX0, 2);
	VN_SET(d, POST_COLS, 2);
	VN_SET(d, POST_IX0, 3);
	VN_SET(d, POST_PSUM, 10);
	store(b, 50, 2);
	run_well(b);
	assert_int_equal(b->output[0], 9);
	assert_int_equal(b->output[R], 9);
}

/* Nine biases of a 3x3 map, one a pixel. */
static void test_refcu_post_border(void **state)
{
	struct bench *b = *state;
	uint32_t *d;

	for (uint32_t i = 0; i < VN_BORDER_CASES; i++)
		for (uint32_t c = 0; c < C; c++)
			set_word(b, 4 + i, c, 10 * i + c);
	load(b, 0, 9);
	mm(b, 0, 0, 9, 0);
	d = post(b, VN_BIT(RAW) | VN_BIT(BORDER), 4, 3, 50);
	VN_SET(d, POST_IN_H, 3);
	VN_SET(d, POST_OUT_H, 3);
	VN_SET(d, POST_ROWS, 3);
	store(b, 50, 9 * 4 * C / R);
	run_well(b);
	for (int i = 0; i < 9; i++)
		for (int c = 0; c < C; c++)
			assert_int_equal(((int32_t *)b->output)[i * C + c], 10 * i + c);
}

/* A 2x2 map of 1, 2, 3, 4 (channel 0) at slot 16 of the middle buffer. */
static void load_square(struct bench *b)
{
	uint32_t *d;

	for (int i = 0; i < 4; i++)
		b->input[i * R] = (uint8_t)(i + 1);
	set_identity(b, 0);
	set_requantiser(b, 5, 2, 1);
	load(b, 0, 4);
	mm(b, 0, 0, 4, 0);
	d = post(b, VN_BIT(MID) | VN_BIT(U8), 4, 2, 16);
	VN_SET(d, POST_IN_H, 2);
	VN_SET(d, POST_OUT_H, 2);
	VN_SET(d, POST_ROWS, 2);
}

static void test_refcu_dw_edges(void **state)
{
	struct bench *b = *state;
	uint32_t *d;
	static const int8_t centre[4] = {1 * 5 + 2 + 3 + 4, 1 + 2 * 5 + 3 + 4, 1 + 2 + 3 * 5 + 4, 1 + 2 + 3 + 4 * 5};

	load_square(b);
	set_requantiser(b, 21, 2, 1);
	for (int tap = 0; tap < 9; tap++)
		b->weights[(22 + tap) * 64] = tap == 4 ? 5 : 1;
	d = dw(b, 20, 2, 2, 1, 60);
	VN_SET(d, DW_MID, 16);
	store(b, 60, 8);
	run_well(b);
	for (int i = 0; i < 4; i++) {
		assert_int_equal((int8_t)b->output[i * R], centre[i]);
		assert_int_equal(b->output[(4 + i) * R], 0);
	}
}

static void test_refcu_wsum(void **state)
{
	struct bench *b = *state;
	uint32_t *d;

	load_square(b);
	set_requantiser(b, 21, 1, 1);
	set_word(b, 20, 0, (uint32_t)-50);
	for (int i = 0; i < 4; i++)
		b->weights[(22 + i) * 64] = (uint8_t)(i % 2 ? 20 : -30);
	d = wsum(b, 20, 2, 2, 60);
	VN_SET(d, WSUM_MID, 16);
	store(b, 60, 2);
	run_well(b);
	/* (-30*1 + 20*2 - 30*3 + 20*4 - 50) / 2 */
	assert_int_equal((int8_t)b->output[0], -25);
}

/* A map of 11 rows through a ring of 8, in two bands, against the same map in one ring of 16. */
static void test_refcu_ring_wraps(void **state)
{
	struct bench *b = *state;
	static const uint32_t split[][2] = {{0, 6}, {6, 5}};
	const uint32_t h = 11, w = 3;
	uint32_t seed = 3, *d;

	for (uint32_t i = 0; i < h * w * R; i++)
		b->input[i] = (uint8_t)tiny_random(&seed, 0, 127);
	set_identity(b, 0);
	set_requantiser(b, 5, 2, 1);
	set_requantiser(b, 21, 1 << 16, 24);
	for (int i = 0; i < 9 * 64; i++)
		b->weights[22 * 64 + i] = (uint8_t)tiny_random(&seed, -127, 127);
	load(b, 0, h * w);
	mm(b, 0, 0, h * w, 0);
	for (uint32_t ring = 16; ring >= 8; ring -= 8) {
		for (int band = 0; band < (ring == 16 ? 1 : 2); band++) {
			const uint32_t y0 = ring == 16 ? 0 : split[band][0];
			const uint32_t rows = ring == 16 ? h : split[band][1];
			/* The kernel reaches one row further than the band: the first posts it too. */
			const uint32_t extra = ring == 8 && band == 0, above = ring == 8 && band == 1;

			d = post(b, VN_BIT(MID) | VN_BIT(U8), 4, w, ring == 16 ? 1024 : 0);
			VN_SET(d, POST_IN_H, h);
			VN_SET(d, POST_OUT_H, h);
			VN_SET(d, POST_OY0, y0 + above);
			VN_SET(d, POST_ROWS, rows + extra - above);
			VN_SET(d, POST_RING, ring);
			VN_SET(d, POST_PSUM, (y0 + above) * w);
			VN_SET(d, POST_IY0, y0 + above);
			d = dw(b, 20, h, w, 1, (ring == 16 ? 200 : 400) + y0 * w);
			VN_SET(d, DW_MID, ring == 16 ? 1024 : 0);
			VN_SET(d, DW_RING, ring);
			VN_SET(d, DW_Y0, y0);
			VN_SET(d, DW_ROWS, rows);
		}
	}
	store(b, 200, 2 * h * w);
	d = store(b, 400, 2 * h * w);
	VN_SET(d, STORE_OFFSET, 100);
	run_well(b);
	assert_memory_equal(b->output, b->output + 6400, 2 * h * w * R);
	assert_int_not_equal(b->output[0], b->output[h * R]);
}

static void test_refcu_tap(void **state)
{
	struct bench *b = *state;
	uint32_t *d;

	memset(b->input, 9, 64);
	load(b, 0, 1);
	d = store(b, 0, 1);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	run_well(b);
	assert_int_equal(b->output[0], 0);
	assert_int_equal(b->status[VN_ST_EXECUTED], 2);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP) | VN_BIT(TAP_ON));
	run_well(b);
	assert_int_equal(b->output[0], 9);
	/* What is skipped is checked all the same. */
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	VN_SET(d, STORE_SPACE, VN_SPACE_INPUT);
	run(b, VN_CU_RANGE, FIRST + 2, VN_D_STORE_SPACE_WORD);
	assert_int_equal(b->status[VN_ST_EXECUTED], 1);
	assert_int_equal(b->status[VN_ST_IMAGES], 0);
}

/* ---- faults ---- */

static void test_refcu_arguments(void **state)
{
	struct bench *b = *state;
	const struct vn_cu_args good = {b->program, FIRST, 1, 1, b->weights, b->input, b->output, b->scratch,
					b->status};

	/* From the last register to the first, all faults stay: the first register in order is named. */
	b->args = good;
	run_well(b);
	b->args.scratch = b->scratch + 32;
	run(b, VN_CU_ARGUMENT, 0, 0x58);
	b->args.output = b->output + 1;
	run(b, VN_CU_ARGUMENT, 0, 0x4c);
	b->args.input = b->input + 63;
	run(b, VN_CU_ARGUMENT, 0, 0x40);
	b->args.weights = b->weights + 4;
	run(b, VN_CU_ARGUMENT, 0, 0x34);
	b->args.images = 0;
	run(b, VN_CU_ARGUMENT, 0, 0x2c);
	b->args.count = 0;
	memset(b->status, 0, sizeof(b->status));
	vn_refcu_run(b->cu, &b->args);
	assert_int_equal(b->status[VN_ST_ERROR], VN_CU_ARGUMENT);
	assert_int_equal(b->status[VN_ST_FIELD], 0x24);
	b->args.program = (uint8_t *)b->program + 4;
	vn_refcu_run(b->cu, &b->args);
	assert_int_equal(b->status[VN_ST_FIELD], 0x10);
	assert_int_equal(b->status[VN_ST_DESC], 0);
}

static void test_refcu_begin(void **state)
{
	static const struct {
		uint32_t word, value, code, field;
	} cases[] = {
		{0, VN_OP_MM, VN_CU_BEGIN, 0},
		{0, VN_OP_BEGIN | 1 << 8, VN_CU_RESERVED, 0},
		{0, VN_OP_BEGIN | 1 << 16, VN_CU_RESERVED, 0},
		{0, VN_OP_BEGIN | 1 << 24, VN_CU_RESERVED, 0},
		{1, 1, VN_CU_RESERVED, 1},
		{2, 1, VN_CU_RESERVED, 2},
		{3, 0x12345678, VN_CU_HASH, 3},
		{4, 1 << 8, VN_CU_ZERO, 4},
		{4, 1, VN_CU_ZERO, 4},
		{4, 1 | 2 << 8, VN_CU_RANGE, 4},
		{4, 1 | 1 << 8 | 1 << 16, VN_CU_RESERVED, 4},
		{5, 1, VN_CU_TOKEN, 5},
		{7, 1 << 12, VN_CU_TOKEN, 7},
		{9, 1u << 30, VN_CU_RESERVED, 9},
		{10, 1, VN_CU_RESERVED, 10},
		{15, 1, VN_CU_RESERVED, 15},
	};
	struct bench *b = *state;
	uint32_t good[VN_DESC_WORDS];

	memcpy(good, b->d[0], sizeof(good));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(b->d[0], good, sizeof(good));
		b->d[0][cases[i].word] = cases[i].value;
		run(b, cases[i].code, FIRST, cases[i].field);
	}
}

/* The list that the faults below are put into. */
enum { LOAD = 1, MM, POST, DW, WSUM, STORE };

static void make_list(struct bench *b)
{
	for (uint32_t i = 4; i < 7; i++)
		set_requantiser(b, i, 1, 1);
	load(b, 0, 4);
	mm(b, 0, 0, 4, 0);
	post(b, VN_BIT(MID) | VN_BIT(U8), 4, 4, 0);
	dw(b, 4, 1, 4, 1, 0);
	wsum(b, 4, 1, 4, 0);
	store(b, 0, 4);
}

static void test_refcu_descriptors(void **state)
{
	static const struct {
		uint32_t desc, word, value, code;
	} cases[] = {
		{LOAD, 0, VN_OP_BEGIN, VN_CU_BEGIN},
		{LOAD, 0, 99, VN_CU_OPCODE},
		{LOAD, 0, 0, VN_CU_OPCODE},
		{LOAD, 0, VN_OP_LOAD | 1u << 24, VN_CU_RANGE},
		{LOAD, 0, VN_OP_LOAD | VN_BIT(ACC) << 8, VN_CU_RESERVED},
		{MM, 0, VN_OP_MM | VN_BIT(U8) << 8, VN_CU_RESERVED},
		{POST, 0, VN_OP_POST | 0x80 << 8, VN_CU_RESERVED},
		{POST, 0, VN_OP_POST | VN_BIT(MID) << 8, VN_CU_RANGE},
		{POST, 0, VN_OP_POST | (VN_BIT(MID) | VN_BIT(U8) | VN_BIT(RAW)) << 8, VN_CU_RANGE},
		{LOAD, 1, 1, VN_CU_TOKEN},
		{LOAD, 1, 1 << 6, VN_CU_TOKEN},
		{LOAD, 2, 1, VN_CU_TOKEN},
		{MM, 1, 1u << 30, VN_CU_RESERVED},
		{STORE, 2, 1 << 5, VN_CU_RESERVED},
		{LOAD, 8, 0, VN_CU_ZERO},
		{LOAD, 9, 1 | 3 << 16, VN_CU_RANGE},
		{LOAD, 9, 1 | 1 << 16, VN_CU_RANGE},
		{LOAD, 5, 65536 - 3, VN_CU_RANGE},
		{LOAD, 8, 65537, VN_CU_RANGE},
		{LOAD, 10, 1, VN_CU_RESERVED},
		{MM, 6, 1025, VN_CU_RANGE},
		{MM, 4, 65533, VN_CU_RANGE},
		{MM, 5, 65536, VN_CU_RANGE},
		{MM, 9, 65536, VN_CU_RANGE},
		{MM, 10, 65536, VN_CU_RANGE},
		{MM, 11, 1021, VN_CU_RANGE},
		{MM, 11, 2045, VN_CU_RANGE},
		{MM, 7, 1025 | 1 << 16, VN_CU_RANGE},
		{MM, 8, 257, VN_CU_RANGE},
		{MM, 7, 4, VN_CU_ZERO},
		{POST, 6, 4 | 1 << 16, VN_CU_RANGE},
		{POST, 7, 3 | 4 << 16, VN_CU_RANGE},
		{POST, 8, 1 | 1 << 16, VN_CU_RANGE},
		{POST, 9, 1 | 4 << 16, VN_CU_RANGE},
		{POST, 10, 1, VN_CU_RANGE},
		{POST, 4, 2045, VN_CU_RANGE},
		{POST, 12, 4 | 4 << 16, VN_CU_RANGE},
		{POST, 12, 3 | 8 << 16, VN_CU_RANGE},
		{POST, 11, 4, VN_CU_RANGE},
		{POST, 11, 16384 - 24, VN_CU_RANGE},
		{DW, 5, 4 | 9 << 16, VN_CU_RANGE},
		{DW, 4, 1, VN_CU_RANGE},
		{DW, 7, 0 | 2 << 16, VN_CU_RANGE},
		{DW, 8, 1 | 4 << 16, VN_CU_RANGE},
		{DW, 9, 65535, VN_CU_RANGE},
		{WSUM, 5, 3 | 8 << 16, VN_CU_RANGE},
		{WSUM, 6, 9 | 4 << 16, VN_CU_RANGE},
		{WSUM, 9, 65535, VN_CU_RANGE},
		{WSUM, 7, 1, VN_CU_RESERVED},
		{STORE, 9, 1, VN_CU_RANGE},
	};
	struct bench *b = *state;
	uint32_t good[8][VN_DESC_WORDS];

	make_list(b);
	memcpy(good, b->d, b->count * sizeof(good[0]));
	run_well(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(b->d, good, b->count * sizeof(good[0]));
		b->d[cases[i].desc][cases[i].word] = cases[i].value;
		run(b, cases[i].code, FIRST + cases[i].desc, cases[i].word);
		assert_int_equal(b->status[VN_ST_EXECUTED], cases[i].desc - 1);
	}
	/* N shares its word with DST_PITCH. */
	memcpy(b->d, good, b->count * sizeof(good[0]));
	VN_SET(b->d[DW], DW_N, 5);
	run(b, VN_CU_RANGE, FIRST + DW, VN_D_DW_N_WORD);
}

static void test_refcu_tokens(void **state)
{
	struct bench *b = *state;

	make_list(b);
	b->args.images = 3;
	/* LOAD gives STORE two, STORE takes two: balanced over any number of passes. */
	VN_SET(b->d[LOAD], ALL_SIGNAL, 1 << VN_ENGINE_STORE);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 1);
	run_well(b);
	/* One is left over at the end of the pass. */
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 0);
	run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE);
	assert_int_equal(b->status[VN_ST_IMAGES], 0);
	/* One more is taken than was given: there was a token to start with, and the balance is off. */
	b->d[0][VN_D_BEGIN_TOKENS_LOAD_WORD] = 1u << (6 * VN_ENGINE_STORE);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 2);
	run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 3);
	run(b, VN_CU_TOKEN, FIRST + STORE, 1);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE - 1);
}

static void test_refcu_token_limit(void **state)
{
	struct bench *b = *state;

	memset(b->input, 7, 64);
	make_list(b);
	/* The descriptor has acted when its signal does not fit. */
	b->d[0][VN_D_BEGIN_TOKENS_STORE_WORD] = 63u << (6 * VN_ENGINE_LOAD);
	VN_SET(b->d[STORE], ALL_SIGNAL, 1 << VN_ENGINE_LOAD);
	VN_SET(b->d[DW], ALL_FLAGS, VN_BIT(TAP));
	VN_SET(b->d[WSUM], ALL_FLAGS, VN_BIT(TAP));
	run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->output[0], 7);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE - 1);
	/* 62 + 1 fit; the pass is then out of balance. */
	b->d[0][VN_D_BEGIN_TOKENS_STORE_WORD] = 62u << (6 * VN_ENGINE_LOAD);
	run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE);
}

static void test_refcu_configurations(void **state)
{
	static const int bad[][2] = {{0, 8}, {4, 8}, {8, 4}, {12, 16}, {16, 24}, {16, 8}, {128, 128}, {8, 256}, {-8, 8}};
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_refcu *cu;
	vn_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(vn_config_for(bad[i][0], bad[i][1], config, &err), VN_EARG);
	assert_int_equal(vn_config_for(8, 8, config, &err), 0);
	config[VN_CFG_MAX_N] = 5;
	assert_int_equal(vn_refcu_new(config, &cu, &err), VN_EARG);
	assert_non_null(strstr(err.message, "MAX_N"));
	assert_null(cu);
	vn_refcu_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refcu_moves_chunks),   TEST(test_refcu_mm_loops),  TEST(test_refcu_post_rounds),
		TEST(test_refcu_post_pools),     TEST(test_refcu_post_border), TEST(test_refcu_dw_edges),
		TEST(test_refcu_wsum),           TEST(test_refcu_ring_wraps), TEST(test_refcu_tap),
		TEST(test_refcu_arguments),      TEST(test_refcu_begin),     TEST(test_refcu_descriptors),
		TEST(test_refcu_tokens),         TEST(test_refcu_token_limit), TEST(test_refcu_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
