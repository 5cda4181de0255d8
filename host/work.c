/* SPDX-License-Identifier: Apache-2.0
 *
 * work.c - the threads of eval and verify.
 */
#include "host/work.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/out.h"

struct pool {
	const struct vh_work *work;
	struct vh_progress progress;
	pthread_mutex_t lock; /* of all below and the progress bar */
	size_t next, done;
	double begun, seconds; /* 0: no step yet */
	int rc;                /* of the first failure */
	vn_error error;
};

/* Take a batch; 0 when there is none, or no sense in one. */
static size_t take(struct pool *p, size_t *first)
{
	size_t count = 0;

	pthread_mutex_lock(&p->lock);
	if (p->begun == 0)
		p->begun = vh_seconds();
	if (!p->rc && vh_interrupted())
		p->rc = VH_STOPPED;
	if (!p->rc) {
		const size_t left = p->work->items - p->next;

		count = left < p->work->batch ? left : p->work->batch;
	}
	*first = p->next;
	p->next += count;
	pthread_mutex_unlock(&p->lock);
	return count;
}

static void give(struct pool *p, size_t count, int rc, const vn_error *err)
{
	pthread_mutex_lock(&p->lock);
	p->done += count;
	if (rc && !p->rc) {
		p->rc = rc;
		p->error = *err;
	}
	vh_progress(&p->progress, (double)p->done / (double)p->work->items);
	pthread_mutex_unlock(&p->lock);
}

struct thread {
	struct pool *pool;
	void *state; /* of open */
	pthread_t id;
};

static void *run_thread(void *arg)
{
	struct thread *t = arg;
	struct pool *p = t->pool;
	vn_error err = {0};
	size_t first, count;
	int rc = p->work->open(p->work->ctx, &t->state, &err);

	if (rc)
		give(p, 0, rc, &err);
	while (!rc && (count = take(p, &first)) != 0) {
		rc = p->work->step(p->work->ctx, t->state, first, count, &err);
		give(p, count, rc, &err);
	}
	return NULL;
}

static void close_thread(struct thread *t)
{
	vn_error err = {0};
	int rc = t->pool->work->close(t->state, &err);

	if (rc)
		give(t->pool, 0, rc, &err);
}

/* No more than there are batches: each opens a device.  This thread is one of them, so that one
 * suffices where no other can be made. */
static void run_threads(struct pool *p)
{
	const size_t batches = (p->work->items + p->work->batch - 1) / p->work->batch;
	const int wanted = (size_t)p->work->threads < batches ? p->work->threads : (int)batches;
	const int extra = wanted - 1;
	struct thread own = {.pool = p};
	struct thread *others = extra > 0 ? calloc((size_t)extra, sizeof(*others)) : NULL;
	int n = 0;

	for (; others && n < extra; n++) {
		others[n].pool = p;
		if (pthread_create(&others[n].id, NULL, run_thread, &others[n]) != 0)
			break;
	}
	run_thread(&own);
	for (int i = 0; i < n; i++)
		pthread_join(others[i].id, NULL);
	if (p->begun > 0)
		p->seconds = vh_seconds() - p->begun;
	for (int i = 0; i < n; i++)
		close_thread(&others[i]);
	close_thread(&own);
	free(others);
}

int vh_work_run(const struct vh_work *work, double *seconds, vn_error *err)
{
	struct pool p = {.work = work, .lock = PTHREAD_MUTEX_INITIALIZER};

	vh_progress_begin(&p.progress, work->what);
	run_threads(&p);
	vh_progress_end(&p.progress);
	*seconds = p.seconds;
	if (p.rc)
		*err = p.error;
	return p.rc;
}
