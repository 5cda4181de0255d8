/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refcu_faults.c - every error that the reference compute unit reports: code, descriptor,
 * word.
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
#include "tests/program/cu_bench.h"

static void test_refcu_arguments(void **state)
{
	struct cu_bench *b = *state;
	const struct vn_cu_args good = {b->program, FIRST,     1,          1,        b->weights,
	                                b->input,   b->output, b->scratch, b->status};

	/* From the last register to the first, all faults stay: the first register in order is
	 * named. */
	b->args = good;
	cu_run_well(b);
	b->args.scratch = b->scratch + 32;
	cu_run(b, VN_CU_ARGUMENT, 0, 0x58);
	b->args.output = b->output + 1;
	cu_run(b, VN_CU_ARGUMENT, 0, 0x4c);
	b->args.input = b->input + 63;
	cu_run(b, VN_CU_ARGUMENT, 0, 0x40);
	b->args.weights = b->weights + 4;
	cu_run(b, VN_CU_ARGUMENT, 0, 0x34);
	b->args.images = 0;
	cu_run(b, VN_CU_ARGUMENT, 0, 0x2c);
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
	        {4, 1 | (VN_CONTRACT - 1) << 8, VN_CU_RANGE, 4},
	        {4, 1 | VN_CONTRACT << 8 | 1 << 16, VN_CU_RESERVED, 4},
	        {5, 1, VN_CU_TOKEN, 5},
	        {7, 1 << 12, VN_CU_TOKEN, 7},
	        {9, 1u << 30, VN_CU_RESERVED, 9},
	        {10, 1, VN_CU_RESERVED, 10},
	        {15, 1, VN_CU_RESERVED, 15},
	};
	struct cu_bench *b = *state;
	uint32_t good[VN_DESC_WORDS];

	memcpy(good, b->d[0], sizeof(good));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(b->d[0], good, sizeof(good));
		b->d[0][cases[i].word] = cases[i].value;
		cu_run(b, cases[i].code, FIRST, cases[i].field);
	}
}

/* The list that the faults below are put into. */
enum { LOAD = 1, MM, POST, DW, WSUM, STORE };

static void make_list(struct cu_bench *b)
{
	for (uint32_t i = 4; i < 7; i++)
		cu_set_requantiser(b, i, 1, 1);
	cu_load(b, 0, 4);
	cu_mm(b, 0, 0, 4, 0);
	cu_post(b, VN_BIT(MID) | VN_BIT(U8), 4, 4, 0);
	cu_dw(b, 4, 1, 4, 1, 0);
	cu_wsum(b, 4, 1, 4, 0);
	cu_store(b, 0, 4);
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
	        {LOAD, 5, VN_DEFAULT_ACT_WORDS - 3, VN_CU_RANGE},
	        {LOAD, 8, VN_DEFAULT_ACT_WORDS + 1, VN_CU_RANGE},
	        {LOAD, 10, 1, VN_CU_RESERVED},
	        {MM, 6, 1025, VN_CU_RANGE},
	        {MM, 4, VN_DEFAULT_ACT_WORDS - 3, VN_CU_RANGE},
	        {MM, 5, VN_DEFAULT_ACT_WORDS, VN_CU_RANGE},
	        {MM, 9, VN_DEFAULT_ACT_WORDS, VN_CU_RANGE},
	        {MM, 10, VN_DEFAULT_ACT_WORDS, VN_CU_RANGE},
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
	        {DW, 9, VN_DEFAULT_ACT_WORDS - 1, VN_CU_RANGE},
	        {WSUM, 5, 3 | 8 << 16, VN_CU_RANGE},
	        {WSUM, 6, 9 | 4 << 16, VN_CU_RANGE},
	        {WSUM, 9, VN_DEFAULT_ACT_WORDS - 1, VN_CU_RANGE},
	        {WSUM, 7, 1, VN_CU_RESERVED},
	        {STORE, 9, 1, VN_CU_RANGE},
	};
	struct cu_bench *b = *state;
	uint32_t good[8][VN_DESC_WORDS];

	make_list(b);
	memcpy(good, b->d, b->count * sizeof(good[0]));
	cu_run_well(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(b->d, good, b->count * sizeof(good[0]));
		b->d[cases[i].desc][cases[i].word] = cases[i].value;
		cu_run(b, cases[i].code, FIRST + cases[i].desc, cases[i].word);
		assert_int_equal(b->status[VN_ST_EXECUTED], cases[i].desc - 1);
	}
	/* N shares its word with DST_PITCH. */
	memcpy(b->d, good, b->count * sizeof(good[0]));
	VN_SET(b->d[DW], DW_N, 5);
	cu_run(b, VN_CU_RANGE, FIRST + DW, VN_D_DW_N_WORD);
}

static void test_refcu_tokens(void **state)
{
	struct cu_bench *b = *state;

	make_list(b);
	b->args.images = 3;
	/* LOAD gives STORE two, STORE takes two: balanced over any number of passes. */
	VN_SET(b->d[LOAD], ALL_SIGNAL, 1 << VN_ENGINE_STORE);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 1);
	cu_run_well(b);
	/* One is left over at the end of the pass. */
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 0);
	cu_run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE);
	assert_int_equal(b->status[VN_ST_IMAGES], 0);
	/* One more is taken than was given: there was a token to start with, and the balance is
	 * off. */
	b->d[0][VN_D_BEGIN_TOKENS_LOAD_WORD] = VN_TOKENS(1, VN_ENGINE_STORE);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 2);
	cu_run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	VN_SET(b->d[STORE], ALL_WAIT_LOAD, 3);
	cu_run(b, VN_CU_TOKEN, FIRST + STORE, 1);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE - 1);
}

static void test_refcu_token_limit(void **state)
{
	struct cu_bench *b = *state;

	memset(b->input, 7, 64);
	make_list(b);
	/* The descriptor has acted when its signal does not fit. */
	b->d[0][VN_D_BEGIN_TOKENS_STORE_WORD] = VN_TOKENS(VN_TOKEN_MAX, VN_ENGINE_LOAD);
	VN_SET(b->d[STORE], ALL_SIGNAL, 1 << VN_ENGINE_LOAD);
	VN_SET(b->d[DW], ALL_FLAGS, VN_BIT(TAP));
	VN_SET(b->d[WSUM], ALL_FLAGS, VN_BIT(TAP));
	cu_run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->output[0], 7);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE - 1);
	/* 62 + 1 fit; the pass is then out of balance. */
	b->d[0][VN_D_BEGIN_TOKENS_STORE_WORD] = VN_TOKENS(VN_TOKEN_MAX - 1, VN_ENGINE_LOAD);
	cu_run(b, VN_CU_TOKEN, FIRST + STORE, 2);
	assert_int_equal(b->status[VN_ST_EXECUTED], STORE);
}

static void test_refcu_configurations(void **state)
{
	static const int bad[][2] = {{0, 8},  {4, 8},     {8, 4},   {12, 16}, {16, 24},
	                             {16, 8}, {128, 128}, {8, 256}, {-8, 8}};
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, cu_set_up, cu_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_refcu_arguments),   TEST(test_refcu_begin),
	        TEST(test_refcu_descriptors), TEST(test_refcu_tokens),
	        TEST(test_refcu_token_limit), TEST(test_refcu_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
