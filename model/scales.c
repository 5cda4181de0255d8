/* SPDX-License-Identifier: Apache-2.0
 *
 * scales.c - units and centres of a stage's tensors.
 *
 * Every channel has a unit of its own.  That of an output is folded into the next layer's column:
 * over the reals a positive factor moves freely between a channel and whoever reads it, so the
 * choice is free, and made such that a network with its channels rescaled comes out the same.
 */
#include "model/quantise.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { MOST_TAPS = 81 }; /* of a depthwise kernel */

/* Standard deviation of what rounding its @n inputs to integers leaves in an accumulator.  A unit
 * finer than that resolves nothing, and clips what calibration did not see. */
static double rounding(const double *row, size_t n)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += row[i] * row[i];
	return sqrt(squares / 12);
}

/* Few different images have not shown the ends of the ranges: how much further @r is taken to reach,
 * though no wider than what the file tells of it. */
static double headroom(const struct vn_seen *seen, struct vn_range r, struct vn_bounds told)
{
	const double room = fmax(1, 4 / sqrt(seen->distinct)), width = r.high - r.low;

	if (!(told.high > told.low) || !(width > 0))
		return room;
	return fmax(1, fmin(room, (told.high - told.low) / width));
}

/* An average over the map lies within the map's range.  That is all one image tells of it; the more
 * there are, the more the averages speak for themselves. */
static double pooled_part(const struct vn_seen *seen)
{
	return seen->distinct < VN_DISTINCT_ENOUGH ? fmin(1, 2 / sqrt(seen->distinct)) : 0;
}

/* ---- after ReLU ---- */

/* A unit that divides the range's top, so that a constant channel is exact. */
static double relu_unit(double top, double floor, double room)
{
	const double unit = fmax(top * room / 255, floor);

	return top > unit ? top / trunc(top / unit) : unit;
}

static int choose_relu(struct vn_quantiser *z, int s, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t k = (size_t)f->k * f->k * f->cin;
	const struct vn_range *relu = z->seen->stages[s].relu;
	double *row = malloc(k * sizeof(*row));

	if (!row)
		return vn_fail_nomem(err, k * sizeof(*row), "a weight row");
	for (int o = 0; o < f->cout; o++) {
		vn_conv_row(z, s, o, row);
		z->relu_unit[o] = relu_unit(relu[o].high, rounding(row, k),
		                            headroom(z->seen, relu[o], f->relu_bounds));
	}
	free(row);
	return 0;
}

/* ---- outputs ---- */

/* Units no further apart than what a float holds; none is 0. */
static void settle(double *unit, int channels)
{
	double widest = 0;

	for (int c = 0; c < channels; c++)
		widest = fmax(widest, unit[c]);
	for (int c = 0; c < channels; c++)
		unit[c] = fmax(unit[c], widest > 0 ? widest * FLT_MIN : 1.0);
}

static void choose_centres(const struct vn_range *r, int channels, struct vn_scale *out)
{
	for (int c = 0; c < channels; c++) {
		const double width = r[c].high - r[c].low, unit = out->unit[c];

		/* [-128, 127] has its middle at -1/2; a narrow range, and so a constant, lies
		 * about 0. */
		out->centre[c] =
		        (float)((r[c].low + r[c].high) / 2 + (width > 254 * unit ? unit / 2 : 0));
	}
}

/* What the accumulator of channel @c is unsure of with @n taps over the uint8 map; that of a
 * constant only of its bias, below one unit of the weights. */
static double floor_of(const struct vn_quantiser *z, int s, int c, const double *taps, size_t n)
{
	double most = 0;

	if (!vn_is_still(&z->net->stages[s], c))
		return rounding(taps, n) * z->relu_unit[c];
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(taps[i]));
	return most / VN_WEIGHT_MAX * z->relu_unit[c];
}

/* Units and centres of one output with ranges @r, within @told; @least: [cout] widths that it must
 * have room for. */
static void choose_output(const struct vn_quantiser *z, int s, const struct vn_range *r,
                          struct vn_bounds told, const double *least, struct vn_scale *out)
{
	const int channels = z->net->stages[s].cout;

	for (int c = 0; c < channels; c++)
		out->unit[c] =
		        fmax((r[c].high - r[c].low) * headroom(z->seen, r[c], told), least[c]) /
		        255;
	settle(out->unit, channels);
	choose_centres(r, channels, out);
}

static void choose_tap(struct vn_quantiser *z, int s, double *least, double *taps)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t side = f->act_w ? 2 * (size_t)f->n + 1 : 1;

	for (int c = 0; c < f->cout; c++) {
		vn_depthwise_taps(f, c, taps);
		least[c] = 255 * floor_of(z, s, c, taps, side * side);
	}
	choose_output(z, s, z->seen->stages[s].out, f->out_bounds, least, &z->out);
}

static void choose_pooled(struct vn_quantiser *z, int s, double *least, double *taps)
{
	const struct vn_stage *f = &z->net->stages[s];
	const struct vn_stage_seen *seen = &z->seen->stages[s];
	const size_t n = (size_t)f->out_h * f->out_w;

	for (int c = 0; c < f->cout; c++) {
		vn_pool_taps(f, c, taps);
		least[c] = fmax(255 * floor_of(z, s, c, taps, n),
		                pooled_part(z->seen) * (seen->out[c].high - seen->out[c].low));
	}
	choose_output(z, s, seen->pooled, f->pooled_bounds, least, &z->pooled);
}

/* The map after ReLU is the output: one unit, and -128 stands for its zero. */
static void choose_plain(struct vn_quantiser *z, int s)
{
	const int channels = z->net->stages[s].cout;

	memcpy(z->out.unit, z->relu_unit, (size_t)channels * sizeof(*z->out.unit));
	settle(z->out.unit, channels);
	for (int c = 0; c < channels; c++)
		z->out.centre[c] = (float)(128 * z->out.unit[c]);
}

int vn_choose_scales(struct vn_quantiser *z, int s, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const int last = s == z->net->n_stages - 1;
	const size_t most = last ? (size_t)f->out_h * f->out_w + MOST_TAPS : MOST_TAPS;
	double *taps = malloc((most + (size_t)f->cout) * sizeof(*taps)), *least = taps + most;
	int ret;

	if (!taps)
		return vn_fail_nomem(err, (most + (size_t)f->cout) * sizeof(*taps), "scales");
	ret = choose_relu(z, s, err);
	if (!ret && !f->act_w && !last)
		choose_plain(z, s);
	else if (!ret)
		choose_tap(z, s, least, taps);
	if (!ret && last)
		choose_pooled(z, s, least, taps);
	free(taps);
	return ret;
}
