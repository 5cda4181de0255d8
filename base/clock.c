/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.c - monotonic time.
 */
#include "base/clock.h"

int64_t vn_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t vn_now_ms(void)
{
	return vn_now_ns() / 1000000;
}

struct timespec vn_after_ms(int ms)
{
	const int64_t ns = vn_now_ns() + (int64_t)ms * 1000000;

	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
	                         .tv_nsec = (long)(ns % 1000000000)};
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
