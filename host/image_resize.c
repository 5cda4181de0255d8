/* SPDX-License-Identifier: Apache-2.0
 *
 * image_resize.c - resizing in two passes, bicubic or bilinear, antialiased when it shrinks.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "host/image.h"

/* Weights are integers of this many fractional bits: with 8 bit pixels a sum fits an int32. */
enum { FRACTION = 22, HALF = 1 << (FRACTION - 1) };

/* For each output position: the first input position and @taps weights, zero past what it needs. */
struct kernel {
	int taps;
	int *first;      /* [out] */
	int32_t *weight; /* [out][taps] */
};

static double cubic(double x)
{
	const double a = -0.5;

	x = fabs(x);
	if (x < 1)
		return ((a + 2) * x - (a + 3)) * x * x + 1;
	if (x < 2)
		return (((x - 5) * x + 8) * x - 4) * a;
	return 0;
}

static double triangle(double x)
{
	return fmax(0, 1 - fabs(x));
}

/* A filter and how far it reaches on either side. */
struct filter {
	double (*at)(double x);
	double reach;
};

static const struct filter FILTERS[] = {{cubic, 2}, {triangle, 1}};

static void free_kernel(struct kernel *k)
{
	free(k->first);
	free(k->weight);
}

/* Weights of output position @i: normalised in floating point, then rounded. */
static void fill(struct kernel *k, const struct filter *f, int i, int in, double scale, double *w)
{
	const double wide = scale < 1 ? 1 : scale, reach = f->reach * wide;
	const double centre = (i + 0.5) * scale;
	const int low = (int)(centre - reach + 0.5), high = (int)(centre + reach + 0.5);
	const int first = low < 0 ? 0 : low, end = high > in ? in : high;
	double sum = 0;

	for (int x = first; x < end; x++)
		sum += w[x - first] = f->at((x - centre + 0.5) / wide);
	k->first[i] = first;
	for (int x = first; x < end; x++) {
		const double v = w[x - first] / sum * (1 << FRACTION);

		k->weight[(size_t)i * (size_t)k->taps + (size_t)(x - first)] =
		        (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
	}
}

static int make_kernel(struct kernel *k, const struct filter *f, int in, int out)
{
	const double scale = (double)in / out;
	double *w;

	k->taps = (int)ceil(f->reach * (scale < 1 ? 1 : scale)) * 2 + 1;
	if (k->taps > in)
		k->taps = in;
	w = malloc((size_t)k->taps * sizeof(*w));
	k->first = calloc((size_t)out, sizeof(*k->first));
	k->weight = calloc((size_t)out * (size_t)k->taps, sizeof(*k->weight));
	if (w && k->first && k->weight)
		for (int i = 0; i < out; i++)
			fill(k, f, i, in, scale, w);
	free(w);
	return w && k->first && k->weight ? 0 : -1;
}

static uint8_t clip(int32_t sum)
{
	sum >>= FRACTION;
	return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One output byte: inputs lie @step bytes apart, the first of the axis at @in. */
static uint8_t apply(const struct kernel *k, int i, int size, const uint8_t *in, size_t step)
{
	const int32_t *w = k->weight + (size_t)i * (size_t)k->taps;
	const int first = k->first[i];
	const int taps = size - first < k->taps ? size - first : k->taps;
	int32_t sum = HALF;

	in += (size_t)first * step;
	for (int t = 0; t < taps; t++)
		sum += w[t] * in[(size_t)t * step];
	return clip(sum);
}

static void pass_across(const struct kernel *k, const struct vh_raster *in, struct vh_raster *out)
{
	const size_t c = (size_t)in->c;
	uint8_t *dst = out->pixels;

	for (int y = 0; y < out->h; y++)
		for (int x = 0; x < out->w; x++)
			for (size_t i = 0; i < c; i++)
				*dst++ = apply(k, x, in->w,
				               in->pixels + (size_t)y * (size_t)in->w * c + i, c);
}

static void pass_down(const struct kernel *k, const struct vh_raster *in, struct vh_raster *out)
{
	const size_t line = (size_t)in->w * (size_t)in->c;
	uint8_t *dst = out->pixels;

	for (int y = 0; y < out->h; y++)
		for (size_t i = 0; i < line; i++)
			*dst++ = apply(k, y, in->h, in->pixels + i, line);
}

/* @to: @r resized along one axis to its sizes, in new memory. */
static int one_pass(const struct filter *f, const struct vh_raster *r, struct vh_raster *to,
                    vn_error *err)
{
	const int across = to->w != r->w;
	struct kernel k = {0};
	int rc = vh_raster_alloc(to, "resized picture", err);

	if (!rc && make_kernel(&k, f, across ? r->w : r->h, across ? to->w : to->h)) {
		free(to->pixels);
		rc = vn_fail(err, VN_ENOMEM, NULL, "no memory to resize a picture");
	}
	if (!rc)
		(across ? pass_across : pass_down)(&k, r, to);
	free_kernel(&k);
	return rc;
}

/* Replace @r by itself resized along one axis. */
static int resize_axis(const struct filter *f, struct vh_raster *r, int h, int w, vn_error *err)
{
	struct vh_raster to = {.c = r->c, .h = h, .w = w};
	int rc;

	if (h == r->h && w == r->w)
		return 0;
	rc = one_pass(f, r, &to, err);
	if (rc)
		return rc;
	free(r->pixels);
	r->pixels = to.pixels;
	r->h = h;
	r->w = w;
	return 0;
}

int vh_resize(struct vh_raster *r, int h, int w, int bilinear, vn_error *err)
{
	const struct filter *f = &FILTERS[bilinear != 0];
	int rc = resize_axis(f, r, r->h, w, err);

	return rc ? rc : resize_axis(f, r, h, r->w, err);
}
