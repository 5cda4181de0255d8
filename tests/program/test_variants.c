/* SPDX-License-Identifier: Apache-2.0
 *
 * test_variants.c - the shapes of the variants against the paper's table: parameters in millions
 * and multiply-accumulates in thousands of millions (arXiv 2305.12972, table of the ImageNet
 * results), to within one of the last digit; and what the predictor says of such a shape.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/layout.h"
#include "model/predict.h"
#include "model/schedule.h"
#include "model/variants.h"

static const struct {
	const char *name;
	double params, macs;
} paper[] = {
        {"vanillanet-5", 15.5, 5.2},
        {"vanillanet-6", 32.5, 6.0},
        {"vanillanet-7", 32.8, 6.9},
        {"vanillanet-8", 37.1, 7.7},
        {"vanillanet-9", 41.4, 8.6},
        {"vanillanet-10", 45.7, 9.4},
        {"vanillanet-11", 50.0, 10.3},
        {"vanillanet-12", 54.3, 11.1},
        {"vanillanet-13", 58.6, 11.9},
        {"vanillanet-13-1.5x", 127.8, 26.5},
        {"vanillanet-13-1.5x-ada-pool", 127.8, 48.9},
};

static struct vn_qnet *shape(const char *name)
{
	struct vn_variant_pick pick;
	struct vn_qnet *net;

	assert_int_equal(vn_variant_parse(name, &pick, NULL), 0);
	assert_int_equal(vn_variant_shape(&pick, &net, NULL), 0);
	return net;
}

static void test_paper(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paper) / sizeof(paper[0]); i++) {
		struct vn_qnet *net = shape(paper[i].name);
		double params = 0, macs = 0;

		for (int s = 0; s < net->n_stages; s++) {
			const struct vn_qstage *q = &net->stages[s];
			const double w = (double)q->k * q->k * q->cin * q->cout,
			             dw = 49.0 * q->cout;

			params += w + dw + 2.0 * q->cout;
			macs += w * q->conv_h * q->conv_w + dw * q->out_h * q->out_w;
		}
		params += (net->stages[net->n_stages - 1].cout + 1.0) * net->classes;
		macs += (double)net->stages[net->n_stages - 1].cout * net->classes;
		print_message("%s: %.2f M, %.2f G\n", paper[i].name, params / 1e6, macs / 1e9);
		assert_true(params / 1e6 > paper[i].params - 0.1 &&
		            params / 1e6 < paper[i].params + 0.1);
		assert_true(macs / 1e9 > paper[i].macs - 0.1 && macs / 1e9 < paper[i].macs + 0.1);
		vn_qnet_free(net);
	}
}

static void test_names(void **state)
{
	const struct vn_variant *v;
	int n = 0;

	(void)state;
	for (; (v = vn_variant_at(n)) != NULL; n++)
		assert_ptr_equal(vn_variant_find(v->name), v);
	/* And the detectors' backbone, and the shipped network. */
	assert_int_equal(n, (int)(sizeof(paper) / sizeof(paper[0])) + 2);
	assert_null(vn_variant_at(-1));
	assert_null(vn_variant_find("vanillanet-4"));
	assert_null(vn_variant_find(""));
}

/* The shipped network: 118,154 parameters (docs/results.md), 14x14 and then 7x7 maps. */
static void test_fashion(void **state)
{
	struct vn_qnet *net = shape("fashion");

	(void)state;
	assert_int_equal(net->n_stages, 4);
	assert_int_equal(net->stages[0].out_h, 14);
	assert_int_equal(net->stages[0].cases, 9);
	for (int s = 1; s < 4; s++)
		assert_int_equal(net->stages[s].out_h, 7);
	assert_int_equal(net->stages[1].conv_h, 14);
	vn_qnet_free(net);
}

/* VanillaNet-5 as docs/results.md has it, of the whole program: prediction needs no weights.  Each
 * image reads every weight once; the block at 14x14 takes a tile of 2048 bytes in 196 cycles. */
static void test_predicted(void **state)
{
	const struct vn_entry_plan plan = {VN_ENTRY_SINGLE, 0, 1};
	const struct vn_predict_options opt = {.images = 1};
	struct vn_qnet *net = shape("vanillanet-5");
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_list list = {0};
	struct vn_layout lay;
	struct vn_predict p;
	vn_error err;

	(void)state;
	assert_int_equal(vn_config_for(32, 64, config, NULL), 0);
	assert_int_equal(vn_layout_make(net, config, &lay, NULL), 0);
	assert_int_equal(vn_schedule(net, &lay, &plan, &list, &err), 0);
	assert_int_equal(vn_predict(config, (const uint32_t(*)[VN_DESC_WORDS])list.desc, list.count,
	                            &opt, &p, &err),
	                 0);
	assert_int_equal(p.n_stages, 5);
	assert_int_equal(p.stages[0].maps, 2 * 56 * 56 * 32);
	for (int s = 0; s < 4; s++) {
		const struct vn_qstage *q = &net->stages[s];
		const uint64_t tiles = (uint64_t)q->cout / 64 * (uint64_t)(s ? q->cin : 64) / 32;

		assert_true(p.stages[s].weights >= 2048 * tiles);
		assert_int_equal(p.stages[s].weights % 64, 0);
		if (s)
			assert_int_equal(p.stages[s].maps, 0);
	}
	assert_int_equal(p.stages[3].held, 196 * 2048 / 32 * 4096 / 64);
	assert_true(p.stages[3].weights - 2048 * 2048 / 32 * 4096 / 64 < 2048 * 4096);
	vn_list_free(&list);
	vn_layout_free(&lay);
	vn_qnet_free(net);
}

/* A unit of MAX_N = 2 cannot have the 7x7 taps of n = 3; one of 3 can. */
static void test_taps(void **state)
{
	struct vn_qnet *net = shape("fashion");
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_program *prog;
	vn_error err;

	(void)state;
	assert_int_equal(vn_config_for(32, 64, config, NULL), 0);
	assert_int_equal(vn_config_set("MAX_N=2", config, NULL), 0);
	assert_int_equal(vn_assemble(net, config, 0, &prog, &err), VN_EFIT);
	assert_string_equal(
	        err.message,
	        "stem: its depthwise convolution has n = 3, the compute unit at most 2");
	vn_qnet_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_paper),   cmocka_unit_test(test_names),
	        cmocka_unit_test(test_fashion), cmocka_unit_test(test_predicted),
	        cmocka_unit_test(test_taps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
