/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_inline.c - calls of functions that the file defines itself, replaced by what they do.
 *
 * A call's node becomes a copy of the function's nodes.  The function's inputs and outputs take the
 * names that the call gives them; other names get the call's number in front; attributes that refer
 * to the call's are looked up there.  What is made draws on the file's budget, and depth and number
 * of nodes are bounded, since a few bytes can ask for any number of copies.
 */
#include "model/onnx_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_NODES = 1 << 16, MAX_FUNCTIONS = 1 << 12 };

struct vn_onnx_block {
	struct vn_onnx_block *next;
	max_align_t data[];
};

/* Where a node stands: in the graph (function NULL), or in a function called by @call. */
struct scope {
	const VnOnnx__FunctionProto *function;
	const VnOnnx__NodeProto *call;
	unsigned number; /* of the call */
};

static void *make(struct vn_onnx *g, size_t bytes)
{
	struct vn_onnx_block *b = g->allocator.alloc(g, sizeof(*b) + bytes);

	if (!b)
		return NULL;
	b->next = g->blocks;
	g->blocks = b;
	memset(b->data, 0, bytes);
	return b->data;
}

static int no_room(struct vn_onnx *g, const VnOnnx__NodeProto *node)
{
	if (g->no_memory)
		return vn_onnx_no_memory(g, sizeof(*node), "the ONNX file's functions");
	return vn_onnx_refuse(g, node, "export with functions inlined (onnx.inliner)",
	                      "its functions would make a far larger file");
}

void vn_onnx_inline_free(struct vn_onnx *g)
{
	while (g->blocks) {
		struct vn_onnx_block *next = g->blocks->next;

		free(g->blocks);
		g->blocks = next;
	}
	free(g->nodes);
	g->nodes = NULL;
}

/* ---- functions ---- */

static bool same_domain(const char *a, const char *b)
{
	a = strcmp(a, "ai.onnx") ? a : "";
	b = strcmp(b, "ai.onnx") ? b : "";
	return !strcmp(a, b);
}

static const VnOnnx__FunctionProto *find_function(const struct vn_onnx *g,
                                                  const VnOnnx__NodeProto *node)
{
	for (size_t i = 0; i < g->model->n_functions; i++) {
		const VnOnnx__FunctionProto *f = g->model->functions[i];

		if (!strcmp(f->name, node->op_type) && same_domain(f->domain, node->domain) &&
		    !strcmp(f->overload, node->overload))
			return f;
	}
	return NULL;
}

/* ---- names ---- */

/* The name in the graph of @name in @s; NULL where memory or budget is out. */
static char *resolve(struct vn_onnx *g, const struct scope *s, char *name)
{
	const VnOnnx__FunctionProto *f = s->function;
	static char none[] = "";
	size_t size;
	char *out;

	if (!f || !name[0])
		return name;
	for (size_t i = 0; i < f->n_input; i++)
		if (!strcmp(f->input[i], name))
			return i < s->call->n_input ? s->call->input[i] : none;
	for (size_t i = 0; i < f->n_output; i++)
		if (!strcmp(f->output[i], name) && i < s->call->n_output && s->call->output[i][0])
			return s->call->output[i];
	size = strlen(name) + 16;
	out = make(g, size);
	if (out)
		snprintf(out, size, "call%u:%s", s->number, name);
	return out;
}

static char **resolve_all(struct vn_onnx *g, const struct scope *s, char **names, size_t n)
{
	char **out = make(g, (n + 1) * sizeof(*out));

	for (size_t i = 0; out && i < n; i++) {
		out[i] = resolve(g, s, names[i]);
		if (!out[i])
			return NULL;
	}
	return out;
}

/* ---- attributes ---- */

/* What an attribute of a function's node means in this call; NULL: it is absent. */
static const VnOnnx__AttributeProto *meant(const struct scope *s, const VnOnnx__AttributeProto *a)
{
	const VnOnnx__AttributeProto *given;

	if (!a->ref_attr_name[0])
		return a;
	given = vn_onnx_attr(s->call, a->ref_attr_name);
	for (size_t i = 0; !given && i < s->function->n_attribute_proto; i++)
		if (!strcmp(s->function->attribute_proto[i]->name, a->ref_attr_name))
			given = s->function->attribute_proto[i];
	return given;
}

static bool resolve_attributes(struct vn_onnx *g, const struct scope *s, VnOnnx__NodeProto *node)
{
	VnOnnx__AttributeProto **from = node->attribute;
	const size_t n = node->n_attribute;

	node->attribute = make(g, (n + 1) * sizeof(VnOnnx__AttributeProto *));
	node->n_attribute = 0;
	for (size_t i = 0; node->attribute && i < n; i++) {
		const VnOnnx__AttributeProto *a = meant(s, from[i]);
		VnOnnx__AttributeProto *copy;

		if (!a)
			continue;
		copy = make(g, sizeof(*copy));
		if (!copy)
			return false;
		*copy = *a;
		copy->name = from[i]->name;
		node->attribute[node->n_attribute++] = copy;
	}
	return node->attribute != NULL;
}

/* ---- nodes ---- */

static VnOnnx__NodeProto *copy_node(struct vn_onnx *g, const struct scope *s,
                                    const VnOnnx__NodeProto *from)
{
	VnOnnx__NodeProto *node = make(g, sizeof(*node));

	if (!node)
		return NULL;
	*node = *from;
	node->input = resolve_all(g, s, from->input, from->n_input);
	node->output = resolve_all(g, s, from->output, from->n_output);
	if (!node->input || !node->output || !resolve_attributes(g, s, node))
		return NULL;
	return node;
}

static int add_node(struct vn_onnx *g, VnOnnx__NodeProto *node, size_t *room)
{
	if (g->n_nodes == *room) {
		const size_t more = *room * 2;
		void *grown = realloc(g->nodes, more * sizeof(VnOnnx__NodeProto *));

		if (!grown)
			return vn_onnx_no_memory(g, more * sizeof(VnOnnx__NodeProto *),
			                         "the ONNX graph");
		g->nodes = grown;
		*room = more;
	}
	g->nodes[g->n_nodes++] = node;
	return 0;
}

struct inliner {
	struct vn_onnx *g;
	size_t room;
	unsigned calls;
};

static int add(struct inliner *in, const struct scope *s, VnOnnx__NodeProto *node, int depth)
{
	struct vn_onnx *g = in->g;
	const VnOnnx__FunctionProto *f = find_function(g, node);
	struct scope inner = {f, node, 0};
	int rc = 0;

	if (depth > MAX_DEPTH)
		return vn_onnx_refuse(g, node, "export with functions inlined (onnx.inliner)",
		                      "functions call each other more than %d deep", MAX_DEPTH);
	if (s->function) {
		if (g->n_nodes > g->graph->n_node + MAX_NODES || in->calls > MAX_NODES)
			return no_room(g, node);
		node = copy_node(g, s, node);
		if (!node)
			return no_room(g, s->call);
		inner.call = node;
	}
	if (!f)
		return add_node(g, node, &in->room);
	inner.number = ++in->calls;
	for (size_t i = 0; !rc && i < f->n_node; i++)
		rc = add(in, &inner, f->node[i], depth + 1);
	return rc;
}

int vn_onnx_inline(struct vn_onnx *g)
{
	const struct scope graph = {0};
	struct inliner in = {.g = g, .room = g->graph->n_node + 1};
	int rc = 0;

	if (g->model->n_functions > MAX_FUNCTIONS)
		return vn_onnx_refuse(g, NULL, "export with functions inlined (onnx.inliner)",
		                      "the file defines %zu functions", g->model->n_functions);
	g->nodes = malloc(in.room * sizeof(VnOnnx__NodeProto *));
	if (!g->nodes)
		return vn_onnx_no_memory(g, in.room * sizeof(VnOnnx__NodeProto *),
		                         "the ONNX graph");
	for (size_t i = 0; !rc && i < g->graph->n_node; i++)
		rc = add(&in, &graph, g->graph->node[i], 0);
	return rc;
}
