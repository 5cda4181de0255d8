/* SPDX-License-Identifier: Apache-2.0
 *
 * nets.h - float networks of many shapes with random, alive weights, and how far two answers are
 * apart.
 */
#ifndef TESTS_CPU_NETS_H
#define TESTS_CPU_NETS_H

#include "model/net.h"

enum { SHAPE_BLOCKS = 4 };

/* A network's shape.  Blocks end with cout 0. */
struct shape {
	const char *name;
	int in_c, in_h, in_w;
	int k, stride, pad, stem; /* of the stem; its output channels */
	int n;                    /* depthwise (2n+1)x(2n+1); 0: none */
	int classes;
	struct shape_block {
		int cout;
		int pool; /* 1: none; 2: 2x2; -N: adaptive to N x N */
	} blocks[SHAPE_BLOCKS];
};

/* The caller's, by vn_net_free. */
struct vn_net *shape_net(const struct shape *s, unsigned seed);
/* Pictures, uint8 [images][in_h][in_w][in_c]; free(3). */
uint8_t *noise_pictures(const struct vn_net *net, size_t images, unsigned seed);

/* Values of stage @s's output; of the logits where @s is n_stages. */
size_t stage_values(const struct vn_net *net, int s);
/* Buffers for vn_net_run's or vn_cpu_run's outputs of @images. */
void outputs_alloc(const struct vn_net *net, size_t images, float *out[VN_MAX_STAGES + 1]);
void outputs_free(const struct vn_net *net, float *out[VN_MAX_STAGES + 1]);
/* The float reference on one picture. */
void reference(const struct vn_net *net, const uint8_t *picture, float *out[VN_MAX_STAGES + 1]);

#endif /* TESTS_CPU_NETS_H */
