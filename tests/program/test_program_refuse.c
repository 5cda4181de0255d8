/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program_refuse.c - programs that must be refused: damaged files, and each rule of vn_program_check broken
 * in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program_parts.h"
#include "tests/program/tiny.h"

enum {
	HEADER = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS),
};

/* ---- files ---- */

/* Whether @bytes of @file are refused, with a sentence and a hint. */
static void refused(const uint8_t *file, size_t bytes, const char *says)
{
	/* A block of its own size: a sanitizer sees every byte too far. */
	uint8_t *copy = malloc(bytes ? bytes : 1);
	vn_program *prog;
	vn_error err = {0};
	int rc;

	assert_non_null(copy);
	memcpy(copy, file, bytes);
	rc = vn_program_parse("bad.vnx", copy, bytes, &prog, &err);
	free(copy);
	assert_int_equal(rc, VN_EPROGRAM);
	assert_int_equal(err.code, VN_EPROGRAM);
	assert_null(prog);
	assert_ptr_equal(strstr(err.message, "bad.vnx: "), err.message);
	assert_true(err.hint[0] != 0);
	if (!strstr(err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", err.message, says);
}

static uint8_t *small_file(size_t *bytes)
{
	struct vn_program *prog = tiny_default();
	uint8_t *file = tiny_file(prog, bytes);

	vn_program_free(prog);
	return file;
}

static void test_file_truncated(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t n = 0; n < bytes; n++)
		refused(file, n, "");
	for (size_t n = 0; n < bytes; n += 61) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, file, n);
		tiny_repair(copy, n);
		refused(copy, n, "");
		free(copy);
	}
	free(file);
}

static void test_file_too_long(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = tiny_alloc(bytes + 64);

	(void)state;
	memcpy(copy, file, bytes);
	refused(copy, bytes + 1, "its sections end at");
	refused(copy, bytes + 64, "its sections end at");
	free(copy);
	free(file);
}

static void test_file_flipped_header(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t bit = 0; bit < 8 * 256; bit++) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(file, bytes, "");
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(file);
}

/* The same with fitting checksums: not one bit of the table is without meaning, but for the checksums themselves. */
static void test_file_flipped_table(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t bit = 0; bit < 8 * HEADER; bit++) {
		const size_t row = bit / 8 % VN_VNX_HEADER;

		if (bit / 8 < VN_VNX_HEADER ? row >= 16 && row < 20 : row >= 4 && row < 8)
			continue;
		memcpy(copy, file, bytes);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		tiny_repair(copy, bytes);
		refused(copy, bytes, "");
	}
	free(copy);
	free(file);
}

static void test_file_flipped_anywhere(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t i = 0; i < bytes; i++) {
		file[i] ^= (uint8_t)(1 << i % 8);
		refused(file, bytes, "");
		file[i] ^= (uint8_t)(1 << i % 8);
	}
	free(file);
}

/* With fitting checksums many flips are another legal program; none may do harm. */
static void test_file_flipped_and_repaired(void **state)
{
	size_t bytes, legal = 0, all = 0;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);
	uint32_t seed = 4;

	(void)state;
	for (size_t i = 0; i < bytes; i++, all++) {
		vn_program *prog;
		vn_error err;
		int rc;

		memcpy(copy, file, bytes);
		copy[i] ^= (uint8_t)(1 << tiny_random(&seed, 0, 7));
		tiny_repair(copy, bytes);
		rc = vn_program_parse("bad.vnx", copy, bytes, &prog, &err);
		assert_true(rc == 0 || rc == VN_EPROGRAM);
		legal += rc == 0;
		vn_program_free(prog);
	}
	print_message("%zu of %zu flips are legal programs\n", legal, all);
	assert_true(legal < all);
	free(copy);
	free(file);
}

static void put32(uint8_t *at, uint32_t v)
{
	memcpy(at, &v, 4);
}

/* Single words of the header and the table, with fitting checksums. */
static void test_file_header_words(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{0, 0, "not a .vnx file"},
		{8, 2, "header, format version: 2"},
		{12, 8, "header, number of sections: 8"},
		{12, 0xffffffff, "header, number of sections"},
		{20, 1, "header, word at byte 20"},
		{24, 0x41414141, "row 0: section 41414141 where CONF belongs"},
		{24 + 8, 320, "section CONF, offset: 320 instead of 256"},
		{24 + 8, 128, "section CONF, offset: 128 instead of 256"},
		{24 + 12, 1, "section CONF, offset"},
		{24 + 16, 32, "section CONF"},
		{24 + 16, 0xffffffff, "section CONF, size"},
		{24 + 20, 0xffffffff, "section CONF, size"},
		{9 * 24 + 16, 64, "its sections end at"},
		{9 * 24 + 16, 0x7fffffff, "section WGHT, size"},
	};
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, file, bytes);
		put32(copy + cases[i].at, cases[i].value);
		tiny_repair(copy, bytes);
		refused(copy, bytes, cases[i].says);
	}
	free(copy);
	free(file);
}

static void test_file_checksums(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	file[24 + 4] ^= 1;
	refused(file, bytes, "header: the checksum");
	file[24 + 4] ^= 1;
	file[bytes - 1] ^= 1;
	refused(file, bytes, "section WGHT: its checksum");
	file[bytes - 1] ^= 1;
	file[HEADER] ^= 1;
	refused(file, bytes, "section table: the padding at byte 240");
	free(file);
}

/* ---- sections whose sizes and counts disagree ---- */

/* Byte offset of a section. */
static size_t section_at(const uint8_t *file, int sec)
{
	uint64_t at;

	memcpy(&at, file + VN_VNX_HEADER * (sec + 1) + 8, sizeof(at));
	return (size_t)at;
}

static void test_file_counts(void **state)
{
	static const struct {
		int sec;
		uint32_t word, value;
		const char *says;
	} cases[] = {
		{VN_SEC_NETW, VN_NETW_STAGES, 0, "section NETW, record 0, STAGES: 0 is not in 1..64"},
		{VN_SEC_NETW, VN_NETW_STAGES, 65, "STAGES: 65 is not in 1..64"},
		{VN_SEC_NETW, VN_NETW_STAGES, 4, "section STGS, size"},
		{VN_SEC_NETW, VN_NETW_CLASSES, 65536, "section CENT, size"},
		{VN_SEC_NETW, VN_NETW_CLASSES, 65537, "CLASSES: 65537 is not in 1..65536"},
		{VN_SEC_NETW, VN_NETW_MEAN + 2, 0x7fc00000, "MEAN[2]: not a finite number"},
		{VN_SEC_NETW, VN_NETW_STD, 0, "STD[0]: not above zero"},
		{VN_SEC_NETW, VN_NETW_ASSUMED, 2, "ASSUMED: 2 is not in 0..1"},
		{VN_SEC_STGS, VN_STGS_COUT, 65536, "section CENT, size"},
		{VN_SEC_STGS, VN_STGS_COUT, 65537, "section STGS, record 0, COUT"},
		{VN_SEC_STGS, VN_STGS_SCALE, 0x7f800000, "SCALE: not a finite number"},
		{VN_SEC_LABL, 0, 0, "section LABL"},
		{VN_SEC_ENTR, VN_ENTR_KIND, 3, "section ENTR, record 0, KIND: 3 is not in 0..2"},
		{VN_SEC_CONF, VN_CFG_ROWS, 12, "ROWS and COLS"},
		{VN_SEC_CONF, VN_CFG_VERSION, 2, "section CONF, record 0, VERSION"},
		{VN_SEC_CONF, VN_CONFIG_WORDS, 0, "section CONF, hash"},
	};
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, file, bytes);
		put32(copy + section_at(copy, cases[i].sec) + 4 * cases[i].word, cases[i].value);
		tiny_repair(copy, bytes);
		refused(copy, bytes, cases[i].says);
	}
	free(copy);
	free(file);
}

/* ---- rules of vn_program_check ---- */

/* A legal program to break, and what the refusal should say. */
typedef void (*breaker)(struct vn_program *p);

static void check_refused(breaker change, const char *says)
{
	struct vn_program *p = tiny_default();
	vn_error err = {0};
	size_t bytes;
	uint8_t *file;

	assert_int_equal(vn_program_check(p, &err), 0);
	change(p);
	if (vn_program_check(p, &err) != VN_EPROGRAM || !strstr(err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", err.message, says);
	file = tiny_file(p, &bytes);
	refused(file, bytes, says);
	free(file);
	vn_program_free(p);
}

/* The first descriptor of opcode @op. */
static uint32_t *first(struct vn_program *p, uint32_t op)
{
	for (uint32_t i = 1; i < p->n_desc; i++)
		if (VN_GET(p->desc[i], ALL_OP) == op)
			return p->desc[i];
	fail_msg("no opcode %u", op);
	return NULL;
}

/* Byte @at behind beat @beat of the whole program's weights. */
static void set_weight(struct vn_program *p, uint32_t beat, uint32_t at, int v)
{
	p->weights[(size_t)beat * VN_BEAT_BYTES + at] = (uint8_t)v;
}

#define BREAK(name, ...)                                                                           \
	static void name(struct vn_program *p)                                                     \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

BREAK(stage_name, p->stages[1].name[0] = 7)
BREAK(stage_name_empty, memset(p->stages[1].name, 0, 16))
BREAK(stage_name_long, memset(p->stages[1].name, 'x', 16))
BREAK(stem_cin, p->stages[0].cin++)
BREAK(stem_size, p->stride = 3)
BREAK(stem_kernel, p->k = 16; p->stages[0].cin = 256)
BREAK(chain_cin, p->stages[1].cin--)
BREAK(chain_size, p->stages[2].conv_h = 5)
BREAK(chain_width, p->stages[2].conv_w = 5)
BREAK(pool_odd, p->stages[2].pool_h = 3)
BREAK(pool_out, p->stages[2].pool_w = 2; p->stages[2].out_w = 1)
BREAK(pool_grows, p->stages[1].out_h = 5)
BREAK(depth_n, p->stages[0].n = 5)
BREAK(config_n, p->config[VN_CFG_MAX_N] = 1; p->hash = vn_config_hash(p->config))
BREAK(step_short, p->stages[0].step = 1)
BREAK(region, p->stages[2].offset = 1000)
BREAK(scale_zero, p->stages[0].scale = 0)
BREAK(centre_nan, p->stages[1].centre[3] = NAN)
BREAK(logit_scale, p->logit_scale[4] = -1)
BREAK(segment_end, p->segments[2].beats = p->weight_beats)
BREAK(segment_offset, p->segments[2].offset = UINT64_MAX)
BREAK(segment_zero, p->segments[0].beats--)
BREAK(segment_short, p->segments[4].beats--)
BREAK(entry_twice, p->entries[1].kind = 0; p->entries[1].group = 1)
BREAK(entry_missing, p->n_entries--)
BREAK(entry_single, p->n_entries--;
      memmove(p->entries, p->entries + 1, p->n_entries * sizeof(*p->entries)))
BREAK(entry_stage, p->entries[5].stage = 4)
BREAK(entry_stage_whole, p->entries[1].stage = 1)
BREAK(entry_range, p->entries[5].count++)
BREAK(entry_first, p->entries[5].first = 0xffffffff)
BREAK(entry_short, p->entries[5].count = 1)
BREAK(entry_group, p->entries[0].group = 2)
BREAK(entry_segment, p->entries[1].segment = 5)
BREAK(entry_input, p->entries[0].input--)
BREAK(entry_output, p->entries[0].output++)
BREAK(entry_scratch, p->entries[2].scratch++)
BREAK(entry_scratch_small, for (uint32_t i = 0; i < p->n_entries; i++) p->entries[i].scratch = 10)
BREAK(begin_op, p->desc[0][0] = VN_OP_MM)
BREAK(begin_hash, p->desc[0][3]++)
BREAK(begin_group, VN_SET(p->desc[0], BEGIN_GROUP, 2))
BREAK(desc_op, p->desc[2][0] = 77)
BREAK(desc_stage, VN_SET(p->desc[2], ALL_STAGE, 4))
BREAK(desc_reserved, p->desc[2][15] = 1)
BREAK(mm_ktiles, VN_SET(first(p, VN_OP_MM), MM_KTILES, 1025))
BREAK(mm_act, VN_SET(first(p, VN_OP_MM), MM_ACT, 65535))
BREAK(mm_weights, VN_SET(first(p, VN_OP_MM), MM_WEIGHTS, p->weight_beats))
BREAK(mm_weights_far, VN_SET(first(p, VN_OP_MM), MM_WEIGHTS, 0xffffffff))
BREAK(mm_stage_weights, VN_SET(p->desc[p->entries[2].first + 2], MM_WEIGHTS, p->segments[1].beats))
BREAK(post_param, VN_SET(first(p, VN_OP_POST), POST_PARAM, p->weight_beats - 1))
BREAK(dw_param, VN_SET(first(p, VN_OP_DW), DW_PARAM, p->weight_beats - 10))
BREAK(wsum_param, VN_SET(first(p, VN_OP_WSUM), WSUM_PARAM, p->weight_beats - 5))
BREAK(load_record, first(p, VN_OP_LOAD)[VN_D_LOAD_RECORD_WORD]++)
BREAK(load_offset, first(p, VN_OP_LOAD)[VN_D_LOAD_OFFSET_WORD]++)
BREAK(load_step, VN_SET(first(p, VN_OP_STORE), STORE_MEM_STEP, 0xffffffff))
BREAK(weight_mm, set_weight(p, VN_GET(first(p, VN_OP_MM), MM_WEIGHTS), 63, -128))
BREAK(weight_dw, set_weight(p, VN_GET(first(p, VN_OP_DW), DW_PARAM) + 2 + 8, 7, -128))
BREAK(weight_wsum, set_weight(p, VN_GET(first(p, VN_OP_WSUM), WSUM_PARAM) + 2 + 3, 0, -128))
BREAK(requantiser_m, set_weight(p, VN_GET(first(p, VN_OP_POST), POST_PARAM) + 1, 2, 2))
BREAK(requantiser_s0, set_weight(p, VN_GET(first(p, VN_OP_POST), POST_PARAM) + 1, 3, 0))
BREAK(requantiser_s48, set_weight(p, VN_GET(first(p, VN_OP_DW), DW_PARAM) + 1, 3, 48))
BREAK(requantiser_last, set_weight(p, VN_GET(first(p, VN_OP_WSUM), WSUM_PARAM) + 1, 31, 0x81))
BREAK(token_wait, p->desc[0][VN_D_BEGIN_TOKENS_STORE_WORD] = 0)
BREAK(token_under, VN_SET(first(p, VN_OP_MM), ALL_WAIT_LOAD, 2))
BREAK(token_self, VN_SET(first(p, VN_OP_MM), ALL_WAIT_ARRAY, 1))
BREAK(token_over, p->desc[0][VN_D_BEGIN_TOKENS_LOAD_WORD] = 63u << 6)
BREAK(token_balance, p->desc[0][VN_D_BEGIN_TOKENS_DW_WORD] = 0;
      VN_SET(first(p, VN_OP_DW), ALL_SIGNAL, VN_GET(first(p, VN_OP_DW), ALL_SIGNAL) | 1 << VN_ENGINE_LOAD))

static void test_check_rules(void **state)
{
	static const struct {
		breaker change;
		const char *says;
	} cases[] = {
		{stage_name, "section STGS, record 1, NAME"},
		{stage_name_empty, "section STGS, record 1, NAME"},
		{stage_name_long, "section STGS, record 1, NAME"},
		{stem_cin, "section STGS, record 0, CIN"},
		{stem_size, "section STGS, record 0, CONV_H"},
		{stem_kernel, "section STGS, record 0, CONV_H"},
		{chain_cin, "section STGS, record 1, CIN"},
		{chain_size, "section STGS, record 2, CONV_H"},
		{chain_width, "section STGS, record 2, CONV_W"},
		{pool_odd, "section STGS, record 2, POOL_H"},
		{pool_out, "section STGS, record 2, POOL_W"},
		{pool_grows, "section STGS, record 1, POOL_H"},
		{depth_n, "section STGS, record 0, N"},
		{config_n, "section STGS, record 2, N"},
		{step_short, "section STGS, record 0, STEP"},
		{region, "section ENTR, record 0, SCRATCH"},
		{scale_zero, "section STGS, record 0, SCALE"},
		{centre_nan, "section CENT, stage 1, channel 3"},
		{logit_scale, "section CENT, scale of class 4"},
		{segment_end, "section SEGM, segment 2"},
		{segment_offset, "section SEGM, segment 2"},
		{segment_zero, "section SEGM, segment 0"},
		{segment_short, "PARAM): the block reaches past the end of the weight segment"},
		{entry_twice, "section ENTR, record 1, KIND"},
		{entry_missing, "section ENTR: the entry of stage 3 (kind 2) is missing"},
		{entry_single, "section ENTR: the entry of the whole network (kind 0) is missing"},
		{entry_stage, "section ENTR, record 5, STAGE"},
		{entry_stage_whole, "section ENTR, record 1, STAGE"},
		{entry_range, "section ENTR, record 5, FIRST, COUNT"},
		{entry_first, "section ENTR, record 5, FIRST, COUNT"},
		{entry_short, "section ENTR, record 5, COUNT: 1 is not in"},
		{entry_group, "section ENTR, record 0, GROUP"},
		{entry_segment, "section ENTR, record 1, SEGMENT"},
		{entry_input, "section ENTR, record 0, INPUT"},
		{entry_output, "section ENTR, record 0, OUTPUT"},
		{entry_scratch, "section ENTR, record 2, SCRATCH"},
		{entry_scratch_small, "section ENTR, record 0, SCRATCH"},
		{begin_op, "section DESC, descriptor 0 (MM), word 0"},
		{begin_hash, "section DESC, descriptor 0 (BEGIN), word 3 (HASH)"},
		{begin_group, "section DESC, descriptor 0 (BEGIN), word 4 (GROUP, VERSION)"},
		{desc_op, "section DESC, descriptor 2 (?), word 0"},
		{desc_stage, "no such stage"},
		{desc_reserved, "descriptor 2 (MM), word 15 (word 15): a reserved bit"},
		{mm_ktiles, "descriptor 2 (MM), word 6 (KTILES)"},
		{mm_act, "descriptor 2 (MM), word 4 (ACT)"},
		{mm_weights, "descriptor 2 (MM), word 3 (WEIGHTS): the block reaches past"},
		{mm_weights_far, "descriptor 2 (MM), word 3 (WEIGHTS): the block reaches past"},
		{mm_stage_weights, "(MM), word 3 (WEIGHTS): the block reaches past"},
		{post_param, "(POST), word 3 (PARAM): the block reaches past"},
		{dw_param, "(DW), word 3 (PARAM): the block reaches past"},
		{wsum_param, "(WSUM), word 3 (PARAM): the block reaches past"},
		{load_record, "descriptor 1 (LOAD), word 4 (RECORD)"},
		{load_offset, "descriptor 1 (LOAD), word 3 (OFFSET)"},
		{load_step, "(STORE), word 3 (OFFSET): the chunks reach past"},
		{weight_mm, "(MM), word 3 (WEIGHTS): a weight is -128"},
		{weight_dw, "(DW), word 3 (PARAM): a weight is -128"},
		{weight_wsum, "(WSUM), word 3 (PARAM): a weight is -128"},
		{requantiser_m, "(POST), word 3 (PARAM): a requantiser word"},
		{requantiser_s0, "(POST), word 3 (PARAM): a requantiser word"},
		{requantiser_s48, "(DW), word 3 (PARAM): a requantiser word"},
		{requantiser_last, "(WSUM), word 3 (PARAM): a requantiser word"},
		{token_wait, "descriptor 1 (LOAD), word 1"},
		{token_under, "descriptor 2 (MM), word 1"},
		{token_self, "descriptor 2 (MM), word 1"},
		{token_over, "descriptor 1 (LOAD), word 2 (SIGNAL): a token counter passes 63"},
		{token_balance, "tokens from DW to LOAD after a pass, 0 before it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(cases[i].change, cases[i].says);
}

/* -128 where it is no weight is an ordinary byte. */
static void test_check_bias_bytes(void **state)
{
	struct vn_program *p = tiny_default();
	vn_error err;

	(void)state;
	set_weight(p, VN_GET(first(p, VN_OP_DW), DW_PARAM), 0, -128);
	set_weight(p, VN_GET(first(p, VN_OP_POST), POST_PARAM) + 1, 0, -128);
	assert_int_equal(vn_program_check(p, &err), 0);
	vn_program_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_truncated),
		cmocka_unit_test(test_file_too_long),
		cmocka_unit_test(test_file_flipped_header),
		cmocka_unit_test(test_file_flipped_table),
		cmocka_unit_test(test_file_flipped_anywhere),
		cmocka_unit_test(test_file_flipped_and_repaired),
		cmocka_unit_test(test_file_header_words),
		cmocka_unit_test(test_file_checksums),
		cmocka_unit_test(test_file_counts),
		cmocka_unit_test(test_check_rules),
		cmocka_unit_test(test_check_bias_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
