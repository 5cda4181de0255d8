/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_pragma.h - every pragma of hls/, as a macro.  No other file holds one.
 *
 * Vitis HLS binds a pragma to the loop or function whose body holds it; bambu wants its unroll in
 * front of the `for` and refuses Vitis' words; gcc wants neither.  So a loop that hardware unrolls
 * is written
 *
 *     VN_VECTOR(name)                    in front: a label for Vitis' reports, a hint for gcc, bambu
 *     for (c = 0; c < VN_C; c++) {
 *             VN_UNROLL                 inside: Vitis' unroll
 *
 * and one that it does not unroll starts with VN_LOOP(name) and may hold VN_PIPELINE.
 */
#ifndef VN_PRAGMA_H
#define VN_PRAGMA_H

#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define VN_SYNTHESIS 1
#define VN_TEXT(x)   _Pragma(#x)
#define VN_HLS(x)    VN_TEXT(HLS x)
#define VN_LOOP(name)                                                                              \
	name:
#define VN_VECTOR(name)                                                                            \
	name:
#define VN_UNROLL   VN_HLS(unroll)
#define VN_PIPELINE VN_HLS(pipeline II = 1)
#define VN_INLINE   VN_HLS(inline)
/* All elements along dimension @n (0: every one) at once. */
#define VN_PARTITION(v, n) VN_HLS(array_partition variable = v type = complete dim = n)
/* Elements along dimension @n side by side in one wide word of @ram (uram or bram). */
#define VN_RAM(v, n, ram)                                                                          \
	VN_HLS(array_reshape variable = v type = complete dim = n)                                 \
	VN_HLS(bind_storage variable = v type = ram_2p impl = ram)
/* What one turn of the loop writes to @v, no turn soon after reads. */
#define VN_INDEPENDENT(v) VN_HLS(dependence variable = v type = inter dependent = false)
/* Pointer argument @p: beats over the AXI master @b, its address in a register. */
#define VN_MASTER(p, b)                                                                            \
	VN_HLS(interface mode = m_axi port = p offset = slave bundle = b)                          \
	VN_HLS(interface mode = s_axilite port = p bundle = control)                               \
	VN_HLS(aggregate variable = p)
#define VN_SCALAR(p) VN_HLS(interface mode = s_axilite port = p bundle = control)
/* The kernel itself: start, done and interrupt in the same registers. */
#define VN_CONTROL VN_HLS(interface mode = s_axilite port = return bundle = control)

#else

#define VN_LOOP(name)
#define VN_UNROLL
#define VN_PIPELINE
#define VN_INLINE
#define VN_PARTITION(v, n)
#define VN_RAM(v, n, ram)
#define VN_INDEPENDENT(v)
#define VN_MASTER(p, b)
#define VN_SCALAR(p)
#define VN_CONTROL
#if defined(__BAMBU__)
#define VN_SYNTHESIS    1
#define VN_VECTOR(name) _Pragma("clang loop unroll(full)")
#elif defined(__clang__)
#define VN_VECTOR(name)
#else
/* gcc 12 unrolls loops of 8 or 16 turns whole, before its vectoriser sees them. */
#define VN_VECTOR(name) _Pragma("GCC unroll 1")
#endif
#endif

#endif /* VN_PRAGMA_H */
