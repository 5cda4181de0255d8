/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_graph.c - what a node's attributes say, and how a node is refused.
 */
#include "model/onnx_graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ATTR_FLOAT = 1, ATTR_INT = 2, ATTR_INTS = 7 };

/* ---- refusing ---- */

/* Names come from the file: printable and short. */
void vn_onnx_printable(char *out, size_t size, const char *in)
{
	size_t i = 0;

	for (; in[i] && i + 1 < size; i++)
		out[i] = (unsigned char)in[i] < ' ' || in[i] == 127 ? '?' : in[i];
	out[i] = '\0';
}

void vn_onnx_set_error(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *hint,
                       const char *fmt, ...)
{
	char text[256], name[64] = "", op[32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!node) {
		(void)vn_fail(g->err, VN_EMODEL, hint, "%s: %s", g->file, text);
		return;
	}
	if (node->name[0])
		vn_onnx_printable(name, sizeof(name), node->name);
	else if (node->n_output)
		vn_onnx_printable(name, sizeof(name), node->output[0]);
	vn_onnx_printable(op, sizeof(op), node->op_type);
	(void)vn_fail(g->err, VN_EMODEL, hint, "%s: node '%s' (%s): %s", g->file, name, op, text);
}

/* ---- nodes ---- */

bool vn_onnx_is(const VnOnnx__NodeProto *node, const char *op_type)
{
	return !strcmp(node->op_type, op_type);
}

bool vn_onnx_has(const VnOnnx__NodeProto *node, size_t slot)
{
	return slot < node->n_input && node->input[slot][0];
}

const VnOnnx__AttributeProto *vn_onnx_attr(const VnOnnx__NodeProto *node, const char *name)
{
	for (size_t i = 0; i < node->n_attribute; i++)
		if (!strcmp(node->attribute[i]->name, name))
			return node->attribute[i];
	return NULL;
}

static int wrong_attr(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name)
{
	return vn_onnx_refuse(g, node, "export the network again",
	                      "attribute %s is of the wrong type or length, or not a number", name);
}

int vn_onnx_int(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name, int64_t def,
                int64_t *out)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, name);

	if (a && a->type != ATTR_INT)
		return wrong_attr(g, node, name);
	*out = a ? a->i : def;
	return 0;
}

int vn_onnx_float(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name, float def,
                  float *out)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, name);

	if (a && (a->type != ATTR_FLOAT || isnan(a->f)))
		return wrong_attr(g, node, name);
	*out = a ? a->f : def;
	return 0;
}

int vn_onnx_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name, size_t max,
                 int64_t *out, size_t *count)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, name);

	*count = 0;
	if (!a)
		return 0;
	if (a->type != ATTR_INTS || a->n_ints > max)
		return wrong_attr(g, node, name);
	for (; *count < a->n_ints; ++*count)
		out[*count] = a->ints[*count];
	return 0;
}

bool vn_onnx_text(const VnOnnx__NodeProto *node, const char *name, const char *text, bool def)
{
	const VnOnnx__AttributeProto *a = vn_onnx_attr(node, name);
	size_t len = strlen(text);

	if (!a)
		return def;
	return a->s.len == len && !memcmp(a->s.data, text, len);
}
