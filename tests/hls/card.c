/* SPDX-License-Identifier: Apache-2.0
 *
 * card.c - see card.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hls/card.h"

enum { TAP_WORD_BYTES = 4 };

static void *block(size_t bytes)
{
	void *p = aligned_alloc(VN_BEAT_BYTES, bytes);

	if (p == NULL)
		abort();
	memset(p, 0, bytes);
	return p;
}

int32_t card_random(struct card *card, int32_t low, int32_t high)
{
	card->seed = card->seed * 1664525u + 1013904223u;
	return low + (int32_t)((card->seed >> 8) % (uint32_t)(high - low + 1));
}

static uint32_t hash_of(const uint32_t config[VN_CONFIG_WORDS])
{
	uint32_t hash = 0x811c9dc5u, bit;

	for (bit = 0; bit < 32 * VN_CONFIG_WORDS; bit += 8)
		hash = (hash ^ (config[bit / 32] >> bit % 32 & 255u)) * 0x01000193u;
	return hash;
}

int card_open(struct card *card, int index)
{
	static int is_said;
	const char *seed = getenv("SEED");
	uint32_t i;

	if (!is_said)
		printf("seed=%s\n", seed ? seed : "1");
	is_said = 1;
	memset(card, 0, sizeof(*card));
	card->cu = vn_hls_at(index);
	if (card->cu == NULL)
		return 0;
	card->r = card->cu->config[VN_CFG_ROWS];
	card->c = card->cu->config[VN_CFG_COLS];
	card->seed = (uint32_t)(seed != NULL ? atoi(seed) : 1) * 2654435761u + (uint32_t)index;
	card->weights = block(CARD_BYTES);
	card->input = block(CARD_BYTES);
	card->output = block(CARD_BYTES);
	card->scratch = block(CARD_BYTES);
	card->program = block(CARD_DESCS * sizeof(*card->program));
	card->status = block(sizeof(uint32_t) * VN_STATUS_WORDS);
	for (i = 0; i < CARD_BYTES; i++) {
		card->input[i] = (uint8_t)card_random(card, 0, 255);
		card->output[i] = 0xa5;
		card->scratch[i] = (uint8_t)card_random(card, 0, 255);
	}
	card_begin(card, 1);
	return 1;
}

void card_close(struct card *card)
{
	free(card->weights);
	free(card->input);
	free(card->output);
	free(card->scratch);
	free(card->program);
	free(card->status);
}

void card_begin(struct card *card, uint32_t group)
{
	uint32_t *d;

	card->count = 0;
	d = card_add(card, VN_OP_BEGIN);
	VN_SET(d, BEGIN_HASH, hash_of(card->cu->config));
	VN_SET(d, BEGIN_GROUP, group);
	VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
}

uint32_t *card_desc(struct card *card, uint32_t index)
{
	return card->program[CARD_FIRST + index];
}

uint32_t *card_add(struct card *card, uint32_t op)
{
	uint32_t *d;

	if (CARD_FIRST + card->count >= CARD_DESCS)
		abort();
	d = card_desc(card, card->count++);
	memset(d, 0, sizeof(*card->program));
	VN_SET(d, ALL_OP, op);
	return d;
}

uint32_t *card_move(struct card *card, uint32_t op, uint32_t act, uint32_t words)
{
	uint32_t *d = card_add(card, op);

	VN_SET(d, LOAD_ACT, act);
	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, 1);
	VN_SET(d, LOAD_SPACE, op == VN_OP_LOAD ? VN_SPACE_INPUT : VN_SPACE_OUTPUT);
	return d;
}

uint32_t card_run(struct card *card, uint32_t images)
{
	memset(card->status, 0xee, sizeof(uint32_t) * VN_STATUS_WORDS);
	if (card->cu->run(card->program, CARD_FIRST, card->count, images, card->weights,
	                  card->input, card->output, card->scratch, card->status) != 0)
		abort();
	return card->status[VN_ST_ERROR];
}

static uint32_t give_out(struct card *card, uint32_t beats)
{
	const uint32_t first = card->next;

	card->next += beats;
	if (card->next * VN_BEAT_BYTES > CARD_BYTES)
		abort();
	return first;
}

uint32_t card_tiles(struct card *card, uint32_t tiles)
{
	const uint32_t bytes = tiles * card->r * card->c;
	const uint32_t first = give_out(card, bytes / VN_BEAT_BYTES);
	uint8_t *w = card->weights + (size_t)first * VN_BEAT_BYTES;
	uint32_t i;

	for (i = 0; i < bytes; i++)
		w[i] = (uint8_t)card_random(card, -127, 127);
	for (i = 0; i < card->c; i++)
		w[i] = (uint8_t)(i % 2 != 0 ? 127 : -127);
	return first;
}

static uint32_t padded(uint32_t bytes)
{
	return (bytes + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES;
}

uint32_t card_param(struct card *card, uint32_t cases, const int32_t *bias, const uint32_t *req,
                    uint32_t vectors)
{
	const uint32_t word_beats = padded(TAP_WORD_BYTES * card->c), tap_beats = padded(card->c);
	const uint32_t first =
	        give_out(card, (cases + (req != NULL)) * word_beats + vectors * tap_beats);
	uint8_t *at = card->weights + (size_t)first * VN_BEAT_BYTES;
	uint32_t i, c;

	for (i = 0; i < cases; i++, at += word_beats * VN_BEAT_BYTES)
		memcpy(at, bias + (size_t)i * card->c, TAP_WORD_BYTES * (size_t)card->c);
	if (req != NULL) {
		memcpy(at, req, TAP_WORD_BYTES * (size_t)card->c);
		at += word_beats * VN_BEAT_BYTES;
	}
	for (i = 0; i < vectors; i++, at += tap_beats * VN_BEAT_BYTES)
		for (c = 0; c < card->c; c++)
			at[c] = (uint8_t)card_random(card, -127, 127);
	return first;
}

int card_tap(const struct card *card, uint32_t param, uint32_t v, uint32_t c)
{
	const uint32_t beat = param + 2 * padded(TAP_WORD_BYTES * card->c) + v * padded(card->c);

	return (int8_t)card->weights[beat * VN_BEAT_BYTES + c];
}

void card_sums(struct card *card, uint32_t pixels, int64_t *sums)
{
	const uint32_t tile = card_tiles(card, 1);
	const uint8_t *w = card->weights + (size_t)tile * VN_BEAT_BYTES;
	uint32_t *d, p, r, c;

	card_move(card, VN_OP_LOAD, 0, pixels);
	d = card_add(card, VN_OP_MM);
	VN_SET(d, MM_WEIGHTS, tile);
	VN_SET(d, MM_KTILES, 1);
	VN_SET(d, MM_N0, pixels);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
	for (p = 0; p < pixels; p++)
		for (c = 0; c < card->c; c++) {
			int64_t *sum = &sums[(size_t)p * card->c + c];

			*sum = 0;
			for (r = 0; r < card->r; r++)
				*sum += (int8_t)card->input[p * card->r + r] *
				        (int8_t)w[r * card->c + c];
		}
}

int32_t card_requantise(int64_t acc, uint32_t m, uint32_t s, int32_t low, int32_t high)
{
	const int64_t unit = (int64_t)1 << s, sum = acc * (int64_t)m + unit / 2;
	int64_t q = sum / unit;

	if (sum % unit < 0)
		q--;
	return (int32_t)(q < low ? low : q > high ? high : q);
}

static uint32_t window_end(uint32_t i, uint32_t in, uint32_t out)
{
	uint32_t end = 0;

	while (end * out < (i + 1) * in)
		end++;
	return end;
}

int64_t card_pool(const struct card *card, const int64_t *sums, const int32_t *bias, int border,
                  uint32_t in_h, uint32_t in_w, uint32_t out_h, uint32_t out_w, uint32_t y,
                  uint32_t x, uint32_t channel)
{
	int64_t best = INT64_MIN;
	uint32_t i, j;

	for (i = y * in_h / out_h; i < window_end(y, in_h, out_h); i++)
		for (j = x * in_w / out_w; j < window_end(x, in_w, out_w); j++) {
			uint32_t row = 1, col = 1;
			int64_t v;

			if (i == 0)
				row = 0;
			else if (i + 1 == in_h)
				row = 2;
			if (j == 0)
				col = 0;
			else if (j + 1 == in_w)
				col = 2;
			v = sums[((size_t)i * in_w + j) * card->c + channel] +
			    bias[(border ? 3 * row + col : 0) * card->c + channel];
			if (v > best)
				best = v;
		}
	return best;
}
