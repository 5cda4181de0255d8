/* SPDX-License-Identifier: Apache-2.0
 *
 * work.c - the threads of eval and verify.
 */
#include "host/work.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "host/out.h"

enum {
	POLL_MS = 100, /* how long an interrupt may go unseen */
	MAX_BATCH = 256,
};

/* Work of a batch, so that it is some tenths of a second in software. */
static const double BATCH_MACS = 2e8;

/* ---- threads ---- */

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

/* ---- batches ---- */

int vh_wait(vn_job *job, vn_error *err)
{
	int rc;

	do {
		rc = vn_wait(job, POLL_MS, err);
	} while (rc == VN_ETIMEOUT && !vh_interrupted());
	return rc == VN_ETIMEOUT ? VH_STOPPED : rc;
}

int vh_batch(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
             vn_error *err)
{
	int rc = vn_submit(dev, pixels, images, flags, job, err);

	if (rc)
		return rc;
	rc = vh_wait(*job, err);
	if (rc) {
		vn_job_free(*job);
		*job = NULL;
	}
	return rc;
}

size_t vh_batch_size(const vn_program_info *info, size_t images, int threads)
{
	const double fit = BATCH_MACS / (double)(info->macs ? info->macs : 1);
	const size_t group = info->group > 0 ? (size_t)info->group : 1;
	const size_t share = (images + (size_t)threads - 1) / (size_t)threads;
	size_t n = fit > MAX_BATCH ? MAX_BATCH : (size_t)fit;

	n = n < share ? n : share;
	return n < group ? group : n - n % group;
}

/* ---- small things ---- */

static int is_software(const char *uri)
{
	return strncmp(uri, "ref:", 4) == 0 || strncmp(uri, "hls:", 4) == 0;
}

int vh_is_card(const char *uri)
{
	return strncmp(uri, "xrt:", 4) == 0 || strncmp(uri, "ocl:", 4) == 0;
}

int vh_threads(const struct vh_common *common, const char *uri)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (vh_is_card(uri))
		return 1;
	if (common->threads > 0)
		return (int)common->threads;
	return is_software(uri) && cores > 1 ? (int)cores : 1;
}

int vh_feeders(const struct vh_common *common, vn_device *dev)
{
	return common->threads > 0 ? (int)common->threads : 2 * vn_device_units(dev) + 1;
}

struct vh_shape vh_shape_of(const vn_program_info *info)
{
	return (struct vh_shape){
	        .c = info->in_c,
	        .h = info->in_h,
	        .w = info->in_w,
	        .recipe = info->recipe,
	};
}

const char *vh_class_name(const vn_program *prog, int cls, char text[16])
{
	const char *label = vn_program_label(prog, cls);

	snprintf(text, 16, "%d", cls);
	return label && label[0] ? label : text;
}

int vh_alloc_pixels(const struct vh_shape *s, size_t images, uint8_t **pixels, vn_error *err)
{
	const size_t image = (size_t)s->c * (size_t)s->h * (size_t)s->w;

	*pixels = images <= SIZE_MAX / image ? malloc(images * image) : NULL;
	return *pixels ? 0
	               : vn_fail(err, VN_ENOMEM, "use fewer images", "no memory for %zu images",
	                         images);
}

int vh_exit_code(int rc, const vn_error *err)
{
	if (rc == 0)
		return VH_OK;
	return rc == VH_STOPPED ? vh_report_interrupt() : vh_report(err);
}
