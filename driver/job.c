/* SPDX-License-Identifier: Apache-2.0
 *
 * job.c - batches under way: submit, the worker thread that computes them in order, wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/device.h"
#include "driver/error.h"

/* ---- jobs ---- */

static void free_job(struct vn_job *job)
{
	free(job->tap_at);
	free(job->pixels);
	free(job->logits);
	free(job->tensors);
	free(job);
}

/* Where each stage's tensor lies among an image's taps. */
static int lay_taps(struct vn_job *job, const struct vn_program *prog)
{
	job->tap_at = malloc(prog->n_stages * sizeof(*job->tap_at));
	if (!job->tap_at)
		return -1;
	for (uint32_t s = 0; s < prog->n_stages; s++) {
		const struct vn_pstage *stage = &prog->stages[s];

		job->tap_at[s] = job->tap_bytes;
		job->tap_bytes += (size_t)stage->cout * stage->out_h * stage->out_w;
	}
	return 0;
}

/* [count][size] bytes; NULL where the product does not fit, or is nothing. */
static void *alloc_array(size_t count, size_t size)
{
	return size == 0 ? NULL : calloc(count, size);
}

static struct vn_job *make_job(const struct vn_program *prog, const uint8_t *pixels, size_t images,
                               unsigned flags)
{
	struct vn_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->images = images;
	job->taps = (flags & VN_TAPS) != 0;
	job->classes = prog->classes;
	job->stages = (int)prog->n_stages;
	job->pixel_bytes = (size_t)prog->in_h * (size_t)prog->in_w * (size_t)prog->in_c;
	if (job->taps && lay_taps(job, prog))
		goto fail;
	job->pixels = alloc_array(images, job->pixel_bytes);
	job->logits = alloc_array(images, (size_t)job->classes * sizeof(*job->logits));
	job->tensors = job->taps ? alloc_array(images, job->tap_bytes) : NULL;
	if (!job->pixels || !job->logits || (job->taps && !job->tensors))
		goto fail;
	memcpy(job->pixels, pixels, images * job->pixel_bytes);
	return job;
fail:
	free_job(job);
	return NULL;
}

static int init_sync(struct vn_job *job)
{
	if (pthread_mutex_init(&job->lock, NULL) != 0)
		return -1;
	if (vn_cond_init(&job->finished) == 0)
		return 0;
	pthread_mutex_destroy(&job->lock);
	return -1;
}

static void enqueue(struct vn_device *dev, struct vn_job *job)
{
	if (dev->last)
		dev->last->next = job;
	else
		dev->first = job;
	dev->last = job;
	pthread_cond_signal(&dev->wake);
}

/* With the lock held: the program must not change between looking at it and queueing. */
static int submit(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags,
                  vn_job **out, vn_error *err)
{
	struct vn_job *job;

	if (!dev->on.prog)
		return vn_fail(err, VN_EARG, "call vn_device_load first",
		               "%s: no program is loaded", dev->uri);
	job = make_job(dev->on.prog, pixels, images, flags);
	if (!job)
		return vn_fail(err, VN_ENOMEM, "use fewer images at a time",
		               "no memory for a batch of %zu images", images);
	if (init_sync(job)) {
		free_job(job);
		return vn_fail_nomem(err, sizeof(*job), "a batch");
	}
	enqueue(dev, job);
	*out = job;
	return 0;
}

int vn_submit(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
              vn_error *err)
{
	int rc;

	if (!job)
		return vn_fail(err, VN_EARG, NULL, "vn_submit: no place for the job");
	*job = NULL;
	if (!dev || !pixels || images == 0)
		return vn_fail(err, VN_EARG, NULL, "vn_submit: no device or no images");
	if (flags & ~(unsigned)VN_TAPS)
		return vn_fail(err, VN_EARG, NULL, "vn_submit: unknown flags %#x", flags);
	pthread_mutex_lock(&dev->lock);
	rc = submit(dev, pixels, images, flags, job, err);
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

/* ---- worker ---- */

static void complete(struct vn_job *job, const vn_error *error)
{
	free(job->pixels);
	job->pixels = NULL;
	pthread_mutex_lock(&job->lock);
	job->error = *error;
	job->done = 1;
	pthread_cond_broadcast(&job->finished);
	pthread_mutex_unlock(&job->lock);
}

/* The job stays in the queue while it runs: that is how vn_device_load sees that the device is
 * busy.  It leaves before its waiters wake, so that they find the device free. */
void *vn_device_work(void *arg)
{
	struct vn_device *dev = arg;

	pthread_mutex_lock(&dev->lock);
	for (;;) {
		struct vn_job *job;
		vn_error error = {0};

		while (!dev->first && !dev->closing)
			pthread_cond_wait(&dev->wake, &dev->lock);
		job = dev->first;
		if (!job)
			break;
		pthread_mutex_unlock(&dev->lock);
		error.code = vn_exec(dev, job, &error);
		pthread_mutex_lock(&dev->lock);
		dev->first = job->next;
		if (!dev->first)
			dev->last = NULL;
		pthread_mutex_unlock(&dev->lock);
		complete(job, &error);
		pthread_mutex_lock(&dev->lock);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

/* ---- wait ---- */

static struct timespec deadline_after(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

/* Returns whether the job is done. */
static int wait_done(struct vn_job *job, int timeout_ms)
{
	const struct timespec deadline = deadline_after(timeout_ms < 0 ? 0 : timeout_ms);
	int done, rc = 0;

	pthread_mutex_lock(&job->lock);
	while (!job->done && rc != ETIMEDOUT)
		rc = timeout_ms < 0 ? pthread_cond_wait(&job->finished, &job->lock)
		                    : pthread_cond_timedwait(&job->finished, &job->lock, &deadline);
	done = job->done;
	pthread_mutex_unlock(&job->lock);
	return done;
}

int vn_wait(vn_job *job, int timeout_ms, vn_error *err)
{
	if (!job)
		return vn_fail(err, VN_EARG, NULL, "vn_wait: no job");
	if (!wait_done(job, timeout_ms))
		return vn_fail(err, VN_ETIMEOUT, "wait again, or free the job",
		               "a batch of %zu images was not done after %d ms", job->images,
		               timeout_ms);
	if (err && job->error.code)
		*err = job->error;
	return job->error.code;
}

void vn_job_free(vn_job *job)
{
	if (!job)
		return;
	(void)wait_done(job, -1);
	pthread_cond_destroy(&job->finished);
	pthread_mutex_destroy(&job->lock);
	free_job(job);
}

/* ---- results ---- */

/* vn_job_logits and vn_job_tap take const jobs; a lock is not part of what they promise to leave
 * alone. */
static int has_results(const vn_job *job)
{
	struct vn_job *j = (struct vn_job *)(uintptr_t)job;
	int good;

	pthread_mutex_lock(&j->lock);
	good = j->done && j->error.code == 0;
	pthread_mutex_unlock(&j->lock);
	return good;
}

const int32_t *vn_job_logits(const vn_job *job, size_t image)
{
	if (!job || image >= job->images || !has_results(job))
		return NULL;
	return job->logits + image * (size_t)job->classes;
}

const int8_t *vn_job_tap(const vn_job *job, size_t image, int stage)
{
	if (!job || !job->taps || image >= job->images || stage < 0 || stage >= job->stages ||
	    !has_results(job))
		return NULL;
	return job->tensors + image * job->tap_bytes + job->tap_at[stage];
}
