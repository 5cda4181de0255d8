/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refcu.c - the reference compute unit on descriptors made by hand: expected bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/program/cu_bench.h"
#include "tests/program/tiny.h"

static void test_refcu_moves_chunks(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d;

	for (int i = 0; i < 1024; i++)
		b->input[i] = (uint8_t)(i * 7);
	memset(b->output, 0xaa, 1024);
	VN_SET(b->d[0], BEGIN_GROUP, 2);
	for (uint32_t image = 0; image < 2; image++) {
		d = cu_load(b, 100, 3);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, LOAD_OFFSET, 1);
		VN_SET(d, LOAD_RECORD, 4);
		VN_SET(d, LOAD_CHUNKS, 2);
		VN_SET(d, LOAD_ACT_STEP, 10);
		VN_SET(d, LOAD_MEM_STEP, 2);
		d = cu_store(b, 100, 13);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, STORE_RECORD, 3);
	}
	b->args.images = 3;
	cu_run_well(b);
	assert_int_equal(b->status[VN_ST_IMAGES], 3);
	assert_int_equal(b->status[VN_ST_EXECUTED], 8);
	for (int image = 0; image < 3; image++) {
		const uint8_t *in = b->input + 64 * (4 * image + 1),
		              *out = b->output + 64 * 3 * image;

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
	struct cu_bench *b = *state;
	int32_t expected[8][C] = {{0}}, *got = (int32_t *)b->output;
	uint32_t seed = 5, *d;

	for (int i = 0; i < KTILES * K_STEP * R; i++)
		b->input[i] = (uint8_t)tiny_random(&seed, -128, 127);
	for (int i = 0; i < KTILES * R * C; i++)
		b->weights[i] = (uint8_t)tiny_random(&seed, -127, 127);
	cu_load(b, 0, KTILES * K_STEP);
	for (int twice = 0; twice < 2; twice++) {
		d = cu_mm(b, twice ? VN_BIT(ACC) : 0, 1, 2, 40);
		VN_SET(d, MM_N1, 2);
		VN_SET(d, MM_S1, 5);
		VN_SET(d, MM_N2, 2);
		VN_SET(d, MM_S2, 20);
		VN_SET(d, MM_KTILES, KTILES);
		VN_SET(d, MM_K_STEP, K_STEP);
	}
	d = cu_post(b, VN_BIT(RAW), BIAS, 8, 2000);
	VN_SET(d, POST_PSUM, 40);
	cu_store(b, 2000, 8 * 4 * C / R);
	for (int p = 0; p < 8; p++) {
		for (int c = 0; c < C; c++) {
			cu_set_word(b, BIAS, (uint32_t)c, (uint32_t)(1000 * c));
			expected[p][c] = 1000 * c;
			for (int k = 0; k < KTILES * R; k++) {
				const int word =
				        1 + p / 4 * 20 + p / 2 % 2 * 5 + p % 2 + k / R * K_STEP;

				expected[p][c] += 2 * (int8_t)b->input[word * R + k % R] *
				                  (int8_t)b->weights[k * C + c];
			}
		}
	}
	cu_run_well(b);
	assert_memory_equal(got, expected, sizeof(expected));
}

/* Ties go up; saturation; both groups of R channels. */
static void test_refcu_post_rounds(void **state)
{
	struct cu_bench *b = *state;
	static const int8_t in[R] = {5, -5, 3, -3, 127, -128, 1, 0};
	static const int8_t half[R] = {3, -2, 2, -1, 64, -64, 1, 0};          /* x/2 */
	static const int8_t wide[R] = {127, -128, 96, -96, 127, -128, 32, 0}; /* 32*x */

	uint32_t *d;

	memcpy(b->input, in, sizeof(in));
	cu_set_identity(b, 0);
	for (uint32_t c = 0; c < C; c++)
		cu_set_word(b, 5, c, c < R ? 1 | 1u << VN_REQ_S_LSB : 1 << 6 | 1u << VN_REQ_S_LSB);
	cu_load(b, 0, 1);
	cu_mm(b, 0, 0, 1, 0);
	d = cu_post(b, 0, 4, 1, 50);
	VN_SET(d, POST_DST_STEP, 1);
	cu_store(b, 50, 2);
	cu_run_well(b);
	assert_memory_equal(b->output, half, R);
	assert_memory_equal(b->output + R, wide, R);
}

/* Three columns into two windows that overlap, of a band that begins at column 1 of the map. */
static void test_refcu_post_pools(void **state)
{
	struct cu_bench *b = *state;
	static const int8_t in[3] = {7, 9, 8};
	uint32_t *d;

	for (int i = 0; i < 3; i++)
		b->input[i * R] = (uint8_t)in[i];
	cu_set_identity(b, 0);
	cu_set_requantiser(b, 5, 2, 1);
	cu_load(b, 0, 3);
	cu_mm(b, 0, 0, 3, 10);
	d = cu_post(b, 0, 4, 3, 50);
	VN_SET(d, POST_IN_W, 6);
	VN_SET(d, POST_OUT_W, 4);
	VN_SET(d, POST_OX0, 2);
	VN_SET(d, POST_COLS, 2);
	VN_SET(d, POST_IX0, 3);
	VN_SET(d, POST_PSUM, 10);
	cu_store(b, 50, 2);
	cu_run_well(b);
	assert_int_equal(b->output[0], 9);
	assert_int_equal(b->output[R], 9);
}

/* Nine biases of a 3x3 map, one a pixel. */
static void test_refcu_post_border(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d;

	for (uint32_t i = 0; i < VN_BORDER_CASES; i++)
		for (uint32_t c = 0; c < C; c++)
			cu_set_word(b, 4 + i, c, 10 * i + c);
	cu_load(b, 0, 9);
	cu_mm(b, 0, 0, 9, 0);
	d = cu_post(b, VN_BIT(RAW) | VN_BIT(BORDER), 4, 3, 50);
	VN_SET(d, POST_IN_H, 3);
	VN_SET(d, POST_OUT_H, 3);
	VN_SET(d, POST_ROWS, 3);
	cu_store(b, 50, 9 * 4 * C / R);
	cu_run_well(b);
	for (int i = 0; i < 9; i++)
		for (int c = 0; c < C; c++)
			assert_int_equal(((int32_t *)b->output)[i * C + c], 10 * i + c);
}

/* A 2x2 map of 1, 2, 3, 4 (channel 0) at slot 16 of the middle buffer. */
static void load_square(struct cu_bench *b)
{
	uint32_t *d;

	for (int i = 0; i < 4; i++)
		b->input[i * R] = (uint8_t)(i + 1);
	cu_set_identity(b, 0);
	cu_set_requantiser(b, 5, 2, 1);
	cu_load(b, 0, 4);
	cu_mm(b, 0, 0, 4, 0);
	d = cu_post(b, VN_BIT(MID) | VN_BIT(U8), 4, 2, 16);
	VN_SET(d, POST_IN_H, 2);
	VN_SET(d, POST_OUT_H, 2);
	VN_SET(d, POST_ROWS, 2);
}

static void test_refcu_dw_edges(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d;
	static const int8_t centre[4] = {1 * 5 + 2 + 3 + 4, 1 + 2 * 5 + 3 + 4, 1 + 2 + 3 * 5 + 4,
	                                 1 + 2 + 3 + 4 * 5};

	load_square(b);
	cu_set_requantiser(b, 21, 2, 1);
	for (int tap = 0; tap < 9; tap++)
		b->weights[(22 + tap) * 64] = tap == 4 ? 5 : 1;
	d = cu_dw(b, 20, 2, 2, 1, 60);
	VN_SET(d, DW_MID, 16);
	cu_store(b, 60, 8);
	cu_run_well(b);
	for (int i = 0; i < 4; i++) {
		assert_int_equal((int8_t)b->output[i * R], centre[i]);
		assert_int_equal(b->output[(4 + i) * R], 0);
	}
}

static void test_refcu_wsum(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d;

	load_square(b);
	cu_set_requantiser(b, 21, 1, 1);
	cu_set_word(b, 20, 0, (uint32_t)-50);
	for (int i = 0; i < 4; i++)
		b->weights[(22 + i) * 64] = (uint8_t)(i % 2 ? 20 : -30);
	d = cu_wsum(b, 20, 2, 2, 60);
	VN_SET(d, WSUM_MID, 16);
	cu_store(b, 60, 2);
	cu_run_well(b);
	/* (-30*1 + 20*2 - 30*3 + 20*4 - 50) / 2 */
	assert_int_equal((int8_t)b->output[0], -25);
}

/* A map of 11 rows through a ring of 8, in two bands, against the same map in one ring of 16. */
static void test_refcu_ring_wraps(void **state)
{
	struct cu_bench *b = *state;
	static const uint32_t split[][2] = {{0, 6}, {6, 5}};
	const uint32_t h = 11, w = 3;
	uint32_t seed = 3, *d;

	for (uint32_t i = 0; i < h * w * R; i++)
		b->input[i] = (uint8_t)tiny_random(&seed, 0, 127);
	cu_set_identity(b, 0);
	cu_set_requantiser(b, 5, 2, 1);
	cu_set_requantiser(b, 21, 1 << 16, 24);
	for (int i = 0; i < 9 * 64; i++)
		b->weights[22 * 64 + i] = (uint8_t)tiny_random(&seed, -127, 127);
	cu_load(b, 0, h * w);
	cu_mm(b, 0, 0, h * w, 0);
	for (uint32_t ring = 16; ring >= 8; ring -= 8) {
		for (int band = 0; band < (ring == 16 ? 1 : 2); band++) {
			const uint32_t y0 = ring == 16 ? 0 : split[band][0];
			const uint32_t rows = ring == 16 ? h : split[band][1];
			/* The kernel reaches one row further than the band: the first posts it too.
			 */
			const uint32_t extra = ring == 8 && band == 0,
			               above = ring == 8 && band == 1;

			d = cu_post(b, VN_BIT(MID) | VN_BIT(U8), 4, w, ring == 16 ? 1024 : 0);
			VN_SET(d, POST_IN_H, h);
			VN_SET(d, POST_OUT_H, h);
			VN_SET(d, POST_OY0, y0 + above);
			VN_SET(d, POST_ROWS, rows + extra - above);
			VN_SET(d, POST_RING, ring);
			VN_SET(d, POST_PSUM, (y0 + above) * w);
			VN_SET(d, POST_IY0, y0 + above);
			d = cu_dw(b, 20, h, w, 1, (ring == 16 ? 200 : 400) + y0 * w);
			VN_SET(d, DW_MID, ring == 16 ? 1024 : 0);
			VN_SET(d, DW_RING, ring);
			VN_SET(d, DW_Y0, y0);
			VN_SET(d, DW_ROWS, rows);
		}
	}
	cu_store(b, 200, 2 * h * w);
	d = cu_store(b, 400, 2 * h * w);
	VN_SET(d, STORE_OFFSET, 100);
	cu_run_well(b);
	assert_memory_equal(b->output, b->output + 6400, 2 * h * w * R);
	assert_int_not_equal(b->output[0], b->output[h * R]);
}

static void test_refcu_tap(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d;

	memset(b->input, 9, 64);
	cu_load(b, 0, 1);
	d = cu_store(b, 0, 1);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	cu_run_well(b);
	assert_int_equal(b->output[0], 0);
	assert_int_equal(b->status[VN_ST_EXECUTED], 2);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP) | VN_BIT(TAP_ON));
	cu_run_well(b);
	assert_int_equal(b->output[0], 9);
	/* What is skipped is checked all the same. */
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	VN_SET(d, STORE_SPACE, VN_SPACE_INPUT);
	cu_run(b, VN_CU_RANGE, FIRST + 2, VN_D_STORE_SPACE_WORD);
	assert_int_equal(b->status[VN_ST_EXECUTED], 1);
	assert_int_equal(b->status[VN_ST_IMAGES], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cu_set_up, cu_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_refcu_moves_chunks), TEST(test_refcu_mm_loops),
	        TEST(test_refcu_post_rounds),  TEST(test_refcu_post_pools),
	        TEST(test_refcu_post_border),  TEST(test_refcu_dw_edges),
	        TEST(test_refcu_wsum),         TEST(test_refcu_ring_wraps),
	        TEST(test_refcu_tap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
