/* SPDX-License-Identifier: Apache-2.0
 *
 * calibrate.c - ranges over the calibration images, the equalising move, and the quantiser's outer
 * loop.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/quantise.h"

void vn_scale_of(const struct vn_range *r, int channels, struct vn_scale *out)
{
	double widest = 0;
	int c;

	for (c = 0; c < channels; c++)
		widest = fmax(widest, r[c].high - r[c].low);
	out->scale = widest > 0 ? widest / 255.0 : 1.0;
	/* [-128, 127] has its middle at -1/2. */
	for (c = 0; c < channels; c++)
		out->centre[c] = (float)((r[c].low + r[c].high) / 2 + out->scale / 2);
}

static void widen(struct vn_range *r, double v)
{
	if (v < r->low)
		r->low = v;
	if (v > r->high)
		r->high = v;
}

static struct vn_range *ranges_new(int channels)
{
	struct vn_range *r = malloc((size_t)channels * sizeof(*r));
	int c;

	for (c = 0; r && c < channels; c++)
		r[c] = (struct vn_range){INFINITY, -INFINITY};
	return r;
}

void vn_ranges_free(struct vn_stage_ranges *r, int stages)
{
	int s;

	for (s = 0; r && s < stages; s++) {
		free(r[s].relu);
		free(r[s].out);
		free(r[s].pooled);
	}
	free(r);
}

static int ranges_alloc(const struct vn_net *net, struct vn_stage_ranges **out, vn_error *err)
{
	struct vn_stage_ranges *r = calloc((size_t)net->n_stages, sizeof(*r));
	int s, ok = r != NULL;

	for (s = 0; ok && s < net->n_stages; s++) {
		const int c = net->stages[s].cout;

		r[s].relu = ranges_new(c);
		r[s].out = ranges_new(c);
		r[s].pooled = s == net->n_stages - 1 ? ranges_new(c) : NULL;
		ok = r[s].relu && r[s].out && (r[s].pooled || s < net->n_stages - 1);
	}
	if (!ok) {
		vn_ranges_free(r, net->n_stages);
		return vn_fail_nomem(err, sizeof(*r), "calibration ranges");
	}
	*out = r;
	return 0;
}

static void see_stage(const struct vn_stage *f, const float *relu, const float *out,
                      struct vn_stage_ranges *r)
{
	const size_t n = (size_t)f->out_h * f->out_w;
	size_t i;
	int c;

	for (c = 0; c < f->cout; c++) {
		double sum = 0;

		widen(&r->relu[c], 0); /* ReLU's zero must stay representable */
		for (i = 0; i < n; i++) {
			widen(&r->relu[c], relu[c * n + i]);
			widen(&r->out[c], out[c * n + i]);
			sum += out[c * n + i];
		}
		if (r->pooled)
			widen(&r->pooled[c], sum / (double)n);
	}
}

/* Buffers of one float inference. */
struct maps {
	float *image;
	float **out, **relu; /* [n_stages + 1], [n_stages] */
};

static void maps_free(struct maps *m, int stages)
{
	int s;

	for (s = 0; m->out && s <= stages; s++)
		free(m->out[s]);
	for (s = 0; m->relu && s < stages; s++)
		free(m->relu[s]);
	free(m->out);
	free(m->relu);
	free(m->image);
	*m = (struct maps){0};
}

static int maps_alloc(const struct vn_net *net, struct maps *m, vn_error *err)
{
	const size_t pixels = (size_t)net->in_c * net->in_h * net->in_w;
	int s, ok;

	m->image = malloc(pixels * sizeof(float));
	m->out = calloc((size_t)net->n_stages + 1, sizeof(*m->out));
	m->relu = calloc((size_t)net->n_stages, sizeof(*m->relu));
	ok = m->image && m->out && m->relu;
	for (s = 0; ok && s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const size_t n = (size_t)f->cout * f->out_h * f->out_w;

		m->out[s] = malloc(n * sizeof(float));
		m->relu[s] = malloc(n * sizeof(float));
		ok = m->out[s] && m->relu[s];
	}
	if (ok)
		m->out[s] = malloc((size_t)net->classes * sizeof(float));
	if (ok && m->out[s])
		return 0;
	maps_free(m, net->n_stages);
	return vn_fail_nomem(err, pixels * sizeof(float), "calibration maps");
}

static void normalise(const struct vn_net *net, const uint8_t *pixels, float *out)
{
	const size_t n = (size_t)net->in_h * net->in_w;
	size_t i;
	int c;

	for (c = 0; c < net->in_c; c++)
		for (i = 0; i < n; i++)
			out[c * n + i] =
			        ((float)pixels[i * net->in_c + c] / 255.0f - net->mean[c]) /
			        net->std[c];
}

static int finite_ranges(const struct vn_net *net, const struct vn_stage_ranges *r, vn_error *err)
{
	int s, c;

	for (s = 0; s < net->n_stages; s++)
		for (c = 0; c < net->stages[s].cout; c++)
			if (!isfinite(r[s].relu[c].high) ||
			    !isfinite(r[s].out[c].high - r[s].out[c].low))
				return vn_fail(err, VN_EMODEL,
				               "check the weights and the normalisation",
				               "%s, channel %d: its values are not finite",
				               net->stages[s].name, c);
	return 0;
}

int vn_calibrate(const struct vn_net *net, const struct vn_calib *calib,
                 const struct vn_compile_options *opt, struct vn_stage_ranges **out, vn_error *err)
{
	const size_t bytes = (size_t)net->in_c * net->in_h * net->in_w;
	struct vn_stage_ranges *r = NULL;
	struct maps m = {0};
	size_t i;
	int s, ret;

	if (!calib->images)
		return vn_fail(err, VN_EARG, "give at least one image with --calib",
		               "no calibration image");
	ret = ranges_alloc(net, &r, err);
	if (ret)
		return ret;
	ret = maps_alloc(net, &m, err);
	for (i = 0; !ret && i < calib->images; i++) {
		normalise(net, calib->pixels + i * bytes, m.image);
		ret = vn_net_run(net, m.image, m.out, m.relu, err);
		for (s = 0; !ret && s < net->n_stages; s++)
			see_stage(&net->stages[s], m.relu[s], m.out[s], &r[s]);
		if (opt->progress)
			opt->progress(opt->ctx, (double)(i + 1) / (double)calib->images);
	}
	maps_free(&m, net->n_stages);
	if (!ret)
		ret = finite_ranges(net, r, err);
	if (ret)
		vn_ranges_free(r, net->n_stages);
	else
		*out = r;
	return ret;
}

/* A stage without a depthwise kernel hands its ReLU straight to the next convolution under ONE
 * scale.  Positive factors pass ReLU and max pooling, so each channel is brought to the same range
 * and the next weights take the factor back. */
static void equalise(struct vn_net *net, struct vn_stage_ranges *r)
{
	int s, c, o;

	for (s = 0; s + 1 < net->n_stages; s++) {
		struct vn_stage *f = &net->stages[s], *next = &net->stages[s + 1];
		const size_t k = (size_t)f->cin * f->k * f->k;

		for (c = 0; !f->act_w && c < f->cout; c++) {
			const double top = r[s].relu[c].high;
			size_t i;

			if (!(top > 0))
				continue;
			for (i = 0; i < k; i++)
				f->w[c * k + i] = (float)(f->w[c * k + i] / top);
			f->b[c] = (float)(f->b[c] / top);
			for (o = 0; o < next->cout; o++)
				next->w[(size_t)o * next->cin + c] *= (float)top;
			r[s].relu[c].high = r[s].out[c].high = 1;
		}
	}
}

static void *take(size_t n, size_t size, int *ok)
{
	void *p = calloc(n, size);

	*ok = *ok && p;
	return p;
}

static int stage_alloc(const struct vn_stage *f, int last, struct vn_qstage *q)
{
	const size_t c = (size_t)f->cout, side = 2 * (size_t)(f->act_w ? f->n : 0) + 1;
	int ok = 1;

	memcpy(q->name, f->name, sizeof(q->name) - 1);
	q->cin = f->cin;
	q->cout = f->cout;
	q->k = f->k;
	q->stride = f->stride;
	q->pad = f->pad;
	q->in_h = f->in_h;
	q->in_w = f->in_w;
	q->conv_h = f->conv_h;
	q->conv_w = f->conv_w;
	q->out_h = f->out_h;
	q->out_w = f->out_w;
	q->pool_h = f->pool_h;
	q->pool_w = f->pool_w;
	q->act = last ? VN_QACT_WSUM : f->act_w ? VN_QACT_DW : VN_QACT_NONE;
	q->n = f->act_w ? f->n : 0;
	q->cases = f->pad ? VN_BORDER_CASES : 1;
	q->w = take(c * f->k * f->k * f->cin, 1, &ok);
	q->b = take(c * q->cases, sizeof(*q->b), &ok);
	q->m1 = take(c, sizeof(*q->m1), &ok);
	q->s1 = take(c, 1, &ok);
	q->centre = take(c, sizeof(*q->centre), &ok);
	if (q->act != VN_QACT_NONE) {
		q->dw = take(c * side * side, 1, &ok);
		q->b2 = take(c, sizeof(*q->b2), &ok);
		q->m2 = take(c, sizeof(*q->m2), &ok);
		q->s2 = take(c, 1, &ok);
	}
	if (last) {
		q->g = take(c * f->out_h * f->out_w, 1, &ok);
		q->bg = take(c, sizeof(*q->bg), &ok);
		q->mg = take(c, sizeof(*q->mg), &ok);
		q->sg = take(c, 1, &ok);
	}
	return ok;
}

static int labels_copy(const struct vn_net *net, struct vn_qnet *q)
{
	int k, ok = 1;

	if (!net->labels)
		return 1;
	q->labels = take((size_t)net->classes, sizeof(*q->labels), &ok);
	for (k = 0; ok && k < net->classes; k++) {
		q->labels[k] = take(strlen(net->labels[k]) + 1, 1, &ok);
		if (ok)
			strcpy(q->labels[k], net->labels[k]);
	}
	return ok;
}

static int qnet_alloc(const struct vn_net *net, struct vn_qnet **out, vn_error *err)
{
	struct vn_qnet *q = calloc(1, sizeof(*q));
	int ok = q != NULL, s;

	if (q) {
		q->in_c = net->in_c;
		q->in_h = net->in_h;
		q->in_w = net->in_w;
		memcpy(q->mean, net->mean, sizeof(q->mean));
		memcpy(q->std, net->std, sizeof(q->std));
		q->recipe = net->recipe;
		q->assumed = !net->normalised;
		q->classes = net->classes;
		q->stages = take((size_t)net->n_stages, sizeof(*q->stages), &ok);
		q->n_stages = q->stages ? net->n_stages : 0;
		for (s = 0; s < q->n_stages; s++)
			ok = stage_alloc(&net->stages[s], s == net->n_stages - 1, &q->stages[s]) &&
			     ok;
		q->fc_w = take((size_t)net->classes * net->stages[net->n_stages - 1].cout, 1, &ok);
		q->fc_b = take((size_t)net->classes, sizeof(*q->fc_b), &ok);
		q->logit_scale = take((size_t)net->classes, sizeof(*q->logit_scale), &ok);
		ok = ok && labels_copy(net, q);
	}
	if (!ok) {
		vn_qnet_free(q);
		return vn_fail_nomem(err, sizeof(*q), "the quantised network");
	}
	*out = q;
	return 0;
}

/* The nine bias vectors are enough only if all inner positions see the whole kernel and all first,
 * and all last, ones are single. */
static int border_is_simple(const struct vn_stage *f, vn_error *err)
{
	const int size[2] = {f->in_h, f->in_w}, out[2] = {f->conv_h, f->conv_w};
	int d;

	for (d = 0; f->pad && d < 2; d++)
		if (f->pad > f->stride ||
		    (out[d] > 2 && (out[d] - 2) * f->stride - f->pad + f->k > size[d]))
			return vn_fail(err, VN_EMODEL,
			               "padding must reach no further than the first and last row "
			               "and column of the stem's output",
			               "stem: padding %d with kernel %d, stride %d touches more "
			               "than one border row",
			               f->pad, f->k, f->stride);
	return 0;
}

static int quantise_all(const struct vn_net *net, const struct vn_stage_ranges *r,
                        struct vn_qnet *q, vn_error *err)
{
	const int last = net->n_stages - 1;
	struct vn_scale pooled = {1.0, calloc((size_t)net->stages[last].cout, sizeof(float))};
	struct vn_scale in = {1.0, NULL};
	int s, ret = 0;

	if (!pooled.centre)
		return vn_fail_nomem(err, (size_t)net->stages[last].cout * sizeof(float),
		                     "centres");
	for (s = 0; s <= last && !ret; s++) {
		ret = vn_quantise_stage(&net->stages[s], s ? NULL : net, s ? &in : NULL, &r[s],
		                        &q->stages[s], &pooled, err);
		in = (struct vn_scale){q->stages[s].scale, q->stages[s].centre};
	}
	if (!ret)
		ret = vn_quantise_fc(net, &pooled, q, err);
	free(pooled.centre);
	return ret;
}

int vn_quantise(struct vn_net *net, const struct vn_calib *calib,
                const struct vn_compile_options *opt, struct vn_qnet **out, vn_error *err)
{
	struct vn_stage_ranges *r;
	struct vn_qnet *q = NULL;
	int ret = border_is_simple(&net->stages[0], err);

	if (!ret)
		ret = vn_calibrate(net, calib, opt, &r, err);
	if (ret)
		return ret;
	equalise(net, r);
	ret = qnet_alloc(net, &q, err);
	if (!ret)
		ret = quantise_all(net, r, q, err);
	vn_ranges_free(r, net->n_stages);
	if (ret) {
		vn_qnet_free(q);
		return ret;
	}
	*out = q;
	return 0;
}
