/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_fold.h - builds a vn_net from the operations met on the way through a graph; shared by the
 * onnx_*.c files only.
 *
 * A stage is open from its convolution to the next one.  While it is open its numbers are double:
 * batch norms are folded into them, convolutions that follow without a ReLU are multiplied in, and
 * a depthwise kernel of one tap (n = 0), being a scale per channel, is carried over into the
 * convolution that follows.
 */
#ifndef VN_ONNX_FOLD_H
#define VN_ONNX_FOLD_H

#include "model/net.h"
#include "model/onnx_graph.h"

enum {
	VN_FOLD_STEM_MAX = 16, /* kernel and stride of the stem */
	VN_FOLD_N_MAX = 4,     /* depthwise kernels up to 9x9 */
	VN_FOLD_CHAIN = 8,     /* convolutions merged into one; training form has 2 */
};

/* What the last operation was. */
enum vn_fold_at {
	VN_AT_INPUT,
	VN_AT_CONV,   /* the open stage has no ReLU yet */
	VN_AT_RELU,   /* ... no depthwise kernel yet */
	VN_AT_SERIES, /* ... both */
	VN_AT_MEAN,   /* in the head: one value per channel */
};

/* A convolution, or the classifier (k = 1).  Arrays are owned. */
struct vn_lin {
	int co, ci, k;
	int stride, pad;
	double *w; /* [co][ci][k][k] */
	double *b; /* [co] */
};

struct vn_fold {
	struct vn_onnx *g;
	struct vn_net *net;
	const VnOnnx__NodeProto *node; /* the one being read, for messages */
	enum vn_fold_at at;
	int c, h, w;                 /* of the tensor it reads */
	char axes[VN_ONNX_RANK + 1]; /* of that tensor, a letter each, outermost first: N, C, H, W,
	                                P: H and W flattened, 1: of size one */
	int batch;                   /* size of N, 0 where it is not fixed */
	int pad;                     /* left by a Pad node for the convolution that follows */
	double norm_scale[4], norm_shift[4]; /* per channel: the input times scale plus shift enters
	                                        the stem */
	int in_type;                         /* of the input's elements, enum vn_onnx_type */
	bool normalises;                     /* the graph changes its input before the stem */
	bool ended;            /* the logits are behind it: only what keeps their order follows */
	struct vn_lin lin;     /* of the open stage, or of the head; w is NULL before it */
	int chain;             /* convolutions in @lin */
	int pairs;             /* of QuantizeLinear and DequantizeLinear that the map met */
	bool pooled;           /* the open stage has its pooling */
	int act_n;             /* depthwise kernel of the open stage, with VN_AT_SERIES */
	double *act_w, *act_b; /* [c][2n+1][2n+1], [c] */
	double *in_scale, *in_shift; /* [c] or NULL: x * scale + shift enters the next convolution
	                                instead of x */
};

/* The stage being built; its shape is filled in as it becomes known. */
struct vn_stage *vn_fold_stage(struct vn_fold *f);

/* Append a convolution or classifier; takes @l->w and @l->b, also on failure.  Opens a stage, or
 * multiplies into what is open.  The caller has checked channels and set the stage's shape. */
VN_MUST_CHECK int vn_fold_push(struct vn_fold *f, struct vn_lin *l);

/* x * scale + shift per channel, [f->c] each. */
VN_MUST_CHECK int vn_fold_affine(struct vn_fold *f, const double *scale, const double *shift);

/* A depthwise kernel; takes @w [c][2n+1][2n+1] and @b [c]. */
void vn_fold_series(struct vn_fold *f, int n, double *w, double *b);

/* Close the open stage: its numbers become float and join the net. */
VN_MUST_CHECK int vn_fold_close(struct vn_fold *f);

/* Enter the head, closing the last stage; the map is averaged from here on. */
VN_MUST_CHECK int vn_fold_head(struct vn_fold *f);

/* The output was reached: what is open must be the classifier. */
VN_MUST_CHECK int vn_fold_finish(struct vn_fold *f);

/* Frees the numbers, not the net. */
void vn_fold_free(struct vn_fold *f);

/* ---- the shape of the tensor, onnx_shape.c ---- */

/* Whether it is [N][c][h][w]. */
bool vn_fold_is_map(const struct vn_fold *f);
/* Which axis the channels are. */
int vn_fold_channel_axis(const struct vn_fold *f);
/* As @axis of rank @rank, counted from 0; -1 where there is no such axis. */
int vn_fold_axis(int64_t axis, int rank);

/* ---- operations: each reads f->node and changes f ---- */

/* onnx_conv.c */
VN_MUST_CHECK int vn_op_conv(struct vn_fold *f);
VN_MUST_CHECK int vn_op_pad(struct vn_fold *f);
VN_MUST_CHECK int vn_op_batch_norm(struct vn_fold *f);
/* onnx_affine.c */
VN_MUST_CHECK int vn_op_add(struct vn_fold *f);
VN_MUST_CHECK int vn_op_sub(struct vn_fold *f);
VN_MUST_CHECK int vn_op_mul(struct vn_fold *f);
VN_MUST_CHECK int vn_op_div(struct vn_fold *f);
VN_MUST_CHECK int vn_op_neg(struct vn_fold *f);
/* x + beta * constant at input @slot. */
VN_MUST_CHECK int vn_fold_addend(struct vn_fold *f, size_t slot, double beta);
/* onnx_act.c */
VN_MUST_CHECK int vn_op_relu(struct vn_fold *f);
VN_MUST_CHECK int vn_op_leaky(struct vn_fold *f);
VN_MUST_CHECK int vn_op_prelu(struct vn_fold *f);
VN_MUST_CHECK int vn_op_clip(struct vn_fold *f);
VN_MUST_CHECK int vn_op_max(struct vn_fold *f);
VN_MUST_CHECK int vn_op_dropout(struct vn_fold *f);
VN_MUST_CHECK int vn_op_identity(struct vn_fold *f);
/* onnx_pool.c */
VN_MUST_CHECK int vn_op_max_pool(struct vn_fold *f);
VN_MUST_CHECK int vn_op_adaptive_max_pool(struct vn_fold *f);
VN_MUST_CHECK int vn_op_average_pool(struct vn_fold *f);
VN_MUST_CHECK int vn_op_global_average_pool(struct vn_fold *f);
VN_MUST_CHECK int vn_op_reduce_mean(struct vn_fold *f);
/* onnx_shape.c */
VN_MUST_CHECK int vn_op_flatten(struct vn_fold *f);
VN_MUST_CHECK int vn_op_reshape(struct vn_fold *f);
VN_MUST_CHECK int vn_op_squeeze(struct vn_fold *f);
VN_MUST_CHECK int vn_op_unsqueeze(struct vn_fold *f);
VN_MUST_CHECK int vn_op_transpose(struct vn_fold *f);
/* onnx_head.c */
VN_MUST_CHECK int vn_op_gemm(struct vn_fold *f);
VN_MUST_CHECK int vn_op_matmul(struct vn_fold *f);
VN_MUST_CHECK int vn_op_softmax(struct vn_fold *f);
VN_MUST_CHECK int vn_op_arg_max(struct vn_fold *f);
VN_MUST_CHECK int vn_op_cast(struct vn_fold *f);

/* onnx_qdq.c */
VN_MUST_CHECK int vn_op_quantize(struct vn_fold *f);
VN_MUST_CHECK int vn_op_dequantize(struct vn_fold *f);
/* Notes of what was taken from a quantised file; call after the walk. */
void vn_fold_tell_quantised(struct vn_fold *f);

/* onnx_pad.c: padding of a window of @k pixels, stride @stride, along a map of @size pixels; where
 * auto_pad is given it replaces what *@before and *@after say. */
VN_MUST_CHECK int vn_fold_auto_pad(struct vn_fold *f, int64_t k, int64_t stride, int64_t size,
                                   int64_t *before, int64_t *after);

/* onnx_input.c: the shape, type and order of the image; call before the walk. */
VN_MUST_CHECK int vn_fold_input(struct vn_fold *f);
/* What the graph does to its input joins the net's mean and std; call after vn_onnx_meta(). */
VN_MUST_CHECK int vn_fold_normalise(struct vn_fold *f);

/* onnx_meta.c: NULL where there is no property @key. */
const char *vn_onnx_property(const struct vn_onnx *g, const char *key);
/* onnx_recipe.c: mean, std and net->recipe. */
VN_MUST_CHECK int vn_onnx_recipe(struct vn_onnx *g, struct vn_net *net);
/* onnx_meta.c: the recipe, and labels.  net->in_* and classes are set already. */
VN_MUST_CHECK int vn_onnx_meta(struct vn_onnx *g, struct vn_net *net);

#endif /* VN_ONNX_FOLD_H */
