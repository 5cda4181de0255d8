/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_requant.h - accumulator to 8 bits: min(high, max(low, (acc * M + 2^(S-1)) >> S)), ties towards
 * plus infinity.
 *
 * M is 17 bits unsigned, S is 1..47, product and sum are 64 bit (docs/number-formats.md).
 */
#ifndef VN_REQUANT_H
#define VN_REQUANT_H

#include <stdint.h>

#include "hls/vn_types.h"
#include "spec/spec.h"

/* @word: M | S << VN_REQ_S_LSB. */
static inline int32_t vn_requantise(int32_t acc, uint32_t word, int32_t low, int32_t high)
{
	const int64_t scale = (int64_t)(word & VN_MASK(VN_REQ_M_BITS));
	const uint32_t shift = (word >> VN_REQ_S_LSB) & VN_MASK(6);
	const int64_t half = (int64_t)((1ULL << shift) >> 1);
	const int64_t value = ((int64_t)acc * scale + half) >> shift;

	return (int32_t)(value < low ? low : value > high ? high : value);
}

/* One pixel of C accumulators to int8, R channels a word: group g to word @word + g*@step. */
static inline void vn_requantise_to_act(const int32_t acc[VN_C], const uint32_t req[VN_C],
                                        uint32_t word, uint32_t step,
                                        int8_t act[VN_ACT_WORDS][VN_R])
{
	uint32_t g, r;

	VN_INLINE
	VN_LOOP(group)
	for (g = 0; g < VN_GROUPS; g++) {
		VN_VECTOR(to_i8)
		for (r = 0; r < VN_R; r++) {
			VN_UNROLL
			act[word + g * step][r] = (int8_t)vn_requantise(
			        acc[g * VN_R + r], req[g * VN_R + r], -128, 127);
		}
	}
}

/* Two's complement sum: a program whose sums leave int32 is refused by the compiler, but must not
 * be undefined. */
static inline int32_t vn_add(int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)a + (uint32_t)b);
}

#endif /* VN_REQUANT_H */
