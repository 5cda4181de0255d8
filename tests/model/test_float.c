/* SPDX-License-Identifier: Apache-2.0
 *
 * test_float.c - the float reference against PyTorch, stage by stage, on the nets of tests/golden.
 *
 * Arguments, if any, are pairs of an ONNX file and its vectors to be compared instead of the
 * committed ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/net.h"
#include "tests/model/golden.h"

static const double TOLERANCE = 1e-4;

/* Name of the ONNX file, name of its vectors. */
static const char *const nets[][2] = {
        {"n0_train", "n0"},
        {"n0_deploy", "n0"},
        {"n1_train", "n1"},
        {"n1_deploy", "n1"},
        {"n2_train", "n2"},
        {"n2_deploy", "n2"},
        {"n3_train", "n3"},
        {"n3_deploy", "n3"},
        {"n4_train", "n4"},
        {"n4_deploy", "n4"},
        {"mean", "mean"},
        {"view", "view"},
        {"squeeze", "squeeze"},
        {"matmul", "matmul"},
        {"mean_dynamo", "mean_dynamo"},
        {"view_dynamo", "view_dynamo"},
        {"matmul_dynamo", "matmul_dynamo"},
        {"n3_dynamo_train", "n3_dynamo"},
        {"n3_dynamo_deploy", "n3_dynamo"},
};

static size_t stage_size(const struct vn_stage *st)
{
	return (size_t)st->cout * (size_t)st->out_h * (size_t)st->out_w;
}

/* Compare with image @image of the golden tensor. */
static void compare(const struct golden *g, size_t image, const char *stage, const char *suffix,
                    const float *v, size_t count)
{
	const struct golden_tensor *t;
	char name[80];
	double error;

	snprintf(name, sizeof(name), "%s%s", stage, suffix);
	t = golden_find(g, name);
	if (!t && suffix[0])
		return; /* maps before the depthwise kernel are optional */
	assert_non_null(t);
	assert_int_equal(t->count % count, 0);
	assert_true(image < t->count / count);
	error = golden_error(v, t->v + image * count, count);
	print_message("    %-14s %.1e\n", name, error);
	assert_true(error < TOLERANCE);
}

/* A depthwise kernel of one tap moves into the next convolution, so its stage's output is the map
 * before it. */
static void compare_all(const struct golden *g, size_t image, const struct vn_net *net, float **out,
                        float **relu)
{
	for (int s = 0; s < net->n_stages; s++) {
		const struct vn_stage *st = &net->stages[s];

		compare(g, image, st->name, ".relu", relu[s], stage_size(st));
		if (st->act_w)
			compare(g, image, st->name, "", out[s], stage_size(st));
		else
			assert_memory_equal(out[s], relu[s], stage_size(st) * sizeof(float));
	}
	compare(g, image, "logits", "", out[net->n_stages], (size_t)net->classes);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_and_compare(const struct vn_net *net, const struct golden *g, const float *in,
                            size_t image)
{
	float *out[VN_MAX_STAGES + 1], *relu[VN_MAX_STAGES];
	vn_error err;
	double t;

	for (int s = 0; s < net->n_stages; s++) {
		out[s] = malloc(stage_size(&net->stages[s]) * sizeof(float));
		relu[s] = malloc(stage_size(&net->stages[s]) * sizeof(float));
	}
	out[net->n_stages] = malloc((size_t)net->classes * sizeof(float));
	t = seconds();
	assert_int_equal(vn_net_run(net, in, out, relu, &err), 0);
	t = seconds() - t;
	if (t > 0.01)
		print_message("    %.1f GMAC/s\n", (double)vn_net_macs(net) / t * 1e-9);
	compare_all(g, image, net, out, relu);
	for (int s = 0; s < net->n_stages; s++) {
		free(out[s]);
		free(relu[s]);
	}
	free(out[net->n_stages]);
}

static void check_files(const char *onnx, const char *gold)
{
	struct golden *g = golden_read(gold);
	const struct golden_tensor *in;
	struct vn_net *net;
	size_t size;
	vn_error err;

	print_message("  %s\n", onnx);
	assert_non_null(g);
	in = golden_find(g, "input");
	assert_non_null(in);
	if (vn_onnx_load(onnx, &net, &err))
		fail_msg("%s", err.message);
	size = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	assert_int_equal(in->count % size, 0);
	for (size_t i = 0; i < in->count / size; i++)
		run_and_compare(net, g, in->v + i * size, i);
	vn_net_free(net);
	golden_free(g);
}

static void test_float_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		char onnx[64], gold[64];

		snprintf(onnx, sizeof(onnx), "tests/golden/%s.onnx", nets[i][0]);
		snprintf(gold, sizeof(gold), "tests/golden/%s.gold", nets[i][1]);
		check_files(onnx, gold);
	}
}

/* Every output is optional. */
static void test_float_no_outputs(void **state)
{
	float in[3 * 32 * 32] = {0}, *out[VN_MAX_STAGES + 1] = {NULL};
	struct vn_net *net;
	vn_error err;

	(void)state;
	assert_int_equal(vn_onnx_load("tests/golden/n3_deploy.onnx", &net, &err), 0);
	assert_int_equal(vn_net_run(net, in, out, NULL, &err), 0);
	vn_net_free(net);
}

static void test_float_macs(void **state)
{
	struct vn_net *net;
	vn_error err;

	(void)state;
	assert_int_equal(vn_onnx_load("tests/golden/n3_deploy.onnx", &net, &err), 0);
	/* stem 8x8 of 3*16 -> 8; block 1 at 8x8, pooled to 4x4; block 2 at 4x4; 49 taps each; 16 ->
	 * 10 */
	assert_int_equal(vn_net_macs(net), 64 * 8 * (48 + 49) + 64 * 8 * 12 + 16 * 12 * 49 +
	                                           16 * 12 * 16 + 16 * 16 * 49 + 160);
	vn_net_free(net);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_float_golden),
	        cmocka_unit_test(test_float_no_outputs),
	        cmocka_unit_test(test_float_macs),
	};

	for (int i = 1; i + 1 < argc; i += 2)
		check_files(argv[i], argv[i + 1]);
	return argc > 1 ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
