/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hls_cu.c - what each descriptor computes and moves, against bytes computed here, at every
 * size of sizes.def.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hls/card.h"

enum {
	MAX_C = 64,
	SIDE_MAX = 19, /* of the maps here */
	PIXELS_MAX = SIDE_MAX * SIDE_MAX,
	DST = 8192, /* of results in the activation buffer, past what card_sums loads */
	TAPS_MAX = 81,
	RING = 24,
	MID = 16,
};

/* One POST from the sums of a whole convolution map. */
struct post {
	uint32_t in_h, in_w, out_h, out_w;
	uint32_t flags;
};

struct bench {
	struct card card;
	int64_t sums[PIXELS_MAX * MAX_C];
	int32_t bias[VN_BORDER_CASES * MAX_C];
	uint32_t m[MAX_C], s[MAX_C], req[MAX_C];
};

/* Biases of the sums' size, requantisers whose results use the range and often leave it. */
static void make_channels(struct bench *b)
{
	uint32_t c;

	for (c = 0; c < VN_BORDER_CASES * b->card.c; c++)
		b->bias[c] = card_random(&b->card, -20000, 20000);
	for (c = 0; c < b->card.c; c++) {
		b->m[c] = (uint32_t)card_random(&b->card, 0, 131071);
		b->s[c] = (uint32_t)card_random(&b->card, 23, 26);
		b->req[c] = b->m[c] | b->s[c] << VN_REQ_S_LSB;
	}
}

static uint32_t *add_post(struct bench *b, const struct post *p)
{
	const uint32_t cases = (p->flags & VN_BIT(BORDER)) != 0 ? VN_BORDER_CASES : 1;
	uint32_t *d = card_add(&b->card, VN_OP_POST);

	VN_SET(d, ALL_FLAGS, p->flags);
	VN_SET(d, POST_PARAM, card_param(&b->card, cases, b->bias, b->req, 0));
	VN_SET(d, POST_PITCH, p->in_w);
	VN_SET(d, POST_IN_H, p->in_h);
	VN_SET(d, POST_IN_W, p->in_w);
	VN_SET(d, POST_OUT_H, p->out_h);
	VN_SET(d, POST_OUT_W, p->out_w);
	VN_SET(d, POST_ROWS, p->out_h);
	VN_SET(d, POST_COLS, p->out_w);
	VN_SET(d, POST_DST, DST);
	VN_SET(d, POST_DST_PITCH, p->out_w);
	VN_SET(d, POST_DST_STEP, p->out_h * p->out_w);
	if ((p->flags & VN_BIT(MID)) != 0) {
		VN_SET(d, POST_DST, MID);
		VN_SET(d, POST_RING, RING);
		VN_SET(d, POST_DST_STEP, 0);
	}
	return d;
}

/* Channel @c of pixel @i of @pixels, as stored from DST group by group. */
static int stored(const struct bench *b, uint32_t i, uint32_t pixels, uint32_t c)
{
	const uint32_t r = b->card.r;

	return (int8_t)b->card.output[(c / r * pixels + i) * r + c % r];
}

static int pooled(const struct bench *b, const struct post *p, uint32_t y, uint32_t x, uint32_t c)
{
	const int u8 = (p->flags & VN_BIT(U8)) != 0;

	return card_requantise(card_pool(&b->card, b->sums, b->bias,
	                                 (p->flags & VN_BIT(BORDER)) != 0, p->in_h, p->in_w,
	                                 p->out_h, p->out_w, y, x, c),
	                       b->m[c], b->s[c], u8 ? 0 : -128, u8 ? 255 : 127);
}

static void check_post(struct bench *b, const struct post *p)
{
	const uint32_t pixels = p->out_h * p->out_w;
	uint32_t y, x, c;

	card_begin(&b->card, 1);
	b->card.next = 0;
	make_channels(b);
	card_sums(&b->card, p->in_h * p->in_w, b->sums);
	add_post(b, p);
	card_move(&b->card, VN_OP_STORE, DST, pixels * b->card.c / b->card.r);
	assert_int_equal(card_run(&b->card, 1), VN_CU_NONE);
	for (y = 0; y < p->out_h; y++)
		for (x = 0; x < p->out_w; x++)
			for (c = 0; c < b->card.c; c++)
				assert_int_equal(stored(b, y * p->out_w + x, pixels, c),
				                 pooled(b, p, y, x, c));
}

static void each_size(void (*check)(struct bench *))
{
	struct bench *b = malloc(sizeof(*b));
	int size;

	assert_non_null(b);
	for (size = 0; card_open(&b->card, size); size++) {
		check(b);
		card_close(&b->card);
	}
	free(b);
	assert_true(size > 0);
}

static void posts(struct bench *b)
{
	static const struct post shapes[] = {
	        {5, 7, 5, 7, 0},     /* no pooling */
	        {9, 7, 4, 3, 0},     /* windows of two and three */
	        {8, 6, 4, 3, 0},     /* 2x2 */
	        {19, 19, 10, 10, 0}, /* adaptive, windows overlap */
	        {16, 17, 6, 7, 1u << VN_FLAG_BORDER},
	        {7, 5, 7, 5, 1u << VN_FLAG_BORDER},
	        {1, 1, 1, 1, 1u << VN_FLAG_BORDER},
	};
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		check_post(b, &shapes[i]);
}

static void test_post(void **state)
{
	(void)state;
	each_size(posts);
}

/* One channel after the other: sum, M, S and the int8 that follows, ties and saturation on both
 * sides. */
static void requantisers(struct bench *b)
{
	static const struct {
		int32_t acc;
		uint32_t m, s;
		int expected;
	} cases[] = {
	        {5, 1, 1, 3},
	        {-5, 1, 1, -2},
	        {3, 1, 2, 1},
	        {-6, 1, 2, -1},
	        {-7, 1, 2, -2},
	        {255, 1, 1, 127},
	        {253, 1, 1, 127},
	        {-257, 1, 1, -128},
	        {-258, 1, 1, -128},
	        {2147483647, 131071, 47, 2},
	        {-2147483647, 131071, 47, -2},
	        {2147483647, 0, 1, 0},
	        {100, 65536, 16, 100},
	        {-100, 65536, 16, -100},
	        {1073741824, 131071, 40, 127},
	        {-1073741824, 131071, 40, -128},
	};
	const struct post p = {1, 1, 1, 1, 0};
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	size_t first;
	uint32_t c;

	for (first = 0; first < n; first += b->card.c) {
		card_begin(&b->card, 1);
		b->card.next = 0;
		card_sums(&b->card, 1, b->sums);
		for (c = 0; c < b->card.c; c++) {
			const size_t i = (first + c) % n;

			b->bias[c] = (int32_t)((uint32_t)cases[i].acc - (uint32_t)b->sums[c]);
			b->req[c] = cases[i].m | cases[i].s << VN_REQ_S_LSB;
		}
		add_post(b, &p);
		card_move(&b->card, VN_OP_STORE, DST, b->card.c / b->card.r);
		assert_int_equal(card_run(&b->card, 1), VN_CU_NONE);
		for (c = 0; c < b->card.c; c++)
			assert_int_equal(stored(b, 0, 1, c), cases[(first + c) % n].expected);
	}
}

static void test_requantise(void **state)
{
	(void)state;
	each_size(requantisers);
}

/* A u8 map of @side x @side by POST into the ring, then @d over it; requantisers of the second step
 * are b's. */
static void begin_with_map(struct bench *b, const struct post *p, int *u)
{
	const uint32_t c_n = b->card.c;
	uint32_t y, x, c;

	card_begin(&b->card, 1);
	b->card.next = 0;
	make_channels(b);
	card_sums(&b->card, p->in_h * p->in_w, b->sums);
	add_post(b, p);
	for (y = 0; y < p->out_h; y++)
		for (x = 0; x < p->out_w; x++)
			for (c = 0; c < c_n; c++)
				u[(y * p->out_w + x) * c_n + c] = pooled(b, p, y, x, c);
	make_channels(b);
	for (c = 0; c < c_n; c++) {
		b->s[c] = (uint32_t)card_random(&b->card, 24, 28);
		b->req[c] = b->m[c] | b->s[c] << VN_REQ_S_LSB;
	}
}

static void check_dw(struct bench *b, int side, int n)
{
	const struct post p = {(uint32_t)side, (uint32_t)side, (uint32_t)side, (uint32_t)side,
	                       VN_BIT(MID) | VN_BIT(U8)};
	const uint32_t c_n = b->card.c, pixels = (uint32_t)(side * side);
	int *u = malloc(sizeof(*u) * pixels * c_n);
	uint32_t param, *d;
	int y, x, i, j;
	uint32_t c;

	assert_non_null(u);
	begin_with_map(b, &p, u);
	param = card_param(&b->card, 1, b->bias, b->req, (uint32_t)((2 * n + 1) * (2 * n + 1)));
	d = card_add(&b->card, VN_OP_DW);
	VN_SET(d, DW_PARAM, param);
	VN_SET(d, DW_MID, MID);
	VN_SET(d, DW_PITCH, side);
	VN_SET(d, DW_RING, RING);
	VN_SET(d, DW_MAP_H, side);
	VN_SET(d, DW_MAP_W, side);
	VN_SET(d, DW_ROWS, side);
	VN_SET(d, DW_COLS, side);
	VN_SET(d, DW_ACT, DST);
	VN_SET(d, DW_DST_PITCH, side);
	VN_SET(d, DW_N, n);
	VN_SET(d, DW_DST_STEP, pixels);
	card_move(&b->card, VN_OP_STORE, DST, pixels * c_n / b->card.r);
	assert_int_equal(card_run(&b->card, 1), VN_CU_NONE);
	for (y = 0; y < side; y++)
		for (x = 0; x < side; x++)
			for (c = 0; c < c_n; c++) {
				int64_t acc = b->bias[c];

				for (i = -n; i <= n; i++)
					for (j = -n; j <= n; j++)
						if (y + i >= 0 && y + i < side && x + j >= 0 &&
						    x + j < side)
							acc += (int64_t)
							               u[(uint32_t)((y + i) * side +
							                            x + j) *
							                         c_n +
							                 c] *
							       card_tap(
							               &b->card, param,
							               (uint32_t)((i + n) * (2 * n +
							                                     1) +
							                          j + n),
							               c);
				assert_int_equal(stored(b, (uint32_t)(y * side + x), pixels, c),
				                 card_requantise(acc, b->m[c], b->s[c], -128, 127));
			}
	free(u);
}

static void depthwise(struct bench *b)
{
	int n;

	for (n = 0; n <= 4; n++)
		check_dw(b, 7 + 3 * n, n);
	check_dw(b, 1, 3);
	check_dw(b, 3, 4);
}

static void test_dw(void **state)
{
	(void)state;
	each_size(depthwise);
}

static void weighted_sum(struct bench *b)
{
	const struct post p = {14, 14, 7, 7, VN_BIT(MID) | VN_BIT(U8)};
	const uint32_t c_n = b->card.c, pixels = p.out_h * p.out_w;
	int *u = malloc(sizeof(*u) * pixels * c_n);
	uint32_t param, i, c, *d;

	assert_non_null(u);
	begin_with_map(b, &p, u);
	param = card_param(&b->card, 1, b->bias, b->req, pixels);
	d = card_add(&b->card, VN_OP_WSUM);
	VN_SET(d, WSUM_PARAM, param);
	VN_SET(d, WSUM_MID, MID);
	VN_SET(d, WSUM_PITCH, p.out_w);
	VN_SET(d, WSUM_RING, RING);
	VN_SET(d, WSUM_MAP_H, p.out_h);
	VN_SET(d, WSUM_MAP_W, p.out_w);
	VN_SET(d, WSUM_ACT, DST);
	VN_SET(d, WSUM_DST_STEP, 1);
	card_move(&b->card, VN_OP_STORE, DST, c_n / b->card.r);
	assert_int_equal(card_run(&b->card, 1), VN_CU_NONE);
	for (c = 0; c < c_n; c++) {
		int64_t acc = b->bias[c];

		for (i = 0; i < pixels; i++)
			acc += (int64_t)u[i * c_n + c] * card_tap(&b->card, param, i, c);
		assert_int_equal(stored(b, 0, 1, c),
		                 card_requantise(acc, b->m[c], b->s[c], -128, 127));
	}
	free(u);
}

static void test_wsum(void **state)
{
	(void)state;
	each_size(weighted_sum);
}

/* Chunks whose last beat is part full: read as they lie, with a gap between them; every second one
 * written, with zeros behind. */
static void moves(struct bench *b)
{
	struct card *card = &b->card;
	const uint32_t r = card->r, words = 2 * VN_BEAT_BYTES / r + 1, step = words + 3;
	const uint32_t beats = (words * r + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES;
	uint32_t g, i, *d;

	d = card_move(card, VN_OP_LOAD, 5, words);
	VN_SET(d, LOAD_OFFSET, 2);
	VN_SET(d, LOAD_CHUNKS, 3);
	VN_SET(d, LOAD_ACT_STEP, step);
	VN_SET(d, LOAD_MEM_STEP, 7);
	VN_SET(d, LOAD_SPACE, VN_SPACE_SCRATCH);
	d = card_move(card, VN_OP_STORE, 5, words);
	VN_SET(d, STORE_OFFSET, 1);
	VN_SET(d, STORE_CHUNKS, 2);
	VN_SET(d, STORE_ACT_STEP, 2 * step);
	VN_SET(d, STORE_MEM_STEP, beats + 1);
	assert_int_equal(card_run(card, 1), VN_CU_NONE);
	for (i = 0; i < VN_BEAT_BYTES; i++)
		assert_int_equal(card->output[i], 0xa5);
	for (g = 0; g < 2; g++) {
		const uint8_t *to = card->output + (1 + g * (beats + 1)) * VN_BEAT_BYTES;
		const uint8_t *from = card->scratch + (2 + 14 * g) * VN_BEAT_BYTES;

		for (i = 0; i < beats * VN_BEAT_BYTES; i++)
			assert_int_equal(to[i], i < words * r ? from[i] : 0);
		for (; i < (beats + 1) * VN_BEAT_BYTES; i++)
			assert_int_equal(to[i], 0xa5);
	}
}

static void test_moves(void **state)
{
	(void)state;
	each_size(moves);
}

static void *run_many(void *card)
{
	int i;

	for (i = 0; i < 20; i++)
		card_run(card, 1);
	return NULL;
}

/* Compute units of several threads do not share buffers. */
static void test_threads(void **state)
{
	enum { THREADS = 3 };
	struct bench *b = malloc(THREADS * sizeof(*b));
	const struct post p = {12, 12, 12, 12, 0};
	const uint32_t pixels = p.out_h * p.out_w;
	pthread_t thread[THREADS];
	uint32_t y, c;
	int t;

	(void)state;
	assert_non_null(b);
	for (t = 0; t < THREADS; t++) {
		assert_true(card_open(&b[t].card, 0));
		b[t].card.seed += (uint32_t)t;
		make_channels(&b[t]);
		card_sums(&b[t].card, p.in_h * p.in_w, b[t].sums);
		add_post(&b[t], &p);
		card_move(&b[t].card, VN_OP_STORE, DST, pixels * b[t].card.c / b[t].card.r);
	}
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&thread[t], NULL, run_many, &b[t].card), 0);
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_join(thread[t], NULL), 0);
	for (t = 0; t < THREADS; t++) {
		for (y = 0; y < pixels; y++)
			for (c = 0; c < b[t].card.c; c++)
				assert_int_equal(stored(&b[t], y, pixels, c),
				                 pooled(&b[t], &p, y / p.out_w, y % p.out_w, c));
		card_close(&b[t].card);
	}
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_post),  cmocka_unit_test(test_requantise),
	        cmocka_unit_test(test_dw),    cmocka_unit_test(test_wsum),
	        cmocka_unit_test(test_moves), cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
