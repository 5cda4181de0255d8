/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_unit.c - compute units by OpenCL, their buffers and starts.
 *
 * Each compute unit has a kernel object "vn_cu:{vn_cu_1}", which ties buffers
 * to the banks of that unit, and an out-of-order queue.  What must come in order is chained by
 * events: a start waits for the writes of its buffers, a write for the write before it.
 *
 * What one would not expect of XRT's OpenCL:
 *   - clFlush, and releasing a queue with events under way, wait until they are done; an enqueue
 *     submits by itself, so neither is needed;
 *   - the first start with a buffer copies all of it to the card, unless it counts as resident,
 *     which a migration with undefined content makes it;
 *   - a failed event tells so by its status alone: blocking calls succeed, callbacks do not come;
 *   - after one failed transfer every later enqueue of the process fails.
 */
#include "driver/ocl_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "driver/bell.h"
#include "driver/ocl_api.h"

struct vn_cu {
	const struct vn_card *card;
	char name[64];
	cl_kernel kernel;
	cl_command_queue queue;
	struct vn_bell *bell;                           /* rung when a start ends */
	cl_event start;                                 /* the last; NULL: known to have ended */
	const struct vn_buffer *named[VN_BUFFER_KINDS]; /* by it */
};

struct vn_buffer {
	struct vn_cu *unit;
	enum vn_buffer_kind kind;
	cl_mem mem;
	cl_event written; /* the last write; NULL: none that a start or read has not waited for */
};

/* ---- compute units ---- */

static cl_int open_unit(struct vn_cu *unit)
{
	const struct vn_card *card = unit->card;
	char kernel[96];
	cl_int code;

	snprintf(kernel, sizeof(kernel), "%s:{%s}", VN_KERNEL, unit->name);
	unit->kernel = vn_ocl->clCreateKernel(card->program, kernel, &code);
	if (!code)
		unit->queue = vn_ocl->clCreateCommandQueue(
		        card->context, card->device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
	return code;
}

int vn_ocl_open_unit(const struct vn_card *card, const char *name, struct vn_cu **out,
                     vn_error *err)
{
	struct vn_cu *unit = calloc(1, sizeof(*unit));
	cl_int code;

	*out = NULL;
	if (!unit)
		return vn_fail_nomem(err, sizeof(*unit), "a compute unit");
	unit->card = card;
	snprintf(unit->name, sizeof(unit->name), "%s", name);
	unit->bell = vn_bell_new();
	if (!unit->bell) {
		vn_ocl_close_unit(unit);
		return vn_fail_nomem(err, sizeof(*unit), "a compute unit");
	}
	code = open_unit(unit);
	if (!code) {
		*out = unit;
		return 0;
	}
	vn_ocl_close_unit(unit);
	return vn_fail(err, VN_ERUNTIME, "make the .xclbin again (make xclbin, make bitstream)",
	               "ocl:%d: kernel %s, compute unit %s: cannot be used: %s", card->number,
	               VN_KERNEL, name, vn_ocl_error_name(code));
}

static void drop_event(cl_event *event)
{
	if (*event)
		vn_ocl->clReleaseEvent(*event);
	*event = NULL;
}

void vn_ocl_close_unit(struct vn_cu *unit)
{
	if (!unit)
		return;
	drop_event(&unit->start);
	if (unit->kernel)
		vn_ocl->clReleaseKernel(unit->kernel);
	if (unit->queue)
		vn_ocl->clReleaseCommandQueue(unit->queue);
	vn_bell_drop(unit->bell);
	free(unit);
}

static int unit_failed(const struct vn_cu *unit, const char *what, cl_int code, vn_error *err)
{
	return vn_fail(err, VN_ERUNTIME,
	               "end this program and start it again: XRT's OpenCL does not go on after it",
	               "ocl:%d: compute unit %s: %s failed: %s", unit->card->number, unit->name,
	               what, vn_ocl_error_name(code));
}

/* ---- buffers ---- */

/* Tied to its bank, with memory there, and resident. */
static cl_int make_buffer(struct vn_buffer *b, uint64_t bytes)
{
	struct vn_ocl_mem_ext ext = {(cl_uint)vn_buffer_argument(b->kind), NULL, b->unit->kernel};
	cl_int code;

	b->mem = vn_ocl->clCreateBuffer(b->unit->card->context, CL_MEM_READ_WRITE | VN_OCL_MEM_EXT,
	                                (size_t)bytes, &ext, &code);
	if (code)
		return code;
	return vn_ocl->clEnqueueMigrateMemObjects(
	        b->unit->queue, 1, &b->mem, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0, NULL, NULL);
}

int vn_ocl_alloc(struct vn_cu *unit, enum vn_buffer_kind kind, uint64_t bytes,
                 struct vn_buffer **out, vn_error *err)
{
	struct vn_buffer *b = calloc(1, sizeof(*b));
	cl_int code;

	*out = NULL;
	if (!b)
		return vn_fail_nomem(err, sizeof(*b), "a buffer");
	b->unit = unit;
	b->kind = kind;
	code = make_buffer(b, bytes);
	if (!code) {
		*out = b;
		return 0;
	}
	vn_ocl_free(b);
	return vn_fail(err, VN_ENOMEM,
	               "use smaller batches (chunk_kib), or a card with more memory",
	               "ocl:%d: compute unit %s: no %llu bytes in the bank of argument %d: %s",
	               unit->card->number, unit->name, (unsigned long long)bytes,
	               vn_buffer_argument(kind), vn_ocl_error_name(code));
}

void vn_ocl_free(struct vn_buffer *b)
{
	if (!b)
		return;
	if (b->written)
		vn_ocl->clWaitForEvents(1, &b->written);
	drop_event(&b->written);
	if (b->mem)
		vn_ocl->clReleaseMemObject(b->mem);
	free(b);
}

/* What a transfer of @b follows.  Returns how many. */
static cl_uint before_transfer(const struct vn_buffer *b, cl_event events[2])
{
	const struct vn_cu *unit = b->unit;
	cl_uint n = 0;

	if (b->written)
		events[n++] = b->written;
	for (int i = 0; unit->start && i < VN_BUFFER_KINDS; i++)
		if (unit->named[i] == b) {
			events[n++] = unit->start;
			break;
		}
	return n;
}

int vn_ocl_write(struct vn_buffer *b, uint64_t offset, const void *data, uint64_t bytes,
                 vn_error *err)
{
	cl_event before[2], written;
	const cl_uint n = before_transfer(b, before);
	const cl_int code =
	        vn_ocl->clEnqueueWriteBuffer(b->unit->queue, b->mem, CL_FALSE, (size_t)offset,
	                                     (size_t)bytes, data, n, n ? before : NULL, &written);

	if (code)
		return unit_failed(b->unit, "a transfer to the card", code, err);
	drop_event(&b->written);
	b->written = written;
	return 0;
}

/* An error, as a negative code, or one of CL_COMPLETE, CL_RUNNING, CL_SUBMITTED, CL_QUEUED. */
static cl_int event_status(cl_event event)
{
	cl_int status = CL_QUEUED;
	const cl_int code = vn_ocl->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
	                                           sizeof(status), &status, NULL);

	return code ? code : status;
}

/* A start that could not write its status block leaves what was there before. */
static int check_block(const struct vn_buffer *b, uint64_t offset, const void *data, vn_error *err)
{
	uint32_t magic;

	memcpy(&magic, data, sizeof(magic));
	if (b->kind != VN_BUFFER_STATUS || offset != 0 || magic == VN_STATUS_MAGIC)
		return 0;
	return vn_fail(
	        err, VN_ERUNTIME,
	        "open the card as xrt:, which reads the compute unit's own copy of the block",
	        "ocl:%d: compute unit %s ended without a status block: card memory refused "
	        "it, or the unit is of another version",
	        b->unit->card->number, b->unit->name);
}

int vn_ocl_read(struct vn_buffer *b, uint64_t offset, void *data, uint64_t bytes, vn_error *err)
{
	cl_event before[2], ended = NULL;
	const cl_uint n = before_transfer(b, before);
	cl_int code =
	        vn_ocl->clEnqueueReadBuffer(b->unit->queue, b->mem, CL_TRUE, (size_t)offset,
	                                    (size_t)bytes, data, n, n ? before : NULL, &ended);

	if (!code)
		code = event_status(ended);
	drop_event(&ended);
	if (code)
		return unit_failed(b->unit, "a transfer from the card", code, err);
	drop_event(&b->written);
	return check_block(b, offset, data, err);
}

/* ---- starts ---- */

static cl_int set_arguments(const struct vn_cu *unit, const struct vn_start *s)
{
	const struct {
		cl_uint index;
		size_t size;
		const void *value;
	} sets[VN_ARGS] = {
	        {VN_ARG_PROGRAM, sizeof(cl_mem), &s->program->mem},
	        {VN_ARG_FIRST, sizeof(s->first), &s->first},
	        {VN_ARG_COUNT, sizeof(s->count), &s->count},
	        {VN_ARG_IMAGES, sizeof(s->images), &s->images},
	        {VN_ARG_WEIGHTS, sizeof(cl_mem), &s->weights->mem},
	        {VN_ARG_INPUT, sizeof(cl_mem), &s->input->mem},
	        {VN_ARG_OUTPUT, sizeof(cl_mem), &s->output->mem},
	        {VN_ARG_SCRATCH, sizeof(cl_mem), &s->scratch->mem},
	        {VN_ARG_STATUS, sizeof(cl_mem), &s->status->mem},
	};
	cl_int code = 0;

	for (int i = 0; !code && i < VN_ARGS; i++)
		code = vn_ocl->clSetKernelArg(unit->kernel, sets[i].index, sets[i].size,
		                              sets[i].value);
	return code;
}

static void CL_CALLBACK on_end(cl_event event, cl_int status, void *bell)
{
	(void)event;
	(void)status;
	vn_bell_ring(bell);
}

int vn_ocl_start(struct vn_cu *unit, const struct vn_start *s, vn_error *err)
{
	struct vn_buffer *const named[VN_BUFFER_KINDS] = {s->program, s->weights, s->input,
	                                                  s->output,  s->scratch, s->status};
	cl_event before[VN_BUFFER_KINDS];
	cl_uint n = 0;
	cl_int code = set_arguments(unit, s);

	for (int i = 0; i < VN_BUFFER_KINDS; i++)
		if (named[i]->written)
			before[n++] = named[i]->written;
	drop_event(&unit->start);
	if (!code)
		code = vn_ocl->clEnqueueTask(unit->queue, unit->kernel, n, n ? before : NULL,
		                             &unit->start);
	if (code)
		return unit_failed(unit, "a start", code, err);
	for (int i = 0; i < VN_BUFFER_KINDS; i++) {
		unit->named[i] = named[i];
		drop_event(&named[i]->written);
	}
	vn_bell_hold(unit->bell);
	if (vn_ocl->clSetEventCallback(unit->start, CL_COMPLETE, on_end, unit->bell))
		vn_bell_drop(unit->bell);
	return 0;
}

enum vn_run vn_ocl_state(struct vn_cu *unit, const char **name)
{
	const cl_int status = unit->start ? event_status(unit->start) : CL_COMPLETE;

	*name = status == CL_QUEUED      ? "CL_QUEUED"
	        : status == CL_SUBMITTED ? "CL_SUBMITTED"
	        : status == CL_RUNNING   ? "CL_RUNNING"
	        : status == CL_COMPLETE  ? "CL_COMPLETE"
	                                 : vn_ocl_error_name(status);
	if (status > CL_COMPLETE)
		return VN_RUN_UNDER_WAY;
	drop_event(&unit->start);
	return status == CL_COMPLETE ? VN_RUN_DONE : VN_RUN_FAILED;
}

int vn_ocl_is_busy(const struct vn_cu *unit)
{
	return unit->start != NULL;
}

void vn_ocl_sleep(struct vn_cu *unit, int ms)
{
	vn_bell_sleep(unit->bell, ms);
}
