/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_act.c - ReLU, what must be ReLU or nothing, and what must be nothing.
 */
#include "model/onnx_fold.h"

#include <math.h>

static const char HINT_LAMBDA[] =
        "train until deep training has finished (lambda = 1), then export again";

int vn_op_relu(struct vn_fold *f)
{
	switch (f->at) {
	case VN_AT_CONV:
		f->at = VN_AT_RELU;
		return 0;
	case VN_AT_RELU: /* a second ReLU changes nothing */
		return 0;
	case VN_AT_MEAN:
		return vn_onnx_refuse(f->g, f->node, HINT_LAMBDA,
		                      "there is a ReLU in the classifier: lambda is 0, not yet 1");
	case VN_AT_INPUT:
	case VN_AT_SERIES:
		break;
	}
	return vn_onnx_refuse(f->g, f->node, "see docs/overview.md for the layers a VanillaNet has",
	                      "a ReLU must follow a convolution or its pooling");
}

/* Between paired convolutions: a leaky ReLU that must have become the identity. */
static int check_slope(struct vn_fold *f, double slope)
{
	if (slope == 1)
		return 0;
	return vn_onnx_refuse(f->g, f->node, HINT_LAMBDA, "lambda is %g, not yet 1", slope);
}

int vn_op_leaky(struct vn_fold *f)
{
	float alpha;
	int rc = vn_onnx_float(f->g, f->node, "alpha", 0.01f, &alpha);

	return rc ? rc : check_slope(f, alpha);
}

int vn_op_prelu(struct vn_fold *f)
{
	struct vn_onnx_tensor slope;
	int rc = vn_onnx_const(f->g, f->node, 1, &slope);

	for (size_t i = 0; !rc && i < slope.count; i++)
		rc = check_slope(f, slope.v[i]);
	vn_onnx_tensor_free(&slope);
	return rc;
}

/* A bound of Clip: an attribute until operator set 10, an input since; any number, infinite too. */
static int read_bound(struct vn_fold *f, size_t slot, const char *name, double def, double *out)
{
	struct vn_onnx_tensor t;
	float value;
	int rc = vn_onnx_float(f->g, f->node, name, (float)def, &value);

	*out = value;
	if (rc || !vn_onnx_has(f->node, slot))
		return rc;
	rc = vn_onnx_const_any(f->g, f->node, slot, &t);
	if (!rc && (t.count != 1 || isnan(t.v[0])))
		rc = vn_onnx_refuse(f->g, f->node, "train with a plain ReLU",
		                    "its bound %s is not a number", name);
	*out = rc ? 0 : t.v[0];
	vn_onnx_tensor_free(&t);
	return rc;
}

/* Bounds that no number of the network's type passes: the largest of float16. */
static const double NO_BOUND = 65504;

int vn_op_clip(struct vn_fold *f)
{
	double min, max;
	int rc = read_bound(f, 1, "min", -INFINITY, &min);

	rc = rc ? rc : read_bound(f, 2, "max", INFINITY, &max);
	if (rc)
		return rc;
	if (min <= -NO_BOUND && max >= NO_BOUND)
		return 0;
	if (min != 0 || max < NO_BOUND)
		return vn_onnx_refuse(f->g, f->node, "train with a plain ReLU",
		                      "it limits to %g..%g, which is not a ReLU", min, max);
	return vn_op_relu(f);
}

/* Max(x, 0) is a ReLU. */
int vn_op_max(struct vn_fold *f)
{
	const size_t slot = vn_onnx_is_const(f->g, f->node, 0) ? 0 : 1;
	struct vn_onnx_tensor t = {0};
	bool zero = true;
	int rc;

	if (f->node->n_input == 1)
		return 0;
	if (f->node->n_input != 2 || !vn_onnx_is_const(f->g, f->node, slot))
		return vn_onnx_refuse(f->g, f->node, "a VanillaNet has no shortcuts or branches",
		                      "two paths meet here");
	rc = vn_onnx_const(f->g, f->node, slot, &t);
	for (size_t i = 0; i < t.count; i++)
		zero = zero && t.v[i] == 0;
	if (!rc && !zero)
		rc = vn_onnx_refuse(f->g, f->node, "train with a plain ReLU",
		                    "it limits to other numbers than 0, which is not a ReLU");
	vn_onnx_tensor_free(&t);
	return rc ? rc : vn_op_relu(f);
}

/* The identity, unless it is told to train (an input since operator set 12). */
int vn_op_dropout(struct vn_fold *f)
{
	if (vn_onnx_has(f->node, 2) && !vn_onnx_is_false(f->g, f->node, 2))
		return vn_onnx_refuse(f->g, f->node, "call eval() before exporting",
		                      "it may be in training mode");
	return 0;
}

int vn_op_identity(struct vn_fold *f)
{
	(void)f;
	return 0;
}
