/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - inside cpu/: a network as a list of steps, each a primitive of oneDNN or one of the two
 * that it has not (uneven pooling, the average with its rounding).
 *
 * A step reads one map and writes another.  Maps lie in slots, by turns in two, so that what one
 * step wrote is still in the cache for the next; the image has a slot of its own.
 */
#ifndef VN_CPU_PLAN_H
#define VN_CPU_PLAN_H

#include "cpu/cpu.h"
#include "cpu/dnnl_api.h"

enum {
	VN_CPU_STEPS = 6 * VN_MAX_STAGES + 8,
	VN_CPU_ARGS = 4,
	VN_CPU_SLOTS = 3, /* two for maps, then the image's */
};

/* Real value = (q - zero) * scale; u8 maps only. */
struct vn_cpu_range {
	float scale;
	int zero;
};

struct vn_cpu_map {
	dnnl_memory_desc_t md; /* [batch][c][h][w] in whatever layout, or [batch][c] */
	dnnl_memory_t memory;
	int slot;
	void *data; /* of the slot, once there is one */
	struct vn_cpu_range range;
};

/* Windows of output i in one direction: [begin, end) of i*in/out, as vn_stage says. */
struct vn_cpu_windows {
	int pool_h, pool_w, out_h, out_w;
};

/* Where a map's values lie: [blocks][h][w][inner] of each image. */
struct vn_cpu_view {
	size_t image, block, row, pixel; /* steps in values */
	int blocks, inner;
};

enum vn_cpu_kind { VN_CPU_PRIMITIVE, VN_CPU_POOL, VN_CPU_AVERAGE };

struct vn_cpu_step {
	enum vn_cpu_kind kind;
	int from, to; /* maps */
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t args[VN_CPU_ARGS];
	int n_args;
	struct vn_cpu_windows windows;
	struct vn_cpu_view in, out; /* without a primitive */
	int stage;                  /* whose output is complete after it; -1: none */
};

struct vn_cpu {
	enum vn_cpu_type type;
	int batch, threads;
	int in_c, in_h, in_w, border; /* image; border: pixels around it in its map (int8) */
	int n_stages, classes;
	float pixel[4][256]; /* by channel: the normalised value of each pixel value */
	uint8_t pixel8[4][256];
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	struct vn_cpu_step steps[VN_CPU_STEPS];
	struct vn_cpu_map maps[VN_CPU_STEPS + 1];
	int n_steps, n_maps;
	size_t slot_bytes[VN_CPU_SLOTS];
	void *blocks[2 * VN_CPU_STEPS]; /* all memory that primitives use; vn_cpu_free frees it */
	dnnl_memory_t weights[2 * VN_CPU_STEPS];
	int n_blocks, n_weights;
};

/* A layer's numbers in the type that it runs in. */
struct vn_cpu_layer {
	dnnl_data_type_t in, out, weight, bias; /* f32, or u8 -> u8 or f32 with s8 and s32 */
	const void *w;                          /* [cout][...], plain */
	const void *b;                          /* [cout] */
	const float *scales;                    /* [cout] output scales; NULL with f32 */
	struct vn_cpu_range range;              /* of the output */
};

/* What calibration found, by stage. */
struct vn_cpu_ranges {
	struct vn_cpu_range image, mean;
	struct vn_cpu_range relu[VN_MAX_STAGES], out[VN_MAX_STAGES];
	int weight_most; /* largest absolute value of a weight */
};

/* ---- int8.c ---- */

VN_MUST_CHECK int vn_cpu_calibrate(const struct vn_net *net, const struct vn_cpu_options *o,
                                   struct vn_cpu_ranges *r, vn_error *err);
/* Round a layer: @w [cout][taps], @b [cout].  @out NULL: real outputs, in f32.  Release what
 * @layer points to by vn_cpu_layer_free.  VN_EMODEL a number is not finite; VN_ENOMEM. */
VN_MUST_CHECK int vn_cpu_round(const float *w, const float *b, int cout, size_t taps,
                               const struct vn_cpu_range *in, const struct vn_cpu_range *out,
                               int weight_most, struct vn_cpu_layer *layer, vn_error *err);
void vn_cpu_layer_free(struct vn_cpu_layer *layer);

/* ---- pool.c ---- */

/* 0 where the layout is none of nchw, nhwc, nChw8c, nChw16c. */
int vn_cpu_view(const dnnl_memory_desc_t *md, struct vn_cpu_view *view, dnnl_format_tag_t *tag);
void vn_cpu_pool(const struct vn_cpu *cpu, const struct vn_cpu_step *step);
void vn_cpu_average(const struct vn_cpu *cpu, const struct vn_cpu_step *step);

/* ---- plan.c: steps, each after those before it; they return 0 or VN_E* ---- */

/* The image's map, which the first step reads. */
VN_MUST_CHECK int vn_cpu_add_image(struct vn_cpu *cpu, const dnnl_dims_t dims,
                                   dnnl_data_type_t type, vn_error *err);
/* A convolution: padding on all sides, @groups 1 or all channels. */
struct vn_cpu_conv {
	int groups, cin, cout, side, stride, pad, relu, out_h, out_w;
};
VN_MUST_CHECK int vn_cpu_add_conv(struct vn_cpu *cpu, const struct vn_cpu_conv *c,
                                  const struct vn_cpu_layer *layer, vn_error *err);
VN_MUST_CHECK int vn_cpu_add_pool(struct vn_cpu *cpu, const struct vn_cpu_windows *windows,
                                  vn_error *err);
VN_MUST_CHECK int vn_cpu_add_average(struct vn_cpu *cpu, const struct vn_cpu_range *range,
                                     vn_error *err);
VN_MUST_CHECK int vn_cpu_add_fc(struct vn_cpu *cpu, int classes, const struct vn_cpu_layer *layer,
                                vn_error *err);
/* Memory for all maps, once all steps are there. */
VN_MUST_CHECK int vn_cpu_place(struct vn_cpu *cpu, vn_error *err);

#endif /* VN_CPU_PLAN_H */
