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

enum { ELEM_FLOAT = 1, MAX_STEPS = 64 * VN_MAX_STAGES };

static const char HINT_SHAPE[] = "export with a fixed image size, float32, [N][C][H][W]";

static const struct {
	const char *name;
	int (*run)(struct vn_fold *f);
} ops[] = {
        {"Conv", vn_op_conv},
        {"BatchNormalization", vn_op_batch_norm},
        {"Relu", vn_op_relu},
        {"LeakyRelu", vn_op_leaky},
        {"MaxPool", vn_op_max_pool},
        {"AdaptiveMaxPool", vn_op_adaptive_max_pool},
        {"GlobalAveragePool", vn_op_global_average_pool},
        {"AveragePool", vn_op_average_pool},
        {"ReduceMean", vn_op_reduce_mean},
        {"Flatten", vn_op_flatten},
        {"Reshape", vn_op_reshape},
        {"Squeeze", vn_op_squeeze},
        {"Unsqueeze", vn_op_unsqueeze},
        {"Gemm", vn_op_gemm},
        {"MatMul", vn_op_matmul},
        {"Add", vn_op_add},
        {"Pad", vn_op_pad},
        {"Dropout", vn_op_dropout},
        {"Identity", vn_op_identity},
        {"PRelu", vn_op_prelu},
        {"Clip", vn_op_clip},
};

/* ---- the image ---- */

static int read_dim(struct vn_fold *f, const VnOnnx__TensorShapeProto *shape, size_t axis, int max,
                    int *out)
{
	const VnOnnx__TensorShapeProto__Dimension *d = shape->dim[axis];

	if (d->value_case != VN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ||
	    d->dim_value < 1 || d->dim_value > max)
		return vn_onnx_refuse(f->g, NULL, HINT_SHAPE,
		                      "dimension %zu of the input is not fixed between 1 and %d",
		                      axis, max);
	*out = (int)d->dim_value;
	return 0;
}

static int read_input(struct vn_fold *f)
{
	const VnOnnx__TypeProto *type = f->g->input->type;
	const VnOnnx__TypeProto__Tensor *t = type ? type->tensor_type : NULL;
	struct vn_net *net = f->net;
	int rc;

	if (!t || t->elem_type != ELEM_FLOAT || !t->shape || t->shape->n_dim != 4)
		return vn_onnx_refuse(f->g, NULL, HINT_SHAPE,
		                      "the input is not float32 of four dimensions");
	rc = read_dim(f, t->shape, 1, (int)(sizeof(net->mean) / sizeof(net->mean[0])), &net->in_c);
	rc = rc ? rc : read_dim(f, t->shape, 2, VN_MAX_MAP, &net->in_h);
	rc = rc ? rc : read_dim(f, t->shape, 3, VN_MAX_MAP, &net->in_w);
	f->c = net->in_c;
	f->h = net->in_h;
	f->w = net->in_w;
	f->rank = 4;
	return rc;
}

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

/* Input 0 must be the path itself; Add alone may have it second. */
static int check_path(struct vn_fold *f, const char *name)
{
	if (!f->node->n_output || !f->node->output[0][0])
		return vn_onnx_refuse(f->g, f->node, "export the network again",
		                      "it has no output");
	if (!strcmp(f->node->input[0], name) || vn_onnx_is(f->node, "Add"))
		return 0;
	return vn_onnx_refuse(f->g, f->node, "see docs/overview.md for the layers a VanillaNet has",
	                      "the map enters it as a parameter");
}

static int run_node(struct vn_fold *f)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (vn_onnx_is(f->node, ops[i].name))
			return ops[i].run(f);
	if (vn_onnx_is(f->node, "Softmax") || vn_onnx_is(f->node, "LogSoftmax"))
		return vn_onnx_refuse(f->g, f->node, "export the network up to the logits",
		                      "the output must be the logits");
	return vn_onnx_refuse(f->g, f->node, "see docs/overview.md for the layers a VanillaNet has",
	                      "a VanillaNet has no such operation");
}

static int walk(struct vn_fold *f)
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
		rc = rc ? rc : check_path(f, name);
		rc = rc ? rc : run_node(f);
		if (rc)
			return rc;
		name = f->node->output[0];
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

static int build(struct vn_onnx *g, struct vn_net **net)
{
	struct vn_fold f = {.g = g};
	int rc = vn_onnx_index(g);

	rc = rc ? rc : alloc_net(g, net);
	f.net = *net;
	rc = rc ? rc : read_input(&f);
	rc = rc ? rc : walk(&f);
	rc = rc ? rc : vn_onnx_meta(g, *net);
	vn_fold_free(&f);
	if (rc) {
		vn_net_free(*net);
		*net = NULL;
	}
	return rc;
}

int vn_onnx_parse(const char *name, const void *data, size_t bytes, struct vn_net **net,
                  vn_error *err)
{
	struct vn_onnx g;
	int rc = vn_onnx_unpack(&g, name, data, bytes, err);

	*net = NULL;
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
	int rc = vn_onnx_read(path, &data, &bytes, err);

	*net = NULL;
	if (rc)
		return rc;
	rc = vn_onnx_unpack(&g, path, data, bytes, err);
	free(data);
	rc = rc ? rc : build(&g, net);
	vn_onnx_close(&g);
	return rc;
}
