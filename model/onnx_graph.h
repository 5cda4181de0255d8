/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_graph.h - an unpacked ONNX file as a graph that can be asked questions; shared by the
 * onnx_*.c files only.
 *
 * The file is not trusted: every function here that can fail names the file, the node and the
 * remedy in the vn_error given to vn_onnx_open() and returns a VN_E* code.  Nothing here knows what
 * a VanillaNet is.
 */
#ifndef VN_ONNX_GRAPH_H
#define VN_ONNX_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/onnx.pb-c.h"

enum { VN_ONNX_RANK = 8 }; /* dimensions of a tensor, at most */

struct vn_onnx_name; /* index entries, see onnx_graph.c */
struct vn_onnx_use;

/* One file.  Names and messages are borrowed from @model. */
struct vn_onnx {
	char file[256]; /* as messages call it, printable */
	vn_error *err;
	size_t bytes;   /* of the file: bounds what may be allocated for it */
	size_t budget;  /* bytes that unpacking may still allocate */
	bool no_memory; /* unpacking was refused memory by the system, not by the budget */
	ProtobufCAllocator allocator; /* counts against @budget; points back here, so do not move
	                                 this struct */
	VnOnnx__ModelProto *model;
	VnOnnx__GraphProto *graph;
	int64_t opset;
	const VnOnnx__ValueInfoProto *input; /* the image */
	const char *output;                  /* the logits */
	struct vn_onnx_name *names;          /* [n_names], sorted: who makes a tensor */
	size_t n_names;
	struct vn_onnx_use *uses; /* [n_uses], sorted: who reads a tensor */
	size_t n_uses;
};

/* A constant, converted.  @v is owned; release with vn_onnx_tensor_free(). */
struct vn_onnx_tensor {
	int rank;
	int64_t dims[VN_ONNX_RANK];
	size_t count;
	double *v; /* C order */
};

/* ---- onnx_file.c ---- */

/* Read a whole file into *@data (malloc'ed).  VN_EIO, VN_EMODEL (empty or too large), VN_ENOMEM. */
VN_MUST_CHECK int vn_onnx_read(const char *path, unsigned char **data, size_t *bytes,
                               vn_error *err);

/* Unpack @data into @g; the data may be freed afterwards.  Close @g also after a failure. */
VN_MUST_CHECK int vn_onnx_unpack(struct vn_onnx *g, const char *name, const void *data,
                                 size_t bytes, vn_error *err);
void vn_onnx_close(struct vn_onnx *g);

/* ---- onnx_graph.c ---- */

/* Check versions, index names, find the input and the output. */
VN_MUST_CHECK int vn_onnx_index(struct vn_onnx *g);

/* The one node that reads tensor @name; @from (may be NULL) made it and is named when there is none
 * or are several. Nodes that ask only for the shape do not count. */
VN_MUST_CHECK int vn_onnx_reader(struct vn_onnx *g, const char *name, const VnOnnx__NodeProto *from,
                                 const VnOnnx__NodeProto **node);

/* Fill the error: "FILE: node NAME (OP): ...".  @node may be NULL.  The macro's value is VN_EMODEL,
 * where a reader and a static analyser can see it. */
#define vn_onnx_refuse(...) (vn_onnx_set_error(__VA_ARGS__), (int)VN_EMODEL)
__attribute__((format(printf, 4, 5))) void vn_onnx_set_error(struct vn_onnx *g,
                                                             const VnOnnx__NodeProto *node,
                                                             const char *hint, const char *fmt,
                                                             ...);

/* The same for a failed allocation of @bytes for @what; VN_ENOMEM. */
#define vn_onnx_no_memory(g, bytes, what)                                                          \
	((void)vn_fail_nomem((g)->err, bytes, what), (int)VN_ENOMEM)

bool vn_onnx_is(const VnOnnx__NodeProto *node, const char *op_type);
/* Whether the node has an input @slot at all. */
bool vn_onnx_has(const VnOnnx__NodeProto *node, size_t slot);

/* Attributes; @def where the node has none. */
VN_MUST_CHECK int vn_onnx_int(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name,
                              int64_t def, int64_t *out);
VN_MUST_CHECK int vn_onnx_float(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name,
                                float def, float *out);
/* Sets *@count to 0 where the attribute is missing; refuses more than @max values. */
VN_MUST_CHECK int vn_onnx_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, const char *name,
                               size_t max, int64_t *out, size_t *count);
/* NULL where missing. */
const VnOnnx__AttributeProto *vn_onnx_attr(const VnOnnx__NodeProto *node, const char *name);
/* Whether string attribute @name equals @text; @def where missing. */
bool vn_onnx_text(const VnOnnx__NodeProto *node, const char *name, const char *text, bool def);

/* ---- onnx_tensor.c ---- */

/* Whether input @slot is an initialiser, or made from one by Constant, Identity or Transpose. */
bool vn_onnx_is_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot);
/* The float constant at input @slot: shape checked against the data, every value finite. */
VN_MUST_CHECK int vn_onnx_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                struct vn_onnx_tensor *t);
/* The int64 constant at input @slot, at most @max values. */
VN_MUST_CHECK int vn_onnx_const_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                     size_t max, int64_t *out, size_t *count);
/* Whether input @slot is known to be the boolean false. */
bool vn_onnx_is_false(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot);
void vn_onnx_tensor_free(struct vn_onnx_tensor *t);

/* What makes a tensor: an initialiser, a node, or neither (a graph input, or nothing at all). */
struct vn_onnx_maker {
	const VnOnnx__TensorProto *tensor;
	const VnOnnx__NodeProto *node;
};
struct vn_onnx_maker vn_onnx_find(const struct vn_onnx *g, const char *name);

#endif /* VN_ONNX_GRAPH_H */
