/* SPDX-License-Identifier: Apache-2.0
 *
 * calibrate.c - what every channel of the float reference does over the calibration images.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/quantise.h"

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

void vn_seen_free(struct vn_seen *seen)
{
	int s;

	if (!seen)
		return;
	for (s = 0; seen->stages && s < seen->n_stages; s++) {
		struct vn_stage_seen *r = &seen->stages[s];

		free(r->relu);
		free(r->out);
		free(r->pooled);
		free(r->relu_mean);
		free(r->out_mean);
	}
	free(seen->stages);
	free(seen->image_mean);
	free(seen);
}

static int stage_seen_alloc(const struct vn_stage *f, int last, struct vn_stage_seen *r)
{
	r->relu = ranges_new(f->cout);
	r->out = ranges_new(f->cout);
	r->pooled = last ? ranges_new(f->cout) : NULL;
	r->relu_mean = calloc((size_t)f->cout * f->out_h * f->out_w, sizeof(*r->relu_mean));
	r->out_mean = calloc((size_t)f->cout, sizeof(*r->out_mean));
	return r->relu && r->out && (r->pooled || !last) && r->relu_mean && r->out_mean;
}

static int seen_alloc(const struct vn_net *net, struct vn_seen **out, vn_error *err)
{
	const size_t pixels = (size_t)net->in_c * net->in_h * net->in_w;
	struct vn_seen *seen = calloc(1, sizeof(*seen));
	int s, ok = seen != NULL;

	if (ok) {
		seen->n_stages = net->n_stages;
		seen->stages = calloc((size_t)net->n_stages, sizeof(*seen->stages));
		seen->image_mean = calloc(pixels, sizeof(*seen->image_mean));
		ok = seen->stages && seen->image_mean;
	}
	for (s = 0; ok && s < net->n_stages; s++)
		ok = stage_seen_alloc(&net->stages[s], s == net->n_stages - 1, &seen->stages[s]);
	if (!ok) {
		vn_seen_free(seen);
		return vn_fail_nomem(err, pixels * sizeof(double), "calibration statistics");
	}
	*out = seen;
	return 0;
}

static void see_image(const struct vn_net *net, const uint8_t *pixels, double part,
                      struct vn_seen *seen)
{
	const size_t n = (size_t)net->in_h * net->in_w;
	size_t i;
	int c;

	for (c = 0; c < net->in_c; c++)
		for (i = 0; i < n; i++)
			seen->image_mean[c * n + i] += part * (pixels[i * net->in_c + c] - 128);
}

/* @part: of the calibration set that one image is. */
static void see_stage(const struct vn_stage *f, const float *relu, const float *out, double part,
                      struct vn_stage_seen *r)
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
			r->relu_mean[c * n + i] += part * relu[c * n + i];
			sum += out[c * n + i];
		}
		r->out_mean[c] += part * sum / (double)n;
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

static int finite_ranges(const struct vn_net *net, const struct vn_seen *seen, vn_error *err)
{
	int s, c;

	for (s = 0; s < net->n_stages; s++)
		for (c = 0; c < net->stages[s].cout; c++) {
			const struct vn_stage_seen *r = &seen->stages[s];

			if (!isfinite(r->relu[c].high) || !isfinite(r->out[c].high - r->out[c].low))
				return vn_fail(err, VN_EMODEL,
				               "check the weights and the normalisation",
				               "%s, channel %d: its values are not finite",
				               net->stages[s].name, c);
		}
	return 0;
}

int vn_each_image(const struct vn_net *net, const struct vn_calib *calib, vn_see see, void *ctx,
                  const struct vn_compile_options *opt, double begin, double end, vn_error *err)
{
	const size_t bytes = (size_t)net->in_c * net->in_h * net->in_w;
	struct maps m = {0};
	size_t i;
	int ret = maps_alloc(net, &m, err);

	for (i = 0; !ret && i < calib->images; i++) {
		const uint8_t *pixels = calib->pixels + i * bytes;
		const double part = (double)(i + 1) / (double)calib->images;

		vn_net_normalise(net, pixels, m.image);
		ret = vn_net_run(net, m.image, m.out, m.relu, err);
		if (!ret)
			see(ctx, pixels, m.relu, m.out);
		if (opt->progress)
			opt->progress(opt->ctx, begin + part * (end - begin));
	}
	maps_free(&m, net->n_stages);
	return ret;
}

struct first_look {
	const struct vn_net *net;
	struct vn_seen *seen;
	struct vn_distinct *distinct;
	float *logits; /* [classes] of the first image */
	size_t n;      /* images seen */
	double part;   /* of the calibration set that one image is */
};

static void see_logits(struct first_look *l, const float *logits)
{
	const size_t bytes = (size_t)l->net->classes * sizeof(*logits);

	if (!l->n++)
		memcpy(l->logits, logits, bytes);
	else if (memcmp(l->logits, logits, bytes))
		l->seen->same_logits = 0;
}

static void look(void *ctx, const uint8_t *pixels, float *const *relu, float *const *out)
{
	struct first_look *l = ctx;
	const struct vn_net *net = l->net;
	int s;

	see_image(net, pixels, l->part, l->seen);
	for (s = 0; s < net->n_stages; s++)
		see_stage(&net->stages[s], relu[s], out[s], l->part, &l->seen->stages[s]);
	vn_distinct_see(l->distinct, out[net->n_stages - 1]);
	see_logits(l, out[net->n_stages]);
}

/* ---- what the file itself tells ---- */

static void limit(struct vn_range *r, int channels, struct vn_bounds b)
{
	int c;

	for (c = 0; c < channels && b.high > b.low; c++) {
		r[c].low = fmin(fmax(r[c].low, b.low), b.high);
		r[c].high = fmin(fmax(r[c].high, b.low), b.high);
	}
}

/* The trained network saturates there: a channel's range is never wider. */
static void limit_ranges(const struct vn_net *net, struct vn_seen *seen)
{
	int s;

	for (s = 0; s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const struct vn_bounds out = f->act_w ? f->out_bounds : f->relu_bounds;
		struct vn_stage_seen *r = &seen->stages[s];

		limit(r->relu, f->cout, f->relu_bounds);
		limit(r->out, f->cout, out);
		if (!r->pooled)
			continue;
		limit(r->pooled, f->cout, out);
		limit(r->pooled, f->cout, f->pooled_bounds);
	}
}

int vn_calibrate(const struct vn_net *net, const struct vn_calib *calib,
                 const struct vn_compile_options *opt, struct vn_seen **out, vn_error *err)
{
	const int clips = opt->range != VN_RANGE_MINMAX;
	struct first_look l = {.net = net, .part = 1 / (double)calib->images};
	int ret;

	if (!calib->images)
		return vn_fail(err, VN_EARG, "give at least one image with --calib",
		               "no calibration image");
	ret = seen_alloc(net, &l.seen, err);
	if (ret)
		return ret;
	l.seen->same_logits = 1;
	l.logits = malloc((size_t)net->classes * sizeof(*l.logits));
	l.distinct = vn_distinct_new(&net->stages[net->n_stages - 1]);
	if (!l.distinct || !l.logits)
		ret = vn_fail_nomem(err, sizeof(l), "calibration statistics");
	if (!ret)
		ret = vn_each_image(net, calib, look, &l, opt, 0, clips ? 0.5 : 1, err);
	if (!ret)
		ret = finite_ranges(net, l.seen, err);
	if (!ret) {
		l.seen->distinct = vn_distinct_count(l.distinct);
		if (clips)
			ret = vn_clip(net, calib, opt, l.seen, err);
		limit_ranges(net, l.seen);
	}
	vn_distinct_free(l.distinct);
	free(l.logits);
	if (ret)
		vn_seen_free(l.seen);
	else
		*out = l.seen;
	return ret;
}
