/* SPDX-License-Identifier: Apache-2.0
 *
 * tiny.h - a network of three small stages and its program, made by hand for tests of what reads
 * programs.
 *
 * The net is random in its numbers and has every kind of stage: a (padded) stem with depthwise, a
 * block without, a pooled last block with weighted sum.  The program is the plainest legal one:
 * everything in sequence.
 */
#ifndef VN_TINY_H
#define VN_TINY_H

#include <stddef.h>
#include <stdint.h>

#include "model/fixed.h"
#include "model/program.h"

enum {
	TINY_IMAGE = 8, /* pixels along each side; one channel */
	TINY_PIXELS = TINY_IMAGE * TINY_IMAGE,
	TINY_CLASSES = 11,
	TINY_GROUP = 2, /* of the group entry */
};

/* @padded: the stem is 3x3, step 2, padding 1 instead of 2x2, step 2.  Free with vn_qnet_free. */
struct vn_qnet *tiny_net(unsigned seed, int padded);

/* The default configuration with tile @rows x @cols, up to 64 x 128.  Free with vn_program_free. */
struct vn_program *tiny_program(const struct vn_qnet *net, int rows, int cols);

/* tiny_program of an unpadded net, 8x8. */
struct vn_program *tiny_default(void);

/* The input record of one image ([8][8] pixels) at @record, entry->input beats. */
void tiny_input(const struct vn_program *prog, const uint8_t *pixels, uint8_t *record);

/* int8 [c][h][w] of stage @stage from a scratch record. */
void tiny_tap(const struct vn_program *prog, const uint8_t *record, int stage, int8_t *out);

/* What vn_program_save writes, as bytes to free. */
uint8_t *tiny_file(const struct vn_program *prog, size_t *bytes);

/* Recompute all checksums of a file, as far as its table makes sense. */
void tiny_repair(uint8_t *file, size_t bytes);

/* Deterministic noise: a state to start from any value, and a number of [low, high]. */
int tiny_random(uint32_t *state, int low, int high);

/* Zeroed, 64-byte aligned; aborts without memory. */
void *tiny_alloc(size_t bytes);

#endif /* VN_TINY_H */
