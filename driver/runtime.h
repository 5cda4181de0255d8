/* SPDX-License-Identifier: Apache-2.0
 *
 * runtime.h - inside the driver: what a runtime does with cards, their compute units, buffers and
 * starts.
 *
 * XRT's native API and OpenCL are such runtimes; what to do with a card, by whichever, is in
 * backend_cards.c.  Any call may block for as long as XRT does, which has no deadlines of its own,
 * unless it says otherwise.  Errors are sentences that begin with the card, "xrt:0: "; XRT prints
 * more on stderr, or where its xrt.ini says.
 */
#ifndef VN_RUNTIME_H
#define VN_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "driver/backend.h"
#include "include/vanillin.h"
#include "driver/xclbin.h"

/* An open compute unit: each runtime defines its own, as it does struct vn_buffer. */
struct vn_cu;

struct vn_card {
	int number;         /* as XRT counts */
	char platform[256]; /* name of its shell: "xilinx_u50_gen3x16_xdma_5_202210_1" */
	char bdf[32];       /* its place on the bus: "0000:3b:00.1"; OpenCL tells */
	/* The runtime's handles, NULL: not open, nothing loaded; XRT has but the first. */
	void *device, *context, *program;
	struct vn_xclbin xclbin; /* what is, or is to be, loaded */
	int is_loaded;
};

/* What a runtime knows of a start. */
enum vn_run { VN_RUN_UNDER_WAY, VN_RUN_DONE, VN_RUN_FAILED };

struct vn_runtime {
	const char *scheme;
	const char *failed; /* "XRT ended the run in state": the name of VN_RUN_FAILED follows */

	/* Before the environment is looked at; may be NULL.  VN_ENODEV. */
	int (*load)(vn_error *err);
	/* Open cards by their numbers, after vn_xrt_env_check.  VN_ENODEV: no such card, or no such
	 * runtime; VN_ERUNTIME.  All are to be closed, after a failure too. */
	int (*open_cards)(struct vn_card *cards, int n, vn_error *err);
	/* One that is not open: allowed.  Its units are closed already.  Not after a start that
	 * never ended: XRT would end the process. */
	void (*close_card)(struct vn_card *card);
	/* Load card->xclbin, in place of another; units of that are closed already.  VN_EIO,
	 * VN_ENOMEM, VN_ERUNTIME. */
	int (*load_xclbin)(struct vn_card *card, vn_error *err);
	/* The kernels' clock in MHz as the card has it; 0: not told. */
	double (*clock_mhz)(const struct vn_card *card);
	int clock_is_most; /* it is the fastest of the card, whatever that is for */

	/* Open compute unit @name ("vn_cu_1") of the loaded file.  VN_ERUNTIME, VN_ENOMEM. */
	int (*open_unit)(const struct vn_card *card, const char *name, struct vn_cu **unit,
	                 vn_error *err);
	/* NULL allowed; its buffers are gone already, its start has ended. */
	void (*close_unit)(struct vn_cu *unit);

	/* As struct vn_backend_ops has them; the bank is that of the unit's argument for @kind.
	 * While a start is under way that may use it, the card keeps what is freed. */
	int (*alloc)(struct vn_cu *unit, enum vn_buffer_kind kind, uint64_t bytes,
	             struct vn_buffer **buffer, vn_error *err);
	void (*free)(struct vn_buffer *buffer);
	int (*write)(struct vn_buffer *buffer, uint64_t offset, const void *data, uint64_t bytes,
	             vn_error *err);
	int (*read)(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
	            vn_error *err);

	/* Does not wait.  VN_ERUNTIME. */
	int (*start)(struct vn_cu *unit, const struct vn_start *start, vn_error *err);
	/* Of the last start; does not block.  *@name is the runtime's word for it, "RUNNING". */
	enum vn_run (*state)(struct vn_cu *unit, const char **name);
	/* Whether a start is under way, as far as was seen by state. */
	int (*is_busy)(const struct vn_cu *unit);
	/* Between two looks at a start of @since_us ago: sleep, at most @left_us (more than 0). */
	void (*rest)(struct vn_cu *unit, int64_t since_us, int64_t left_us);
	/* After VN_RUN_DONE: see to it that reads of the status block give it; may be NULL. */
	int (*finish)(struct vn_cu *unit, vn_error *err);

	/* Of a start that is not done and in @state: how far it got.  @is_last: nobody looks at it
	 * again. */
	void (*tell_hang)(struct vn_cu *unit, const char *state, int is_last, char *text,
	                  size_t size);
	/* How a person gets on after a hang. */
	void (*reset_hint)(const struct vn_card *card, char *hint, size_t size);
};

extern const struct vn_runtime VN_RUNTIME_XRT, VN_RUNTIME_OCL;

#endif /* VN_RUNTIME_H */
