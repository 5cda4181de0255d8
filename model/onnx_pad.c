/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_pad.c - Pad, and the padding that auto_pad asks for.
 */
#include "model/onnx_fold.h"

#include <string.h>

static const char HINT_PUT[] = "put the padding into the convolution";

/* ---- auto_pad ---- */

int vn_fold_auto_pad(struct vn_fold *f, int64_t k, int64_t stride, int64_t size, int64_t *before,
                     int64_t *after)
{
	const bool upper = vn_onnx_text(f->node, "auto_pad", "SAME_UPPER", false);
	int64_t total;

	if (vn_onnx_text(f->node, "auto_pad", "NOTSET", true))
		return 0;
	*before = *after = 0;
	if (vn_onnx_text(f->node, "auto_pad", "VALID", false))
		return 0;
	if (!upper && !vn_onnx_text(f->node, "auto_pad", "SAME_LOWER", false))
		return vn_onnx_refuse(f->g, f->node, "export with explicit padding",
		                      "auto_pad is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER");
	if (k < 1 || k > VN_MAX_MAP || stride < 1 || stride > VN_MAX_MAP)
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "kernel_shape or strides are not between 1 and %d",
		                      VN_MAX_MAP);
	/* As many outputs as strides begin in the map; ONNX, Conv, auto_pad. */
	total = ((size + stride - 1) / stride - 1) * stride + k - size;
	total = total > 0 ? total : 0;
	*before = upper ? total / 2 : total - total / 2;
	*after = total - *before;
	return 0;
}

/* ---- Pad ---- */

/* Before and after, for N, C, H, W.  Since operator set 18 only some axes may be given. */
static int read_pads(struct vn_fold *f, int64_t *p)
{
	int64_t given[8], axes[4] = {0, 1, 2, 3};
	size_t n, n_axes = 4;
	int rc = vn_onnx_ints_either(f->g, f->node, 1, "pads", 8, given, &n);

	if (!rc && vn_onnx_has(f->node, 3))
		rc = vn_onnx_const_ints(f->g, f->node, 3, 4, axes, &n_axes);
	if (rc)
		return rc;
	memset(p, 0, 8 * sizeof(*p));
	if (n != 2 * n_axes)
		return vn_onnx_refuse(f->g, f->node, HINT_PUT,
		                      "padding must be given before and after each dimension");
	for (size_t i = 0; i < n_axes; i++) {
		const int axis = vn_fold_axis(axes[i], 4);

		if (axis < 0)
			return vn_onnx_refuse(f->g, f->node, HINT_PUT,
			                      "axis %lld is none of its map", (long long)axes[i]);
		p[axis] = given[i];
		p[4 + axis] = given[n_axes + i];
	}
	return 0;
}

static int check_value(struct vn_fold *f)
{
	struct vn_onnx_tensor t = {0};
	float value = 0;
	int rc = vn_onnx_float(f->g, f->node, "value", 0, &value);

	if (!rc && vn_onnx_has(f->node, 2)) {
		rc = vn_onnx_const_any(f->g, f->node, 2, &t);
		value = rc || t.count != 1 ? 1 : (float)t.v[0];
		vn_onnx_tensor_free(&t);
	}
	if (rc)
		return rc;
	if (value != 0 || !vn_onnx_text(f->node, "mode", "constant", true))
		return vn_onnx_refuse(f->g, f->node, "pad with zeros",
		                      "only padding with zeros is known");
	return 0;
}

int vn_op_pad(struct vn_fold *f)
{
	const VnOnnx__NodeProto *next;
	int64_t p[8], any = 0;
	int rc = read_pads(f, p);

	for (int i = 0; !rc && i < 8; i++)
		any |= p[i];
	if (rc || !any)
		return rc;
	rc = check_value(f);
	rc = rc ? rc : vn_onnx_reader(f->g, f->node->output[0], f->node, &next);
	if (rc)
		return rc;
	if (p[0] || p[1] || p[4] || p[5] || p[2] != p[3] || p[3] != p[6] || p[6] != p[7] ||
	    p[2] < 0 || p[2] >= VN_FOLD_STEM_MAX || f->pad)
		return vn_onnx_refuse(f->g, f->node, HINT_PUT,
		                      "padding must be the same on all four sides of the map");
	if (!vn_onnx_is(next, "Conv"))
		return vn_onnx_refuse(f->g, f->node, HINT_PUT,
		                      "padding must be followed by its convolution");
	f->pad = (int)p[2];
	return 0;
}
