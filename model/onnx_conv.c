/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_conv.c - Conv (of a stage, of the classifier, depthwise) and BatchNormalization.
 */
#include "model/onnx_fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char HINT_FORM[] = "see docs/overview.md for the layers a VanillaNet has";

/* Attributes of a Conv, all square. */
struct conv_attrs {
	int64_t group, k, stride, pad;
};

/* ---- attributes ---- */

/* Both values of a pair must be equal and within [min, max]. */
static int square(struct vn_fold *f, const char *name, int64_t def, int64_t min, int64_t max,
                  int64_t *out)
{
	int64_t v[2];
	size_t n;
	int rc = vn_onnx_ints(f->g, f->node, name, 2, v, &n);

	if (rc)
		return rc;
	*out = n ? v[0] : def;
	if ((n != 0 && n != 2) || (n == 2 && v[0] != v[1]) || *out < min || *out > max)
		return vn_onnx_refuse(f->g, f->node, HINT_FORM,
		                      "%s must be the same for height and width, %lld to %lld",
		                      name, (long long)min, (long long)max);
	return 0;
}

/* The same on all four sides; what a Pad node left is added. */
static int read_pad(struct vn_fold *f, struct conv_attrs *a)
{
	int64_t p[4] = {0}; /* top, left, bottom, right */
	size_t n;
	int rc = vn_onnx_ints(f->g, f->node, "pads", 4, p, &n);

	rc = rc ? rc : vn_fold_auto_pad(f, a->k, a->stride, f->h, &p[0], &p[2]);
	rc = rc ? rc : vn_fold_auto_pad(f, a->k, a->stride, f->w, &p[1], &p[3]);
	if (rc)
		return rc;
	a->pad = p[0];
	if ((n != 0 && n != 4) || p[0] != p[1] || p[1] != p[2] || p[2] != p[3] || p[0] < 0 ||
	    p[0] >= a->k)
		return vn_onnx_refuse(f->g, f->node, HINT_FORM,
		                      "padding must be the same on all four sides and smaller than "
		                      "the kernel");
	if (!f->pad)
		return 0;
	a->pad += f->pad;
	f->pad = 0;
	if (a->pad >= a->k)
		return vn_onnx_refuse(
		        f->g, f->node, HINT_FORM,
		        "with the Pad before it, padding is not smaller than the kernel");
	return 0;
}

static int read_attrs(struct vn_fold *f, const struct vn_onnx_tensor *w, struct conv_attrs *a)
{
	int64_t unused;
	int rc = square(f, "kernel_shape", w->dims[2], 1, VN_FOLD_STEM_MAX, &a->k);

	rc = rc ? rc : square(f, "strides", 1, 1, VN_FOLD_STEM_MAX, &a->stride);
	rc = rc ? rc : square(f, "dilations", 1, 1, 1, &unused);
	rc = rc ? rc : vn_onnx_int(f->g, f->node, "group", 1, &a->group);
	rc = rc ? rc : read_pad(f, a);
	if (!rc && (w->dims[2] != a->k || w->dims[3] != a->k))
		rc = vn_onnx_refuse(f->g, f->node, "export the network again",
		                    "kernel_shape and the weights' shape do not agree");
	return rc;
}

/* ---- weights ---- */

static int read_weights(struct vn_fold *f, struct vn_onnx_tensor *w)
{
	int rc = vn_onnx_const(f->g, f->node, 1, w);

	if (rc)
		return rc;
	if (w->rank != 4 || w->dims[0] > VN_MAX_CHANNELS || w->dims[1] > VN_MAX_CHANNELS)
		return vn_onnx_refuse(f->g, f->node, HINT_FORM,
		                      "weights must be [out][in][k][k], at most %d channels",
		                      VN_MAX_CHANNELS);
	return 0;
}

/* Input 2, [co]; zeros where there is none. */
static int read_bias(struct vn_fold *f, int64_t co, double **b)
{
	struct vn_onnx_tensor t;
	int rc;

	if (!vn_onnx_has(f->node, 2)) {
		*b = calloc((size_t)co, sizeof(**b));
		return *b ? 0 : vn_onnx_no_memory(f->g, (size_t)co * sizeof(**b), "a bias");
	}
	rc = vn_onnx_const(f->g, f->node, 2, &t);
	if (rc)
		return rc;
	*b = t.v;
	if (t.rank == 1 && t.dims[0] == co)
		return 0;
	return vn_onnx_refuse(f->g, f->node, "export the network again",
	                      "the bias must have %lld values", (long long)co);
}

/* ---- the three kinds ---- */

static int check_channels(struct vn_fold *f, const struct vn_onnx_tensor *w,
                          const struct conv_attrs *a)
{
	if (a->group != 1)
		return vn_onnx_refuse(
		        f->g, f->node, HINT_FORM,
		        "group is %lld: only a depthwise kernel after ReLU is grouped",
		        (long long)a->group);
	if (w->dims[1] != f->c)
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "weights for %lld channels meet a map of %d",
		                      (long long)w->dims[1], f->c);
	return 0;
}

/* Anything but the stem must be a plain 1x1 convolution. */
static int check_plain(struct vn_fold *f, const struct conv_attrs *a)
{
	if (f->at == VN_AT_INPUT || (a->k == 1 && a->stride == 1 && a->pad == 0))
		return 0;
	return vn_onnx_refuse(
	        f->g, f->node, HINT_FORM,
	        "a %lldx%lld convolution, stride %lld, padding %lld: after the stem a "
	        "VanillaNet has only 1x1 ones",
	        (long long)a->k, (long long)a->k, (long long)a->stride, (long long)a->pad);
}

/* Size of the map after the stage's convolution. */
static int open_stage(struct vn_fold *f, const struct conv_attrs *a)
{
	struct vn_stage *st = vn_fold_stage(f);
	int64_t k = a->k, h = f->h + 2 * a->pad, w = f->w + 2 * a->pad;

	if (h < k || w < k)
		return vn_onnx_refuse(f->g, f->node, HINT_FORM,
		                      "the kernel is larger than its %dx%d input", f->h, f->w);
	memset(st, 0, sizeof(*st));
	st->in_h = f->h;
	st->in_w = f->w;
	st->conv_h = st->pool_h = f->h = (int)((h - k) / a->stride + 1);
	st->conv_w = st->pool_w = f->w = (int)((w - k) / a->stride + 1);
	return 0;
}

/* Close the stage before and open the next; the head's classifier opens none. */
static int begin(struct vn_fold *f, const struct conv_attrs *a)
{
	int rc;

	if (f->at == VN_AT_MEAN)
		return 0;
	if (f->at == VN_AT_CONV) {
		if (!f->pooled)
			return 0;
		return vn_onnx_refuse(f->g, f->node, "every stage of a VanillaNet has a ReLU",
		                      "there is no ReLU between pooling and this convolution");
	}
	if (f->at != VN_AT_INPUT) {
		rc = vn_fold_close(f);
		if (rc)
			return rc;
	}
	if (f->net->n_stages == VN_MAX_STAGES)
		return vn_onnx_refuse(f->g, f->node, "use a shallower network",
		                      "there are more than %d stages", VN_MAX_STAGES);
	return open_stage(f, a);
}

static int dense(struct vn_fold *f, struct vn_onnx_tensor *w, const struct conv_attrs *a)
{
	struct vn_lin l = {0};
	int rc = check_channels(f, w, a);

	rc = rc ? rc : check_plain(f, a);
	rc = rc ? rc : begin(f, a);
	rc = rc ? rc : read_bias(f, w->dims[0], &l.b);
	if (rc) {
		free(l.b);
		return rc;
	}
	l.co = (int)w->dims[0];
	l.ci = (int)w->dims[1];
	l.k = (int)a->k;
	l.stride = (int)a->stride;
	l.pad = (int)a->pad;
	l.w = w->v;
	w->v = NULL;
	return vn_fold_push(f, &l);
}

static int depthwise(struct vn_fold *f, struct vn_onnx_tensor *w, const struct conv_attrs *a)
{
	int64_t n = (a->k - 1) / 2;
	double *b = NULL;
	int rc;

	if (w->dims[0] != f->c || w->dims[1] != 1)
		return vn_onnx_refuse(
		        f->g, f->node, HINT_FORM,
		        "a depthwise kernel must have one filter for each of %d channels", f->c);
	if (f->at != VN_AT_RELU)
		return vn_onnx_refuse(f->g, f->node, HINT_FORM,
		                      "a depthwise kernel must follow a ReLU");
	if (a->k % 2 == 0 || n > VN_FOLD_N_MAX || a->stride != 1 || a->pad != n)
		return vn_onnx_refuse(
		        f->g, f->node, HINT_FORM,
		        "a depthwise kernel must be (2n+1)x(2n+1), n at most %d, stride "
		        "1, padding n",
		        VN_FOLD_N_MAX);
	rc = read_bias(f, w->dims[0], &b);
	if (rc) {
		free(b);
		return rc;
	}
	vn_fold_series(f, (int)n, w->v, b);
	w->v = NULL;
	return 0;
}

/* With one channel the two kinds look alike; after a ReLU a larger kernel is the depthwise one. */
static bool is_depthwise(const struct vn_fold *f, const struct conv_attrs *a)
{
	if (f->at == VN_AT_INPUT || f->at == VN_AT_MEAN || a->group != f->c)
		return false;
	return f->c > 1 || (f->at == VN_AT_RELU && a->k > 1);
}

int vn_op_conv(struct vn_fold *f)
{
	struct vn_onnx_tensor w = {0};
	struct conv_attrs a;
	int rc;

	if (strlen(f->axes) != 4)
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "a convolution after flattening");
	rc = read_weights(f, &w);
	rc = rc ? rc : read_attrs(f, &w, &a);
	if (!rc)
		rc = is_depthwise(f, &a) ? depthwise(f, &w, &a) : dense(f, &w, &a);
	vn_onnx_tensor_free(&w);
	return rc;
}

/* ---- batch normalisation ---- */

enum { BN_SCALE = 1, BN_SHIFT, BN_MEAN, BN_VAR, BN_INPUTS };

static int read_bn(struct vn_fold *f, struct vn_onnx_tensor *t)
{
	for (size_t i = BN_SCALE; i < BN_INPUTS; i++) {
		int rc = vn_onnx_const(f->g, f->node, i, &t[i]);

		if (rc)
			return rc;
		if (t[i].rank != 1 || t[i].dims[0] != f->c)
			return vn_onnx_refuse(f->g, f->node, "export the network again",
			                      "input %zu must have %d values", i, f->c);
	}
	return 0;
}

/* y = (x - mean) / sqrt(var + eps) * scale + shift, as one scale and one shift. */
static int fold_bn(struct vn_fold *f, struct vn_onnx_tensor *t, float eps)
{
	double *scale = t[BN_SCALE].v, *shift = t[BN_SHIFT].v;

	for (int c = 0; c < f->c; c++) {
		double var = t[BN_VAR].v[c] + (double)eps;

		if (!(var > 0) || isinf(var))
			return vn_onnx_refuse(
			        f->g, f->node, "use an earlier checkpoint",
			        "the variance of channel %d is not positive and finite", c);
		scale[c] /= sqrt(var);
		shift[c] -= t[BN_MEAN].v[c] * scale[c];
	}
	return vn_fold_affine(f, scale, shift);
}

int vn_op_batch_norm(struct vn_fold *f)
{
	struct vn_onnx_tensor t[BN_INPUTS] = {0};
	int64_t training;
	float eps;
	int rc = vn_onnx_float(f->g, f->node, "epsilon", 1e-5f, &eps);

	rc = rc ? rc : vn_onnx_int(f->g, f->node, "training_mode", 0, &training);
	if (rc)
		return rc;
	if (training)
		return vn_onnx_refuse(f->g, f->node, "call eval() before exporting",
		                      "it is in training mode");
	rc = read_bn(f, t);
	rc = rc ? rc : fold_bn(f, t, eps);
	for (size_t i = BN_SCALE; i < BN_INPUTS; i++)
		vn_onnx_tensor_free(&t[i]);
	return rc;
}
