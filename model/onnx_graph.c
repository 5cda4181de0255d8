/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_graph.c - who makes a tensor, who reads it, and what a node's attributes say.
 *
 * Two sorted arrays answer by binary search.  Since every tensor has one maker and every node on
 * the way has one input that is not constant, following readers from the image can never run in a
 * circle.
 */
#include "model/onnx_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
	OPSET_MIN = 7, /* before it, BatchNormalization and broadcasting meant other things */
	ATTR_FLOAT = 1,
	ATTR_INT = 2,
	ATTR_INTS = 7,
};

enum maker { BY_INITIALIZER, BY_NODE, BY_INPUT }; /* in this order among equal names */

struct vn_onnx_name {
	const char *name;
	enum maker by;
	size_t index; /* of the initialiser, node or input */
};

struct vn_onnx_use {
	const char *name;
	size_t node;
};

/* ---- refusing ---- */

/* Names come from the file: printable and short. */
static void printable(char *out, size_t size, const char *in)
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
		printable(name, sizeof(name), node->name);
	else if (node->n_output)
		printable(name, sizeof(name), node->output[0]);
	printable(op, sizeof(op), node->op_type);
	(void)vn_fail(g->err, VN_EMODEL, hint, "%s: node '%s' (%s): %s", g->file, name, op, text);
}

/* ---- versions ---- */

static int check_opset(struct vn_onnx *g)
{
	for (size_t i = 0; i < g->model->n_opset_import; i++) {
		const VnOnnx__OperatorSetIdProto *set = g->model->opset_import[i];

		if (!set->domain[0] || !strcmp(set->domain, "ai.onnx"))
			g->opset = set->version;
	}
	if (g->opset < OPSET_MIN)
		return vn_onnx_refuse(g, NULL, "export with opset_version=13",
		                      "operator set %lld is older than %d", (long long)g->opset,
		                      OPSET_MIN);
	return 0;
}

/* ---- the index ---- */

static int compare_names(const void *a, const void *b)
{
	const struct vn_onnx_name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->by - (int)y->by;
}

static int compare_uses(const void *a, const void *b)
{
	const struct vn_onnx_use *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->node > y->node) - (x->node < y->node);
}

static int alloc_index(struct vn_onnx *g)
{
	size_t names = g->graph->n_initializer + g->graph->n_input, uses = 0;

	for (size_t i = 0; i < g->graph->n_node; i++) {
		names += g->graph->node[i]->n_output;
		uses += g->graph->node[i]->n_input;
	}
	g->names = calloc(names + 1, sizeof(*g->names));
	g->uses = calloc(uses + 1, sizeof(*g->uses));
	if (!g->names || !g->uses)
		return vn_onnx_no_memory(g, (names + uses + 2) * sizeof(*g->names),
		                         "the ONNX graph");
	return 0;
}

static void add_name(struct vn_onnx *g, const char *name, enum maker by, size_t index)
{
	if (name[0])
		g->names[g->n_names++] = (struct vn_onnx_name){name, by, index};
}

static void add_use(struct vn_onnx *g, const char *name, size_t node)
{
	if (name[0])
		g->uses[g->n_uses++] = (struct vn_onnx_use){name, node};
}

static void fill_index(struct vn_onnx *g)
{
	const VnOnnx__GraphProto *graph = g->graph;

	for (size_t i = 0; i < graph->n_initializer; i++)
		add_name(g, graph->initializer[i]->name, BY_INITIALIZER, i);
	for (size_t i = 0; i < graph->n_input; i++)
		add_name(g, graph->input[i]->name, BY_INPUT, i);
	for (size_t i = 0; i < graph->n_node; i++) {
		const VnOnnx__NodeProto *node = graph->node[i];

		for (size_t k = 0; k < node->n_output; k++)
			add_name(g, node->output[k], BY_NODE, i);
		for (size_t k = 0; k < node->n_input; k++)
			add_use(g, node->input[k], i);
	}
	qsort(g->names, g->n_names, sizeof(*g->names), compare_names);
	qsort(g->uses, g->n_uses, sizeof(*g->uses), compare_uses);
}

/* Old files list initialisers among the inputs too; any other name may be made once only. */
static int check_names(struct vn_onnx *g)
{
	char name[64];

	for (size_t i = 1; i < g->n_names; i++) {
		const struct vn_onnx_name *a = &g->names[i - 1], *b = &g->names[i];

		if (strcmp(a->name, b->name) != 0 || (a->by == BY_INITIALIZER && b->by == BY_INPUT))
			continue;
		printable(name, sizeof(name), a->name);
		return vn_onnx_refuse(g, NULL, "export the network again",
		                      "tensor '%s' is made twice", name);
	}
	return 0;
}

static int find_ends(struct vn_onnx *g)
{
	const VnOnnx__GraphProto *graph = g->graph;

	for (size_t i = 0; i < graph->n_input; i++) {
		if (vn_onnx_find(g, graph->input[i]->name).tensor)
			continue;
		if (g->input)
			return vn_onnx_refuse(g, NULL,
			                      "export the network with one input, the image",
			                      "the graph has more than one input");
		g->input = graph->input[i];
	}
	if (!g->input)
		return vn_onnx_refuse(g, NULL, "export the network with one input, the image",
		                      "the graph has no input");
	if (graph->n_output != 1)
		return vn_onnx_refuse(g, NULL, "export the network with one output, the logits",
		                      "the graph has %zu outputs", graph->n_output);
	g->output = graph->output[0]->name;
	return 0;
}

int vn_onnx_index(struct vn_onnx *g)
{
	int rc;

	g->graph = g->model->graph;
	if (!g->graph || !g->graph->n_node)
		return vn_onnx_refuse(g, NULL, "this may be another kind of file",
		                      "the file holds no graph");
	rc = check_opset(g);
	rc = rc ? rc : alloc_index(g);
	if (rc)
		return rc;
	fill_index(g);
	rc = check_names(g);
	return rc ? rc : find_ends(g);
}

struct vn_onnx_maker vn_onnx_find(const struct vn_onnx *g, const char *name)
{
	struct vn_onnx_maker found = {0};
	size_t lo = 0, hi = g->n_names;

	while (lo < hi) { /* the first entry that is not smaller */
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(g->names[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == g->n_names || strcmp(g->names[lo].name, name) != 0)
		return found;
	if (g->names[lo].by == BY_INITIALIZER)
		found.tensor = g->graph->initializer[g->names[lo].index];
	else if (g->names[lo].by == BY_NODE)
		found.node = g->graph->node[g->names[lo].index];
	return found;
}

int vn_onnx_reader(struct vn_onnx *g, const char *name, const VnOnnx__NodeProto *from,
                   const VnOnnx__NodeProto **node)
{
	size_t lo = 0, hi = g->n_uses;

	*node = NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(g->uses[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < g->n_uses && !strcmp(g->uses[lo].name, name); lo++) {
		const VnOnnx__NodeProto *reader = g->graph->node[g->uses[lo].node];

		if (vn_onnx_is(reader, "Shape"))
			continue;
		if (*node)
			return vn_onnx_refuse(g, reader,
			                      "a VanillaNet has no shortcuts or branches",
			                      "a second path begins here");
		*node = reader;
	}
	if (!*node)
		return vn_onnx_refuse(g, from, "export the network again",
		                      "its result is neither read nor the network's output");
	return 0;
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
	                      "attribute %s is of the wrong type or length", name);
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

	if (a && a->type != ATTR_FLOAT)
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
