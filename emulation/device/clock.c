/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.c - card time.
 */
#include "emulation/device/clock.h"

#include <pthread.h>
#include <stdlib.h>

struct vd_clock {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint64_t now;
	uint64_t time[VD_UNITS_MAX]; /* of each unit: of its next cycle, or after its last */
	int busy[VD_UNITS_MAX];
	int stopped;
};

struct vd_clock *vd_clock_new(void)
{
	struct vd_clock *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->moved, NULL);
	return c;
}

void vd_clock_free(struct vd_clock *c)
{
	if (!c)
		return;
	pthread_cond_destroy(&c->moved);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* The time of the slowest busy unit; while none is busy, the latest time there was. */
static uint64_t common_time(const struct vd_clock *c)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (int i = 0; i < VD_UNITS_MAX; i++) {
		if (c->busy[i] && c->time[i] < least)
			least = c->time[i];
		if (c->time[i] > most)
			most = c->time[i];
	}
	return least == UINT64_MAX ? most : least;
}

static void moved(struct vd_clock *c)
{
	const uint64_t time = common_time(c);

	if (time > c->now)
		c->now = time;
	pthread_cond_broadcast(&c->moved);
}

uint64_t vd_clock_now(struct vd_clock *c)
{
	uint64_t now;

	pthread_mutex_lock(&c->lock);
	now = c->now;
	pthread_mutex_unlock(&c->lock);
	return now;
}

void vd_clock_start(struct vd_clock *c, int unit)
{
	pthread_mutex_lock(&c->lock);
	/* A unit that was ahead when it finished cannot begin before that. */
	if (c->time[unit] < c->now)
		c->time[unit] = c->now;
	c->busy[unit] = 1;
	pthread_mutex_unlock(&c->lock);
}

int vd_clock_wait(struct vd_clock *c, int unit)
{
	int go_on;

	pthread_mutex_lock(&c->lock);
	while (!c->stopped && c->time[unit] + VD_SLICE > common_time(c) + VD_AHEAD)
		pthread_cond_wait(&c->moved, &c->lock);
	go_on = !c->stopped;
	pthread_mutex_unlock(&c->lock);
	return go_on;
}

void vd_clock_advance(struct vd_clock *c, int unit, uint64_t cycles)
{
	pthread_mutex_lock(&c->lock);
	c->time[unit] += cycles;
	moved(c);
	pthread_mutex_unlock(&c->lock);
}

void vd_clock_finish(struct vd_clock *c, int unit)
{
	pthread_mutex_lock(&c->lock);
	c->busy[unit] = 0;
	moved(c);
	pthread_mutex_unlock(&c->lock);
}

void vd_clock_stop(struct vd_clock *c)
{
	pthread_mutex_lock(&c->lock);
	c->stopped = 1;
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->lock);
}
