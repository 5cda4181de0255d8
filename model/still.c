/* SPDX-License-Identifier: Apache-2.0
 *
 * still.c - centres of channels whose convolution leaves the same number everywhere.
 *
 * What the integers make of such a channel is known without an image: one number after ReLU, and
 * behind the depthwise kernel a map that differs near the borders only.  Its centre is set so that
 * the mean of that map is right; where the map has one value, that value.
 */
#include "model/quantise.h"

#include <stdlib.h>

#include "base/error.h"

int vn_is_still(const struct vn_stage *f, int o)
{
	const size_t k = (size_t)f->cin * f->k * f->k;

	for (size_t i = 0; i < k; i++)
		if (f->w[(size_t)o * k + i] != 0)
			return 0;
	return 1;
}

/* Channel @c as a stage of its own, which sees one channel of an input that does not matter: its
 * weights are 0, and so its border cases the same. */
static struct vn_qstage alone(const struct vn_qstage *q, int c)
{
	const size_t side = 2 * (size_t)q->n + 1;
	struct vn_qstage one = *q;

	one.cin = one.cout = one.cases = 1;
	one.w += (size_t)c * q->k * q->k * q->cin;
	one.b += c;
	one.m1 += c;
	one.s1 += c;
	one.dw += (size_t)c * side * side;
	one.b2 += c;
	one.m2 += c;
	one.s2 += c;
	if (q->act == VN_QACT_WSUM) {
		one.g += (size_t)c * q->out_h * q->out_w;
		one.bg += c;
		one.mg += c;
		one.sg += c;
	}
	return one;
}

static int settle(const struct vn_quantiser *z, int s, const struct vn_qstage *q, int c,
                  const int8_t *in, int8_t *map, vn_error *err)
{
	const size_t area = (size_t)q->out_h * (size_t)q->out_w;
	const struct vn_qstage one = alone(q, c);
	const double mean = z->seen->stages[s].out_mean[c];
	double sum = 0;
	int8_t pooled;
	int ret = vn_qstage_run(&one, in, map, q->act == VN_QACT_WSUM ? &pooled : NULL, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < area; i++)
		sum += map[i];
	z->out.centre[c] = (float)(mean - z->out.unit[c] * sum / (double)area);
	if (q->act == VN_QACT_WSUM)
		z->pooled.centre[c] = (float)(mean - z->pooled.unit[c] * pooled);
	return 0;
}

int vn_settle_still(const struct vn_quantiser *z, int s, const struct vn_qstage *q, vn_error *err)
{
	const struct vn_stage *f = &z->net->stages[s];
	const size_t in = (size_t)q->in_h * q->in_w, out = (size_t)q->out_h * q->out_w;
	int8_t *maps = NULL;
	int c, ret = 0;

	for (c = 0; c < q->cout && !ret; c++) {
		if (!vn_is_still(f, c))
			continue;
		if (!maps)
			maps = calloc(in + out, 1);
		ret = maps ? settle(z, s, q, c, maps, maps + in, err)
		           : vn_fail_nomem(err, in + out, "a map");
	}
	free(maps);
	return ret;
}
