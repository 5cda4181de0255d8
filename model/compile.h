/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.h - from a float network to a program: quantise, lay out the weights, schedule,
 * synchronise.
 *
 * Reading order: quantise.c (integers), layout.c (weights and regions), schedule.c (descriptors),
 * tokens.c.
 */
#ifndef VN_COMPILE_H
#define VN_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin_compile.h"
#include "model/fixed.h"
#include "model/net.h"
#include "model/program.h"

/* Calibration images: uint8 [images][in_h][in_w][in_c].  Owned by the caller. */
struct vn_calib {
	const uint8_t *pixels;
	size_t images;
};

/* Choose every scale from the float reference's ranges over the calibration images and round.
 * Blocks for one float inference per image, two with a range kind other than minmax.  @net gets
 * notes where calibration looks degenerate, and is not changed else.  Errors: VN_EARG no image; VN_EMODEL a range is not
 * finite, or an accumulator could overflow; VN_ENOMEM. */
VN_MUST_CHECK int vn_quantise(struct vn_net *net, const struct vn_calib *calib,
                              const struct vn_compile_options *opt, struct vn_qnet **out,
                              vn_error *err);

/* The shape of @net alone: what layout, schedule and prediction need.  Every pointer of vn_qstage is
 * NULL.  Frees with vn_qnet_free.  VN_ENOMEM. */
VN_MUST_CHECK int vn_net_shape(const struct vn_net *net, struct vn_qnet **out, vn_error *err);

/* The compute unit has the taps that the stages ask for; else VN_EFIT. */
VN_MUST_CHECK int vn_check_taps(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS],
                                vn_error *err);

/* A program for any configuration record from a quantised network.  @group: as in the options.
 * Errors: VN_EFIT a stage does not fit the configuration (the message says which and what is
 * short); VN_ENOMEM. */
VN_MUST_CHECK int vn_assemble(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS],
                              int group, struct vn_program **out, vn_error *err);

/* Both, for the default configuration with tile rows x cols.  Errors: of both, and VN_EARG for an
 * impossible tile. */
VN_MUST_CHECK int vn_compile(struct vn_net *net, const struct vn_calib *calib,
                             const struct vn_compile_options *opt, struct vn_program **prog,
                             vn_error *err);

#endif /* VN_COMPILE_H */
