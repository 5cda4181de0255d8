/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_tensor.c - a tensor message as numbers: shape checked against the bytes that are really
 * there, every element type of weights and shapes converted to double.
 */
#include "model/onnx_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOCATION_EXTERNAL = 1 };

/* A dense tensor out of a few places may be this many times as large as the file, and this large
 * in any case. */
enum { SPARSE_FACTOR = 64, SPARSE_LEAST = 1 << 20 };

static const size_t MAX_COUNT = (size_t)1 << 31;

/* ---- formats ---- */

static double from_bits32(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static double from_bits64(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* IEEE 754 binary16. */
static double from_half(uint32_t bits)
{
	const uint32_t exponent = bits >> 10 & 31, fraction = bits & 1023;
	const double sign = bits & 0x8000 ? -1 : 1;

	if (exponent == 31)
		return fraction ? (double)NAN : sign * (double)INFINITY;
	if (exponent == 0)
		return sign * ldexp(fraction, -24);
	return sign * ldexp(1024 + fraction, (int)exponent - 25);
}

static const struct format {
	int type;
	size_t bytes;
} formats[] = {
        {VN_ONNX_FLOAT, 4},    {VN_ONNX_UINT8, 1},  {VN_ONNX_INT8, 1},   {VN_ONNX_UINT16, 2},
        {VN_ONNX_INT16, 2},    {VN_ONNX_INT32, 4},  {VN_ONNX_INT64, 8},  {VN_ONNX_BOOL, 1},
        {VN_ONNX_FLOAT16, 2},  {VN_ONNX_DOUBLE, 8}, {VN_ONNX_UINT32, 4}, {VN_ONNX_UINT64, 8},
        {VN_ONNX_BFLOAT16, 2},
};

static size_t size_of(int type)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].type == type)
			return formats[i].bytes;
	return 0;
}

/* Little-endian @bits of an element of @type. */
static double decode(int type, uint64_t bits)
{
	switch (type) {
	case VN_ONNX_FLOAT:
		return from_bits32((uint32_t)bits);
	case VN_ONNX_DOUBLE:
		return from_bits64(bits);
	case VN_ONNX_FLOAT16:
		return from_half((uint32_t)bits);
	case VN_ONNX_BFLOAT16:
		return from_bits32((uint32_t)bits << 16);
	case VN_ONNX_INT8:
		return (int8_t)bits;
	case VN_ONNX_INT16:
		return (int16_t)bits;
	case VN_ONNX_INT32:
		return (int32_t)bits;
	case VN_ONNX_INT64:
		return (double)(int64_t)bits;
	case VN_ONNX_BOOL:
		return bits != 0;
	default: /* unsigned */
		return (double)bits;
	}
}

static uint64_t load(const uint8_t *p, size_t bytes)
{
	uint64_t bits = 0;

	while (bytes-- > 0)
		bits = bits << 8 | p[bytes];
	return bits;
}

bool vn_onnx_is_floating(int type)
{
	return type == VN_ONNX_FLOAT || type == VN_ONNX_FLOAT16 || type == VN_ONNX_DOUBLE ||
	       type == VN_ONNX_BFLOAT16;
}

/* Nearest multiple of the type's spacing at @v, even ones at ties; @digits of the significand,
 * @least: exponent of the smallest normal number. */
static double round_to(double v, int digits, int least, double largest)
{
	int exponent;
	double unit, rounded;

	if (!isfinite(v) || v == 0)
		return v;
	(void)frexp(v, &exponent); /* |v| in [2^(exponent-1), 2^exponent) */
	unit = ldexp(1, (exponent - 1 < least ? least : exponent - 1) - (digits - 1));
	rounded = nearbyint(v / unit) * unit;
	return fabs(rounded) > largest ? copysign((double)INFINITY, v) : rounded;
}

double vn_onnx_round(int type, double v)
{
	switch (type) {
	case VN_ONNX_DOUBLE:
		return v;
	case VN_ONNX_FLOAT:
		return (float)v;
	case VN_ONNX_FLOAT16:
		return round_to(v, 11, -14, 65504);
	case VN_ONNX_BFLOAT16:
		return round_to(v, 8, -126, ldexp(255, 120));
	case VN_ONNX_BOOL:
		return v != 0;
	default:
		return trunc(v);
	}
}

/* ---- memory ---- */

int vn_onnx_tensor_alloc(struct vn_onnx *g, struct vn_onnx_tensor *t)
{
	t->count = 1;
	for (int i = 0; i < t->rank; i++)
		t->count *= (size_t)t->dims[i];
	t->v = calloc(t->count + 1, sizeof(*t->v));
	return t->v ? 0 : vn_onnx_no_memory(g, t->count * sizeof(*t->v), "a weight tensor");
}

void vn_onnx_tensor_free(struct vn_onnx_tensor *t)
{
	free(t->v);
	memset(t, 0, sizeof(*t));
}

/* ---- dense ---- */

static int read_dims(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot, size_t n,
                     const int64_t *dims, struct vn_onnx_tensor *t)
{
	if (n > VN_ONNX_RANK)
		return vn_onnx_wrong_data(g, node, slot);
	t->rank = (int)n;
	t->count = 1;
	for (size_t i = 0; i < n; i++) {
		if (dims[i] < 0 || (t->count && (uint64_t)dims[i] > MAX_COUNT / t->count))
			return vn_onnx_wrong_data(g, node, slot);
		t->dims[i] = dims[i];
		t->count *= (size_t)dims[i];
	}
	return 0;
}

/* Values in the message's typed fields: which one is ONNX's choice for the type. */
static size_t typed_count(const VnOnnx__TensorProto *src)
{
	switch (src->data_type) {
	case VN_ONNX_FLOAT:
		return src->n_float_data;
	case VN_ONNX_DOUBLE:
		return src->n_double_data;
	case VN_ONNX_INT64:
		return src->n_int64_data;
	case VN_ONNX_UINT32:
	case VN_ONNX_UINT64:
		return src->n_uint64_data;
	default:
		return src->n_int32_data;
	}
}

static double typed_value(const VnOnnx__TensorProto *src, size_t i)
{
	switch (src->data_type) {
	case VN_ONNX_FLOAT:
		return src->float_data[i];
	case VN_ONNX_DOUBLE:
		return src->double_data[i];
	case VN_ONNX_INT64:
		return (double)src->int64_data[i];
	case VN_ONNX_UINT32:
	case VN_ONNX_UINT64:
		return (double)src->uint64_data[i];
	default: /* bits in the low part */
		return decode(src->data_type, (uint32_t)src->int32_data[i]);
	}
}

static int fill_raw(struct vn_onnx *g, const uint8_t *data, size_t size, struct vn_onnx_tensor *t)
{
	int rc = vn_onnx_tensor_alloc(g, t);

	for (size_t i = 0; !rc && i < t->count; i++)
		t->v[i] = decode(t->type, load(data + i * size, size));
	return rc;
}

static int fill_external(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                         const VnOnnx__TensorProto *src, size_t size, struct vn_onnx_tensor *t)
{
	unsigned char *data;
	int rc = vn_onnx_external(g, node, src, t->count * size, &data);

	if (rc)
		return rc;
	rc = fill_raw(g, data, size, t);
	free(data);
	return rc;
}

int vn_onnx_tensor_read(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                        const VnOnnx__TensorProto *src, struct vn_onnx_tensor *t)
{
	const size_t size = size_of(src->data_type), typed = typed_count(src);
	int rc;

	memset(t, 0, sizeof(*t));
	t->type = src->data_type;
	if (!size)
		return vn_onnx_refuse(g, node, "export the network in float32",
		                      "input %zu has elements of type %d, which is not known here",
		                      slot, (int)src->data_type);
	rc = read_dims(g, node, slot, src->n_dims, src->dims, t);
	if (rc)
		return rc;
	if (src->data_location == LOCATION_EXTERNAL || src->n_external_data)
		return fill_external(g, node, src, size, t);
	if (src->raw_data.len) {
		if (typed || src->raw_data.len != t->count * size)
			return vn_onnx_wrong_data(g, node, slot);
		return fill_raw(g, src->raw_data.data, size, t);
	}
	if (typed != t->count)
		return vn_onnx_wrong_data(g, node, slot);
	rc = vn_onnx_tensor_alloc(g, t);
	for (size_t i = 0; !rc && i < t->count; i++)
		t->v[i] = typed_value(src, i);
	return rc;
}

/* ---- sparse ---- */

/* Place of value @i in the flattened tensor; @count where it is none. */
static size_t place_of(const struct vn_onnx_tensor *t, const struct vn_onnx_tensor *indices,
                       size_t i)
{
	const int rank = indices->rank == 2 ? (int)indices->dims[1] : 1;
	double at = 0;

	for (int d = 0; d < rank; d++) {
		const double x = indices->v[i * (size_t)rank + (size_t)d];

		if (indices->rank == 2 && (x < 0 || x >= (double)t->dims[d]))
			return t->count;
		at = indices->rank == 2 ? at * (double)t->dims[d] + x : x;
	}
	return at >= 0 && at < (double)t->count ? (size_t)at : t->count;
}

static int scatter(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                   const struct vn_onnx_tensor *values, const struct vn_onnx_tensor *indices,
                   struct vn_onnx_tensor *t)
{
	const bool fits = indices->type == VN_ONNX_INT64 && indices->rank >= 1 &&
	                  indices->rank <= 2 && indices->dims[0] == (int64_t)values->count &&
	                  (indices->rank == 1 || indices->dims[1] == t->rank);
	int rc;

	if (!fits || (t->count / SPARSE_FACTOR > g->bytes && t->count > SPARSE_LEAST))
		return vn_onnx_wrong_data(g, node, slot);
	rc = vn_onnx_tensor_alloc(g, t);
	for (size_t i = 0; !rc && i < values->count; i++) {
		const size_t at = place_of(t, indices, i);

		if (at == t->count)
			return vn_onnx_wrong_data(g, node, slot);
		t->v[at] = values->v[i];
	}
	return rc;
}

int vn_onnx_sparse_read(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                        const VnOnnx__SparseTensorProto *src, struct vn_onnx_tensor *t)
{
	struct vn_onnx_tensor values = {0}, indices = {0};
	int rc = 0;

	memset(t, 0, sizeof(*t));
	if (!src->values || !src->indices)
		return vn_onnx_wrong_data(g, node, slot);
	rc = vn_onnx_tensor_read(g, node, slot, src->values, &values);
	rc = rc ? rc : vn_onnx_tensor_read(g, node, slot, src->indices, &indices);
	rc = rc ? rc : read_dims(g, node, slot, src->n_dims, src->dims, t);
	t->type = values.type;
	rc = rc ? rc : scatter(g, node, slot, &values, &indices, t);
	vn_onnx_tensor_free(&values);
	vn_onnx_tensor_free(&indices);
	return rc;
}
