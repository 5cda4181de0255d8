/* SPDX-License-Identifier: Apache-2.0
 *
 * refcu_ops.c - LOAD, STORE, POST, DW and WSUM of the reference compute unit, as in
 * docs/program-format.md.
 *
 * Loops run over channels innermost, so that the compiler makes vectors of them.
 */
#include "model/refcu_ops.h"

#include <string.h>

/* Bias vectors and requantiser words, unpacked; all 64 bit, without which GCC 12 makes no vectors
 * of the requantiser. */
struct params {
	_Alignas(64) int32_t bias[VN_BORDER_CASES][VN_REFCU_COLS_MAX];
	_Alignas(64) int64_t m[VN_REFCU_COLS_MAX], half[VN_REFCU_COLS_MAX],
	        shift[VN_REFCU_COLS_MAX];
};

/* ---- memory ---- */

void vn_refcu_load(struct vn_refcu *cu, const uint32_t *d, const uint8_t *record)
{
	const size_t bytes = (size_t)VN_GET(d, LOAD_WORDS) * cu->rows;

	for (uint64_t g = 0; g < VN_GET(d, LOAD_CHUNKS); g++) {
		const uint64_t word = VN_GET(d, LOAD_ACT) + g * VN_GET(d, LOAD_ACT_STEP);
		const uint64_t beat = VN_GET(d, LOAD_OFFSET) + g * VN_GET(d, LOAD_MEM_STEP);

		memcpy(cu->act + word * cu->rows, record + vn_beats(beat), bytes);
	}
}

void vn_refcu_store(const struct vn_refcu *cu, const uint32_t *d, uint8_t *record)
{
	const size_t bytes = (size_t)VN_GET(d, STORE_WORDS) * cu->rows;

	for (uint64_t g = 0; g < VN_GET(d, STORE_CHUNKS); g++) {
		const uint64_t word = VN_GET(d, STORE_ACT) + g * VN_GET(d, STORE_ACT_STEP);
		const uint64_t beat = VN_GET(d, STORE_OFFSET) + g * VN_GET(d, STORE_MEM_STEP);
		uint8_t *to = record + vn_beats(beat);

		memcpy(to, cu->act + word * cu->rows, bytes);
		memset(to + bytes, 0, vn_pad(bytes) - bytes);
	}
}

/* ---- parameters ---- */

/* Read @cases bias vectors and, if @requantise, the requantiser words; returns what follows them.
 */
static const uint8_t *read_params(struct params *p, const uint8_t *at, uint32_t cols,
                                  uint32_t cases, int requantise)
{
	const size_t step = vn_pad(4 * (size_t)cols);

	for (uint32_t i = 0; i < cases; i++, at += step)
		memcpy(p->bias[i], at, 4 * (size_t)cols);
	if (!requantise)
		return at;
	for (uint32_t c = 0; c < cols; c++) {
		uint32_t word;

		memcpy(&word, at + 4 * (size_t)c, 4);
		p->m[c] = word & VN_MASK(VN_REQ_M_BITS);
		p->shift[c] = (word >> VN_REQ_S_LSB) & 63;
		p->half[c] = (int64_t)((uint64_t)1 << p->shift[c] >> 1);
	}
	return at + step;
}

static void requantise(const struct params *restrict p, int32_t *restrict acc, uint32_t cols,
                       int64_t low, int64_t high)
{
	for (uint32_t c = 0; c < cols; c++) {
		int64_t v = (acc[c] * p->m[c] + p->half[c]) >> p->shift[c];

		v = v < low ? low : v;
		v = v > high ? high : v;
		acc[c] = (int32_t)v;
	}
}

/* Spread C finished int8 channels over the activation words of their groups of R. */
static void put_act(struct vn_refcu *cu, uint64_t word, uint64_t step, const int32_t *v)
{
	for (uint32_t g = 0; g < cu->cols / cu->rows; g++, v += cu->rows) {
		uint8_t *act = cu->act + (word + g * step) * cu->rows;

		for (uint32_t r = 0; r < cu->rows; r++)
			act[r] = (uint8_t)v[r];
	}
}

/* ---- POST ---- */

/* Partial sums of conv pixel (y, x). */
static const int32_t *conv_pixel(const struct vn_refcu *cu, const uint32_t *d, uint32_t y,
                                 uint32_t x)
{
	const size_t entry = VN_GET(d, POST_PSUM) +
	                     (size_t)(y - VN_GET(d, POST_IY0)) * VN_GET(d, POST_PITCH) +
	                     (x - VN_GET(d, POST_IX0));

	return cu->psum + entry * cu->cols;
}

/* Border case of position @i: in a map of one, the first wins. */
static uint32_t border_case(uint32_t i, uint32_t size)
{
	return i == 0 ? 0 : i == size - 1 ? 2 : 1;
}

static const int32_t *bias_of(const struct params *p, const uint32_t *d, uint32_t y, uint32_t x)
{
	if (!VN_FLAG_GET(d, BORDER))
		return p->bias[0];
	return p->bias[3 * border_case(y, VN_GET(d, POST_IN_H)) +
	               border_case(x, VN_GET(d, POST_IN_W))];
}

/* Window @i of @out over @in positions. */
struct window {
	uint32_t first, end;
};

static struct window window_of(uint32_t i, uint32_t in, uint32_t out)
{
	return (struct window){i * in / out, ((i + 1) * in + out - 1) / out};
}

/* acc[c] = the largest psum + bias of pooled pixel (oy, ox)'s window: requantising is monotone, so
 * it may follow the maximum. */
static void pool_window(const struct vn_refcu *cu, const uint32_t *d, const struct params *p,
                        uint32_t oy, uint32_t ox, int32_t *acc)
{
	const struct window rows = window_of(oy, VN_GET(d, POST_IN_H), VN_GET(d, POST_OUT_H));
	const struct window cols = window_of(ox, VN_GET(d, POST_IN_W), VN_GET(d, POST_OUT_W));

	for (uint32_t c = 0; c < cu->cols; c++)
		acc[c] = INT32_MIN;
	for (uint32_t y = rows.first; y < rows.end; y++) {
		for (uint32_t x = cols.first; x < cols.end; x++) {
			const int32_t *psum = conv_pixel(cu, d, y, x), *bias = bias_of(p, d, y, x);

			for (uint32_t c = 0; c < cu->cols; c++) {
				int32_t v = (int32_t)((uint32_t)psum[c] + (uint32_t)bias[c]);

				acc[c] = v > acc[c] ? v : acc[c];
			}
		}
	}
}

/* Requantise one finished pixel and put it where it goes. */
static void put_post(struct vn_refcu *cu, const uint32_t *d, const struct params *p, uint32_t oy,
                     uint32_t ox, int32_t *acc)
{
	const uint32_t row = oy - VN_GET(d, POST_OY0), col = ox - VN_GET(d, POST_OX0);
	const uint64_t pitch = VN_GET(d, POST_DST_PITCH), dst = VN_GET(d, POST_DST);
	const size_t bytes = 4 * (size_t)cu->cols;

	if (VN_FLAG_GET(d, RAW)) {
		const uint64_t i = (uint64_t)row * VN_GET(d, POST_COLS) + col;

		memcpy(cu->act + dst * cu->rows + i * bytes, acc, bytes);
	} else if (VN_FLAG_GET(d, MID)) {
		const uint64_t slot = dst + oy % VN_GET(d, POST_RING) * pitch + ox;

		requantise(p, acc, cu->cols, 0, 255);
		memcpy(cu->mid + slot * cu->cols, acc, bytes);
	} else {
		requantise(p, acc, cu->cols, -128, 127);
		put_act(cu, dst + row * pitch + col, VN_GET(d, POST_DST_STEP), acc);
	}
}

void vn_refcu_post(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights)
{
	const uint32_t oy0 = VN_GET(d, POST_OY0), ox0 = VN_GET(d, POST_OX0);
	struct params p;
	int32_t acc[VN_REFCU_COLS_MAX];

	read_params(&p, weights + vn_beats(VN_GET(d, POST_PARAM)), cu->cols,
	            VN_FLAG_GET(d, BORDER) ? VN_BORDER_CASES : 1, !VN_FLAG_GET(d, RAW));
	for (uint32_t oy = oy0; oy < oy0 + VN_GET(d, POST_ROWS); oy++) {
		for (uint32_t ox = ox0; ox < ox0 + VN_GET(d, POST_COLS); ox++) {
			pool_window(cu, d, &p, oy, ox, acc);
			put_post(cu, d, &p, oy, ox, acc);
		}
	}
}

/* ---- DW, WSUM ---- */

typedef uint32_t lanes __attribute__((vector_size(32))); /* unsigned: a sum past int32 wraps */

enum {
	LANES = sizeof(lanes) / 4, /* C is a multiple of it */
	TAPS_MAX = (2 * VN_REFCU_N_MAX + 1) * (2 * VN_REFCU_N_MAX + 1),
};

/* What a DW adds up for one output pixel: the taps that fall on the map, and the map pixels under
 * them. */
struct taps {
	uint32_t n;
	const int32_t *w[TAPS_MAX], *u[TAPS_MAX]; /* [C] each */
	int32_t kernel[TAPS_MAX][VN_REFCU_COLS_MAX];
};

static void widen_kernel(struct taps *t, const uint8_t *w, uint32_t taps, uint32_t cols)
{
	for (uint32_t i = 0; i < taps; i++, w += vn_pad(cols))
		for (uint32_t c = 0; c < cols; c++)
			t->kernel[i][c] = (int8_t)w[c];
}

static void find_taps(const struct vn_refcu *cu, const uint32_t *d, int y, int x, struct taps *t)
{
	const int n = (int)VN_GET(d, DW_N), h = (int)VN_GET(d, DW_MAP_H);
	const int width = (int)VN_GET(d, DW_MAP_W), size = 2 * n + 1;
	const int j0 = x < n ? n - x : 0, j1 = x + n < width ? size : width - x + n;

	t->n = 0;
	for (int i = 0; i < size; i++) {
		size_t slot;

		if (y + i - n < 0 || y + i - n >= h)
			continue;
		slot = VN_GET(d, DW_MID) +
		       (size_t)(y + i - n) % VN_GET(d, DW_RING) * VN_GET(d, DW_PITCH);
		for (int j = j0; j < j1; j++) {
			t->w[t->n] = t->kernel[i * size + j];
			t->u[t->n++] = cu->mid + (slot + (size_t)(x + j - n)) * cu->cols;
		}
	}
}

/* acc[c] = bias[c] + sum over the taps; the sums of LANES channels stay in a register. */
static void sum_taps(const struct taps *t, const int32_t *bias, uint32_t cols, int32_t *acc)
{
	for (uint32_t c = 0; c < cols; c += LANES) {
		lanes sum, w, u;

		memcpy(&sum, bias + c, sizeof(sum));
		for (uint32_t i = 0; i < t->n; i++) {
			memcpy(&w, t->w[i] + c, sizeof(w));
			memcpy(&u, t->u[i] + c, sizeof(u));
			sum += w * u;
		}
		memcpy(acc + c, &sum, sizeof(sum));
	}
}

void vn_refcu_dw(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights)
{
	const uint32_t rows = VN_GET(d, DW_ROWS), cols = VN_GET(d, DW_COLS), n = VN_GET(d, DW_N);
	const uint64_t pitch = VN_GET(d, DW_DST_PITCH);
	struct params p;
	struct taps t;
	int32_t acc[VN_REFCU_COLS_MAX];
	const uint8_t *w = read_params(&p, weights + vn_beats(VN_GET(d, DW_PARAM)), cu->cols, 1, 1);

	widen_kernel(&t, w, (2 * n + 1) * (2 * n + 1), cu->cols);
	for (uint32_t y = 0; y < rows; y++) {
		for (uint32_t x = 0; x < cols; x++) {
			find_taps(cu, d, (int)(VN_GET(d, DW_Y0) + y), (int)(VN_GET(d, DW_X0) + x),
			          &t);
			sum_taps(&t, p.bias[0], cu->cols, acc);
			requantise(&p, acc, cu->cols, -128, 127);
			put_act(cu, VN_GET(d, DW_ACT) + y * pitch + x, VN_GET(d, DW_DST_STEP), acc);
		}
	}
}

void vn_refcu_wsum(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights)
{
	const uint32_t cols = cu->cols, h = VN_GET(d, WSUM_MAP_H), width = VN_GET(d, WSUM_MAP_W);
	struct params p;
	const uint8_t *w = read_params(&p, weights + vn_beats(VN_GET(d, WSUM_PARAM)), cols, 1, 1);
	int32_t *acc = p.bias[0];

	for (size_t y = 0; y < h; y++) {
		const size_t slot =
		        VN_GET(d, WSUM_MID) + y % VN_GET(d, WSUM_RING) * VN_GET(d, WSUM_PITCH);

		for (size_t x = 0; x < width; x++, w += vn_pad(cols)) {
			const int32_t *u = cu->mid + (slot + x) * cols;

			for (uint32_t c = 0; c < cols; c++)
				acc[c] = (int32_t)((uint32_t)acc[c] +
				                   (uint32_t)((int8_t)w[c] * u[c]));
		}
	}
	requantise(&p, acc, cols, -128, 127);
	put_act(cu, VN_GET(d, WSUM_ACT), VN_GET(d, WSUM_DST_STEP), acc);
}
