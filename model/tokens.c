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

#include "base/error.h"
#include "spec/check.h"

struct sync {
	uint32_t (*desc)[VN_DESC_WORDS];
	const struct vn_access *access;
	uint32_t count;
	uint32_t (*clock)[VN_ENGINES];
	uint32_t *list[VN_ENGINES]; /* descriptors of each engine, in order */
	uint32_t n[VN_ENGINES];
};

static uint64_t end(const struct vn_span *s)
{
	return s->low + (s->count - 1) * s->step + s->width;
}

/* Does a run of strided @s meet [low, high)? */
static int meets(const struct vn_span *s, uint64_t low, uint64_t high)
{
	uint64_t i;

	if (s->count == 1 || high <= s->low + s->width)
		return s->low < high && low < s->low + s->width;
	/* The first run that does not end at or before low. */
	i = low < s->low + s->width ? 0 : (low - s->low - s->width) / s->step + 1;
	return i < s->count && s->low + i * s->step < high;
}

/* Of two spans with one step the runs' distance decides: is there a multiple t of it with
 * -b.width < d - t*step < a.width, for t that the counts allow? */
static int meet_in_step(const struct vn_span *a, const struct vn_span *b)
{
	const int64_t d = (int64_t)b->low - (int64_t)a->low, step = (int64_t)a->step;
	const int64_t above = d - (int64_t)a->width, below = d + (int64_t)b->width;
	int64_t first = above >= 0 ? above / step + 1 : -((-above - 1) / step);
	int64_t last = below > 0 ? (below - 1) / step : -((-below) / step) - 1;

	if (first < -(int64_t)(b->count - 1))
		first = -(int64_t)(b->count - 1);
	if (last > (int64_t)a->count - 1)
		last = (int64_t)a->count - 1;
	return first <= last;
}

static int overlap(const struct vn_span *a, const struct vn_span *b)
{
	uint64_t i;

	if (!a->count || !b->count || a->buffer != b->buffer)
		return 0;
	if (a->ring != b->ring || a->ring_size != b->ring_size ||
	    (a->ring_size && a->step != b->step))
		return a->ring < b->ring + b->ring_size && b->ring < a->ring + a->ring_size;
	if (a->low >= end(b) || b->low >= end(a))
		return 0;
	if (a->count > 1 && b->count > 1 && a->step == b->step)
		return meet_in_step(a, b);
	if (a->count > b->count)
		return overlap(b, a);
	for (i = 0; i < a->count; i++)
		if (meets(b, a->low + i * a->step, a->low + i * a->step + a->width))
			return 1;
	return 0;
}

static int any_overlap(const struct vn_span *a, const struct vn_span *b)
{
	return overlap(&a[0], &b[0]) || overlap(&a[0], &b[1]) || overlap(&a[1], &b[0]) ||
	       overlap(&a[1], &b[1]);
}

int vn_conflict(const struct vn_access *a, const struct vn_access *b)
{
	return any_overlap(a->write, b->read) || any_overlap(a->read, b->write) ||
	       any_overlap(a->write, b->write);
}

static void take(struct sync *s, uint32_t i, uint32_t from)
{
	s->desc[i][VN_D_ALL_WAIT_LOAD_WORD] += VN_TOKENS(1, from);
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

		if (!vn_conflict(&s->access[j], &s->access[i]))
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
			s->desc[0][VN_D_BEGIN_TOKENS_LOAD_WORD + a] |= VN_TOKENS(1, b);
			take(s, s->list[b][0], a);
			give(s, s->list[a][s->n[a] - 1], b);
		}
}

/* For each descriptor of engine b and each other engine a: how many tokens a gives b from there
 * until b's next descriptor.  Takes the place of the clocks. */
static void count_gifts(struct sync *s)
{
	uint32_t newest[VN_ENGINES] = {0}, i, e;

	memset(s->clock, 0, s->count * sizeof(*s->clock));
	for (i = 1; i < s->count; i++) {
		const uint32_t engine = vn_engine_of(VN_GET(s->desc[i], ALL_OP));

		for (e = 0; e < VN_ENGINES; e++)
			if (VN_SIGNALS(s->desc[i], e))
				s->clock[newest[e]][engine]++;
		newest[engine] = i;
	}
}

/* Where a counter would pass its limit, a descriptor takes tokens that later ones of its engine are
 * meant to: they were given before it in the list, so it may wait for them.  Returns the largest
 * value a counter still has, in list order. */
static uint32_t limit_tokens(struct sync *s)
{
	uint32_t held[VN_ENGINES][VN_ENGINES], early[VN_ENGINES][VN_ENGINES] = {{0}};
	uint32_t most = 0, i, a, b;

	for (a = 0; a < VN_ENGINES; a++)
		for (b = 0; b < VN_ENGINES; b++)
			held[a][b] = VN_INITIAL(s->desc[0], a, b);
	count_gifts(s);
	for (i = 1; i < s->count; i++) {
		uint32_t *waits = &s->desc[i][VN_D_ALL_WAIT_LOAD_WORD];

		b = vn_engine_of(VN_GET(s->desc[i], ALL_OP));
		for (a = 0; a < VN_ENGINES; a++) {
			uint32_t n = VN_WAIT(s->desc[i], a), left, more;
			const uint32_t paid = n < early[a][b] ? n : early[a][b];

			n -= paid;
			early[a][b] -= paid;
			left = held[a][b] - n;
			more = left + s->clock[i][a] > VN_TOKEN_MAX
			               ? left + s->clock[i][a] - VN_TOKEN_MAX
			               : 0;
			more = more < left ? more : left;
			early[a][b] += more;
			held[a][b] = left - more;
			*waits = (*waits & ~VN_TOKENS(VN_TOKEN_MAX, a)) | VN_TOKENS(n + more, a);
			if (VN_SIGNALS(s->desc[i], a) && ++held[b][a] > most)
				most = held[b][a];
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
		most = limit_tokens(&s);
		if (most > VN_TOKEN_MAX)
			ret = vn_fail(err, VN_EFIT, "use a larger configuration",
			              "the schedule leaves %u tokens of one pair outstanding, %d "
			              "is the most",
			              most, VN_TOKEN_MAX);
	}
	free(s.clock);
	free(lists);
	return ret;
}
