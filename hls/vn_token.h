/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_token.h - the token counters, checked in list order; they never change a result.
 *
 * count[a][b]: tokens that engine a has given engine b and b has not taken yet.
 */
#ifndef VN_TOKEN_H
#define VN_TOKEN_H

#include "spec/check.h"

/* The values of BEGIN. */
static inline void vn_token_begin(const uint32_t begin[VN_DESC_WORDS],
                                  uint32_t count[VN_ENGINES][VN_ENGINES])
{
	uint32_t a, b;

	for (a = 0; a < VN_ENGINES; a++)
		for (b = 0; b < VN_ENGINES; b++)
			count[a][b] = VN_INITIAL(begin, a, b);
}

/* Take what descriptor @d waits for; 0 if one of its tokens is not there. */
static inline int vn_token_take(const uint32_t d[VN_DESC_WORDS],
                                uint32_t count[VN_ENGINES][VN_ENGINES])
{
	const uint32_t engine = vn_engine_of(VN_GET(d, ALL_OP));
	int there = 1;
	uint32_t a;

	for (a = 0; a < VN_ENGINES; a++) {
		const uint32_t wait = VN_WAIT(d, a);

		if (count[a][engine] < wait)
			there = 0;
		else
			count[a][engine] -= wait;
	}
	return there;
}

/* Give what descriptor @d signals; 0 if a counter would pass VN_TOKEN_MAX. */
static inline int vn_token_give(const uint32_t d[VN_DESC_WORDS],
                                uint32_t count[VN_ENGINES][VN_ENGINES])
{
	const uint32_t engine = vn_engine_of(VN_GET(d, ALL_OP));
	int room = 1;
	uint32_t b;

	for (b = 0; b < VN_ENGINES; b++) {
		count[engine][b] += VN_SIGNALS(d, b);
		if (count[engine][b] > VN_TOKEN_MAX)
			room = 0;
	}
	return room;
}

/* Are all counters back where BEGIN put them? */
static inline int vn_token_home(const uint32_t begin[VN_DESC_WORDS],
                                uint32_t count[VN_ENGINES][VN_ENGINES])
{
	uint32_t initial[VN_ENGINES][VN_ENGINES];
	int home = 1;
	uint32_t a, b;

	vn_token_begin(begin, initial);
	for (a = 0; a < VN_ENGINES; a++)
		for (b = 0; b < VN_ENGINES; b++)
			if (count[a][b] != initial[a][b])
				home = 0;
	return home;
}

#endif /* VN_TOKEN_H */
