/* SPDX-License-Identifier: Apache-2.0
 *
 * call.c - deadlines of back-end calls, and devices that are lost.
 */
#include "driver/call.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "driver/device.h"
#include "base/error.h"

static atomic_int lost_devices;

/* They stay for good; where a leak checker can see that it is on purpose. */
static _Atomic(struct vn_device *) left_devices;

int vn_devices_lost(void)
{
	return lost_devices;
}

/* ---- calls ---- */

void vn_call_enter(struct vn_device *dev, struct vn_call *call, const char *what, int limit_ms)
{
	if (!dev->watch.on)
		return;
	if (limit_ms == 0)
		limit_ms = dev->deadline_ms;
	pthread_mutex_lock(&dev->lock);
	call->what = what;
	call->expires_ms = limit_ms ? vn_now_ms() + limit_ms + VN_CALL_GRACE_MS : 0;
	pthread_mutex_unlock(&dev->lock);
}

void vn_call_leave(struct vn_device *dev, struct vn_call *call)
{
	int abandoned;

	if (!dev->ops->deadline_ms) /* not watch.on: it may be off by now */
		return;
	pthread_mutex_lock(&dev->lock);
	abandoned = call->abandoned;
	call->what = NULL;
	call->expires_ms = 0;
	pthread_mutex_unlock(&dev->lock);
	if (abandoned)
		pthread_exit(NULL);
}

/* ---- the watchdog ---- */

static struct vn_call *call_number(struct vn_device *dev, int i)
{
	return i == 0 ? &dev->watch.loader : &dev->on.units[i - 1].call;
}

/* Give up the calls that have expired.  Returns one of them, or NULL. */
static const struct vn_call *give_up(struct vn_device *dev, int64_t now)
{
	const struct vn_call *first = NULL;

	for (int i = 0; i <= dev->on.n_units; i++) {
		struct vn_call *call = call_number(dev, i);

		if (!call->what || call->abandoned || !call->expires_ms || call->expires_ms > now)
			continue;
		call->abandoned = 1;
		if (!first)
			first = call;
	}
	return first;
}

static void lose(struct vn_device *dev, const struct vn_call *call)
{
	struct vn_watch *w = &dev->watch;

	if (!w->lost) {
		w->lost = 1;
		lost_devices++;
		vn_error_set(
		        &w->error, VN_ERUNTIME,
		        "the runtime or the card is stuck: end this program and reset the card "
		        "(xbutil reset); timeout_ms of the URI sets the limit",
		        "%s: %s did not end within %d ms; the device is given up", dev->uri,
		        call->what, dev->deadline_ms + VN_CALL_GRACE_MS);
	}
	vn_jobs_lose(dev, &w->error);
	pthread_cond_broadcast(&dev->wake);
	pthread_cond_broadcast(&dev->quiet);
}

enum { TICK_MS = 100 };

static void *watch(void *arg)
{
	struct vn_device *dev = arg;
	struct vn_watch *w = &dev->watch;

	pthread_mutex_lock(&dev->lock);
	while (!w->end) {
		const int64_t now = vn_now_ms();
		const struct timespec next = vn_after_ms(TICK_MS);
		const struct vn_call *call = give_up(dev, now);

		if (call)
			lose(dev, call);
		pthread_cond_timedwait(&w->wake, &dev->lock, &next);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

int vn_watch_start(struct vn_device *dev, vn_error *err)
{
	struct vn_watch *w = &dev->watch;

	if (vn_cond_init(&w->wake) != 0)
		return vn_fail_nomem(err, sizeof(*w), "the watchdog of a device");
	if (vn_thread_create(&w->thread, watch, dev) != 0) {
		pthread_cond_destroy(&w->wake);
		return vn_fail_nomem(err, sizeof(*w), "the watchdog of a device");
	}
	w->on = 1;
	return 0;
}

void vn_watch_stop(struct vn_device *dev)
{
	struct vn_watch *w = &dev->watch;

	if (!w->on)
		return;
	pthread_mutex_lock(&dev->lock);
	w->end = 1;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&dev->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	w->on = 0;
}

int vn_watch_lost(const struct vn_device *dev, vn_error *err)
{
	if (!dev->watch.lost)
		return 0;
	if (err)
		*err = dev->watch.error;
	return dev->watch.error.code;
}

void vn_watch_keep(struct vn_device *dev)
{
	dev->watch.next = atomic_exchange(&left_devices, dev);
}

void vn_watch_leave(struct vn_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	if (!dev->watch.lost)
		lost_devices++;
	dev->watch.lost = 1;
	pthread_mutex_unlock(&dev->lock);
}

/* ---- guarded calls ---- */

struct guarded {
	struct vn_device *dev;
	vn_guarded *f;
	int rc, done; /* done: under the lock */
	vn_error err;
	max_align_t arg[];
};

static void *run_guarded(void *arg)
{
	struct guarded *g = arg;

	g->rc = g->f(g->dev, g->arg, &g->err);
	pthread_mutex_lock(&g->dev->lock);
	g->done = 1;
	pthread_cond_broadcast(&g->dev->quiet);
	pthread_mutex_unlock(&g->dev->lock);
	return NULL;
}

/* Wait for the thread or for the loss of the device.  Returns whether the thread is done. */
static int wait_guarded(struct guarded *g)
{
	struct vn_device *dev = g->dev;
	int done;

	pthread_mutex_lock(&dev->lock);
	while (!g->done && !dev->watch.lost)
		pthread_cond_wait(&dev->quiet, &dev->lock);
	done = g->done;
	pthread_mutex_unlock(&dev->lock);
	return done;
}

int vn_call_guarded(struct vn_device *dev, vn_guarded *f, const void *arg, size_t size,
                    vn_error *err)
{
	struct guarded *g;
	pthread_t thread;
	int rc;

	if (!dev->watch.on)
		return f(dev, arg, err);
	g = calloc(1, sizeof(*g) + size);
	if (!g)
		return vn_fail_nomem(err, sizeof(*g) + size, "a call");
	g->dev = dev;
	g->f = f;
	if (size)
		memcpy(g->arg, arg, size);
	if (vn_thread_create(&thread, run_guarded, g) != 0) {
		free(g);
		return vn_fail_nomem(err, sizeof(*g), "the thread of a call");
	}
	if (!wait_guarded(g)) { /* the thread may still use all of it */
		pthread_detach(thread);
		pthread_mutex_lock(&dev->lock);
		dev->watch.left = g;
		rc = vn_watch_lost(dev, err);
		pthread_mutex_unlock(&dev->lock);
		return rc;
	}
	pthread_join(thread, NULL);
	rc = g->rc;
	if (rc && err)
		*err = g->err;
	free(g);
	return rc;
}
