/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - see process.h.
 */
#include "base/process.h"

#include <pthread.h>

static pthread_mutex_t lock;
static unsigned number = 1; /* written only in a child that has one thread yet */

static void make_lock(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

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
	make_lock(); /* the thread that holds it has another number here, so it cannot unlock */
}

static void begin(void)
{
	make_lock();
	(void)pthread_atfork(before_fork, in_parent, in_child);
}

static void once(void)
{
	static pthread_once_t begun = PTHREAD_ONCE_INIT;

	pthread_once(&begun, begin);
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
