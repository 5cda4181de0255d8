/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - is this descriptor one that a compute unit can execute?
 *
 * The one statement of the checks of docs/program-format.md and of their order; the loader, ref:
 * and hls/ call it, rtl/ is held equal to it by test.  It states the format and computes nothing of
 * a result.  Written in the subset of docs/hls-subset.md.
 */
#ifndef VN_CHECK_H
#define VN_CHECK_H

#include <stdint.h>

#include "spec.h"

/* What a check found: VN_CU_NONE, or a code and the word of the descriptor it is about. */
typedef struct {
	uint32_t code;
	uint32_t field;
} vn_verdict;

static inline vn_verdict vn_verdict_of(uint32_t code, uint32_t field)
{
	vn_verdict v;

	v.code = code;
	v.field = field;
	return v;
}

/* Flags that opcode @op may carry. */
static inline uint32_t vn_flags_of(uint32_t op)
{
	const uint32_t tap = VN_BIT(TAP) | VN_BIT(TAP_ON);

	switch (op) {
	case VN_OP_BEGIN:
		return 0;
	case VN_OP_MM:
		return tap | VN_BIT(ACC);
	case VN_OP_POST:
		return tap | VN_BIT(U8) | VN_BIT(MID) | VN_BIT(RAW) | VN_BIT(BORDER);
	default:
		return tap;
	}
}

/* Engine that executes @op; VN_ENGINES if @op is no engine's. */
static inline uint32_t vn_engine_of(uint32_t op)
{
	switch (op) {
#define VN_OP(name, code, engine, doc)                                                             \
	case VN_OP_##name:                                                                         \
		return VN_ENGINE_##engine;
#include "engines.def"
	default:
		return VN_ENGINES;
	}
}

/* Bits of word @w that opcode @op defines. */
static inline uint32_t vn_used_bits(uint32_t op, uint32_t w)
{
	uint32_t used = 0;

#define VN_OP_ALL op
#define VN_DESC(o, name, word, lsb, width, least, doc)                                             \
	if (op == VN_OP_##o && w == (word))                                                        \
		used |= VN_MASK(width) << (lsb);
#include "desc.def"
#undef VN_OP_ALL
	return used;
}

/* The first field (lowest word) whose least value is 1 and that is 0; VN_DESC_WORDS if none. */
static inline uint32_t vn_zero_field(const uint32_t d[VN_DESC_WORDS], uint32_t op)
{
	uint32_t field = VN_DESC_WORDS;

#define VN_OP_ALL op
#define VN_DESC(o, name, word, lsb, width, least, doc)                                             \
	if (op == VN_OP_##o && (least) == 1 && ((d[word] >> (lsb)) & VN_MASK(width)) == 0 &&       \
	    (word) < field)                                                                        \
		field = (word);
#include "desc.def"
#undef VN_OP_ALL
	return field;
}

/* last = base + extent, where extent counts the items after the first; does it stay below limit? */
static inline int vn_inside(uint32_t base, uint64_t extent, uint32_t limit)
{
	return (uint64_t)base + extent < limit;
}

static inline vn_verdict vn_check_move(const uint32_t d[VN_DESC_WORDS],
                                       const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t other = VN_GET(d, ALL_OP) == VN_OP_LOAD ? VN_SPACE_INPUT : VN_SPACE_OUTPUT;
	const uint32_t space = VN_GET(d, LOAD_SPACE);
	const uint64_t extent = (uint64_t)(VN_GET(d, LOAD_CHUNKS) - 1) * VN_GET(d, LOAD_ACT_STEP);

	if (space != other && space != VN_SPACE_SCRATCH)
		return vn_verdict_of(VN_CU_RANGE, VN_D_LOAD_SPACE_WORD);
	if (VN_GET(d, LOAD_WORDS) > cfg[VN_CFG_ACT_WORDS])
		return vn_verdict_of(VN_CU_RANGE, VN_D_LOAD_WORDS_WORD);
	if (!vn_inside(VN_GET(d, LOAD_ACT), extent + VN_GET(d, LOAD_WORDS) - 1,
	               cfg[VN_CFG_ACT_WORDS]))
		return vn_verdict_of(VN_CU_RANGE, VN_D_LOAD_ACT_WORD);
	return vn_verdict_of(VN_CU_NONE, 0);
}

static inline vn_verdict vn_check_mm(const uint32_t d[VN_DESC_WORDS],
                                     const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t bank = cfg[VN_CFG_PSUM_ENTRIES] / 2;
	const uint32_t n0 = VN_GET(d, MM_N0), n1 = VN_GET(d, MM_N1), n2 = VN_GET(d, MM_N2);
	const uint32_t psum = VN_GET(d, MM_PSUM);
	uint64_t extent;

	if (VN_GET(d, MM_KTILES) > cfg[VN_CFG_MAX_KTILES])
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_KTILES_WORD);
	if ((uint64_t)n0 * n1 > bank)
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_N0_WORD);
	if ((uint64_t)n0 * n1 * n2 > bank)
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_N2_WORD);
	if (VN_GET(d, MM_K_STEP) >= cfg[VN_CFG_ACT_WORDS])
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_K_STEP_WORD);
	if (VN_GET(d, MM_S1) >= cfg[VN_CFG_ACT_WORDS])
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_S1_WORD);
	if (VN_GET(d, MM_S2) >= cfg[VN_CFG_ACT_WORDS])
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_S2_WORD);
	extent = (uint64_t)(VN_GET(d, MM_KTILES) - 1) * VN_GET(d, MM_K_STEP) +
	         (uint64_t)(n2 - 1) * VN_GET(d, MM_S2) + (uint64_t)(n1 - 1) * VN_GET(d, MM_S1) +
	         n0 - 1;
	if (!vn_inside(VN_GET(d, MM_ACT), extent, cfg[VN_CFG_ACT_WORDS]))
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_ACT_WORD);
	if (psum >= 2 * bank || (psum < bank ? psum : psum - bank) + n0 * n1 * n2 > bank)
		return vn_verdict_of(VN_CU_RANGE, VN_D_MM_PSUM_WORD);
	return vn_verdict_of(VN_CU_NONE, 0);
}

/* A ring of the middle buffer: @field names the word of the base, @ring_field that of pitch and
 * ring. */
static inline vn_verdict vn_check_ring(uint32_t base, uint32_t pitch, uint32_t ring, uint32_t width,
                                       uint32_t field, uint32_t ring_field,
                                       const uint32_t cfg[VN_CONFIG_WORDS])
{
	if (ring == 0 || ring % VN_RING_ROWS != 0 || pitch < width)
		return vn_verdict_of(VN_CU_RANGE, ring_field);
	if (base % VN_RING_ROWS != 0 ||
	    !vn_inside(base, (uint64_t)ring * pitch - 1, cfg[VN_CFG_MID_SLOTS]))
		return vn_verdict_of(VN_CU_RANGE, field);
	return vn_verdict_of(VN_CU_NONE, 0);
}

/* Words of the activation buffer that one tile of C channels reaches from @base. */
static inline int vn_act_inside(uint32_t base, uint32_t step, uint32_t rows, uint32_t pitch,
                                uint32_t cols, const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t groups = cfg[VN_CFG_COLS] / cfg[VN_CFG_ROWS];

	return vn_inside(base,
	                 (uint64_t)(groups - 1) * step + (uint64_t)(rows - 1) * pitch + cols - 1,
	                 cfg[VN_CFG_ACT_WORDS]);
}

/* Pixels that become one by pooling, along each direction, at most. */
enum { VN_POOL_RATIO = 3 };

/* End of pooling window @i: ceil((i+1) * in / out). */
static inline uint32_t vn_window_end(uint32_t i, uint32_t in, uint32_t out)
{
	return ((i + 1) * in + out - 1) / out;
}

static inline vn_verdict vn_check_post_dst(const uint32_t d[VN_DESC_WORDS],
                                           const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t rows = VN_GET(d, POST_ROWS), cols = VN_GET(d, POST_COLS);
	const uint32_t pitch = VN_GET(d, POST_DST_PITCH), dst = VN_GET(d, POST_DST);
	const uint32_t words = 4 * cfg[VN_CFG_COLS] / cfg[VN_CFG_ROWS]; /* of one pixel, RAW */

	if (VN_FLAG_GET(d, MID))
		return vn_check_ring(dst, pitch, VN_GET(d, POST_RING), VN_GET(d, POST_OX0) + cols,
		                     VN_D_POST_DST_WORD, VN_D_POST_RING_WORD, cfg);
	if (VN_GET(d, POST_RING) != 0)
		return vn_verdict_of(VN_CU_RANGE, VN_D_POST_RING_WORD);
	if (VN_FLAG_GET(d, RAW)) {
		if (!vn_inside(dst, (uint64_t)rows * cols * words - 1, cfg[VN_CFG_ACT_WORDS]))
			return vn_verdict_of(VN_CU_RANGE, VN_D_POST_DST_WORD);
	} else if (!vn_act_inside(dst, VN_GET(d, POST_DST_STEP), rows, pitch, cols, cfg)) {
		return vn_verdict_of(VN_CU_RANGE, VN_D_POST_DST_WORD);
	}
	return vn_verdict_of(VN_CU_NONE, 0);
}

static inline vn_verdict vn_check_post(const uint32_t d[VN_DESC_WORDS],
                                       const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t in_h = VN_GET(d, POST_IN_H), out_h = VN_GET(d, POST_OUT_H);
	const uint32_t in_w = VN_GET(d, POST_IN_W), out_w = VN_GET(d, POST_OUT_W);
	const uint32_t oy0 = VN_GET(d, POST_OY0), rows = VN_GET(d, POST_ROWS);
	const uint32_t ox0 = VN_GET(d, POST_OX0), cols = VN_GET(d, POST_COLS);
	const uint32_t raw = VN_FLAG_GET(d, RAW), mid = VN_FLAG_GET(d, MID),
	               u8 = VN_FLAG_GET(d, U8);
	uint64_t extent;

	if (mid != u8 || (raw && mid))
		return vn_verdict_of(VN_CU_RANGE, VN_D_ALL_FLAGS_WORD);
	if (out_h > in_h || in_h > VN_POOL_RATIO * out_h || (raw && in_h != out_h))
		return vn_verdict_of(VN_CU_RANGE, VN_D_POST_IN_H_WORD);
	if (out_w > in_w || in_w > VN_POOL_RATIO * out_w || (raw && in_w != out_w))
		return vn_verdict_of(VN_CU_RANGE, VN_D_POST_IN_W_WORD);
	if (oy0 + rows > out_h || VN_GET(d, POST_IY0) > (uint32_t)((uint64_t)oy0 * in_h / out_h))
		return vn_verdict_of(VN_CU_RANGE,
		                     oy0 + rows > out_h ? VN_D_POST_OY0_WORD : VN_D_POST_IY0_WORD);
	if (ox0 + cols > out_w || VN_GET(d, POST_IX0) > (uint32_t)((uint64_t)ox0 * in_w / out_w))
		return vn_verdict_of(VN_CU_RANGE,
		                     ox0 + cols > out_w ? VN_D_POST_OX0_WORD : VN_D_POST_IX0_WORD);
	extent = (uint64_t)(vn_window_end(oy0 + rows - 1, in_h, out_h) - 1 - VN_GET(d, POST_IY0)) *
	                 VN_GET(d, POST_PITCH) +
	         (vn_window_end(ox0 + cols - 1, in_w, out_w) - 1 - VN_GET(d, POST_IX0));
	if (!vn_inside(VN_GET(d, POST_PSUM), extent, cfg[VN_CFG_PSUM_ENTRIES]))
		return vn_verdict_of(VN_CU_RANGE, VN_D_POST_PSUM_WORD);
	return vn_check_post_dst(d, cfg);
}

static inline vn_verdict vn_check_dw(const uint32_t d[VN_DESC_WORDS],
                                     const uint32_t cfg[VN_CONFIG_WORDS])
{
	const vn_verdict ring =
	        vn_check_ring(VN_GET(d, DW_MID), VN_GET(d, DW_PITCH), VN_GET(d, DW_RING),
	                      VN_GET(d, DW_MAP_W), VN_D_DW_MID_WORD, VN_D_DW_RING_WORD, cfg);

	if (ring.code != VN_CU_NONE)
		return ring;
	if (VN_GET(d, DW_Y0) + VN_GET(d, DW_ROWS) > VN_GET(d, DW_MAP_H))
		return vn_verdict_of(VN_CU_RANGE, VN_D_DW_Y0_WORD);
	if (VN_GET(d, DW_X0) + VN_GET(d, DW_COLS) > VN_GET(d, DW_MAP_W))
		return vn_verdict_of(VN_CU_RANGE, VN_D_DW_X0_WORD);
	if (VN_GET(d, DW_N) > cfg[VN_CFG_MAX_N])
		return vn_verdict_of(VN_CU_RANGE, VN_D_DW_N_WORD);
	if (!vn_act_inside(VN_GET(d, DW_ACT), VN_GET(d, DW_DST_STEP), VN_GET(d, DW_ROWS),
	                   VN_GET(d, DW_DST_PITCH), VN_GET(d, DW_COLS), cfg))
		return vn_verdict_of(VN_CU_RANGE, VN_D_DW_ACT_WORD);
	return vn_verdict_of(VN_CU_NONE, 0);
}

static inline vn_verdict vn_check_wsum(const uint32_t d[VN_DESC_WORDS],
                                       const uint32_t cfg[VN_CONFIG_WORDS])
{
	const vn_verdict ring =
	        vn_check_ring(VN_GET(d, WSUM_MID), VN_GET(d, WSUM_PITCH), VN_GET(d, WSUM_RING),
	                      VN_GET(d, WSUM_MAP_W), VN_D_WSUM_MID_WORD, VN_D_WSUM_RING_WORD, cfg);

	if (ring.code != VN_CU_NONE)
		return ring;
	if (VN_GET(d, WSUM_MAP_H) > VN_GET(d, WSUM_RING))
		return vn_verdict_of(VN_CU_RANGE, VN_D_WSUM_MAP_H_WORD);
	if (!vn_act_inside(VN_GET(d, WSUM_ACT), VN_GET(d, WSUM_DST_STEP), 1, 1, 1, cfg))
		return vn_verdict_of(VN_CU_RANGE, VN_D_WSUM_ACT_WORD);
	return vn_verdict_of(VN_CU_NONE, 0);
}

/* Steps common to BEGIN and engine descriptors: reserved bits, then sizes of zero. */
static inline vn_verdict vn_check_form(const uint32_t d[VN_DESC_WORDS], uint32_t op)
{
	uint32_t w, field;

	for (w = 0; w < VN_DESC_WORDS; w++)
		if ((d[w] & ~vn_used_bits(op, w)) != 0 ||
		    (w == 0 && (VN_GET(d, ALL_FLAGS) & ~vn_flags_of(op)) != 0))
			return vn_verdict_of(VN_CU_RESERVED, w);
	field = vn_zero_field(d, op);
	if (field < VN_DESC_WORDS)
		return vn_verdict_of(VN_CU_ZERO, field);
	return vn_verdict_of(VN_CU_NONE, 0);
}

/* The first descriptor of an entry.  @hash: of the compute unit. */
static inline vn_verdict vn_check_begin(const uint32_t d[VN_DESC_WORDS], uint32_t hash)
{
	vn_verdict v;
	uint32_t e;

	if (VN_GET(d, ALL_OP) != VN_OP_BEGIN)
		return vn_verdict_of(VN_CU_BEGIN, 0);
	v = vn_check_form(d, VN_OP_BEGIN);
	if (v.code != VN_CU_NONE)
		return v;
	if (VN_GET(d, ALL_STAGE) != 0 || VN_GET(d, ALL_IMAGE) != 0)
		return vn_verdict_of(VN_CU_RESERVED, 0);
	if (d[1] != 0 || d[2] != 0)
		return vn_verdict_of(VN_CU_RESERVED, d[1] != 0 ? 1 : 2);
	if (VN_GET(d, BEGIN_VERSION) != VN_CONTRACT)
		return vn_verdict_of(VN_CU_RANGE, VN_D_BEGIN_VERSION_WORD);
	if (d[VN_D_BEGIN_HASH_WORD] != hash)
		return vn_verdict_of(VN_CU_HASH, VN_D_BEGIN_HASH_WORD);
	for (e = 0; e < VN_ENGINES; e++)
		if (VN_INITIAL(d, e, e) != 0)
			return vn_verdict_of(VN_CU_TOKEN, VN_D_BEGIN_TOKENS_LOAD_WORD + e);
	return vn_verdict_of(VN_CU_NONE, 0);
}

/* A descriptor after the first.  @group: of BEGIN. */
static inline vn_verdict vn_check_desc(const uint32_t d[VN_DESC_WORDS], uint32_t group,
                                       const uint32_t cfg[VN_CONFIG_WORDS])
{
	const uint32_t op = VN_GET(d, ALL_OP), engine = vn_engine_of(op);
	vn_verdict v;

	if (op == VN_OP_BEGIN)
		return vn_verdict_of(VN_CU_BEGIN, 0);
	if (engine >= VN_ENGINES)
		return vn_verdict_of(VN_CU_OPCODE, 0);
	v = vn_check_form(d, op);
	if (v.code != VN_CU_NONE)
		return v;
	if (VN_GET(d, ALL_IMAGE) >= group)
		return vn_verdict_of(VN_CU_RANGE, VN_D_ALL_IMAGE_WORD);
	if (VN_WAIT(d, engine) != 0)
		return vn_verdict_of(VN_CU_TOKEN, 1);
	if (VN_SIGNALS(d, engine))
		return vn_verdict_of(VN_CU_TOKEN, 2);
	switch (op) {
	case VN_OP_MM:
		return vn_check_mm(d, cfg);
	case VN_OP_POST:
		return vn_check_post(d, cfg);
	case VN_OP_DW:
		return vn_check_dw(d, cfg);
	case VN_OP_WSUM:
		return vn_check_wsum(d, cfg);
	default:
		return vn_check_move(d, cfg);
	}
}

#endif /* VN_CHECK_H */
