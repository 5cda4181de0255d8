/* SPDX-License-Identifier: Apache-2.0
 *
 * nets.h - small networks and pictures for the tests of the quantiser.  Tests run in the
 * repository's root.
 */
#ifndef TESTS_QUANTISE_NETS_H
#define TESTS_QUANTISE_NETS_H

#include "model/compile.h"
#include "model/net.h"

/* A network of tests/golden; the test fails where it cannot be read. */
struct vn_net *nets_load(const char *name);

/* @images of random bytes, for @net: [images][in_h][in_w][in_c]. */
uint8_t *nets_pictures(const struct vn_net *net, size_t images, uint32_t seed);

/* Default options for an 8x8 unit. */
struct vn_compile_options nets_options(void);

/* Maps of one image, int8 and float: NULL or [cout][out_h][out_w] of each stage. */
struct nets_maps {
	float *out[VN_MAX_STAGES + 1]; /* the last: logits */
	int8_t *q[VN_MAX_STAGES];
	int32_t *logits;
};

/* Both references on one image; nets_maps_free frees. */
void nets_run(const struct vn_net *net, const struct vn_qnet *q, const uint8_t *picture,
              struct nets_maps *maps);
void nets_maps_free(struct nets_maps *maps);

#endif /* TESTS_QUANTISE_NETS_H */
