/* SPDX-License-Identifier: Apache-2.0
 *
 * refcu_mm.c - MM: one tile column of a 1x1 convolution into the partial-sum buffer.
 *
 * Blocks of PIXELS pixels by WIDTH columns are summed in int32 registers over at most DEPTH input
 * channels, then added to the partial sums.  Channels go in pairs: one instruction multiplies two
 * int16 of each lane and adds the products, which int8 times int8 cannot overflow.
 */
#include "model/refcu_ops.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512BW__)
#define VECTOR 64
#define PIXELS 8
#elif defined(__AVX2__)
#define VECTOR 32
#define PIXELS 6
#else
#define VECTOR 16
#define PIXELS 6
#endif

enum {
	LANES = VECTOR / 4,
	WIDTH = 2 * LANES, /* columns of a register block */
	DEPTH = 512,       /* input channels of a block; a multiple of every R */
};

_Static_assert(DEPTH % VN_REFCU_ROWS_MAX == 0, "a block is whole tiles");

typedef int32_t vec __attribute__((vector_size(VECTOR)));
typedef int16_t pairs __attribute__((vector_size(VECTOR)));

/* Of each lane: the products of its two halves, added. */
static inline vec multiply_pairs(pairs a, pairs b)
{
#if defined(__AVX512BW__)
	return (vec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
	return (vec)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
	return (vec)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
	vec sum;

	for (int i = 0; i < LANES; i++)
		sum[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
	return sum;
#endif
}

struct vn_refcu_mm {
	/* [C/WIDTH][depth/2][WIDTH][2]: weights of a block, missing columns 0 */
	_Alignas(64) int16_t tile[(VN_REFCU_COLS_MAX + WIDTH) * DEPTH];
	_Alignas(64) int16_t pixels[PIXELS][DEPTH];
	_Alignas(64) int32_t sums[PIXELS][WIDTH];
	uint32_t word[]; /* [pixels of the MM] activation words, k-tile 0 */
};

struct vn_refcu_mm *vn_refcu_mm_new(uint32_t bank)
{
	const size_t bytes = vn_pad(sizeof(struct vn_refcu_mm) + bank * sizeof(uint32_t));
	struct vn_refcu_mm *mm = aligned_alloc(VN_BEAT_BYTES, bytes);

	/* Pixels past the last are summed and thrown away: they need a value. */
	if (mm)
		memset(mm, 0, bytes);
	return mm;
}

void vn_refcu_mm_free(struct vn_refcu_mm *mm)
{
	free(mm);
}

/* Lay down the words of the three pixel loops; returns their number. */
static uint32_t list_pixels(const uint32_t *d, uint32_t *word)
{
	uint32_t n = 0;

	for (uint32_t i2 = 0; i2 < VN_GET(d, MM_N2); i2++)
		for (uint32_t i1 = 0; i1 < VN_GET(d, MM_N1); i1++)
			for (uint32_t i0 = 0; i0 < VN_GET(d, MM_N0); i0++)
				word[n++] = VN_GET(d, MM_ACT) + i2 * VN_GET(d, MM_S2) +
				            i1 * VN_GET(d, MM_S1) + i0;
	return n;
}

/* @w: [depth][cols] int8. */
static void pack_weights(struct vn_refcu_mm *mm, const int8_t *w, uint32_t depth, uint32_t cols)
{
	int16_t *out = mm->tile;

	for (uint32_t c0 = 0; c0 < cols; c0 += WIDTH) {
		const uint32_t width = cols - c0 < WIDTH ? cols - c0 : WIDTH;

		for (uint32_t r = 0; r < depth; r += 2, out += 2 * WIDTH) {
			const int8_t *even = w + (size_t)r * cols + c0, *odd = even + cols;

			for (uint32_t c = 0; c < width; c++) {
				out[2 * c] = even[c];
				out[2 * c + 1] = odd[c];
			}
			for (uint32_t c = width; c < WIDTH; c++)
				out[2 * c] = out[2 * c + 1] = 0;
		}
	}
}

/* Input channels of tiles [k0, k0+tiles) of @n pixels. */
static void pack_pixels(struct vn_refcu *cu, const uint32_t *word, uint32_t n, uint64_t first,
                        uint32_t k_step, uint32_t tiles)
{
	for (uint32_t p = 0; p < n; p++) {
		for (uint32_t k = 0; k < tiles; k++) {
			const uint64_t at = word[p] + first + (uint64_t)k * k_step;
			const int8_t *a = (const int8_t *)cu->act + at * cu->rows;
			int16_t *out = cu->mm->pixels[p] + (size_t)k * cu->rows;

			for (uint32_t r = 0; r < cu->rows; r++)
				out[r] = a[r];
		}
	}
}

/* sums[p][c] = sum over k of pixels[p][k] * tile[k][c], two k at a time. */
static void multiply(const int16_t pixels[PIXELS][DEPTH], const int16_t *tile, uint32_t depth,
                     int32_t sums[PIXELS][WIDTH])
{
	vec t[PIXELS][2];

	memset(t, 0, sizeof(t));
	for (uint32_t k = 0; k < depth; k += 2, tile += 2 * WIDTH) {
		pairs low, high;

		memcpy(&low, tile, VECTOR);
		memcpy(&high, tile + VECTOR / 2, VECTOR);
#pragma GCC unroll 8
		for (int p = 0; p < PIXELS; p++) {
			int32_t two;
			pairs both;

			memcpy(&two, &pixels[p][k], sizeof(two));
			both = (pairs)(two - (vec){0});
			t[p][0] += multiply_pairs(low, both);
			t[p][1] += multiply_pairs(high, both);
		}
	}
	memcpy(sums, t, sizeof(t));
}

/* A sum past int32 wraps; the compiler makes no such program. */
static void add_sums(int32_t *psum, const int32_t *sums, uint32_t width, int fresh)
{
	for (uint32_t c = 0; c < width; c++)
		psum[c] = (int32_t)((fresh ? 0 : (uint32_t)psum[c]) + (uint32_t)sums[c]);
}

/* One block of weights over all pixels; @psum: of the first pixel. */
static void run_block(struct vn_refcu *cu, const uint32_t *d, uint32_t k0, uint32_t tiles,
                      uint32_t pixels, int32_t *psum)
{
	struct vn_refcu_mm *mm = cu->mm;
	const uint32_t cols = cu->cols, depth = tiles * cu->rows, k_step = VN_GET(d, MM_K_STEP);
	const int fresh = k0 == 0 && !VN_FLAG_GET(d, ACC);

	for (uint32_t p0 = 0; p0 < pixels; p0 += PIXELS) {
		const uint32_t n = pixels - p0 < PIXELS ? pixels - p0 : PIXELS;

		pack_pixels(cu, mm->word + p0, n, (uint64_t)k0 * k_step, k_step, tiles);
		for (uint32_t c0 = 0; c0 < cols; c0 += WIDTH) {
			const uint32_t width = cols - c0 < WIDTH ? cols - c0 : WIDTH;

			multiply(mm->pixels, mm->tile + (size_t)c0 * depth, depth, mm->sums);
			for (uint32_t p = 0; p < n; p++)
				add_sums(psum + (size_t)(p0 + p) * cols + c0, mm->sums[p], width,
				         fresh);
		}
	}
}

void vn_refcu_mm(struct vn_refcu *cu, const uint32_t *d, const uint8_t *weights)
{
	const uint32_t rows = cu->rows, cols = cu->cols, ktiles = VN_GET(d, MM_KTILES);
	const uint32_t step = DEPTH / rows;
	const int8_t *w = (const int8_t *)weights + vn_beats(VN_GET(d, MM_WEIGHTS));
	int32_t *psum = cu->psum + (size_t)VN_GET(d, MM_PSUM) * cols;
	const uint32_t pixels = list_pixels(d, cu->mm->word);

	for (uint32_t k0 = 0; k0 < ktiles; k0 += step) {
		const uint32_t tiles = ktiles - k0 < step ? ktiles - k0 : step;

		pack_weights(cu->mm, w + (size_t)k0 * rows * cols, tiles * rows, cols);
		run_block(cu, d, k0, tiles, pixels, psum);
	}
}
