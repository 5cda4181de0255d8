/* SPDX-License-Identifier: Apache-2.0
 *
 * clip.c - ranges that leave out what is rare: from a histogram of every channel.
 */
#include "model/quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { BINS = 512 };

/* Part of a channel's values that a percentile leaves out, at either end together. */
static const double OUTERMOST = 1e-4;

/* One tensor: a histogram per channel over its range. */
struct tensor {
	struct vn_range *range;
	int channels;
	int from_zero; /* ReLU: 0 is exact and is not counted, and low stays */
	double values; /* of a channel, those that are not counted included */
	uint32_t (*bin)[BINS];
};

struct histograms {
	const struct vn_net *net;
	struct tensor *relu, *out; /* [n_stages] */
	struct tensor pooled;
};

/* ---- counting ---- */

static void count(struct tensor *t, int c, double v)
{
	const struct vn_range *r = &t->range[c];
	const double width = r->high - r->low;
	int i;

	if (!(width > 0) || (t->from_zero && !(v > 0)))
		return;
	i = (int)((v - r->low) / width * BINS);
	t->bin[c][i < 0 ? 0 : i >= BINS ? BINS - 1 : i]++;
}

static void count_map(struct tensor *t, const float *map, size_t n)
{
	for (int c = 0; c < t->channels; c++)
		for (size_t i = 0; i < n; i++)
			count(t, c, *map++);
}

static void count_image(void *ctx, const uint8_t *pixels, float *const *relu, float *const *out)
{
	struct histograms *h = ctx;
	const int stages = h->net->n_stages;
	const float *map = out[stages - 1];

	(void)pixels;
	for (int s = 0; s < stages; s++) {
		const struct vn_stage *f = &h->net->stages[s];
		const size_t n = (size_t)f->out_h * (size_t)f->out_w;

		count_map(&h->relu[s], relu[s], n);
		count_map(&h->out[s], out[s], n);
		for (int c = 0; s == stages - 1 && c < f->cout; c++) {
			double sum = 0;

			for (size_t i = 0; i < n; i++)
				sum += *map++;
			count(&h->pooled, c, sum / (double)n);
		}
	}
}

/* ---- choosing ---- */

/* Sums over bins [0, i) of the values' powers. */
struct prefix {
	double n[BINS + 1], sum[BINS + 1], square[BINS + 1];
};

static void sum_up(const uint32_t bin[BINS], struct prefix *p)
{
	p->n[0] = p->sum[0] = p->square[0] = 0;
	for (int i = 0; i < BINS; i++) {
		const double at = i + 0.5;

		p->n[i + 1] = p->n[i] + bin[i];
		p->sum[i + 1] = p->sum[i] + at * bin[i];
		p->square[i + 1] = p->square[i] + at * at * bin[i];
	}
}

/* Sum of squared errors if only bins [low, high) are covered: 255 steps within, clipped without. */
static double squares(const struct prefix *p, int low, int high)
{
	const double step = (high - low) / 255.0;
	const double above = p->square[BINS] - p->square[high] -
	                     2 * high * (p->sum[BINS] - p->sum[high]) +
	                     (double)high * high * (p->n[BINS] - p->n[high]);
	const double below = p->square[low] - 2 * low * p->sum[low] + (double)low * low * p->n[low];

	return (p->n[high] - p->n[low]) * step * step / 12 + above + below;
}

static void least_squares(const struct prefix *p, int from_zero, int *low, int *high)
{
	double best = squares(p, *low, *high);

	/* One end at a time; the second round sees the first's other end. */
	for (int end = from_zero; end < 4; end += from_zero ? 2 : 1) {
		for (int i = 1; i < BINS; i++) {
			const int l = end % 2 ? *low : i - 1, h = end % 2 ? i : *high;
			const double s = l < h ? squares(p, l, h) : best;

			if (s < best) {
				best = s;
				*low = l;
				*high = h;
			}
		}
	}
}

static void leave_outermost(const struct prefix *p, double values, int from_zero, int *low,
                            int *high)
{
	const double out = values * OUTERMOST / (from_zero ? 1 : 2);

	while (*high > 1 && p->n[BINS] - p->n[*high - 1] <= out)
		--*high;
	while (!from_zero && *low < *high - 1 && p->n[*low + 1] <= out)
		++*low;
}

static void narrow(const struct tensor *t, int kind)
{
	for (int c = 0; c < t->channels; c++) {
		struct vn_range *r = &t->range[c];
		const double unit = (r->high - r->low) / BINS;
		struct prefix p;
		int low = 0, high = BINS;

		if (!(unit > 0))
			continue;
		sum_up(t->bin[c], &p);
		if (kind == VN_RANGE_MSE)
			least_squares(&p, t->from_zero, &low, &high);
		else
			leave_outermost(&p, t->values, t->from_zero, &low, &high);
		*r = (struct vn_range){r->low + low * unit, r->low + high * unit};
	}
}

/* ---- the whole ---- */

static int tensor_new(struct tensor *t, struct vn_range *range, int channels, int from_zero,
                      double values)
{
	*t = (struct tensor){range, channels, from_zero, values, NULL};
	t->bin = calloc((size_t)channels, sizeof(*t->bin));
	return t->bin != NULL;
}

static int alloc(struct histograms *h, struct vn_seen *seen, double images, vn_error *err)
{
	const struct vn_net *net = h->net;
	const int last = net->n_stages - 1;
	int ok;

	h->relu = calloc((size_t)net->n_stages, sizeof(*h->relu));
	h->out = calloc((size_t)net->n_stages, sizeof(*h->out));
	ok = h->relu && h->out;
	for (int s = 0; ok && s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const double values = images * f->out_h * f->out_w;

		ok = tensor_new(&h->relu[s], seen->stages[s].relu, f->cout, 1, values) &&
		     tensor_new(&h->out[s], seen->stages[s].out, f->cout, 0, values);
	}
	ok = ok &&
	     tensor_new(&h->pooled, seen->stages[last].pooled, net->stages[last].cout, 0, images);
	return ok ? 0 : vn_fail_nomem(err, sizeof(*h->pooled.bin), "histograms");
}

int vn_clip(const struct vn_net *net, const struct vn_calib *calib,
            const struct vn_compile_options *opt, struct vn_seen *seen, vn_error *err)
{
	struct histograms h = {.net = net};
	int ret = alloc(&h, seen, (double)calib->images, err);

	if (!ret)
		ret = vn_each_image(net, calib, count_image, &h, opt, 0.5, 1, err);
	for (int s = 0; !ret && s < net->n_stages; s++) {
		narrow(&h.relu[s], opt->range);
		narrow(&h.out[s], opt->range);
	}
	if (!ret)
		narrow(&h.pooled, opt->range);
	for (int s = 0; s < net->n_stages; s++) {
		if (h.relu)
			free(h.relu[s].bin);
		if (h.out)
			free(h.out[s].bin);
	}
	free(h.relu);
	free(h.out);
	free(h.pooled.bin);
	return ret;
}
