/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_eval.h - the operations that exporters apply to constants.
 */
#ifndef VN_ONNX_EVAL_H
#define VN_ONNX_EVAL_H

#include "model/onnx_graph.h"

enum { VN_EVAL_INPUTS = 8 }; /* of an operation on constants, at most */

bool vn_onnx_can_evaluate(const VnOnnx__NodeProto *node);

/* @node's first output from its inputs @in[node->n_input] (v is NULL where an input is left out),
 * which it may take over.  Results of arithmetic are kept in double precision. */
VN_MUST_CHECK int vn_onnx_evaluate(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                                   struct vn_onnx_tensor *in, struct vn_onnx_tensor *out);

/* ---- between onnx_eval.c, onnx_eval_shape.c and onnx_qdq.c ---- */

typedef int vn_eval(struct vn_onnx *g, const VnOnnx__NodeProto *node, struct vn_onnx_tensor *in,
                    struct vn_onnx_tensor *out);
vn_eval vn_eval_transpose, vn_eval_reshape, vn_eval_squeeze, vn_eval_unsqueeze, vn_eval_concat;
/* onnx_qdq.c */
vn_eval vn_eval_quantize, vn_eval_dequantize, vn_eval_clip;

/* The inputs contradict each other: a refusal. */
#define vn_eval_impossible(g, node)                                                                \
	vn_onnx_refuse(g, node, "fold constants when exporting (onnxsim, or do_constant_folding)", \
	               "its constant inputs do not fit together")
/* @out is @from, which has nothing any more. */
void vn_eval_take(struct vn_onnx_tensor *from, struct vn_onnx_tensor *out);

/* Distance in memory between neighbours along each dimension. */
void vn_eval_strides(const struct vn_onnx_tensor *t, size_t *stride);
/* Go on to the next place of a tensor of @dims; @at are its coordinates. */
void vn_eval_advance(int rank, const int64_t *dims, int64_t *at);
size_t vn_eval_place(int rank, const int64_t *at, const size_t *stride);

#endif /* VN_ONNX_EVAL_H */
