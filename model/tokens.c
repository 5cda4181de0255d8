/* SPDX-License-Identifier: Apache-2.0
 *
 * tokens.c - dependencies between engines, found with vector clocks, written as tokens.
 *
 * clock[i][e] = how many descriptors of engine e are known to be complete when descriptor i starts.
 * A descriptor needs a token from engine e only for a conflict with a descriptor of e that its
 * clock does not cover yet; every such conflict makes one SIGNAL and one WAIT.  Since an engine
 * works in order, the newest conflict covers the older.
 */
#include "model/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "driver/error.h"
#include "spec/check.h"

struct sync {
	uint32_t (*desc)[VN_DESC_WORDS];
	const struct vn_access *access;
	uint32_t count;
	uint32_t (*clock)[VN_ENGINES];
	uint32_t *list[VN_ENGINES]; /* descriptors of each engine, in order */
	uint32_t n[VN_ENGINES];
};

static int overlap(const struct vn_span *a, const struct vn_span *b)
{
	return a->buffer == b->buffer && a->low < b->high && b->low < a->high;
}

static int conflict(const struct vn_access *a, const struct vn_access *b)
{
	return overlap(&a->write, &b->read) || overlap(&a->read, &b->write) ||
	       overlap(&a->write, &b->write);
}

static void take(struct sync *s, uint32_t i, uint32_t from)
{
	s->desc[i][VN_D_ALL_WAIT_LOAD_WORD] += 1u << (6 * from);
}

static void give(struct sync *s, uint32_t i, uint32_t to)
{
	s->desc[i][VN_D_ALL_SIGNAL_WORD] |= 1u << (VN_D_ALL_SIGNAL_LSB + to);
}

static void depend(struct sync *s, uint32_t i, uint32_t engine, uint32_t from)
{
	uint32_t k, e;

	for (k = s->n[from]; k > s->clock[i][from]; k--) {
		const uint32_t j = s->list[from][k - 1];

		if (!conflict(&s->access[j], &s->access[i]))
			continue;
		give(s, j, engine);
		take(s, i, from);
		for (e = 0; e < VN_ENGINES; e++)
			if (s->clock[j][e] > s->clock[i][e])
				s->clock[i][e] = s->clock[j][e];
		s->clock[i][from] = k;
		return;
	}
}

/* Does engine @b, at its last descriptor, know that all of engine @a's are complete? */
static int knows_all(const struct sync *s, uint32_t b, uint32_t a)
{
	return s->clock[s->list[b][s->n[b] - 1]][a] == s->n[a];
}

/* Every engine's first descriptor waits for every other engine's last of the pass before: BEGIN
 * gives the tokens that the first pass finds.  An engine that has seen the other's last descriptor
 * within the pass needs none. */
static void join_passes(struct sync *s)
{
	uint32_t a, b;

	for (a = 0; a < VN_ENGINES; a++)
		for (b = 0; b < VN_ENGINES; b++) {
			if (a == b || !s->n[a] || !s->n[b] || knows_all(s, b, a))
				continue;
			s->desc[0][VN_D_BEGIN_TOKENS_LOAD_WORD + a] |= 1u << (6 * b);
			take(s, s->list[b][0], a);
			give(s, s->list[a][s->n[a] - 1], b);
		}
}

/* The most tokens of one pair outstanding at any time, in list order. */
static uint32_t most_tokens(const struct sync *s)
{
	uint32_t given[VN_ENGINES][VN_ENGINES] = {{0}}, most = 0, i, e, engine;

	for (i = 1; i < s->count; i++) {
		const uint32_t *d = s->desc[i];

		engine = vn_engine_of(VN_GET(d, ALL_OP));
		for (e = 0; e < VN_ENGINES; e++) {
			given[e][engine] -= (d[VN_D_ALL_WAIT_LOAD_WORD] >> (6 * e)) & VN_MASK(6);
			given[engine][e] += (VN_GET(d, ALL_SIGNAL) >> e) & 1u;
			if ((int32_t)given[engine][e] > (int32_t)most)
				most = given[engine][e];
		}
	}
	return most;
}

static void insert(struct sync *s)
{
	uint32_t i, e, engine;

	for (i = 1; i < s->count; i++) {
		engine = vn_engine_of(VN_GET(s->desc[i], ALL_OP));
		if (s->n[engine])
			memcpy(s->clock[i], s->clock[s->list[engine][s->n[engine] - 1]],
			       sizeof(s->clock[i]));
		s->clock[i][engine] = s->n[engine];
		for (e = 0; e < VN_ENGINES; e++)
			if (e != engine)
				depend(s, i, engine, e);
		s->list[engine][s->n[engine]++] = i;
	}
	join_passes(s);
}

int vn_tokens_insert(uint32_t (*desc)[VN_DESC_WORDS], const struct vn_access *access,
                     uint32_t count, vn_error *err)
{
	struct sync s = {.desc = desc, .access = access, .count = count};
	uint32_t *lists = calloc((size_t)count * VN_ENGINES, sizeof(*lists)), e, most;
	int ret = 0;

	s.clock = calloc(count, sizeof(*s.clock));
	if (!lists || !s.clock) {
		ret = vn_fail_nomem(err, (size_t)count * sizeof(*s.clock), "token clocks");
	} else {
		for (e = 0; e < VN_ENGINES; e++)
			s.list[e] = lists + (size_t)e * count;
		insert(&s);
		most = most_tokens(&s);
		/* One more token of a pair may come from the pass before. */
		if (most >= VN_TOKEN_MAX)
			ret = vn_fail(err, VN_EFIT, "use a larger configuration",
			              "the schedule leaves %u tokens of one pair outstanding, %d "
			              "is the most",
			              most + 1, VN_TOKEN_MAX);
	}
	free(s.clock);
	free(lists);
	return ret;
}
