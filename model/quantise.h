/* SPDX-License-Identifier: Apache-2.0
 *
 * quantise.h - inside the quantiser: ranges seen in calibration, scales made of them, one stage at
 * a time.
 */
#ifndef VN_QUANTISE_H
#define VN_QUANTISE_H

#include "model/compile.h"

/* Smallest and largest value of one channel over the calibration images. */
struct vn_range {
	double low, high;
};

struct vn_stage_ranges {
	struct vn_range *relu;   /* [cout] after ReLU and pooling */
	struct vn_range *out;    /* [cout] the stage's output */
	struct vn_range *pooled; /* [cout] last stage: its average over the map; else NULL */
};

/* real = scale*q + centre[c] */
struct vn_scale {
	double scale;
	float *centre; /* [channels], the caller's */
};

/* The one scale that fits the widest channel, and the centres that put every channel in the middle
 * of [-128, 127]. */
void vn_scale_of(const struct vn_range *r, int channels, struct vn_scale *out);

/* Run the float reference over the images; @r: [n_stages], arrays allocated here, freed by
 * vn_ranges_free. */
VN_MUST_CHECK int vn_calibrate(const struct vn_net *net, const struct vn_calib *calib,
                               const struct vn_compile_options *opt, struct vn_stage_ranges **r,
                               vn_error *err);
void vn_ranges_free(struct vn_stage_ranges *r, int stages);

/* Stage @f into @q, whose shapes and arrays stand already.  @net: only for the stem, which swallows
 * the normalisation.
 * @in: of its input; NULL for the stem.  @pooled: of the weighted sum, written for the last stage.
 */
VN_MUST_CHECK int vn_quantise_stage(const struct vn_stage *f, const struct vn_net *net,
                                    const struct vn_scale *in, const struct vn_stage_ranges *r,
                                    struct vn_qstage *q, struct vn_scale *pooled, vn_error *err);
VN_MUST_CHECK int vn_quantise_fc(const struct vn_net *net, const struct vn_scale *in,
                                 struct vn_qnet *q, vn_error *err);

#endif /* VN_QUANTISE_H */
