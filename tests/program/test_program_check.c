/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program_check.c - each rule of vn_program_check broken in turn, in memory and in a file.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program_parts.h"
#include "tests/program/refuse.h"
#include "tests/program/tiny.h"

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
	must_refuse(file, bytes, says);
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
BREAK(scale_tiny, p->stages[0].scale = 1e-40f)
BREAK(scale_inf, p->stages[0].scale = INFINITY)
BREAK(std_inf, p->std[0] = INFINITY)
BREAK(std_nan, p->std[0] = NAN)
BREAK(std_tiny, p->std[0] = 1e-40f)
BREAK(logit_tiny, p->logit_scale[4] = 1e-40f)
BREAK(centre_nan, p->stages[1].centre[3] = NAN)
BREAK(factor_zero, p->stages[1].factor[2] = 0)
BREAK(factor_large, p->stages[0].factor[1] = 1.5f)
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
BREAK(mm_act, VN_SET(first(p, VN_OP_MM), MM_ACT, VN_DEFAULT_ACT_WORDS - 1))
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
BREAK(token_over, p->desc[0][VN_D_BEGIN_TOKENS_LOAD_WORD] = VN_TOKENS(VN_TOKEN_MAX, 1))
BREAK(token_balance, p->desc[0][VN_D_BEGIN_TOKENS_DW_WORD] = 0;
      VN_SET(first(p, VN_OP_DW), ALL_SIGNAL,
             VN_GET(first(p, VN_OP_DW), ALL_SIGNAL) | 1 << VN_ENGINE_LOAD))

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
	        {scale_tiny, "SCALE: not a normal number above zero"},
	        {scale_inf, "SCALE: not a finite number"},
	        {std_inf, "STD[0]: not a finite number"},
	        {std_nan, "STD[0]: not a finite number"},
	        {std_tiny, "STD[0]: not a normal number above zero"},
	        {logit_tiny, "class 4: not a normal number above zero"},
	        {centre_nan, "section CENT, stage 1, channel 3"},
	        {factor_zero, "section CENT, stage 1, channel 2: a factor"},
	        {factor_large, "section CENT, stage 0, channel 1: a factor"},
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
	        cmocka_unit_test(test_check_rules),
	        cmocka_unit_test(test_check_bias_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
