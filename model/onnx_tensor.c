/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_tensor.c - constants of an ONNX graph: found behind the nodes that exporters put before
 * them, checked against the bytes that are really there, converted to double.
 */
#include "model/onnx_graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	TYPE_FLOAT = 1,
	TYPE_INT64 = 7,
	TYPE_BOOL = 9,
	LOCATION_EXTERNAL = 1,
	HOPS = 16, /* Identity and Transpose nodes before a constant */
};

/* Where a constant's values are, and whether its matrix is to be turned. */
struct source {
	const VnOnnx__TensorProto *tensor;
	const VnOnnx__AttributeProto *value; /* of a Constant without a tensor */
	bool transpose;
};

/* Transpose of a matrix; other permutations are not constants that a VanillaNet has. */
static bool swaps_matrix(const VnOnnx__NodeProto *node)
{
	const VnOnnx__AttributeProto *perm = vn_onnx_attr(node, "perm");

	return !perm || (perm->n_ints == 2 && perm->ints[0] == 1 && perm->ints[1] == 0);
}

static bool constant_value(const VnOnnx__NodeProto *node, struct source *src)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, "value");

	if (a && a->t) {
		src->tensor = a->t;
		return true;
	}
	src->value = vn_onnx_attr(node, "value_ints");
	return src->value != NULL;
}

static bool find_source(const struct vn_onnx *g, const char *name, struct source *src)
{
	memset(src, 0, sizeof(*src));
	for (int hop = 0; hop < HOPS; hop++) {
		struct vn_onnx_maker by = vn_onnx_find(g, name);

		src->tensor = by.tensor;
		if (by.tensor)
			return true;
		if (!by.node)
			return false;
		if (vn_onnx_is(by.node, "Constant"))
			return constant_value(by.node, src);
		if (vn_onnx_is(by.node, "Transpose") && swaps_matrix(by.node))
			src->transpose = !src->transpose;
		else if (!vn_onnx_is(by.node, "Identity"))
			return false;
		if (!vn_onnx_has(by.node, 0))
			return false;
		name = by.node->input[0];
	}
	return false;
}

bool vn_onnx_is_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot)
{
	struct source src;

	return vn_onnx_has(node, slot) && find_source(g, node->input[slot], &src);
}

static int get_source(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                      struct source *src)
{
	if (!vn_onnx_has(node, slot))
		return vn_onnx_refuse(g, node, "export the network again", "input %zu is missing",
		                      slot);
	if (!find_source(g, node->input[slot], src))
		return vn_onnx_refuse(g, node, "export with the weights stored in the file",
		                      "input %zu is not a constant of this file", slot);
	if (src->tensor &&
	    (src->tensor->data_location == LOCATION_EXTERNAL || src->tensor->n_external_data))
		return vn_onnx_refuse(g, node,
		                      "store the weights inside: torch.onnx.export(..., "
		                      "external_data=False), or onnx.save(onnx.load(FILE), NEW)",
		                      "its weights are in another file");
	return 0;
}

/* ---- shape and data ---- */

static int wrong_data(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot)
{
	return vn_onnx_refuse(g, node, "export the network again; the file is damaged",
	                      "shape and data of input %zu do not agree", slot);
}

/* Number of values by shape; no more than the file could hold. */
static int count_values(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                        const VnOnnx__TensorProto *t, size_t *count)
{
	if (t->n_dims > VN_ONNX_RANK)
		return wrong_data(g, node, slot);
	*count = 1;
	for (size_t i = 0; i < t->n_dims; i++) {
		if (t->dims[i] < 1 || (uint64_t)t->dims[i] > g->bytes / *count)
			return wrong_data(g, node, slot);
		*count *= (size_t)t->dims[i];
	}
	return 0;
}

static float load_float(const uint8_t *p)
{
	uint32_t bits =
	        (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static int64_t load_int64(const uint8_t *p)
{
	uint64_t bits = 0;

	for (int i = 7; i >= 0; i--)
		bits = bits << 8 | p[i];
	return (int64_t)bits;
}

/* Whether exactly one of the two places holds exactly @count values. */
static bool data_fits(size_t count, size_t size, size_t raw_bytes, size_t n_values)
{
	if (raw_bytes)
		return n_values == 0 && raw_bytes == count * size;
	return n_values == count;
}

static int convert(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                   const VnOnnx__TensorProto *src, struct vn_onnx_tensor *t)
{
	for (size_t i = 0; i < t->count; i++) {
		t->v[i] = src->raw_data.len ? load_float(src->raw_data.data + 4 * i)
		                            : src->float_data[i];
		if (!isfinite(t->v[i]))
			return vn_onnx_refuse(
			        g, node, "training has diverged; use an earlier checkpoint",
			        "value %zu of input %zu is not a finite number", i, slot);
	}
	return 0;
}

static int turn(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                struct vn_onnx_tensor *t)
{
	size_t rows = (size_t)t->dims[0], cols = (size_t)t->dims[1];
	double *v;

	if (t->rank != 2)
		return wrong_data(g, node, slot);
	v = malloc(t->count * sizeof(*v));
	if (!v)
		return vn_onnx_no_memory(g, t->count * sizeof(*v), "a weight matrix");
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			v[c * rows + r] = t->v[r * cols + c];
	free(t->v);
	t->v = v;
	t->dims[0] = (int64_t)cols;
	t->dims[1] = (int64_t)rows;
	return 0;
}

static int get_floats(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                      struct vn_onnx_tensor *t)
{
	struct source src;
	int rc = get_source(g, node, slot, &src);

	if (rc)
		return rc;
	if (!src.tensor || src.tensor->data_type != TYPE_FLOAT)
		return vn_onnx_refuse(g, node, "export the network in float32",
		                      "input %zu is not a float32 tensor", slot);
	rc = count_values(g, node, slot, src.tensor, &t->count);
	if (rc)
		return rc;
	if (!data_fits(t->count, 4, src.tensor->raw_data.len, src.tensor->n_float_data))
		return wrong_data(g, node, slot);
	t->rank = (int)src.tensor->n_dims;
	for (int i = 0; i < t->rank; i++)
		t->dims[i] = src.tensor->dims[i];
	t->v = malloc(t->count * sizeof(*t->v));
	if (!t->v)
		return vn_onnx_no_memory(g, t->count * sizeof(*t->v), "a weight tensor");
	rc = convert(g, node, slot, src.tensor, t);
	return !rc && src.transpose ? turn(g, node, slot, t) : rc;
}

int vn_onnx_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                  struct vn_onnx_tensor *t)
{
	int rc;

	memset(t, 0, sizeof(*t));
	rc = get_floats(g, node, slot, t);
	if (rc)
		vn_onnx_tensor_free(t);
	return rc;
}

void vn_onnx_tensor_free(struct vn_onnx_tensor *t)
{
	free(t->v);
	memset(t, 0, sizeof(*t));
}

int vn_onnx_const_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot, size_t max,
                       int64_t *out, size_t *count)
{
	struct source src;
	const VnOnnx__TensorProto *t;
	int rc = get_source(g, node, slot, &src);

	if (rc)
		return rc;
	t = src.tensor;
	if (t && t->data_type != TYPE_INT64)
		return vn_onnx_refuse(g, node, "export the network again",
		                      "input %zu is not an int64 tensor", slot);
	if (!t) {
		*count = src.value->n_ints;
	} else {
		rc = count_values(g, node, slot, t, count);
		if (rc)
			return rc;
		if (!data_fits(*count, 8, t->raw_data.len, t->n_int64_data))
			return wrong_data(g, node, slot);
	}
	if (*count > max)
		return vn_onnx_refuse(g, node, "export the network again",
		                      "input %zu has %zu values, not at most %zu", slot, *count,
		                      max);
	for (size_t i = 0; i < *count; i++)
		out[i] = !t                ? src.value->ints[i]
		         : t->raw_data.len ? load_int64(t->raw_data.data + 8 * i)
		                           : t->int64_data[i];
	return 0;
}

bool vn_onnx_is_false(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot)
{
	struct source src;
	const VnOnnx__TensorProto *t;

	if (!vn_onnx_has(node, slot) || !find_source(g, node->input[slot], &src))
		return false;
	t = src.tensor;
	if (!t || t->data_type != TYPE_BOOL)
		return false;
	if (t->raw_data.len)
		return t->raw_data.len == 1 && t->raw_data.data[0] == 0;
	return t->n_int32_data == 1 && t->int32_data[0] == 0;
}
