/* SPDX-License-Identifier: Apache-2.0
 *
 * offset.c - empirical bias correction of the logits: the mean by which int8 differs from float
 * over calibration images goes into the biases of the FC.
 *
 * A network that gives every image the same answer so comes out right to the rounding of those
 * biases, however its maps were rounded on the way.  Elsewhere the mean of few images is partly
 * chance; what the spread over them explains is left out.
 */
#include "model/quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ENOUGH = 256 };                   /* images */
static const double MOST_MACS = 2e9;     /* of all images together, in the fixed reference */
static const double MOST_BIAS = 1 << 30; /* leaves an accumulator's other half to the sum */

struct offsets {
	const struct vn_net *net;
	const struct vn_qnet *q;
	int32_t *logits;      /* [classes] */
	double *sum, *square; /* [classes] of float minus int8 */
	vn_error *err;
	int ret;
};

static void compare(void *ctx, const uint8_t *pixels, float *const *relu, float *const *out)
{
	struct offsets *o = ctx;
	const float *real = out[o->net->n_stages];

	(void)relu;
	if (!o->ret)
		o->ret = vn_qnet_run(o->q, pixels, NULL, o->logits, o->err);
	for (int k = 0; !o->ret && k < o->net->classes; k++) {
		const double off = real[k] - (double)o->logits[k] * o->q->logit_scale[k];

		o->sum[k] += off;
		o->square[k] += off * off;
	}
}

/* The part of the squared means over @n images that is not chance, from sums and squares. */
static double certain(const struct offsets *o, double n)
{
	double means = 0, chance = 0;

	for (int k = 0; k < o->net->classes; k++) {
		const double mean = o->sum[k] / n;

		means += mean * mean;
		chance += n > 1 ? (o->square[k] / n - mean * mean) / (n - 1) : 0;
	}
	return means > 0 ? fmax(0, 1 - chance / means) : 0;
}

static void correct(const struct offsets *o, double n, struct vn_qnet *q)
{
	const double part = certain(o, n);

	for (int k = 0; k < q->classes; k++) {
		const double bias = q->fc_b[k] + part * o->sum[k] / n / q->logit_scale[k];

		if (fabs(bias) <= fmax(MOST_BIAS, abs(q->fc_b[k])))
			q->fc_b[k] = (int32_t)nearbyint(bias);
	}
}

/* @n of the images, evenly spread; the copy is the caller's. */
static int pick(const struct vn_net *net, const struct vn_calib *calib, size_t n, uint8_t **pixels,
                vn_error *err)
{
	const size_t bytes = (size_t)net->in_c * net->in_h * net->in_w;

	*pixels = malloc(n * bytes);
	if (!*pixels)
		return vn_fail_nomem(err, n * bytes, "images");
	for (size_t i = 0; i < n; i++)
		memcpy(*pixels + i * bytes, calib->pixels + i * calib->images / n * bytes, bytes);
	return 0;
}

/* One image tells all of a network that tells none apart. */
static size_t enough(const struct vn_net *net, const struct vn_calib *calib,
                     const struct vn_seen *seen)
{
	const double affordable = MOST_MACS / (double)vn_net_macs(net);
	const size_t most = affordable < ENOUGH ? (size_t)affordable : ENOUGH;
	const size_t n = most < calib->images ? most : calib->images;

	if (seen->same_logits)
		return 1;
	return n < 2 ? 0 : n;
}

int vn_correct_logits(const struct vn_net *net, const struct vn_calib *calib,
                      const struct vn_compile_options *opt, const struct vn_seen *seen,
                      struct vn_qnet *q, vn_error *err)
{
	const size_t classes = (size_t)net->classes, n = enough(net, calib, seen);
	struct offsets o = {.net = net, .q = q, .err = err};
	uint8_t *pixels = NULL;
	int ret = 0;

	if (!n)
		return 0;
	o.logits = malloc(classes * sizeof(*o.logits));
	o.sum = calloc(2 * classes, sizeof(*o.sum));
	o.square = o.sum + classes;
	if (!o.logits || !o.sum)
		ret = vn_fail_nomem(err, 2 * classes * sizeof(*o.sum), "sums");
	ret = ret ? ret : pick(net, calib, n, &pixels, err);
	if (!ret) {
		const struct vn_calib few = {pixels, n};

		ret = vn_each_image(net, &few, compare, &o, opt, 1, 1, err);
	}
	ret = ret ? ret : o.ret;
	if (!ret)
		correct(&o, (double)n, q);
	free(pixels);
	free(o.logits);
	free(o.sum);
	return ret;
}
