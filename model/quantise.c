/* SPDX-License-Identifier: Apache-2.0
 *
 * quantise.c - from float stages to the integers of docs/number-formats.md.
 *
 * Per stage: an input (one scale, a centre per channel), a convolution quantised per output
 * channel, a uint8 map with a scale per channel, a depthwise kernel quantised per channel, an
 * output (one scale, a centre per channel). Centres are real offsets that the next convolution's
 * bias absorbs, so every channel uses all of [-128, 127].
 */
#include "model/quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* M/2^S next to @ratio, M with as many of its 17 bits as possible.  ratio 0: a dead channel. */
static void requantiser(double ratio, uint32_t *m, uint8_t *s)
{
	const double most = (1u << VN_REQ_M_BITS) - 1;
	int exp, shift;
	double v;

	*m = 0;
	*s = VN_REQ_S_MIN;
	if (!(ratio > 0))
		return;
	frexp(ratio, &exp); /* ratio = f * 2^exp, f in [0.5, 1) */
	shift = VN_REQ_M_BITS - exp;
	shift = shift < VN_REQ_S_MIN ? VN_REQ_S_MIN : shift > VN_REQ_S_MAX ? VN_REQ_S_MAX : shift;
	v = nearbyint(ldexp(ratio, shift));
	if (v > most && shift > VN_REQ_S_MIN)
		v = nearbyint(ldexp(ratio, --shift));
	*m = (uint32_t)(v > most ? most : v);
	*s = (uint8_t)shift;
}

/* Real value of one weight unit of a row, at least so large that @bias stays within 30 bits. */
static double weight_unit(const double *row, size_t n, double bias)
{
	double most = 0, least = fabs(bias) / (1 << 30);
	size_t i;

	for (i = 0; i < n; i++)
		most = fmax(most, fabs(row[i]));
	most /= VN_WEIGHT_MAX;
	if (most < least)
		most = least;
	return most > 0 ? most : 1.0;
}

/* Round @row to @q in units of @unit; the sum of magnitudes, for the overflow check. */
static int64_t round_row(const double *row, size_t n, double unit, int8_t *q)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double v = nearbyint(row[i] / unit);

		v = fmin(fmax(v, -VN_WEIGHT_MAX), VN_WEIGHT_MAX);
		q[i] = (int8_t)v;
		sum += llabs((long long)v);
	}
	return sum;
}

static int overflow(const struct vn_qstage *q, int channel, vn_error *err)
{
	return vn_fail(err, VN_EMODEL, "use narrower layers, or check the weights for outliers",
	               "%s, channel %d: its 32-bit accumulator could overflow", q->name, channel);
}

/* Does |bias| + magnitudes * largest operand stay inside int32? */
static int fits(double bias, int64_t magnitudes, int operand)
{
	return fabs(bias) + (double)magnitudes * operand < 2147483647.0;
}

/* Which taps of border case @i (0 first, 1 inner, 2 last) see the image, for a map of @out
 * positions? Sets [*lo, *hi). */
static void visible(const struct vn_stage *f, int i, int in, int out, int *lo, int *hi)
{
	const int pos = i == 0 ? 0 : i == 2 ? out - 1 : out > 2 ? 1 : 0;
	const int first = pos * f->stride - f->pad;

	*lo = first < 0 ? -first : 0;
	*hi = first + f->k > in ? in - first : f->k;
}

/* What the zero of the stem's int8 domain (a pixel of 128) adds up to over the visible taps. */
static double stem_offset(const struct vn_stage *f, const struct vn_net *net, int o, int border)
{
	int i0 = 0, i1 = f->k, j0 = 0, j1 = f->k, c, i, j;
	double sum = 0;

	if (f->pad) {
		visible(f, border / 3, f->in_h, f->conv_h, &i0, &i1);
		visible(f, border % 3, f->in_w, f->conv_w, &j0, &j1);
	}
	for (c = 0; c < f->cin; c++) {
		double mid = (128.0 / 255.0 - net->mean[c]) / net->std[c];

		for (i = i0; i < i1; i++)
			for (j = j0; j < j1; j++)
				sum += mid * f->w[(((size_t)o * f->cin + c) * f->k + i) * f->k + j];
	}
	return sum;
}

/* The real bias of channel @o in border case @border, its input's centre included. */
static double real_bias(const struct vn_quantiser *z, int s, int o, int border)
{
	const struct vn_stage *f = &z->net->stages[s];
	double b = f->b[o];
	int c;

	if (!s)
		return b + stem_offset(f, z->net, o, border);
	for (c = 0; c < f->cin; c++)
		b += (double)f->w[(size_t)o * f->cin + c] * z->in.centre[c];
	return b;
}

/* @unit_out: of the requantised convolution; @shift: in how many of them its 0 stands above 0. */
static int quantise_conv(const struct vn_quantiser *z, int s, const double *unit_out, double shift,
                         struct vn_qstage *q, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t k = (size_t)f->k * f->k * f->cin;
	double *row = calloc(k, sizeof(*row)), *mean = NULL;
	int o, border, ret = 0;

	if (!row)
		return vn_fail_nomem(err, k * sizeof(*row), "a weight row");
	ret = vn_input_means(z, s, q->cases, &mean, err);
	for (o = 0; o < f->cout && !ret; o++) {
		double bias[VN_BORDER_CASES], worst = 0, unit;
		int8_t *w = q->w + (size_t)o * k;
		int64_t magnitudes;

		vn_conv_row(z, s, o, row);
		for (border = 0; border < q->cases; border++) {
			bias[border] = real_bias(z, s, o, border) - shift * unit_out[o];
			worst = fmax(worst, fabs(bias[border]));
		}
		unit = weight_unit(row, k, worst);
		magnitudes = round_row(row, k, unit, w);
		for (border = 0; border < q->cases; border++) {
			if (!z->opt->plain_bias)
				bias[border] += vn_lost(row, w, k, unit, mean + (size_t)border * k);
			q->b[(size_t)border * f->cout + o] =
			        (int32_t)nearbyint(bias[border] / unit);
		}
		requantiser(unit_out[o] > 0 ? unit / unit_out[o] : 0, &q->m1[o], &q->s1[o]);
		if (!fits(worst / unit, magnitudes, 128))
			ret = overflow(q, o, err);
	}
	free(mean);
	free(row);
	return ret;
}

/* One channel of the depthwise kernel or of the weighted sum, which reads uint8 of @unit_in. */
struct taps {
	size_t n;
	double *real, *mean; /* [n] weights, and means of what they meet; mean NULL: not known */
	double bias, unit_in, unit_out;
	int8_t *w;
	int32_t *b;
	uint32_t *m;
	uint8_t *s;
};

static int quantise_taps(const struct vn_qstage *q, int c, const struct taps *t, vn_error *err)
{
	/* A dead channel's unit is free; 1 keeps the arithmetic finite. */
	const double in = t->unit_in > 0 ? t->unit_in : 1.0;
	double bias = t->bias, unit;
	int64_t magnitudes;
	size_t i;

	for (i = 0; i < t->n; i++)
		t->real[i] *= in;
	unit = weight_unit(t->real, t->n, bias);
	magnitudes = round_row(t->real, t->n, unit, t->w);
	if (t->mean)
		bias += vn_lost(t->real, t->w, t->n, unit, t->mean) / in;
	*t->b = (int32_t)nearbyint(bias / unit);
	requantiser(unit / t->unit_out, t->m, t->s);
	return fits(bias / unit, magnitudes, 255) ? 0 : overflow(q, c, err);
}

static int quantise_depthwise(const struct vn_quantiser *z, int s, struct vn_qstage *q,
                              vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t n = (size_t)(2 * q->n + 1) * (2 * q->n + 1),
	             area = (size_t)f->out_h * f->out_w;
	double taps[81], mean[81];
	int c, ret = 0;

	for (c = 0; c < f->cout && !ret; c++) {
		const struct taps t = {
		        .n = n,
		        .real = taps,
		        .mean = z->opt->plain_bias ? NULL : mean,
		        .bias = (f->act_b ? f->act_b[c] : 0) - z->out.centre[c],
		        .unit_in = z->relu_unit[c],
		        .unit_out = z->out.unit[c],
		        .w = q->dw + (size_t)c * n,
		        .b = &q->b2[c],
		        .m = &q->m2[c],
		        .s = &q->s2[c],
		};

		vn_depthwise_taps(f, c, taps);
		vn_tap_means(f, z->seen->stages[s].relu_mean + (size_t)c * area, mean);
		ret = quantise_taps(q, c, &t, err);
	}
	return ret;
}

static int quantise_pool(const struct vn_quantiser *z, int s, struct vn_qstage *q, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t n = (size_t)f->out_h * f->out_w;
	double *taps = calloc(n, sizeof(*taps));
	int c, ret = 0;

	if (!taps)
		return vn_fail_nomem(err, n * sizeof(*taps), "a weighted sum");
	for (c = 0; c < f->cout && !ret; c++) {
		double *mean = z->seen->stages[s].relu_mean + (size_t)c * n;
		const struct taps t = {
		        .n = n,
		        .real = taps,
		        .mean = z->opt->plain_bias ? NULL : mean,
		        .bias = (f->act_b ? f->act_b[c] : 0) - z->pooled.centre[c],
		        .unit_in = z->relu_unit[c],
		        .unit_out = z->pooled.unit[c],
		        .w = q->g + (size_t)c * n,
		        .b = &q->bg[c],
		        .m = &q->mg[c],
		        .s = &q->sg[c],
		};

		vn_pool_taps(f, c, taps);
		ret = quantise_taps(q, c, &t, err);
	}
	free(taps);
	return ret;
}

/* What a reader of the output is told: one scale, a factor and a centre per channel. */
static void tell_scales(const struct vn_quantiser *z, struct vn_qstage *q)
{
	double widest = 0;
	int c;

	for (c = 0; c < q->cout; c++)
		widest = fmax(widest, z->out.unit[c]);
	q->scale = (float)widest;
	for (c = 0; c < q->cout; c++) {
		q->factor[c] = (float)(z->out.unit[c] / widest);
		q->centre[c] = z->out.centre[c];
	}
}

int vn_quantise_stage(const struct vn_quantiser *z, int s, struct vn_qstage *q, vn_error *err)
{
	int ret;

	if (q->act == VN_QACT_NONE)
		ret = quantise_conv(z, s, z->out.unit, 128, q, err);
	else
		ret = quantise_conv(z, s, z->relu_unit, 0, q, err);
	if (!ret && q->act != VN_QACT_NONE)
		ret = quantise_depthwise(z, s, q, err);
	if (!ret && q->act == VN_QACT_WSUM)
		ret = quantise_pool(z, s, q, err);
	if (!ret && q->act != VN_QACT_NONE)
		ret = vn_settle_still(z, s, q, err);
	tell_scales(z, q);
	return ret;
}

int vn_quantise_fc(const struct vn_quantiser *z, struct vn_qnet *q, vn_error *err)
{
	const struct vn_net *net = z->net;
	const struct vn_stage_seen *seen = &z->seen->stages[net->n_stages - 1];
	const int cin = net->stages[net->n_stages - 1].cout;
	double *row = calloc(2 * (size_t)cin, sizeof(*row)), *mean = row + cin;
	int k, c, ret = 0;

	if (!row)
		return vn_fail_nomem(err, 2 * (size_t)cin * sizeof(*row), "a weight row");
	for (c = 0; c < cin; c++)
		mean[c] = (seen->out_mean[c] - z->pooled.centre[c]) / z->pooled.unit[c];
	for (k = 0; k < net->classes && !ret; k++) {
		int8_t *w = q->fc_w + (size_t)k * cin;
		double bias = net->fc_b[k], unit;
		int64_t magnitudes;

		for (c = 0; c < cin; c++) {
			const double weight = net->fc_w[(size_t)k * cin + c];

			row[c] = weight * z->pooled.unit[c];
			bias += weight * z->pooled.centre[c];
		}
		unit = weight_unit(row, (size_t)cin, bias);
		magnitudes = round_row(row, (size_t)cin, unit, w);
		if (!z->opt->plain_bias)
			bias += vn_lost(row, w, (size_t)cin, unit, mean);
		q->logit_scale[k] = (float)unit;
		q->fc_b[k] = (int32_t)nearbyint(bias / unit);
		if (!fits(bias / unit, magnitudes, 128))
			ret = vn_fail(err, VN_EMODEL, "check the FC's weights for outliers",
			              "FC, class %d: its 32-bit accumulator could overflow", k);
	}
	free(row);
	return ret;
}
