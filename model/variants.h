/* SPDX-License-Identifier: Apache-2.0
 *
 * variants.h - the official VanillaNets, and the shipped network, by name: shapes without weights,
 * which are all that layout, schedule and prediction need; and with random weights.
 *
 * Source: the paper's table of architectures (arXiv 2305.12972) and the official code; held equal
 * to train/vanillanet.py by tests/program/test_variants.c through known sizes.
 */
#ifndef VN_VARIANTS_H
#define VN_VARIANTS_H

#include "model/fixed.h"
#include "model/net.h"

enum { VN_VARIANT_BLOCKS = 11 };

struct vn_variant {
	const char *name; /* "vanillanet-5" ... "vanillanet-13-1.5x-ada-pool", "fashion" */
	int image, in_c, classes;
	int n;              /* depthwise kernels are (2n+1)x(2n+1) */
	int k, stride, pad; /* of the stem */
	int blocks;
	int stem;                      /* output channels of the stem */
	short cout[VN_VARIANT_BLOCKS]; /* of the blocks */
	char halve[VN_VARIANT_BLOCKS]; /* 1: 2x2 max pooling; else 0, or the map's side after it */
};

/* The variants in order; NULL past the last. */
const struct vn_variant *vn_variant_at(int index);
/* NULL: there is none of that name. */
const struct vn_variant *vn_variant_find(const char *name);

/* A variant as asked for. */
struct vn_variant_pick {
	const struct vn_variant *v;
	int h, w, n;   /* image, and depthwise n */
	uint64_t seed; /* of its weights */
};

/* Does @text look like the name of a variant, known or not, rather than of a file? */
int vn_variant_named(const char *text);
/* "vanillanet-9@384x256#7": the variant, height x width of the image (or one number for both), the
 * seed; the last two may be left out.  Also as the official code spells it, "vanillanet_13_x1_5".
 * VN_EARG: there is no such variant (the message lists them), or size, or seed. */
VN_MUST_CHECK int vn_variant_parse(const char *text, struct vn_variant_pick *pick, vn_error *err);

/* Its stages, no weights: every pointer of vn_stage is NULL, n that of @pick.  Frees with
 * vn_net_free.  VN_EMODEL: the image is too small or too large, or a stage would pool more than the
 * compute unit can (the message names it); VN_ENOMEM. */
VN_MUST_CHECK int vn_variant_stages(const struct vn_variant_pick *pick, struct vn_net **out,
                                    vn_error *err);

/* The same as the compiler's stages, every pointer of vn_qstage NULL.  Frees with vn_qnet_free. */
VN_MUST_CHECK int vn_variant_shape(const struct vn_variant_pick *pick, struct vn_qnet **out,
                                   vn_error *err);

/* ---- variant_net.c ---- */

/* With random weights that are alive: batch normalisation by what the layers give for some scenes
 * (model/scene.h) is folded in, as a trained network has it.  The same for the same pick.  Blocks
 * for about four float inferences of the image, or of the variant's own where that is smaller. */
VN_MUST_CHECK int vn_variant_net(const struct vn_variant_pick *pick, struct vn_net **out,
                                 vn_error *err);

#endif /* VN_VARIANTS_H */
