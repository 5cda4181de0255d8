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
	double begun; /* 0: no step yet */
	int rc;       /* of the first failure */
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

static void *run_thread(void *arg)
{
	struct pool *p = arg;
	vn_error err = {0};
	void *state = NULL;
	size_t first, count;
	int rc = p->work->open(p->work->ctx, &state, &err);

	if (rc)
		give(p, 0, rc, &err);
	while (!rc && (count = take(p, &first)) != 0) {
		rc = p->work->step(p->work->ctx, state, first, count, &err);
		give(p, count, rc, &err);
	}
	p->work->close(state);
	return NULL;
}

/* No more than there are batches: each opens a device.  This thread is one of them, so that one
 * suffices where no other can be made. */
static void run_threads(struct pool *p)
{
	const size_t batches = (p->work->items + p->work->batch - 1) / p->work->batch;
	const int wanted = (size_t)p->work->threads < batches ? p->work->threads : (int)batches;
	const int extra = wanted - 1;
	pthread_t *threads = extra > 0 ? malloc((size_t)extra * sizeof(*threads)) : NULL;
	int n = 0;

	while (threads && n < extra && pthread_create(&threads[n], NULL, run_thread, p) == 0)
		n++;
	run_thread(p);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	free(threads);
}

int vh_work_run(const struct vh_work *work, double *seconds, vn_error *err)
{
	struct pool p = {.work = work, .lock = PTHREAD_MUTEX_INITIALIZER};

	vh_progress_begin(&p.progress, work->what);
	run_threads(&p);
	vh_progress_end(&p.progress);
	*seconds = p.begun > 0 ? vh_seconds() - p.begun : 0;
	if (p.rc)
		*err = p.error;
	return p.rc;
}
