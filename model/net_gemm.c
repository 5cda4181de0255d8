/* SPDX-License-Identifier: Apache-2.0
 *
 * net_gemm.c - the blocked matrix product, for float and for double, once per instruction set.
 *
 * B is packed into panels two vectors wide and at most DEPTH long, so that a block of them stays in
 * the second-level cache while every row of A passes over it.  The innermost function keeps a ROWS
 * x two-vector tile of C in registers: twelve sums, two vectors of B, an element of A and a product
 * are all the registers of AVX2.  Vectors are as wide as the machine's: the compiler spills wider ones.
 */
#include "model/net_gemm.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* as gcc has it with -std=c11 */
#endif

enum {
	ROWS = 6,
	DEPTH = 512, /* the order of summation, and so every bit of the result, depends on it */
};

#define TARGET
#define VECTOR 16
#define REAL   float
#define FN(x)  x##_f32
#include "model/net_gemm_kernel.h"
#define REAL  double
#define FN(x) x##_f64
#include "model/net_gemm_kernel.h"
#undef VECTOR
#undef TARGET

#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#define VECTOR 32
#define REAL   float
#define FN(x)  x##_f32_avx2
#include "model/net_gemm_kernel.h"
#define REAL  double
#define FN(x) x##_f64_avx2
#include "model/net_gemm_kernel.h"
#undef VECTOR
#undef TARGET

#define TARGET __attribute__((target("avx512f")))
#define VECTOR 64
#define REAL   float
#define FN(x)  x##_f32_avx512
#include "model/net_gemm_kernel.h"
#define REAL  double
#define FN(x) x##_f64_avx512
#include "model/net_gemm_kernel.h"
#endif

static const struct vn_gemm_kernel kernels[] = {
#ifdef __x86_64__
        {"avx512f", gemm_f32_avx512, gemm_f64_avx512},
        {"avx2", gemm_f32_avx2, gemm_f64_avx2},
#endif
        {"plain", gemm_f32, gemm_f64},
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

/* How many of the first kernels this machine cannot run. */
static int missing(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx512f") ? 0 : __builtin_cpu_supports("avx2") ? 1 : 2;
#else
	return 0;
#endif
}

const struct vn_gemm_kernel *vn_gemm_kernel(int index)
{
	const int at = missing() + index;

	return index >= 0 && at < KERNELS ? &kernels[at] : NULL;
}

void vn_gemm_f32(const struct vn_gemm_size *s, const float *a, const float *b, float *c, void *pack)
{
	kernels[missing()].f32(s, a, b, c, pack);
}

void vn_gemm_f64(const struct vn_gemm_size *s, const double *a, const double *b, double *c,
                 void *pack)
{
	kernels[missing()].f64(s, a, b, c, pack);
}
