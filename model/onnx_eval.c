/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_eval.c - values and arithmetic; see onnx_eval.h.
 */
#include "model/onnx_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What grows without a large input to grow from. */
static const size_t MAX_GROWN = (size_t)1 << 20;

void vn_eval_take(struct vn_onnx_tensor *from, struct vn_onnx_tensor *out)
{
	*out = *from;
	from->v = NULL;
}

/* ---- Constant ---- */

static int values_of(struct vn_onnx *g, const VnOnnx__AttributeProto *a, int type, bool list,
                     struct vn_onnx_tensor *out)
{
	int rc;

	out->type = type;
	out->rank = list;
	out->dims[0] = (int64_t)(type == VN_ONNX_FLOAT ? a->n_floats : a->n_ints);
	rc = vn_onnx_tensor_alloc(g, out);
	for (size_t i = 0; !rc && i < out->count; i++)
		out->v[i] = type == VN_ONNX_FLOAT ? (list ? a->floats[i] : a->f)
		                                  : (double)(list ? a->ints[i] : a->i);
	return rc;
}

static int constant(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                    struct vn_onnx_tensor *out)
{
	static const struct {
		const char *name;
		int type;
		bool list;
	} forms[] = {
	        {"value_floats", VN_ONNX_FLOAT, true},
	        {"value_float", VN_ONNX_FLOAT, false},
	        {"value_ints", VN_ONNX_INT64, true},
	        {"value_int", VN_ONNX_INT64, false},
	};
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, "value");

	(void)in;
	if (a && a->t)
		return vn_onnx_tensor_read(g, node, 0, a->t, out);
	a = vn_onnx_attr(node, "sparse_value");
	if (a && a->sparse_tensor)
		return vn_onnx_sparse_read(g, node, 0, a->sparse_tensor, out);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		a = vn_onnx_attr(node, forms[i].name);
		if (a)
			return values_of(g, a, forms[i].type, forms[i].list, out);
	}
	return vn_onnx_refuse(g, node, "export the network again",
	                      "it holds neither a tensor nor numbers");
}

/* ConstantOfShape: a zero, or the one value of attribute "value". */
static int constant_of_shape(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                             struct vn_onnx_tensor *in, struct vn_onnx_tensor *out)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, "value");
	struct vn_onnx_tensor value = {.type = VN_ONNX_FLOAT};
	double count = 1;
	int rc = a && a->t ? vn_onnx_tensor_read(g, node, 0, a->t, &value) : 0;

	if (!rc && (!in[0].v || in[0].count > VN_ONNX_RANK || (value.v && value.count != 1)))
		rc = vn_eval_impossible(g, node);
	out->type = value.type;
	out->rank = (int)in[0].count;
	for (int i = 0; !rc && i < out->rank; i++) {
		count *= in[0].v[i];
		if (!(in[0].v[i] >= 0) || count > (double)MAX_GROWN)
			rc = vn_eval_impossible(g, node);
		else
			out->dims[i] = (int64_t)in[0].v[i];
	}
	rc = rc ? rc : vn_onnx_tensor_alloc(g, out);
	for (size_t i = 0; !rc && value.v && i < out->count; i++)
		out->v[i] = value.v[0];
	vn_onnx_tensor_free(&value);
	return rc;
}

static int identity(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                    struct vn_onnx_tensor *out)
{
	if (!in[0].v)
		return vn_eval_impossible(g, node);
	vn_eval_take(&in[0], out);
	return 0;
}

static int cast(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                struct vn_onnx_tensor *out)
{
	int64_t to;
	int rc = vn_onnx_int(g, node, "to", VN_ONNX_FLOAT, &to);

	rc = rc ? rc : identity(g, node, in, out);
	if (rc)
		return rc;
	out->type = (int)to;
	for (size_t i = 0; i < out->count; i++)
		out->v[i] = vn_onnx_round(out->type, out->v[i]);
	return 0;
}

/* ---- arithmetic ---- */

/* The shape of both, stretched where one is 1; strides are 0 along what is stretched. */
static int broadcast(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                     const struct vn_onnx_tensor *in, struct vn_onnx_tensor *out,
                     size_t stride[2][VN_ONNX_RANK])
{
	const size_t largest = in[0].count > in[1].count ? in[0].count : in[1].count;
	double count = 1;

	out->rank = in[0].rank > in[1].rank ? in[0].rank : in[1].rank;
	memset(stride, 0, 2 * sizeof(stride[0]));
	for (int i = 0; i < out->rank; i++)
		out->dims[i] = 1;
	for (int k = 0; k < 2; k++) {
		const int skip = out->rank - in[k].rank;
		size_t own[VN_ONNX_RANK];

		vn_eval_strides(&in[k], own);
		for (int i = 0; i < in[k].rank; i++) {
			int64_t *dim = &out->dims[i + skip];

			if (in[k].dims[i] == 1)
				continue;
			if (*dim != 1 && *dim != in[k].dims[i])
				return vn_eval_impossible(g, node);
			*dim = in[k].dims[i];
			stride[k][i + skip] = own[i];
		}
	}
	for (int i = 0; i < out->rank; i++)
		count *= (double)out->dims[i];
	return count > (double)largest && count > (double)MAX_GROWN ? vn_eval_impossible(g, node)
	                                                            : 0;
}

static double compute(const char *op, int type, double a, double b)
{
	if (!strcmp(op, "Add"))
		return a + b;
	if (!strcmp(op, "Sub"))
		return a - b;
	if (!strcmp(op, "Mul"))
		return a * b;
	if (!strcmp(op, "Pow"))
		return pow(a, b);
	if (!strcmp(op, "Expand"))
		return a;
	return vn_onnx_is_floating(type) ? a / b : trunc(a / b);
}

static int binary(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                  struct vn_onnx_tensor *out)
{
	size_t stride[2][VN_ONNX_RANK];
	int64_t at[VN_ONNX_RANK] = {0};
	int rc = node->n_input == 2 && in[0].v && in[1].v ? 0 : vn_eval_impossible(g, node);

	rc = rc ? rc : broadcast(g, node, in, out, stride);
	out->type = in[0].type;
	rc = rc ? rc : vn_onnx_tensor_alloc(g, out);
	for (size_t i = 0; !rc && i < out->count; i++) {
		out->v[i] = compute(node->op_type, out->type,
		                    in[0].v[vn_eval_place(out->rank, at, stride[0])],
		                    in[1].v[vn_eval_place(out->rank, at, stride[1])]);
		vn_eval_advance(out->rank, out->dims, at);
	}
	return rc;
}

/* The second input is a shape: a tensor of it, whose values do not matter. */
static int expand(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                  struct vn_onnx_tensor *out)
{
	struct vn_onnx_tensor both[2] = {{0}};
	int rc = node->n_input == 2 && in[0].v && in[1].v ? 0 : vn_eval_impossible(g, node);

	rc = rc ? rc : constant_of_shape(g, node, &in[1], &both[1]);
	if (!rc) {
		vn_eval_take(&in[0], &both[0]);
		rc = binary(g, node, both, out);
	}
	vn_onnx_tensor_free(&both[0]);
	vn_onnx_tensor_free(&both[1]);
	return rc;
}

static int unary(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                 struct vn_onnx_tensor *out)
{
	const char *op = node->op_type;

	if (!in[0].v)
		return vn_eval_impossible(g, node);
	vn_eval_take(&in[0], out);
	for (size_t i = 0; i < out->count; i++)
		out->v[i] = !strcmp(op, "Sqrt")  ? sqrt(out->v[i])
		            : !strcmp(op, "Abs") ? fabs(out->v[i])
		            : !strcmp(op, "Neg") ? -out->v[i]
		                                 : 1 / out->v[i];
	return 0;
}

/* ---- the table ---- */

static const struct {
	const char *name;
	vn_eval *run;
	size_t inputs; /* at least */
} ops[] = {
        {"Constant", constant, 0},
        {"ConstantOfShape", constant_of_shape, 1},
        {"Identity", identity, 1},
        {"Cast", cast, 1},
        {"Transpose", vn_eval_transpose, 1},
        {"Reshape", vn_eval_reshape, 2},
        {"Squeeze", vn_eval_squeeze, 1},
        {"Unsqueeze", vn_eval_unsqueeze, 1},
        {"Concat", vn_eval_concat, 1},
        {"Expand", expand, 2},
        {"Add", binary, 2},
        {"Sub", binary, 2},
        {"Mul", binary, 2},
        {"Div", binary, 2},
        {"Pow", binary, 2},
        {"Sqrt", unary, 1},
        {"Abs", unary, 1},
        {"Neg", unary, 1},
        {"Reciprocal", unary, 1},
        {"Clip", vn_eval_clip, 1},
        {"QuantizeLinear", vn_eval_quantize, 2},
        {"DequantizeLinear", vn_eval_dequantize, 2},
};

enum { OPS = sizeof(ops) / sizeof(ops[0]) };

static size_t find(const VnOnnx__NodeProto *node)
{
	size_t i = 0;

	while (i < OPS && !vn_onnx_is(node, ops[i].name))
		i++;
	return i;
}

bool vn_onnx_can_evaluate(const VnOnnx__NodeProto *node)
{
	const size_t i = find(node);

	return i < OPS && node->n_input >= ops[i].inputs &&
	       (!node->domain[0] || !strcmp(node->domain, "ai.onnx"));
}

int vn_onnx_evaluate(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                     struct vn_onnx_tensor *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ops[find(node)].run(g, node, in, out);
	if (rc)
		vn_onnx_tensor_free(out);
	return rc;
}
