/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_fold.c - the algebra of merging; see onnx_fold.h and docs/overview.md.
 */
#include "model/onnx_fold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/net_gemm.h"

struct vn_stage *vn_fold_stage(struct vn_fold *f)
{
	return &f->net->stages[f->net->n_stages];
}

static size_t row_size(const struct vn_lin *l)
{
	return (size_t)l->ci * (size_t)l->k * (size_t)l->k;
}

static void lin_free(struct vn_lin *l)
{
	free(l->w);
	free(l->b);
	memset(l, 0, sizeof(*l));
}

/* ---- multiplying two convolutions ---- */

/* conv(x * scale + shift) = (w * scale)(x) + (b + w * shift).  Exact: what enters is never padded.
 */
static void absorb_input(struct vn_fold *f, struct vn_lin *l)
{
	if (!f->in_scale)
		return;
	for (int o = 0; o < l->co; o++) {
		double *w = l->w + (size_t)o * (size_t)l->ci;

		for (int i = 0; i < l->ci; i++) {
			l->b[o] += w[i] * f->in_shift[i];
			w[i] *= f->in_scale[i];
		}
	}
	free(f->in_scale);
	free(f->in_shift);
	f->in_scale = f->in_shift = NULL;
}

/* A hostile file could ask for a product of any size, or for any number of them. */
static int check_product(struct vn_fold *f, const struct vn_lin *l)
{
	size_t limit = ((size_t)1 << 22) + f->g->bytes;

	if (f->chain > VN_FOLD_CHAIN)
		return vn_onnx_refuse(f->g, f->node, "every stage of a VanillaNet has a ReLU",
		                      "more than %d convolutions without a ReLU", VN_FOLD_CHAIN);
	if ((size_t)l->co > limit / row_size(&f->lin))
		return vn_onnx_refuse(
		        f->g, f->node, "merge the two convolutions before exporting",
		        "merged with the convolution before it, it would be far larger "
		        "than the file");
	return 0;
}

/* *w = l->w * lin.w, [co][row] */
static int multiply(struct vn_fold *f, const struct vn_lin *l, double **w)
{
	size_t row = row_size(&f->lin);
	struct vn_gemm_size size = {(size_t)l->co, row, (size_t)l->ci, (size_t)l->ci, row, row};
	void *pack = aligned_alloc(64, VN_GEMM_PACK);

	*w = calloc((size_t)l->co * row, sizeof(**w));
	if (!*w || !pack) {
		free(pack);
		free(*w);
		return vn_onnx_no_memory(f->g, (size_t)l->co * row * sizeof(**w),
		                         "a merged convolution");
	}
	vn_gemm_f64(&size, l->w, f->lin.w, *w, pack);
	free(pack);
	return 0;
}

/* lin = l(lin(.)); l is 1x1, so the first one's kernel, stride and padding stay. */
static int merge(struct vn_fold *f, struct vn_lin *l)
{
	double *w;
	int rc = check_product(f, l);

	rc = rc ? rc : multiply(f, l, &w);
	if (rc)
		return rc;
	for (int o = 0; o < l->co; o++)
		for (int i = 0; i < l->ci; i++)
			l->b[o] += l->w[(size_t)o * (size_t)l->ci + (size_t)i] * f->lin.b[i];
	free(f->lin.w);
	free(f->lin.b);
	f->lin.w = w;
	f->lin.b = l->b;
	f->lin.co = l->co;
	l->b = NULL;
	return 0;
}

/* A normalisation with a negative factor, of which mean and std cannot tell: the sign goes into the
 * stem's weights.  Zeros that pad its input have none. */
static void absorb_sign(struct vn_fold *f, struct vn_lin *l)
{
	const size_t taps = (size_t)l->k * (size_t)l->k;

	for (int i = 0; i < l->ci; i++) {
		if (f->norm_scale[i] >= 0)
			continue;
		f->norm_scale[i] = -f->norm_scale[i];
		f->norm_shift[i] = -f->norm_shift[i];
		for (int o = 0; o < l->co; o++)
			for (size_t t = 0; t < taps; t++)
				l->w[((size_t)o * (size_t)l->ci + (size_t)i) * taps + t] *= -1;
	}
}

int vn_fold_push(struct vn_fold *f, struct vn_lin *l)
{
	int rc = 0;

	f->c = l->co;
	f->chain = f->lin.w ? f->chain + 1 : 1;
	if (f->lin.w) {
		rc = merge(f, l);
		lin_free(l);
		return rc;
	}
	absorb_input(f, l);
	if (f->at == VN_AT_INPUT)
		absorb_sign(f, l);
	f->lin = *l;
	memset(l, 0, sizeof(*l));
	if (f->at != VN_AT_MEAN)
		f->at = VN_AT_CONV;
	return 0;
}

/* ---- per-channel operations ---- */

static void scale_rows(double *w, double *b, int rows, size_t row, const double *scale,
                       const double *shift)
{
	for (int r = 0; r < rows; r++) {
		for (size_t i = 0; i < row; i++)
			w[(size_t)r * row + i] *= scale[r];
		b[r] = b[r] * scale[r] + shift[r];
	}
}

/* Copies, since the caller keeps its arrays. */
static int copy_pair(struct vn_fold *f, const double *a, const double *b, double **pa, double **pb)
{
	size_t bytes = (size_t)f->c * sizeof(**pa);

	*pa = malloc(bytes);
	*pb = malloc(bytes);
	if (!*pa || !*pb) {
		free(*pa);
		free(*pb);
		*pa = *pb = NULL;
		return vn_onnx_no_memory(f->g, 2 * bytes, "a scale per channel");
	}
	memcpy(*pa, a, bytes);
	memcpy(*pb, b, bytes);
	return 0;
}

/* A largest value stays the largest only under a scale that is not negative. */
static int check_pooled(struct vn_fold *f, const double *scale)
{
	for (int c = 0; f->pooled && c < f->c; c++)
		if (scale[c] < 0)
			return vn_onnx_refuse(f->g, f->node, "put the pooling after it",
			                      "a negative scale between max pooling and ReLU");
	return 0;
}

int vn_fold_affine(struct vn_fold *f, const double *scale, const double *shift)
{
	size_t side = 2 * (size_t)f->act_n + 1;
	int rc;

	switch (f->at) {
	case VN_AT_INPUT:
		scale_rows(f->norm_scale, f->norm_shift, f->c, 1, scale, shift);
		f->normalises = true;
		return 0;
	case VN_AT_SERIES:
		scale_rows(f->act_w, f->act_b, f->c, side * side, scale, shift);
		vn_fold_stage(f)->out_bounds = (struct vn_bounds){0}; /* of what it was */
		return 0;
	case VN_AT_RELU: /* a depthwise kernel of one tap */
		rc = copy_pair(f, scale, shift, &f->act_w, &f->act_b);
		f->act_n = 0;
		f->at = VN_AT_SERIES;
		return rc;
	case VN_AT_CONV:
		rc = check_pooled(f, scale);
		if (rc)
			return rc;
		break;
	case VN_AT_MEAN:
		break;
	}
	if (f->lin.w)
		scale_rows(f->lin.w, f->lin.b, f->c, row_size(&f->lin), scale, shift);
	else if (f->in_scale)
		scale_rows(f->in_scale, f->in_shift, f->c, 1, scale, shift);
	else
		return copy_pair(f, scale, shift, &f->in_scale, &f->in_shift);
	return 0;
}

void vn_fold_series(struct vn_fold *f, int n, double *w, double *b)
{
	f->act_n = n;
	f->act_w = w;
	f->act_b = b;
	f->at = VN_AT_SERIES;
}

/* ---- closing ---- */

/* Folding can overflow float although every number of the file was finite. */
static int to_float(struct vn_fold *f, const char *what, const double *v, size_t count, float **out)
{
	*out = malloc(count * sizeof(**out));
	if (!*out)
		return vn_onnx_no_memory(f->g, count * sizeof(**out), "weights");
	for (size_t i = 0; i < count; i++) {
		if (!(fabs(v[i]) <= 3.4e38))
			return vn_onnx_refuse(f->g, f->node,
			                      "look for a BatchNormalization with tiny "
			                      "variance before it",
			                      "merged weights of %s before it exceed float32",
			                      what);
		(*out)[i] = (float)v[i];
	}
	return 0;
}

static int close_lin(struct vn_fold *f, const char *what, float **w, float **b)
{
	int rc = to_float(f, what, f->lin.w, (size_t)f->lin.co * row_size(&f->lin), w);

	rc = rc ? rc : to_float(f, what, f->lin.b, (size_t)f->lin.co, b);
	lin_free(&f->lin);
	return rc;
}

static int close_series(struct vn_fold *f, struct vn_stage *st)
{
	size_t side = 2 * (size_t)f->act_n + 1;
	int rc;

	if (f->act_n == 0) {
		f->in_scale = f->act_w;
		f->in_shift = f->act_b;
		f->act_w = f->act_b = NULL;
		return 0;
	}
	st->n = f->act_n;
	rc = to_float(f, st->name, f->act_w, (size_t)f->c * side * side, &st->act_w);
	rc = rc ? rc : to_float(f, st->name, f->act_b, (size_t)f->c, &st->act_b);
	free(f->act_w);
	free(f->act_b);
	f->act_w = f->act_b = NULL;
	return rc;
}

int vn_fold_close(struct vn_fold *f)
{
	struct vn_stage *st = vn_fold_stage(f);
	int index = f->net->n_stages++;
	int rc;

	if (index == 0)
		snprintf(st->name, sizeof(st->name), "stem");
	else
		snprintf(st->name, sizeof(st->name), "block%d", index);
	st->cin = f->lin.ci;
	st->cout = f->lin.co;
	st->k = f->lin.k;
	st->stride = f->lin.stride;
	st->pad = f->lin.pad;
	st->out_h = f->h;
	st->out_w = f->w;
	rc = close_lin(f, st->name, &st->w, &st->b);
	if (!rc && f->at == VN_AT_SERIES)
		rc = close_series(f, st);
	f->pooled = false;
	return rc;
}

int vn_fold_head(struct vn_fold *f)
{
	int rc = 0;

	switch (f->at) {
	case VN_AT_RELU:
	case VN_AT_SERIES:
		rc = vn_fold_close(f);
		break;
	case VN_AT_CONV: /* the classifier came before the average; both are linear */
		if (f->net->n_stages && !f->pooled && f->lin.k == 1)
			break;
		/* fall through */
	case VN_AT_INPUT:
		rc = vn_onnx_refuse(f->g, f->node, "every stage of a VanillaNet has a ReLU",
		                    "there is no ReLU before it");
		break;
	case VN_AT_MEAN:
		break;
	}
	f->at = VN_AT_MEAN;
	f->h = f->w = 1;
	for (char *axis = f->axes; *axis; axis++)
		if (strchr("HWP", *axis))
			*axis = '1';
	return rc;
}

int vn_fold_finish(struct vn_fold *f)
{
	struct vn_net *net = f->net;

	if (f->at == VN_AT_CONV && f->h == 1 && f->w == 1) {
		int rc = vn_fold_head(f);

		if (rc)
			return rc;
	}
	if (f->at != VN_AT_MEAN || !f->lin.w || f->h != 1 || f->w != 1)
		return vn_onnx_refuse(
		        f->g, f->node, "export the whole network, up to the logits",
		        "the output is not that of a classifier after an average over "
		        "the map");
	net->classes = f->lin.co;
	return close_lin(f, "the classifier", &net->fc_w, &net->fc_b);
}

void vn_fold_free(struct vn_fold *f)
{
	lin_free(&f->lin);
	free(f->act_w);
	free(f->act_b);
	free(f->in_scale);
	free(f->in_shift);
}
