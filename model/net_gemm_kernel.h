/* SPDX-License-Identifier: Apache-2.0
 *
 * net_gemm_kernel.h - body of net_gemm.c, included once per element type and instruction set: REAL,
 * FN(name), VECTOR (bytes of a register) and TARGET (the functions' attribute) are defined around it.
 */

typedef REAL FN(vec) __attribute__((vector_size(VECTOR)));

#define LANES  (VECTOR / sizeof(REAL))
#define WIDTH  (2 * LANES) /* columns of a panel and of a tile */
#define PANELS (VN_GEMM_PACK / (DEPTH * WIDTH * sizeof(REAL)))
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Copy rows [k0, k0+depth) and columns [n0, n0+width) of B into panels [depth][WIDTH]; missing
 * columns become 0. */
INLINE void FN(pack)(const struct vn_gemm_size *s, const REAL *b, size_t k0, size_t depth,
                     size_t n0, size_t width, REAL *pack)
{
	for (size_t p = 0; p < width; p += WIDTH) {
		const REAL *row = b + k0 * s->ldb + n0 + p;

		if (width - p >= WIDTH) {
			for (size_t k = 0; k < depth; k++, row += s->ldb, pack += WIDTH)
				memcpy(pack, row, WIDTH * sizeof(REAL));
			continue;
		}
		for (size_t k = 0; k < depth; k++, row += s->ldb, pack += WIDTH)
			for (size_t i = 0; i < WIDTH; i++)
				pack[i] = i < width - p ? row[i] : 0;
	}
}

/* tile[r] = sum over k of a[r][k] * panel[k], all of it in registers. */
INLINE void FN(tile)(const REAL *const *a, const REAL *panel, size_t depth, REAL tile[ROWS][WIDTH])
{
	FN(vec) t[ROWS][2];

	memset(t, 0, sizeof(t));
	for (size_t k = 0; k < depth; k++, panel += WIDTH) {
		FN(vec) low, high;

		memcpy(&low, panel, VECTOR);
		memcpy(&high, panel + LANES, VECTOR);
#pragma GCC unroll 8
		for (int r = 0; r < ROWS; r++) {
			t[r][0] += low * a[r][k];
			t[r][1] += high * a[r][k];
		}
	}
	memcpy(tile, t, sizeof(t));
}

/* Add @rows rows of the tile to C, @width columns of each. */
INLINE void FN(add)(REAL tile[ROWS][WIDTH], REAL *c, size_t ldc, size_t rows, size_t width)
{
	for (size_t r = 0; r < rows; r++, c += ldc)
		for (size_t i = 0; i < width; i++)
			c[i] += tile[r][i];
}

/* Pass every row of A over the packed block. */
INLINE void FN(block)(const struct vn_gemm_size *s, const REAL *a, const REAL *pack, size_t depth,
                      size_t width, REAL *c)
{
	REAL tile[ROWS][WIDTH];

	for (size_t m = 0; m < s->m; m += ROWS) {
		const size_t rows = s->m - m < ROWS ? s->m - m : ROWS;
		const REAL *ar[ROWS];

		/* Missing rows repeat the first one; add() leaves them out. */
		for (size_t r = 0; r < ROWS; r++)
			ar[r] = a + (m + (r < rows ? r : 0)) * s->lda;
		for (size_t p = 0; p < width; p += WIDTH) {
			const size_t left = width - p;

			FN(tile)(ar, pack + p * depth, depth, tile);
			FN(add)
			(tile, c + m * s->ldc + p, s->ldc, rows, left < WIDTH ? left : WIDTH);
		}
	}
}

TARGET static void FN(gemm)(const struct vn_gemm_size *s, const REAL *a, const REAL *b, REAL *c,
                            void *pack)
{
	const size_t step = PANELS * WIDTH;

	for (size_t k0 = 0; k0 < s->k; k0 += DEPTH) {
		const size_t depth = s->k - k0 < DEPTH ? s->k - k0 : DEPTH;

		for (size_t n0 = 0; n0 < s->n; n0 += step) {
			const size_t width = s->n - n0 < step ? s->n - n0 : step;

			FN(pack)(s, b, k0, depth, n0, width, pack);
			FN(block)(s, a + k0, pack, depth, width, c + n0);
		}
	}
}

#undef INLINE
#undef PANELS
#undef WIDTH
#undef LANES
#undef REAL
#undef FN
