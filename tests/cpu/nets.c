/* SPDX-License-Identifier: Apache-2.0
 *
 * nets.c - networks of the CPU's tests.
 */
#include "tests/cpu/nets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

static float uniform(uint32_t *state) /* [-1, 1) */
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) / (float)(1 << 23) - 1;
}

/* Values of deviation @size around @mean. */
static float *values(size_t n, float size, float mean, uint32_t *state)
{
	float *v = malloc(n * sizeof(*v));

	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = mean + 1.7f * size * uniform(state);
	return v;
}

static void fill_stage(struct vn_stage *st, int n, uint32_t *state)
{
	const size_t taps = (size_t)(st->cin * st->k * st->k), cout = (size_t)st->cout;
	const size_t side = 2 * (size_t)n + 1;

	st->w = values(cout * taps, sqrtf(2.0f / (float)taps), 0, state);
	st->b = values(cout, 0.1f, 0, state);
	st->n = n;
	if (n == 0)
		return;
	st->act_w = values(cout * side * side, 0.8f / (float)side, 0.1f / (float)side, state);
	st->act_b = values(cout, 0.1f, 0, state);
}

static void set_pool(struct vn_stage *st, int pool)
{
	st->out_h = pool < 0 ? -pool : st->conv_h / pool;
	st->out_w = pool < 0 ? -pool : st->conv_w / pool;
	st->pool_h = pool < 0 ? st->conv_h : st->out_h * pool;
	st->pool_w = pool < 0 ? st->conv_w : st->out_w * pool;
}

struct vn_net *shape_net(const struct shape *s, unsigned seed)
{
	struct vn_net *net = calloc(1, sizeof(*net));
	uint32_t state = seed;

	assert_non_null(net);
	net->in_c = s->in_c;
	net->in_h = s->in_h;
	net->in_w = s->in_w;
	net->classes = s->classes;
	net->n_stages = 1;
	for (int i = 0; i < SHAPE_BLOCKS && s->blocks[i].cout; i++)
		net->n_stages++;
	net->stages = calloc((size_t)net->n_stages, sizeof(*net->stages));
	assert_non_null(net->stages);
	for (int c = 0; c < s->in_c; c++) {
		net->mean[c] = 0.45f + 0.02f * (float)c;
		net->std[c] = 0.22f + 0.01f * (float)c;
	}
	for (int i = 0; i < net->n_stages; i++) {
		struct vn_stage *st = &net->stages[i];

		snprintf(st->name, sizeof(st->name), i ? "block%d" : "stem", i);
		st->cin = i ? st[-1].cout : s->in_c;
		st->cout = i ? s->blocks[i - 1].cout : s->stem;
		st->k = i ? 1 : s->k;
		st->stride = i ? 1 : s->stride;
		st->pad = i ? 0 : s->pad;
		st->in_h = i ? st[-1].out_h : s->in_h;
		st->in_w = i ? st[-1].out_w : s->in_w;
		st->conv_h = (st->in_h + 2 * st->pad - st->k) / st->stride + 1;
		st->conv_w = (st->in_w + 2 * st->pad - st->k) / st->stride + 1;
		set_pool(st, i ? s->blocks[i - 1].pool : 1);
		fill_stage(st, s->n, &state);
	}
	net->fc_w = values((size_t)net->classes * (size_t)net->stages[net->n_stages - 1].cout, 0.1f,
	                   0, &state);
	net->fc_b = values((size_t)net->classes, 0.1f, 0, &state);
	return net;
}

uint8_t *noise_pictures(const struct vn_net *net, size_t images, unsigned seed)
{
	const size_t bytes = images * (size_t)(net->in_c * net->in_h * net->in_w);
	uint8_t *p = malloc(bytes);
	uint32_t state = seed;

	assert_non_null(p);
	for (size_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)(128 + 127 * uniform(&state));
	return p;
}

size_t stage_values(const struct vn_net *net, int s)
{
	const struct vn_stage *st = &net->stages[s];

	return s == net->n_stages ? (size_t)net->classes
	                          : (size_t)st->cout * (size_t)st->out_h * (size_t)st->out_w;
}

void outputs_alloc(const struct vn_net *net, size_t images, float *out[VN_MAX_STAGES + 1])
{
	for (int s = 0; s <= net->n_stages; s++) {
		out[s] = malloc(images * stage_values(net, s) * sizeof(float));
		assert_non_null(out[s]);
	}
}

void outputs_free(const struct vn_net *net, float *out[VN_MAX_STAGES + 1])
{
	for (int s = 0; s <= net->n_stages; s++)
		free(out[s]);
}

void reference(const struct vn_net *net, const uint8_t *picture, float *out[VN_MAX_STAGES + 1])
{
	float *in = malloc((size_t)(net->in_c * net->in_h * net->in_w) * sizeof(float));
	vn_error err;

	assert_non_null(in);
	vn_net_normalise(net, picture, in);
	assert_int_equal(vn_net_run(net, in, out, NULL, &err), 0);
	free(in);
}
