/* SPDX-License-Identifier: Apache-2.0
 *
 * bell.c - a condition, counted by those who may still ring it.
 */
#include "driver/bell.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

struct vn_bell {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	int rung, holders;
};

struct vn_bell *vn_bell_new(void)
{
	struct vn_bell *bell = calloc(1, sizeof(*bell));

	if (!bell)
		return NULL;
	if (pthread_mutex_init(&bell->lock, NULL))
		goto free_bell;
	if (vn_cond_init(&bell->wake))
		goto free_lock;
	bell->holders = 1;
	return bell;
free_lock:
	pthread_mutex_destroy(&bell->lock);
free_bell:
	free(bell);
	return NULL;
}

void vn_bell_hold(struct vn_bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	bell->holders++;
	pthread_mutex_unlock(&bell->lock);
}

static void let_go(struct vn_bell *bell, int ring)
{
	int left;

	pthread_mutex_lock(&bell->lock);
	bell->rung |= ring;
	left = --bell->holders;
	pthread_cond_signal(&bell->wake);
	pthread_mutex_unlock(&bell->lock);
	if (left)
		return;
	pthread_cond_destroy(&bell->wake);
	pthread_mutex_destroy(&bell->lock);
	free(bell);
}

void vn_bell_drop(struct vn_bell *bell)
{
	if (bell)
		let_go(bell, 0);
}

void vn_bell_ring(struct vn_bell *bell)
{
	let_go(bell, 1);
}

void vn_bell_sleep(struct vn_bell *bell, int ms)
{
	const struct timespec until = vn_after_ms(ms);
	int rc = 0;

	pthread_mutex_lock(&bell->lock);
	while (!bell->rung && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&bell->wake, &bell->lock, &until);
	bell->rung = 0;
	pthread_mutex_unlock(&bell->lock);
}
