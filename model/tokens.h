/* SPDX-License-Identifier: Apache-2.0
 *
 * tokens.h - make a list that is correct in order correct for decoupled engines.
 */
#ifndef VN_TOKENS_H
#define VN_TOKENS_H

#include "model/program.h"

enum vn_buffer { VN_BUF_ACT, VN_BUF_PSUM, VN_BUF_MID, VN_BUF_MEM };

/* Items of a buffer (words, entries, slots, scratch beats): @count runs of @width, @step apart, the
 * first from @low.  count = 0: none.
 * Where a slot of the middle buffer really lies depends on its ring (the row chooses the bank), so
 * slots of two rings cannot be compared: there @ring and @ring_size say what the ring covers, and
 * @step is its pitch (one run); 0 in the other buffers. */
struct vn_span {
	enum vn_buffer buffer;
	uint64_t low, width, step, count;
	uint64_t ring, ring_size;
};

enum { VN_SPANS = 2 }; /* rows of a ring that pass its end are two spans */

/* What one descriptor touches.  Spans may be wider than the truth: that only costs overlap. */
struct vn_access {
	struct vn_span read[VN_SPANS], write[VN_SPANS];
};

/* Must the two descriptors keep their order? */
int vn_conflict(const struct vn_access *a, const struct vn_access *b);

/* Fill WAIT, SIGNAL and BEGIN's tokens of desc[0..count) (BEGIN first), so that any engine speeds
 * give the result of list order, over pass boundaries too.  @access: one per descriptor. Errors:
 * VN_ENOMEM; VN_EFIT if a counter would pass VN_TOKEN_MAX. */
VN_MUST_CHECK int vn_tokens_insert(uint32_t (*desc)[VN_DESC_WORDS], const struct vn_access *access,
                                   uint32_t count, vn_error *err);

#endif /* VN_TOKENS_H */
