/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_shape.c - operations that change a tensor's shape and none of its numbers.
 *
 * f->axes says what each axis is.  A map is flattened when it has one pixel, or to be averaged over
 * what its pixels have become.
 */
#include "model/onnx_fold.h"

#include <string.h>

static const char HINT_FLATTEN[] = "flatten with start_dim=1";
static const char HINT_ORDER[] = "export in the order [N][C][H][W]";

int vn_fold_axis(int64_t axis, int rank)
{
	if (axis < 0)
		axis += rank;
	return axis >= 0 && axis < rank ? (int)axis : -1;
}

int vn_fold_channel_axis(const struct vn_fold *f)
{
	return (int)(strchr(f->axes, 'C') - f->axes);
}

bool vn_fold_is_map(const struct vn_fold *f)
{
	static const char order[] = "NCHW";

	if (strlen(f->axes) != 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (f->axes[i] != order[i] && !(f->axes[i] == '1' && i != 1))
			return false;
	return true;
}

static int size_of_axis(const struct vn_fold *f, int axis)
{
	switch (f->axes[axis]) {
	case 'N':
		return f->batch;
	case 'C':
		return f->c;
	case 'H':
		return f->h;
	case 'W':
		return f->w;
	case 'P':
		return f->h * f->w;
	default:
		return 1;
	}
}

/* @axes is what a map of one pixel becomes; before the head that is all a map may be. */
static int set_axes(struct vn_fold *f, const char *axes)
{
	int rc;

	if (f->h != 1 || f->w != 1)
		return vn_onnx_refuse(f->g, f->node,
		                      "average over the whole map, once, before the classifier",
		                      "it flattens a %dx%d map", f->h, f->w);
	rc = vn_fold_head(f);
	strcpy(f->axes, axes);
	return rc;
}

int vn_op_flatten(struct vn_fold *f)
{
	int64_t axis;
	int rc = vn_onnx_int(f->g, f->node, "axis", 1, &axis);

	if (rc || f->ended)
		return rc;
	if (vn_fold_axis(axis, (int)strlen(f->axes)) != 1 || !strchr("N1", f->axes[0]))
		return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN, "axis is %lld, not 1",
		                      (long long)axis);
	return set_axes(f, "NC");
}

/* ---- Reshape ---- */

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

/* Zeros copy the axis of the same place. */
static void copy_zeros(const struct vn_fold *f, int64_t *shape, size_t n)
{
	for (size_t i = 0; i < n && i < strlen(f->axes); i++)
		if (shape[i] == 0)
			shape[i] = size_of_axis(f, (int)i);
}

/* [N][c][h * w] */
static bool joins_pixels(const struct vn_fold *f, const int64_t *shape, size_t n)
{
	return n == 3 && vn_fold_is_map(f) && shape[1] == f->c &&
	       (shape[2] == -1 || shape[2] == (int64_t)f->h * f->w);
}

static bool is_same(const struct vn_fold *f, const int64_t *shape, size_t n)
{
	if (n != strlen(f->axes))
		return false;
	for (size_t i = 0; i < n; i++)
		if (shape[i] != size_of_axis(f, (int)i) && shape[i] != -1)
			return false;
	return true;
}

int vn_op_reshape(struct vn_fold *f)
{
	char axes[] = "NC1111";
	int64_t shape[6] = {0};
	size_t n;
	int rc;

	if (f->ended)
		return 0;
	if (vn_onnx_has(f->node, 1) && !vn_onnx_is_const(f->g, f->node, 1) && last_is_rest(f))
		return set_axes(f, "NC");
	rc = vn_onnx_const_ints(f->g, f->node, 1, 6, shape, &n);
	if (rc)
		return rc;
	copy_zeros(f, shape, n);
	if (is_same(f, shape, n))
		return 0;
	if (joins_pixels(f, shape, n) && f->h * f->w != 1) {
		strcpy(f->axes, "NCP");
		return 0;
	}
	if (n == 1 && (shape[0] == f->c || shape[0] == -1))
		return set_axes(f, "C");
	if (n < 2 || (shape[1] != f->c && shape[1] != -1))
		return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
		                      "it does not keep the %d channels", f->c);
	for (size_t i = 2; i < n; i++)
		if (shape[i] != 1)
			return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
			                      "it makes neither a vector nor a map of one pixel");
	axes[n] = '\0';
	return set_axes(f, axes);
}

/* ---- Squeeze, Unsqueeze ---- */

/* Axes as bits, counted in @rank dimensions. */
static int read_axes(struct vn_fold *f, int rank, unsigned *bits, size_t *n)
{
	int64_t axes[VN_ONNX_RANK];
	int rc = vn_onnx_ints_either(f->g, f->node, 1, "axes", VN_ONNX_RANK, axes, n);

	*bits = 0;
	for (size_t i = 0; !rc && i < *n; i++) {
		const int axis = vn_fold_axis(axes[i], rank);

		if (axis < 0 || *bits >> axis & 1)
			return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
			                      "axes must be height and width");
		*bits |= 1u << axis;
	}
	return rc;
}

/* Without axes: all of size 1.  The batch is one image, or not fixed. */
static bool can_go(const struct vn_fold *f, int axis)
{
	const int size = size_of_axis(f, axis);

	return f->axes[axis] != 'C' && (size == 1 || size == 0);
}

int vn_op_squeeze(struct vn_fold *f)
{
	char axes[VN_ONNX_RANK + 1];
	unsigned bits;
	size_t n, left = 0;
	int rc;

	if (f->ended)
		return 0;
	rc = read_axes(f, (int)strlen(f->axes), &bits, &n);
	if (rc)
		return rc;
	for (int i = 0; f->axes[i]; i++) {
		if (n == 0 ? can_go(f, i) : bits >> i & 1) {
			if (!can_go(f, i))
				return vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
				                      "axes must be height and width");
			continue;
		}
		axes[left++] = f->axes[i];
	}
	axes[left] = '\0';
	return set_axes(f, axes);
}

int vn_op_unsqueeze(struct vn_fold *f)
{
	char axes[VN_ONNX_RANK + 1];
	const char *from = f->axes;
	unsigned bits;
	size_t n;
	int rank, rc;

	if (f->ended)
		return 0;
	/* How many there are says in how many dimensions they are counted. */
	rc = read_axes(f, VN_ONNX_RANK, &bits, &n);
	rank = (int)(strlen(f->axes) + n);
	if (!rc && rank > VN_ONNX_RANK)
		rc = vn_onnx_refuse(f->g, f->node, HINT_FLATTEN,
		                    "it does not make a map of one pixel");
	rc = rc ? rc : read_axes(f, rank, &bits, &n);
	if (rc)
		return rc;
	for (int i = 0; i < rank; i++)
		axes[i] = bits >> i & 1 ? '1' : *from++;
	axes[rank] = '\0';
	/* A batch that was squeezed away comes back. */
	if (axes[0] == '1' && !strchr(axes, 'N'))
		axes[0] = 'N';
	return set_axes(f, axes);
}

/* ---- Transpose ---- */

int vn_op_transpose(struct vn_fold *f)
{
	const int rank = (int)strlen(f->axes);
	int64_t perm[VN_ONNX_RANK] = {0};
	char axes[VN_ONNX_RANK + 1] = "";
	size_t n;
	int rc = vn_onnx_ints(f->g, f->node, "perm", VN_ONNX_RANK, perm, &n);

	if (rc)
		return rc;
	for (int i = 0; n == 0 && i < rank; i++)
		perm[i] = rank - 1 - i;
	for (int i = 0; i < rank && (n == 0 || n == (size_t)rank); i++) {
		const int from = vn_fold_axis(perm[i], rank);

		if (from < 0 || (f->axes[from] != '1' && strchr(axes, f->axes[from])))
			break;
		axes[i] = f->axes[from];
	}
	if ((int)strlen(axes) != rank || !strchr(axes, 'C') || axes[0] != f->axes[0])
		return vn_onnx_refuse(f->g, f->node, HINT_ORDER,
		                      "it does not turn a map between [C][H][W] and [H][W][C]");
	strcpy(f->axes, axes);
	return 0;
}
