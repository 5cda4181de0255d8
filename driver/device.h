/* SPDX-License-Identifier: Apache-2.0
 *
 * device.h - inside the driver: devices, their compute units, jobs, and what a unit holds of a
 * program.
 *
 * Reading order: device.c (open, load, close), job.c (submit, wait, cutting jobs into pieces),
 * load.c (what goes onto the card), exec.c (one piece on one unit), worker.c (the pipeline of a
 * unit), call.c (deadlines of back-end calls), fault.c (status block to sentence), selftest.c,
 * timeline.c.
 *
 * Each compute unit has a worker thread, the only one that calls the back end about that unit
 * while a program is loaded.  It takes pieces of jobs from the queue and keeps two under way: while
 * one computes, the records of the other are packed and sent, or fetched and unpacked.
 */
#ifndef VN_DEVICE_H
#define VN_DEVICE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/backend.h"
#include "driver/call.h"
#include "driver/pack.h"
#include "driver/timeline.h"
#include "include/vanillin.h"
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

/* Images of a job that one start computes (or, with streamed weights, one start a stage). */
struct vn_piece {
	struct vn_job *job;           /* NULL: none */
	const struct vn_entry *entry; /* NULL: the stage entries, one after another */
	size_t first, images;         /* of the job */
};

enum vn_slot_state {
	VN_SLOT_EMPTY,
	VN_SLOT_READY, /* records sent; it can start */
	VN_SLOT_DONE,  /* computed; records not yet fetched */
};

/* The records of a piece, on the card and on the host. */
struct vn_slot {
	enum vn_slot_state state;
	struct vn_piece piece; /* written under the device's lock */
	struct vn_space input, output, scratch;
	struct vn_buffer *status[2]; /* of a start; [1] of every second stage, VN_STREAM */
	uint8_t *staging;            /* host side of a transfer */
	uint64_t staging_bytes;
};

/* A compute unit, and what it holds of the program. */
struct vn_unit {
	struct vn_device *dev;
	int index;
	pthread_t worker;
	int threaded;                 /* there is a worker to join */
	int working;                  /* it has not ended; under the lock */
	int hungry;                   /* it has no piece and waits for one; under the lock */
	struct vn_call call;          /* of the worker */
	int64_t started_ns;           /* the start under way */
	struct vn_packer *packer;     /* one thread's */
	struct vn_buffer *program[2]; /* as compiled; with TAP_ON set */
	/* VN_RESIDENT: of the single and of the group entry, often the same.  VN_STREAM: the stage
	 * whose turn is t finds its weights in [t % 2]. */
	struct vn_buffer *weights[2];
	unsigned turn;
	int ahead; /* VN_STREAM: the weights of the first stage are already there */
	struct vn_slot slots[2];
};

/* A program on the card. */
struct vn_loaded {
	const struct vn_program *prog; /* NULL: none; held */
	enum vn_weights mode;
	int uses_scratch;        /* a run without taps moves maps through scratch */
	void *tapped;            /* host copy of the descriptors with TAP_ON set */
	struct vn_count *counts; /* [1 + n_stages + 1]: whole network, stages, FC; under the lock */
	int n_units;
	struct vn_unit *units; /* [n_units] */
};

struct vn_device {
	const struct vn_backend_ops *ops;
	struct vn_backend *be;
	unsigned process; /* that it was opened in (base/process.h) */
	char uri[VN_URI_MAX];
	struct vn_uri parts;          /* of it, what the back end takes */
	int deadline_ms;              /* of one start; 0: none */
	uint64_t chunk_bytes;         /* card memory that the records of one start may take */
	int self_test;                /* compute units are proven before their first use */
	uint32_t proven;              /* hash of the configuration of those that are; 0: none */
	struct vn_timeline *timeline; /* NULL: none */
	struct vn_loaded on;
	const struct vn_program *coming; /* of vn_device_load; held */
	struct vn_watch watch;

	pthread_mutex_t lock; /* of all below, and of watch */
	pthread_cond_t wake;  /* the workers: a piece, or the end */
	pthread_cond_t quiet; /* a worker has ended, a start has, or a load */
	int closing, loading; /* closing: workers end once the queue is empty */
	int finished;         /* by vn_device_finish: no more jobs, no more programs */
	int hungry;           /* so many units are: what is queued is theirs */
	int running;          /* starts under way */
	int broken;           /* one failed: configure before the next */
	int hung;             /* one ran out of time, and nothing has ended it since */
	int recovering;       /* ... which somebody is doing */
	struct vn_job *first; /* jobs not done, oldest first */
	int has_status;
	uint32_t status[VN_STATUS_WORDS]; /* of the last finished start */
};

struct vn_job {
	struct vn_job *next;
	struct vn_device *dev; /* as long as it is not done */
	unsigned process;      /* that it was made in (base/process.h) */
	size_t images;
	size_t handed; /* images in pieces that workers have taken; under the device's lock */
	int pieces;    /* taken and not given back; likewise */
	int taps;      /* VN_TAPS was given */
	int classes, stages;
	size_t pixel_bytes; /* of an image */
	size_t tap_bytes;   /* of all stages of an image */
	size_t *tap_at;     /* [stages] where a stage begins in them; NULL without taps */
	uint8_t *pixels;    /* [images][pixel_bytes]; freed when done */
	int32_t *logits;    /* [images][classes] */
	int8_t *tensors;    /* [images][tap_bytes]; NULL without taps */
	vn_error error;     /* of the first piece that failed; code 0: success */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t finished;
	int done;
};

/* ---- device.c ---- */

/* Open with a given back end, which vn_device_open finds by the scheme; tests bring their own. */
VN_MUST_CHECK int vn_device_open_with(const struct vn_backend_ops *ops, const char *text,
                                      struct vn_device **dev, vn_error *err);

/* What every call on a device looks at before it takes a lock: VN_EARG if it was opened before the
 * fork that made this process. */
VN_MUST_CHECK int vn_device_check(const struct vn_device *dev, vn_error *err);

/* ---- job.c ---- */

/* A job of @images images of @prog, in no queue.  NULL without memory. */
struct vn_job *vn_job_make(const struct vn_program *prog, const uint8_t *pixels, size_t images,
                           unsigned flags);
/* Free a job that is in no queue. */
void vn_job_drop(struct vn_job *job);
/* Give @slot a piece of the oldest job that has images left.  @wait: until there is one, or the
 * device closes; else only if no other unit waits for it.  Returns whether there is. */
int vn_job_take(struct vn_unit *unit, struct vn_slot *slot, int wait);
/* The piece of @slot is over, with @err or (NULL) well.  A job whose last piece this is is done. */
void vn_job_give(struct vn_unit *unit, struct vn_slot *slot, const vn_error *err);
/* Lock held: end what a lost device had under way: the pieces of abandoned calls, and all that no
 * worker has. */
void vn_jobs_lose(struct vn_device *dev, const vn_error *err);

/* ---- unit.c: the back end's calls about a unit, with deadline and time line ---- */

VN_MUST_CHECK int vn_unit_alloc(struct vn_unit *unit, enum vn_buffer_kind kind, uint64_t bytes,
                                struct vn_buffer **buffer, vn_error *err);
void vn_unit_free(struct vn_unit *unit, struct vn_buffer *buffer);
/* @what: of the time line, "write", "weights". */
VN_MUST_CHECK int vn_unit_write(struct vn_unit *unit, const char *what, struct vn_buffer *buffer,
                                uint64_t offset, const void *data, uint64_t bytes, vn_error *err);
VN_MUST_CHECK int vn_unit_read(struct vn_unit *unit, struct vn_buffer *buffer, uint64_t offset,
                               void *data, uint64_t bytes, vn_error *err);
/* Start once no recovery is needed or under way; configures a device with a hung unit first. */
VN_MUST_CHECK int vn_unit_start(struct vn_unit *unit, const struct vn_start *start, vn_error *err);
/* Wait for it; while waiting serve the @other slot, if not NULL.  VN_ERUNTIME past the deadline:
 * the device is broken then. */
VN_MUST_CHECK int vn_unit_wait(struct vn_unit *unit, struct vn_slot *other, vn_error *err);

/* ---- load.c ---- */

/* Put @prog on every compute unit; on failure nothing is there.  Whatever was there must be off. */
VN_MUST_CHECK int vn_loaded_put(struct vn_device *dev, const struct vn_program *prog,
                                enum vn_weights mode, vn_error *err);
void vn_loaded_free(struct vn_device *dev);
/* Have the back end make or tell its compute units and hold them against the program's
 * configuration.  VN_ECONFIG names both. */
VN_MUST_CHECK int vn_device_configure(struct vn_device *dev, const struct vn_program *prog,
                                      int *units, vn_error *err);
/* Give @space room for @bytes, losing what is in it. */
VN_MUST_CHECK int vn_space_grow(struct vn_unit *unit, struct vn_space *space, uint64_t bytes,
                                vn_error *err);
void vn_space_drop(struct vn_unit *unit, struct vn_space *space);
VN_MUST_CHECK int vn_staging_grow(struct vn_slot *slot, uint64_t bytes, vn_error *err);

/* ---- exec.c ---- */

/* Bytes that a record of each kind takes. */
struct vn_records {
	uint64_t input, output, scratch;
};
struct vn_records vn_records_of(const struct vn_loaded *on, int taps);

/* Pack the records of the slot's piece and send them.  Errors as vn_wait's, less VN_ETIMEOUT; so
 * for the next two. */
VN_MUST_CHECK int vn_piece_send(struct vn_unit *unit, struct vn_slot *slot, vn_error *err);
/* Start @slot's piece, wait until it is done; in between serve the @other slot, if not NULL. */
VN_MUST_CHECK int vn_piece_compute(struct vn_unit *unit, struct vn_slot *slot,
                                   struct vn_slot *other, vn_error *err);
/* Look at the status of a start that is over, and fetch its results into the job. */
VN_MUST_CHECK int vn_piece_fetch(struct vn_unit *unit, struct vn_slot *slot, vn_error *err);

/* ---- worker.c ---- */

/* The worker thread of a unit; ends when the device closes and the queue is empty, or is lost. */
void *vn_unit_work(void *unit);
/* Bring the other slot forward by what can be done without waiting: fetch, or take and send. */
void vn_unit_serve(struct vn_unit *unit, struct vn_slot *slot);
VN_MUST_CHECK int vn_workers_start(struct vn_device *dev, vn_error *err);
/* Let the workers finish the queue and end; 0, or VN_ERUNTIME if the device is lost. */
int vn_workers_stop(struct vn_device *dev);

/* ---- the rest ---- */

/* Run a small network on every compute unit and compare with the fixed reference; once for a
 * configuration.  The device holds no program before and after.
 * Errors: of a load and of a job; VN_EMISMATCH names the unit. */
VN_MUST_CHECK int vn_self_test(struct vn_device *dev, const uint32_t config[VN_CONFIG_WORDS],
                               vn_error *err);

/* A thread that takes no signals: these are for the program's own threads.  0 or an errno. */
VN_MUST_CHECK int vn_thread_create(pthread_t *thread, void *(*f)(void *), void *arg);

/* Add the counters of a start of @entry that ended without error; @taps: with taps on. */
void vn_count_start(struct vn_count *count, const struct vn_program *prog,
                    const struct vn_entry *entry, int taps, const uint32_t status[VN_STATUS_WORDS]);

/* What a status block says: 0, VN_EDEVICE naming descriptor and field, VN_ECONFIG, or VN_ERUNTIME
 * for a block that was not written or does not fit the start. */
VN_MUST_CHECK int vn_status_check(const char *uri, const struct vn_program *prog,
                                  const uint32_t status[VN_STATUS_WORDS], uint32_t images,
                                  vn_error *err);

#endif /* VN_DEVICE_H */
