/* SPDX-License-Identifier: Apache-2.0
 *
 * job.c - batches under way: submit, cutting them into pieces for the compute units, wait.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "driver/device.h"
#include "base/error.h"
#include "base/process.h"

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

static int init_sync(struct vn_job *job)
{
	if (pthread_mutex_init(&job->lock, NULL) != 0)
		return -1;
	if (vn_cond_init(&job->finished) == 0)
		return 0;
	pthread_mutex_destroy(&job->lock);
	return -1;
}

struct vn_job *vn_job_make(const struct vn_program *prog, const uint8_t *pixels, size_t images,
                           unsigned flags)
{
	struct vn_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->process = vn_process();
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
	if (init_sync(job) == 0)
		return job;
fail:
	free_job(job);
	return NULL;
}

static void enqueue(struct vn_device *dev, struct vn_job *job)
{
	struct vn_job **last = &dev->first;

	while (*last)
		last = &(*last)->next;
	*last = job;
	pthread_cond_broadcast(&dev->wake);
}

/* With the lock held: the program must not change between looking at it and queueing. */
static int submit(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags,
                  vn_job **out, vn_error *err)
{
	int rc = vn_watch_lost(dev, err);
	struct vn_job *job;

	if (rc)
		return rc;
	while (dev->loading)
		pthread_cond_wait(&dev->quiet, &dev->lock);
	if (dev->finished)
		return vn_fail(err, VN_EARG, NULL, "%s: the device is finished", dev->uri);
	if (!dev->on.prog)
		return vn_fail(err, VN_EARG, "call vn_device_load first",
		               "%s: no program is loaded", dev->uri);
	job = vn_job_make(dev->on.prog, pixels, images, flags);
	if (!job)
		return vn_fail(err, VN_ENOMEM, "use fewer images at a time",
		               "no memory for a batch of %zu images", images);
	job->dev = dev;
	enqueue(dev, job);
	*out = job;
	return 0;
}

int vn_submit(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
              vn_error *err)
{
	int rc;

	if (job)
		*job = NULL;
	if (!dev || !pixels || images == 0 || !job)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_submit: no device, no images or no place for the job");
	if (flags & ~(unsigned)VN_TAPS)
		return vn_fail(err, VN_EARG, NULL, "vn_submit: unknown flags %#x", flags);
	rc = vn_device_check(dev, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	rc = submit(dev, pixels, images, flags, job, err);
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

/* ---- pieces ---- */

/* As many images as card memory shall hold, in whole groups, at least one. */
static size_t chunk_limit(const struct vn_device *dev, const struct vn_job *job, size_t group)
{
	const struct vn_records r = vn_records_of(&dev->on, job->taps);
	const uint64_t most = dev->chunk_bytes / (r.input + r.output + r.scratch);

	return most < group ? group : (size_t)(most - most % group);
}

/* How many units shall share a job: all, if nothing else waits for them. */
static size_t sharers(const struct vn_device *dev, const struct vn_job *job)
{
	for (const struct vn_job *other = dev->first; other; other = other->next)
		if (other != job && other->handed < other->images)
			return 1;
	return (size_t)dev->on.n_units;
}

/* What a unit shall take of a job: full passes of the group entry, as many as there are for each
 * sharer, then of the rest a share one by one. */
static struct vn_piece cut(const struct vn_device *dev, struct vn_job *job)
{
	const struct vn_program *prog = dev->on.prog;
	const int resident = dev->on.mode == VN_RESIDENT;
	const struct vn_entry *single = vn_program_entry(prog, VN_ENTRY_SINGLE, 0);
	const struct vn_entry *group = resident ? vn_program_entry(prog, VN_ENTRY_GROUP, 0) : NULL;
	const size_t units = sharers(dev, job), pass = group ? group->group : 1;
	const size_t grouped = group ? job->images / (units * pass) * pass : 0; /* of a unit */
	const size_t limit = chunk_limit(dev, job, pass), left = job->images - job->handed;
	struct vn_piece p = {job, resident ? single : NULL, job->handed, 0};

	if (job->handed < units * grouped) {
		p.entry = group;
		p.images = grouped;
	} else {
		p.images = (job->images - units * grouped + units - 1) / units;
	}
	if (p.images > limit)
		p.images = limit;
	if (p.images > left)
		p.images = left;
	if (p.entry == group && group && p.images % pass)
		p.entry = single;
	job->handed += p.images;
	job->pieces++;
	return p;
}

/* Lock held. */
static void set_hungry(struct vn_unit *unit, int hungry)
{
	unit->dev->hungry += hungry - unit->hungry;
	unit->hungry = hungry;
}

int vn_job_take(struct vn_unit *unit, struct vn_slot *slot, int wait)
{
	struct vn_device *dev = unit->dev;
	struct vn_job *job = NULL;

	pthread_mutex_lock(&dev->lock);
	if (wait)
		set_hungry(unit, 1);
	while (!dev->watch.lost && (wait || dev->hungry == 0)) {
		for (job = dev->first; job && job->handed == job->images;)
			job = job->next;
		if (job || !wait || dev->closing)
			break;
		pthread_cond_wait(&dev->wake, &dev->lock);
	}
	set_hungry(unit, 0);
	if (job)
		slot->piece = cut(dev, job);
	pthread_mutex_unlock(&dev->lock);
	return job != NULL;
}

static void unlink_job(struct vn_device *dev, struct vn_job *job)
{
	struct vn_job **at = &dev->first;

	while (*at && *at != job)
		at = &(*at)->next;
	if (*at)
		*at = job->next;
}

/* The job leaves the queue before its waiters wake, so that they find the device free. */
static void complete(struct vn_device *dev, struct vn_job *job)
{
	unlink_job(dev, job);
	free(job->pixels);
	job->pixels = NULL;
	pthread_mutex_lock(&job->lock);
	job->done = 1;
	pthread_cond_broadcast(&job->finished);
	pthread_mutex_unlock(&job->lock);
}

/* Lock held.  No more images of a failed job are handed out. */
static void fail_job(struct vn_job *job, const vn_error *err)
{
	if (job->error.code == 0)
		job->error = *err;
	job->handed = job->images;
}

/* Lock held. */
static void give(struct vn_device *dev, struct vn_slot *slot, const vn_error *err)
{
	struct vn_job *job = slot->piece.job;

	slot->piece.job = NULL;
	job->pieces--;
	if (err)
		fail_job(job, err);
	if (job->pieces == 0 && job->handed == job->images)
		complete(dev, job);
}

void vn_job_give(struct vn_unit *unit, struct vn_slot *slot, const vn_error *err)
{
	pthread_mutex_lock(&unit->dev->lock);
	give(unit->dev, slot, err);
	pthread_mutex_unlock(&unit->dev->lock);
}

void vn_jobs_lose(struct vn_device *dev, const vn_error *err)
{
	struct vn_job *job, *next;

	for (job = dev->first; job; job = next) {
		next = job->next;
		fail_job(job, err);
		if (job->pieces == 0)
			complete(dev, job);
	}
	for (int i = 0; i < dev->on.n_units; i++) {
		struct vn_unit *unit = &dev->on.units[i];

		for (int s = 0; unit->call.abandoned && s < 2; s++)
			if (unit->slots[s].piece.job)
				give(dev, &unit->slots[s], err);
	}
}

/* ---- wait ---- */

/* It was made before the fork that made this process, where nobody will finish it; its locks may be
 * closed for good. */
static int is_inherited(const struct vn_job *job)
{
	return job->process != vn_process();
}

/* Returns whether the job is done. */
static int wait_done(struct vn_job *job, int timeout_ms)
{
	const struct timespec deadline = vn_after_ms(timeout_ms < 0 ? 0 : timeout_ms);
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
	if (is_inherited(job))
		return vn_fail(err, VN_EARG, "wait where it was submitted",
		               "vn_wait: the job was submitted before the fork that made this "
		               "process");
	if (!wait_done(job, timeout_ms))
		return vn_fail(err, VN_ETIMEOUT, "wait again, or free the job",
		               "a batch of %zu images was not done after %d ms", job->images,
		               timeout_ms);
	if (err && job->error.code)
		*err = job->error;
	return job->error.code;
}

void vn_job_drop(struct vn_job *job)
{
	pthread_cond_destroy(&job->finished);
	pthread_mutex_destroy(&job->lock);
	free_job(job);
}

/* Hand out no more of a job that is not done. */
static void cancel(struct vn_job *job)
{
	struct vn_device *dev = job->dev;

	pthread_mutex_lock(&dev->lock);
	job->handed = job->images;
	if (job->pieces == 0 && !job->done)
		complete(dev, job);
	pthread_mutex_unlock(&dev->lock);
}

/* A fork may have come while its parts were freed, so they stay; where a leak checker can see that
 * it is on purpose. */
static void keep_inherited(struct vn_job *job)
{
	static _Atomic(struct vn_job *) kept;

	job->next = atomic_exchange(&kept, job);
}

void vn_job_free(vn_job *job)
{
	if (!job)
		return;
	if (is_inherited(job)) {
		keep_inherited(job);
		return;
	}
	if (!wait_done(job, 0)) {
		cancel(job);
		(void)wait_done(job, -1);
	}
	vn_job_drop(job);
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
	if (!job || is_inherited(job) || image >= job->images || !has_results(job))
		return NULL;
	return job->logits + image * (size_t)job->classes;
}

const int8_t *vn_job_tap(const vn_job *job, size_t image, int stage)
{
	if (!job || is_inherited(job) || !job->taps || image >= job->images || stage < 0 ||
	    stage >= job->stages || !has_results(job))
		return NULL;
	return job->tensors + image * job->tap_bytes + job->tap_at[stage];
}
