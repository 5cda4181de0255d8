/* SPDX-License-Identifier: Apache-2.0
 *
 * net_gemm.h - the one matrix product of the float side: 1x1 convolutions (float) and merging
 * (double).
 *
 * All matrices are row-major; neighbouring rows of A, B and C lie lda, ldb and ldc elements apart.
 * Nothing is allocated: the caller lends @pack, VN_GEMM_PACK bytes, aligned to 64.
 */
#ifndef VN_NET_GEMM_H
#define VN_NET_GEMM_H

#include <stddef.h>

enum { VN_GEMM_PACK = 256 * 1024 };

struct vn_gemm_size {
	size_t m, n, k; /* C is [m][n], A is [m][k], B is [k][n] */
	size_t lda, ldb, ldc;
};

/* C += A * B.  C may be neither A nor B.  The order of summation depends on the sizes alone and
 * products are rounded before they are added, so the bits are the same on every machine. */
void vn_gemm_f32(const struct vn_gemm_size *s, const float *a, const float *b, float *c,
                 void *pack);
void vn_gemm_f64(const struct vn_gemm_size *s, const double *a, const double *b, double *c,
                 void *pack);

/* The same by one instruction set. */
struct vn_gemm_kernel {
	const char *name;
	void (*f32)(const struct vn_gemm_size *s, const float *a, const float *b, float *c,
	            void *pack);
	void (*f64)(const struct vn_gemm_size *s, const double *a, const double *b, double *c,
	            void *pack);
};

/* Those that this machine can run, the one that is used first; NULL past the last. */
const struct vn_gemm_kernel *vn_gemm_kernel(int index);

#endif /* VN_NET_GEMM_H */
