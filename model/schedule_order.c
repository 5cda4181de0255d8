/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule_order.c - list scheduling: of the streams' next units, always the one that serves best.
 *
 * What must come first is known from the spans: need[u][t] units of stream t before unit u (as in
 * tokens.c, with streams for engines).  What serves best is known from the predictor's machine,
 * which has executed the list so far and on whose copies units are tried:
 * - of the units of MMs, one that does not make the array wait and does not pile up sums that POST
 *   cannot take; of several, the oldest image's, upstream first, since what that makes is waited
 *   for by all others.  The stem may be an image ahead: nothing hides it when its turn has come;
 * - before it, every DW, LOAD and STORE that would start by then, by the same rank.  Sooner would
 *   be worse: an engine works in order, so one that waits holds up what comes to matter more, and a
 *   full queue holds up the list.
 */
#include "model/schedule_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/predict.h"
#include "spec/check.h"

enum {
	PAGES = 16,      /* of a bank of the partial-sum buffer, given out as a whole */
	PATIENCE = 3072, /* cycles that sums may wait for POST in an upstream unit */
	SLACK = 8192, /* cycles from the end of the array's work to the start of another unit before
	                 it */
};

/* Descriptors of one engine in the list. */
struct row {
	uint32_t *at;   /* their places in the list */
	uint64_t *done; /* and ends, which do not fall */
	uint32_t count;
};

struct order {
	const struct vn_draft *draft;
	struct vn_list *list;
	uint32_t streams;
	uint32_t **stream;  /* units of each, in order */
	uint32_t *length;   /* of each */
	uint32_t *progress; /* units of each in the list */
	uint32_t *need;     /* [unit][stream] */
	struct vn_machine machine;
	struct row row[VN_ENGINES];
	uint32_t bank, page;       /* entries of one */
	uint64_t freed[2 * PAGES]; /* when the last POST has read it */
	struct vn_moment *moments; /* of the descriptors of the unit tried last */
};

/* A unit tried on a copy of the machine. */
struct trial {
	struct vn_machine machine;
	uint32_t page, psum; /* where its sums go */
	uint64_t idle;       /* cycles the array waits, in a unit of MMs */
	uint64_t wait;       /* cycles from its sums until POST takes them */
	uint64_t start;      /* of its first descriptor */
};

/* ---- what must come first ---- */

/* Partial sums have no place yet: units are given one when they go into the list. */
static struct vn_access without_psum(const struct vn_access *a)
{
	struct vn_access b = *a;
	uint32_t i;

	for (i = 0; i < VN_SPANS; i++) {
		if (b.read[i].buffer == VN_BUF_PSUM)
			b.read[i].count = 0;
		if (b.write[i].buffer == VN_BUF_PSUM)
			b.write[i].count = 0;
	}
	return b;
}

static int units_conflict(const struct order *o, uint32_t u, uint32_t v)
{
	const struct vn_unit *a = &o->draft->units[u], *b = &o->draft->units[v];
	const struct vn_access *access = o->draft->list.access;
	uint32_t i, j;

	for (i = a->first; i < a->first + a->count; i++) {
		const struct vn_access mine = without_psum(&access[i]);

		for (j = b->first; j < b->first + b->count; j++)
			if (vn_conflict(&mine, &access[j]))
				return 1;
	}
	return 0;
}

/* Everything that the first @k units of stream @t need is needed by unit @u too. */
static void inherit(struct order *o, uint32_t u, uint32_t t, uint32_t k)
{
	uint32_t *need = o->need + (size_t)u * o->streams, i;
	const uint32_t *his = o->need + (size_t)o->stream[t][k - 1] * o->streams;

	for (i = 0; i < o->streams; i++)
		if (his[i] > need[i])
			need[i] = his[i];
	if (k > need[t])
		need[t] = k;
}

static void find_needs(struct order *o)
{
	uint32_t u, t, k;

	for (u = 0; u < o->draft->count; u++) {
		const uint32_t own = o->draft->units[u].stream;
		const uint32_t *need = o->need + (size_t)u * o->streams;

		if (o->length[own])
			inherit(o, u, own, o->length[own]);
		for (t = 0; t < o->streams; t++)
			for (k = o->length[t]; t != own && k > need[t]; k--)
				if (units_conflict(o, u, o->stream[t][k - 1])) {
					inherit(o, u, t, k);
					break;
				}
		o->stream[own][o->length[own]++] = u;
	}
}

/* ---- when it would run ---- */

/* When the last descriptor in the list that @a conflicts with is done; any time before @from is
 * as good as @from. */
static uint64_t ready_after(const struct order *o, const struct vn_access *a, uint64_t from)
{
	uint32_t e, k;

	for (e = 0; e < VN_ENGINES; e++) {
		const struct row *row = &o->row[e];

		for (k = row->count; k && row->done[k - 1] + VN_T_TOKEN > from; k--)
			if (vn_conflict(a, &o->list->access[row->at[k - 1]])) {
				from = row->done[k - 1] + VN_T_TOKEN;
				break;
			}
	}
	return from;
}

/* Spans of the partial-sum buffer moved up by @psum. */
static struct vn_access placed(const struct vn_access *a, uint32_t psum)
{
	struct vn_access b = *a;
	uint32_t i;

	for (i = 0; i < VN_SPANS; i++) {
		if (b.read[i].buffer == VN_BUF_PSUM)
			b.read[i].low += psum;
		if (b.write[i].buffer == VN_BUF_PSUM)
			b.write[i].low += psum;
	}
	return b;
}

/* Pages that @entries take; the last one of a bank has what does not divide. */
static uint32_t pages_of(const struct order *o, uint32_t entries)
{
	const uint32_t pages = vn_ceil_div(entries, o->page);

	return pages < PAGES ? pages : PAGES;
}

/* The bank that POST reads at @now, or will first; 2 if all sums are read.  While the array adds to
 * sums of a bank, POST cannot read there. */
static uint32_t bank_of_post(const struct order *o, uint64_t now)
{
	uint64_t soonest = UINT64_MAX;
	uint32_t k, bank = 2;

	for (k = 0; k < 2 * PAGES; k++)
		if (o->freed[k] > now && o->freed[k] < soonest) {
			soonest = o->freed[k];
			bank = k / PAGES;
		}
	return bank;
}

/* The first page of a place for @entries sums: away from POST if one is free there at @now, else
 * where it is free first. */
static uint32_t choose_page(const struct order *o, uint32_t entries, uint64_t now)
{
	const uint32_t pages = pages_of(o, entries), post = bank_of_post(o, now);
	uint64_t best = UINT64_MAX, at;
	uint32_t i, k, first = 0;

	for (i = 0; i < 2 * PAGES; i++) {
		if (i % PAGES + pages > PAGES)
			continue;
		for (at = 0, k = i; k < i + pages; k++)
			at = o->freed[k] > at ? o->freed[k] : at;
		if (i / PAGES != post && at <= now)
			return i;
		if (at < best) {
			best = at;
			first = i;
		}
	}
	return first;
}

static int skipped(const uint32_t *d)
{
	return VN_FLAG_GET(d, TAP) && !VN_FLAG_GET(d, TAP_ON);
}

/* Unit @u on a copy of the machine, as the next one of the list. */
static void try_unit(struct order *o, uint32_t u, struct trial *t)
{
	const struct vn_unit *unit = &o->draft->units[u];
	const uint64_t now = o->machine.engine[VN_ENGINE_ARRAY].free;
	uint64_t before = 0; /* end of the one before in the unit */
	uint32_t i;

	*t = (struct trial){.machine = o->machine, .page = choose_page(o, unit->psum, now)};
	t->psum = t->page / PAGES * o->bank + t->page % PAGES * o->page;
	for (i = 0; i < unit->count; i++) {
		const uint32_t *d = o->draft->list.desc[unit->first + i], op = VN_GET(d, ALL_OP);
		const struct vn_access access =
		        placed(&o->draft->list.access[unit->first + i], t->psum);
		const uint64_t free = t->machine.engine[VN_ENGINE_ARRAY].free;
		uint64_t ready = ready_after(o, &access, now);

		if (op != VN_OP_MM && before > ready)
			ready = before;
		o->moments[i] = vn_machine_issue(&t->machine, d, skipped(d), ready);
		if (op == VN_OP_MM)
			t->idle += o->moments[i].begin > free ? o->moments[i].begin - free : 0;
		else if (op == VN_OP_POST && !t->wait)
			t->wait = o->moments[i].start - before;
		before = o->moments[i].done + VN_T_TOKEN;
	}
	t->start = o->moments[0].start;
}

/* ---- which one ---- */

/* Its place in the order of the list's streams is free. */
static int eligible(const struct order *o, uint32_t t)
{
	const uint32_t *need;
	uint32_t i;

	if (o->progress[t] == o->length[t])
		return 0;
	need = o->need + (size_t)o->stream[t][o->progress[t]] * o->streams;
	for (i = 0; i < o->streams; i++)
		if (i != t && o->progress[i] < need[i])
			return 0;
	return 1;
}

/* Images one after the other, and in each its stages upstream first: what they make is waited for
 * by all others.  @ahead: images that the stem may be ahead. */
static uint64_t rank(const struct order *o, uint32_t t, uint32_t ahead)
{
	const struct vn_unit *unit = &o->draft->units[o->stream[t][o->progress[t]]];
	const uint32_t image = VN_GET(o->draft->list.desc[unit->first], ALL_IMAGE);

	return (uint64_t)(image + 1 - (t < VN_STREAM_KINDS ? ahead : 0)) * o->streams + t;
}

/* The best unit of MMs: no idle array before all, then a calm one, then the rank. */
static uint32_t choose_conv(struct order *o, uint64_t *idle)
{
	uint64_t wait = UINT64_MAX, key = UINT64_MAX;
	uint32_t t, best = o->streams, calm = o->streams;
	struct trial trial;

	*idle = UINT64_MAX;
	for (t = VN_STREAM_CONV; t < o->streams; t += VN_STREAM_KINDS) {
		if (!eligible(o, t))
			continue;
		try_unit(o, o->stream[t][o->progress[t]], &trial);
		if (trial.idle > *idle)
			continue;
		if (trial.idle < *idle) {
			*idle = trial.idle;
			wait = key = UINT64_MAX;
			calm = o->streams;
		}
		if (trial.wait < wait) {
			wait = trial.wait;
			best = t;
		}
		if (trial.wait <= PATIENCE && rank(o, t, 1) < key) {
			key = rank(o, t, 1);
			calm = t;
		}
	}
	return calm != o->streams ? calm : best;
}

/* The best of the other units that would start before @from; else, with @any, the one that starts
 * first. */
static uint32_t choose_other(struct order *o, uint64_t from, int any)
{
	uint64_t early = UINT64_MAX, key = UINT64_MAX;
	uint32_t t, best = o->streams, first = o->streams;
	struct trial trial;

	for (t = 0; t < o->streams; t++) {
		if (t % VN_STREAM_KINDS == VN_STREAM_CONV || !eligible(o, t))
			continue;
		try_unit(o, o->stream[t][o->progress[t]], &trial);
		if (trial.start < early) {
			early = trial.start;
			first = t;
		}
		if (trial.start <= from && rank(o, t, 0) < key) {
			key = rank(o, t, 0);
			best = t;
		}
	}
	return any && best == o->streams ? first : best;
}

/* The stream whose next unit goes into the list. */
static uint32_t choose(struct order *o)
{
	const uint64_t now = o->machine.engine[VN_ENGINE_ARRAY].free;
	uint64_t idle;
	const uint32_t conv = choose_conv(o, &idle);
	const int none = conv == o->streams;
	const uint32_t other = choose_other(o, none ? now : now + idle + SLACK, none);

	return other != o->streams ? other : conv;
}

/* ---- the list ---- */

static void append(struct order *o, uint32_t t)
{
	const uint32_t u = o->stream[t][o->progress[t]++];
	const struct vn_unit *unit = &o->draft->units[u];
	struct trial trial;
	uint32_t i, k;

	try_unit(o, u, &trial);
	o->machine = trial.machine;
	for (i = 0; i < unit->count; i++) {
		const uint32_t *from = o->draft->list.desc[unit->first + i];
		const struct vn_access access =
		        placed(&o->draft->list.access[unit->first + i], trial.psum);
		const uint32_t op = VN_GET(from, ALL_OP);
		struct row *row = &o->row[vn_engine_of(op)];
		uint32_t *d = vn_list_add(o->list, &access);

		if (!d)
			return;
		memcpy(d, from, sizeof(*o->list->desc));
		if (op == VN_OP_MM)
			VN_SET(d, MM_PSUM, VN_GET(d, MM_PSUM) + trial.psum);
		else if (op == VN_OP_POST)
			VN_SET(d, POST_PSUM, VN_GET(d, POST_PSUM) + trial.psum);
		row->at[row->count] = o->list->count - 1;
		row->done[row->count++] = o->moments[i].done;
	}
	for (k = 0; k < pages_of(o, unit->psum); k++)
		o->freed[trial.page + k] = o->moments[unit->count - 1].done;
}

/* Everything in one piece of memory each, so that failing is simple. */
static int order_new(struct order *o)
{
	const struct vn_draft *draft = o->draft;
	uint32_t t, u, e, longest = 1;

	o->stream = calloc(o->streams, sizeof(*o->stream));
	o->length = calloc(o->streams, sizeof(*o->length));
	o->progress = calloc(o->streams, sizeof(*o->progress));
	o->need = calloc((size_t)draft->count * o->streams + 1, sizeof(*o->need));
	if (!o->stream || !o->length || !o->progress || !o->need)
		return 0;
	for (u = 0; u < draft->count; u++) {
		longest = draft->units[u].count > longest ? draft->units[u].count : longest;
		o->length[draft->units[u].stream]++;
	}
	for (t = 0; t < o->streams; t++) {
		o->stream[t] = calloc((size_t)o->length[t] + 1, sizeof(**o->stream));
		if (!o->stream[t])
			return 0;
		o->length[t] = 0;
	}
	for (e = 0; e < VN_ENGINES; e++) {
		o->row[e].at = calloc((size_t)draft->list.count + 1, sizeof(*o->row[e].at));
		o->row[e].done = calloc((size_t)draft->list.count + 1, sizeof(*o->row[e].done));
		if (!o->row[e].at || !o->row[e].done)
			return 0;
	}
	o->moments = calloc(longest, sizeof(*o->moments));
	return o->moments != NULL;
}

static void order_free(struct order *o)
{
	uint32_t t, e;

	for (t = 0; o->stream && t < o->streams; t++)
		free(o->stream[t]);
	for (e = 0; e < VN_ENGINES; e++) {
		free(o->row[e].at);
		free(o->row[e].done);
	}
	free(o->stream);
	free(o->length);
	free(o->progress);
	free(o->need);
	free(o->moments);
}

int vn_order(const uint32_t config[VN_CONFIG_WORDS], uint32_t stages, const struct vn_draft *draft,
             struct vn_list *list, vn_error *err)
{
	struct order o = {.draft = draft, .list = list, .streams = stages * VN_STREAM_KINDS};
	uint32_t i;
	int ret = 0;

	vn_machine_init(&o.machine, config);
	o.bank = config[VN_CFG_PSUM_ENTRIES] / 2;
	o.page = o.bank / PAGES;
	if (!order_new(&o)) {
		ret = vn_fail_nomem(err, (size_t)draft->count * o.streams * sizeof(*o.need),
		                    "an order");
	} else {
		find_needs(&o);
		for (i = 0; i < draft->count && !list->failed; i++)
			append(&o, choose(&o));
	}
	order_free(&o);
	return ret;
}
