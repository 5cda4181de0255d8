/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fixed.c - the fixed reference against tests/vectors/stages.bin, which an independent integer
 * model made.
 *
 * Run from the repository's root.
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

#include "model/fixed.h"
#include "tests/program/tiny.h"

static const char PATH[] = "tests/vectors/stages.bin";

enum {
	ARRAYS_MAX = 12,
};

/* Fields of a case's header after its name. */
enum {
	CIN,
	COUT,
	K,
	STRIDE,
	PAD,
	IN_H,
	IN_W,
	CONV_H,
	CONV_W,
	OUT_H,
	OUT_W,
	POOL_H,
	POOL_W,
	ACT,
	N,
	CASES,
	FIELDS
};

struct vector {
	uint32_t kind;
	char name[32];
	uint32_t f[FIELDS];
	void *array[ARRAYS_MAX];
	uint32_t bytes[ARRAYS_MAX];
};

static void read_exact(FILE *f, void *to, size_t bytes)
{
	assert_int_equal(fread(to, 1, bytes, f), bytes);
}

static void read_vector(FILE *f, struct vector *v)
{
	static const int arrays[] = {5, 12, 12};

	memset(v, 0, sizeof(*v));
	read_exact(f, &v->kind, sizeof(v->kind));
	assert_in_range(v->kind, 0, 2);
	read_exact(f, v->name, sizeof(v->name));
	read_exact(f, v->f, sizeof(v->f));
	for (int i = 0; i < arrays[v->kind]; i++) {
		read_exact(f, &v->bytes[i], sizeof(v->bytes[i]));
		v->array[i] = tiny_alloc(v->bytes[i]);
		read_exact(f, v->array[i], v->bytes[i]);
	}
}

static void free_vector(struct vector *v)
{
	for (int i = 0; i < ARRAYS_MAX; i++)
		free(v->array[i]);
}

/* [cout][cin][k][k] to [cout][k][k][cin] */
static int8_t *reorder(const struct vector *v)
{
	const size_t taps = (size_t)v->f[K] * v->f[K], cin = v->f[CIN], cout = v->f[COUT];
	const int8_t *w = v->array[1];
	int8_t *out = tiny_alloc(cout * cin * taps);

	for (size_t o = 0; o < cout; o++)
		for (size_t c = 0; c < cin; c++)
			for (size_t t = 0; t < taps; t++)
				out[(o * taps + t) * cin + c] = w[(o * cin + c) * taps + t];
	return out;
}

static struct vn_qstage stage_of(const struct vector *v, int8_t *w)
{
	struct vn_qstage s = {
	        .cin = (int)v->f[CIN],
	        .cout = (int)v->f[COUT],
	        .k = (int)v->f[K],
	        .stride = (int)v->f[STRIDE],
	        .pad = (int)v->f[PAD],
	        .in_h = (int)v->f[IN_H],
	        .in_w = (int)v->f[IN_W],
	        .conv_h = (int)v->f[CONV_H],
	        .conv_w = (int)v->f[CONV_W],
	        .out_h = (int)v->f[OUT_H],
	        .out_w = (int)v->f[OUT_W],
	        .pool_h = (int)v->f[POOL_H],
	        .pool_w = (int)v->f[POOL_W],
	        .act = (int)v->f[ACT],
	        .n = (int)v->f[N],
	        .cases = (int)v->f[CASES],
	        .w = w,
	        .b = v->array[2],
	        .m1 = v->array[3],
	        .s1 = v->array[4],
	        .dw = v->array[5],
	        .b2 = v->array[6],
	        .m2 = v->array[7],
	        .s2 = v->array[8],
	};

	if (s.act == VN_QACT_WSUM) {
		s.g = v->array[9];
		s.bg = s.b2;
		s.mg = s.m2;
		s.sg = s.s2;
	}
	return s;
}

static void check_stage(const struct vector *v)
{
	int8_t *w = reorder(v), *out = tiny_alloc(v->bytes[11]);
	const struct vn_qstage s = stage_of(v, w);
	const int sum = s.act == VN_QACT_WSUM;

	assert_int_equal(vn_qstage_run(&s, v->array[0], sum ? NULL : out, sum ? out : NULL, NULL),
	                 0);
	if (memcmp(out, v->array[11], v->bytes[11]) != 0)
		fail_msg("stage %.31s differs", v->name);
	free(out);
	free(w);
}

/* A net of one stage whose weighted sum is the FC's input: q = u - 128 of pixels that the stem
 * passes on. */
static void check_fc(const struct vector *v)
{
	const int cin = (int)v->f[CIN];
	const int8_t *q = v->array[0];
	int8_t *w = tiny_alloc((size_t)cin), *g = tiny_alloc((size_t)cin);
	int32_t *b = tiny_alloc(4 * (size_t)cin), *bg = tiny_alloc(4 * (size_t)cin);
	uint32_t *m = tiny_alloc(4 * (size_t)cin);
	uint8_t *sh = tiny_alloc((size_t)cin), pixel = 128;
	struct vn_qstage s = {.cin = 1,
	                      .cout = cin,
	                      .k = 1,
	                      .stride = 1,
	                      .in_h = 1,
	                      .in_w = 1,
	                      .conv_h = 1,
	                      .conv_w = 1,
	                      .out_h = 1,
	                      .out_w = 1,
	                      .pool_h = 1,
	                      .pool_w = 1,
	                      .act = VN_QACT_WSUM,
	                      .w = w,
	                      .b = b,
	                      .cases = 1,
	                      .m1 = m,
	                      .s1 = sh,
	                      .g = g,
	                      .bg = bg,
	                      .mg = m,
	                      .sg = sh};
	struct vn_qnet net = {.in_c = 1,
	                      .in_h = 1,
	                      .in_w = 1,
	                      .n_stages = 1,
	                      .stages = &s,
	                      .classes = (int)v->f[COUT],
	                      .fc_w = v->array[1],
	                      .fc_b = v->array[2]};
	int32_t *logits = tiny_alloc(v->bytes[11]);

	for (int c = 0; c < cin; c++) {
		g[c] = 1;
		b[c] = q[c] + 128;
		bg[c] = -128;
		m[c] = 1 << 16;
		sh[c] = 16;
	}
	assert_int_equal(vn_qnet_run(&net, &pixel, NULL, logits, NULL), 0);
	if (memcmp(logits, v->array[11], v->bytes[11]) != 0)
		fail_msg("FC %.31s differs", v->name);
	free(w);
	free(g);
	free(b);
	free(bg);
	free(m);
	free(sh);
	free(logits);
}

/* The list as one stage of a channel per number: the bias is the accumulator. */
static void check_requantise(const struct vector *v, int u8)
{
	const int n = (int)(v->bytes[0] / 4);
	const uint8_t *is_u8 = v->array[3], *expected = v->array[4];
	int8_t *w = tiny_alloc((size_t)n), *dw = tiny_alloc((size_t)n),
	       *out = tiny_alloc((size_t)n), x = 0;
	int32_t *b2 = tiny_alloc(4 * (size_t)n);
	uint32_t *m2 = tiny_alloc(4 * (size_t)n);
	uint8_t *s2 = tiny_alloc((size_t)n);
	struct vn_qstage s = {.cin = 1,
	                      .cout = n,
	                      .k = 1,
	                      .stride = 1,
	                      .in_h = 1,
	                      .in_w = 1,
	                      .conv_h = 1,
	                      .conv_w = 1,
	                      .out_h = 1,
	                      .out_w = 1,
	                      .pool_h = 1,
	                      .pool_w = 1,
	                      .act = u8 ? VN_QACT_DW : VN_QACT_NONE,
	                      .w = w,
	                      .b = v->array[0],
	                      .cases = 1,
	                      .m1 = v->array[1],
	                      .s1 = v->array[2],
	                      .dw = dw,
	                      .b2 = b2,
	                      .m2 = m2,
	                      .s2 = s2};

	for (int i = 0; i < n; i++) {
		dw[i] = 1;
		b2[i] = -128;
		m2[i] = 1 << 16;
		s2[i] = 16;
	}
	assert_int_equal(vn_qstage_run(&s, &x, out, NULL, NULL), 0);
	for (int i = 0; i < n; i++)
		if (is_u8[i] == u8 && (uint8_t)(out[i] + (u8 ? 128 : 0)) != expected[i])
			fail_msg("requantise %.31s, number %d: %d", v->name, i, out[i]);
	free(w);
	free(dw);
	free(out);
	free(b2);
	free(m2);
	free(s2);
}

static void test_fixed_equals_vectors(void **state)
{
	FILE *f = fopen(PATH, "rb");
	struct {
		char magic[8];
		uint32_t version, seed, cases;
	} head;

	(void)state;
	if (!f)
		fail_msg("%s: run from the root of the repository", PATH);
	read_exact(f, &head, sizeof(head));
	assert_memory_equal(head.magic, "VNVEC1\0\0", 8);
	assert_int_equal(head.version, 1);
	assert_true(head.cases > 0);
	for (uint32_t i = 0; i < head.cases; i++) {
		struct vector v;

		read_vector(f, &v);
		if (v.kind == 0) {
			check_requantise(&v, 0);
			check_requantise(&v, 1);
		} else if (v.kind == 1) {
			check_stage(&v);
		} else {
			check_fc(&v);
		}
		free_vector(&v);
	}
	print_message("%u vectors\n", head.cases);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_fixed_equals_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
