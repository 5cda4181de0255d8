/* SPDX-License-Identifier: Apache-2.0
 *
 * tokens.h - make a list that is correct in order correct for decoupled engines.
 */
#ifndef VN_TOKENS_H
#define VN_TOKENS_H

#include "model/program.h"

enum vn_buffer { VN_BUF_ACT, VN_BUF_PSUM, VN_BUF_MID, VN_BUF_MEM };

/* Items [low, high) of a buffer (words, entries, slots, scratch beats); high = low: none. */
struct vn_span {
	enum vn_buffer buffer;
	uint64_t low, high;
};

/* What one descriptor touches.  Spans may be wider than the truth: that only costs overlap. */
struct vn_access {
	struct vn_span read, write;
};

/* Fill WAIT, SIGNAL and BEGIN's tokens of desc[0..count) (BEGIN first), so that any engine speeds
 * give the result of list order, over pass boundaries too.  @access: one per descriptor. Errors:
 * VN_ENOMEM; VN_EFIT if a counter would pass 63. */
VN_MUST_CHECK int vn_tokens_insert(uint32_t (*desc)[VN_DESC_WORDS], const struct vn_access *access,
                                   uint32_t count, vn_error *err);

#endif /* VN_TOKENS_H */
