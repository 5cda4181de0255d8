/* SPDX-License-Identifier: Apache-2.0
 *
 * device.h - inside the driver: devices, jobs, and what a device holds of a program.
 *
 * Reading order: device.c (open, load, close), job.c (submit, wait, the worker thread), load.c
 * (what goes onto the card), exec.c (one job), fault.c (status block to sentence).
 *
 * The worker thread alone talks to the back end while jobs are under way; vn_device_load does when
 * none is, holding the lock.  So the back end is never entered twice.
 */
#ifndef VN_DEVICE_H
#define VN_DEVICE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/backend.h"
#include "driver/pack.h"
#include "driver/vanillin.h"
#include "model/program.h"

/* A buffer that grows with the batches. */
struct vn_space {
	enum vn_buffer_kind kind;
	struct vn_buffer *buffer;
	uint64_t bytes;
};

/* Sums over starts, and the last prediction, since the same start often comes again. */
struct vn_count {
	vn_counters sum;
	const struct vn_entry *entry;
	uint32_t images;
	int taps;
	uint64_t predicted;
};

/* A program on the card. */
struct vn_loaded {
	const struct vn_program *prog; /* NULL: none */
	enum vn_weights mode;
	struct vn_packer *packer;
	int uses_scratch;             /* a run without taps moves maps through scratch */
	struct vn_buffer *program[2]; /* as compiled; with TAP_ON set */
	void *tapped;                 /* host copy of the latter */
	struct vn_buffer
	        *weights[2]; /* VN_RESIDENT: [0] is all.  VN_STREAM: stage s is in [s % 2] */
	struct vn_buffer *status;
	struct vn_count *counts; /* [1 + n_stages + 1]: whole network, stages, FC; under the lock */
	struct vn_space input, output, scratch;
	uint8_t *staging; /* host side of a transfer: records of a chunk, or of one image's taps */
	uint64_t staging_bytes;
};

struct vn_device {
	const struct vn_backend_ops *ops;
	struct vn_backend *be;
	char uri[VN_URI_MAX];
	int deadline_ms;      /* of one start; 0: none */
	uint64_t chunk_bytes; /* card memory that the records of one start may take */
	struct vn_loaded on;
	int broken; /* a start ran out of time: configure before the next */
	pthread_t worker;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;  /* the worker: a job, or the end */
	int closing;
	struct vn_job *first, *last; /* queue; the job under way is its first */
	int has_status;
	uint32_t status[VN_STATUS_WORDS]; /* of the last finished start */
};

struct vn_job {
	struct vn_job *next;
	size_t images;
	int taps; /* VN_TAPS was given */
	int classes, stages;
	size_t pixel_bytes; /* of an image */
	size_t tap_bytes;   /* of all stages of an image */
	size_t *tap_at;     /* [stages] where a stage begins in them; NULL without taps */
	uint8_t *pixels;    /* [images][pixel_bytes]; the worker frees it */
	int32_t *logits;    /* [images][classes] */
	int8_t *tensors;    /* [images][tap_bytes]; NULL without taps */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t finished;
	int done;
	vn_error error; /* code 0: success */
};

/* Open with a given back end, which vn_device_open finds by the scheme; tests bring their own. @uri
 * is used up. */
VN_MUST_CHECK int vn_device_open_with(const struct vn_backend_ops *ops, const char *text,
                                      struct vn_uri *uri, struct vn_device **dev, vn_error *err);

/* The worker thread of a device; returns when closing is set and the queue is empty. */
void *vn_device_work(void *dev);
/* A condition variable that waits on the monotonic clock.  0 or an errno. */
VN_MUST_CHECK int vn_cond_init(pthread_cond_t *cond);

/* Have the back end make or tell its compute unit and hold it against the program's.  VN_ECONFIG
 * names both. */
VN_MUST_CHECK int vn_device_configure(struct vn_device *dev, const struct vn_program *prog,
                                      vn_error *err);
/* Put @prog on the card; on failure nothing is there.  Whatever was there must be off. */
VN_MUST_CHECK int vn_loaded_put(struct vn_device *dev, const struct vn_program *prog,
                                enum vn_weights mode, vn_error *err);
void vn_loaded_free(struct vn_device *dev);
/* Give @space room for @bytes, losing what is in it. */
VN_MUST_CHECK int vn_space_grow(struct vn_device *dev, struct vn_space *space, uint64_t bytes,
                                vn_error *err);
void vn_space_drop(struct vn_device *dev, struct vn_space *space);
VN_MUST_CHECK int vn_staging_grow(struct vn_loaded *on, uint64_t bytes, vn_error *err);

/* Compute a job, chunk by chunk.  Errors as vn_wait's, less VN_ETIMEOUT. */
VN_MUST_CHECK int vn_exec(struct vn_device *dev, struct vn_job *job, vn_error *err);

/* Add the counters of a start of @entry that ended without error; @taps: with taps on. */
void vn_count_start(struct vn_count *count, const struct vn_program *prog,
                    const struct vn_entry *entry, int taps, const uint32_t status[VN_STATUS_WORDS]);

/* What a status block says: 0, VN_EDEVICE naming descriptor and field, VN_ECONFIG, or VN_ERUNTIME
 * for a block that was not written or does not fit the start. */
VN_MUST_CHECK int vn_status_check(const char *uri, const struct vn_program *prog,
                                  const uint32_t status[VN_STATUS_WORDS], uint32_t images,
                                  vn_error *err);

#endif /* VN_DEVICE_H */
