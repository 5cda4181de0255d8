/* SPDX-License-Identifier: Apache-2.0
 *
 * net_gemm.c - the blocked matrix product, once for float and once for double.
 *
 * B is packed into panels one vector wide and at most DEPTH long, so that a block of them stays in
 * the second-level cache while every row of A passes over it.  The innermost function keeps a ROWS
 * x one-vector tile of C in registers.  Vectors are the compiler's own type, 64 bytes wide; it
 * splits them where the machine's are narrower.
 */
#include "model/net_gemm.h"

#include <stdint.h>
#include <string.h>

/* Several versions of the outer loops, chosen when the program starts.  Not under sanitizers: the
 * chooser runs before they are set up.  Not with clang, which refuses it for static inline callees.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
        !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

enum {
	ROWS = 4,
	DEPTH = 512,
	VECTOR = 64, /* bytes */
	PANELS = VN_GEMM_PACK / (DEPTH * VECTOR),
};

#define REAL  float
#define FN(x) x##_f32
#include "model/net_gemm_kernel.h"
#undef REAL
#undef FN

#define REAL  double
#define FN(x) x##_f64
#include "model/net_gemm_kernel.h"
