/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_meta.c - the properties of an ONNX file, and the names of its classes.
 */
#include "model/onnx_fold.h"

#include <stdlib.h>
#include <string.h>

const char *vn_onnx_property(const struct vn_onnx *g, const char *key)
{
	for (size_t i = 0; i < g->model->n_metadata_props; i++)
		if (!strcmp(g->model->metadata_props[i]->key, key))
			return g->model->metadata_props[i]->value;
	return NULL;
}

/* ---- labels ---- */

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; lines++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

static int read_labels(struct vn_onnx *g, struct vn_net *net)
{
	const char *text = vn_onnx_property(g, "vanillin.labels");

	if (!text || !text[0])
		return 0;
	if (count_lines(text) != (size_t)net->classes)
		return vn_onnx_refuse(g, NULL, "write one label a line",
		                      "property vanillin.labels has %zu lines for %d classes",
		                      count_lines(text), net->classes);
	net->labels = calloc((size_t)net->classes, sizeof(*net->labels));
	if (!net->labels)
		return vn_onnx_no_memory(g, (size_t)net->classes * sizeof(*net->labels), "labels");
	for (int i = 0; i < net->classes; i++) {
		const size_t line = strcspn(text, "\n");
		const char *const next = text + line + (text[line] == '\n');
		size_t len;

		text += strspn(text, " \t\r");
		len = strcspn(text, "\n");
		while (len > 0 && strchr(" \t\r", text[len - 1]))
			len--;
		net->labels[i] = malloc(len + 1);
		if (!net->labels[i])
			return vn_onnx_no_memory(g, len + 1, "a label");
		memcpy(net->labels[i], text, len);
		net->labels[i][len] = '\0';
		text = next;
	}
	return 0;
}

int vn_onnx_meta(struct vn_onnx *g, struct vn_net *net)
{
	int rc = vn_onnx_recipe(g, net);

	return rc ? rc : read_labels(g, net);
}
