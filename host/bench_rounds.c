/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_rounds.c - who runs when, and what the samples say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/bench.h"
#include "host/out.h"

int vh_bench_sample(struct vh_bench_cell *c, double seconds, size_t images, vn_error *err)
{
	if (c->n == c->room) {
		const size_t room = c->room ? 2 * c->room : 256;
		double *more = realloc(c->samples, room * sizeof(*more));

		if (!more)
			return vn_fail_nomem(err, room * sizeof(*more), "samples");
		c->samples = more;
		c->room = room;
	}
	c->samples[c->n++] = seconds;
	c->seconds += seconds;
	c->images += images;
	return 0;
}

/* ---- rounds ---- */

static void forget(struct vh_bench_cell *c)
{
	c->n = c->images = 0;
	c->seconds = c->cpu_seconds = 0;
}

/* A job of each cell, so that memory, caches and clocks are as later.  A simulation has nothing to
 * warm. */
static int warm_up(struct vh_bench_device *d, vn_error *err)
{
	int rc = 0;

	for (int i = 0; i < d->n_cells && !d->simulated && !rc; i++) {
		rc = vh_bench_run(d, &d->cells[i], 0, err);
		forget(&d->cells[i]);
	}
	return rc;
}

/* One round's part of a cell; none where earlier ones took far longer, as simulations do. */
static int run_part(struct vh_bench_device *d, struct vh_bench_cell *c, int round, vn_error *err)
{
	const double all = (double)d->options->seconds, before = c->seconds;
	const size_t images = c->images;
	int rc;

	if (round > 0 && c->seconds >= 2 * all * (round + 1) / VH_BENCH_ROUNDS)
		return 0;
	rc = vh_bench_run(d, c, all / VH_BENCH_ROUNDS, err);
	if (!rc && c->seconds > before)
		c->rate[round] = (double)(c->images - images) / (c->seconds - before);
	return rc;
}

int vh_bench_rounds(struct vh_bench_device *devices, int n, vn_error *err)
{
	struct vh_progress bar;
	int rc = 0;

	vh_progress_begin(&bar, "bench");
	for (int i = 0; i < n && !rc; i++)
		if (devices[i].kind != VH_BENCH_PREDICTED)
			rc = warm_up(&devices[i], err);
	for (int round = 0; round < VH_BENCH_ROUNDS && !rc; round++)
		for (int at = 0; at < n && !rc; at++) {
			/* there and back: what drifts hits the first as the last */
			struct vh_bench_device *d = &devices[round & 1 ? n - 1 - at : at];

			for (int i = 0; i < d->n_cells && d->kind != VH_BENCH_PREDICTED && !rc; i++)
				rc = run_part(d, &d->cells[i], round, err);
			vh_progress(&bar, (double)(round * n + at + 1) / (VH_BENCH_ROUNDS * n));
		}
	vh_progress_end(&bar);
	return rc;
}

/* ---- statistics ---- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The smallest value that at least @percent of them do not exceed. */
static double percentile(const double *sorted, size_t n, size_t percent)
{
	const size_t rank = (n * percent + 99) / 100;

	return sorted[rank ? rank - 1 : 0];
}

/* The sorted rates of the rounds that there were; how many. */
static size_t rates_of(const double rate[VH_BENCH_ROUNDS], double out[VH_BENCH_ROUNDS])
{
	size_t n = 0;

	for (int i = 0; i < VH_BENCH_ROUNDS; i++)
		if (rate[i] > 0)
			out[n++] = rate[i];
	qsort(out, n, sizeof(*out), by_size);
	return n;
}

void vh_bench_stats(const struct vh_bench_cell *c, struct vh_bench_stats *s)
{
	double rates[VH_BENCH_ROUNDS], *sorted;
	size_t n;

	memset(s, 0, sizeof(*s));
	sorted = c->n ? malloc(c->n * sizeof(*sorted)) : NULL;
	if (!sorted)
		return;
	memcpy(sorted, c->samples, c->n * sizeof(*sorted));
	qsort(sorted, c->n, sizeof(*sorted), by_size);
	s->least = sorted[0];
	s->median = percentile(sorted, c->n, 50);
	s->p90 = percentile(sorted, c->n, 90);
	s->p95 = percentile(sorted, c->n, 95);
	s->p99 = percentile(sorted, c->n, 99);
	s->most = sorted[c->n - 1];
	free(sorted);
	s->rate = c->seconds > 0 ? (double)c->images / c->seconds : 0;
	s->cpu_rate = c->cpu_seconds > 0 ? (double)c->images / c->cpu_seconds : 0;
	n = rates_of(c->rate, rates);
	if (n)
		s->spread = (rates[n - 1] - rates[0]) / percentile(rates, n, 50);
}

double vh_bench_ratio(const struct vh_bench_cell *c, const struct vh_bench_cell *base)
{
	double ratio[VH_BENCH_ROUNDS], sorted[VH_BENCH_ROUNDS];
	size_t n;

	for (int i = 0; i < VH_BENCH_ROUNDS; i++)
		ratio[i] = base->rate[i] > 0 ? c->rate[i] / base->rate[i] : 0;
	n = rates_of(ratio, sorted);
	if (n)
		return percentile(sorted, n, 50);
	/* a prediction has no rounds */
	return c->seconds > 0 && base->images > 0
	               ? (double)c->images / c->seconds * base->seconds / (double)base->images
	               : 0;
}
