/* SPDX-License-Identifier: Apache-2.0
 *
 * distinct.c - how many of the calibration images differ, as the last stage sees them.
 *
 * An image counts if its channel averages lie away from those of every image counted before: by
 * more than twice the standard error of an average over as many independent pixels.  So copies, and
 * copies with a little noise, count once, whatever the network's scales.
 */
#include "model/quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct vn_distinct {
	size_t channels, area;
	int n;
	double *sums; /* [2*channels] of the image at hand: averages, variances */
	float mean[]; /* [VN_DISTINCT_ENOUGH][channels] of those counted */
};

struct vn_distinct *vn_distinct_new(const struct vn_stage *last)
{
	const size_t c = (size_t)last->cout;
	struct vn_distinct *d = calloc(1, sizeof(*d) + VN_DISTINCT_ENOUGH * c * sizeof(*d->mean));

	if (!d)
		return NULL;
	d->channels = c;
	d->area = (size_t)last->out_h * (size_t)last->out_w;
	d->sums = malloc(c * sizeof(*d->sums));
	if (d->sums)
		return d;
	free(d);
	return NULL;
}

void vn_distinct_free(struct vn_distinct *d)
{
	if (d)
		free(d->sums);
	free(d);
}

/* Averages of @map into d->sums; the sum of the channels' variances over the map. */
static double averages(struct vn_distinct *d, const float *map)
{
	double variance = 0;

	for (size_t c = 0; c < d->channels; c++, map += d->area) {
		double sum = 0, squares = 0;

		for (size_t i = 0; i < d->area; i++)
			sum += map[i];
		sum /= (double)d->area;
		for (size_t i = 0; i < d->area; i++)
			squares += (map[i] - sum) * (map[i] - sum);
		d->sums[c] = sum;
		variance += squares / (double)d->area;
	}
	return variance;
}

static double distance(const struct vn_distinct *d, const float *mean)
{
	double sum = 0;

	for (size_t c = 0; c < d->channels; c++)
		sum += (d->sums[c] - mean[c]) * (d->sums[c] - mean[c]);
	return sum;
}

void vn_distinct_see(struct vn_distinct *d, const float *map)
{
	double near;

	if (d->n == VN_DISTINCT_ENOUGH)
		return;
	near = 4 * averages(d, map) / (double)d->area;
	for (int i = 0; i < d->n; i++)
		if (distance(d, d->mean + (size_t)i * d->channels) <= near)
			return;
	for (size_t c = 0; c < d->channels; c++)
		d->mean[(size_t)d->n * d->channels + c] = (float)d->sums[c];
	d->n++;
}

int vn_distinct_count(const struct vn_distinct *d)
{
	return d->n;
}
