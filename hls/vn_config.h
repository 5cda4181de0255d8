/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_config.h - the size of the compute unit and everything that follows from it.
 *
 * The tunables are VN_R, VN_C, VN_ACT_WORDS, VN_MID_SLOTS, VN_PSUM_ENTRIES, VN_MAX_N,
 * VN_MAX_KTILES, VN_LANES and VN_DW_CH; each is a -D of the compiler and by default what spec/cu.def
 * says.  VN_R and VN_C become part of names: plain numbers.  LANES and DW_CH are words of the record
 * alone: here the compiler chooses what is made at once.
 */
#ifndef VN_HLS_CONFIG_H
#define VN_HLS_CONFIG_H

#include <stdint.h>

#include "spec/spec.h"

#ifndef VN_R
#define VN_R 32
_Static_assert(VN_R == VN_DEFAULT_ROWS, "R is by default what spec/cu.def says");
#endif
#ifndef VN_C
#define VN_C 64
_Static_assert(VN_C == VN_DEFAULT_COLS, "C is by default what spec/cu.def says");
#endif
#ifndef VN_ACT_WORDS
#define VN_ACT_WORDS VN_DEFAULT_ACT_WORDS
#endif
#ifndef VN_MID_SLOTS
#define VN_MID_SLOTS VN_DEFAULT_MID_SLOTS
#endif
#ifndef VN_PSUM_ENTRIES
#define VN_PSUM_ENTRIES VN_DEFAULT_PSUM_ENTRIES
#endif
#ifndef VN_MAX_N
#define VN_MAX_N VN_DEFAULT_MAX_N
#endif
#ifndef VN_MAX_KTILES
#define VN_MAX_KTILES VN_DEFAULT_MAX_KTILES
#endif
#ifndef VN_LANES
#define VN_LANES (VN_R < VN_DEFAULT_LANES ? VN_R : VN_DEFAULT_LANES)
#endif
#ifndef VN_DW_CH
#define VN_DW_CH (VN_LANES < VN_DEFAULT_DW_CH ? VN_LANES : VN_DEFAULT_DW_CH)
#endif

/* The configuration record as an initialiser. */
#define VN_CONFIG_RECORD                                                                           \
	{                                                                                          \
		VN_DEFAULT_VERSION, VN_R, VN_C, VN_ACT_WORDS, VN_MID_SLOTS, VN_PSUM_ENTRIES,       \
		        VN_MAX_N, VN_MAX_KTILES, VN_LANES, VN_DW_CH                                \
	}
_Static_assert(VN_CFG_VERSION == 0 && VN_CFG_ROWS == 1 && VN_CFG_COLS == 2 &&
                       VN_CFG_ACT_WORDS == 3 && VN_CFG_MID_SLOTS == 4 && VN_CFG_PSUM_ENTRIES == 5 &&
                       VN_CFG_MAX_N == 6 && VN_CFG_MAX_KTILES == 7 && VN_CFG_LANES == 8 &&
                       VN_CFG_DW_CH == 9,
               "VN_CONFIG_RECORD lists the words in the order of spec/cu.def");

_Static_assert(VN_R >= VN_LEAST_ROWS && VN_R <= VN_MOST_ROWS, "R is within spec/cu.def");
_Static_assert((VN_R & (VN_R - 1)) == 0, "R is a power of two");
_Static_assert(VN_C >= VN_R && VN_C <= VN_MOST_COLS, "C is at least R and within spec/cu.def");
_Static_assert((VN_C & (VN_C - 1)) == 0, "C is a power of two");
_Static_assert(VN_ACT_WORDS >= VN_LEAST_ACT_WORDS && VN_ACT_WORDS <= VN_MOST_ACT_WORDS,
               "ACT_WORDS is within spec/cu.def");
_Static_assert(VN_MID_SLOTS >= VN_LEAST_MID_SLOTS && VN_MID_SLOTS <= VN_MOST_MID_SLOTS,
               "MID_SLOTS is within spec/cu.def");
_Static_assert(VN_PSUM_ENTRIES >= VN_LEAST_PSUM_ENTRIES && VN_PSUM_ENTRIES <= VN_MOST_PSUM_ENTRIES,
               "PSUM_ENTRIES is within spec/cu.def");
_Static_assert(VN_MAX_N >= VN_LEAST_MAX_N && VN_MAX_N <= VN_MOST_MAX_N,
               "MAX_N is within spec/cu.def");
_Static_assert(VN_MAX_KTILES >= VN_LEAST_MAX_KTILES && VN_MAX_KTILES <= VN_MOST_MAX_KTILES,
               "MAX_KTILES is within spec/cu.def");
_Static_assert(VN_LANES >= VN_LEAST_LANES && VN_LANES <= VN_MOST_LANES && VN_LANES <= VN_R &&
                       (VN_LANES & (VN_LANES - 1)) == 0,
               "LANES is within spec/cu.def");
_Static_assert(VN_DW_CH >= VN_LEAST_DW_CH && VN_DW_CH <= VN_MOST_DW_CH && VN_DW_CH <= VN_LANES &&
                       (VN_DW_CH & (VN_DW_CH - 1)) == 0,
               "DW_CH is within spec/cu.def");

enum {
	VN_GROUPS = VN_C / VN_R,              /* activation words of one tile of C channels */
	VN_BEAT_WORDS = VN_BEAT_BYTES / VN_R, /* activation words of a beat */
	VN_TILE_BEATS = VN_R * VN_C / VN_BEAT_BYTES,
	VN_BYTE_BEATS = (VN_C + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES,     /* vector of C int8 */
	VN_WORD_BEATS = (4 * VN_C + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES, /* vector of C int32 */
	VN_SIDE = 2 * VN_MAX_N + 1, /* of the largest depthwise kernel */
	VN_BANK_SLOTS = VN_MID_SLOTS / VN_RING_ROWS,
	VN_RAW_WORDS = 4 * VN_C / VN_R, /* activation words of one pixel of POST RAW */
	/* The least cycles from one weight tile to the next: R shifts of the shadow weights after
	 * the switch, and a beat a cycle for the tile after that. */
	VN_TURN_MIN = (VN_R + 1 > VN_TILE_BEATS) ? VN_R + 1 : VN_TILE_BEATS,
	/* Cycles that a pixel needs from the left edge to the last column of its sum. */
	VN_DEPTH = VN_R + VN_C - 1,
};

_Static_assert(VN_BEAT_BYTES % VN_R == 0, "a beat holds whole activation words");
_Static_assert(VN_R *VN_C % VN_BEAT_BYTES == 0, "a weight tile is whole beats");
_Static_assert(VN_MID_SLOTS % VN_RING_ROWS == 0, "the middle buffer divides into its row banks");
_Static_assert(VN_PSUM_ENTRIES % 2 == 0, "the partial-sum buffer divides into two banks");
_Static_assert((-5 >> 1) == -3, "the requantiser needs an arithmetic shift of negatives");

#endif /* VN_HLS_CONFIG_H */
