/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_post.c - bias, max pool, ReLU by saturation, requantise; one pixel of C channels at a time.
 *
 * Requantising is monotone, so the maximum of a window is taken over biased sums and requantised
 * once.
 */
#include "hls/vn_post.h"
#include "hls/vn_mem.h"
#include "hls/vn_requant.h"

/* Of one axis: which rows (or columns) of the convolution a pooled one covers. */
typedef struct {
	uint32_t begin, end;
} window;

static inline window window_of(uint32_t i, uint32_t in, uint32_t out)
{
	window w;

	VN_INLINE
	w.begin = i * in / out;
	w.end = ((i + 1) * in + out - 1) / out;
	return w;
}

/* 0 in the first row (column) of a map of @size, else 2 in the last, else 1. */
static inline uint32_t border_of(uint32_t i, uint32_t size)
{
	VN_INLINE
	return i == 0 ? 0 : i == size - 1 ? 2 : 1;
}

/* best = max(best, entry + bias). */
static void take_max(const int32_t entry[VN_C], const uint32_t bias[VN_C], int32_t best[VN_C])
{
	uint32_t c;

	VN_INLINE
	VN_VECTOR(maximum)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		const int32_t v = vn_add(entry[c], (int32_t)bias[c]);

		best[c] = v > best[c] ? v : best[c];
	}
}

/* One pooled pixel: rows @wy, columns @wx of the convolution. */
static void pool(const uint32_t d[VN_DESC_WORDS], window wy, window wx,
                 uint32_t bias[VN_BORDER_CASES][VN_C], int32_t psum[VN_PSUM_ENTRIES][VN_C],
                 int32_t best[VN_C])
{
	const uint32_t border = VN_FLAG_GET(d, BORDER);
	uint32_t row = VN_GET(d, POST_PSUM) +
	               (wy.begin - VN_GET(d, POST_IY0)) * VN_GET(d, POST_PITCH) -
	               VN_GET(d, POST_IX0);
	uint32_t y, x, c;

	VN_VECTOR(least)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		best[c] = INT32_MIN;
	}
	VN_LOOP(window_row)
	for (y = wy.begin; y < wy.end; y++) {
		VN_LOOP(window_column)
		for (x = wx.begin; x < wx.end; x++) {
			VN_PIPELINE
			const uint32_t cy = border_of(y, VN_GET(d, POST_IN_H));
			const uint32_t cx = border_of(x, VN_GET(d, POST_IN_W));

			take_max(psum[row + x], bias[border ? 3 * cy + cx : 0], best);
		}
		row += VN_GET(d, POST_PITCH);
	}
}

static void to_mid(const int32_t best[VN_C], const uint32_t req[VN_C], uint8_t slot[VN_C])
{
	uint32_t c;

	VN_INLINE
	VN_VECTOR(to_u8)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		slot[c] = (uint8_t)vn_requantise(best[c], req[c], 0, 255);
	}
}

static void post_pooled(const uint32_t d[VN_DESC_WORDS], uint32_t bias[VN_BORDER_CASES][VN_C],
                        const uint32_t req[VN_C], int32_t psum[VN_PSUM_ENTRIES][VN_C],
                        int8_t act[VN_ACT_WORDS][VN_R],
                        uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C])
{
	const uint32_t rows = VN_GET(d, POST_ROWS), cols = VN_GET(d, POST_COLS);
	const uint32_t oy0 = VN_GET(d, POST_OY0), ox0 = VN_GET(d, POST_OX0);
	const uint32_t dst = VN_GET(d, POST_DST), pitch = VN_GET(d, POST_DST_PITCH);
	const uint32_t ring = VN_GET(d, POST_RING), into_mid = VN_FLAG_GET(d, MID);
	int32_t best[VN_C];
	uint32_t y, x;

	VN_PARTITION(best, 0)
	VN_LOOP(row)
	for (y = 0; y < rows; y++) {
		const uint32_t oy = oy0 + y;
		const window wy = window_of(oy, VN_GET(d, POST_IN_H), VN_GET(d, POST_OUT_H));
		const uint32_t turn = into_mid ? oy % ring : 0;
		const uint32_t slot = dst / VN_RING_ROWS + turn / VN_RING_ROWS * pitch;

		VN_LOOP(column)
		for (x = 0; x < cols; x++) {
			const uint32_t ox = ox0 + x;

			pool(d, wy, window_of(ox, VN_GET(d, POST_IN_W), VN_GET(d, POST_OUT_W)),
			     bias, psum, best);
			if (into_mid)
				to_mid(best, req, mid[turn % VN_RING_ROWS][slot + ox]);
			else
				vn_requantise_to_act(best, req, dst + y * pitch + x,
				                     VN_GET(d, POST_DST_STEP), act);
		}
	}
}

/* psum + bias of one pixel as bytes, lowest first, into VN_RAW_WORDS activation words. */
static void raw_pixel(const int32_t entry[VN_C], const uint32_t bias[VN_C], uint32_t word,
                      int8_t act[VN_ACT_WORDS][VN_R])
{
	uint32_t g, r;

	VN_INLINE
	VN_LOOP(group)
	for (g = 0; g < VN_RAW_WORDS; g++) {
		for (r = 0; r < VN_R; r++) {
			VN_UNROLL
			const uint32_t c = g * (VN_R / 4) + r / 4;
			const uint32_t v = (uint32_t)entry[c] + bias[c];

			act[word + g][r] = (int8_t)(uint8_t)(v >> (8 * (r % 4)));
		}
	}
}

static void post_raw(const uint32_t d[VN_DESC_WORDS], uint32_t bias[VN_BORDER_CASES][VN_C],
                     int32_t psum[VN_PSUM_ENTRIES][VN_C], int8_t act[VN_ACT_WORDS][VN_R])
{
	const uint32_t rows = VN_GET(d, POST_ROWS), cols = VN_GET(d, POST_COLS);
	const uint32_t border = VN_FLAG_GET(d, BORDER);
	uint32_t word = VN_GET(d, POST_DST);
	uint32_t y, x;

	VN_LOOP(row)
	for (y = VN_GET(d, POST_OY0); y < VN_GET(d, POST_OY0) + rows; y++) {
		const uint32_t cy = border_of(y, VN_GET(d, POST_IN_H));
		const uint32_t entry = VN_GET(d, POST_PSUM) +
		                       (y - VN_GET(d, POST_IY0)) * VN_GET(d, POST_PITCH) -
		                       VN_GET(d, POST_IX0);

		VN_LOOP(column)
		for (x = VN_GET(d, POST_OX0); x < VN_GET(d, POST_OX0) + cols; x++) {
			VN_PIPELINE
			const uint32_t cx = border_of(x, VN_GET(d, POST_IN_W));

			raw_pixel(psum[entry + x], bias[border ? 3 * cy + cx : 0], word, act);
			word += VN_RAW_WORDS;
		}
	}
}

void vn_post(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
             int32_t psum[VN_PSUM_ENTRIES][VN_C], int8_t act[VN_ACT_WORDS][VN_R],
             uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C])
{
	const uint32_t cases = VN_FLAG_GET(d, BORDER) ? VN_BORDER_CASES : 1;
	uint64_t at = VN_GET(d, POST_PARAM);
	uint32_t bias[VN_BORDER_CASES][VN_C], req[VN_C];
	uint32_t i;

	VN_PARTITION(bias, 2)
	VN_PARTITION(req, 0)
	VN_LOOP(bias_vector)
	for (i = 0; i < cases; i++) {
		vn_mem_words(weights, at, bias[i]);
		at += VN_WORD_BEATS;
	}
	if (VN_FLAG_GET(d, RAW)) {
		post_raw(d, bias, psum, act);
		return;
	}
	vn_mem_words(weights, at, req);
	post_pooled(d, bias, req, psum, act, mid);
}
