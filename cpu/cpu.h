/* SPDX-License-Identifier: Apache-2.0
 *
 * cpu.h - the network on this CPU by oneDNN, as a well-kept library runs it: what compute units are
 * compared with.
 *
 * It executes the float network (model/net.h) in float, or in int8 as libraries do it: u8 maps,
 * s8 weights with a scale per channel, scales from calibration pictures.  It knows neither
 * programs nor the compute unit's number formats, so int8 answers are approximate: they are near
 * those of ref:, not equal.
 *
 * Primitives are made and weights reordered once, by vn_cpu_new.
 */
#ifndef VN_CPU_H
#define VN_CPU_H

#include <stddef.h>
#include <stdint.h>

#include "model/net.h"

enum vn_cpu_type { VN_CPU_F32, VN_CPU_INT8 };

struct vn_cpu_options {
	enum vn_cpu_type type;
	int batch;             /* images of each run */
	int threads;           /* that oneDNN uses */
	const uint8_t *pixels; /* [images][in_h][in_w][in_c] to calibrate int8 by; NULL with f32 */
	size_t images;
};

struct vn_cpu;

/* What figures are to be told with. */
struct vn_cpu_about {
	char library[48]; /* "oneDNN 2.6.3" */
	const char *isa;  /* "AVX2": the best that oneDNN uses here; static */
	int weight_bits;  /* of int8: 7 where sums of products would saturate, else 8 */
};

/* Errors: VN_ENODEV oneDNN is not installed, or this was built without its headers. */
VN_MUST_CHECK int vn_cpu_about(struct vn_cpu_about *about, vn_error *err);

/* The network, which may be freed afterwards, ready to run.  Blocks: for int8 one float inference
 * a calibration picture.  Errors: of vn_cpu_about; VN_EARG batch or threads below 1, int8 without
 * pictures; VN_EMODEL a range is not finite; VN_ERUNTIME oneDNN refuses; VN_ENOMEM. */
VN_MUST_CHECK int vn_cpu_new(const struct vn_net *net, const struct vn_cpu_options *options,
                             struct vn_cpu **out, vn_error *err);
void vn_cpu_free(struct vn_cpu *cpu); /* NULL allowed */

/* Compute a batch; blocks until it is done.  @pixels: uint8 [batch][in_h][in_w][in_c].  @logits:
 * [batch][classes].  @stages: NULL, or n_stages pointers, each NULL or a buffer of the stage's
 * output, [batch][cout][out_h][out_w], in real values.  One thread at a time.  VN_ERUNTIME,
 * VN_ENOMEM. */
VN_MUST_CHECK int vn_cpu_run(struct vn_cpu *cpu, const uint8_t *pixels, float *logits,
                             float *const *stages, vn_error *err);

#endif /* VN_CPU_H */
