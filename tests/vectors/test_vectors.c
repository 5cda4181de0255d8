/* SPDX-License-Identifier: Apache-2.0
 *
 * test_vectors - the fixed reference and ref: against stages.bin, which an independent integer
 * model in Python made from docs/number-formats.md alone (tests/vectors/README.md has the file's
 * layout).
 *
 * A case is one stage.  It is put into a program between a stem and a last stage of no interest,
 * and its stage entry is run alone with the case's input already in card memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/compile.h"
#include "model/layout.h"
#include "tests/random/execute.h"

enum { KIND_LIST, KIND_STAGE, KIND_FC, ARRAYS = 12, FIELDS = 16 };
enum { INPUT, W, B, M1, S1, DW, B2, M2, S2, G, POOLED, OUTPUT };

struct vec {
	uint32_t kind;
	char name[33];
	uint32_t cin, cout, k, stride, pad, in_h, in_w, conv_h, conv_w, out_h, out_w, pool_h,
	        pool_w, act, n, cases;
	uint8_t *a[ARRAYS]; /* copies, so that they are aligned */
	uint32_t bytes[ARRAYS];
};

static void read_exact(FILE *f, void *p, size_t n)
{
	assert_int_equal(fread(p, 1, n, f), n);
}

static void read_case(FILE *f, struct vec *v)
{
	int i;

	memset(v, 0, sizeof(*v));
	read_exact(f, &v->kind, 4);
	read_exact(f, v->name, 32);
	read_exact(f, &v->cin, 4 * FIELDS);
	for (i = 0; i < (v->kind == KIND_LIST ? 5 : ARRAYS); i++) {
		read_exact(f, &v->bytes[i], 4);
		v->a[i] = malloc(v->bytes[i] + 1);
		assert_non_null(v->a[i]);
		read_exact(f, v->a[i], v->bytes[i]);
	}
}

static void free_case(struct vec *v)
{
	int i;

	for (i = 0; i < ARRAYS; i++)
		free(v->a[i]);
}

static void *copy(const void *p, size_t n)
{
	void *c = malloc(n + 1);

	assert_non_null(c);
	memcpy(c, p, n);
	return c;
}

/* [o][c][t] of the vectors to [o][t][c] of a stage. */
static int8_t *order_weights(const struct vec *v)
{
	const uint32_t kk = v->k * v->k;
	int8_t *w = malloc(v->bytes[W] + 1);
	uint32_t o, c, t;

	assert_non_null(w);
	for (o = 0; o < v->cout; o++)
		for (c = 0; c < v->cin; c++)
			for (t = 0; t < kk; t++)
				w[(o * kk + t) * v->cin + c] =
				        (int8_t)v->a[W][(o * v->cin + c) * kk + t];
	return w;
}

static int32_t *zeros(size_t n)
{
	int32_t *p = calloc(n, sizeof(*p));

	assert_non_null(p);
	return p;
}

/* Depthwise of a 1x1 kernel that carries u to u - 128: what the tap of the last stage shows. */
static void identity_depthwise(struct vn_qstage *q)
{
	int c;

	q->n = 0;
	q->dw = (int8_t *)zeros((size_t)q->cout);
	q->b2 = zeros((size_t)q->cout);
	q->m2 = (uint32_t *)zeros((size_t)q->cout);
	q->s2 = (uint8_t *)zeros((size_t)q->cout);
	for (c = 0; c < q->cout; c++) {
		q->dw[c] = 1;
		q->b2[c] = -128;
		q->m2[c] = 1 << 16;
		q->s2[c] = 16;
	}
}

static void stage_of(const struct vec *v, struct vn_qstage *q)
{
	memset(q, 0, sizeof(*q));
	snprintf(q->name, sizeof(q->name), "%s", "vector");
	memcpy(&q->cin, &v->cin,
	       13 * sizeof(q->cin)); /* cin .. pool_w are the same fields in the same order */
	q->act = (int)v->act;
	q->n = (int)v->n;
	q->cases = (int)v->cases;
	q->w = order_weights(v);
	q->b = copy(v->a[B], v->bytes[B]);
	q->m1 = copy(v->a[M1], v->bytes[M1]);
	q->s1 = copy(v->a[S1], v->bytes[S1]);
	q->scale = 1;
	q->centre = (float *)zeros(v->cout);
	if (v->act == VN_QACT_WSUM) {
		q->g = copy(v->a[G], v->bytes[G]);
		q->bg = copy(v->a[B2], v->bytes[B2]);
		q->mg = copy(v->a[M2], v->bytes[M2]);
		q->sg = copy(v->a[S2], v->bytes[S2]);
		identity_depthwise(q);
	} else if (v->act == VN_QACT_DW) {
		q->dw = copy(v->a[DW], v->bytes[DW]);
		q->b2 = copy(v->a[B2], v->bytes[B2]);
		q->m2 = copy(v->a[M2], v->bytes[M2]);
		q->s2 = copy(v->a[S2], v->bytes[S2]);
	}
}

/* A 1x1 stage of zeros with @cin -> @cout channels on a map h x w. */
static void blank_stage(struct vn_qstage *q, uint32_t cin, uint32_t cout, uint32_t h, uint32_t w,
                        int last)
{
	memset(q, 0, sizeof(*q));
	snprintf(q->name, sizeof(q->name), "blank");
	q->cin = (int)cin;
	q->cout = (int)cout;
	q->k = q->stride = q->cases = 1;
	q->in_h = q->conv_h = q->out_h = q->pool_h = (int)h;
	q->in_w = q->conv_w = q->out_w = q->pool_w = (int)w;
	q->w = (int8_t *)zeros((size_t)cin * cout);
	q->b = zeros(cout);
	q->m1 = (uint32_t *)zeros(cout);
	q->s1 = memset(zeros(cout), 1, cout);
	q->scale = 1;
	q->centre = (float *)zeros(cout);
	if (!last)
		return;
	q->act = VN_QACT_WSUM;
	identity_depthwise(q);
	q->g = (int8_t *)zeros((size_t)cout * h * w);
	q->bg = zeros(cout);
	q->mg = (uint32_t *)zeros(cout);
	q->sg = memset(zeros(cout), 1, cout);
}

/* A network around @v; *@index is its stage. */
static struct vn_qnet *wrap(const struct vec *v, int *index)
{
	const int stem = v->k > 1 || v->pad || v->stride > 1, last = v->act == VN_QACT_WSUM;
	struct vn_qnet *net = calloc(1, sizeof(*net));
	uint32_t i, fc_in = last ? v->cout : 1;

	assert_non_null(net);
	net->stages = calloc(3, sizeof(*net->stages));
	assert_non_null(net->stages);
	if (!stem)
		blank_stage(&net->stages[net->n_stages++], 1, v->cin, v->in_h, v->in_w, 0);
	*index = net->n_stages;
	stage_of(v, &net->stages[net->n_stages++]);
	if (!last)
		blank_stage(&net->stages[net->n_stages++], v->cout, 1, v->out_h, v->out_w, 1);
	net->in_c = net->stages[0].cin;
	net->in_h = net->stages[0].in_h;
	net->in_w = net->stages[0].in_w;
	net->classes = 1;
	net->fc_w = (int8_t *)zeros(fc_in);
	net->fc_b = zeros(1);
	net->logit_scale = (float *)zeros(1);
	net->logit_scale[0] = 1;
	for (i = 0; i < 4; i++)
		net->std[i] = 1;
	return net;
}

/* The case's input as the stage entry finds it: an input record, or the scratch region of the stage
 * before. */
static void place_input(const struct vec *v, struct batch *b, int index)
{
	const uint32_t rows = b->prog->config[VN_CFG_ROWS], area = v->in_h * v->in_w;
	uint8_t *hwc, *region;
	uint32_t c, p;

	if (index == 0) {
		hwc = malloc(v->bytes[INPUT] + 1);
		assert_non_null(hwc);
		for (c = 0; c < v->cin; c++)
			for (p = 0; p < area; p++)
				hwc[p * v->cin + c] = (uint8_t)(v->a[INPUT][c * area + p] + 128);
		batch_set_image(b, 0, hwc);
		free(hwc);
		return;
	}
	region = b->scratch + (size_t)b->prog->stages[0].offset * VN_BEAT_BYTES;
	for (c = 0; c < v->cin; c++)
		for (p = 0; p < area; p++)
			region[(size_t)(c / rows) * b->prog->stages[0].step * VN_BEAT_BYTES +
			       p * rows + c % rows] = v->a[INPUT][c * area + p];
}

static void run_ref(void *ctx, const struct vn_cu_args *args)
{
	vn_refcu_run(ctx, args);
}

/* Pooled vector of a weighted sum, from the scratch record. */
static const uint8_t *pooled_vector(const struct vn_qnet *net, const struct batch *b)
{
	struct vn_layout lay;
	uint32_t at;

	assert_int_equal(vn_layout_make(net, b->prog->config, &lay, NULL), 0);
	at = lay.pool;
	vn_layout_free(&lay);
	return b->scratch + (size_t)at * VN_BEAT_BYTES;
}

static void check_program(const struct vec *v, int rows, int cols)
{
	uint32_t config[VN_CONFIG_WORDS], c, p;
	const uint32_t area = v->out_h * v->out_w;
	struct vn_program *prog;
	struct vn_refcu *cu;
	struct batch b;
	int index;
	struct vn_qnet *net = wrap(v, &index);
	vn_error err = {0};

	assert_int_equal(vn_config_for(rows, cols, config, NULL), 0);
	if (vn_assemble(net, config, 1, &prog, &err))
		fail_msg("%s: %s", v->name, err.message);
	assert_int_equal(vn_refcu_new(config, &cu, NULL), 0);
	assert_true(batch_new(prog, 1, 0, &b));
	place_input(v, &b, index);
	assert_int_equal(batch_run(&b, &(struct executor){"ref", run_ref, cu},
	                           vn_program_entry(prog, VN_ENTRY_STAGE, (uint32_t)index)),
	                 0);
	if (v->act == VN_QACT_WSUM) {
		if (memcmp(pooled_vector(net, &b), v->a[OUTPUT], v->cout))
			fail_msg("%s at %dx%d: the weighted sum differs", v->name, rows, cols);
	} else {
		for (c = 0; c < v->cout; c++)
			for (p = 0; p < area; p++)
				if (batch_tap(&b, 0, (uint32_t)index, c, p / v->out_w,
				              p % v->out_w) != (int8_t)v->a[OUTPUT][c * area + p])
					fail_msg("%s at %dx%d: channel %u, pixel %u differs",
					         v->name, rows, cols, c, p);
	}
	batch_free(&b);
	vn_refcu_free(cu);
	vn_program_free(prog);
	vn_qnet_free(net);
}

static void check_stage(const struct vec *v)
{
	const size_t area = (size_t)v->out_h * v->out_w;
	int8_t *out = malloc(v->cout * area), *sum = malloc(v->cout);
	struct vn_qstage q;
	struct vn_qnet *owner = calloc(1, sizeof(*owner));

	assert_true(out && sum && owner);
	stage_of(v, &q);
	assert_int_equal(vn_qstage_run(&q, (const int8_t *)v->a[INPUT], out,
	                               v->act == VN_QACT_WSUM ? sum : NULL, NULL),
	                 0);
	if (memcmp(v->act == VN_QACT_WSUM ? sum : out, v->a[OUTPUT], v->bytes[OUTPUT]))
		fail_msg("%s: the fixed reference differs", v->name);
	owner->stages = copy(&q, sizeof(q));
	owner->n_stages = 1;
	vn_qnet_free(owner);
	free(out);
	free(sum);
	check_program(v, 8, 8);
	check_program(v, 16, 16);
	check_program(v, 32, 64);
}

/* A requantise list as a stage on one pixel: a channel per entry, the accumulator as bias. */
static void check_list(const struct vec *v)
{
	const uint32_t n = v->bytes[0] / 4, one = 1;
	const uint8_t *is_u8 = v->a[3], *want = v->a[4];
	int u8;

	for (u8 = 0; u8 < 2; u8++) {
		struct vec s = {
		        .kind = KIND_STAGE, .act = u8 ? VN_QACT_WSUM : VN_QACT_NONE, .cases = 1};
		uint32_t i, m = 0, *p;

		for (p = &s.cin; p <= &s.pool_w; p++)
			*p = 1;
		s.pad = 0;
		snprintf(s.name, sizeof(s.name), "%.20s %s", v->name, u8 ? "uint8" : "int8");
		for (i = 0; i < ARRAYS; i++)
			s.a[i] = (uint8_t *)zeros(2 * (size_t)n + 2);
		for (i = 0; i < n; i++) {
			if (is_u8[i] != u8)
				continue;
			memcpy(s.a[B] + 4 * m, v->a[0] + 4 * i, 4);
			memcpy(s.a[M1] + 4 * m, v->a[1] + 4 * i, 4);
			s.a[S1][m] = v->a[2][i];
			/* The weighted sum of one pixel with weight 1, minus 128, shows the uint8.
			 */
			s.a[G][m] = 1;
			((int32_t *)(void *)s.a[B2])[m] = -128;
			((uint32_t *)(void *)s.a[M2])[m] = 1 << 16;
			s.a[S2][m] = 16;
			s.a[OUTPUT][m++] = (uint8_t)(u8 ? want[i] - 128 : want[i]);
		}
		s.cout = m;
		s.bytes[INPUT] = one;
		s.bytes[W] = s.bytes[S1] = s.bytes[G] = s.bytes[S2] = s.bytes[OUTPUT] = m;
		s.bytes[B] = s.bytes[M1] = s.bytes[B2] = s.bytes[M2] = 4 * m;
		if (m)
			check_stage(&s);
		free_case(&s);
	}
}

static void check_fc(const struct vec *v)
{
	struct vec s = {
	        .kind = KIND_STAGE, .cin = 1, .cout = v->cin, .act = VN_QACT_WSUM, .cases = 1};
	uint32_t config[VN_CONFIG_WORDS], *p;
	struct vn_program *prog;
	struct vn_refcu *cu;
	struct vn_qnet *net;
	struct batch b;
	int i;

	for (p = &s.k; p <= &s.pool_w; p++)
		*p = 1;
	s.pad = 0;
	for (i = 0; i < ARRAYS; i++)
		s.a[i] = (uint8_t *)zeros(v->cin + 1);
	memset(s.a[S1], 1, v->cin);
	memset(s.a[S2], 1, v->cin);
	s.bytes[W] = s.bytes[S1] = s.bytes[G] = s.bytes[S2] = v->cin;
	s.bytes[B] = s.bytes[M1] = s.bytes[B2] = s.bytes[M2] = 4 * v->cin;
	net = wrap(&s, &i);
	net->classes = (int)v->cout;
	free(net->fc_w);
	free(net->fc_b);
	free(net->logit_scale);
	net->fc_w = copy(v->a[W], v->bytes[W]);
	net->fc_b = copy(v->a[B], v->bytes[B]);
	net->logit_scale = (float *)zeros(v->cout);
	for (i = 0; i < net->classes; i++)
		net->logit_scale[i] = 1;
	assert_int_equal(vn_config_for(16, 16, config, NULL), 0);
	assert_int_equal(vn_assemble(net, config, 1, &prog, NULL), 0);
	assert_int_equal(vn_refcu_new(config, &cu, NULL), 0);
	assert_true(batch_new(prog, 1, 0, &b));
	memcpy((void *)(uintptr_t)pooled_vector(net, &b), v->a[INPUT], v->cin);
	assert_int_equal(batch_run(&b, &(struct executor){"ref", run_ref, cu},
	                           vn_program_entry(prog, VN_ENTRY_STAGE, prog->n_stages)),
	                 0);
	assert_memory_equal(batch_logits(&b, 0), v->a[OUTPUT], v->bytes[OUTPUT]);
	batch_free(&b);
	vn_refcu_free(cu);
	vn_program_free(prog);
	vn_qnet_free(net);
	free_case(&s);
}

static void test_all_vectors(void **unused)
{
	FILE *f = fopen("tests/vectors/stages.bin", "rb");
	uint32_t head[3], i, kinds[3] = {0};
	char magic[8];

	(void)unused;
	assert_non_null(f);
	read_exact(f, magic, 8);
	assert_memory_equal(magic, "VNVEC1\0\0", 8);
	read_exact(f, head, sizeof(head));
	assert_int_equal(head[0], 1);
	for (i = 0; i < head[2]; i++) {
		struct vec v;

		read_case(f, &v);
		assert_true(v.kind <= KIND_FC);
		kinds[v.kind]++;
		if (v.kind == KIND_LIST)
			check_list(&v);
		else if (v.kind == KIND_STAGE)
			check_stage(&v);
		else
			check_fc(&v);
		free_case(&v);
	}
	fclose(f);
	printf("%u requantise lists, %u stages, %u fully connected layers\n", kinds[0], kinds[1],
	       kinds[2]);
	assert_true(kinds[0] && kinds[1] && kinds[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_vectors)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
