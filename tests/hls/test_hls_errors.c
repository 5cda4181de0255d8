/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hls_errors.c - what the status block says: every error with its descriptor and word, tokens,
 * TAP, images past the batch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hls/card.h"

enum { STEPS = 4 }; /* descriptors of the plain program after BEGIN */

/* LOAD, MM, POST, STORE, each good; card_desc numbers them 1 to STEPS. */
static void plain(struct card *card, uint32_t group)
{
	int32_t bias[64] = {0};
	uint32_t req[64] = {0};
	uint32_t *d;

	card_begin(card, group);
	card->next = 0;
	card_move(card, VN_OP_LOAD, 0, 8);
	d = card_add(card, VN_OP_MM);
	VN_SET(d, MM_WEIGHTS, card_tiles(card, 1));
	VN_SET(d, MM_KTILES, 1);
	VN_SET(d, MM_N0, 8);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
	d = card_add(card, VN_OP_POST);
	VN_SET(d, POST_PARAM, card_param(card, 1, bias, req, 0));
	VN_SET(d, POST_PITCH, 8);
	VN_SET(d, POST_IN_H, 1);
	VN_SET(d, POST_OUT_H, 1);
	VN_SET(d, POST_IN_W, 8);
	VN_SET(d, POST_OUT_W, 8);
	VN_SET(d, POST_ROWS, 1);
	VN_SET(d, POST_COLS, 8);
	VN_SET(d, POST_DST, 64);
	VN_SET(d, POST_DST_PITCH, 8);
	VN_SET(d, POST_DST_STEP, 8);
	card_move(card, VN_OP_STORE, 0, 8);
}

/* Run and compare the status block, all of it; @desc counts from the program's start. */
static void expect(struct card *card, uint32_t images, uint32_t code, uint32_t desc, uint32_t field,
                   uint32_t done, uint32_t executed)
{
	uint32_t i;

	assert_int_equal(card_run(card, images), code);
	assert_int_equal(card->status[VN_ST_MAGIC], VN_STATUS_MAGIC);
	assert_int_equal(card->status[VN_ST_VERSION], VN_CONTRACT);
	assert_int_equal(card->status[VN_ST_HASH],
	                 card_desc(card, 0)[VN_D_BEGIN_HASH_WORD] ^ (code == VN_CU_HASH ? 1u : 0u));
	assert_int_equal(card->status[VN_ST_DESC], desc);
	assert_int_equal(card->status[VN_ST_FIELD], field);
	assert_int_equal(card->status[VN_ST_IMAGES], done);
	assert_int_equal(card->status[VN_ST_EXECUTED], executed);
	for (i = 0; i < VN_CONFIG_WORDS; i++)
		assert_int_equal(card->status[VN_ST_CONFIG + i], card->cu->config[i]);
	for (i = VN_ST_CYCLES; i < VN_STATUS_WORDS; i++)
		assert_int_equal(card->status[i], 0);
}

static void test_complete(void **state)
{
	struct card card;
	int size;

	(void)state;
	for (size = 0; card_open(&card, size); size++) {
		plain(&card, 2);
		expect(&card, 5, VN_CU_NONE, 0, 0, 5, 3 * STEPS);
		card.count = 1;
		expect(&card, 5, VN_CU_NONE, 0, 0, 5, 0);
		card_close(&card);
	}
}

static void test_arguments(void **state)
{
	struct card card;
	uint8_t *program, *weights;

	(void)state;
	assert_true(card_open(&card, 0));
	plain(&card, 1);
	expect(&card, 0, VN_CU_ARGUMENT, 0, VN_REG_IMAGES, 0, 0);
	card.count = 0;
	expect(&card, 0, VN_CU_ARGUMENT, 0, VN_REG_COUNT, 0, 0);
	program = (uint8_t *)card.program;
	weights = card.weights;
	assert_int_equal(
	        card.cu->run(program + 8, CARD_FIRST, 0, 0, weights, NULL, NULL, NULL, card.status),
	        0);
	assert_int_equal(card.status[VN_ST_FIELD], VN_REG_PROGRAM);
	assert_int_equal(card.cu->run(program, CARD_FIRST, 1, 1, weights + 32, weights + 1, NULL,
	                              NULL, card.status),
	                 0);
	assert_int_equal(card.status[VN_ST_FIELD], VN_REG_WEIGHTS);
	assert_int_equal(card.cu->run(program, CARD_FIRST, 1, 1, weights, NULL, weights + 1, NULL,
	                              card.status),
	                 0);
	assert_int_equal(card.status[VN_ST_ERROR], VN_CU_ARGUMENT);
	assert_int_equal(card.status[VN_ST_FIELD], VN_REG_OUTPUT);
	card_close(&card);
}

/* Each fault: the word of descriptor @desc that gets @value, and the verdict. */
static const struct {
	uint32_t desc, word, value, code, field;
} faults[] = {
        {0, 0, VN_OP_LOAD, VN_CU_BEGIN, 0},
        {0, 0, VN_OP_BEGIN | 1u << 24, VN_CU_RESERVED, 0},
        {0, 1, 1, VN_CU_RESERVED, 1},
        {0, 15, 1, VN_CU_RESERVED, 15},
        {0, 4, 1u << 8, VN_CU_ZERO, 4},
        {0, 4, 1 | (VN_CONTRACT - 1u) << 8, VN_CU_RANGE, 4},
        {0, 6, 1u << 6, VN_CU_TOKEN, 6},
        {1, 0, VN_OP_BEGIN, VN_CU_BEGIN, 0},
        {2, 0, 0, VN_CU_OPCODE, 0},
        {3, 0, 8, VN_CU_OPCODE, 0},
        {1, 0, VN_OP_LOAD | 1u << (8 + VN_FLAG_ACC), VN_CU_RESERVED, 0},
        {2, 12, 1, VN_CU_RESERVED, 12},
        {4, 2, 1u << 5, VN_CU_RESERVED, 2},
        {1, 8, 0, VN_CU_ZERO, 8},
        {2, 7, 1u << 16, VN_CU_ZERO, 7},
        {3, 9, 0, VN_CU_ZERO, 9},
        {1, 0, VN_OP_LOAD | 1u << 24, VN_CU_RANGE, 0},
        {1, 9, 1 | 1u << 16, VN_CU_RANGE, 9},
        {4, 9, 1, VN_CU_RANGE, 9},
        {1, 5, VN_DEFAULT_ACT_WORDS - 1, VN_CU_RANGE, 5},
        {2, 4, VN_DEFAULT_ACT_WORDS, VN_CU_RANGE, 4},
        {2, 6, 1025, VN_CU_RANGE, 6},
        {2, 7, 1025 | 1u << 16, VN_CU_RANGE, 7},
        {2, 8, 200, VN_CU_RANGE, 8},
        {2, 11, 1017, VN_CU_RANGE, 11},
        {3, 0, VN_OP_POST | 1u << (8 + VN_FLAG_U8), VN_CU_RANGE, 0},
        {3, 4, 2041, VN_CU_RANGE, 4},
        {3, 7, 25 | 8u << 16, VN_CU_RANGE, 7},
        {3, 8, 1 | 1u << 16, VN_CU_RANGE, 8},
        {3, 10, 1, VN_CU_RANGE, 10},
        {3, 11, VN_DEFAULT_ACT_WORDS - 1, VN_CU_RANGE, 11},
        {3, 12, 8 | 8u << 16, VN_CU_RANGE, 12},
        {2, 1, 1u << 6, VN_CU_TOKEN, 1},
        {4, 2, 1u << VN_ENGINE_STORE, VN_CU_TOKEN, 2},
};

static void test_faults(void **state)
{
	struct card card;
	size_t i;

	(void)state;
	assert_true(card_open(&card, 0));
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const uint32_t before = faults[i].desc > 0 ? faults[i].desc - 1 : 0;

		plain(&card, 1);
		card_desc(&card, faults[i].desc)[faults[i].word] = faults[i].value;
		expect(&card, 3, faults[i].code, CARD_FIRST + faults[i].desc, faults[i].field, 0,
		       before);
	}
	plain(&card, 1);
	card_desc(&card, 0)[VN_D_BEGIN_HASH_WORD] ^= 1;
	expect(&card, 3, VN_CU_HASH, CARD_FIRST, VN_D_BEGIN_HASH_WORD, 0, 0);
	card_close(&card);
}

/* DW and WSUM, which the plain program has not. */
static void test_ring_faults(void **state)
{
	struct card card;
	uint32_t *d;

	(void)state;
	assert_true(card_open(&card, 0));
	d = card_add(&card, VN_OP_DW);
	VN_SET(d, DW_PITCH, 8);
	VN_SET(d, DW_RING, 12);
	VN_SET(d, DW_MAP_H, 8);
	VN_SET(d, DW_MAP_W, 8);
	VN_SET(d, DW_ROWS, 8);
	VN_SET(d, DW_COLS, 8);
	VN_SET(d, DW_DST_PITCH, 8);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 1, VN_D_DW_RING_WORD, 0, 0);
	VN_SET(d, DW_RING, 8);
	VN_SET(d, DW_MID, 4);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 1, VN_D_DW_MID_WORD, 0, 0);
	VN_SET(d, DW_MID, 0);
	VN_SET(d, DW_Y0, 1);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 1, VN_D_DW_Y0_WORD, 0, 0);
	VN_SET(d, DW_Y0, 0);
	VN_SET(d, DW_N, 5);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 1, VN_D_DW_N_WORD, 0, 0);
	card_begin(&card, 1);
	d = card_add(&card, VN_OP_WSUM);
	VN_SET(d, WSUM_PITCH, 8);
	VN_SET(d, WSUM_RING, 8);
	VN_SET(d, WSUM_MAP_H, 9);
	VN_SET(d, WSUM_MAP_W, 8);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 1, VN_D_WSUM_MAP_H_WORD, 0, 0);
	card_close(&card);
}

/* What lies before the fault has acted; what lies behind has not. */
static void test_acts_before_a_fault(void **state)
{
	struct card card;

	(void)state;
	assert_true(card_open(&card, 0));
	card_move(&card, VN_OP_LOAD, 0, 8);
	card_move(&card, VN_OP_STORE, 0, 8);
	VN_SET(card_move(&card, VN_OP_STORE, 0, 8), STORE_OFFSET, 8);
	card_desc(&card, 3)[15] = 1;
	expect(&card, 1, VN_CU_RESERVED, CARD_FIRST + 3, 15, 0, 2);
	assert_memory_equal(card.output, card.input, VN_BEAT_BYTES);
	assert_int_equal(card.output[8 * VN_BEAT_BYTES], 0xa5);
	card_close(&card);
}

static void test_tokens(void **state)
{
	struct card card;

	(void)state;
	assert_true(card_open(&card, 0));
	/* LOAD -> ARRAY -> POST -> STORE -> LOAD, the last from BEGIN: each is back after every
	 * pass. */
	plain(&card, 1);
	VN_SET(card_desc(&card, 0), BEGIN_TOKENS_STORE, 1);
	VN_SET(card_desc(&card, 1), ALL_WAIT_STORE, 1);
	VN_SET(card_desc(&card, 1), ALL_SIGNAL, 1u << VN_ENGINE_ARRAY);
	VN_SET(card_desc(&card, 2), ALL_WAIT_LOAD, 1);
	VN_SET(card_desc(&card, 2), ALL_SIGNAL, 1u << VN_ENGINE_POST);
	VN_SET(card_desc(&card, 3), ALL_WAIT_ARRAY, 1);
	VN_SET(card_desc(&card, 3), ALL_SIGNAL, 1u << VN_ENGINE_STORE);
	VN_SET(card_desc(&card, 4), ALL_WAIT_POST, 1);
	VN_SET(card_desc(&card, 4), ALL_SIGNAL, 1u << VN_ENGINE_LOAD);
	expect(&card, 3, VN_CU_NONE, 0, 0, 3, 3 * STEPS);
	/* a token too many is asked for: the store does not act */
	VN_SET(card_desc(&card, 4), ALL_WAIT_POST, 2);
	memset(card.output, 0xa5, VN_BEAT_BYTES);
	expect(&card, 3, VN_CU_TOKEN, CARD_FIRST + 4, 1, 0, 3);
	assert_int_equal(card.output[0], 0xa5);
	/* the store gives nothing back: seen at the end of the pass */
	VN_SET(card_desc(&card, 4), ALL_WAIT_POST, 1);
	VN_SET(card_desc(&card, 4), ALL_SIGNAL, 0);
	expect(&card, 3, VN_CU_TOKEN, CARD_FIRST + 4, 2, 0, STEPS);
	/* counters start again with each start, and a 64th token does not fit: the store has acted
	 */
	plain(&card, 1);
	VN_SET(card_desc(&card, 0), BEGIN_TOKENS_STORE, VN_TOKEN_MAX);
	VN_SET(card_desc(&card, 4), ALL_SIGNAL, 1u << VN_ENGINE_LOAD);
	memset(card.output, 0xa5, VN_BEAT_BYTES);
	expect(&card, 3, VN_CU_TOKEN, CARD_FIRST + 4, 2, 0, 3);
	assert_memory_equal(card.output, card.input, VN_BEAT_BYTES);
	card_close(&card);
}

static void test_tap(void **state)
{
	struct card card;
	uint32_t *d;

	(void)state;
	assert_true(card_open(&card, 0));
	card_move(&card, VN_OP_LOAD, 0, 8);
	d = card_move(&card, VN_OP_STORE, 0, 8);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	expect(&card, 1, VN_CU_NONE, 0, 0, 1, 2);
	assert_int_equal(card.output[0], 0xa5);
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP) | VN_BIT(TAP_ON));
	expect(&card, 1, VN_CU_NONE, 0, 0, 1, 2);
	assert_memory_equal(card.output, card.input, VN_BEAT_BYTES);
	/* skipped, yet checked, and its tokens pass */
	VN_SET(d, ALL_FLAGS, VN_BIT(TAP));
	VN_SET(d, ALL_WAIT_LOAD, 1);
	expect(&card, 1, VN_CU_TOKEN, CARD_FIRST + 2, 1, 0, 1);
	VN_SET(card_desc(&card, 1), ALL_SIGNAL, 1u << VN_ENGINE_STORE);
	expect(&card, 1, VN_CU_NONE, 0, 0, 1, 2);
	VN_SET(d, STORE_SPACE, VN_SPACE_INPUT);
	expect(&card, 1, VN_CU_RANGE, CARD_FIRST + 2, VN_D_STORE_SPACE_WORD, 0, 1);
	card_close(&card);
}

/* Three images in passes of two: the fourth is neither read nor written. */
static void test_past_the_batch(void **state)
{
	struct card card;
	uint32_t image, *d;

	(void)state;
	assert_true(card_open(&card, 0));
	card_begin(&card, 2);
	for (image = 0; image < 2; image++) {
		d = card_move(&card, VN_OP_LOAD, 8 * image, 8);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, LOAD_RECORD, 2);
		d = card_move(&card, VN_OP_STORE, 8 * image, 8);
		VN_SET(d, ALL_IMAGE, image);
		VN_SET(d, STORE_OFFSET, 1);
		VN_SET(d, STORE_RECORD, 3);
	}
	expect(&card, 3, VN_CU_NONE, 0, 0, 3, 8);
	for (image = 0; image < 3; image++)
		assert_memory_equal(card.output + (1 + 3 * image) * VN_BEAT_BYTES,
		                    card.input + (2 * image) * VN_BEAT_BYTES, VN_BEAT_BYTES);
	assert_int_equal(card.output[(1 + 3 * 3) * VN_BEAT_BYTES], 0xa5);
	card_close(&card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_complete), cmocka_unit_test(test_arguments),
	        cmocka_unit_test(test_faults),   cmocka_unit_test(test_ring_faults),
	        cmocka_unit_test(test_tokens),   cmocka_unit_test(test_acts_before_a_fault),
	        cmocka_unit_test(test_tap),      cmocka_unit_test(test_past_the_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
