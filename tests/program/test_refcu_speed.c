/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refcu_speed.c - prints what the reference compute unit does a second, measured on this
 * machine.
 *
 * It fails only if a figure is so low that runs of whole data sets would be out of reach,
 * unoptimised builds apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model/program.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

enum {
	MAP = 28,
	KTILES = 16,
};

struct bench {
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_refcu *cu;
	uint32_t (*d)[VN_DESC_WORDS];
	uint8_t *weights;
};

static void set_up(struct bench *b, int rows, int cols)
{
	const size_t bytes = (size_t)(KTILES * rows * cols) + 65536;
	uint32_t seed = 1;

	assert_int_equal(vn_config_for(rows, cols, b->config, NULL), 0);
	assert_int_equal(vn_refcu_new(b->config, &b->cu, NULL), 0);
	b->d = tiny_alloc(2 * sizeof(*b->d));
	VN_SET(b->d[0], ALL_OP, VN_OP_BEGIN);
	VN_SET(b->d[0], BEGIN_HASH, vn_config_hash(b->config));
	VN_SET(b->d[0], BEGIN_GROUP, 1);
	VN_SET(b->d[0], BEGIN_VERSION, VN_CONTRACT);
	b->weights = tiny_alloc(bytes);
	for (size_t i = 0; i < bytes; i++)
		b->weights[i] = (uint8_t)tiny_random(&seed, -127, 127);
}

static void tear_down(struct bench *b)
{
	vn_refcu_free(b->cu);
	free(b->d);
	free(b->weights);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one start with descriptor 1, the fastest of some. */
static double seconds(struct bench *b)
{
	uint32_t status[VN_STATUS_WORDS];
	const struct vn_cu_args args = {
	        .program = b->d, .count = 2, .images = 1, .weights = b->weights, .status = status};
	double best = 1e9;

	for (int i = 0; i < 20; i++) {
		const double start = now();
		double t;

		vn_refcu_run(b->cu, &args);
		t = now() - start;
		best = t < best ? t : best;
		assert_int_equal(status[VN_ST_ERROR], VN_CU_NONE);
	}
	return best;
}

static double mm_gmacs(struct bench *b, uint32_t pixels)
{
	uint32_t *d = b->d[1];

	memset(d, 0, sizeof(*b->d));
	VN_SET(d, ALL_OP, VN_OP_MM);
	VN_SET(d, MM_KTILES, KTILES);
	VN_SET(d, MM_K_STEP, pixels);
	VN_SET(d, MM_N0, pixels);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
	return 1e-9 * KTILES * b->config[VN_CFG_ROWS] * b->config[VN_CFG_COLS] * pixels /
	       seconds(b);
}

static double dw_gmacs(struct bench *b, uint32_t n)
{
	uint32_t *d = b->d[1];

	memset(d, 0, sizeof(*b->d));
	VN_SET(d, ALL_OP, VN_OP_DW);
	VN_SET(d, DW_PITCH, MAP);
	VN_SET(d, DW_RING, 32);
	VN_SET(d, DW_MAP_H, MAP);
	VN_SET(d, DW_MAP_W, MAP);
	VN_SET(d, DW_ROWS, MAP);
	VN_SET(d, DW_COLS, MAP);
	VN_SET(d, DW_DST_PITCH, MAP);
	VN_SET(d, DW_N, n);
	VN_SET(d, DW_DST_STEP, MAP * MAP);
	return 1e-9 * (2 * n + 1) * (2 * n + 1) * b->config[VN_CFG_COLS] * MAP * MAP / seconds(b);
}

static void test_refcu_speed(void **state)
{
	static const int tiles[][2] = {{8, 8}, {16, 16}, {32, 64}, {64, 128}};

	(void)state;
	for (size_t i = 0; i < sizeof(tiles) / sizeof(tiles[0]); i++) {
		struct bench b;
		double mm, dw;

		set_up(&b, tiles[i][0], tiles[i][1]);
		mm = mm_gmacs(&b, MAP * MAP);
		dw = dw_gmacs(&b, 3);
		print_message("%dx%d: MM %.1f GMAC/s (49 pixels %.1f, 1 pixel %.2f), depthwise n=3 "
		              "%.1f GMAC/s\n",
		              tiles[i][0], tiles[i][1], mm, mm_gmacs(&b, 49), mm_gmacs(&b, 1), dw);
		assert_true(mm > 0.01 && dw > 0.01);
		tear_down(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_refcu_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
