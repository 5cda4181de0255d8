/* SPDX-License-Identifier: Apache-2.0
 *
 * spec.h - the contract of spec/ (the .def files) as C constants.  Included by the driver, the
 * model, the tools and hls/ alike; plain C without types of its own, so that an HLS compiler takes
 * it.
 *
 * VN_OP_MM, VN_ENGINE_DW, VN_FLAG_ACC (a bit number), VN_SPACE_INPUT
 * VN_D_MM_KTILES_WORD/_LSB/_WIDTH/_LEAST and VN_GET(d, MM_KTILES), VN_SET(d, MM_KTILES, v)
 * VN_REG_IMAGES, VN_CFG_ROWS (word), VN_ST_ERROR (word), VN_CU_RANGE, VN_BEAT_BYTES ...
 */
#ifndef VN_SPEC_H
#define VN_SPEC_H

enum {
#define VN_NUMBER(name, value, doc) VN_##name = (value),
#include "numbers.def"
};

enum {
#define VN_ENGINE(name, index, doc) VN_ENGINE_##name = (index),
#include "engines.def"
};
enum {
	VN_ENGINE_CTRL = VN_ENGINES, /* the sequencer: takes part in no token */
};
enum {
#define VN_OP(name, code, engine, doc) VN_OP_##name = (code),
#include "engines.def"
};
enum {
#define VN_FLAG(name, bit, doc) VN_FLAG_##name = (bit),
#include "engines.def"
};
enum {
#define VN_SPACE(name, code, doc) VN_SPACE_##name = (code),
#include "engines.def"
};

enum {
#define VN_DESC(op, name, word, lsb, width, least, doc)                                            \
	VN_D_##op##_##name##_WORD = (word), VN_D_##op##_##name##_LSB = (lsb),                      \
	VN_D_##op##_##name##_WIDTH = (width), VN_D_##op##_##name##_LEAST = (least),
#include "desc.def"
};

enum {
#define VN_REG(name, offset, bytes, access, doc) VN_REG_##name = (offset),
#include "cu.def"
};
enum {
#define VN_ARG(name, index, port, type) VN_ARG_##name = (index),
#include "cu.def"
	VN_ARGS,
};
enum {
#define VN_CONFIG(name, word, value, least, most, doc) VN_CFG_##name = (word),
#include "cu.def"
};
enum {
#define VN_CONFIG(name, word, value, least, most, doc)                                             \
	VN_DEFAULT_##name = (value), VN_LEAST_##name = (least), VN_MOST_##name = (most),
#include "cu.def"
};
enum {
#define VN_STATUS(name, word, words, doc) VN_ST_##name = (word),
#include "cu.def"
};
enum {
#define VN_CU_ERROR(name, code, doc) VN_CU_##name = (code),
#include "cu.def"
};

enum {
#define VN_NETW(name, word, words, type, least, most, doc) VN_NETW_##name = (word),
#include "vnx.def"
	VN_NETW_WORDS = 18,
};
enum {
#define VN_STGS(name, word, words, type, least, most, doc) VN_STGS_##name = (word),
#include "vnx.def"
	VN_STGS_WORDS = 17,
};
enum {
#define VN_ENTR(name, word, least, most, doc) VN_ENTR_##name = (word),
#include "vnx.def"
	VN_ENTR_WORDS = 9,
};

/* A 32-bit wide mask must not be shifted by 32. */
#define VN_MASK(width) (0xffffffffu >> (32 - (width)))

/* d: 16 words of a descriptor. */
#define VN_GET(d, f) (((d)[VN_D_##f##_WORD] >> VN_D_##f##_LSB) & VN_MASK(VN_D_##f##_WIDTH))
#define VN_SET(d, f, v)                                                                            \
	((d)[VN_D_##f##_WORD] =                                                                    \
	         ((d)[VN_D_##f##_WORD] & ~(VN_MASK(VN_D_##f##_WIDTH) << VN_D_##f##_LSB)) |         \
	         (((unsigned)(v)&VN_MASK(VN_D_##f##_WIDTH)) << VN_D_##f##_LSB))
/* One flag of a descriptor, 0 or 1. */
#define VN_FLAG_GET(d, f) ((VN_GET(d, ALL_FLAGS) >> VN_FLAG_##f) & 1u)
#define VN_BIT(f)         (1u << VN_FLAG_##f)

/* @n tokens, in the place of engine @e of a row of such numbers. */
#define VN_TOKENS(n, e) ((unsigned)(n) << (VN_TOKEN_BITS * (e)))
/* Tokens that a descriptor takes from engine @from before it starts. */
#define VN_WAIT(d, from) (((d)[VN_D_ALL_WAIT_LOAD_WORD] >> (VN_TOKEN_BITS * (from))) & VN_TOKEN_MAX)
/* Whether it gives engine @to one when it is done. */
#define VN_SIGNALS(d, to) ((VN_GET(d, ALL_SIGNAL) >> (to)) & 1u)
/* Tokens that engine @from has given engine @to before the first pass, by BEGIN. */
#define VN_INITIAL(d, from, to)                                                                    \
	(((d)[VN_D_BEGIN_TOKENS_LOAD_WORD + (from)] >> (VN_TOKEN_BITS * (to))) & VN_TOKEN_MAX)

#endif /* VN_SPEC_H */
