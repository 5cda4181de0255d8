/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_qdq.c - QuantizeLinear and DequantizeLinear, as quantisation-aware training exports them.
 *
 * On constants they are computed, so that weights are those that the trained network computes with.
 * On the map's way a pair of them is the identity up to rounding and saturation: what it saturates
 * to is kept with the stage, for the quantiser.
 */
#include "model/onnx_eval.h"
#include "model/onnx_fold.h"

#include <math.h>
#include <string.h>

static const char HINT_PAIR[] =
        "export in the QDQ format, one scale and zero point for each activation";

/* The least and the largest number of an integer type that maps are quantised to. */
static bool span_of(int type, double *low, double *high)
{
	static const struct {
		int type;
		double low, high;
	} spans[] = {
	        {VN_ONNX_INT8, -128, 127},
	        {VN_ONNX_UINT8, 0, 255},
	        {VN_ONNX_INT16, -32768, 32767},
	        {VN_ONNX_UINT16, 0, 65535},
	};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (spans[i].type != type)
			continue;
		*low = spans[i].low;
		*high = spans[i].high;
		return true;
	}
	return false;
}

static int check_scale(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                       const struct vn_onnx_tensor *scale)
{
	for (size_t i = 0; i < scale->count; i++)
		if (!(scale->v[i] > 0) || isinf(scale->v[i]))
			return vn_onnx_refuse(g, node, "export the quantised network again",
			                      "its scale %g is not a positive finite number",
			                      scale->v[i]);
	return 0;
}

/* ---- constants ---- */

/* One scale, or one for each index along an axis: that of value i is (i / inner) % count. */
struct scales {
	const struct vn_onnx_tensor *scale, *zero; /* zero NULL: none */
	size_t inner;
};

static int along_axis(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                      const struct vn_onnx_tensor *x, struct scales *s)
{
	int64_t axis;
	int at, rc = vn_onnx_int(g, node, "axis", 1, &axis);

	if (rc)
		return rc;
	at = vn_fold_axis(axis, x->rank);
	if (at < 0 || s->scale->rank != 1 || s->scale->dims[0] != x->dims[at])
		return vn_eval_impossible(g, node);
	for (int i = at + 1; i < x->rank; i++)
		s->inner *= (size_t)x->dims[i];
	return 0;
}

static int read_scales(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                       const struct vn_onnx_tensor *in, struct scales *s)
{
	*s = (struct scales){&in[1], node->n_input > 2 && in[2].v ? &in[2] : NULL, 1};
	if (!in[0].v || !in[1].v || !in[1].count || !vn_onnx_is_floating(in[1].type) ||
	    (s->zero && s->zero->count != s->scale->count))
		return vn_eval_impossible(g, node);
	if (s->scale->count > 1) {
		int rc = along_axis(g, node, &in[0], s);

		if (rc)
			return rc;
	}
	return check_scale(g, node, s->scale);
}

static double scale_at(const struct scales *s, size_t i)
{
	return s->scale->v[i / s->inner % s->scale->count];
}

static double zero_at(const struct scales *s, size_t i)
{
	return s->zero ? s->zero->v[i / s->inner % s->zero->count] : 0;
}

/* The type that QuantizeLinear makes. */
static int made_type(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                     const struct vn_onnx_tensor *zero, int *type)
{
	int64_t told;
	int rc = vn_onnx_int(g, node, "output_dtype", 0, &told);

	*type = zero ? zero->type : told ? (int)told : VN_ONNX_UINT8;
	return rc;
}

static int check_type(struct vn_onnx *g, const VnOnnx__NodeProto *node, int type)
{
	double low, high;

	if (span_of(type, &low, &high))
		return 0;
	return vn_onnx_refuse(g, node, "quantise to int8 or uint8",
	                      "its integers are of ONNX's type %d, not of 8 or 16 bits", type);
}

int vn_eval_quantize(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                     struct vn_onnx_tensor *out)
{
	struct scales s;
	double low = 0, high = 0;
	int type = 0, rc = read_scales(g, node, in, &s);

	rc = rc ? rc : made_type(g, node, s.zero, &type);
	rc = rc ? rc : check_type(g, node, type);
	if (rc)
		return rc;
	(void)span_of(type, &low, &high);
	vn_eval_take(&in[0], out);
	out->type = type;
	for (size_t i = 0; i < out->count; i++) {
		const double steps = vn_onnx_round(s.scale->type, out->v[i] / scale_at(&s, i));

		out->v[i] = fmax(low, fmin(high, nearbyint(steps) + zero_at(&s, i)));
	}
	return 0;
}

int vn_eval_dequantize(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                       struct vn_onnx_tensor *out)
{
	struct scales s;
	int type, rc = read_scales(g, node, in, &s);

	if (!rc && in[0].type != VN_ONNX_INT32)
		rc = check_type(g, node, in[0].type);
	if (rc)
		return rc;
	type = s.scale->type;
	vn_eval_take(&in[0], out);
	out->type = type;
	for (size_t i = 0; i < out->count; i++)
		out->v[i] = vn_onnx_round(type, vn_onnx_round(type, out->v[i] - zero_at(&s, i)) *
		                                        scale_at(&s, i));
	return 0;
}

/* A bound of Clip; @def where it has none. */
static int bound(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct vn_onnx_tensor *in,
                 size_t slot, double def, double *out)
{
	const bool there = node->n_input > slot && in[slot].v;
	float value;
	int rc = vn_onnx_float(g, node, slot == 1 ? "min" : "max", (float)def, &value);

	*out = there && in[slot].count ? in[slot].v[0] : (double)value;
	if (!rc && ((there && in[slot].count != 1) || isnan(*out)))
		rc = vn_eval_impossible(g, node);
	return rc;
}

/* Weights that leave out -128 are clipped between the two. */
int vn_eval_clip(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                 struct vn_onnx_tensor *out)
{
	double min = 0, max = 0;
	int rc = in[0].v ? 0 : vn_eval_impossible(g, node);

	rc = rc ? rc : bound(g, node, in, 1, -INFINITY, &min);
	rc = rc ? rc : bound(g, node, in, 2, INFINITY, &max);
	if (rc)
		return rc;
	vn_eval_take(&in[0], out);
	for (size_t i = 0; i < out->count; i++)
		if (!isnan(out->v[i]))
			out->v[i] = fmin(max, fmax(min, out->v[i]));
	return 0;
}

/* ---- on the map's way ---- */

struct pair {
	double scale, zero;
	int type; /* of the zero point; 0: there is none */
};

static int read_one(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot, double *v,
                    int *type)
{
	struct vn_onnx_tensor t;
	int rc = vn_onnx_const_any(g, node, slot, &t);

	if (!rc && t.count != 1)
		rc = vn_onnx_refuse(g, node, HINT_PAIR,
		                    "input %zu has %zu values; an activation has one", slot,
		                    t.count);
	if (!rc && slot == 1)
		rc = check_scale(g, node, &t);
	*v = rc ? 0 : t.v[0];
	*type = t.type;
	vn_onnx_tensor_free(&t);
	return rc;
}

static int read_pair(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct pair *p)
{
	int type, rc;

	memset(p, 0, sizeof(*p));
	rc = read_one(g, node, 1, &p->scale, &type);
	if (!rc && vn_onnx_has(node, 2))
		rc = read_one(g, node, 2, &p->zero, &p->type);
	return rc;
}

/* What the open place saturates to; NULL where no range is chosen. */
static struct vn_bounds *place(struct vn_fold *f)
{
	switch (f->at) {
	case VN_AT_RELU:
		return &vn_fold_stage(f)->relu_bounds;
	case VN_AT_SERIES:
		return f->act_n ? &vn_fold_stage(f)->out_bounds : NULL;
	case VN_AT_MEAN:
		return f->lin.w || f->in_scale
		               ? NULL
		               : &f->net->stages[f->net->n_stages - 1].pooled_bounds;
	case VN_AT_INPUT:
	case VN_AT_CONV:
		break;
	}
	return NULL;
}

static int keep_bounds(struct vn_fold *f, const struct pair *p)
{
	const struct vn_onnx_tensor zero = {.type = p->type};
	double low = 0, high = 0;
	struct vn_bounds *to;
	int type, rc = made_type(f->g, f->node, p->type ? &zero : NULL, &type);

	rc = rc ? rc : check_type(f->g, f->node, type);
	if (rc)
		return rc;
	(void)span_of(type, &low, &high);
	f->pairs++;
	/* What saturates at 0 is a ReLU; exporters then leave that out. */
	if (f->at == VN_AT_CONV && low == p->zero)
		f->at = VN_AT_RELU;
	to = place(f);
	if (to)
		*to = (struct vn_bounds){(low - p->zero) * p->scale, (high - p->zero) * p->scale};
	return 0;
}

int vn_op_quantize(struct vn_fold *f)
{
	const VnOnnx__NodeProto *back;
	struct pair to, from;
	int rc = vn_onnx_reader(f->g, f->node->output[0], f->node, &back);

	if (!rc && !vn_onnx_is(back, "DequantizeLinear"))
		rc = vn_onnx_refuse(f->g, f->node, HINT_PAIR, "no DequantizeLinear follows it");
	rc = rc ? rc : read_pair(f->g, f->node, &to);
	rc = rc ? rc : read_pair(f->g, back, &from);
	if (rc)
		return rc;
	if (to.scale != from.scale || to.zero != from.zero)
		return vn_onnx_refuse(
		        f->g, f->node, HINT_PAIR,
		        "the DequantizeLinear behind it has another scale or zero point");
	return keep_bounds(f, &to);
}

/* Its QuantizeLinear has been read, and has looked at it. */
int vn_op_dequantize(struct vn_fold *f)
{
	const struct vn_onnx_maker by = vn_onnx_find(f->g, f->node->input[0]);

	if (by.node && vn_onnx_is(by.node, "QuantizeLinear"))
		return 0;
	return vn_onnx_refuse(f->g, f->node, HINT_PAIR, "no QuantizeLinear is before it");
}

/* ---- what is said of it ---- */

static bool has(struct vn_bounds b)
{
	return b.high > b.low;
}

void vn_fold_tell_quantised(struct vn_fold *f)
{
	struct vn_onnx *g = f->g;
	int taken = 0;

	for (int s = 0; s < f->net->n_stages; s++) {
		const struct vn_stage *st = &f->net->stages[s];

		taken += has(st->relu_bounds) + has(st->out_bounds) + has(st->pooled_bounds);
	}
	if (f->pairs)
		vn_net_note(f->net,
		            "of %d quantised activations, the ranges of %d are taken: they bound "
		            "those that calibration finds for each channel",
		            f->pairs, taken);
	for (size_t i = 0; i < g->n_nodes; i++) {
		if (!g->live[i] || !vn_onnx_is(g->nodes[i], "DequantizeLinear") ||
		    !vn_onnx_is_const(g, g->nodes[i], 0))
			continue;
		vn_net_note(f->net, "weights are the file's dequantised values, rounded again to "
		                    "the compute unit's own scales");
		break;
	}
}
