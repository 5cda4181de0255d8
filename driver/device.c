/* SPDX-License-Identifier: Apache-2.0
 *
 * device.c - the life of a device: open, load, status, close.
 */
#include "driver/device.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/process.h"

enum {
	CHUNK_KIB = 64 * 1024,          /* default of chunk_kib */
	DEADLINE_MAX_MS = 24 * 3600000, /* of timeout_ms */
	OPEN_MS = 60000,                /* opening and closing a card; XRT loads and sleeps there */
};

/* ---- open ---- */

/* Options that every device takes.  -1 in deadline_ms: the back end's. */
static int take_options(struct vn_device *dev, struct vn_uri *uri, vn_error *err)
{
	const char *timeout = vn_uri_take(uri, "timeout_ms"),
	           *chunk = vn_uri_take(uri, "chunk_kib"), *test = vn_uri_take(uri, "selftest"),
	           *timeline = vn_uri_take(uri, "timeline");
	long number;
	int rc = 0;

	dev->deadline_ms = -1;
	dev->chunk_bytes = (uint64_t)CHUNK_KIB * 1024;
	dev->self_test = dev->ops->self_test;
	if (timeout) {
		rc = vn_uri_number("timeout_ms", timeout, 0, DEADLINE_MAX_MS, &number, err);
		if (!rc)
			dev->deadline_ms = (int)number;
	}
	if (!rc && chunk) {
		rc = vn_uri_number("chunk_kib", chunk, 1, 1L << 24, &number, err);
		if (!rc)
			dev->chunk_bytes = (uint64_t)number * 1024;
	}
	if (!rc && test) {
		rc = vn_uri_number("selftest", test, 0, 1, &number, err);
		if (!rc)
			dev->self_test = (int)number;
	}
	if (!rc && timeline)
		rc = vn_timeline_open(timeline, &dev->timeline, err);
	return rc;
}

int vn_thread_create(pthread_t *thread, void *(*f)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, f, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int init_sync(struct vn_device *dev, vn_error *err)
{
	if (pthread_mutex_init(&dev->lock, NULL) != 0)
		goto fail;
	if (vn_cond_init(&dev->wake) != 0)
		goto free_lock;
	if (vn_cond_init(&dev->quiet) != 0)
		goto free_wake;
	return 0;
free_wake:
	pthread_cond_destroy(&dev->wake);
free_lock:
	pthread_mutex_destroy(&dev->lock);
fail:
	return vn_fail_nomem(err, sizeof(*dev), "a device");
}

static void free_device(struct vn_device *dev)
{
	vn_timeline_free(dev->timeline);
	pthread_cond_destroy(&dev->quiet);
	pthread_cond_destroy(&dev->wake);
	pthread_mutex_destroy(&dev->lock);
	free(dev);
}

/* ---- open ---- */

static int open_backend(struct vn_device *dev, const void *arg, vn_error *err)
{
	int rc;

	(void)arg;
	vn_call_enter(dev, &dev->watch.loader, "opening the card", OPEN_MS);
	rc = dev->ops->open(&dev->parts, &dev->be, err);
	vn_call_leave(dev, &dev->watch.loader);
	if (!dev->ops->deadline_ms) /* what computes in this process cannot be given up */
		dev->deadline_ms = 0;
	else if (!rc && dev->deadline_ms < 0)
		dev->deadline_ms = dev->ops->deadline_ms(dev->be);
	return rc;
}

/* What is stuck may use the device: it stays.  Else free it. */
static void drop_device(struct vn_device *dev)
{
	vn_watch_stop(dev);
	if (dev->watch.lost)
		vn_watch_keep(dev);
	else
		free_device(dev);
}

int vn_device_open_with(const struct vn_backend_ops *ops, const char *text, struct vn_device **out,
                        vn_error *err)
{
	struct vn_device *dev = calloc(1, sizeof(*dev));
	int rc;

	*out = NULL;
	if (!dev)
		return vn_fail_nomem(err, sizeof(*dev), "a device");
	rc = init_sync(dev, err);
	if (rc) {
		free(dev);
		return rc;
	}
	dev->ops = ops;
	dev->process = vn_process();
	snprintf(dev->uri, sizeof(dev->uri), "%s", text);
	rc = vn_uri_parse(text, &dev->parts, err);
	if (!rc)
		rc = take_options(dev, &dev->parts, err);
	if (!rc && ops->deadline_ms)
		rc = vn_watch_start(dev, err);
	if (!rc)
		rc = vn_call_guarded(dev, open_backend, NULL, 0, err);
	if (rc)
		drop_device(dev);
	else
		*out = dev;
	return rc;
}

/* The back end that @text names. */
static int find_backend(const char *text, const struct vn_backend_ops **ops, vn_error *err)
{
	struct vn_uri uri;
	int rc = vn_uri_parse(text, &uri, err);

	if (rc)
		return rc;
	*ops = vn_backend_find(uri.scheme);
	if (*ops)
		return 0;
	rc = vn_fail(err, VN_ENODEV, NULL, "%s: no such kind of device", text);
	if (err)
		vn_backend_schemes(err->hint, sizeof(err->hint));
	return rc;
}

int vn_device_kind_of(const char *uri, enum vn_device_kind *kind, vn_error *err)
{
	const struct vn_backend_ops *ops;
	int rc;

	if (!uri || !kind)
		return vn_fail(err, VN_EARG, NULL, "vn_device_kind_of: no %s",
		               uri ? "place for the kind" : "URI");
	rc = find_backend(uri, &ops, err);
	if (!rc)
		*kind = ops->kind;
	return rc;
}

int vn_device_open(const char *text, vn_device **dev, vn_error *err)
{
	const struct vn_backend_ops *ops;
	int rc;

	if (dev)
		*dev = NULL;
	if (!text || !dev)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_open: no URI or no place for the device");
	rc = find_backend(text, &ops, err);
	return rc ? rc : vn_device_open_with(ops, text, dev, err);
}

int vn_device_check(const struct vn_device *dev, vn_error *err)
{
	if (dev->process == vn_process())
		return 0;
	return vn_fail(err, VN_EARG, "a child of a fork opens a device of its own",
	               "%s: the device was opened before the fork that made this process",
	               dev->uri);
}

/* ---- load ---- */

struct load {
	const struct vn_program *prog;
	enum vn_weights mode;
};

/* Off with the old, on with the new, proven before its first use. */
static int load_guarded(struct vn_device *dev, const void *arg, vn_error *err)
{
	const struct load *load = arg;
	int rc = 0;

	vn_loaded_free(dev);
	if (dev->self_test && dev->proven != load->prog->hash)
		rc = vn_self_test(dev, load->prog->config, err);
	if (!rc)
		rc = vn_loaded_put(dev, load->prog, load->mode, err);
	return rc;
}

/* The device as if new; lock held, no job under way. */
static int begin_load(struct vn_device *dev, vn_error *err)
{
	int rc = vn_watch_lost(dev, err);

	if (rc)
		return rc;
	if (dev->finished)
		return vn_fail(err, VN_EARG, NULL, "%s: the device is finished", dev->uri);
	if (dev->first || dev->loading)
		return vn_fail(err, VN_EARG, "wait for the jobs first",
		               "%s: a program cannot be replaced while jobs are under way",
		               dev->uri);
	dev->loading = 1;
	dev->has_status = 0;
	return 0;
}

static int load_program(struct vn_device *dev, const struct load *load, vn_error *err)
{
	int rc = vn_workers_stop(dev);

	if (rc)
		return vn_fail(err, rc, NULL, "%s: the device was lost", dev->uri);
	rc = vn_call_guarded(dev, load_guarded, load, sizeof(*load), err);
	if (rc)
		return rc;
	rc = vn_workers_start(dev, err);
	if (rc)
		vn_loaded_free(dev);
	return rc;
}

/* A call that a lost device is stuck in may still read the program: that one stays held. */
static void end_load(struct vn_device *dev)
{
	const struct vn_program *over = NULL;

	pthread_mutex_lock(&dev->lock);
	if (!dev->watch.lost) {
		over = dev->coming;
		dev->coming = NULL;
	}
	dev->loading = 0;
	pthread_cond_broadcast(&dev->quiet);
	pthread_mutex_unlock(&dev->lock);
	vn_program_release(over);
}

int vn_device_load(vn_device *dev, const vn_program *prog, enum vn_weights mode, vn_error *err)
{
	const struct load load = {prog, mode};
	int rc;

	if (!dev || !prog || (mode != VN_RESIDENT && mode != VN_STREAM))
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_load: no device, no program or no such mode");
	rc = vn_device_check(dev, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	rc = begin_load(dev, err);
	pthread_mutex_unlock(&dev->lock);
	if (rc)
		return rc;
	vn_program_hold(prog);
	dev->coming = prog;
	rc = load_program(dev, &load, err);
	end_load(dev);
	return rc;
}

/* ---- the rest ---- */

int vn_device_units(vn_device *dev)
{
	int units;

	if (!dev || vn_device_check(dev, NULL))
		return 0;
	pthread_mutex_lock(&dev->lock);
	units = dev->on.prog ? dev->on.n_units : 0;
	pthread_mutex_unlock(&dev->lock);
	return units;
}

int vn_device_status(vn_device *dev, uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	int rc;

	if (!dev || !status)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_status: no device or no place for the status");
	rc = vn_device_check(dev, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	if (dev->has_status)
		memcpy(status, dev->status, sizeof(dev->status));
	else
		rc = vn_fail(err, VN_EARG, "run a batch first", "%s: nothing has run yet",
		             dev->uri);
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

const char *vn_device_uri(const vn_device *dev)
{
	return dev ? dev->uri : "";
}

/* Once only: 0 where another call has done it, or is doing it. */
static int begin_finish(struct vn_device *dev)
{
	int mine;

	pthread_mutex_lock(&dev->lock);
	while (dev->loading)
		pthread_cond_wait(&dev->quiet, &dev->lock);
	mine = !dev->finished;
	dev->finished = 1;
	pthread_mutex_unlock(&dev->lock);
	return mine;
}

static int finish(struct vn_device *dev, vn_error *err)
{
	int lost, files, more, rc = 0;
	vn_error why;

	if (!begin_finish(dev))
		return 0;
	lost = vn_workers_stop(dev);
	if (lost) {
		pthread_mutex_lock(&dev->lock);
		rc = vn_watch_lost(dev, err);
		pthread_mutex_unlock(&dev->lock);
	}
	files = vn_timeline_finish(dev->timeline, &why);
	if (!lost && dev->ops->finish) {
		more = dev->ops->finish(dev->be, files ? NULL : &why);
		files = files ? files : more;
	}
	if (files && !rc && err)
		*err = why;
	return rc ? rc : files;
}

int vn_device_finish(vn_device *dev, vn_error *err)
{
	int rc;

	if (!dev)
		return vn_fail(err, VN_EARG, NULL, "vn_device_finish: no device");
	rc = vn_device_check(dev, err);
	return rc ? rc : finish(dev, err);
}

static int close_guarded(struct vn_device *dev, const void *arg, vn_error *err)
{
	(void)arg;
	(void)err;
	vn_loaded_free(dev);
	vn_call_enter(dev, &dev->watch.loader, "closing the card", OPEN_MS);
	dev->ops->close(dev->be);
	vn_call_leave(dev, &dev->watch.loader);
	return 0;
}

void vn_device_close(vn_device *dev)
{
	if (!dev)
		return;
	if (vn_device_check(dev, NULL)) {
		vn_watch_keep(dev);
		return;
	}
	(void)finish(dev, NULL);
	if (vn_workers_stop(dev) || (dev->hung && dev->ops->leaves_hung) ||
	    vn_call_guarded(dev, close_guarded, NULL, 0, NULL) != 0)
		vn_watch_leave(dev);
	drop_device(dev);
}
