/* SPDX-License-Identifier: Apache-2.0
 *
 * variants.h - the official VanillaNets, and the shipped network, by name: shapes without weights,
 * which are all that layout, schedule and prediction need.
 *
 * Source: the paper's table of architectures (arXiv 2305.12972) and the official code; held equal
 * to train/vanillanet.py by tests/program/test_variants.c through known sizes.
 */
#ifndef VN_VARIANTS_H
#define VN_VARIANTS_H

#include "model/fixed.h"

enum { VN_VARIANT_BLOCKS = 11 };

struct vn_variant {
	const char *name; /* "vanillanet-5" ... "vanillanet-13-1.5x-ada-pool", "fashion" */
	int image, in_c, classes;
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

/* Its stages, depthwise n = @n, no weights: every pointer of vn_qstage is NULL.  Frees with
 * vn_qnet_free.  VN_ENOMEM. */
VN_MUST_CHECK int vn_variant_shape(const struct vn_variant *v, int n, struct vn_qnet **out,
                                   vn_error *err);

#endif /* VN_VARIANTS_H */
