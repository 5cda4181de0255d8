/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/random/randnet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t rnd(uint32_t *state)
{
	uint32_t x = *state ? *state : 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

int rnd_in(uint32_t *state, int low, int high)
{
	return low + (int)(rnd(state) % (uint32_t)(high - low + 1));
}

static int channels(uint32_t *state, int rows, int cols)
{
	const int t = rnd(state) & 1 ? rows : cols;
	const int pick[] = {1, t - 1, t, t + 1, 2 * t + 1};

	return pick[rnd_in(state, 0, 4)];
}

static int8_t *weights(uint32_t *state, size_t n, int extreme)
{
	int8_t *w = malloc(n);
	size_t i;

	for (i = 0; w && i < n; i++)
		w[i] = (int8_t)(extreme ? (rnd(state) & 1 ? 127 : -127) : rnd_in(state, -127, 127));
	return w;
}

/* Bias and requantiser of @n channels whose accumulator reaches about @reach without it. */
static int params(uint32_t *state, int n, int cases, double reach, int extreme, int32_t **b,
                  uint32_t **m, uint8_t **s)
{
	int i;

	*b = malloc((size_t)n * cases * sizeof(**b));
	*m = malloc((size_t)n * sizeof(**m));
	*s = malloc((size_t)n);
	if (!*b || !*m || !*s)
		return 0;
	for (i = 0; i < n * cases; i++)
		(*b)[i] = extreme ? (rnd(state) & 1 ? 1 : -1) * (int32_t)(2147480000.0 - reach)
		                  : rnd_in(state, -(int)reach / 4, (int)reach / 4);
	for (i = 0; i < n; i++) {
		int shift = 0;

		/* Aim at results of a few hundred, so that both ends saturate now and then. */
		while (reach / (double)(1ull << shift) > 300.0)
			shift++;
		(*m)[i] = (uint32_t)rnd_in(state, 1 << 15, (1 << 17) - 1);
		(*s)[i] = (uint8_t)(16 + shift);
		if (extreme && rnd(state) % 3 == 0) {
			const uint32_t odd[] = {0, 1, (1 << 17) - 1};

			(*m)[i] = odd[rnd(state) % 3];
			(*s)[i] = (uint8_t)(rnd(state) & 1 ? VN_REQ_S_MAX : VN_REQ_S_MIN);
		}
	}
	return 1;
}

static void pooling(uint32_t *state, int conv, int *out, int *pool)
{
	switch (rnd_in(state, 0, 2)) {
	case 0:
		*out = *pool = conv;
		return;
	case 1:
		if (conv >= 2) {
			*out = conv / 2;
			*pool = 2 * *out;
			return;
		}
		break;
	default:
		break;
	}
	*out = rnd_in(state, (conv + 2) / 3, conv);
	*pool = conv;
}

static int fill_stage(uint32_t *state, struct vn_qstage *q, int last, int extreme)
{
	const size_t k = (size_t)q->k * q->k * q->cin, side = 2 * (size_t)q->n + 1;
	int ok;

	q->w = weights(state, k * q->cout, extreme);
	ok = params(state, q->cout, q->cases, (double)k * 127 * 128, extreme, &q->b, &q->m1,
	            &q->s1);
	q->centre = calloc((size_t)q->cout, sizeof(*q->centre));
	q->scale = 1;
	if (q->act != VN_QACT_NONE) {
		q->dw = weights(state, side * side * q->cout, extreme);
		ok = ok && q->dw &&
		     params(state, q->cout, 1, (double)side * side * 127 * 255, extreme, &q->b2,
		            &q->m2, &q->s2);
	}
	if (last) {
		const size_t map = (size_t)q->out_h * q->out_w;

		q->g = weights(state, map * q->cout, extreme);
		ok = ok && q->g &&
		     params(state, q->cout, 1, (double)map * 127 * 255, extreme, &q->bg, &q->mg,
		            &q->sg);
	}
	return ok && q->w && q->centre;
}

static void shape_stem(uint32_t *state, struct vn_qnet *net, struct vn_qstage *q)
{
	/* kernel, stride, padding: patches, overlapping, padded (ada_pool's), plain 1x1. */
	static const int stems[][3] = {{4, 4, 0}, {2, 2, 0}, {4, 3, 1}, {4, 2, 1},
	                               {3, 1, 1}, {1, 1, 0}, {3, 2, 0}};
	const int *p = stems[rnd_in(state, 0, 6)];
	const int h = rnd_in(state, 1, 28), w = rnd(state) & 1 ? h : rnd_in(state, 1, 28);

	q->k = p[0];
	q->stride = p[1];
	q->pad = p[2];
	q->cin = net->in_c = rnd_in(state, 1, 3);
	q->in_h = net->in_h = (h - 1) * q->stride + q->k - 2 * q->pad;
	q->in_w = net->in_w = (w - 1) * q->stride + q->k - 2 * q->pad;
	if (q->in_h < 1 || q->in_w < 1) { /* a 3x3 with padding on one pixel and the like */
		q->pad = 0;
		q->in_h = net->in_h = (h - 1) * q->stride + q->k;
		q->in_w = net->in_w = (w - 1) * q->stride + q->k;
	}
	q->conv_h = h;
	q->conv_w = w;
	q->cases = q->pad ? VN_BORDER_CASES : 1;
}

static void shape_stage(uint32_t *state, struct vn_qnet *net, int s, int rows, int cols)
{
	struct vn_qstage *q = &net->stages[s];
	const int last = s == net->n_stages - 1;

	snprintf(q->name, sizeof(q->name), s ? "block%d" : "stem", s % 100);
	if (s == 0) {
		shape_stem(state, net, q);
	} else {
		const struct vn_qstage *p = q - 1;

		q->k = q->stride = q->cases = 1;
		q->cin = p->cout;
		q->in_h = q->conv_h = p->out_h;
		q->in_w = q->conv_w = p->out_w;
	}
	pooling(state, q->conv_h, &q->out_h, &q->pool_h);
	pooling(state, q->conv_w, &q->out_w, &q->pool_w);
	q->cout = channels(state, rows, cols);
	q->act = last ? VN_QACT_WSUM : rnd(state) % 4 ? VN_QACT_DW : VN_QACT_NONE;
	q->n = q->act == VN_QACT_NONE ? 0 : rnd_in(state, 0, 4);
}

struct vn_qnet *randnet(uint32_t *state, int rows, int cols)
{
	struct vn_qnet *net = calloc(1, sizeof(*net));
	const int extreme = rnd(state) % 4 == 0, stages = rnd_in(state, 1, 4);
	int s, ok, cin;

	if (!net)
		return NULL;
	net->stages = calloc((size_t)stages, sizeof(*net->stages));
	ok = net->stages != NULL;
	net->n_stages = ok ? stages : 0;
	for (s = 0; s < 4; s++)
		net->std[s] = 1;
	for (s = 0; s < net->n_stages; s++) {
		shape_stage(state, net, s, rows, cols);
		ok = fill_stage(state, &net->stages[s], s == stages - 1, extreme) && ok;
	}
	if (!ok) {
		vn_qnet_free(net);
		return NULL;
	}
	cin = net->stages[stages - 1].cout;
	net->classes = channels(state, rows, cols);
	net->fc_w = weights(state, (size_t)net->classes * cin, extreme);
	net->fc_b = malloc((size_t)net->classes * sizeof(*net->fc_b));
	net->logit_scale = malloc((size_t)net->classes * sizeof(*net->logit_scale));
	for (s = 0; net->fc_w && net->fc_b && net->logit_scale && s < net->classes; s++) {
		net->fc_b[s] = extreme ? (s & 1 ? 2000000000 : -2000000000)
		                       : rnd_in(state, -100000, 100000);
		net->logit_scale[s] = 1;
	}
	return net;
}

void rand_config(uint32_t *state, uint32_t config[VN_CONFIG_WORDS])
{
	static const uint32_t act[] = {1024, 2048, 4096, 65536}, mid[] = {1024, 2048, 16384},
	                      psum[] = {128, 256, 2048};
	static const uint32_t ktiles[] = {1, 2, 3, 1024};

	config[VN_CFG_ACT_WORDS] = act[rnd(state) % 4];
	config[VN_CFG_MID_SLOTS] = mid[rnd(state) % 3];
	config[VN_CFG_PSUM_ENTRIES] = psum[rnd(state) % 3];
	config[VN_CFG_MAX_KTILES] = ktiles[rnd(state) % 4];
}
