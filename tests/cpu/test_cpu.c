/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cpu.c - cpu: in float against the float reference, every stage of many shapes, and in int8,
 * which is approximate, by classes and the error of logits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "cpu/cpu.h"
#include "tests/cpu/nets.h"
#include "tests/model/golden.h"

static const double TOLERANCE = 1e-4;

static const struct shape SHAPES[] = {
        {"vanillanet-5@224", 3, 224, 224, 4, 4, 0, 512, 3, 1000, {{1024, 2}, {2048, 2}, {4096, 2}}},
        {"odd channels", 3, 20, 28, 4, 4, 0, 13, 1, 7, {{21, 1}, {37, 1}}},
        {"padded stem", 3, 33, 41, 4, 3, 1, 16, 2, 10, {{24, 2}, {40, 1}}},
        {"stem 5x5, pad 2", 1, 28, 28, 5, 2, 2, 16, 3, 10, {{32, 2}, {64, 2}}},
        {"stride that leaves a rest", 4, 23, 30, 3, 3, 0, 8, 1, 5, {{16, 2}}},
        {"adaptive, as 3x3", 3, 60, 60, 4, 4, 0, 16, 3, 10, {{32, -8}, {32, -4}}},
        {"adaptive, uneven", 3, 56, 68, 4, 4, 0, 24, 3, 10, {{40, -5}, {48, -3}}},
        {"rest behind the pooling", 3, 60, 76, 4, 4, 0, 16, 2, 10, {{32, 2}, {64, 2}}},
        {"9x9", 3, 48, 64, 4, 4, 0, 16, 4, 10, {{32, 2}, {32, 1}}},
        {"no depthwise", 3, 32, 32, 4, 4, 0, 16, 0, 10, {{32, 2}, {48, 2}, {48, 1}}},
        {"one class", 3, 16, 16, 4, 4, 0, 8, 1, 1, {{16, 2}}},
};
enum { SHAPES_N = sizeof(SHAPES) / sizeof(SHAPES[0]) };

static struct vn_cpu *make(const struct vn_net *net, const struct vn_cpu_options *o)
{
	struct vn_cpu *cpu;
	vn_error err;

	if (vn_cpu_new(net, o, &cpu, &err))
		fail_msg("%s", err.message);
	return cpu;
}

static void run(struct vn_cpu *cpu, const struct vn_net *net, const uint8_t *pictures, float **out)
{
	vn_error err;

	if (vn_cpu_run(cpu, pictures, out[net->n_stages], out, &err))
		fail_msg("%s", err.message);
}

/* The largest error of any stage, as a part of the stage's largest value. */
static double worst(const struct vn_net *net, const uint8_t *pictures, size_t images, float **got)
{
	const size_t picture = (size_t)(net->in_c * net->in_h * net->in_w);
	float *want[VN_MAX_STAGES + 1];
	double most = 0;

	outputs_alloc(net, 1, want);
	for (size_t i = 0; i < images; i++) {
		reference(net, pictures + i * picture, want);
		for (int s = 0; s <= net->n_stages; s++) {
			const size_t n = stage_values(net, s);
			const double e = golden_error(got[s] + i * n, want[s], n);

			most = e > most || isnan(e) ? e : most;
		}
	}
	outputs_free(net, want);
	return most;
}

/* @ran: what runs on the CPU; @net: what it is compared with. */
static double f32_error(const struct vn_net *ran, const struct vn_net *net, int batch, int threads)
{
	const struct vn_cpu_options o = {VN_CPU_F32, batch, threads, NULL, 0};
	struct vn_cpu *cpu = make(ran, &o);
	uint8_t *pictures = noise_pictures(net, (size_t)batch, 3);
	float *got[VN_MAX_STAGES + 1];
	double error;

	outputs_alloc(net, (size_t)batch, got);
	run(cpu, net, pictures, got);
	run(cpu, net, pictures, got); /* nothing is left over of the run before */
	error = worst(net, pictures, (size_t)batch, got);
	outputs_free(net, got);
	free(pictures);
	vn_cpu_free(cpu);
	return error;
}

static void test_f32_shapes(void **state)
{
	(void)state;
	for (int i = 0; i < SHAPES_N; i++)
		for (int batch = 1; batch <= (i ? 3 : 1); batch += 2) {
			struct vn_net *net = shape_net(&SHAPES[i], 7 + (unsigned)i);
			const double e = f32_error(net, net, batch, 1 + (i & 1));

			print_message("  %-28s batch %d %.1e\n", SHAPES[i].name, batch, e);
			assert_true(e < TOLERANCE);
			vn_net_free(net);
		}
}

static const char *const FILES[] = {
        "model/zoo/fashion.onnx",        "tests/golden/n0_deploy.onnx",
        "tests/golden/n1_train.onnx",    "tests/golden/n2_deploy.onnx",
        "tests/golden/n3_train.onnx",    "tests/golden/n4_deploy.onnx",
        "tests/golden/mean_dynamo.onnx",
};
enum { FILES_N = sizeof(FILES) / sizeof(FILES[0]) };

static void test_f32_files(void **state)
{
	(void)state;
	for (int i = 0; i < FILES_N; i++) {
		struct vn_net *net;
		vn_error err;
		double e;

		assert_int_equal(vn_onnx_load(FILES[i], &net, &err), 0);
		e = f32_error(net, net, 2, 1);
		print_message("  %-28s %.1e\n", FILES[i], e);
		assert_true(e < TOLERANCE);
		vn_net_free(net);
	}
}

/* One number of each kind changed by a hundredth of its layer's largest is noticed. */
static void test_f32_faults(void **state)
{
	(void)state;
	for (int kind = 0; kind < 6; kind++) {
		struct vn_net *net = shape_net(&SHAPES[3], 11), *other = shape_net(&SHAPES[3], 11);
		float *const changed[] = {&other->stages[0].w[5],     &other->stages[1].b[3],
		                          &other->stages[1].act_w[9], &other->stages[2].act_b[1],
		                          &other->fc_w[17],           &other->fc_b[2]};

		*changed[kind] += 0.05f;
		assert_true(f32_error(net, net, 1, 1) < TOLERANCE);
		assert_true(f32_error(other, net, 1, 1) > TOLERANCE);
		vn_net_free(net);
		vn_net_free(other);
	}
}

static int best_of(const float *v, int n)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		best = v[i] > v[best] ? i : best;
	return best;
}

struct judged {
	int same;     /* pictures of the same class */
	double error; /* of all logits: root of the mean square, as a part of that of the logits */
};

static struct judged judge_int8(const struct vn_net *ran, const struct vn_net *net, int images)
{
	const size_t picture = (size_t)(net->in_c * net->in_h * net->in_w);
	uint8_t *pictures = noise_pictures(net, (size_t)images, 5);
	const struct vn_cpu_options o = {VN_CPU_INT8, images, 2, pictures, (size_t)images};
	struct vn_cpu *cpu = make(ran, &o);
	float *got[VN_MAX_STAGES + 1], *want[VN_MAX_STAGES + 1];
	struct judged j = {0, 0};
	double e = 0, all = 0;

	outputs_alloc(net, (size_t)images, got);
	outputs_alloc(net, 1, want);
	run(cpu, net, pictures, got);
	for (int i = 0; i < images; i++) {
		const float *here = got[net->n_stages] + (size_t)i * (size_t)net->classes;
		const float *there = want[net->n_stages];

		reference(net, pictures + (size_t)i * picture, want);
		j.same += best_of(here, net->classes) == best_of(there, net->classes);
		for (int c = 0; c < net->classes; c++) {
			e += (here[c] - there[c]) * (here[c] - there[c]);
			all += there[c] * there[c];
		}
	}
	j.error = sqrt(e / all);
	outputs_free(net, got);
	outputs_free(net, want);
	free(pictures);
	vn_cpu_free(cpu);
	return j;
}

static void test_int8_shapes(void **state)
{
	(void)state;
	for (int i = 0; i < SHAPES_N; i++) {
		struct vn_net *net = shape_net(&SHAPES[i], 7 + (unsigned)i);
		const int images = i ? 8 : 2;
		const struct judged j = judge_int8(net, net, images);

		print_message("  %-28s %d of %d classes, logits' error %.3f\n", SHAPES[i].name,
		              j.same, images, j.error);
		assert_true(j.error < 0.1);
		assert_true(j.same >= images - 2);
		vn_net_free(net);
	}
}

/* Half of a stage's bias gone is noticed. */
static void test_int8_fault(void **state)
{
	struct vn_net *net = shape_net(&SHAPES[4], 7), *other = shape_net(&SHAPES[4], 7);

	(void)state;
	for (int c = 0; c < other->stages[0].cout / 2; c++)
		other->stages[0].act_b[c] += 1;
	assert_true(judge_int8(net, net, 8).error < 0.1);
	assert_true(judge_int8(other, net, 8).error > 0.1);
	vn_net_free(net);
	vn_net_free(other);
}

static void test_refused(void **state)
{
	struct vn_net *net = shape_net(&SHAPES[4], 7);
	const uint8_t *pictures = noise_pictures(net, 1, 1);
	const struct vn_cpu_options bad[] = {{VN_CPU_F32, 0, 1, NULL, 0},
	                                     {VN_CPU_F32, 1, 0, NULL, 0},
	                                     {VN_CPU_INT8, 1, 1, NULL, 0},
	                                     {VN_CPU_INT8, 1, 1, pictures, 0}};
	const struct vn_cpu_options int8 = {VN_CPU_INT8, 1, 1, pictures, 1};
	struct vn_cpu *cpu;
	vn_error err;

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(vn_cpu_new(net, &bad[i], &cpu, &err), VN_EARG);
		assert_null(cpu);
	}
	net->stages[1].w[3] = NAN;
	assert_int_equal(vn_cpu_new(net, &int8, &cpu, &err), VN_EMODEL);
	assert_null(cpu);
	net->stages[1].w[3] = 0;
	net->stages[0].act_b[0] = INFINITY;
	assert_int_equal(vn_cpu_new(net, &int8, &cpu, &err), VN_EMODEL);
	vn_cpu_free(NULL);
	vn_net_free(net);
	free((void *)pictures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_f32_shapes), cmocka_unit_test(test_f32_files),
	        cmocka_unit_test(test_f32_faults), cmocka_unit_test(test_int8_shapes),
	        cmocka_unit_test(test_int8_fault), cmocka_unit_test(test_refused),
	};
	struct vn_cpu_about about;
	vn_error err;

	if (vn_cpu_about(&about, &err)) {
		printf("SKIP: %s\n", err.message);
		return 77;
	}
	print_message("  %s, %s, int8 weights of %d bits\n", about.library, about.isa,
	              about.weight_bits);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
