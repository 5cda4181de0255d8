/* SPDX-License-Identifier: Apache-2.0
 *
 * work.h - going through a set of images with several devices, one thread each.
 */
#ifndef VH_WORK_H
#define VH_WORK_H

#include <stddef.h>

#include "include/vanillin.h"

struct vh_work {
	const char *what; /* for the progress bar */
	size_t items, batch;
	int threads;
	void *ctx;
	/* In each thread: open, step for batch after batch until none is left; and once all threads
	 * have ended, close, since their devices may share a file.  They return 0, a VN_E* code
	 * with @err filled, or VH_STOPPED; whatever is not 0 stops all threads. */
	int (*open)(void *ctx, void **state, vn_error *err);
	int (*step)(void *ctx, void *state, size_t first, size_t count, vn_error *err);
	int (*close)(void *state, vn_error *err); /* also after a failed open; NULL allowed */
};

/* Blocks until done.  Returns 0, the first failure's code with @err filled, or VH_STOPPED.
 * @seconds: from the first step to the last thread's end. */
int vh_work_run(const struct vh_work *work, double *seconds, vn_error *err);

#endif /* VH_WORK_H */
