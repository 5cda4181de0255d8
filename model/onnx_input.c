/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_input.c - the image that enters a graph, and what the graph does to it before the stem.
 *
 * The image is [N][C][H][W], or [N][H][W][C] where a Transpose turns it.  Its numbers are pixel/255,
 * normalised outside as the file's properties say, unless the graph itself normalises: then they are
 * pixels, 0..255 or 0..1.
 */
#include "model/onnx_fold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char HINT_SHAPE[] = "export with a fixed image size, float32, [N][C][H][W]";

/* Means and deviations above this are of pixels from 0 to 255: of pixels from 0 to 1 they are below
 * 1, and a network wants numbers of a few units. */
static const double UNIT_MOST = 8;

/* ---- shape ---- */

static int read_dim(struct vn_fold *f, const VnOnnx__TensorShapeProto *shape, size_t axis, int max,
                    int *out)
{
	const VnOnnx__TensorShapeProto__Dimension *d = shape->dim[axis];

	if (d->value_case != VN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ||
	    d->dim_value < 1 || d->dim_value > max)
		return vn_onnx_refuse(f->g, NULL, HINT_SHAPE,
		                      "dimension %zu of the input is not fixed between 1 and %d",
		                      axis, max);
	*out = (int)d->dim_value;
	return 0;
}

static bool keeps_order(const VnOnnx__NodeProto *node)
{
	static const char *const ops[] = {
	        "Cast",           "Identity",        "Sub", "Add", "Mul", "Div", "Neg",
	        "QuantizeLinear", "DequantizeLinear"};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (vn_onnx_is(node, ops[i]))
			return true;
	return false;
}

/* Whether the first node that is not of one pixel at a time turns [N][H][W][C] into [N][C][H][W]. */
static bool is_turned(struct vn_fold *f)
{
	static const int64_t perm[4] = {0, 3, 1, 2};
	const VnOnnx__NodeProto *node = NULL;
	const char *name = f->g->input->name;
	vn_error *const err = f->g->err;
	const VnOnnx__AttributeProto *a;

	f->g->err = NULL; /* the walk will tell */
	for (int hop = 0; hop < 8; hop++) {
		if (vn_onnx_reader(f->g, name, NULL, &node) || !keeps_order(node) ||
		    !node->n_output)
			break;
		name = node->output[0];
	}
	f->g->err = err;
	if (!node || !vn_onnx_is(node, "Transpose"))
		return false;
	a = vn_onnx_attr(node, "perm");
	return a && a->n_ints == 4 && !memcmp(a->ints, perm, sizeof(perm));
}

static bool known_type(int type)
{
	return vn_onnx_is_floating(type) || type == VN_ONNX_UINT8;
}

int vn_fold_input(struct vn_fold *f)
{
	const VnOnnx__TypeProto *type = f->g->input->type;
	const VnOnnx__TypeProto__Tensor *t = type ? type->tensor_type : NULL;
	const int channels = (int)(sizeof(f->net->mean) / sizeof(f->net->mean[0]));
	struct vn_net *net = f->net;
	bool last;
	int rc;

	if (!t || !known_type(t->elem_type) || !t->shape || t->shape->n_dim != 4)
		return vn_onnx_refuse(f->g, NULL, HINT_SHAPE,
		                      "the input is not float32 of four dimensions");
	last = is_turned(f);
	rc = read_dim(f, t->shape, last ? 3 : 1, channels, &net->in_c);
	rc = rc ? rc : read_dim(f, t->shape, last ? 1 : 2, VN_MAX_MAP, &net->in_h);
	rc = rc ? rc : read_dim(f, t->shape, last ? 2 : 3, VN_MAX_MAP, &net->in_w);
	if (t->shape->dim[0]->value_case ==
	            VN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
	    t->shape->dim[0]->dim_value > 0 && t->shape->dim[0]->dim_value < 1 << 20)
		f->batch = (int)t->shape->dim[0]->dim_value;
	f->c = net->in_c;
	f->h = net->in_h;
	f->w = net->in_w;
	strcpy(f->axes, last ? "NHWC" : "NCHW");
	f->in_type = t->elem_type;
	for (int c = 0; c < channels; c++)
		f->norm_scale[c] = 1;
	return rc;
}

/* ---- normalisation ---- */

static bool is_raw(const struct vn_fold *f)
{
	double most = 0;

	if (f->in_type == VN_ONNX_UINT8)
		return true;
	for (int c = 0; c < f->net->in_c; c++)
		most = fmax(most, fmax(1, fabs(f->norm_shift[c])) / f->norm_scale[c]);
	return most > UNIT_MOST;
}

int vn_fold_normalise(struct vn_fold *f)
{
	struct vn_net *net = f->net;
	const bool told = net->normalised, raw = !told && is_raw(f);

	if (!f->normalises && f->in_type != VN_ONNX_UINT8)
		return 0;
	for (int c = 0; c < net->in_c; c++) {
		/* What enters the graph is (pixel/255 - mean) / std. */
		const double mean = told ? net->mean[c] : 0;
		const double std = told ? net->std[c] : raw ? 1.0 / 255 : 1;
		const double scale = f->norm_scale[c], shift = f->norm_shift[c];

		net->mean[c] = (float)(mean - shift * std / scale);
		net->std[c] = (float)(std / scale);
		if (!isfinite(net->mean[c]) || !isnormal(net->std[c]) || !(net->std[c] > 0))
			return vn_onnx_refuse(f->g, NULL, "export the network again",
			                      "its normalisation of channel %d is by zero or "
			                      "not finite",
			                      c);
	}
	net->normalised = net->normalises = 1;
	if (!told)
		vn_net_note(
		        net,
		        "the network normalises its input itself; it is fed pixels from 0 to %d",
		        raw ? 255 : 1);
	return 0;
}
