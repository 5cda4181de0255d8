/* SPDX-License-Identifier: Apache-2.0
 *
 * test_predict - the predictor against times worked out by hand for short lists, and what must hold
 * for every list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/compile.h"
#include "model/predict.h"
#include "spec/check.h"
#include "tests/program/cu_bench.h"
#include "tests/program/tiny.h"

enum {
	/* When the first MM of a list begins: nothing of its weights is there. */
	FIRST_MM = VN_T_START + VN_T_FETCH_MM + VN_T_WEIGHT_LATENCY,
	DRAIN = R + C / 2 + VN_T_MM_DRAIN, /* of an MM: one chain */
	END = VN_T_END,
};

static const uint32_t (*list(const struct cu_bench *b))[VN_DESC_WORDS]
{
	return (const uint32_t(*)[VN_DESC_WORDS])b->d;
}

static struct vn_predict predict(const struct cu_bench *b, uint32_t images)
{
	const struct vn_predict_options opt = {.images = images};
	struct vn_predict p;
	vn_error err;

	if (vn_predict(b->config, list(b), b->count, &opt, &p, &err))
		fail_msg("%s", err.message);
	return p;
}

static void test_one_mm(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d = cu_mm(b, 0, 0, 100, 0);
	struct vn_predict p;

	VN_SET(d, MM_KTILES, 3);
	p = predict(b, 1);
	assert_int_equal(p.cycles, FIRST_MM + 3 * 100 + DRAIN + END);
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_BUSY], 300);
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_WEIGHTS], VN_T_WEIGHT_LATENCY);
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_INPUT],
	                 p.cycles - 300 - VN_T_WEIGHT_LATENCY);
	assert_int_equal(p.spent[VN_ENGINE_DW][VN_SPENT_INPUT], p.cycles);
	assert_int_equal(p.stages[0].first, FIRST_MM);
	assert_int_equal(p.stages[0].array, 300);
}

/* A turn takes R + 1 cycles at least; the next MM follows without a gap. */
static void test_short_turns(void **state)
{
	struct cu_bench *b = *state;

	for (int i = 0; i < 10; i++) {
		uint32_t *d = cu_mm(b, 0, 0, 2, 0);

		VN_SET(d, MM_KTILES, 20);
	}
	assert_int_equal(predict(b, 1).cycles, FIRST_MM + 10 * 20 * (R + 1) + DRAIN + END);
}

/* 2 beats a tile and 9 cycles a turn never starve; 512 beats are in the FIFO, and the 64 x 128
 * array, 128 beats and 65 cycles a turn, soon has used them. */
static void test_weights(void **state)
{
	struct cu_bench *b = *state;
	struct vn_predict p;
	uint32_t *d = cu_mm(b, 0, 0, 1, 0);

	VN_SET(d, MM_KTILES, 1000);
	assert_int_equal(predict(b, 1).spent[VN_ENGINE_ARRAY][VN_SPENT_WEIGHTS],
	                 VN_T_WEIGHT_LATENCY);
	assert_int_equal(vn_config_for(64, 128, b->config, NULL), 0);
	p = predict(b, 1);
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_BUSY], 65000);
	/* Those of the first cycles ran ahead. */
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_WEIGHTS],
	                 VN_T_WEIGHT_LATENCY +
	                         (128000 * 100 - (FIRST_MM - VN_T_START) * VN_T_PORT + VN_T_PORT -
	                          1) / VN_T_PORT -
	                         65000);
}

static void test_tokens(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d = cu_mm(b, 0, 0, 300, 0);
	struct vn_predict p;
	uint64_t mm, post;

	VN_SET(d, ALL_SIGNAL, 1u << VN_ENGINE_POST);
	d = cu_post(b, VN_BIT(MID) | VN_BIT(U8), 0, 10, 0);
	VN_SET(d, ALL_WAIT_ARRAY, 1);
	VN_SET(d, ALL_SIGNAL, 1u << VN_ENGINE_ARRAY);
	d = cu_mm(b, 0, 0, 50, 0);
	VN_SET(d, ALL_WAIT_POST, 1);
	p = predict(b, 1);
	mm = FIRST_MM + 300;
	/* 10 pixels of C/LANES = 2 cycles. */
	post = mm + DRAIN + VN_T_TOKEN + VN_T_POST_SETUP + 2 * 10 + VN_T_POST_DRAIN;
	assert_int_equal(p.cycles, post + VN_T_TOKEN + 50 + DRAIN + END);
	assert_int_equal(p.spent[VN_ENGINE_ARRAY][VN_SPENT_BLOCKED], post + VN_T_TOKEN - mm);
	assert_int_equal(p.spent[VN_ENGINE_POST][VN_SPENT_BUSY], 2 * 10);
	assert_int_equal(p.spent[VN_ENGINE_POST][VN_SPENT_WEIGHTS], VN_T_POST_SETUP);
}

/* A stage's part of the whole ends with its last MM, the last stage's with the entry; what it asks
 * most of is what binds it. */
static void test_stages(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d = cu_mm(b, 0, 0, 300, 0);
	struct vn_predict p;

	VN_SET(d, MM_KTILES, 2);
	d = cu_mm(b, 0, 0, 2, 0);
	VN_SET(d, MM_KTILES, 100);
	VN_SET(d, ALL_STAGE, 1);
	d = cu_dw(b, 0, 9, 20, 1, 0);
	VN_SET(d, ALL_STAGE, 1);
	p = predict(b, 1);
	assert_int_equal(p.stages[0].cycles, FIRST_MM + 2 * 300);
	assert_int_equal(p.stages[0].cycles + p.stages[1].cycles, p.cycles);
	assert_int_equal(vn_predict_bound(&p.stages[0]), VN_BOUND_ARRAY);
	assert_int_equal(vn_predict_demand(&p.stages[0], VN_BOUND_ARRAY), 600);
	assert_int_equal(vn_predict_demand(&p.stages[1], VN_BOUND_ARRAY), 100 * (R + 1));
	assert_int_equal(vn_predict_demand(&p.stages[1], VN_BOUND_DW),
	                 p.spent[VN_ENGINE_DW][VN_SPENT_BUSY]);
	assert_int_equal(vn_predict_bound(&p.stages[1]),
	                 p.spent[VN_ENGINE_DW][VN_SPENT_BUSY] > 100 * (R + 1) ? VN_BOUND_DW
	                                                                      : VN_BOUND_ARRAY);
	p.stages[1].weights = 64 * 5000;
	assert_int_equal(vn_predict_demand(&p.stages[1], VN_BOUND_WEIGHTS), 5000 * 100 / VN_T_PORT);
	assert_int_equal(vn_predict_bound(&p.stages[1]), VN_BOUND_WEIGHTS);
	p.stages[1].busy[VN_ENGINE_STORE] = 10000;
	assert_int_equal(vn_predict_bound(&p.stages[1]), VN_BOUND_MAPS);
	p.stages[1].busy[VN_ENGINE_POST] = 20000;
	assert_int_equal(vn_predict_bound(&p.stages[1]), VN_BOUND_POST);
}

/* The sum over windows that overlap: 5 rows pooled to 3 have windows of 2, 3 and 2. */
static void test_windows(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d = cu_post(b, VN_BIT(MID) | VN_BIT(U8), 0, 4, 0);

	VN_SET(d, POST_IN_H, 5);
	VN_SET(d, POST_OUT_H, 3);
	VN_SET(d, POST_ROWS, 3);
	assert_int_equal(predict(b, 1).spent[VN_ENGINE_POST][VN_SPENT_BUSY], 2 * 4 * (2 + 3 + 2));
}

static void test_dw(void **state)
{
	struct cu_bench *b = *state;
	uint32_t *d = cu_dw(b, 0, 9, 20, 4, 0);
	const uint64_t groups = C / b->config[VN_CFG_DW_CH];
	const uint64_t first = groups * 9 * 20 * 2 + 4, second = groups * 9 * 18 * 2;

	/* All 20 columns, each in two reads, and four that lie outside. */
	assert_int_equal(predict(b, 1).spent[VN_ENGINE_DW][VN_SPENT_BUSY], first);
	/* Columns 0 to 17. */
	VN_SET(d, DW_X0, 4);
	VN_SET(d, DW_COLS, 10);
	assert_int_equal(predict(b, 1).spent[VN_ENGINE_DW][VN_SPENT_BUSY], second);
	cu_wsum(b, 0, 7, 7, 0);
	assert_int_equal(predict(b, 1).spent[VN_ENGINE_DW][VN_SPENT_BUSY], second + groups * 49);
}

/* Work of POST and DW goes down as their width goes up; DW's does not fall below the time that the
 * next channels' taps need. */
static void test_widths(void **state)
{
	static const struct {
		uint32_t lanes, dw_ch;
		uint64_t post, dw;
	} cases[] = {
	        {8, 4, 8 * 10, 16 * 49},
	        {16, 8, 4 * 10, 8 * 49},
	        {32, 16, 2 * 10, 4 * 49},
	};
	struct cu_bench *b = *state;

	cu_post(b, VN_BIT(MID) | VN_BIT(U8), 0, 10, 0);
	cu_dw(b, 0, 7, 7, 0, 0);
	cu_dw(b, 0, 3, 3, 3, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vn_predict p;

		assert_int_equal(vn_config_for(32, 64, b->config, NULL), 0);
		b->config[VN_CFG_LANES] = cases[i].lanes;
		b->config[VN_CFG_DW_CH] = cases[i].dw_ch;
		p = predict(b, 1);
		assert_int_equal(p.spent[VN_ENGINE_POST][VN_SPENT_BUSY], cases[i].post);
		/* 3x3 pixels of n = 3: 49 taps and two cycles more a group, and 3 columns outside. */
		assert_int_equal(p.spent[VN_ENGINE_DW][VN_SPENT_BUSY],
		                 cases[i].dw + 64 / cases[i].dw_ch * 51 + 3);
	}
}

/* Bytes of each opcode, on the port that it uses. */
static void test_bytes(void **state)
{
	struct cu_bench *b = *state;
	struct vn_predict p;
	uint32_t *d = cu_mm(b, 0, 0, 10, 0);

	VN_SET(d, MM_KTILES, 3);
	p = predict(b, 1);
	assert_int_equal(p.stages[0].cycles, p.cycles);
	assert_int_equal(p.stages[0].weights, 3 * R * C);
	assert_int_equal(p.stages[0].held, 3 * 10);
	assert_int_equal(p.stages[0].maps, 0);
	/* A vector of C int32 is one beat here; the taps' a beat each. */
	cu_post(b, VN_BIT(MID) | VN_BIT(U8), 0, 10, 0);
	assert_int_equal(predict(b, 1).stages[0].weights, 3 * R * C + 2 * 64);
	cu_dw(b, 0, 7, 7, 1, 0);
	assert_int_equal(predict(b, 1).stages[0].weights, 3 * R * C + 2 * 64 + (2 + 9) * 64);
	cu_wsum(b, 0, 7, 7, 0);
	p = predict(b, 2);
	assert_int_equal(p.stages[0].weights,
	                 2 * (3 * R * C + 2 * 64 + (2 + 9) * 64 + (2 + 49) * 64));
	assert_int_equal(p.stages[0].maps, 0);
}

/* Twenty DWs fill their queue; the MM behind them is not dispatched before the fourth starts. */
static void test_queue(void **state)
{
	struct cu_bench *b = *state;
	/* Each follows the one before without a gap, and is taken when that begins. */
	const uint64_t begin = VN_T_START + VN_T_FETCH_DW + 2 + 49 + 2;
	const uint64_t work = C / b->config[VN_CFG_DW_CH] * 8 * 100 + 3;

	for (int i = 0; i < 20; i++)
		cu_dw(b, 0, 8, 100, 3, 0);
	cu_mm(b, 0, 0, 10, 0);
	assert_int_equal(predict(b, 1).stages[0].first,
	                 begin + 2 * work + 1 + VN_T_FETCH_MM + VN_T_WEIGHT_LATENCY);
}

/* LOADs of images that are not there, and taps, do nothing. */
static void test_skipped(void **state)
{
	struct cu_bench *b = *state;
	struct vn_predict_options opt = {.images = 1};
	uint32_t *load = cu_load(b, 0, 1000), *store = cu_store(b, 0, 500);
	struct vn_predict p;

	VN_SET(b->d[0], BEGIN_GROUP, 2);
	VN_SET(load, ALL_IMAGE, 1);
	VN_SET(store, ALL_FLAGS, VN_BIT(TAP));
	assert_int_equal(vn_predict(b->config, list(b), b->count, &opt, &p, NULL), 0);
	assert_int_equal(p.spent[VN_ENGINE_LOAD][VN_SPENT_BUSY], 0);
	assert_int_equal(p.spent[VN_ENGINE_STORE][VN_SPENT_BUSY], 0);
	opt.taps = 1;
	opt.images = 2;
	assert_int_equal(vn_predict(b->config, list(b), b->count, &opt, &p, NULL), 0);
	assert_int_equal(p.spent[VN_ENGINE_LOAD][VN_SPENT_BUSY], 1000);
	assert_int_equal(p.spent[VN_ENGINE_LOAD][VN_SPENT_WEIGHTS], 0);
	assert_int_equal(p.spent[VN_ENGINE_STORE][VN_SPENT_BUSY], 500);
}

static void refuse(struct cu_bench *b, int code)
{
	const struct vn_predict_options opt = {.images = 1};
	struct vn_predict p;
	vn_error err;

	assert_int_equal(vn_predict(b->config, list(b), b->count, &opt, &p, &err), code);
}

static void test_errors(void **state)
{
	struct cu_bench *b = *state;
	const struct vn_predict_options none = {.images = 0};
	struct vn_predict p;
	uint32_t *d = cu_mm(b, 0, 0, 10, 0);

	assert_int_equal(vn_predict(b->config, list(b), b->count, &none, &p, NULL), VN_EARG);
	VN_SET(d, ALL_WAIT_POST, 1);
	refuse(b, VN_EPROGRAM);
	VN_SET(d, ALL_WAIT_POST, 0);
	VN_SET(d, ALL_OP, 99);
	refuse(b, VN_EPROGRAM);
	VN_SET(d, ALL_OP, VN_OP_MM);
	VN_SET(b->d[0], ALL_OP, VN_OP_MM);
	refuse(b, VN_EPROGRAM);
}

/* ---- whole programs ---- */

struct seen {
	uint32_t pass, desc, count;
	uint64_t dispatched;
};

static void see(void *ctx, uint32_t pass, uint32_t desc, const struct vn_moment *m)
{
	struct seen *s = ctx;

	assert_true(pass == s->pass ? desc == s->desc + 1 : pass == s->pass + 1 && desc == 1);
	assert_true(s->dispatched <= m->dispatched && m->dispatched <= m->start &&
	            m->start <= m->begin && m->begin <= m->free && m->free <= m->done &&
	            m->weights <= m->free - m->begin);
	*s = (struct seen){pass, desc, s->count + 1, m->dispatched};
}

static void test_programs(void **unused)
{
	(void)unused;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct vn_qnet *net = tiny_net(seed, (int)seed & 1);
		uint32_t config[VN_CONFIG_WORDS], i;
		struct vn_program *prog;

		assert_int_equal(vn_config_for(8, 8, config, NULL), 0);
		assert_int_equal(vn_assemble(net, config, 3, &prog, NULL), 0);
		for (i = 0; i < prog->n_entries; i++) {
			const struct vn_entry *e = &prog->entries[i];
			struct seen seen = {0, 0, 0, 0};
			const struct vn_predict_options opt = {
			        .images = 5, .prog = prog, .event = see, .ctx = &seen};
			struct vn_predict p;

			assert_int_equal(
			        vn_predict(config,
			                   (const uint32_t(*)[VN_DESC_WORDS])prog->desc + e->first,
			                   e->count, &opt, &p, NULL),
			        0);
			assert_int_equal(seen.count,
			                 (5 + e->group - 1) / e->group * (e->count - 1));
			for (uint32_t k = 0; k < VN_ENGINES; k++)
				assert_int_equal(p.spent[k][0] + p.spent[k][1] + p.spent[k][2] +
				                         p.spent[k][3],
				                 p.cycles);
			assert_true(p.macs > 0 && vn_predict_use(&p, config) < 1);
		}
		vn_program_free(prog);
		vn_qnet_free(net);
	}
}

#define WITH_CU(test) cmocka_unit_test_setup_teardown(test, cu_set_up, cu_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_CU(test_one_mm),
	        WITH_CU(test_short_turns),
	        WITH_CU(test_weights),
	        WITH_CU(test_tokens),
	        WITH_CU(test_windows),
	        WITH_CU(test_stages),
	        WITH_CU(test_dw),
	        WITH_CU(test_widths),
	        WITH_CU(test_bytes),
	        WITH_CU(test_queue),
	        WITH_CU(test_skipped),
	        WITH_CU(test_errors),
	        cmocka_unit_test(test_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
