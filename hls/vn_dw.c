/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_dw.c - sums of uint8 maps times int8 weights over the middle buffer, channel by channel.
 *
 * Row y of a map is in bank y mod 8, so a column of a depthwise window is read at once; at n = 4
 * its nine rows need one bank twice.
 */
#include "hls/vn_dw.h"
#include "hls/vn_mem.h"
#include "hls/vn_requant.h"

/* A map in the middle buffer. */
typedef struct {
	uint32_t base, pitch, ring; /* base in slots of a bank */
} map;

/* Slot of column 0 of row @y within its bank. */
static inline uint32_t slot_of(map m, uint32_t y)
{
	VN_INLINE
	return m.base + y % m.ring / VN_RING_ROWS * m.pitch;
}

/* acc += u8 * s8; the product of one channel fits 16 bits. */
static void multiply_add(const uint8_t u[VN_C], const int8_t weight[VN_C], int32_t acc[VN_C])
{
	uint32_t c;

	VN_INLINE
	VN_VECTOR(multiply)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		acc[c] = vn_add(acc[c], (int16_t)((int16_t)u[c] * weight[c]));
	}
}
_Static_assert(255 * VN_WEIGHT_MAX <= INT16_MAX, "a product of uint8 and a weight fits 16 bits");

static void start(const uint32_t bias[VN_C], int32_t acc[VN_C])
{
	uint32_t c;

	VN_INLINE
	VN_VECTOR(begin)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		acc[c] = (int32_t)bias[c];
	}
}

/* The rows of a window that lie inside the map: where each begins in its bank. */
typedef struct {
	uint32_t first, end; /* row i of the window is row i of the taps */
	uint32_t bank[VN_SIDE], slot[VN_SIDE];
} rows_of_window;

static void find_rows(map m, uint32_t y, uint32_t n, uint32_t map_h, rows_of_window *rows)
{
	uint32_t i;

	rows->first = y < n ? n - y : 0;
	rows->end = y + n < map_h ? 2 * n + 1 : map_h - y + n;
	VN_LOOP(window_row)
	for (i = rows->first; i < rows->end; i++) {
		rows->bank[i] = (y + i - n) % m.ring % VN_RING_ROWS;
		rows->slot[i] = slot_of(m, y + i - n);
	}
}

/* One output pixel in column @x: taps[i][j] over window row i, column j. */
static void window_sum(const rows_of_window *rows, uint32_t x, uint32_t n, uint32_t map_w,
                       int8_t taps[VN_SIDE][VN_SIDE][VN_C],
                       uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], int32_t acc[VN_C])
{
	const uint32_t first = x < n ? n - x : 0;
	const uint32_t end = x + n < map_w ? 2 * n + 1 : map_w - x + n;
	uint32_t i, j;

	VN_LOOP(window_column)
	for (j = first; j < end; j++) {
		VN_PIPELINE
		for (i = 0; i < VN_SIDE; i++) {
			VN_UNROLL
			if (i >= rows->first && i < rows->end)
				multiply_add(mid[rows->bank[i]][rows->slot[i] + x + j - n],
				             taps[i][j], acc);
		}
	}
}

/* Bias and requantiser words, then what follows them: the offset behind. */
static uint64_t load_channels(const vn_beat *weights, uint64_t at, uint32_t bias[VN_C],
                              uint32_t req[VN_C])
{
	vn_mem_words(weights, at, bias);
	vn_mem_words(weights, at + VN_WORD_BEATS, req);
	return at + (uint64_t)2 * VN_WORD_BEATS;
}

void vn_dw(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
           uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], int8_t act[VN_ACT_WORDS][VN_R])
{
	const uint32_t n = VN_GET(d, DW_N);
	const uint32_t rows = VN_GET(d, DW_ROWS), cols = VN_GET(d, DW_COLS);
	const uint32_t y0 = VN_GET(d, DW_Y0), x0 = VN_GET(d, DW_X0);
	const map m = {VN_GET(d, DW_MID) / VN_RING_ROWS, VN_GET(d, DW_PITCH), VN_GET(d, DW_RING)};
	uint32_t bias[VN_C], req[VN_C];
	int8_t taps[VN_SIDE][VN_SIDE][VN_C];
	int32_t acc[VN_C];
	rows_of_window window;
	uint32_t y, x;
	uint64_t at = load_channels(weights, VN_GET(d, DW_PARAM), bias, req);

	VN_PARTITION(bias, 0)
	VN_PARTITION(req, 0)
	VN_PARTITION(acc, 0)
	VN_PARTITION(taps, 1)
	VN_PARTITION(taps, 3)
	VN_LOOP(tap_row)
	for (y = 0; y < 2 * n + 1; y++)
		for (x = 0; x < 2 * n + 1; x++) {
			vn_mem_bytes(weights, at, taps[y][x]);
			at += VN_BYTE_BEATS;
		}
	VN_LOOP(row)
	for (y = 0; y < rows; y++) {
		find_rows(m, y0 + y, n, VN_GET(d, DW_MAP_H), &window);
		VN_LOOP(column)
		for (x = 0; x < cols; x++) {
			start(bias, acc);
			window_sum(&window, x0 + x, n, VN_GET(d, DW_MAP_W), taps, mid, acc);
			vn_requantise_to_act(acc, req,
			                     VN_GET(d, DW_ACT) + y * VN_GET(d, DW_DST_PITCH) + x,
			                     VN_GET(d, DW_DST_STEP), act);
		}
	}
}

void vn_wsum(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
             uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], int8_t act[VN_ACT_WORDS][VN_R])
{
	const uint32_t map_h = VN_GET(d, WSUM_MAP_H), map_w = VN_GET(d, WSUM_MAP_W);
	const map m = {VN_GET(d, WSUM_MID) / VN_RING_ROWS, VN_GET(d, WSUM_PITCH),
	               VN_GET(d, WSUM_RING)};
	uint32_t bias[VN_C], req[VN_C];
	int8_t weight[VN_C];
	int32_t acc[VN_C];
	uint32_t y, x;
	uint64_t at = load_channels(weights, VN_GET(d, WSUM_PARAM), bias, req);

	VN_PARTITION(bias, 0)
	VN_PARTITION(req, 0)
	VN_PARTITION(weight, 0)
	VN_PARTITION(acc, 0)
	start(bias, acc);
	VN_LOOP(row)
	for (y = 0; y < map_h; y++) {
		VN_LOOP(column)
		for (x = 0; x < map_w; x++) {
			VN_PIPELINE
			vn_mem_bytes(weights, at, weight);
			multiply_add(mid[y % VN_RING_ROWS][slot_of(m, y) + x], weight, acc);
			at += VN_BYTE_BEATS;
		}
	}
	vn_requantise_to_act(acc, req, VN_GET(d, WSUM_ACT), VN_GET(d, WSUM_DST_STEP), act);
}
