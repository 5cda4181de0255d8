/* SPDX-License-Identifier: Apache-2.0
 *
 * lost.c - bias correction: what rounding the weights takes from the mean of an output goes into
 * its bias, since the means of its inputs are known from calibration.
 */
#include "model/quantise.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

double vn_lost(const double *row, const int8_t *q, size_t n, double unit, const double *mean)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (row[i] - unit * q[i]) * mean[i];
	return sum;
}

/* First, inner or last of @n positions: 0, 1, 2. */
static int position(int i, int n)
{
	return i == 0 ? 0 : i == n - 1 ? 2 : 1;
}

/* Mean of what the stem's row meets in border case @border; [k*k*cin]. */
static void mean_patch(const struct vn_quantiser *z, int border, double *mean)
{
	const struct vn_stage *f = &z->net->stages[0];
	const double *image = z->seen->image_mean;
	const size_t area = (size_t)f->in_h * f->in_w;
	size_t n = 0;
	int y, x, i, j, c;

	memset(mean, 0, (size_t)f->k * f->k * f->cin * sizeof(*mean));
	for (y = 0; y < f->conv_h; y++)
		for (x = 0; x < f->conv_w; x++) {
			double *m = mean;

			if (f->pad && border != 3 * position(y, f->conv_h) + position(x, f->conv_w))
				continue;
			n++;
			for (i = 0; i < f->k; i++)
				for (j = 0; j < f->k; j++, m += f->cin) {
					const int iy = y * f->stride + i - f->pad;
					const int ix = x * f->stride + j - f->pad;

					if (iy < 0 || iy >= f->in_h || ix < 0 || ix >= f->in_w)
						continue;
					for (c = 0; c < f->cin; c++)
						m[c] += image[c * area + (size_t)iy * f->in_w + ix];
				}
		}
	for (i = 0; n && i < f->k * f->k * f->cin; i++)
		mean[i] /= (double)n;
}

int vn_input_means(const struct vn_quantiser *z, int s, int cases, double **out, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t k = (size_t)f->k * f->k * f->cin;
	double *mean = malloc((size_t)cases * k * sizeof(*mean));
	int border, c;

	*out = mean;
	if (!mean)
		return vn_fail_nomem(err, (size_t)cases * k * sizeof(*mean), "means");
	for (border = 0; !s && border < cases; border++)
		mean_patch(z, border, mean + (size_t)border * k);
	for (c = 0; s && c < f->cin; c++)
		mean[c] = (z->seen->stages[s - 1].out_mean[c] - z->in.centre[c]) / z->in.unit[c];
	return 0;
}

void vn_tap_means(const struct vn_stage *f, const double *map, double *mean)
{
	const int n = f->act_w ? f->n : 0;
	int i, j, y, x;

	for (i = -n; i <= n; i++)
		for (j = -n; j <= n; j++) {
			double sum = 0;

			for (y = i < 0 ? -i : 0; y < f->out_h && y + i < f->out_h; y++)
				for (x = j < 0 ? -j : 0; x < f->out_w && x + j < f->out_w; x++)
					sum += map[(size_t)(y + i) * f->out_w + x + j];
			*mean++ = sum / (f->out_h * f->out_w);
		}
}
