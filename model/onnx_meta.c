/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_meta.c - the properties that say what the network wants to be fed and what its classes are
 * called.
 */
#define _GNU_SOURCE /* strtod_l: decimal points must not depend on the caller's locale */
#include "model/onnx_fold.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *property(const struct vn_onnx *g, const char *key)
{
	for (size_t i = 0; i < g->model->n_metadata_props; i++)
		if (!strcmp(g->model->metadata_props[i]->key, key))
			return g->model->metadata_props[i]->value;
	return NULL;
}

/* ---- mean and std ---- */

/* @text: exactly @count finite numbers, comma separated. */
static bool parse_numbers(const char *text, int count, float *out)
{
	locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	bool good = c != (locale_t)0;

	for (int i = 0; good && i < count; i++) {
		char *end;

		out[i] = (float)strtod_l(text, &end, c);
		good = end != text && isfinite(out[i]) && *end == (i + 1 < count ? ',' : '\0');
		text = end + 1;
	}
	if (c != (locale_t)0)
		freelocale(c);
	return good;
}

static void default_numbers(struct vn_net *net)
{
	static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};

	for (int c = 0; c < net->in_c; c++) {
		net->mean[c] = net->in_c == 3 ? mean[c] : 0.0f;
		net->std[c] = net->in_c == 3 ? std[c] : 1.0f;
	}
}

static int read_numbers(struct vn_onnx *g, struct vn_net *net)
{
	const char *mean = property(g, "vanillin.mean"), *std = property(g, "vanillin.std");
	bool good = mean && std;

	if (!mean && !std) {
		default_numbers(net);
		return 0;
	}
	good = good && parse_numbers(mean, net->in_c, net->mean) &&
	       parse_numbers(std, net->in_c, net->std);
	for (int c = 0; good && c < net->in_c; c++)
		good = net->std[c] > 0;
	if (!good)
		return vn_onnx_refuse(
		        g, NULL, "write both with train/export.py",
		        "properties vanillin.mean and vanillin.std must be %d numbers "
		        "each, std positive",
		        net->in_c);
	net->normalised = 1;
	return 0;
}

/* ---- resize ---- */

static int read_resize(struct vn_onnx *g, struct vn_net *net)
{
	const char *text = property(g, "vanillin.resize");
	int side, crop, used = -1;

	if (!text) {
		net->resize = net->in_h == 224 && net->in_w == 224 ? 256 : 0;
		return 0;
	}
	if (!strcmp(text, "none"))
		return 0;
	if (strlen(text) > 32 || sscanf(text, "short:%5d,crop:%5d%n", &side, &crop, &used) != 2 ||
	    used != (int)strlen(text) || crop != net->in_h || crop != net->in_w || side < crop)
		return vn_onnx_refuse(g, NULL, "write \"none\" or \"short:256,crop:224\"",
		                      "property vanillin.resize does not fit a %dx%d image",
		                      net->in_h, net->in_w);
	net->resize = side;
	return 0;
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
	const char *text = property(g, "vanillin.labels");

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
	int rc = read_numbers(g, net);

	rc = rc ? rc : read_resize(g, net);
	return rc ? rc : read_labels(g, net);
}
