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

struct vn_onnx_name; /* index entries, see onnx_index.c */
struct vn_onnx_use;

/* One file.  Names and messages are borrowed from @model. */
struct vn_onnx {
	char file[256]; /* as messages call it, printable */
	char *folder;   /* of the file, owned: where its external data may be; NULL: it has none */
	vn_error *err;
	size_t bytes;   /* of the file and the external data read: bounds what may be allocated */
	size_t work;    /* values that evaluating constants has made */
	size_t budget;  /* bytes that unpacking may still allocate */
	bool no_memory; /* unpacking was refused memory by the system, not by the budget */
	ProtobufCAllocator allocator; /* counts against @budget; points back here, so do not move
	                                 this struct */
	VnOnnx__ModelProto *model;
	VnOnnx__GraphProto *graph;
	int64_t opset;
	VnOnnx__NodeProto **nodes; /* [n_nodes], calls of local functions inlined */
	size_t n_nodes;
	struct vn_onnx_block *blocks;        /* memory of what inlining made */
	bool *live;                          /* [n_nodes]: @output depends on it */
	unsigned char *constness;            /* [n_nodes], see onnx_const.c */
	const VnOnnx__ValueInfoProto *input; /* the image */
	const char *output;                  /* the logits */
	struct vn_onnx_name *names;          /* [n_names], sorted: who makes a tensor */
	size_t n_names;
	struct vn_onnx_use *uses; /* [n_uses], sorted: who reads a tensor */
	size_t n_uses;
};

/* Element types, ONNX's numbers. */
enum vn_onnx_type {
	VN_ONNX_FLOAT = 1,
	VN_ONNX_UINT8 = 2,
	VN_ONNX_INT8 = 3,
	VN_ONNX_UINT16 = 4,
	VN_ONNX_INT16 = 5,
	VN_ONNX_INT32 = 6,
	VN_ONNX_INT64 = 7,
	VN_ONNX_BOOL = 9,
	VN_ONNX_FLOAT16 = 10,
	VN_ONNX_DOUBLE = 11,
	VN_ONNX_UINT32 = 12,
	VN_ONNX_UINT64 = 13,
	VN_ONNX_BFLOAT16 = 16,
};

/* A constant, converted.  @v is owned; release with vn_onnx_tensor_free(). */
struct vn_onnx_tensor {
	int type; /* enum vn_onnx_type; a double holds any value of them but large 64-bit integers */
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
/* External data may be beside @path from now on.  VN_ENOMEM. */
VN_MUST_CHECK int vn_onnx_set_folder(struct vn_onnx *g, const char *path);
void vn_onnx_close(struct vn_onnx *g);

/* ---- onnx_inline.c ---- */

/* Set g->nodes: the graph's, calls of local functions replaced by what they do. */
VN_MUST_CHECK int vn_onnx_inline(struct vn_onnx *g);
/* Frees what inlining made. */
void vn_onnx_inline_free(struct vn_onnx *g);

/* ---- onnx_index.c ---- */

/* Check versions, inline functions, index names. */
VN_MUST_CHECK int vn_onnx_index(struct vn_onnx *g);

/* Take output @index for the logits: sets g->output, g->live and g->input, the one input that it
 * depends on. */
VN_MUST_CHECK int vn_onnx_choose(struct vn_onnx *g, size_t index);

/* The one node that reads tensor @name; @from (may be NULL) made it and is named when there is none
 * or are several. Nodes that ask only for the shape do not count. */
VN_MUST_CHECK int vn_onnx_reader(struct vn_onnx *g, const char *name, const VnOnnx__NodeProto *from,
                                 const VnOnnx__NodeProto **node);

/* What makes a tensor: an initialiser, a node, or neither (a graph input, or nothing at all). */
struct vn_onnx_maker {
	const VnOnnx__TensorProto *tensor;
	const VnOnnx__SparseTensorProto *sparse;
	const VnOnnx__NodeProto *node;
	size_t index; /* of the node in g->nodes */
};
struct vn_onnx_maker vn_onnx_find(const struct vn_onnx *g, const char *name);

/* ---- onnx_graph.c ---- */

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

/* A name of the file's, made printable and short. */
void vn_onnx_printable(char *out, size_t size, const char *in);

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

/* A tensor message as it is stored, for input @slot of @node (for messages): shape checked against
 * the bytes that are really there; non-finite values and no values at all are allowed. */
VN_MUST_CHECK int vn_onnx_tensor_read(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                      const VnOnnx__TensorProto *src, struct vn_onnx_tensor *t);
VN_MUST_CHECK int vn_onnx_sparse_read(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                      const VnOnnx__SparseTensorProto *src,
                                      struct vn_onnx_tensor *t);
/* Zeros of t->rank, t->dims; sets count and v. */
VN_MUST_CHECK int vn_onnx_tensor_alloc(struct vn_onnx *g, struct vn_onnx_tensor *t);
void vn_onnx_tensor_free(struct vn_onnx_tensor *t);
bool vn_onnx_is_floating(int type);
/* @v as a value of @type: rounded to nearest even, or towards zero for integers. */
double vn_onnx_round(int type, double v);
/* Shape and data of input @slot contradict each other: a refusal. */
#define vn_onnx_wrong_data(g, node, slot)                                                          \
	vn_onnx_refuse(g, node, "export the network again; the file is damaged",                   \
	               "shape and data of input %zu do not agree", slot)

/* ---- onnx_external.c ---- */

/* The bytes that an external tensor's location, offset and length name, @want of them; *@data is
 * malloc'ed.  The file must lie in the network's own folder, links included. */
VN_MUST_CHECK int vn_onnx_external(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                                   const VnOnnx__TensorProto *src, size_t want,
                                   unsigned char **data);

/* ---- onnx_const.c ---- */

/* Whether input @slot is an initialiser, or computed from constants only by operations that can be
 * evaluated here. */
bool vn_onnx_is_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot);
/* The floating-point constant at input @slot: at least one value, every value finite. */
VN_MUST_CHECK int vn_onnx_const(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                struct vn_onnx_tensor *t);
/* The same of any type and with any values. */
VN_MUST_CHECK int vn_onnx_const_any(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                    struct vn_onnx_tensor *t);
/* The integer constant at input @slot, at most @max values. */
VN_MUST_CHECK int vn_onnx_const_ints(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                     size_t max, int64_t *out, size_t *count);
/* Integers that an input holds since some operator set, an attribute of that name before; *@count is
 * 0 where neither is there. */
VN_MUST_CHECK int vn_onnx_ints_either(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot,
                                      const char *name, size_t max, int64_t *out, size_t *count);
/* Whether input @slot is known to be the boolean false. */
bool vn_onnx_is_false(struct vn_onnx *g, const VnOnnx__NodeProto *node, size_t slot);

#endif /* VN_ONNX_GRAPH_H */
