/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - see process.h.
 */
#include "base/process.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned number = 1; /* written only in a child that has one thread yet */

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
	number++;
	pthread_mutex_unlock(&lock);
}

/* A process without the handlers has noted no number and holds no lock. */
static void watch_forks(void)
{
	(void)pthread_atfork(before_fork, in_parent, in_child);
}

static void once(void)
{
	static pthread_once_t begun = PTHREAD_ONCE_INIT;

	pthread_once(&begun, watch_forks);
}

unsigned vn_process(void)
{
	once();
	return number;
}

void vn_process_lock(void)
{
	once();
	pthread_mutex_lock(&lock);
}

void vn_process_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
