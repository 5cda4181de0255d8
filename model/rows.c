/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.c - the linear maps of a stage in double, before rounding.
 */
#include "model/quantise.h"

#include <string.h>

void vn_conv_row(const struct vn_quantiser *z, int s, int o, double *row)
{
	const struct vn_stage *f = &z->net->stages[s];
	const int kk = f->k * f->k;

	for (int c = 0; c < f->cin; c++) {
		/* The stem swallows the division by 255 and by std. */
		const double unit = s ? z->in.unit[c] : 1 / (255.0 * z->net->std[c]);

		for (int t = 0; t < kk; t++)
			row[t * f->cin + c] = unit * f->w[((size_t)o * f->cin + c) * kk + t];
	}
}

void vn_depthwise_taps(const struct vn_stage *f, int c, double *taps)
{
	const size_t n = f->act_w ? (size_t)(2 * f->n + 1) * (2 * f->n + 1) : 1;

	for (size_t t = 0; t < n; t++)
		taps[t] = f->act_w ? f->act_w[(size_t)c * n + t] : 1.0;
}

/* The taps that carry pixel (@y, @x) into the map, over the map. */
static double pool_weight(const struct vn_stage *f, int c, int y, int x)
{
	const int side = 2 * f->n + 1;
	double sum = 0;

	if (!f->act_w)
		return 1.0 / (f->out_h * f->out_w);
	for (int i = 0; i < side; i++)
		for (int j = 0; j < side; j++) {
			const int oy = y - (i - f->n), ox = x - (j - f->n);

			if (oy >= 0 && oy < f->out_h && ox >= 0 && ox < f->out_w)
				sum += f->act_w[((size_t)c * side + i) * side + j];
		}
	return sum / (f->out_h * f->out_w);
}

void vn_pool_taps(const struct vn_stage *f, int c, double *taps)
{
	for (int y = 0; y < f->out_h; y++)
		for (int x = 0; x < f->out_w; x++)
			*taps++ = pool_weight(f, c, y, x);
}
