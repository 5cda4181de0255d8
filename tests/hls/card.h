/* SPDX-License-Identifier: Apache-2.0
 *
 * card.h - memory and a program for one compute unit of hls/, and the arithmetic of
 * docs/number-formats.md written for reading: what the tests expect is computed here, with nothing
 * of hls/.
 *
 * The program starts at descriptor CARD_FIRST, so that DESC is seen to count from the program's
 * start.  Weights, parameter blocks and input are noise of a seed.
 */
#ifndef VN_TEST_CARD_H
#define VN_TEST_CARD_H

#include <stdint.h>

#include "hls/vn_hls.h"

enum {
	CARD_FIRST = 3,
	CARD_BYTES = 1 << 20, /* behind each base */
	CARD_DESCS = 64,
};

struct card {
	const struct vn_hls_cu *cu;
	uint32_t r, c;
	uint8_t *weights, *input, *output, *scratch; /* CARD_BYTES each */
	uint32_t next;                               /* first beat of weights not given out */
	uint32_t (*program)[VN_DESC_WORDS];
	uint32_t count;   /* descriptors from CARD_FIRST on */
	uint32_t *status; /* of the last run */
	uint32_t seed;
};

/* Number @index of hls/sizes.def with noise in its memory and BEGIN as its program; 0 past the end.
 */
int card_open(struct card *card, int index);
void card_close(struct card *card);

/* A number of [low, high]. */
int32_t card_random(struct card *card, int32_t low, int32_t high);

/* BEGIN alone again, @group images a pass. */
void card_begin(struct card *card, uint32_t group);
/* A new descriptor, all other fields zero. */
uint32_t *card_add(struct card *card, uint32_t op);
/* LOAD or STORE of @words from beat 0 of INPUT or OUTPUT. */
uint32_t *card_move(struct card *card, uint32_t op, uint32_t act, uint32_t words);
/* Descriptor @index of the entry (0: BEGIN). */
uint32_t *card_desc(struct card *card, uint32_t index);
/* Run the program and return the status block's ERROR. */
uint32_t card_run(struct card *card, uint32_t images);

/* A tile of weights at the next free beat: noise of [-127, 127], its lowest rows extremes. */
uint32_t card_tiles(struct card *card, uint32_t tiles);
/* A parameter block: @cases bias vectors, then C words @req if not NULL, then @vectors of noise
 * taps. */
uint32_t card_param(struct card *card, uint32_t cases, const int32_t *bias, const uint32_t *req,
                    uint32_t vectors);
/* Byte @c of tap vector @v of a block of one bias. */
int card_tap(const struct card *card, uint32_t param, uint32_t v, uint32_t c);

/* LOAD and MM that leave @pixels sums of one tile in psum[0..]; the same as int64 [pixels][c] at
 * @sums. */
void card_sums(struct card *card, uint32_t pixels, int64_t *sums);

/* The requantiser by division. */
int32_t card_requantise(int64_t acc, uint32_t m, uint32_t s, int32_t low, int32_t high);
/* Pooled pixel of one channel: sums [in_h][in_w][c], all cases of @bias, before requantising. */
int64_t card_pool(const struct card *card, const int64_t *sums, const int32_t *bias, int border,
                  uint32_t in_h, uint32_t in_w, uint32_t out_h, uint32_t out_w, uint32_t y,
                  uint32_t x, uint32_t channel);

#endif /* VN_TEST_CARD_H */
