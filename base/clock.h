/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - inside the driver: monotonic time, and conditions that wait on it.
 */
#ifndef VN_CLOCK_H
#define VN_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "include/vanillin.h"

int64_t vn_now_ns(void);
int64_t vn_now_ms(void);
/* @ms from now, for pthread_cond_timedwait. */
struct timespec vn_after_ms(int ms);

/* A condition variable that waits on this clock.  0 or an errno. */
VN_MUST_CHECK int vn_cond_init(pthread_cond_t *cond);

#endif /* VN_CLOCK_H */
