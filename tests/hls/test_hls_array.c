/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hls_array.c - the systolic array against the product written as the sum that it is, at every
 * size of sizes.def.
 *
 * Pixel counts around the array's own lengths (one pixel, fewer than a tile's turn needs, more),
 * several k-tiles so that the fronts of tiles are in flight together, strides, accumulation, both
 * banks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hls/card.h"

struct mm {
	uint32_t ktiles, k_step, n0, n1, n2, s1, s2, act, psum;
};

static const struct mm shapes[] = {
        {1, 0, 1, 1, 1, 0, 0, 0, 0},       {3, 1, 1, 1, 1, 0, 0, 7, 1},
        {2, 50, 7, 7, 1, 7, 0, 0, 0},      {16, 49, 49, 1, 1, 0, 0, 3, 100},
        {5, 64, 8, 8, 1, 8, 0, 1, 1024},   {2, 65, 65, 1, 1, 0, 0, 0, 1500},
        {3, 200, 3, 4, 5, 9, 31, 2, 17},   {4, 0, 5, 3, 2, 0, 0, 11, 2018},
        {2, 448, 448, 1, 1, 0, 0, 0, 500}, {1, 0, 1024, 1, 1, 0, 0, 5, 1024},
};

enum { ACT_WORDS = 2048, RAW_AT = 4096 };

static void add_mm(struct card *card, const struct mm *m, uint32_t weights, uint32_t flags)
{
	uint32_t *d = card_add(card, VN_OP_MM);

	VN_SET(d, ALL_FLAGS, flags);
	VN_SET(d, MM_WEIGHTS, weights);
	VN_SET(d, MM_ACT, m->act);
	VN_SET(d, MM_K_STEP, m->k_step);
	VN_SET(d, MM_KTILES, m->ktiles);
	VN_SET(d, MM_N0, m->n0);
	VN_SET(d, MM_N1, m->n1);
	VN_SET(d, MM_N2, m->n2);
	VN_SET(d, MM_S1, m->s1);
	VN_SET(d, MM_S2, m->s2);
	VN_SET(d, MM_PSUM, m->psum);
}

/* The pixels' sums as they are, to beat 0 of OUTPUT. */
static void add_raw(struct card *card, uint32_t psum, uint32_t pixels)
{
	int32_t *zero = calloc(card->c, sizeof(*zero));
	uint32_t *d = card_add(card, VN_OP_POST);

	assert_non_null(zero);
	VN_SET(d, ALL_FLAGS, VN_BIT(RAW));
	VN_SET(d, POST_PARAM, card_param(card, 1, zero, NULL, 0));
	VN_SET(d, POST_PSUM, psum);
	VN_SET(d, POST_PITCH, pixels);
	VN_SET(d, POST_IN_H, 1);
	VN_SET(d, POST_OUT_H, 1);
	VN_SET(d, POST_IN_W, pixels);
	VN_SET(d, POST_OUT_W, pixels);
	VN_SET(d, POST_ROWS, 1);
	VN_SET(d, POST_COLS, pixels);
	VN_SET(d, POST_DST, RAW_AT);
	VN_SET(d, POST_DST_PITCH, 1);
	card_move(card, VN_OP_STORE, RAW_AT, pixels * 4 * card->c / card->r);
	free(zero);
}

/* Sum of channel @c at pixel (i2, i1, i0), straight from the document. */
static int64_t product(const struct card *card, const struct mm *m, uint32_t weights, uint32_t i2,
                       uint32_t i1, uint32_t i0, uint32_t c)
{
	const uint8_t *w = card->weights + (size_t)weights * VN_BEAT_BYTES;
	int64_t sum = 0;
	uint32_t k, r;

	for (k = 0; k < m->ktiles; k++) {
		const uint32_t word = m->act + k * m->k_step + i2 * m->s2 + i1 * m->s1 + i0;

		for (r = 0; r < card->r; r++)
			sum += (int8_t)card->input[word * card->r + r] *
			       (int8_t)w[(k * card->r + r) * card->c + c];
	}
	return sum;
}

static void check_shape(struct card *card, const struct mm *m, int accumulate)
{
	const uint32_t pixels = m->n0 * m->n1 * m->n2;
	uint32_t first, second, p, c;

	card->next = 0;
	first = card_tiles(card, m->ktiles);
	second = card_tiles(card, m->ktiles);
	card_begin(card, 1);
	card_move(card, VN_OP_LOAD, 0, ACT_WORDS);
	add_mm(card, m, first, 0);
	if (accumulate)
		add_mm(card, m, second, VN_BIT(ACC));
	add_raw(card, m->psum, pixels);
	assert_int_equal(card_run(card, 1), VN_CU_NONE);
	for (p = 0; p < pixels; p++)
		for (c = 0; c < card->c; c++) {
			const uint32_t i0 = p % m->n0, i1 = p / m->n0 % m->n1,
			               i2 = p / m->n0 / m->n1;
			int64_t expected = product(card, m, first, i2, i1, i0, c);
			int32_t got;

			if (accumulate)
				expected += product(card, m, second, i2, i1, i0, c);
			memcpy(&got, card->output + 4 * ((size_t)p * card->c + c), sizeof(got));
			if (got != expected)
				fail_msg("%ux%u, shape %d, pixel %u, column %u: %d, not %d",
				         card->r, card->c, (int)(m - shapes), p, c, (int)got,
				         (int)expected);
		}
}

static void test_products(void **state)
{
	struct card card;
	size_t i;
	int size;

	(void)state;
	for (size = 0; card_open(&card, size); size++) {
		for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
			check_shape(&card, &shapes[i], i % 2 != 0);
		card_close(&card);
	}
	assert_true(size > 0);
}

/* -128 times -127 in every cell: the largest product of each. */
static void test_extremes(void **state)
{
	const struct mm m = {4, 8, 8, 1, 1, 0, 0, 0, 0};
	struct card card;
	uint32_t p, c;
	int size;

	(void)state;
	for (size = 0; card_open(&card, size); size++) {
		const int32_t expected = (int32_t)(m.ktiles * card.r * 128 * 127);
		const uint32_t weights = card_tiles(&card, m.ktiles);

		memset(card.weights, -127, (size_t)m.ktiles * card.r * card.c);
		memset(card.input, -128, (size_t)ACT_WORDS * card.r);
		card_move(&card, VN_OP_LOAD, 0, ACT_WORDS);
		add_mm(&card, &m, weights, 0);
		add_raw(&card, m.psum, m.n0);
		assert_int_equal(card_run(&card, 1), VN_CU_NONE);
		for (p = 0; p < m.n0; p++)
			for (c = 0; c < card.c; c++) {
				int32_t got;

				memcpy(&got, card.output + 4 * ((size_t)p * card.c + c),
				       sizeof(got));
				assert_int_equal(got, expected);
			}
		card_close(&card);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_products),
	        cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
