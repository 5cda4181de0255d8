/* SPDX-License-Identifier: Apache-2.0
 *
 * unit.c - what a back end is asked about one compute unit: each call with its deadline, its event
 * on the time line, and, for starts, the recovery of a device that hung.
 */
#include <stdio.h>

#include "driver/device.h"
#include "base/error.h"

enum { POLL_MS = 5 }; /* how long new work may go unseen while a unit computes */

/* ---- buffers ---- */

int vn_unit_alloc(struct vn_unit *unit, enum vn_buffer_kind kind, uint64_t bytes,
                  struct vn_buffer **buffer, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	int rc;

	vn_call_enter(dev, &unit->call, "allocating a buffer", 0);
	rc = dev->ops->alloc(dev->be, unit->index, kind, bytes, buffer, err);
	vn_call_leave(dev, &unit->call);
	return rc;
}

void vn_unit_free(struct vn_unit *unit, struct vn_buffer *buffer)
{
	struct vn_device *dev = unit->dev;

	if (!buffer)
		return;
	vn_call_enter(dev, &unit->call, "freeing a buffer", 0);
	dev->ops->free(dev->be, buffer);
	vn_call_leave(dev, &unit->call);
}

int vn_unit_write(struct vn_unit *unit, const char *what, struct vn_buffer *buffer, uint64_t offset,
                  const void *data, uint64_t bytes, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	const int64_t begin = vn_now_ns();
	int rc;

	vn_call_enter(dev, &unit->call, "a transfer to the card", 0);
	rc = dev->ops->write(dev->be, buffer, offset, data, bytes, err);
	vn_call_leave(dev, &unit->call);
	vn_timeline_add(dev->timeline, unit->index, what, begin, bytes, 0);
	return rc;
}

int vn_unit_read(struct vn_unit *unit, struct vn_buffer *buffer, uint64_t offset, void *data,
                 uint64_t bytes, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	const int64_t begin = vn_now_ns();
	int rc;

	vn_call_enter(dev, &unit->call, "a transfer from the card", 0);
	rc = dev->ops->read(dev->be, buffer, offset, data, bytes, err);
	vn_call_leave(dev, &unit->call);
	vn_timeline_add(dev->timeline, unit->index, "read", begin, bytes, 0);
	return rc;
}

/* ---- starts ---- */

/* Lock held, no start under way. */
static int recover(struct vn_unit *unit, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	int units, rc;

	dev->recovering = 1;
	pthread_mutex_unlock(&dev->lock);
	vn_call_enter(dev, &unit->call, "setting up the card anew", 0);
	rc = vn_device_configure(dev, dev->on.prog, &units, err);
	vn_call_leave(dev, &unit->call);
	pthread_mutex_lock(&dev->lock);
	dev->recovering = 0;
	dev->broken = rc != 0;
	if (!rc)
		dev->hung = 0;
	pthread_cond_broadcast(&dev->quiet);
	return rc;
}

/* Count a start in, when the device is fit for one. */
static int begin_start(struct vn_unit *unit, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	int rc;

	pthread_mutex_lock(&dev->lock);
	while (!dev->watch.lost && (dev->recovering || (dev->broken && dev->running > 0)))
		pthread_cond_wait(&dev->quiet, &dev->lock);
	rc = vn_watch_lost(dev, err);
	if (!rc && dev->broken)
		rc = recover(unit, err);
	if (!rc)
		dev->running++;
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

/* @rc: what the wait for it said. */
static void end_start(struct vn_device *dev, int rc)
{
	pthread_mutex_lock(&dev->lock);
	dev->running--;
	if (rc)
		dev->broken = 1;
	if (rc == VN_ETIMEOUT)
		dev->hung = 1;
	pthread_cond_broadcast(&dev->quiet);
	pthread_mutex_unlock(&dev->lock);
}

int vn_unit_start(struct vn_unit *unit, const struct vn_start *start, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	const int64_t begin = vn_now_ns();
	int rc = begin_start(unit, err);

	if (rc)
		return rc;
	vn_call_enter(dev, &unit->call, "starting a compute unit", 0);
	rc = dev->ops->start(dev->be, unit->index, start, err);
	vn_call_leave(dev, &unit->call);
	vn_timeline_add(dev->timeline, unit->index, "start", begin, 0, start->images);
	unit->started_ns = vn_now_ns();
	if (rc)
		end_start(dev, 0);
	return rc;
}

/* One wait of the back end; @ms as there. */
static int wait_once(struct vn_unit *unit, int ms, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	int rc;

	vn_call_enter(dev, &unit->call, "waiting for a compute unit", ms < 0 ? 0 : ms);
	rc = dev->ops->wait(dev->be, unit->index, ms, err);
	vn_call_leave(dev, &unit->call);
	return rc;
}

/* What is left of the deadline that began at @begin, not below 0; -1: no deadline. */
static int time_left(const struct vn_device *dev, int64_t begin)
{
	const int64_t left = dev->deadline_ms - (vn_now_ms() - begin);

	if (dev->deadline_ms == 0)
		return -1;
	return left < 0 ? 0 : (int)left;
}

int vn_unit_wait(struct vn_unit *unit, struct vn_slot *other, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	const int64_t begin = vn_now_ms();
	vn_error why = {0};
	int ms, rc;

	do { /* the last wait, when no time is left, only looks, and tells all it knows */
		if (other)
			vn_unit_serve(unit, other);
		ms = time_left(dev, begin);
		if (other && other->state == VN_SLOT_EMPTY && (ms < 0 || ms > POLL_MS))
			rc = wait_once(unit, POLL_MS, &why);
		else
			rc = wait_once(unit, ms, &why);
	} while (rc == VN_ETIMEOUT && ms != 0);
	end_start(dev, rc);
	vn_timeline_add(dev->timeline, unit->index, "compute", unit->started_ns, 0, 0);
	if (rc == VN_ETIMEOUT)
		return vn_fail(err, VN_ERUNTIME,
		               why.hint[0] ? why.hint
		                           : "timeout_ms of the device's URI sets the limit",
		               "%s: a start was not done after %d ms: %.300s", dev->uri,
		               dev->deadline_ms, why.message);
	if (rc && err)
		*err = why;
	return rc;
}
