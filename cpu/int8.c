/* SPDX-License-Identifier: Apache-2.0
 *
 * int8.c - the network in int8 as libraries do it: maps in u8 with a scale and a zero point each,
 * from the least and largest value that calibration saw; weights in s8 with a scale for each output
 * channel; sums and biases in 32 bits.
 *
 * A zero point goes into the next layer's bias: no layer behind one pads its map.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "cpu/plan.h"

/* ---- ranges ---- */

struct span {
	float low, high; /* with 0 always inside */
	int broken;      /* a value was not finite */
};

static void stretch(struct span *s, const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->broken |= !isfinite(v[i]);
		s->low = v[i] < s->low ? v[i] : s->low;
		s->high = v[i] > s->high ? v[i] : s->high;
	}
}

static int range_of(const struct span *s, const char *what, struct vn_cpu_range *r, vn_error *err)
{
	const float width = s->high - s->low;

	if (s->broken || !isfinite(width))
		return vn_fail(err, VN_EMODEL, "do the weights hold NaN or infinity?",
		               "cpu:int8: the range of %s is not finite", what);
	r->scale = width > 0 ? width / 255 : 1;
	r->zero = (int)rintf(-s->low / r->scale);
	return 0;
}

/* Buffers of one float inference, and what they held at most. */
struct watch {
	float *image, *out[VN_MAX_STAGES + 1], *relu[VN_MAX_STAGES];
	struct span in, mean, after_relu[VN_MAX_STAGES], after[VN_MAX_STAGES];
};

static size_t values(const struct vn_stage *st)
{
	return (size_t)st->cout * (size_t)st->out_h * (size_t)st->out_w;
}

static int watch_alloc(const struct vn_net *net, struct watch *w, vn_error *err)
{
	const size_t image = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	int ok = (w->image = malloc(image * sizeof(float))) != NULL;

	for (int s = 0; s < net->n_stages; s++) {
		const size_t bytes = values(&net->stages[s]) * sizeof(float);

		ok = ok && (w->out[s] = malloc(bytes)) && (w->relu[s] = malloc(bytes));
	}
	return ok ? 0 : vn_fail_nomem(err, image * sizeof(float), "calibrating cpu:int8");
}

static void watch_free(const struct vn_net *net, struct watch *w)
{
	free(w->image);
	for (int s = 0; s < net->n_stages; s++) {
		free(w->out[s]);
		free(w->relu[s]);
	}
	free(w);
}

static int look_at(const struct vn_net *net, const uint8_t *pixels, struct watch *w, vn_error *err)
{
	const struct vn_stage *last = &net->stages[net->n_stages - 1];
	const size_t area = (size_t)last->out_h * (size_t)last->out_w;
	int rc;

	vn_net_normalise(net, pixels, w->image);
	rc = vn_net_run(net, w->image, w->out, w->relu, err);
	for (int s = 0; s < net->n_stages && !rc; s++) {
		stretch(&w->after_relu[s], w->relu[s], values(&net->stages[s]));
		stretch(&w->after[s], w->out[s], values(&net->stages[s]));
	}
	for (size_t c = 0; c < (size_t)last->cout && !rc; c++) {
		float mean = 0;

		for (size_t i = 0; i < area; i++)
			mean += w->out[net->n_stages - 1][c * area + i] / (float)area;
		stretch(&w->mean, &mean, 1);
	}
	return rc;
}

static int ranges(const struct vn_net *net, const struct watch *w, struct vn_cpu_ranges *r,
                  vn_error *err)
{
	int rc = range_of(&w->in, "the image", &r->image, err);

	rc = rc ? rc : range_of(&w->mean, "the average", &r->mean, err);
	for (int s = 0; s < net->n_stages && !rc; s++) {
		rc = range_of(&w->after_relu[s], net->stages[s].name, &r->relu[s], err);
		rc = rc ? rc : range_of(&w->after[s], net->stages[s].name, &r->out[s], err);
	}
	return rc;
}

int vn_cpu_calibrate(const struct vn_net *net, const struct vn_cpu_options *o,
                     struct vn_cpu_ranges *r, vn_error *err)
{
	const size_t image = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	struct watch *w = calloc(1, sizeof(*w));
	int rc = w ? watch_alloc(net, w, err) : vn_fail_nomem(err, sizeof(*w), "calibrating");

	for (int c = 0; c < net->in_c && !rc; c++) {
		const float ends[] = {-net->mean[c] / net->std[c],
		                      (1 - net->mean[c]) / net->std[c]};

		stretch(&w->in, ends, 2);
	}
	for (size_t i = 0; i < o->images && !rc; i++)
		rc = look_at(net, o->pixels + i * image, w, err);
	if (!rc)
		rc = ranges(net, w, r, err);
	if (w)
		watch_free(net, w);
	return rc;
}

/* ---- layers ---- */

void vn_cpu_layer_free(struct vn_cpu_layer *layer)
{
	free((void *)layer->w);
	free((void *)layer->b);
	free((void *)layer->scales);
}

static int all_finite(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return 0;
	return 1;
}

/* One output channel: its weights, its bias in units of its sums, and what scales these. */
static void round_channel(const float *w, float b, size_t taps, const struct vn_cpu_range *in,
                          const struct vn_cpu_range *out, int most, int8_t *q, int32_t *bias,
                          float *scale)
{
	const float real = b + (out ? (float)out->zero * out->scale : 0);
	float largest = 0, unit;
	int32_t sum = 0;

	for (size_t i = 0; i < taps; i++)
		largest = fabsf(w[i]) > largest ? fabsf(w[i]) : largest;
	unit = largest / (float)most;
	/* a channel of nearly nothing but bias, which must fit 32 bits */
	if (unit * in->scale * (float)(1 << 29) < fabsf(real))
		unit = fabsf(real) / (in->scale * (float)(1 << 29));
	if (!(unit > 0))
		unit = 1;
	for (size_t i = 0; i < taps; i++) {
		q[i] = (int8_t)rintf(w[i] / unit);
		sum += q[i];
	}
	*bias = (int32_t)rintf(real / (in->scale * unit)) - in->zero * sum;
	*scale = in->scale * unit / (out ? out->scale : 1);
}

int vn_cpu_round(const float *w, const float *b, int cout, size_t taps,
                 const struct vn_cpu_range *in, const struct vn_cpu_range *out, int weight_most,
                 struct vn_cpu_layer *layer, vn_error *err)
{
	int8_t *q = malloc((size_t)cout * taps);
	int32_t *bias = malloc((size_t)cout * sizeof(*bias));
	float *scales = malloc((size_t)cout * sizeof(*scales));

	*layer = (struct vn_cpu_layer){.in = dnnl_u8,
	                               .out = out ? dnnl_u8 : dnnl_f32,
	                               .weight = dnnl_s8,
	                               .bias = dnnl_s32,
	                               .w = q,
	                               .b = bias,
	                               .scales = scales};
	if (!q || !bias || !scales) {
		vn_cpu_layer_free(layer);
		return vn_fail_nomem(err, (size_t)cout * taps, "the weights of cpu:int8");
	}
	if (!all_finite(w, (size_t)cout * taps) || !all_finite(b, (size_t)cout)) {
		vn_cpu_layer_free(layer);
		return vn_fail(err, VN_EMODEL, NULL, "cpu:int8: a weight is NaN or infinity");
	}
	if (out)
		layer->range = *out;
	for (size_t c = 0; c < (size_t)cout; c++)
		round_channel(w + c * taps, b[c], taps, in, out, weight_most, q + c * taps,
		              &bias[c], &scales[c]);
	return 0;
}
