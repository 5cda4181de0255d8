/* SPDX-License-Identifier: Apache-2.0
 *
 * randnet.h - random quantised networks and configurations: awkward sizes and extreme values on
 * purpose.
 */
#ifndef VN_RANDNET_H
#define VN_RANDNET_H

#include <stdint.h>

#include "model/fixed.h"
#include "spec/spec.h"

/* xorshift32: the same stream for the same seed everywhere.  Never 0. */
uint32_t rnd(uint32_t *state);
/* In [low, high]. */
int rnd_in(uint32_t *state, int low, int high);

/* Channel counts around the tile (1, tile-1, tile, tile+1, 2*tile+1), maps 1x1 to 28x28, every n,
 * every kind of pooling, padded and plain stems; one network in four has extreme numbers only. Free
 * with vn_qnet_free; NULL without memory. */
struct vn_qnet *randnet(uint32_t *state, int rows, int cols);

/* Shrink @config's buffers at random (not below what a small network needs). */
void rand_config(uint32_t *state, uint32_t config[VN_CONFIG_WORDS]);

#endif /* VN_RANDNET_H */
