/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_parts.h - what plan.c and plan_chain.c share.
 */
#ifndef VN_PLAN_PARTS_H
#define VN_PLAN_PARTS_H

#include "model/plan.h"

static inline uint32_t vn_round_up(uint32_t v, uint32_t to)
{
	return vn_ceil_div(v, to) * to;
}

/* Rows of @width pixels after which a group of channels in memory reaches a whole beat. */
uint32_t vn_beat_rows(const struct vn_layout *lay, uint32_t width);

/* Conv rows that pooled rows [first, first + rows) need, at most over all positions. */
uint32_t vn_conv_rows(const struct vn_qstage *q, uint32_t rows);

/* Columns of a strip of @band pooled rows whose conv pixels fit a partial-sum bank; 0: not even
 * one. */
uint32_t vn_strip_for(const struct vn_layout *lay, const struct vn_qstage *q, uint32_t band);

#endif /* VN_PLAN_PARTS_H */
