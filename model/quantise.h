/* SPDX-License-Identifier: Apache-2.0
 *
 * quantise.h - inside the quantiser: what calibration saw, scales made of it, one stage at a time.
 *
 * Reading order: calibrate.c (ranges and means), scales.c (units and centres), quantise.c
 * (rounding), lost.c (bias correction), still.c (constants), quantise_net.c (the network), offset.c
 * (the logits' bias correction).
 */
#ifndef VN_QUANTISE_H
#define VN_QUANTISE_H

#include "model/compile.h"

/* Smallest and largest value of one channel over the calibration images. */
struct vn_range {
	double low, high;
};

struct vn_stage_seen {
	struct vn_range *relu;   /* [cout] after ReLU and pooling; low is 0 */
	struct vn_range *out;    /* [cout] the stage's output */
	struct vn_range *pooled; /* [cout] last stage: its average over the map; else NULL */
	double *relu_mean;       /* [cout][out_h*out_w] of every pixel over the images */
	double *out_mean;        /* [cout] over images and pixels */
};

struct vn_seen {
	int n_stages;
	struct vn_stage_seen *stages;
	double *image_mean; /* [in_c][in_h*in_w] of pixel - 128 */
	int same_logits;    /* every image gave the same ones */
	int distinct;       /* images that differ; VN_DISTINCT_ENOUGH and more are the same */
};

/* real = unit[c]*q + centre[c]; both arrays are the caller's. */
struct vn_scale {
	double *unit;
	float *centre;
};

/* Where the quantiser stands in the network. */
struct vn_quantiser {
	const struct vn_net *net;
	const struct vn_seen *seen;
	const struct vn_compile_options *opt;
	struct vn_scale
	        in;        /* of the stage's input; not of the stem, which reads pixels minus 128 */
	double *relu_unit; /* [cout] of the uint8 map, where there is one */
	struct vn_scale out;    /* of the stage's output, or its tap */
	struct vn_scale pooled; /* of the weighted sum; last stage only */
};

/* ---- calibrate.c ---- */

/* Run the float reference over the images.  Freed by vn_seen_free. */
VN_MUST_CHECK int vn_calibrate(const struct vn_net *net, const struct vn_calib *calib,
                               const struct vn_compile_options *opt, struct vn_seen **seen,
                               vn_error *err);
void vn_seen_free(struct vn_seen *seen);

/* One image: its bytes, and the maps of the float reference as vn_net_run fills them. */
typedef void (*vn_see)(void *ctx, const uint8_t *pixels, float *const *relu, float *const *out);

/* Run the float reference over the images, on opt->threads; @see is called for one after another, in
 * their order, in any thread.  Progress goes from @begin to @end. */
VN_MUST_CHECK int vn_each_image(const struct vn_net *net, const struct vn_calib *calib, vn_see see,
                                void *ctx, const struct vn_compile_options *opt, double begin,
                                double end, vn_error *err);

/* ---- clip.c ---- */

/* Narrow the ranges of @seen, which hold every extreme, as opt->range says.  Runs the float
 * reference once more. */
VN_MUST_CHECK int vn_clip(const struct vn_net *net, const struct vn_calib *calib,
                          const struct vn_compile_options *opt, struct vn_seen *seen,
                          vn_error *err);

/* ---- distinct.c ---- */

enum { VN_DISTINCT_ENOUGH = 64 };

struct vn_distinct;

struct vn_distinct *vn_distinct_new(const struct vn_stage *last); /* NULL: no memory */
void vn_distinct_free(struct vn_distinct *d);
/* The output of the last stage for one more image, [cout][out_h][out_w]. */
void vn_distinct_see(struct vn_distinct *d, const float *map);
int vn_distinct_count(const struct vn_distinct *d);

/* ---- scales.c ---- */

/* Units and centres of stage @s into @z's arrays, its input's being there. */
VN_MUST_CHECK int vn_choose_scales(struct vn_quantiser *z, int s, vn_error *err);

/* ---- rows.c: a stage's linear maps, as weights of integer inputs ---- */

/* Real value of one unit of each input of output @o: [k*k*cin], in the element order of the input
 * record. */
void vn_conv_row(const struct vn_quantiser *z, int s, int o, double *row);
/* The depthwise kernel of channel @c, [(2n+1)^2]; without one, a single 1. */
void vn_depthwise_taps(const struct vn_stage *f, int c, double *taps);
/* Depthwise kernel and average pool as one weight per pixel, [out_h*out_w]. */
void vn_pool_taps(const struct vn_stage *f, int c, double *taps);

/* ---- lost.c: bias correction ---- */

/* What rounding @row to @q in units of @unit takes from the mean of its sum; @mean: of each input.
 */
double vn_lost(const double *row, const int8_t *q, size_t n, double unit, const double *mean);
/* Means of the inputs of stage @s's convolution, in units of its integers: [cases][k*k*cin], the
 * caller's to free. */
VN_MUST_CHECK int vn_input_means(const struct vn_quantiser *z, int s, int cases, double **mean,
                                 vn_error *err);
/* Mean over the map of what each tap of a depthwise kernel meets; @map: [out_h*out_w], @mean:
 * [(2n+1)^2]. */
void vn_tap_means(const struct vn_stage *f, const double *map, double *mean);

/* ---- still.c: channels that are constants ---- */

/* Does the convolution leave the same number everywhere, whatever its input? */
int vn_is_still(const struct vn_stage *f, int o);
/* Centres of such channels of stage @s, whose integers stand in @q. */
VN_MUST_CHECK int vn_settle_still(const struct vn_quantiser *z, int s, const struct vn_qstage *q,
                                  vn_error *err);

/* ---- offset.c ---- */

/* Make up in the FC's biases for what int8 adds to the logits of all images.  Blocks for a float
 * and an integer inference of up to 256 of the images, fewer for a large network. */
VN_MUST_CHECK int vn_correct_logits(const struct vn_net *net, const struct vn_calib *calib,
                                    const struct vn_compile_options *opt,
                                    const struct vn_seen *seen, struct vn_qnet *q, vn_error *err);

/* ---- quantise.c ---- */

/* Stage @s into @q, whose shapes and arrays stand already; its scales are in @z. */
VN_MUST_CHECK int vn_quantise_stage(const struct vn_quantiser *z, int s, struct vn_qstage *q,
                                    vn_error *err);
/* The FC; its input is z->pooled. */
VN_MUST_CHECK int vn_quantise_fc(const struct vn_quantiser *z, struct vn_qnet *q, vn_error *err);

#endif /* VN_QUANTISE_H */
