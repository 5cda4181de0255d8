/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_head.c - the fully connected layer, and what may follow the logits.
 */
#include "model/onnx_fold.h"

#include <stdlib.h>
#include <string.h>

/* ---- fully connected layers ---- */

static int check_matrix(struct vn_fold *f, const struct vn_onnx_tensor *t, bool transposed)
{
	int64_t in = t->rank == 2 ? t->dims[transposed ? 1 : 0] : 0;
	int64_t out = t->rank == 2 ? t->dims[transposed ? 0 : 1] : 0;

	if ((strcmp(f->axes, "NC") != 0 && strcmp(f->axes, "C") != 0) || f->at != VN_AT_MEAN)
		return vn_onnx_refuse(f->g, f->node, "flatten before the classifier",
		                      "a matrix product must come after average and flattening");
	if (in != f->c || out < 1 || out > VN_MAX_CHANNELS)
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "the matrix is not %d channels by at most %d classes", f->c,
		                      VN_MAX_CHANNELS);
	return 0;
}

/* Take the matrix as [out][in]. */
static int take_matrix(struct vn_fold *f, struct vn_onnx_tensor *t, bool transposed,
                       struct vn_lin *l)
{
	l->ci = f->c;
	l->co = (int)t->dims[transposed ? 0 : 1];
	l->k = 1;
	l->stride = 1;
	if (transposed) {
		l->w = t->v;
		t->v = NULL;
		return 0;
	}
	l->w = calloc(t->count, sizeof(*l->w));
	if (!l->w)
		return vn_onnx_no_memory(f->g, t->count * sizeof(*l->w), "the classifier");
	for (int i = 0; i < l->ci; i++)
		for (int o = 0; o < l->co; o++)
			l->w[(size_t)o * (size_t)l->ci + (size_t)i] =
			        t->v[(size_t)i * (size_t)l->co + (size_t)o];
	return 0;
}

/* Push x * (alpha * B); the bias of Gemm is added afterwards, when f->c counts classes. */
static int push_matrix(struct vn_fold *f, struct vn_onnx_tensor *t, bool transposed, double alpha)
{
	struct vn_lin l = {0};
	int rc = check_matrix(f, t, transposed);

	rc = rc ? rc : take_matrix(f, t, transposed, &l);
	if (rc)
		return rc;
	for (size_t i = 0; i < (size_t)l.co * (size_t)l.ci; i++)
		l.w[i] *= alpha;
	l.b = calloc((size_t)l.co, sizeof(*l.b));
	if (!l.b) {
		free(l.w);
		return vn_onnx_no_memory(f->g, (size_t)l.co * sizeof(*l.b), "the classifier");
	}
	return vn_fold_push(f, &l);
}

int vn_op_gemm(struct vn_fold *f)
{
	struct vn_onnx_tensor t = {0};
	int64_t ta, tb;
	float alpha, beta;
	int rc = vn_onnx_int(f->g, f->node, "transA", 0, &ta);

	rc = rc ? rc : vn_onnx_int(f->g, f->node, "transB", 0, &tb);
	rc = rc ? rc : vn_onnx_float(f->g, f->node, "alpha", 1, &alpha);
	rc = rc ? rc : vn_onnx_float(f->g, f->node, "beta", 1, &beta);
	if (!rc && ta)
		rc = vn_onnx_refuse(f->g, f->node, "export the network again", "transA is set");
	rc = rc ? rc : vn_onnx_const(f->g, f->node, 1, &t);
	rc = rc ? rc : push_matrix(f, &t, tb != 0, alpha);
	vn_onnx_tensor_free(&t);
	if (rc || !vn_onnx_has(f->node, 2))
		return rc;
	return vn_fold_addend(f, 2, beta);
}

int vn_op_matmul(struct vn_fold *f)
{
	struct vn_onnx_tensor t;
	int rc = vn_onnx_const(f->g, f->node, 1, &t);

	rc = rc ? rc : push_matrix(f, &t, false, 1);
	vn_onnx_tensor_free(&t);
	return rc;
}

/* ---- behind the logits ---- */

/* The classifier may stand before the average, as a convolution of one pixel. */
static bool has_logits(const struct vn_fold *f)
{
	return f->lin.w && (f->at == VN_AT_MEAN || (f->at == VN_AT_CONV && f->h == 1 && f->w == 1));
}

/* Over the classes and nothing else? */
static bool over_classes(const struct vn_fold *f, int64_t axis, bool and_all_behind)
{
	const int at = vn_fold_axis(axis, (int)strlen(f->axes)), c = vn_fold_channel_axis(f);

	if (!and_all_behind)
		return at == c;
	/* Until operator set 12 all axes from this one on were taken together. */
	return at >= 0 && at <= c && strspn(f->axes + at, "1HW") == (size_t)(c - at) &&
	       strspn(f->axes + c + 1, "1HW") == strlen(f->axes + c + 1);
}

static int end(struct vn_fold *f, int64_t axis, bool and_all_behind, const char *note)
{
	if (f->ended)
		return 0;
	if (!has_logits(f))
		return vn_onnx_refuse(f->g, f->node, "export the network up to the logits",
		                      "it stands before the classifier");
	if (!over_classes(f, axis, and_all_behind))
		return vn_onnx_refuse(f->g, f->node, "export the network up to the logits",
		                      "axis %lld is not the one of the classes", (long long)axis);
	vn_net_note(f->net, "%s", note);
	f->ended = true;
	return 0;
}

int vn_op_softmax(struct vn_fold *f)
{
	const bool old = f->g->opset < 13;
	int64_t axis;
	int rc = vn_onnx_int(f->g, f->node, "axis", old ? 1 : -1, &axis);

	return rc ? rc
	          : end(f, axis, old,
	                "the softmax at the network's end is left out: it keeps the logits' order");
}

int vn_op_arg_max(struct vn_fold *f)
{
	int64_t axis, last;
	int rc = vn_onnx_int(f->g, f->node, "axis", 0, &axis);

	rc = rc ? rc : vn_onnx_int(f->g, f->node, "select_last_index", 0, &last);
	return rc ? rc
	          : end(f, axis, false,
	                "the arg max at the network's end is left out: every class's logit is "
	                "kept");
}

int vn_op_cast(struct vn_fold *f)
{
	int64_t to;
	int rc = vn_onnx_int(f->g, f->node, "to", 0, &to);

	if (rc || f->ended || vn_onnx_is_floating((int)to))
		return rc;
	return vn_onnx_refuse(f->g, f->node, "export the network in float32",
	                      "it makes integers of the map");
}
