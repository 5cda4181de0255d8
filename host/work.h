/* SPDX-License-Identifier: Apache-2.0
 *
 * work.h - going through a set of images with several devices, one thread each; and small things
 * commands share.
 */
#ifndef VH_WORK_H
#define VH_WORK_H

#include <stddef.h>

#include "include/vanillin.h"
#include "host/cli.h"
#include "host/data.h"

enum { VH_STOPPED = 1 }; /* beside VN_E* codes: interrupted */

struct vh_work {
	const char *what; /* for the progress bar */
	size_t items, batch;
	int threads;
	void *ctx;
	/* In each thread: open, step for batch after batch until none is left, close.  open and
	 * step return 0, a VN_E* code with @err filled, or VH_STOPPED; whatever is not 0 stops all
	 * threads. */
	int (*open)(void *ctx, void **state, vn_error *err);
	int (*step)(void *ctx, void *state, size_t first, size_t count, vn_error *err);
	void (*close)(void *state); /* also after a failed open; NULL allowed */
};

/* Blocks until done.  Returns 0, the first failure's code with @err filled, or VH_STOPPED.
 * @seconds: from the first step to the last thread's end. */
int vh_work_run(const struct vh_work *work, double *seconds, vn_error *err);

/* Wait for a batch.  0, VN_E*, or VH_STOPPED. */
int vh_wait(vn_job *job, vn_error *err);
/* Submit a batch and wait.  0, VN_E*, or VH_STOPPED; @job is NULL unless 0. */
int vh_batch(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
             vn_error *err);

/* Whether a URI names a card (or cards): it can be opened once in a process. */
int vh_is_card(const char *uri);

/* Device threads: one for a card; else as asked, else one for each processor if the device is
 * software, else one. */
int vh_threads(const struct vh_common *common, const char *uri);
/* Batches to have under way on a loaded device: as many as --threads says, else as keep all its
 * compute units and the transfers beside them busy. */
int vh_feeders(const struct vh_common *common, vn_device *dev);
/* Images of a batch: whole groups, enough to keep a device busy without making an interrupt wait.
 */
size_t vh_batch_size(const vn_program_info *info, size_t images, int threads);
struct vh_shape vh_shape_of(const vn_program_info *info);
/* The label, or the class's number in @text. */
const char *vh_class_name(const vn_program *prog, int cls, char text[16]);
/* [images] pixels of a batch; VN_ENOMEM. */
VN_MUST_CHECK int vh_alloc_pixels(const struct vh_shape *shape, size_t images, uint8_t **pixels,
                                  vn_error *err);
/* VH_OK, or what a failed command exits with, having said why. */
int vh_exit_code(int rc, const vn_error *err);

#endif /* VH_WORK_H */
