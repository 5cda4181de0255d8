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
static double weight_unit(const double *row, size_t n, double input_scale, double bias)
{
	double most = 0, least = fabs(bias) / (1 << 30) / input_scale;
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

/* Rows of the convolution in double, in the element order of the input record: (i*k + j)*cin + c.
 */
static void conv_row(const struct vn_stage *f, const struct vn_net *net, int o, double *row)
{
	const int kk = f->k * f->k;
	int c, t;

	for (c = 0; c < f->cin; c++)
		for (t = 0; t < kk; t++) {
			double w = f->w[((size_t)o * f->cin + c) * kk + t];

			/* The stem swallows the division by 255 and by std. */
			row[t * f->cin + c] = net ? w / (255.0 * net->std[c]) : w;
		}
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
static double real_bias(const struct vn_stage *f, const struct vn_net *net,
                        const struct vn_scale *in, int o, int border, const double *row)
{
	double b = f->b[o];
	int c;

	if (net)
		return b + stem_offset(f, net, o, border);
	for (c = 0; in->centre && c < f->cin; c++)
		b += row[c] * in->centre[c];
	return b;
}

/* @shift: real value that the requantised 0 stands for (0 with ReLU to uint8). */
static int quantise_conv(const struct vn_stage *f, const struct vn_net *net,
                         const struct vn_scale *in, const double *unit_out, double shift,
                         struct vn_qstage *q, vn_error *err)
{
	const size_t k = (size_t)f->k * f->k * f->cin;
	double *row = calloc(k, sizeof(*row));
	int o, border, ret = 0;

	if (!row)
		return vn_fail_nomem(err, k * sizeof(*row), "a weight row");
	for (o = 0; o < f->cout && !ret; o++) {
		double worst = 0, unit, acc;
		int64_t magnitudes;

		conv_row(f, net, o, row);
		for (border = 0; border < q->cases; border++)
			worst = fmax(worst, fabs(real_bias(f, net, in, o, border, row) - shift));
		unit = weight_unit(row, k, in->scale, worst);
		acc = unit * in->scale;
		magnitudes = round_row(row, k, unit, q->w + (size_t)o * k);
		for (border = 0; border < q->cases; border++)
			q->b[(size_t)border * f->cout + o] = (int32_t)nearbyint(
			        (real_bias(f, net, in, o, border, row) - shift) / acc);
		requantiser(unit_out[o] > 0 ? acc / unit_out[o] : 0, &q->m1[o], &q->s1[o]);
		if (!fits(worst / acc, magnitudes, 128))
			ret = overflow(q, o, err);
	}
	free(row);
	return ret;
}

/* One channel of the depthwise kernel or of the weighted sum: @taps reals become @w, @b, @m, @s. */
static int quantise_taps(const struct vn_qstage *q, int c, const double *taps, size_t n,
                         double in_unit, double bias, double out_unit, int8_t *w, int32_t *b,
                         uint32_t *m, uint8_t *s, vn_error *err)
{
	/* A dead channel's unit is free; 1 keeps the arithmetic finite. */
	const double in = in_unit > 0 ? in_unit : 1.0;
	const double unit = weight_unit(taps, n, in, bias), acc = unit * in;
	const int64_t magnitudes = round_row(taps, n, unit, w);

	*b = (int32_t)nearbyint(bias / acc);
	requantiser(acc / out_unit, m, s);
	return fits(bias / acc, magnitudes, 255) ? 0 : overflow(q, c, err);
}

static int quantise_depthwise(const struct vn_stage *f, const double *unit_in, struct vn_qstage *q,
                              vn_error *err)
{
	const size_t n = (size_t)(2 * q->n + 1) * (2 * q->n + 1);
	double taps[81];
	size_t t;
	int c, ret = 0;

	for (c = 0; c < f->cout && !ret; c++) {
		for (t = 0; t < n; t++)
			taps[t] = f->act_w ? f->act_w[(size_t)c * n + t] : 1.0;
		ret = quantise_taps(q, c, taps, n, unit_in[c],
		                    (f->act_b ? f->act_b[c] : 0) - q->centre[c], q->scale,
		                    q->dw + (size_t)c * n, &q->b2[c], &q->m2[c], &q->s2[c], err);
	}
	return ret;
}

/* Average pool after depthwise, as one weight per pixel: the taps that carry pixel (y, x) into the
 * map, over the map. */
static double pool_weight(const struct vn_stage *f, int c, int y, int x)
{
	const int side = 2 * f->n + 1;
	double sum = 0;
	int i, j;

	if (!f->act_w)
		return 1.0 / (f->out_h * f->out_w);
	for (i = 0; i < side; i++)
		for (j = 0; j < side; j++) {
			const int oy = y - (i - f->n), ox = x - (j - f->n);

			if (oy >= 0 && oy < f->out_h && ox >= 0 && ox < f->out_w)
				sum += f->act_w[((size_t)c * side + i) * side + j];
		}
	return sum / (f->out_h * f->out_w);
}

static int quantise_pool(const struct vn_stage *f, const double *unit_in,
                         const struct vn_range *pooled, struct vn_qstage *q, struct vn_scale *out,
                         vn_error *err)
{
	const size_t n = (size_t)f->out_h * f->out_w;
	double *taps = calloc(n, sizeof(*taps));
	int c, y, x, ret = 0;

	if (!taps)
		return vn_fail_nomem(err, n * sizeof(*taps), "a weighted sum");
	vn_scale_of(pooled, f->cout, out);
	for (c = 0; c < f->cout && !ret; c++) {
		for (y = 0; y < f->out_h; y++)
			for (x = 0; x < f->out_w; x++)
				taps[(size_t)y * f->out_w + x] = pool_weight(f, c, y, x);
		ret = quantise_taps(q, c, taps, n, unit_in[c],
		                    (f->act_b ? f->act_b[c] : 0) - out->centre[c], out->scale,
		                    q->g + (size_t)c * n, &q->bg[c], &q->mg[c], &q->sg[c], err);
	}
	free(taps);
	return ret;
}

int vn_quantise_stage(const struct vn_stage *f, const struct vn_net *net, const struct vn_scale *in,
                      const struct vn_stage_ranges *r, struct vn_qstage *q, struct vn_scale *pooled,
                      vn_error *err)
{
	static const struct vn_scale pixels = {1.0, NULL};
	double *unit = malloc((size_t)f->cout * sizeof(*unit)); /* of the requantised convolution */
	struct vn_scale out = {0, q->centre};
	int c, ret;

	if (!unit)
		return vn_fail_nomem(err, (size_t)f->cout * sizeof(*unit), "a stage's scales");
	if (q->act == VN_QACT_NONE) {
		double most = 0;

		for (c = 0; c < f->cout; c++)
			most = fmax(most, r->relu[c].high);
		q->scale = (float)(most > 0 ? most / 255.0 : 1.0);
		for (c = 0; c < f->cout; c++) {
			unit[c] = q->scale;
			q->centre[c] = 128.0f * q->scale;
		}
		ret = quantise_conv(f, net, in ? in : &pixels, unit, 128.0 * q->scale, q, err);
	} else {
		for (c = 0; c < f->cout; c++)
			unit[c] = r->relu[c].high / 255.0;
		vn_scale_of(r->out, f->cout, &out);
		q->scale = (float)out.scale;
		ret = quantise_conv(f, net, in ? in : &pixels, unit, 0, q, err);
		if (!ret)
			ret = quantise_depthwise(f, unit, q, err);
		if (!ret && q->act == VN_QACT_WSUM)
			ret = quantise_pool(f, unit, r->pooled, q, pooled, err);
	}
	free(unit);
	return ret;
}

int vn_quantise_fc(const struct vn_net *net, const struct vn_scale *in, struct vn_qnet *q,
                   vn_error *err)
{
	const int cin = net->stages[net->n_stages - 1].cout;
	double *row = calloc((size_t)cin, sizeof(*row));
	int k, c;

	if (!row)
		return vn_fail_nomem(err, (size_t)cin * sizeof(*row), "a weight row");
	for (k = 0; k < net->classes; k++) {
		double bias = net->fc_b[k], unit;
		int64_t magnitudes;

		for (c = 0; c < cin; c++) {
			row[c] = net->fc_w[(size_t)k * cin + c];
			bias += row[c] * in->centre[c];
		}
		unit = weight_unit(row, cin, in->scale, bias);
		magnitudes = round_row(row, cin, unit, q->fc_w + (size_t)k * cin);
		q->logit_scale[k] = (float)(unit * in->scale);
		q->fc_b[k] = (int32_t)nearbyint(bias / (unit * in->scale));
		if (!fits(bias / (unit * in->scale), magnitudes, 128)) {
			free(row);
			return vn_fail(err, VN_EMODEL, "check the FC's weights for outliers",
			               "FC, class %d: its 32-bit accumulator could overflow", k);
		}
	}
	free(row);
	return 0;
}
