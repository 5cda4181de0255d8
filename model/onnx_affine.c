/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_affine.c - constants that are added to the map or multiplied with it: a bias that stands
 * alone, a batch normalisation in pieces, a normalisation of the image.
 */
#include "model/onnx_fold.h"

#include <stdlib.h>
#include <string.h>

/* Whether @t is one value, or one for each channel when it meets the tensor. */
static bool per_channel(const struct vn_fold *f, const struct vn_onnx_tensor *t)
{
	const int rank = (int)strlen(f->axes), at = t->rank - (rank - vn_fold_channel_axis(f));

	if (t->count == 1)
		return true;
	return t->rank <= rank && at >= 0 && t->dims[at] == f->c && t->count == (size_t)f->c;
}

/* x * scale + shift with the constant at input @slot as each channel's number: *@v is malloc'ed,
 * [2 * f->c], the second half for the caller. */
static int read_numbers(struct vn_fold *f, size_t slot, double **v)
{
	struct vn_onnx_tensor t;
	int rc = vn_onnx_const(f->g, f->node, slot, &t);

	*v = NULL;
	if (!rc && !per_channel(f, &t))
		rc = vn_onnx_refuse(f->g, f->node, "export the network again",
		                    "input %zu is not one value for each of %d channels", slot,
		                    f->c);
	if (!rc) {
		*v = calloc(2 * (size_t)f->c, sizeof(**v));
		if (!*v)
			rc = vn_onnx_no_memory(f->g, 2 * (size_t)f->c * sizeof(**v), "a bias");
	}
	for (int c = 0; !rc && c < f->c; c++)
		(*v)[c] = t.v[t.count == 1 ? 0 : c];
	vn_onnx_tensor_free(&t);
	return rc;
}

/* x * @sign + beta * constant. */
static int add(struct vn_fold *f, size_t slot, double sign, double beta)
{
	double *v;
	int rc = read_numbers(f, slot, &v);

	if (rc)
		return rc;
	for (int c = 0; c < f->c; c++) {
		v[c] *= beta;
		v[f->c + c] = sign;
	}
	rc = vn_fold_affine(f, v + f->c, v);
	free(v);
	return rc;
}

int vn_fold_addend(struct vn_fold *f, size_t slot, double beta)
{
	return add(f, slot, 1, beta);
}

/* The slot of the constant, which may be on either side. */
static int constant_slot(struct vn_fold *f, size_t *slot)
{
	*slot = vn_onnx_is_const(f->g, f->node, 0) ? 0 : 1;
	if (f->node->n_input == 2 && vn_onnx_is_const(f->g, f->node, *slot))
		return 0;
	return vn_onnx_refuse(f->g, f->node, "a VanillaNet has no shortcuts or branches",
	                      "two paths meet here");
}

int vn_op_add(struct vn_fold *f)
{
	size_t slot;
	int rc = constant_slot(f, &slot);

	return rc ? rc : add(f, slot, 1, 1);
}

int vn_op_sub(struct vn_fold *f)
{
	size_t slot;
	int rc = constant_slot(f, &slot);

	if (rc)
		return rc;
	return slot == 0 ? add(f, slot, -1, 1) : add(f, slot, 1, -1);
}

int vn_op_mul(struct vn_fold *f)
{
	double *v;
	size_t slot;
	int rc = constant_slot(f, &slot);

	rc = rc ? rc : read_numbers(f, slot, &v);
	if (rc)
		return rc;
	rc = vn_fold_affine(f, v, v + f->c);
	free(v);
	return rc;
}

int vn_op_div(struct vn_fold *f)
{
	double *v;
	size_t slot;
	int rc = constant_slot(f, &slot);

	if (!rc && slot == 0)
		rc = vn_onnx_refuse(f->g, f->node,
		                    "see docs/overview.md for the layers a VanillaNet has",
		                    "it divides by the map");
	rc = rc ? rc : read_numbers(f, slot, &v);
	if (rc)
		return rc;
	for (int c = 0; !rc && c < f->c; c++) {
		if (v[c] == 0)
			rc = vn_onnx_refuse(f->g, f->node, "export the network again",
			                    "it divides channel %d by zero", c);
		v[c] = 1 / v[c];
	}
	rc = rc ? rc : vn_fold_affine(f, v, v + f->c);
	free(v);
	return rc;
}

int vn_op_neg(struct vn_fold *f)
{
	double *v = calloc(2 * (size_t)f->c, sizeof(*v));
	int rc;

	if (!v)
		return vn_onnx_no_memory(f->g, 2 * (size_t)f->c * sizeof(*v), "a sign");
	for (int c = 0; c < f->c; c++)
		v[c] = -1;
	rc = vn_fold_affine(f, v, v + f->c);
	free(v);
	return rc;
}
