/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_const.c - constants of an ONNX graph: initialisers, and what exporters compute from them
 * before they are used (a cast, a turned matrix, sqrt(variance + epsilon) ...).
 *
 * A constant is evaluated where it is asked for.  How deep, how large and how much in all are
 * bounded: a graph of a few nodes could double its work with every one.
 */
#include "model/onnx_graph.h"
#include "model/onnx_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH = 32,         /* operations between an initialiser and its use */
	WORK_MAX = 1 << 28, /* values computed for one file */
	INT_EXACT_BITS = 53,
};

enum { UNKNOWN, CONSTANT, VARIABLE };

/* ---- what is constant ---- */

static bool is_const_name(struct vn_onnx *g, const char *name, int depth);

/* Remembered for each node.  While a node is looked into it counts as variable, so that a circle
 * ends. */
static bool is_const_node(struct vn_onnx *g, const struct vn_onnx_maker *by, int depth)
{
	unsigned char *known = &g->constness[by->index];
	bool all;

	if (*known != UNKNOWN)
		return *known == CONSTANT;
	if (depth == DEPTH)
		return false;
	*known = VARIABLE;
	all = vn_onnx_can_evaluate(by->node);
	for (size_t i = 0; all && i < by->node->n_input; i++)
		all = !by->node->input[i][0] || is_const_name(g, by->node->input[i], depth + 1);
	*known = all ? CONSTANT : VARIABLE;
	return all;
}

static bool is_const_name(struct vn_onnx *g, const char *name, int depth)
{
	const struct vn_onnx_maker by = vn_onnx_find(g, name);

	if (by.tensor || by.sparse)
		return true;
	return by.node && is_const_node(g, &by, depth);
}

bool vn_onnx_is_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot)
{
	return vn_onnx_has(node, slot) && is_const_name(g, node->input[slot], 0);
}

/* ---- evaluating ---- */

static int get(struct vn_onnx *g, const VnOnnx__NodeProto *user, size_t slot, int depth,
               struct vn_onnx_tensor *t);

static int evaluate(struct vn_onnx *g, const VnOnnx__NodeProto *node, int depth,
                    struct vn_onnx_tensor *t)
{
	struct vn_onnx_tensor in[VN_EVAL_INPUTS] = {0};
	int rc = 0;

	if (node->n_input > VN_EVAL_INPUTS)
		return vn_onnx_refuse(g, node, "export the network again",
		                      "it is computed from more than %d constants", VN_EVAL_INPUTS);
	for (size_t i = 0; !rc && i < node->n_input; i++)
		if (vn_onnx_has(node, i))
			rc = get(g, node, i, depth + 1, &in[i]);
	rc = rc ? rc : vn_onnx_evaluate(g, node, in, t);
	for (size_t i = 0; i < node->n_input; i++)
		vn_onnx_tensor_free(&in[i]);
	if (rc)
		return rc;
	g->work += t->count + 1;
	if (g->work > WORK_MAX)
		return vn_onnx_refuse(g, node, "fold constants when exporting",
		                      "the file computes too much from its constants");
	return 0;
}

static int get(struct vn_onnx *g, const VnOnnx__NodeProto *user, size_t slot, int depth,
               struct vn_onnx_tensor *t)
{
	const struct vn_onnx_maker by = vn_onnx_find(g, user->input[slot]);

	if (by.tensor)
		return vn_onnx_tensor_read(g, user, slot, by.tensor, t);
	if (by.sparse)
		return vn_onnx_sparse_read(g, user, slot, by.sparse, t);
	if (!by.node || depth > DEPTH || !is_const_node(g, &by, depth))
		return vn_onnx_refuse(g, user, "export with the weights stored in the file",
		                      "input %zu is not a constant of this file", slot);
	return evaluate(g, by.node, depth, t);
}

int vn_onnx_const_any(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                      struct vn_onnx_tensor *t)
{
	int rc;

	memset(t, 0, sizeof(*t));
	if (!vn_onnx_has(node, slot))
		return vn_onnx_refuse(g, node, "export the network again", "input %zu is missing",
		                      slot);
	rc = get(g, node, slot, 0, t);
	if (!rc && t->count == 0)
		rc = vn_onnx_wrong_data(g, node, slot);
	if (rc)
		vn_onnx_tensor_free(t);
	return rc;
}

static int check_weights(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                         const struct vn_onnx_tensor *t)
{
	if (!vn_onnx_is_floating(t->type))
		return vn_onnx_refuse(g, node, "export the network in float32",
		                      "input %zu is not a float32 tensor", slot);
	for (size_t i = 0; i < t->count; i++)
		if (!isfinite(t->v[i]))
			return vn_onnx_refuse(
			        g, node, "training has diverged; use an earlier checkpoint",
			        "value %zu of input %zu is not a finite number", i, slot);
	return 0;
}

int vn_onnx_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                  struct vn_onnx_tensor *t)
{
	int rc = vn_onnx_const_any(g, node, slot, t);

	rc = rc ? rc : check_weights(g, node, slot, t);
	if (rc)
		vn_onnx_tensor_free(t);
	return rc;
}

/* ---- integers ---- */

static int to_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot, size_t max,
                   const struct vn_onnx_tensor *t, int64_t *out)
{
	const double most = ldexp(1, INT_EXACT_BITS);

	if (t->type != VN_ONNX_INT64 && t->type != VN_ONNX_INT32)
		return vn_onnx_refuse(g, node, "export the network again",
		                      "input %zu is not an int64 tensor", slot);
	if (t->count > max)
		return vn_onnx_refuse(g, node, "export the network again",
		                      "input %zu has %zu values, not at most %zu", slot, t->count,
		                      max);
	for (size_t i = 0; i < t->count; i++)
		out[i] = (int64_t)fmax(-most, fmin(most, t->v[i]));
	return 0;
}

int vn_onnx_const_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot, size_t max,
                       int64_t *out, size_t *count)
{
	struct vn_onnx_tensor t = {0};
	int rc;

	*count = 0;
	if (!vn_onnx_has(node, slot))
		return vn_onnx_refuse(g, node, "export the network again", "input %zu is missing",
		                      slot);
	rc = get(g, node, slot, 0, &t);
	rc = rc ? rc : to_ints(g, node, slot, max, &t, out);
	*count = rc ? 0 : t.count;
	vn_onnx_tensor_free(&t);
	return rc;
}

int vn_onnx_ints_either(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                        const char *name, size_t max, int64_t *out, size_t *count)
{
	if (vn_onnx_has(node, slot))
		return vn_onnx_const_ints(g, node, slot, max, out, count);
	return vn_onnx_ints(g, node, name, max, out, count);
}

bool vn_onnx_is_false(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot)
{
	struct vn_onnx_tensor t = {0};
	bool is_false = vn_onnx_is_const(g, node, slot) && !vn_onnx_const_any(g, node, slot, &t) &&
	                t.type == VN_ONNX_BOOL && t.count == 1 && t.v[0] == 0;

	vn_onnx_tensor_free(&t);
	return is_false;
}
