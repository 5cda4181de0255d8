/* SPDX-License-Identifier: Apache-2.0
 *
 * quantise_net.c - from a float network to a quantised one: calibrate, choose scales, round, stage
 * by stage.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/quantise.h"

static void *take(size_t n, size_t size, int *ok)
{
	void *p = calloc(n, size);

	*ok = *ok && p;
	return p;
}

static void stage_shape(const struct vn_stage *f, int last, struct vn_qstage *q)
{
	memcpy(q->name, f->name, sizeof(q->name) - 1);
	q->cin = f->cin;
	q->cout = f->cout;
	q->k = f->k;
	q->stride = f->stride;
	q->pad = f->pad;
	q->in_h = f->in_h;
	q->in_w = f->in_w;
	q->conv_h = f->conv_h;
	q->conv_w = f->conv_w;
	q->out_h = f->out_h;
	q->out_w = f->out_w;
	q->pool_h = f->pool_h;
	q->pool_w = f->pool_w;
	q->act = last ? VN_QACT_WSUM : f->act_w ? VN_QACT_DW : VN_QACT_NONE;
	q->n = f->act_w ? f->n : 0;
	q->cases = f->pad ? VN_BORDER_CASES : 1;
}

int vn_net_shape(const struct vn_net *net, struct vn_qnet **out, vn_error *err)
{
	struct vn_qnet *q = calloc(1, sizeof(*q));

	*out = q;
	if (q)
		q->stages = calloc((size_t)net->n_stages, sizeof(*q->stages));
	if (!q || !q->stages) {
		vn_qnet_free(q);
		*out = NULL;
		return vn_fail_nomem(err, sizeof(*q), "a network's shape");
	}
	q->in_c = net->in_c;
	q->in_h = net->in_h;
	q->in_w = net->in_w;
	q->classes = net->classes;
	q->n_stages = net->n_stages;
	for (int s = 0; s < q->n_stages; s++)
		stage_shape(&net->stages[s], s == q->n_stages - 1, &q->stages[s]);
	return 0;
}

static int stage_alloc(const struct vn_stage *f, int last, struct vn_qstage *q)
{
	const size_t c = (size_t)f->cout, side = 2 * (size_t)(f->act_w ? f->n : 0) + 1;
	int ok = 1;

	stage_shape(f, last, q);
	q->w = take(c * f->k * f->k * f->cin, 1, &ok);
	q->b = take(c * q->cases, sizeof(*q->b), &ok);
	q->m1 = take(c, sizeof(*q->m1), &ok);
	q->s1 = take(c, 1, &ok);
	q->centre = take(c, sizeof(*q->centre), &ok);
	q->factor = take(c, sizeof(*q->factor), &ok);
	if (q->act != VN_QACT_NONE) {
		q->dw = take(c * side * side, 1, &ok);
		q->b2 = take(c, sizeof(*q->b2), &ok);
		q->m2 = take(c, sizeof(*q->m2), &ok);
		q->s2 = take(c, 1, &ok);
	}
	if (last) {
		q->g = take(c * f->out_h * f->out_w, 1, &ok);
		q->bg = take(c, sizeof(*q->bg), &ok);
		q->mg = take(c, sizeof(*q->mg), &ok);
		q->sg = take(c, 1, &ok);
	}
	return ok;
}

static int labels_copy(const struct vn_net *net, struct vn_qnet *q)
{
	int k, ok = 1;

	if (!net->labels)
		return 1;
	q->labels = take((size_t)net->classes, sizeof(*q->labels), &ok);
	for (k = 0; ok && k < net->classes; k++) {
		q->labels[k] = take(strlen(net->labels[k]) + 1, 1, &ok);
		if (ok)
			strcpy(q->labels[k], net->labels[k]);
	}
	return ok;
}

static int qnet_alloc(const struct vn_net *net, struct vn_qnet **out, vn_error *err)
{
	struct vn_qnet *q = calloc(1, sizeof(*q));
	int ok = q != NULL, s;

	if (q) {
		q->in_c = net->in_c;
		q->in_h = net->in_h;
		q->in_w = net->in_w;
		memcpy(q->mean, net->mean, sizeof(q->mean));
		memcpy(q->std, net->std, sizeof(q->std));
		q->recipe = net->recipe;
		q->assumed = !net->normalised;
		q->classes = net->classes;
		q->stages = take((size_t)net->n_stages, sizeof(*q->stages), &ok);
		q->n_stages = q->stages ? net->n_stages : 0;
		for (s = 0; s < q->n_stages; s++)
			ok = stage_alloc(&net->stages[s], s == net->n_stages - 1, &q->stages[s]) &&
			     ok;
		q->fc_w = take((size_t)net->classes * net->stages[net->n_stages - 1].cout, 1, &ok);
		q->fc_b = take((size_t)net->classes, sizeof(*q->fc_b), &ok);
		q->logit_scale = take((size_t)net->classes, sizeof(*q->logit_scale), &ok);
		ok = ok && labels_copy(net, q);
	}
	if (!ok) {
		vn_qnet_free(q);
		return vn_fail_nomem(err, sizeof(*q), "the quantised network");
	}
	*out = q;
	return 0;
}

/* The nine bias vectors are enough only if all inner positions see the whole kernel and all first,
 * and all last, ones are single. */
static int border_is_simple(const struct vn_stage *f, vn_error *err)
{
	const int size[2] = {f->in_h, f->in_w}, out[2] = {f->conv_h, f->conv_w};
	int d;

	for (d = 0; f->pad && d < 2; d++)
		if (f->pad > f->stride ||
		    (out[d] > 2 && (out[d] - 2) * f->stride - f->pad + f->k > size[d]))
			return vn_fail(err, VN_EMODEL,
			               "padding must reach no further than the first and last row "
			               "and column of the stem's output",
			               "stem: padding %d with kernel %d, stride %d touches more "
			               "than one border row",
			               f->pad, f->k, f->stride);
	return 0;
}

static int scales_alloc(const struct vn_net *net, struct vn_quantiser *z, vn_error *err)
{
	size_t most = 1;
	int ok = 1, s;

	for (s = 0; s < net->n_stages; s++)
		if ((size_t)net->stages[s].cout > most)
			most = (size_t)net->stages[s].cout;
	z->in = (struct vn_scale){take(most, sizeof(double), &ok), take(most, sizeof(float), &ok)};
	z->out = (struct vn_scale){take(most, sizeof(double), &ok), take(most, sizeof(float), &ok)};
	z->pooled =
	        (struct vn_scale){take(most, sizeof(double), &ok), take(most, sizeof(float), &ok)};
	z->relu_unit = take(most, sizeof(double), &ok);
	return ok ? 0 : vn_fail_nomem(err, most * sizeof(double), "scales");
}

static void scales_free(struct vn_quantiser *z)
{
	free(z->in.unit);
	free(z->in.centre);
	free(z->out.unit);
	free(z->out.centre);
	free(z->pooled.unit);
	free(z->pooled.centre);
	free(z->relu_unit);
}

static int quantise_all(struct vn_quantiser *z, struct vn_qnet *q, vn_error *err)
{
	int s, ret = scales_alloc(z->net, z, err);

	for (s = 0; s < z->net->n_stages && !ret; s++) {
		struct vn_scale swap = z->in;

		ret = vn_choose_scales(z, s, err);
		if (!ret)
			ret = vn_quantise_stage(z, s, &q->stages[s], err);
		z->in = z->out;
		z->out = swap;
	}
	if (!ret)
		ret = vn_quantise_fc(z, q, err);
	scales_free(z);
	return ret;
}

static int is_still(const struct vn_range *r, int channels)
{
	int c;

	for (c = 0; c < channels; c++)
		if (r[c].high > r[c].low)
			return 0;
	return 1;
}

/* Calibration that cannot tell ranges. */
static void note_degenerate(struct vn_net *net, const struct vn_seen *seen, size_t images)
{
	const int few = 16; /* from here on ranges get no headroom */
	int s;

	if (seen->distinct < few)
		vn_net_note(net,
		            "%s tells only %d of %zu calibration pictures apart: ranges get "
		            "headroom; calibrate with 100 or more different ones",
		            net->stages[net->n_stages - 1].name, seen->distinct, images);
	for (s = 0; s < net->n_stages; s++)
		if (is_still(seen->stages[s].out, net->stages[s].cout))
			vn_net_note(net, "%s: no channel changes over the calibration pictures",
			            net->stages[s].name);
}

int vn_quantise(struct vn_net *net, const struct vn_calib *calib,
                const struct vn_compile_options *opt, struct vn_qnet **out, vn_error *err)
{
	struct vn_quantiser z = {.net = net, .opt = opt};
	struct vn_seen *seen;
	struct vn_qnet *q = NULL;
	int ret = border_is_simple(&net->stages[0], err);

	if (!ret)
		ret = vn_calibrate(net, calib, opt, &seen, err);
	if (ret)
		return ret;
	z.seen = seen;
	note_degenerate(net, seen, calib->images);
	ret = qnet_alloc(net, &q, err);
	if (!ret)
		ret = quantise_all(&z, q, err);
	if (!ret && !opt->plain_bias)
		ret = vn_correct_logits(net, calib, opt, seen, q, err);
	vn_seen_free(seen);
	if (ret) {
		vn_qnet_free(q);
		return ret;
	}
	*out = q;
	return 0;
}
