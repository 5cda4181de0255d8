/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_walk.c - vn_onnx_load(): from the image along the single path to the logits.
 *
 * Operations are recognised by what they do and where they stand, never by a name.
 */
#include "model/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/onnx_fold.h"

enum { MAX_STEPS = 64 * VN_MAX_STAGES };

/* What an operation may meet. */
enum {
	MAP = 1,    /* only [N][C][H][W] */
	ANY = 2,    /* any order of the axes */
	END = 4,    /* also behind the logits */
	SECOND = 8, /* the map may be its second input */
};

static const char HINT_LAYERS[] = "see docs/overview.md for the layers a VanillaNet has";

static const struct {
	const char *name;
	int (*run)(struct vn_fold *f);
	unsigned may;
} ops[] = {
        {"Conv", vn_op_conv, MAP},
        {"BatchNormalization", vn_op_batch_norm, MAP},
        {"Relu", vn_op_relu, ANY},
        {"LeakyRelu", vn_op_leaky, ANY},
        {"PRelu", vn_op_prelu, ANY},
        {"Clip", vn_op_clip, ANY},
        {"Max", vn_op_max, ANY | SECOND},
        {"MaxPool", vn_op_max_pool, MAP},
        {"AdaptiveMaxPool", vn_op_adaptive_max_pool, MAP},
        {"GlobalAveragePool", vn_op_global_average_pool, MAP},
        {"AveragePool", vn_op_average_pool, MAP},
        {"ReduceMean", vn_op_reduce_mean, ANY},
        {"Flatten", vn_op_flatten, ANY | END},
        {"Reshape", vn_op_reshape, ANY | END},
        {"Squeeze", vn_op_squeeze, ANY | END},
        {"Unsqueeze", vn_op_unsqueeze, ANY | END},
        {"Transpose", vn_op_transpose, ANY},
        {"Gemm", vn_op_gemm, ANY},
        {"MatMul", vn_op_matmul, ANY},
        {"Add", vn_op_add, ANY | SECOND},
        {"Sub", vn_op_sub, ANY | SECOND},
        {"Mul", vn_op_mul, ANY | SECOND},
        {"Div", vn_op_div, ANY | SECOND},
        {"Neg", vn_op_neg, ANY},
        {"Pad", vn_op_pad, MAP},
        {"Dropout", vn_op_dropout, ANY | END},
        {"Identity", vn_op_identity, ANY | END},
        {"Cast", vn_op_cast, ANY | END},
        {"QuantizeLinear", vn_op_quantize, ANY | END},
        {"DequantizeLinear", vn_op_dequantize, ANY | END},
        {"Softmax", vn_op_softmax, ANY | END},
        {"LogSoftmax", vn_op_softmax, ANY | END},
        {"ArgMax", vn_op_arg_max, ANY | END},
};

enum { OPS = sizeof(ops) / sizeof(ops[0]) };

/* ---- the walk ---- */

/* Exporters of adaptive pooling need a domain of their own; everything else is ONNX's. */
static int check_domain(struct vn_fold *f)
{
	const char *domain = f->node->domain;

	if (!domain[0] || !strcmp(domain, "ai.onnx") || vn_onnx_is(f->node, "AdaptiveMaxPool"))
		return 0;
	return vn_onnx_refuse(f->g, f->node, "export with standard ONNX operators only",
	                      "it is of another operator domain");
}

static int check_path(struct vn_fold *f, const char *name, unsigned may)
{
	if (!f->node->n_output || !f->node->output[0][0])
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "it has no output");
	if (!strcmp(f->node->input[0], name) || may & SECOND)
		return 0;
	return vn_onnx_refuse(f->g, f->node, HINT_LAYERS, "the map enters it as a parameter");
}

static int check_place(struct vn_fold *f, unsigned may)
{
	if (f->ended && !(may & END))
		return vn_onnx_refuse(
		        f->g, f->node, "export the network up to the logits",
		        "nothing may be computed from the softmax or arg max before it");
	if (may & MAP && strlen(f->axes) == 4 && !vn_fold_is_map(f))
		return vn_onnx_refuse(f->g, f->node, "export in the order [N][C][H][W]",
		                      "it meets a map in another order than [N][C][H][W]");
	return 0;
}

static int run_node(struct vn_fold *f, const char *name)
{
	int rc;

	for (size_t i = 0; i < OPS; i++) {
		if (!vn_onnx_is(f->node, ops[i].name))
			continue;
		rc = check_path(f, name, ops[i].may);
		rc = rc ? rc : check_place(f, ops[i].may);
		return rc ? rc : ops[i].run(f);
	}
	return vn_onnx_refuse(f->g, f->node, HINT_LAYERS, "a VanillaNet has no such operation");
}

static int walk(struct vn_fold *f, int *steps)
{
	const char *name = f->g->input->name;

	for (int step = 0; strcmp(name, f->g->output) != 0; step++) {
		const VnOnnx__NodeProto *next;
		int rc = vn_onnx_reader(f->g, name, f->node, &next);

		if (!rc && step == MAX_STEPS)
			rc = vn_onnx_refuse(f->g, next, "use a shallower network",
			                    "it is more than %d nodes away from the input",
			                    MAX_STEPS);

		if (rc)
			return rc;
		f->node = next;
		rc = check_domain(f);
		rc = rc ? rc : run_node(f, name);
		if (rc)
			return rc;
		name = f->node->output[0];
		*steps = step + 1;
	}
	return vn_fold_finish(f);
}

/* ---- the whole ---- */

static int alloc_net(struct vn_onnx *g, struct vn_net **net)
{
	*net = calloc(1, sizeof(**net));
	if (*net)
		(*net)->stages = calloc(VN_MAX_STAGES, sizeof(*(*net)->stages));
	if (!*net || !(*net)->stages)
		return vn_onnx_no_memory(g, VN_MAX_STAGES * sizeof(struct vn_stage), "a network");
	return 0;
}

/* The network that ends in output @index.  @steps: how far the walk came. */
static int build_one(struct vn_onnx *g, size_t index, struct vn_net **net, int *steps)
{
	struct vn_fold f = {.g = g};
	int rc = vn_onnx_choose(g, index);

	*steps = 0;
	rc = rc ? rc : alloc_net(g, net);
	f.net = *net;
	rc = rc ? rc : vn_fold_input(&f);
	rc = rc ? rc : walk(&f, steps);
	rc = rc ? rc : vn_onnx_meta(g, *net);
	rc = rc ? rc : vn_fold_normalise(&f);
	if (!rc)
		vn_fold_tell_quantised(&f);
	vn_fold_free(&f);
	if (rc) {
		vn_net_free(*net);
		*net = NULL;
	}
	return rc;
}

/* Of several outputs the first that is that of a classifier.  Where there is none, the refusal of
 * the one that led furthest. */
static int build(struct vn_onnx *g, struct vn_net **net)
{
	const size_t most = 16;
	vn_error best = {0}, this = {0}, *const err = g->err;
	int rc = vn_onnx_index(g), furthest = -1;

	if (rc)
		return rc;
	g->err = &this;
	for (size_t i = 0; i < g->graph->n_output && i < most; i++) {
		int steps;
		char name[64];

		rc = build_one(g, i, net, &steps);
		if (!rc && g->graph->n_output > 1) {
			vn_onnx_printable(name, sizeof(name), g->output);
			vn_net_note(*net, "of %zu outputs '%s' is taken for the logits",
			            g->graph->n_output, name);
		}
		if (!rc || rc == VN_ENOMEM)
			break;
		if (steps > furthest) {
			furthest = steps;
			best = this;
		}
	}
	g->err = err;
	if (rc && err)
		*err = rc == VN_ENOMEM ? this : best;
	return rc;
}

int vn_onnx_parse(const char *name, const void *data, size_t bytes, struct vn_net **net,
                  vn_error *err)
{
	struct vn_onnx g;
	int rc;

	if (net)
		*net = NULL;
	if (!data || !net)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_onnx_parse: no data or no place for the network");
	rc = vn_onnx_unpack(&g, name ? name : "network", data, bytes, err);
	rc = rc ? rc : build(&g, net);
	vn_onnx_close(&g);
	return rc;
}

/* As vn_onnx_parse(), but the file's bytes are gone before weights are converted: they may be a
 * gigabyte. */
int vn_onnx_load(const char *path, struct vn_net **net, vn_error *err)
{
	struct vn_onnx g;
	unsigned char *data;
	size_t bytes;
	int rc;

	if (net)
		*net = NULL;
	if (!path || !net)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_onnx_load: no path or no place for the network");
	rc = vn_onnx_read(path, &data, &bytes, err);
	if (rc)
		return rc;
	rc = vn_onnx_unpack(&g, path, data, bytes, err);
	free(data);
	rc = rc ? rc : vn_onnx_set_folder(&g, path);
	rc = rc ? rc : build(&g, net);
	vn_onnx_close(&g);
	return rc;
}
