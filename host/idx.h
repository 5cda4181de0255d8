/* SPDX-License-Identifier: Apache-2.0
 *
 * idx.h - IDX files (MNIST's format), plain or gzipped: unsigned bytes in one, three or four
 * dimensions.
 */
#ifndef VH_IDX_H
#define VH_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"

/* uint8 [n][h][w][c]; labels have h = w = c = 1. */
struct vh_idx {
	size_t n;
	int h, w, c;
	uint8_t *bytes; /* the owner frees */
};

/* Whether @path can be read and begins like an IDX file. */
int vh_idx_is(const char *path);

/* Images: three dimensions, or four with channels last.  Reads at most @most of them (0: all).
 * Errors: VN_EIO, VN_EIMAGE (the message names the file and the field), VN_ENOMEM. */
VN_MUST_CHECK int vh_idx_images(const char *path, size_t most, struct vh_idx *idx, vn_error *err);
/* Labels: one dimension. */
VN_MUST_CHECK int vh_idx_labels(const char *path, size_t most, struct vh_idx *idx, vn_error *err);

#endif /* VH_IDX_H */
