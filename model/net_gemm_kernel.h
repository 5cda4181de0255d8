/* SPDX-License-Identifier: Apache-2.0
 *
 * net_gemm_kernel.h - body of net_gemm.c, included once per element type: REAL and FN(name) are
 * defined around it.
 */

typedef REAL FN(vec) __attribute__((vector_size(VECTOR)));

#define LANES (VECTOR / sizeof(REAL))

/* Copy rows [k0, k0+depth) and columns [n0, n0+width) of B into panels [depth][LANES]; missing
 * columns become 0. */
INLINE void FN(pack)(const struct vn_gemm_size *s, const REAL *b, size_t k0, size_t depth,
                     size_t n0, size_t width, REAL *pack)
{
	for (size_t p = 0; p < width; p += LANES) {
		size_t lanes = width - p < LANES ? width - p : LANES;

		for (size_t k = 0; k < depth; k++, pack += LANES) {
			const REAL *row = b + (k0 + k) * s->ldb + n0 + p;

			if (lanes < LANES)
				memset(pack, 0, VECTOR);
			memcpy(pack, row, lanes * sizeof(REAL));
		}
	}
}

/* tile[r][lane] = sum over k of a[r][k] * panel[k][lane], in registers. */
INLINE void FN(tile)(const REAL *const *a, const REAL *panel, size_t depth, FN(vec) * out)
{
	FN(vec) t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};

	for (size_t k = 0; k < depth; k++, panel += LANES) {
		FN(vec) v;

		memcpy(&v, panel, VECTOR);
		t0 += v * a[0][k];
		t1 += v * a[1][k];
		t2 += v * a[2][k];
		t3 += v * a[3][k];
	}
	out[0] = t0;
	out[1] = t1;
	out[2] = t2;
	out[3] = t3;
}

/* Add @rows rows of the tile to C, @lanes columns of each. */
INLINE void FN(add)(const FN(vec) * tile, REAL *c, size_t ldc, size_t rows, size_t lanes)
{
	for (size_t r = 0; r < rows; r++, c += ldc) {
		FN(vec) v = {0};

		memcpy(&v, c, lanes * sizeof(REAL));
		v += tile[r];
		memcpy(c, &v, lanes * sizeof(REAL));
	}
}

/* Pass every row of A over the packed block. */
INLINE void FN(block)(const struct vn_gemm_size *s, const REAL *a, const REAL *pack, size_t depth,
                      size_t width, REAL *c)
{
	FN(vec) tile[ROWS];

	for (size_t m = 0; m < s->m; m += ROWS) {
		size_t rows = s->m - m < ROWS ? s->m - m : ROWS;
		const REAL *ar[ROWS];

		/* Missing rows repeat the first one; add() leaves them out. */
		for (size_t r = 0; r < ROWS; r++)
			ar[r] = a + (m + (r < rows ? r : 0)) * s->lda;
		for (size_t p = 0; p < width; p += LANES) {
			size_t lanes = width - p < LANES ? width - p : LANES;

			FN(tile)(ar, pack + p * depth, depth, tile);
			FN(add)(tile, c + m * s->ldc + p, s->ldc, rows, lanes);
		}
	}
}

CLONES void FN(vn_gemm)(const struct vn_gemm_size *s, const REAL *a, const REAL *b, REAL *c,
                        void *pack)
{
	const size_t step = PANELS * LANES;

	for (size_t k0 = 0; k0 < s->k; k0 += DEPTH) {
		size_t depth = s->k - k0 < DEPTH ? s->k - k0 : DEPTH;

		for (size_t n0 = 0; n0 < s->n; n0 += step) {
			size_t width = s->n - n0 < step ? s->n - n0 : step;

			FN(pack)(s, b, k0, depth, n0, width, pack);
			FN(block)(s, a + k0, pack, depth, width, c + n0);
		}
	}
}

#undef LANES
