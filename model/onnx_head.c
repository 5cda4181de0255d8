/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_head.c - what exporters write for "flatten, then a fully connected layer".
 *
 * From the head on a map is one pixel; f->rank says whether the tensor is [N][c] or still
 * [N][c][1][1].
 */
#include "model/onnx_fold.h"

#include <stdlib.h>
#include <string.h>

static const char HINT_FLATTEN[] = "flatten with start_dim=1";

/* ---- shapes ---- */

/* Change the rank of a map of one pixel; before the head that is all a map may be. */
static int set_rank(struct vn_fold *f, int rank)
{
	int rc;

	if (f->h != 1 || f->w != 1)
		return vn_onnx_refuse(f->g, f->node,
		                      "average over the whole map, once, before the classifier",
		                      "it flattens a %dx%d map", f->h, f->w);
	rc = vn_fold_head(f);
	f->rank = rank;
	return rc;
}

int vn_op_flatten(struct vn_fold *f)
{
	int64_t axis;
	int rc = vn_onnx_int(f->g, f->node, "axis", 1, &axis);

	if (rc)
		return rc;
	if (axis != 1 && axis != 1 - f->rank)
		return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN, "axis is %lld, not 1",
		                      (long long)axis);
	return set_rank(f, 2);
}

/* A shape that is computed can only be "batch size, then the rest"; the rest is constant. */
static bool last_is_rest(struct vn_fold *f)
{
	const VnOnnx__NodeProto *node = vn_onnx_find(f->g, f->node->input[1]).node, *rest;
	size_t slot = 1, n;
	int64_t last;

	if (!node || !vn_onnx_is(node, "Concat") || node->n_input != 2)
		return false;
	rest = vn_onnx_find(f->g, node->input[1]).node;
	if (rest && vn_onnx_is(rest, "Unsqueeze")) {
		node = rest;
		slot = 0;
	}
	if (!vn_onnx_is_const(f->g, node, slot) ||
	    vn_onnx_const_ints(f->g, node, slot, 1, &last, &n))
		return false;
	return n == 1 && (last == -1 || last == f->c);
}

int vn_op_reshape(struct vn_fold *f)
{
	int64_t shape[4] = {0};
	size_t n;
	int rc;

	if (vn_onnx_has(f->node, 1) && !vn_onnx_is_const(f->g, f->node, 1) && last_is_rest(f))
		return set_rank(f, 2);
	rc = vn_onnx_const_ints(f->g, f->node, 1, 4, shape, &n);
	if (rc)
		return rc;
	if (n < 2 || (shape[1] != f->c && shape[1] != -1 && shape[1] != 0))
		return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
		                      "it does not keep the %d channels", f->c);
	for (size_t i = 2; i < n; i++)
		if (shape[i] != 1)
			return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
			                      "it makes neither a vector nor a map of one pixel");
	return set_rank(f, (int)n);
}

/* Axes of Squeeze and Unsqueeze: an attribute until operator set 12, an input since.  All must lie
 * behind the channels of a tensor of @rank dimensions. */
static int read_axes(struct vn_fold *f, int rank, size_t *n)
{
	int64_t axes[4];
	int rc;

	if (vn_onnx_has(f->node, 1))
		rc = vn_onnx_const_ints(f->g, f->node, 1, 4, axes, n);
	else
		rc = vn_onnx_ints(f->g, f->node, "axes", 4, axes, n);
	if (rc)
		return rc;
	for (size_t i = 0; i < *n; i++) {
		int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
		bool again = i > 0 && axes[i] == axes[i - 1];

		if (axis < 2 || axis >= rank || again)
			return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
			                      "axes must be height and width");
	}
	if (*n == 0 || *n > 2)
		return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN, "axes must be height and width");
	return 0;
}

int vn_op_squeeze(struct vn_fold *f)
{
	size_t n;
	int rc = read_axes(f, f->rank, &n);

	return rc ? rc : set_rank(f, f->rank - (int)n);
}

/* Which axes are new cannot be known before their number is: 4 dimensions are the most there can
 * be. */
int vn_op_unsqueeze(struct vn_fold *f)
{
	size_t n;
	int rc = read_axes(f, 4, &n);

	if (!rc && f->rank + (int)n != 4)
		rc = vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
		                    "it does not make a map of one pixel");
	return rc ? rc : set_rank(f, 4);
}

/* ---- fully connected layers ---- */

static int check_matrix(struct vn_fold *f, const struct vn_onnx_tensor *t, bool transposed)
{
	int64_t in = t->rank == 2 ? t->dims[transposed ? 1 : 0] : 0;
	int64_t out = t->rank == 2 ? t->dims[transposed ? 0 : 1] : 0;

	if (f->rank != 2 || f->at != VN_AT_MEAN)
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

/* Whether @t is one value, or one for each channel when it meets a tensor of f->rank dimensions. */
static bool per_channel(const struct vn_fold *f, const struct vn_onnx_tensor *t)
{
	int at = t->rank - (f->rank - 1);

	if (t->count == 1)
		return true;
	return t->rank <= f->rank && at >= 0 && t->dims[at] == f->c && t->count == (size_t)f->c;
}

/* Constant at input @slot as one addend per channel, times @beta. */
static int read_addend(struct vn_fold *f, size_t slot, double beta, double *b)
{
	struct vn_onnx_tensor t;
	int rc = vn_onnx_const(f->g, f->node, slot, &t);

	if (rc)
		return rc;
	if (!per_channel(f, &t))
		rc = vn_onnx_refuse(f->g, f->node, "export the network again",
		                    "input %zu is not one value for each of %d channels", slot,
		                    f->c);
	for (int c = 0; !rc && c < f->c; c++)
		b[c] = beta * t.v[t.count == 1 ? 0 : c];
	vn_onnx_tensor_free(&t);
	return rc;
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

static int add_constant(struct vn_fold *f, size_t slot, double beta)
{
	double *b = calloc(2 * (size_t)f->c, sizeof(*b));
	int rc;

	if (!b)
		return vn_onnx_no_memory(f->g, 2 * (size_t)f->c * sizeof(*b), "a bias");
	for (int c = 0; c < f->c; c++)
		b[f->c + c] = 1;
	rc = read_addend(f, slot, beta, b);
	rc = rc ? rc : vn_fold_affine(f, b + f->c, b);
	free(b);
	return rc;
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
	return add_constant(f, 2, beta);
}

int vn_op_matmul(struct vn_fold *f)
{
	struct vn_onnx_tensor t;
	int rc = vn_onnx_const(f->g, f->node, 1, &t);

	rc = rc ? rc : push_matrix(f, &t, false, 1);
	vn_onnx_tensor_free(&t);
	return rc;
}

/* A bias that stands alone; the addend may be on either side. */
int vn_op_add(struct vn_fold *f)
{
	size_t slot = vn_onnx_is_const(f->g, f->node, 0) ? 0 : 1;

	if (!vn_onnx_is_const(f->g, f->node, slot))
		return vn_onnx_refuse(f->g, f->node, "a VanillaNet has no shortcuts or branches",
		                      "two paths meet here");
	return add_constant(f, slot, 1);
}
