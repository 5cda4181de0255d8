/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_eval_shape.c - constants that are turned, reshaped or joined; see onnx_eval.h.
 */
#include "model/onnx_eval.h"

#include <string.h>

void vn_eval_strides(const struct vn_onnx_tensor *t, size_t *stride)
{
	size_t step = 1;

	for (int i = t->rank - 1; i >= 0; i--) {
		stride[i] = step;
		step *= (size_t)t->dims[i];
	}
}

void vn_eval_advance(int rank, const int64_t *dims, int64_t *at)
{
	for (int i = rank - 1; i >= 0 && ++at[i] == dims[i]; i--)
		at[i] = 0;
}

size_t vn_eval_place(int rank, const int64_t *at, const size_t *stride)
{
	size_t place = 0;

	for (int i = 0; i < rank; i++)
		place += (size_t)at[i] * stride[i];
	return place;
}

/* Reverses the dimensions where no perm is given. */
static int read_perm(struct vn_onnx *g, const VnOnnx__NodeProto *node, int rank, int64_t *perm)
{
	unsigned seen = 0;
	size_t n;
	int rc = vn_onnx_ints(g, node, "perm", VN_ONNX_RANK, perm, &n);

	if (rc)
		return rc;
	if (n != 0 && n != (size_t)rank)
		return vn_eval_impossible(g, node);
	for (int i = 0; n == 0 && i < rank; i++)
		perm[i] = rank - 1 - i;
	for (int i = 0; i < rank; i++)
		seen |= perm[i] >= 0 && perm[i] < rank ? 1u << perm[i] : 0;
	if (seen != (1u << rank) - 1)
		return vn_eval_impossible(g, node);
	return 0;
}

int vn_eval_transpose(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                      struct vn_onnx_tensor *out)
{
	size_t stride[VN_ONNX_RANK] = {0}, turned[VN_ONNX_RANK] = {0};
	int64_t perm[VN_ONNX_RANK], at[VN_ONNX_RANK] = {0};
	int rc = in[0].v ? read_perm(g, node, in[0].rank, perm) : vn_eval_impossible(g, node);

	if (rc)
		return rc;
	vn_eval_strides(&in[0], stride);
	out->type = in[0].type;
	out->rank = in[0].rank;
	for (int i = 0; i < out->rank; i++) {
		out->dims[i] = in[0].dims[perm[i]];
		turned[i] = stride[perm[i]];
	}
	rc = vn_onnx_tensor_alloc(g, out);
	for (size_t i = 0; !rc && i < out->count; i++) {
		out->v[i] = in[0].v[vn_eval_place(out->rank, at, turned)];
		vn_eval_advance(out->rank, out->dims, at);
	}
	return rc;
}

int vn_eval_reshape(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                    struct vn_onnx_tensor *out)
{
	int64_t dims[VN_ONNX_RANK];
	size_t known = 1;
	int rest = -1;

	if (!in[0].v || node->n_input < 2 || !in[1].v || in[1].count > VN_ONNX_RANK)
		return vn_eval_impossible(g, node);
	for (int i = 0; i < (int)in[1].count; i++) {
		dims[i] = (int64_t)in[1].v[i];
		if (dims[i] == 0 && i < in[0].rank)
			dims[i] = in[0].dims[i];
		if (dims[i] == -1 && rest < 0)
			rest = i;
		else if (dims[i] < 1 || (size_t)dims[i] > in[0].count / known)
			return vn_eval_impossible(g, node);
		else
			known *= (size_t)dims[i];
	}
	if (rest >= 0)
		dims[rest] = (int64_t)(in[0].count / known);
	if (rest >= 0 ? known * (size_t)dims[rest] != in[0].count : known != in[0].count)
		return vn_eval_impossible(g, node);
	vn_eval_take(&in[0], out);
	out->rank = (int)in[1].count;
	memcpy(out->dims, dims, sizeof(dims[0]) * in[1].count);
	return 0;
}

/* Axes of Squeeze and Unsqueeze as bits, counted in @rank dimensions; all of size 1 where Squeeze
 * names none. */
static int read_axes(struct vn_onnx *g, const VnOnnx__NodeProto *node, int rank, unsigned *bits,
                     size_t *n)
{
	int64_t axes[VN_ONNX_RANK];
	int rc = vn_onnx_ints_either(g, node, 1, "axes", VN_ONNX_RANK, axes, n);

	*bits = 0;
	for (size_t i = 0; !rc && i < *n; i++) {
		const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];

		if (axis < 0 || axis >= rank || *bits >> axis & 1)
			return vn_eval_impossible(g, node);
		*bits |= 1u << axis;
	}
	return rc;
}

int vn_eval_squeeze(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                    struct vn_onnx_tensor *out)
{
	const struct vn_onnx_tensor *t = &in[0];
	unsigned bits = 0;
	size_t n = 0;
	int rank = 0,
	    rc = t->v ? read_axes(g, node, t->rank, &bits, &n) : vn_eval_impossible(g, node);

	if (rc)
		return rc;
	for (int i = 0; i < t->rank; i++) {
		if ((n == 0 || bits >> i & 1) && t->dims[i] == 1)
			continue;
		if (bits >> i & 1)
			return vn_eval_impossible(g, node);
		out->dims[rank++] = t->dims[i];
	}
	out->type = t->type;
	out->rank = rank;
	out->count = t->count;
	out->v = in[0].v;
	in[0].v = NULL;
	return 0;
}

int vn_eval_unsqueeze(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                      struct vn_onnx_tensor *out)
{
	int64_t axes[VN_ONNX_RANK];
	unsigned bits = 0;
	size_t n = 0;
	int rank, from = 0, rc = in[0].v ? 0 : vn_eval_impossible(g, node);

	/* How many there are says in how many dimensions they are counted. */
	rc = rc ? rc : vn_onnx_ints_either(g, node, 1, "axes", VN_ONNX_RANK, axes, &n);
	rank = in[0].rank + (int)n;
	if (!rc && rank > VN_ONNX_RANK)
		rc = vn_eval_impossible(g, node);
	rc = rc ? rc : read_axes(g, node, rank, &bits, &n);
	if (rc)
		return rc;
	for (int i = 0; i < rank; i++)
		out->dims[i] = bits >> i & 1 ? 1 : in[0].dims[from++];
	out->type = in[0].type;
	out->rank = rank;
	out->count = in[0].count;
	out->v = in[0].v;
	in[0].v = NULL;
	return 0;
}

int vn_eval_concat(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                   struct vn_onnx_tensor *out)
{
	size_t at = 0;
	int64_t axis;
	int rc = vn_onnx_int(g, node, "axis", 0, &axis);

	/* Shapes are joined so; nothing else that a constant is made of. */
	out->rank = 1;
	for (size_t i = 0; !rc && i < node->n_input; i++) {
		if (!in[i].v || in[i].rank != 1 || (axis != 0 && axis != -1))
			rc = vn_eval_impossible(g, node);
		out->dims[0] += in[i].dims[0];
		out->type = in[i].type;
	}
	rc = rc ? rc : vn_onnx_tensor_alloc(g, out);
	for (size_t i = 0; !rc && i < node->n_input; at += in[i++].count)
		memcpy(out->v + at, in[i].v, in[i].count * sizeof(*out->v));
	return rc;
}
