/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_mem.c - everything that moves between card memory and the compute unit, and nothing that
 * computes.
 *
 * Memory is touched in whole beats only.  A beat is unpacked in lanes of 8 bytes, which R, C and 64
 * are multiples of.
 */
#include "hls/vn_mem.h"

enum {
	LANE = 8, /* bytes of one w[] of a beat */
	BEAT_LANES = VN_BEAT_BYTES / LANE,
	WORD_LANES = VN_R / LANE, /* of an activation word */
	TILE_LANES = VN_C / LANE, /* of a row of a weight tile */
};

static inline void unpack(uint64_t v, int8_t dst[LANE])
{
	uint32_t b;

	VN_INLINE
	for (b = 0; b < LANE; b++) {
		VN_UNROLL
		dst[b] = (int8_t)(v >> (8 * b));
	}
}

static inline uint64_t pack(const int8_t src[LANE])
{
	uint64_t v = 0;
	uint32_t b;

	VN_INLINE
	for (b = 0; b < LANE; b++) {
		VN_UNROLL
		v |= (uint64_t)(uint8_t)src[b] << (8 * b);
	}
	return v;
}

void vn_mem_desc(const vn_beat *program, uint64_t index, uint32_t d[VN_DESC_WORDS])
{
	const vn_beat beat = program[index];
	uint32_t i;

	for (i = 0; i < VN_DESC_WORDS; i++) {
		VN_UNROLL
		d[i] = (uint32_t)(beat.w[i / 2] >> (32 * (i % 2)));
	}
}

static void load_chunk(const vn_beat *from, uint64_t at, uint32_t words,
                       int8_t act[VN_ACT_WORDS][VN_R], uint32_t first)
{
	vn_beat beat = {{0}};
	uint32_t i, l;

	VN_LOOP(word)
	for (i = 0; i < words; i++) {
		VN_PIPELINE
		const uint32_t part = i % VN_BEAT_WORDS;

		if (part == 0)
			beat = from[at + i / VN_BEAT_WORDS];
		for (l = 0; l < WORD_LANES; l++) {
			VN_UNROLL
			unpack(beat.w[part * WORD_LANES + l], act[first + i] + LANE * l);
		}
	}
}

static void store_chunk(vn_beat *to, uint64_t at, uint32_t words, int8_t act[VN_ACT_WORDS][VN_R],
                        uint32_t first)
{
	const vn_beat zero = {{0}};
	vn_beat beat = zero;
	uint32_t i, l;

	VN_LOOP(word)
	for (i = 0; i < words; i++) {
		VN_PIPELINE
		const uint32_t part = i % VN_BEAT_WORDS;

		if (part == 0)
			beat = zero;
		for (l = 0; l < WORD_LANES; l++) {
			VN_UNROLL
			beat.w[part * WORD_LANES + l] = pack(act[first + i] + LANE * l);
		}
		if (part == VN_BEAT_WORDS - 1 || i == words - 1)
			to[at + i / VN_BEAT_WORDS] = beat;
	}
}

/* The chunks of a LOAD or STORE: where the first lies, and how far it is to the next. */
struct chunks {
	uint64_t at;    /* beat in card memory */
	uint32_t first; /* activation word */
	uint32_t n, words, act_step, mem_step;
};

_Static_assert((int)VN_D_STORE_OFFSET_WORD == VN_D_LOAD_OFFSET_WORD &&
                       (int)VN_D_STORE_RECORD_WORD == VN_D_LOAD_RECORD_WORD &&
                       (int)VN_D_STORE_ACT_WORD == VN_D_LOAD_ACT_WORD &&
                       (int)VN_D_STORE_ACT_STEP_WORD == VN_D_LOAD_ACT_STEP_WORD &&
                       (int)VN_D_STORE_MEM_STEP_WORD == VN_D_LOAD_MEM_STEP_WORD &&
                       (int)VN_D_STORE_WORDS_WORD == VN_D_LOAD_WORDS_WORD &&
                       (int)VN_D_STORE_CHUNKS_WORD == VN_D_LOAD_CHUNKS_WORD,
               "STORE names its chunks as LOAD does");

static struct chunks chunks_of(const uint32_t d[VN_DESC_WORDS], uint64_t image)
{
	const struct chunks c = {
	        VN_GET(d, LOAD_OFFSET) + image * VN_GET(d, LOAD_RECORD),
	        VN_GET(d, LOAD_ACT),
	        VN_GET(d, LOAD_CHUNKS),
	        VN_GET(d, LOAD_WORDS),
	        VN_GET(d, LOAD_ACT_STEP),
	        VN_GET(d, LOAD_MEM_STEP),
	};

	return c;
}

void vn_mem_load(const uint32_t d[VN_DESC_WORDS], uint64_t image, const vn_beat *from,
                 int8_t act[VN_ACT_WORDS][VN_R])
{
	const struct chunks c = chunks_of(d, image);
	uint32_t g;

	VN_LOOP(chunk)
	for (g = 0; g < c.n; g++)
		load_chunk(from, c.at + (uint64_t)g * c.mem_step, c.words, act,
		           c.first + g * c.act_step);
}

void vn_mem_store(const uint32_t d[VN_DESC_WORDS], uint64_t image, int8_t act[VN_ACT_WORDS][VN_R],
                  vn_beat *to)
{
	const struct chunks c = chunks_of(d, image);
	uint32_t g;

	VN_LOOP(chunk)
	for (g = 0; g < c.n; g++)
		store_chunk(to, c.at + (uint64_t)g * c.mem_step, c.words, act,
		            c.first + g * c.act_step);
}

void vn_mem_tile_beat(const vn_beat *weights, uint64_t at, uint32_t i, int8_t tile[VN_R][VN_C])
{
	const vn_beat beat = weights[at + i];
	uint32_t l;

	VN_INLINE
	for (l = 0; l < BEAT_LANES; l++) {
		VN_UNROLL
		const uint32_t lane = i * BEAT_LANES + l;

		unpack(beat.w[l], tile[lane / TILE_LANES] + LANE * (lane % TILE_LANES));
	}
}

void vn_mem_words(const vn_beat *weights, uint64_t at, uint32_t v[VN_C])
{
	uint32_t b, i;

	VN_LOOP(beat_of_words)
	for (b = 0; b < VN_WORD_BEATS; b++) {
		VN_PIPELINE
		const vn_beat beat = weights[at + b];

		for (i = 0; i < VN_BEAT_BYTES / 4 && i < VN_C; i++) {
			VN_UNROLL
			v[b * (VN_BEAT_BYTES / 4) + i] =
			        (uint32_t)(beat.w[i / 2] >> (32 * (i % 2)));
		}
	}
}

void vn_mem_bytes(const vn_beat *weights, uint64_t at, int8_t v[VN_C])
{
	uint32_t b, l;

	VN_LOOP(beat_of_bytes)
	for (b = 0; b < VN_BYTE_BEATS; b++) {
		VN_PIPELINE
		const vn_beat beat = weights[at + b];

		for (l = 0; l < BEAT_LANES && l < TILE_LANES; l++) {
			VN_UNROLL
			unpack(beat.w[l], v + LANE * (b * BEAT_LANES + l));
		}
	}
}

void vn_mem_status(vn_beat *status, const uint32_t words[VN_STATUS_WORDS])
{
	uint32_t b, i;

	VN_LOOP(beat_of_status)
	for (b = 0; b < VN_STATUS_WORDS / VN_DESC_WORDS; b++) {
		vn_beat beat = {{0}};

		for (i = 0; i < VN_DESC_WORDS; i++) {
			VN_UNROLL
			beat.w[i / 2] |= (uint64_t)words[b * VN_DESC_WORDS + i] << (32 * (i % 2));
		}
		status[b] = beat;
	}
}
