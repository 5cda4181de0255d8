/* SPDX-License-Identifier: Apache-2.0
 *
 * device.c - the life of a device: open, load, status, close.
 */
#include "driver/device.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/error.h"

enum {
	CHUNK_KIB = 64 * 1024,          /* default of chunk_kib */
	DEADLINE_MAX_MS = 24 * 3600000, /* of timeout_ms */
};

/* ---- open ---- */

/* Options that every device takes. */
static int take_options(struct vn_device *dev, struct vn_uri *uri, vn_error *err)
{
	const char *timeout = vn_uri_take(uri, "timeout_ms"),
	           *chunk = vn_uri_take(uri, "chunk_kib");
	long number;
	int rc = 0;

	dev->deadline_ms = dev->ops->deadline_ms;
	dev->chunk_bytes = (uint64_t)CHUNK_KIB * 1024;
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
	return rc;
}

int vn_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	if (rc)
		return rc;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (!rc)
		rc = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return rc;
}

/* Signals are for the program's own threads. */
static int start_worker(struct vn_device *dev)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&dev->worker, NULL, vn_device_work, dev);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int start_threads(struct vn_device *dev, vn_error *err)
{
	if (pthread_mutex_init(&dev->lock, NULL) != 0)
		goto fail;
	if (vn_cond_init(&dev->wake) != 0)
		goto free_lock;
	if (start_worker(dev) != 0)
		goto free_wake;
	return 0;
free_wake:
	pthread_cond_destroy(&dev->wake);
free_lock:
	pthread_mutex_destroy(&dev->lock);
fail:
	return vn_fail(err, VN_ENOMEM, "free memory, or open fewer devices",
	               "%s: no memory for the thread of a device", dev->uri);
}

int vn_device_open_with(const struct vn_backend_ops *ops, const char *text, struct vn_uri *uri,
                        struct vn_device **out, vn_error *err)
{
	struct vn_device *dev = calloc(1, sizeof(*dev));
	int rc;

	*out = NULL;
	if (!dev)
		return vn_fail_nomem(err, sizeof(*dev), "a device");
	dev->ops = ops;
	snprintf(dev->uri, sizeof(dev->uri), "%s", text);
	rc = take_options(dev, uri, err);
	if (!rc)
		rc = ops->open(uri, &dev->be, err);
	if (rc)
		goto free_dev;
	rc = start_threads(dev, err);
	if (rc)
		goto close_be;
	*out = dev;
	return 0;
close_be:
	ops->close(dev->be);
free_dev:
	free(dev);
	return rc;
}

int vn_device_open(const char *text, vn_device **dev, vn_error *err)
{
	const struct vn_backend_ops *ops;
	struct vn_uri uri;
	int rc;

	if (!dev)
		return vn_fail(err, VN_EARG, NULL, "vn_device_open: no place for the device");
	*dev = NULL;
	if (!text)
		return vn_fail(err, VN_EARG, NULL, "vn_device_open: no URI");
	rc = vn_uri_parse(text, &uri, err);
	if (rc)
		return rc;
	ops = vn_backend_find(uri.scheme);
	if (!ops) {
		rc = vn_fail(err, VN_ENODEV, NULL, "%s: no such kind of device", text);
		if (err)
			vn_backend_schemes(err->hint, sizeof(err->hint));
		return rc;
	}
	return vn_device_open_with(ops, text, &uri, dev, err);
}

/* ---- load ---- */

static int is_busy(const struct vn_device *dev)
{
	return dev->first != NULL;
}

int vn_device_load(vn_device *dev, const vn_program *prog, enum vn_weights mode, vn_error *err)
{
	int rc;

	if (!dev || !prog || (mode != VN_RESIDENT && mode != VN_STREAM))
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_load: no device, no program or no such mode");
	pthread_mutex_lock(&dev->lock);
	if (is_busy(dev)) {
		rc = vn_fail(err, VN_EARG, "wait for the jobs first",
		             "%s: a program cannot be replaced while jobs are under way", dev->uri);
	} else {
		vn_loaded_free(dev);
		dev->has_status = 0;
		dev->broken = 0;
		rc = vn_loaded_put(dev, prog, mode, err);
	}
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

/* ---- the rest ---- */

int vn_device_status(vn_device *dev, uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	int rc = 0;

	if (!dev || !status)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_status: no device or no place for the status");
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

void vn_device_close(vn_device *dev)
{
	if (!dev)
		return;
	pthread_mutex_lock(&dev->lock);
	dev->closing = 1;
	pthread_cond_signal(&dev->wake);
	pthread_mutex_unlock(&dev->lock);
	pthread_join(dev->worker, NULL);
	vn_loaded_free(dev);
	dev->ops->close(dev->be);
	pthread_cond_destroy(&dev->wake);
	pthread_mutex_destroy(&dev->lock);
	free(dev);
}
