/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_index.c - who makes a tensor, who reads it, and what the logits depend on.
 *
 * Two sorted arrays answer by binary search.  Since every tensor has one maker and every node on
 * the way has one input that is not constant, following readers from the image can never run in a
 * circle.  Nodes on which the logits do not depend are as good as absent.
 */
#include "model/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

enum { OPSET_MIN = 7 }; /* before it, BatchNormalization and broadcasting meant other things */

enum maker { BY_INITIALIZER, BY_SPARSE, BY_NODE, BY_INPUT }; /* in this order among equal names */

struct vn_onnx_name {
	const char *name;
	enum maker by;
	size_t index; /* of the initialiser, node or input */
};

struct vn_onnx_use {
	const char *name;
	size_t node;
};

static const char HINT_INPUT[] = "export the network with one input, the image";

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
	const VnOnnx__GraphProto *graph = g->graph;
	size_t names = graph->n_initializer + graph->n_sparse_initializer + graph->n_input;
	size_t uses = 0;

	for (size_t i = 0; i < g->n_nodes; i++) {
		names += g->nodes[i]->n_output;
		uses += g->nodes[i]->n_input;
	}
	g->names = calloc(names + 1, sizeof(*g->names));
	g->uses = calloc(uses + 1, sizeof(*g->uses));
	g->live = calloc(g->n_nodes + 1, sizeof(*g->live));
	g->constness = calloc(g->n_nodes + 1, sizeof(*g->constness));
	if (!g->names || !g->uses || !g->live || !g->constness)
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
	for (size_t i = 0; i < graph->n_sparse_initializer; i++)
		if (graph->sparse_initializer[i]->values)
			add_name(g, graph->sparse_initializer[i]->values->name, BY_SPARSE, i);
	for (size_t i = 0; i < graph->n_input; i++)
		add_name(g, graph->input[i]->name, BY_INPUT, i);
	for (size_t i = 0; i < g->n_nodes; i++) {
		const VnOnnx__NodeProto *node = g->nodes[i];

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

		if (strcmp(a->name, b->name) != 0 || (a->by <= BY_SPARSE && b->by == BY_INPUT))
			continue;
		vn_onnx_printable(name, sizeof(name), a->name);
		return vn_onnx_refuse(g, NULL, "export the network again",
		                      "tensor '%s' is made twice", name);
	}
	return 0;
}

int vn_onnx_index(struct vn_onnx *g)
{
	int rc;

	g->graph = g->model->graph;
	if (!g->graph || !g->graph->n_node)
		return vn_onnx_refuse(g, NULL, "this may be another kind of file",
		                      "the file holds no graph");
	if (!g->graph->n_output)
		return vn_onnx_refuse(g, NULL, "export the network with one output, the logits",
		                      "the graph has no output");
	rc = check_opset(g);
	rc = rc ? rc : vn_onnx_inline(g);
	rc = rc ? rc : alloc_index(g);
	if (rc)
		return rc;
	fill_index(g);
	return check_names(g);
}

/* ---- what the logits depend on ---- */

/* Every node is put on the list once, when it comes alive. */
static int mark_live(struct vn_onnx *g)
{
	size_t *list = malloc((g->n_nodes + 1) * sizeof(*list)), n = 0;
	struct vn_onnx_maker by = vn_onnx_find(g, g->output);

	if (!list)
		return vn_onnx_no_memory(g, (g->n_nodes + 1) * sizeof(*list), "the ONNX graph");
	memset(g->live, 0, g->n_nodes * sizeof(*g->live));
	if (by.node) {
		g->live[by.index] = true;
		list[n++] = by.index;
	}
	while (n > 0) {
		const VnOnnx__NodeProto *node = g->nodes[list[--n]];

		for (size_t k = 0; k < node->n_input; k++) {
			by = vn_onnx_find(g, node->input[k]);
			if (!by.node || g->live[by.index])
				continue;
			g->live[by.index] = true;
			list[n++] = by.index;
		}
	}
	free(list);
	return 0;
}

static size_t first_use(const struct vn_onnx *g, const char *name)
{
	size_t lo = 0, hi = g->n_uses;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(g->uses[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_read(const struct vn_onnx *g, const char *name)
{
	for (size_t i = first_use(g, name); i < g->n_uses && !strcmp(g->uses[i].name, name); i++)
		if (g->live[g->uses[i].node])
			return true;
	return false;
}

static int find_input(struct vn_onnx *g)
{
	const VnOnnx__GraphProto *graph = g->graph;

	g->input = NULL;
	for (size_t i = 0; i < graph->n_input; i++) {
		const struct vn_onnx_maker by = vn_onnx_find(g, graph->input[i]->name);

		if (by.tensor || by.sparse || !is_read(g, graph->input[i]->name))
			continue;
		if (g->input)
			return vn_onnx_refuse(g, NULL, HINT_INPUT,
			                      "the graph has more than one input");
		g->input = graph->input[i];
	}
	if (!g->input)
		return vn_onnx_refuse(g, NULL, HINT_INPUT,
		                      "the graph has no input that its output depends on");
	return 0;
}

int vn_onnx_choose(struct vn_onnx *g, size_t index)
{
	int rc;

	g->output = g->graph->output[index]->name;
	rc = mark_live(g);
	return rc ? rc : find_input(g);
}

/* ---- questions ---- */

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
	else if (g->names[lo].by == BY_SPARSE)
		found.sparse = g->graph->sparse_initializer[g->names[lo].index];
	else if (g->names[lo].by == BY_NODE) {
		found.index = g->names[lo].index;
		found.node = g->nodes[found.index];
	}
	return found;
}

int vn_onnx_reader(struct vn_onnx *g, const char *name, const VnOnnx__NodeProto *from,
                   const VnOnnx__NodeProto **node)
{
	*node = NULL;
	for (size_t i = first_use(g, name); i < g->n_uses && !strcmp(g->uses[i].name, name); i++) {
		const VnOnnx__NodeProto *reader = g->nodes[g->uses[i].node];

		if (!g->live[g->uses[i].node] || vn_onnx_is(reader, "Shape"))
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
