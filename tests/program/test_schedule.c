/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schedule - the schedules of real networks, in predicted cycles: VanillaNet-5 at 224x224 must
 * keep the array of the default compute unit busy, and be right.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hls/vn_hls.h"
#include "model/compile.h"
#include "model/predict.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

enum { SIZE = 224, MAP = SIZE / 4, PIXELS = SIZE * SIZE * 3, CLASSES = 1000, IMAGES = 2 };

/* One stage: channels, and what pooling divides the map by. */
struct shape {
	int cout, pool;
};

/* A network, its program, and what some images should give. */
struct bench {
	struct vn_qnet *net;
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_program *prog;
	uint8_t *pixels[IMAGES];
	int32_t *logits[IMAGES];
};

static int8_t *numbers(uint32_t *state, size_t n)
{
	int8_t *w = malloc(n);

	assert_non_null(w);
	for (size_t i = 0; i < n; i++) {
		*state = *state * 1664525u + 1013904223u;
		w[i] = (int8_t)((int)(*state >> 8) % 128 * ((*state >> 24) & 1 ? 1 : -1));
	}
	return w;
}

/* Bias and a requantiser that brings sums of @terms products to about 100. */
static void params(uint32_t *state, int n, double terms, int32_t **b, uint32_t **m, uint8_t **s)
{
	int shift = 0;

	*b = calloc((size_t)n, sizeof(**b));
	*m = calloc((size_t)n, sizeof(**m));
	*s = calloc((size_t)n, 1);
	assert_true(*b && *m && *s);
	while (sqrt(terms) * 4000 / (double)(1ull << shift) > 100)
		shift++;
	for (int i = 0; i < n; i++) {
		(*b)[i] = tiny_random(state, -10000, 10000);
		(*m)[i] = (uint32_t)tiny_random(state, 1 << 15, (1 << 17) - 1);
		(*s)[i] = (uint8_t)(16 + shift);
	}
}

static void fill(uint32_t *state, struct vn_qstage *q)
{
	const size_t depth = (size_t)q->k * q->k * q->cin, side = 2 * (size_t)q->n + 1;
	const size_t area = (size_t)q->out_h * q->out_w;

	q->cases = 1;
	q->w = numbers(state, depth * q->cout);
	params(state, q->cout, (double)depth, &q->b, &q->m1, &q->s1);
	q->scale = 1;
	q->centre = calloc((size_t)q->cout, sizeof(*q->centre));
	q->dw = numbers(state, side * side * q->cout);
	params(state, q->cout, (double)(side * side), &q->b2, &q->m2, &q->s2);
	if (q->act != VN_QACT_WSUM)
		return;
	q->g = numbers(state, area * q->cout);
	params(state, q->cout, (double)area, &q->bg, &q->mg, &q->sg);
}

/* A VanillaNet with a 4x4 stem of stride 4 and random numbers. */
static struct vn_qnet *vanillanet(int size, const struct shape *shape, int stages, int n,
                                  int classes)
{
	struct vn_qnet *net = calloc(1, sizeof(*net));
	uint32_t state = 5;

	assert_non_null(net);
	net->in_c = 3;
	net->in_h = net->in_w = size;
	net->n_stages = stages;
	net->stages = calloc((size_t)stages, sizeof(*net->stages));
	assert_non_null(net->stages);
	for (int c = 0; c < 4; c++)
		net->std[c] = 1;
	for (int s = 0; s < stages; s++) {
		struct vn_qstage *q = &net->stages[s];
		const int stem = s == 0;

		snprintf(q->name, sizeof(q->name), stem ? "stem" : "block%d", s % 100);
		q->cin = stem ? net->in_c : q[-1].cout;
		q->cout = shape[s].cout;
		q->k = q->stride = stem ? 4 : 1;
		q->in_h = q->in_w = stem ? size : q[-1].out_h;
		q->conv_h = q->conv_w = q->in_h / q->k;
		q->out_h = q->out_w = q->conv_h / shape[s].pool;
		q->pool_h = q->pool_w = shape[s].pool * q->out_h;
		q->act = s == stages - 1 ? VN_QACT_WSUM : VN_QACT_DW;
		q->n = n;
		fill(&state, q);
	}
	net->classes = classes;
	net->fc_w = numbers(&state, (size_t)classes * shape[stages - 1].cout);
	net->fc_b = calloc((size_t)classes, sizeof(*net->fc_b));
	net->logit_scale = calloc((size_t)classes, sizeof(*net->logit_scale));
	assert_true(net->fc_b && net->logit_scale);
	for (int c = 0; c < classes; c++)
		net->logit_scale[c] = 1;
	return net;
}

static const struct shape vanillanet_5[] = {{512, 1}, {1024, 2}, {2048, 2}, {4096, 2}};

static const char *const engines[] = {"LOAD", "ARRAY", "POST", "DW", "STORE"};

static void print(const struct vn_predict *p)
{
	for (uint32_t e = 0; e < VN_ENGINES; e++)
		printf("  %-5s busy %9llu  weights %8llu  input %9llu  blocked %8llu\n", engines[e],
		       (unsigned long long)p->spent[e][VN_SPENT_BUSY],
		       (unsigned long long)p->spent[e][VN_SPENT_WEIGHTS],
		       (unsigned long long)p->spent[e][VN_SPENT_INPUT],
		       (unsigned long long)p->spent[e][VN_SPENT_BLOCKED]);
	for (uint32_t s = 0; s < p->n_stages; s++)
		printf("  stage %u: array %llu..%llu, %llu cycles, %llu MMAC\n", s,
		       (unsigned long long)p->stages[s].first,
		       (unsigned long long)p->stages[s].last,
		       (unsigned long long)p->stages[s].array,
		       (unsigned long long)p->stages[s].macs / 1000000);
}

/* Predicted use of @images in one start of the entry of @kind. */
static double use(const char *name, const struct vn_program *prog, enum vn_entry_kind kind,
                  uint32_t images)
{
	const struct vn_entry *e = vn_program_entry(prog, kind, 0);
	const struct vn_predict_options opt = {.images = images, .prog = prog};
	struct vn_predict p;
	vn_error err;
	clock_t from = clock();
	double part;

	assert_non_null(e);
	if (vn_predict(prog->config, (const uint32_t(*)[VN_DESC_WORDS])prog->desc + e->first,
	               e->count, &opt, &p, &err))
		fail_msg("%s", err.message);
	part = vn_predict_use(&p, prog->config);
	printf("%s, %u image%s in passes of %u: %llu cycles, array use %.2f %% "
	       "(%u descriptors, predicted in %.3f s)\n",
	       name, images, images == 1 ? "" : "s", e->group, (unsigned long long)p.cycles,
	       100 * part, e->count, (double)(clock() - from) / CLOCKS_PER_SEC);
	print(&p);
	return part;
}

static void set_up(struct bench *b, int rows, int cols)
{
	uint32_t state = 9;
	vn_error err;

	b->net = vanillanet(224, vanillanet_5, 4, 3, 1000);
	assert_int_equal(vn_config_for(rows, cols, b->config, NULL), 0);
	if (vn_assemble(b->net, b->config, 0, &b->prog, &err))
		fail_msg("%s", err.message);
	for (int i = 0; i < IMAGES; i++) {
		b->pixels[i] = tiny_alloc(PIXELS);
		for (int k = 0; k < PIXELS; k++)
			b->pixels[i][k] = (uint8_t)tiny_random(&state, 0, 255);
		b->logits[i] = tiny_alloc(CLASSES * sizeof(int32_t));
		assert_int_equal(vn_qnet_run(b->net, b->pixels[i], NULL, b->logits[i], NULL), 0);
	}
	/* Else they would prove little. */
	assert_memory_not_equal(b->logits[0], b->logits[1], CLASSES * sizeof(int32_t));
}

static void tear_down(struct bench *b)
{
	for (int i = 0; i < IMAGES; i++) {
		free(b->pixels[i]);
		free(b->logits[i]);
	}
	vn_program_free(b->prog);
	vn_qnet_free(b->net);
}

/* The patches of a 4x4 stem of stride 4, groups of R channels one after the other. */
static void pack(const struct bench *b, const uint8_t *pixels, uint8_t *record)
{
	const size_t rows = b->config[VN_CFG_ROWS], group = rows * MAP * MAP;

	for (size_t p = 0; p < MAP * MAP; p++)
		for (size_t t = 0; t < 48; t++) {
			const size_t y = p / MAP * 4 + t / 12, x = p % MAP * 4 + t / 3 % 4;

			record[t / rows * group + p * rows + t % rows] =
			        (uint8_t)(pixels[(y * SIZE + x) * 3 + t % 3] - 128);
		}
}

/* Run @images of the entry on @run and compare every logit. */
static void check(const struct bench *b, enum vn_entry_kind kind, uint32_t images,
                  void (*run)(const struct bench *b, const struct vn_cu_args *args))
{
	const struct vn_entry *e = vn_program_entry(b->prog, kind, 0);
	const size_t input = (size_t)e->input * VN_BEAT_BYTES,
	             output = (size_t)e->output * VN_BEAT_BYTES;
	struct vn_cu_args args = {.first = e->first,
	                          .count = e->count,
	                          .images = images,
	                          .weights = b->prog->weights};

	args.program = tiny_alloc((size_t)b->prog->n_desc * VN_BEAT_BYTES);
	memcpy((void *)(uintptr_t)args.program, b->prog->desc,
	       (size_t)b->prog->n_desc * VN_BEAT_BYTES);
	args.input = tiny_alloc(input * images);
	args.output = tiny_alloc(output * images);
	args.scratch = tiny_alloc((size_t)e->scratch * VN_BEAT_BYTES * images);
	args.status = tiny_alloc(VN_STATUS_WORDS * 4);
	for (uint32_t i = 0; i < images; i++)
		pack(b, b->pixels[i % IMAGES], (uint8_t *)(uintptr_t)args.input + i * input);
	run(b, &args);
	assert_int_equal(((uint32_t *)args.status)[VN_ST_ERROR], VN_CU_NONE);
	for (uint32_t i = 0; i < images; i++)
		assert_memory_equal((uint8_t *)args.output + i * output, b->logits[i % IMAGES],
		                    CLASSES * sizeof(int32_t));
	free((void *)(uintptr_t)args.program);
	free((void *)(uintptr_t)args.input);
	free(args.output);
	free(args.scratch);
	free(args.status);
}

static void run_ref(const struct bench *b, const struct vn_cu_args *args)
{
	struct vn_refcu *cu;

	assert_int_equal(vn_refcu_new(b->config, &cu, NULL), 0);
	vn_refcu_run(cu, args);
	vn_refcu_free(cu);
}

static void run_hls(const struct bench *b, const struct vn_cu_args *args)
{
	const struct vn_hls_cu *cu =
	        vn_hls_find((int)b->config[VN_CFG_ROWS], (int)b->config[VN_CFG_COLS]);

	assert_int_equal(cu->run(args->program, args->first, args->count, args->images,
	                         args->weights, args->input, args->output, args->scratch,
	                         args->status),
	                 0);
}

/* The default compute unit: its array must be busy, with one image and with a stream of them. */
static void test_vanillanet_5(void **unused)
{
	struct bench b;

	(void)unused;
	set_up(&b, 32, 64);
	assert_true(use("VanillaNet-5, 32x64", b.prog, VN_ENTRY_SINGLE, 1) > 0.96);
	assert_true(use("VanillaNet-5, 32x64", b.prog, VN_ENTRY_GROUP, 8) > 0.99);
	check(&b, VN_ENTRY_SINGLE, 1, run_ref);
	check(&b, VN_ENTRY_SINGLE, 1, run_hls);
	check(&b, VN_ENTRY_GROUP, 8, run_ref);
	tear_down(&b);
}

/* Here maps do not fit the buffer, and tokens reach their limit. */
static void test_vanillanet_5_small(void **unused)
{
	struct bench b;

	(void)unused;
	set_up(&b, 16, 16);
	assert_true(use("VanillaNet-5, 16x16", b.prog, VN_ENTRY_SINGLE, 1) > 0.95);
	assert_true(use("VanillaNet-5, 16x16", b.prog, VN_ENTRY_GROUP, 8) > 0.96);
	check(&b, VN_ENTRY_SINGLE, 1, run_ref);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_vanillanet_5),
	        cmocka_unit_test(test_vanillanet_5_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
