/* SPDX-License-Identifier: Apache-2.0
 *
 * test_pack.c - input records and scratch regions against the formulas of docs/program-format.md,
 * byte by byte.
 */
#include "tests/driver/common.h"

#include <stdlib.h>
#include <string.h>

#include "driver/pack.h"

static const struct {
	int c, h, w, k, stride, pad, rows;
} CASES[] = {
        {1, 8, 8, 2, 2, 0, 8},    {1, 28, 28, 4, 2, 1, 16}, {3, 13, 9, 4, 4, 0, 32},
        {3, 16, 17, 4, 4, 1, 32}, {3, 7, 11, 3, 1, 1, 64},  {4, 9, 9, 5, 3, 2, 8},
        {1, 1, 1, 1, 1, 0, 8},    {2, 5, 6, 7, 2, 6, 16},   {1, 3, 70, 1, 1, 0, 64},
};

static int conv(int in, int i)
{
	return (in + 2 * CASES[i].pad - CASES[i].k) / CASES[i].stride + 1;
}

/* Byte @b of the patch of conv pixel (y, x). */
static uint8_t expected(int i, const uint8_t *pixels, int y, int x, int b)
{
	const int c = b % CASES[i].c, j = b / CASES[i].c % CASES[i].k,
	          row = b / CASES[i].c / CASES[i].k;
	const int py = y * CASES[i].stride + row - CASES[i].pad;
	const int px = x * CASES[i].stride + j - CASES[i].pad;

	if (row >= CASES[i].k || py < 0 || py >= CASES[i].h || px < 0 || px >= CASES[i].w)
		return 0;
	return (uint8_t)(pixels[(py * CASES[i].w + px) * CASES[i].c + c] - 128);
}

static void check_record(int i, const uint8_t *pixels, const uint8_t *record, size_t bytes)
{
	const int h = conv(CASES[i].h, i), w = conv(CASES[i].w, i), rows = CASES[i].rows;
	const int patch = CASES[i].k * CASES[i].k * CASES[i].c;
	const size_t group = ((size_t)(h * w * rows) + 63) / 64 * 64;

	for (size_t at = 0; at < bytes; at++) {
		const int g = (int)(at / group), in = (int)(at % group), p = in / rows;
		const int b = g * rows + in % rows;
		const uint8_t want =
		        p < h * w && b < patch ? expected(i, pixels, p / w, p % w, b) : 0;

		if (record[at] != want)
			fail_msg("case %d, byte %zu: %d, not %d", i, at, record[at], want);
	}
}

static void test_records(void **state)
{
	(void)state;
	for (int i = 0; i < (int)(sizeof(CASES) / sizeof(CASES[0])); i++) {
		struct vn_pstage stem = {.conv_h = (uint32_t)conv(CASES[i].h, i),
		                         .conv_w = (uint32_t)conv(CASES[i].w, i)};
		struct vn_program prog = {.in_c = CASES[i].c,
		                          .in_h = CASES[i].h,
		                          .in_w = CASES[i].w,
		                          .k = CASES[i].k,
		                          .stride = CASES[i].stride,
		                          .pad = CASES[i].pad,
		                          .stages = &stem};
		const size_t image = (size_t)(CASES[i].c * CASES[i].h * CASES[i].w);
		const size_t groups =
		        (size_t)((CASES[i].k * CASES[i].k * CASES[i].c + CASES[i].rows - 1) /
		                 CASES[i].rows);
		const size_t bytes =
		        groups *
		        (((size_t)(stem.conv_h * stem.conv_w) * (size_t)CASES[i].rows + 63) / 64 *
		         64);
		uint8_t *pixels = malloc(image), *record = malloc(bytes);
		struct vn_packer *packer;
		uint32_t seed = 1;

		prog.config[VN_CFG_ROWS] = (uint32_t)CASES[i].rows;
		assert_int_equal(vn_packer_new(&prog, &packer, NULL), 0);
		/* Twice: nothing of one image may stay for the next. */
		for (int turn = 0; turn < 2; turn++) {
			for (size_t p = 0; p < image; p++)
				pixels[p] = (uint8_t)tiny_random(&seed, 0, 255);
			memset(record, 0xee, bytes);
			vn_pack(packer, pixels, record);
			check_record(i, pixels, record, bytes);
		}
		vn_packer_free(packer);
		free(pixels);
		free(record);
	}
	vn_packer_free(NULL);
}

static void check_region(uint32_t c, uint32_t h, uint32_t w, uint32_t rows, uint32_t spare)
{
	const uint32_t group = (h * w * rows + 63) / 64;
	const struct vn_pstage s = {.cout = c, .out_h = h, .out_w = w, .step = group + spare};
	const size_t bytes = (size_t)vn_region_bytes(&s, rows);
	uint8_t *region = malloc(bytes);
	int8_t *tensor = malloc((size_t)c * h * w);
	uint32_t seed = 5;

	assert_int_equal(bytes, (((c + rows - 1) / rows - 1) * (group + spare) + group) * 64);
	for (size_t i = 0; i < bytes; i++)
		region[i] = (uint8_t)tiny_random(&seed, 0, 255);
	vn_unpack_stage(&s, rows, region, tensor);
	for (uint32_t k = 0; k < c; k++)
		for (uint32_t p = 0; p < h * w; p++)
			assert_int_equal(
			        tensor[k * h * w + p],
			        (int8_t)region[(k / rows) * s.step * 64 + p * rows + k % rows]);
	free(region);
	free(tensor);
}

static void test_regions(void **state)
{
	(void)state;
	check_region(1, 1, 1, 8, 0);
	check_region(8, 3, 5, 8, 0);
	check_region(9, 3, 5, 8, 3);
	check_region(200, 13, 11, 32, 1);
	check_region(64, 7, 7, 64, 0);
	check_region(65, 20, 7, 64, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_records),
	        cmocka_unit_test(test_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
