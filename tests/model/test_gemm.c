/* SPDX-License-Identifier: Apache-2.0
 *
 * test_gemm.c - the matrix product of every instruction set that this machine has, bit by bit
 * against loops that sum in the documented order: products rounded, 512 at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "model/net_gemm.h"

enum { DEPTH = 512 };

/* Not contracted to a fused multiply-add, whatever the compiler's options. */
#define PRODUCT(type)                                                                              \
	static void loops_##type(const struct vn_gemm_size *s, const type *a, const type *b,       \
	                         type *c)                                                          \
	{                                                                                          \
		for (size_t k0 = 0; k0 < s->k; k0 += DEPTH)                                        \
			for (size_t m = 0; m < s->m; m++)                                          \
				for (size_t n = 0; n < s->n; n++) {                                \
					type sum = 0;                                              \
                                                                                                   \
					for (size_t k = k0; k < s->k && k < k0 + DEPTH; k++) {     \
						volatile type product =                            \
						        b[k * s->ldb + n] * a[m * s->lda + k];     \
						sum += product;                                    \
					}                                                          \
					c[m * s->ldc + n] += sum;                                  \
				}                                                                  \
	}
PRODUCT(float)
PRODUCT(double)

static const struct vn_gemm_size sizes[] = {
        {1, 1, 1, 1, 1, 1},       {4, 32, 16, 16, 32, 32},    {5, 33, 513, 520, 40, 35},
        {3, 7, 1100, 1100, 7, 9}, {17, 70, 600, 600, 70, 70}, {2, 700, 40, 40, 701, 702},
};

static void *random_bytes(size_t n, size_t size)
{
	void *p = malloc(n * size);
	uint64_t state = n;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		const double v = (double)(int64_t)vn_splitmix(&state) / 9e18;

		if (size == sizeof(float))
			((float *)p)[i] = (float)v;
		else
			((double *)p)[i] = v;
	}
	return p;
}

static void check(const struct vn_gemm_kernel *kernel, const struct vn_gemm_size *s, size_t size)
{
	const size_t bytes = s->m * s->ldc * size;
	void *a = random_bytes(s->m * s->lda, size), *b = random_bytes(s->k * s->ldb, size);
	void *want = random_bytes(s->m * s->ldc, size), *got = malloc(bytes);
	void *pack = aligned_alloc(64, VN_GEMM_PACK);

	assert_true(got && pack);
	memcpy(got, want, bytes);
	if (size == sizeof(float)) {
		loops_float(s, a, b, want);
		kernel->f32(s, a, b, got, pack);
	} else {
		loops_double(s, a, b, want);
		kernel->f64(s, a, b, got, pack);
	}
	assert_memory_equal(got, want, bytes);
	free(a);
	free(b);
	free(want);
	free(got);
	free(pack);
}

static void test_kernels(void **state)
{
	const struct vn_gemm_kernel *kernel;
	int n = 0;

	(void)state;
	for (; (kernel = vn_gemm_kernel(n)) != NULL; n++) {
		print_message("%s\n", kernel->name);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			check(kernel, &sizes[i], sizeof(float));
			check(kernel, &sizes[i], sizeof(double));
		}
	}
	assert_true(n >= 1);
	assert_string_equal(vn_gemm_kernel(n - 1)->name, "plain");
	assert_null(vn_gemm_kernel(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
