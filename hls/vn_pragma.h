/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_pragma.h - every pragma of hls/, as a macro.  No other file holds one.
 *
 * Vitis HLS binds a pragma to the loop or function whose body holds it; bambu wants its unroll in
 * front of the `for` and refuses Vitis' words; gcc wants neither.  So a loop that hardware unrolls
 * is written
 *
 *     VN_LANES(name)                    in front: a label for Vitis' reports, a hint for gcc and
 * bambu for (c = 0; c < VN_C; c++) { VN_UNROLL                 inside: Vitis' unroll
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
#define VN_LANES(name)                                                                             \
	name:
#define VN_UNROLL   VN_HLS(unroll)
#define VN_PIPELINE VN_HLS(pipeline II = 1)
#define VN_INLINE   VN_HLS(inline)
/* All elements along dimension @dim (0: every one) at once. */
#define VN_PARTITION(array, dim) VN_HLS(array_partition variable = array type = complete dim = dim)
/* The last dimension side by side in one wide word of @ram (uram or bram). */
#define VN_RAM(array, dim, ram)                                                                    \
	VN_HLS(array_reshape variable = array type = complete dim = dim)                           \
	VN_HLS(bind_storage variable = array type = ram_2p impl = ram)
#define VN_MASTER(port, name)                                                                      \
	VN_HLS(interface mode = m_axi port = port offset = slave bundle = name)                    \
	VN_HLS(interface mode = s_axilite port = port bundle = control)
#define VN_SCALAR(port) VN_HLS(interface mode = s_axilite port = port bundle = control)

#else

#define VN_LOOP(name)
#define VN_UNROLL
#define VN_PIPELINE
#define VN_INLINE
#define VN_PARTITION(array, dim)
#define VN_RAM(array, dim, ram)
#define VN_MASTER(port, name)
#define VN_SCALAR(port)
#if defined(__BAMBU__)
#define VN_SYNTHESIS   1
#define VN_LANES(name) _Pragma("clang loop unroll(full)")
#elif defined(__clang__)
#define VN_LANES(name)
#else
/* gcc 12 unrolls loops of 8 or 16 turns whole, before its vectoriser sees them. */
#define VN_LANES(name) _Pragma("GCC unroll 1")
#endif
#endif

#endif /* VN_PRAGMA_H */
