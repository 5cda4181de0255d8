/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.c - the pipeline of a compute unit: while one piece computes, the piece before it is
 * fetched and the piece after it is sent.
 */
#include "driver/device.h"
#include "base/error.h"

/* The piece of @slot is over.  On failure a write may still be reading the staging memory; freeing
 * its buffer ends that. */
static void end_piece(struct vn_unit *unit, struct vn_slot *slot, int rc, const vn_error *err)
{
	if (rc)
		vn_space_drop(unit, &slot->input);
	slot->state = VN_SLOT_EMPTY;
	vn_job_give(unit, slot, rc ? err : NULL);
}

static void fetch(struct vn_unit *unit, struct vn_slot *slot)
{
	vn_error err = {0};
	int rc = vn_piece_fetch(unit, slot, &err);

	end_piece(unit, slot, rc, &err);
}

static void send(struct vn_unit *unit, struct vn_slot *slot)
{
	vn_error err = {0};
	int rc = vn_piece_send(unit, slot, &err);

	if (rc)
		end_piece(unit, slot, rc, &err);
	else
		slot->state = VN_SLOT_READY;
}

void vn_unit_serve(struct vn_unit *unit, struct vn_slot *slot)
{
	if (slot->state == VN_SLOT_DONE)
		fetch(unit, slot);
	if (slot->state == VN_SLOT_EMPTY && vn_job_take(unit, slot, 0))
		send(unit, slot);
}

static void compute(struct vn_unit *unit, struct vn_slot *slot, struct vn_slot *other)
{
	vn_error err = {0};
	int rc = vn_piece_compute(unit, slot, other, &err);

	if (rc)
		end_piece(unit, slot, rc, &err);
	else
		slot->state = VN_SLOT_DONE;
}

void *vn_unit_work(void *arg)
{
	struct vn_unit *unit = arg;
	struct vn_device *dev = unit->dev;
	struct vn_slot *slot = &unit->slots[0], *other = &unit->slots[1];

	while (vn_job_take(unit, slot, 1)) {
		send(unit, slot);
		while (slot->state == VN_SLOT_READY) {
			struct vn_slot *computed = slot;

			compute(unit, slot, other);
			slot = other;
			other = computed;
		}
		/* The last piece, or, where the last did not even start, the one before it. */
		for (int i = 0; i < 2; i++)
			if (unit->slots[i].state == VN_SLOT_DONE)
				fetch(unit, &unit->slots[i]);
	}
	pthread_mutex_lock(&dev->lock);
	unit->working = 0;
	pthread_cond_broadcast(&dev->quiet);
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

/* ---- all workers of a device ---- */

int vn_workers_start(struct vn_device *dev, vn_error *err)
{
	dev->hungry = dev->on.n_units; /* no unit takes ahead before each has had its first piece */
	for (int i = 0; i < dev->on.n_units; i++)
		dev->on.units[i].hungry = 1;
	for (int i = 0; i < dev->on.n_units; i++) {
		struct vn_unit *unit = &dev->on.units[i];

		unit->working = 1;
		unit->threaded = vn_thread_create(&unit->worker, vn_unit_work, unit) == 0;
		if (unit->threaded)
			continue;
		unit->working = 0;
		(void)vn_workers_stop(dev);
		return vn_fail(err, VN_ENOMEM, "free memory, or open fewer devices",
		               "%s: no memory for the thread of a compute unit", dev->uri);
	}
	return 0;
}

static int any_works(const struct vn_device *dev)
{
	for (int i = 0; i < dev->on.n_units; i++)
		if (dev->on.units[i].working && !dev->on.units[i].call.abandoned)
			return 1;
	return 0;
}

int vn_workers_stop(struct vn_device *dev)
{
	int lost;

	pthread_mutex_lock(&dev->lock);
	dev->closing = 1;
	pthread_cond_broadcast(&dev->wake);
	while (any_works(dev))
		pthread_cond_wait(&dev->quiet, &dev->lock);
	dev->closing = 0;
	lost = vn_watch_lost(dev, NULL);
	pthread_mutex_unlock(&dev->lock);
	for (int i = 0; i < dev->on.n_units; i++) {
		struct vn_unit *unit = &dev->on.units[i];

		if (unit->threaded && unit->call.abandoned)
			pthread_detach(unit->worker);
		else if (unit->threaded)
			pthread_join(unit->worker, NULL);
		unit->threaded = 0;
	}
	return lost;
}
