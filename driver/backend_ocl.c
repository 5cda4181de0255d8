/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_ocl.c - ocl: cards through OpenCL 1.2, as XRT has it.  Every call of OpenCL is made here.
 *
 * ocl:0 is a card, ocl:0+1 several.  Options:
 *   xclbin=FILE   load this file; otherwise the one that fits card and program (driver/xclbin.h)
 *   cus=N         use at most N compute units
 *
 * Each card has a context; each compute unit a kernel object "vn_cu:{vn_cu_1}", which ties buffers
 * to the banks of that unit, and an out-of-order queue.  What must come in order is chained by
 * events: a start waits for the writes of its buffers, a write for the write before it.
 *
 * What XRT does not say of itself:
 *   - clFlush, and releasing a queue with events under way, block until they are done; an enqueue
 *     submits by itself, so neither is needed;
 *   - a buffer is copied to the card at its first start, all of it, unless it counts as resident:
 *     a migration with undefined content makes it so;
 *   - after one failed transfer every later enqueue of the process fails;
 *   - an event that failed tells so by its status alone: blocking calls succeed, callbacks do not
 *     come.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/backend.h"
#include "driver/bell.h"
#include "driver/error.h"
#include "driver/ocl_api.h"
#include "driver/xclbin.h"
#include "driver/xrt_env.h"
#include "model/program.h"

enum {
	CARD_DEADLINE_MS = 30000,
	EMULATION_DEADLINE_MS = 600000,
	/* Of a start that ends at once; less than the driver gives any call, so that the sentence
	   is ours. */
	PROBE_MS = VN_CALL_GRACE_MS - 1000,
	LOOK_MS = 50, /* between two looks at an event that no callback announced */
	DEVICES_MAX = 64,
	KINDS = VN_BUFFER_STATUS + 1,
};

struct card {
	int number; /* as the URI has it */
	cl_device_id device;
	char name[64], bdf[32];
	cl_context context; /* NULL: nothing is loaded */
	cl_program program;
	struct vn_xclbin file;
};

struct unit {
	const struct card *card;
	int index;        /* of the card's file */
	const char *name; /* "vn_cu_1" */
	cl_kernel kernel;
	cl_command_queue queue;
	struct vn_bell *bell; /* rung when a start ends */
	cl_event running;     /* NULL: no start is under way */
	const struct vn_buffer *named[KINDS];
};

struct vn_backend {
	const struct vn_ocl *cl;
	int emulation;
	char xclbin[VN_URI_MAX]; /* of the URI; "": none */
	int most_units;
	struct card cards[VN_XRT_CARDS_MAX];
	int n_cards;
	struct unit units[VN_UNITS_MAX];
	int n_units;
};

struct vn_buffer {
	struct unit *unit;
	enum vn_buffer_kind kind;
	cl_mem mem;
	cl_event written; /* of the last write; NULL: none since a read or start waited for it */
};

/* Which argument a buffer of a kind is. */
static const cl_uint arguments[KINDS] = {
        [VN_BUFFER_PROGRAM] = VN_ARG_PROGRAM, [VN_BUFFER_WEIGHTS] = VN_ARG_WEIGHTS,
        [VN_BUFFER_INPUT] = VN_ARG_INPUT,     [VN_BUFFER_OUTPUT] = VN_ARG_OUTPUT,
        [VN_BUFFER_SCRATCH] = VN_ARG_SCRATCH, [VN_BUFFER_STATUS] = VN_ARG_STATUS,
};

static void ocl_describe(char *text, size_t size)
{
	vn_xrt_describe("OpenCL", "libxilinxopencl.so.2", text, size);
}

static int ocl_deadline_ms(const struct vn_backend *be)
{
	return be->emulation ? EMULATION_DEADLINE_MS : CARD_DEADLINE_MS;
}

/* ---- events ---- */

static cl_int event_status(const struct vn_ocl *cl, cl_event event)
{
	cl_int status = CL_QUEUED;
	const cl_int rc = cl->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
	                                     sizeof(status), &status, NULL);

	return rc ? rc : status;
}

static const char *status_text(cl_int status)
{
	return status == CL_QUEUED ? "queued" : status == CL_SUBMITTED ? "submitted" : "running";
}

static void drop_event(const struct vn_ocl *cl, cl_event *event)
{
	if (*event)
		cl->clReleaseEvent(*event);
	*event = NULL;
}

static int transfer_failed(const struct unit *unit, const char *what, cl_int code, vn_error *err)
{
	return vn_fail(err, VN_ERUNTIME,
	               "end this program and start it again; XRT does not go on after it",
	               "ocl:%d: compute unit %s: %s failed: %s", unit->card->number, unit->name,
	               what, vn_ocl_error_name(code));
}

static void CL_CALLBACK on_end(cl_event event, cl_int status, void *bell)
{
	(void)event;
	(void)status;
	vn_bell_ring(bell);
}

/* ---- buffers ---- */

/* Ties the buffer to its bank, takes the memory there, and tells XRT not to copy it at a start. */
static cl_int make_buffer(const struct vn_ocl *cl, struct vn_buffer *b, uint64_t bytes)
{
	struct vn_ocl_mem_ext ext = {arguments[b->kind], NULL, b->unit->kernel};
	cl_int code;

	b->mem = cl->clCreateBuffer(b->unit->card->context, CL_MEM_READ_WRITE | VN_OCL_MEM_EXT,
	                            (size_t)bytes, &ext, &code);
	if (!code)
		code = cl->clEnqueueMigrateMemObjects(b->unit->queue, 1, &b->mem,
		                                      CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0,
		                                      NULL, NULL);
	return code;
}

static int ocl_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                     struct vn_buffer **out, vn_error *err)
{
	struct vn_buffer *b = calloc(1, sizeof(*b));
	cl_int code;

	*out = NULL;
	if (!b)
		return vn_fail_nomem(err, sizeof(*b), "a buffer");
	b->unit = &be->units[unit];
	b->kind = kind;
	code = make_buffer(be->cl, b, bytes);
	if (!code) {
		*out = b;
		return 0;
	}
	if (b->mem)
		be->cl->clReleaseMemObject(b->mem);
	vn_error_set(err, VN_ENOMEM, "use smaller batches (chunk_kib), or a card with larger banks",
	             "ocl:%d: compute unit %s: no %llu bytes in the bank of argument %u: %s",
	             b->unit->card->number, b->unit->name, (unsigned long long)bytes,
	             arguments[kind], vn_ocl_error_name(code));
	free(b);
	return VN_ENOMEM;
}

static void ocl_free(struct vn_backend *be, struct vn_buffer *b)
{
	if (!b)
		return;
	if (b->written)
		be->cl->clWaitForEvents(1, &b->written);
	drop_event(be->cl, &b->written);
	be->cl->clReleaseMemObject(b->mem);
	free(b);
}

/* What a transfer of @b must wait for: the last write, and the start that names it.  Returns how
 * many. */
static cl_uint before_transfer(const struct vn_buffer *b, cl_event events[2])
{
	const struct unit *unit = b->unit;
	cl_uint n = 0;

	if (b->written)
		events[n++] = b->written;
	for (int i = 0; unit->running && i < KINDS; i++)
		if (unit->named[i] == b) {
			events[n++] = unit->running;
			break;
		}
	return n;
}

static int ocl_write(struct vn_backend *be, struct vn_buffer *b, uint64_t offset, const void *data,
                     uint64_t bytes, vn_error *err)
{
	cl_event before[2], written;
	const cl_uint n = before_transfer(b, before);
	const cl_int code =
	        be->cl->clEnqueueWriteBuffer(b->unit->queue, b->mem, CL_FALSE, (size_t)offset,
	                                     (size_t)bytes, data, n, n ? before : NULL, &written);

	if (code)
		return transfer_failed(b->unit, "a transfer to the card", code, err);
	drop_event(be->cl, &b->written);
	b->written = written;
	return 0;
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
	        "open the card as xrt: to have the compute unit's own copy of the block read",
	        "ocl:%d: compute unit %s ended without a status block: card memory refused it",
	        b->unit->card->number, b->unit->name);
}

static int ocl_read(struct vn_backend *be, struct vn_buffer *b, uint64_t offset, void *data,
                    uint64_t bytes, vn_error *err)
{
	cl_event before[2], ended = NULL;
	const cl_uint n = before_transfer(b, before);
	cl_int code =
	        be->cl->clEnqueueReadBuffer(b->unit->queue, b->mem, CL_TRUE, (size_t)offset,
	                                    (size_t)bytes, data, n, n ? before : NULL, &ended);

	if (!code)
		code = event_status(be->cl, ended);
	drop_event(be->cl, &ended);
	if (code)
		return transfer_failed(b->unit, "a transfer from the card", code, err);
	drop_event(be->cl, &b->written);
	return check_block(b, offset, data, err);
}

/* ---- starts ---- */

static cl_int set_arguments(const struct vn_ocl *cl, struct unit *unit, const struct vn_start *s)
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
		code = cl->clSetKernelArg(unit->kernel, sets[i].index, sets[i].size, sets[i].value);
	return code;
}

/* The callback keeps the bell. */
static void ask_for_bell(const struct vn_ocl *cl, struct unit *unit)
{
	vn_bell_hold(unit->bell);
	if (cl->clSetEventCallback(unit->running, CL_COMPLETE, on_end, unit->bell))
		vn_bell_drop(unit->bell);
}

static int ocl_start(struct vn_backend *be, int index, const struct vn_start *s, vn_error *err)
{
	struct unit *unit = &be->units[index];
	struct vn_buffer *const named[KINDS] = {s->program, s->weights, s->input,
	                                        s->output,  s->scratch, s->status};
	cl_event before[KINDS];
	cl_uint n = 0;
	cl_int code = set_arguments(be->cl, unit, s);

	for (int i = 0; i < KINDS; i++)
		if (named[i]->written)
			before[n++] = named[i]->written;
	if (!code)
		code = be->cl->clEnqueueTask(unit->queue, unit->kernel, n, n ? before : NULL,
		                             &unit->running);
	if (code)
		return transfer_failed(unit, "a start", code, err);
	memcpy(unit->named, named, sizeof(named));
	for (int i = 0; i < KINDS; i++)
		drop_event(be->cl, &named[i]->written);
	ask_for_bell(be->cl, unit);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int timed_out(const struct vn_backend *be, const struct unit *unit, cl_int status,
                     int timeout_ms, vn_error *err)
{
	char hint[128];

	if (be->emulation)
		snprintf(hint, sizeof(hint), "open it as xrt:%d to have the register read",
		         unit->card->number);
	else
		snprintf(hint, sizeof(hint),
		         "xbutil examine --device %s --report dynamic-region shows the register",
		         unit->card->bdf);
	return vn_fail(
	        err, VN_ETIMEOUT, hint,
	        "ocl:%d: kernel %s, compute unit %s at 0x%llx: not done after %d ms; its event is "
	        "'%s', and its register CTRL (0x%02x) cannot be read through OpenCL",
	        unit->card->number, VN_KERNEL, unit->name,
	        (unsigned long long)unit->card->file.address[unit->index], timeout_ms,
	        status_text(status), VN_REG_CTRL);
}

static int ocl_wait(struct vn_backend *be, int index, int timeout_ms, vn_error *err)
{
	struct unit *unit = &be->units[index];
	const int64_t end = now_ms() + timeout_ms;
	cl_int status;

	while ((status = event_status(be->cl, unit->running)) > CL_COMPLETE) {
		const int64_t left = timeout_ms < 0 ? LOOK_MS : end - now_ms();

		if (left <= 0)
			return timed_out(be, unit, status, timeout_ms, err);
		vn_bell_sleep(unit->bell, left < LOOK_MS ? (int)left : LOOK_MS);
	}
	drop_event(be->cl, &unit->running);
	return status < 0 ? transfer_failed(unit, "a start, or a transfer before it,", status, err)
	                  : 0;
}

/* ---- what is loaded ---- */

static void drop_unit(struct vn_backend *be, struct unit *unit)
{
	drop_event(be->cl, &unit->running);
	if (unit->kernel)
		be->cl->clReleaseKernel(unit->kernel);
	if (unit->queue)
		be->cl->clReleaseCommandQueue(unit->queue);
	vn_bell_drop(unit->bell);
	memset(unit, 0, sizeof(*unit));
}

static void unload(struct vn_backend *be)
{
	while (be->n_units > 0)
		drop_unit(be, &be->units[--be->n_units]);
	for (int i = 0; i < be->n_cards; i++) {
		struct card *card = &be->cards[i];

		if (card->program)
			be->cl->clReleaseProgram(card->program);
		if (card->context)
			be->cl->clReleaseContext(card->context);
		card->program = NULL;
		card->context = NULL;
	}
}

/* A whole file, to be freed. */
static int read_file(const char *path, unsigned char **bytes, size_t *size, vn_error *err)
{
	FILE *f = fopen(path, "rb");
	long length = -1;

	*bytes = NULL;
	if (!f)
		return vn_fail(err, VN_EIO, NULL, "%s: %s", path, strerror(errno));
	if (fseek(f, 0, SEEK_END) == 0)
		length = ftell(f);
	rewind(f);
	if (length > 0)
		*bytes = malloc((size_t)length);
	*size = (size_t)length;
	if (*bytes && fread(*bytes, 1, *size, f) != *size) {
		free(*bytes);
		*bytes = NULL;
	}
	fclose(f);
	return *bytes ? 0 : vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
}

static cl_int build(const struct vn_ocl *cl, struct card *card, const unsigned char *bytes,
                    size_t size)
{
	cl_int code;

	card->context = cl->clCreateContext(NULL, 1, &card->device, NULL, NULL, &code);
	if (code)
		return code;
	card->program = cl->clCreateProgramWithBinary(card->context, 1, &card->device, &size,
	                                              &bytes, NULL, &code);
	return code ? code : cl->clBuildProgram(card->program, 1, &card->device, "", NULL, NULL);
}

/* A file made for a clock that the card does not reach is for another card.  An emulated card has
 * no clock. */
static int check_clock(const struct vn_backend *be, const struct card *card, vn_error *err)
{
	cl_uint mhz = 0;

	be->cl->clGetDeviceInfo(card->device, CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof(mhz), &mhz,
	                        NULL);
	if (be->emulation || mhz + 1.0 >= card->file.clock_mhz)
		return 0;
	return vn_fail(
	        err, VN_ERUNTIME, "load the file again (xbutil program), or cool the card",
	        "ocl:%d: no clock of the card is faster than %u MHz, and %s is made for %.0f",
	        card->number, mhz, card->file.path, card->file.clock_mhz);
}

static int load_card(struct vn_backend *be, struct card *card, vn_error *err)
{
	unsigned char *bytes;
	size_t size;
	cl_int code;
	int rc = read_file(card->file.path, &bytes, &size, err);

	if (rc)
		return rc;
	code = build(be->cl, card, bytes, size);
	free(bytes);
	if (code)
		return vn_fail(
		        err, VN_ERUNTIME,
		        "another program may use the card with another file; XRT's own message has "
		        "more",
		        "ocl:%d: XRT does not load %s: %s", card->number, card->file.path,
		        vn_ocl_error_name(code));
	return check_clock(be, card, err);
}

static int make_unit(struct vn_backend *be, const struct card *card, int index, vn_error *err)
{
	struct unit *unit = &be->units[be->n_units++];
	char kernel[128];
	cl_int code;

	*unit = (struct unit){.card = card, .index = index, .name = card->file.unit[index]};
	unit->bell = vn_bell_new();
	if (!unit->bell)
		return vn_fail_nomem(err, sizeof(*unit), "a compute unit");
	snprintf(kernel, sizeof(kernel), "%s:{%s}", VN_KERNEL, unit->name);
	unit->kernel = be->cl->clCreateKernel(card->program, kernel, &code);
	if (!code)
		unit->queue = be->cl->clCreateCommandQueue(
		        card->context, card->device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
	if (!code)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "make the file again (make xclbin, make bitstream)",
	               "ocl:%d: %s: kernel %s cannot be used: %s", card->number, card->file.path,
	               kernel, vn_ocl_error_name(code));
}

static int load_cards(struct vn_backend *be, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < be->n_cards; i++)
		rc = load_card(be, &be->cards[i], err);
	for (int i = 0; !rc && i < be->n_cards; i++)
		for (int u = 0; !rc && u < be->cards[i].file.units && be->n_units < be->most_units;
		     u++)
			rc = make_unit(be, &be->cards[i], u, err);
	return rc;
}

/* ---- configure ---- */

/* A start that the driver gave up may have ended since. */
static int settle(struct vn_backend *be, vn_error *err)
{
	for (int i = 0; i < be->n_units; i++) {
		struct unit *unit = &be->units[i];
		char hint[128];

		if (!unit->running)
			continue;
		if (event_status(be->cl, unit->running) <= CL_COMPLETE) {
			drop_event(be->cl, &unit->running);
			continue;
		}
		snprintf(hint, sizeof(hint), "end this program; if the next one fails too: %s%s",
		         be->emulation ? "report it" : "xbutil reset --device ",
		         be->emulation ? "" : unit->card->bdf);
		return vn_fail(err, VN_ERUNTIME, hint,
		               "ocl:%d: compute unit %s still runs, and OpenCL cannot stop it",
		               unit->card->number, unit->name);
	}
	return 0;
}

/* Load what the program wants, unless it is there already. */
static int load_wanted(struct vn_backend *be, const uint32_t *wanted, vn_error *err)
{
	int same = be->n_units > 0;

	for (int i = 0; i < be->n_cards; i++) {
		struct card *card = &be->cards[i];
		struct vn_xclbin file;
		const int rc = vn_xclbin_find(be->xclbin[0] ? be->xclbin : NULL, card->name,
		                              be->emulation, wanted, &file, err);

		if (rc)
			return rc;
		same &= memcmp(file.uuid, card->file.uuid, sizeof(file.uuid)) == 0;
		card->file = file;
	}
	if (same)
		return 0;
	unload(be);
	return load_cards(be, err);
}

/* A start of no descriptors ends at once with a fault, and a status block that tells the
 * configuration. */
static int run_probe(struct vn_backend *be, int unit, struct vn_buffer *const b[KINDS],
                     uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	const struct vn_start start = {
	        .program = b[VN_BUFFER_PROGRAM],
	        .images = 1,
	        .weights = b[VN_BUFFER_WEIGHTS],
	        .input = b[VN_BUFFER_INPUT],
	        .output = b[VN_BUFFER_OUTPUT],
	        .scratch = b[VN_BUFFER_SCRATCH],
	        .status = b[VN_BUFFER_STATUS],
	};
	const size_t bytes = VN_STATUS_WORDS * sizeof(*status);
	int rc;

	memset(status, 0, bytes);
	rc = ocl_write(be, b[VN_BUFFER_STATUS], 0, status, bytes, err);
	if (!rc)
		rc = ocl_start(be, unit, &start, err);
	if (!rc)
		rc = ocl_wait(be, unit, PROBE_MS, err);
	return rc ? rc : ocl_read(be, b[VN_BUFFER_STATUS], 0, status, bytes, err);
}

static int probe(struct vn_backend *be, int unit, uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	struct vn_buffer *b[KINDS] = {NULL};
	uint32_t status[VN_STATUS_WORDS];
	int rc = 0;

	for (int kind = 0; !rc && kind < KINDS; kind++)
		rc = ocl_alloc(be, unit, (enum vn_buffer_kind)kind, VN_BUFFER_ALIGN, &b[kind], err);
	if (!rc)
		rc = run_probe(be, unit, b, status, err);
	if (be->units[unit].running) /* it has the buffers still */
		return rc;
	for (int kind = 0; kind < KINDS; kind++)
		ocl_free(be, b[kind]);
	if (rc)
		return rc;
	memcpy(config, &status[VN_ST_CONFIG], VN_CONFIG_WORDS * sizeof(*config));
	if (status[VN_ST_VERSION] == 1 && status[VN_ST_ERROR] == VN_CU_ARGUMENT &&
	    status[VN_ST_HASH] == vn_config_hash(config))
		return 0;
	return vn_fail(
	        err, VN_ERUNTIME, "make the .xclbin of this version (make xclbin, make bitstream)",
	        "ocl:%d: compute unit %s of %s is of another version of this software: status "
	        "block version %u, error %u, hash %08x",
	        be->units[unit].card->number, be->units[unit].name, be->units[unit].card->file.path,
	        status[VN_ST_VERSION], status[VN_ST_ERROR], status[VN_ST_HASH]);
}

static int probe_all(struct vn_backend *be, uint32_t actual[VN_CONFIG_WORDS], vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < be->n_units; i++) {
		const struct unit *unit = &be->units[i];
		uint32_t config[VN_CONFIG_WORDS];

		rc = probe(be, i, config, err);
		if (rc)
			return rc;
		if (i == 0)
			memcpy(actual, config, sizeof(config));
		if (memcmp(actual, config, sizeof(config)) != 0)
			rc = vn_fail(err, VN_ECONFIG, "load .xclbin files of one configuration",
			             "ocl:%d: compute unit %s is %ux%u (%08x), the first one %ux%u "
			             "(%08x)",
			             unit->card->number, unit->name, config[VN_CFG_ROWS],
			             config[VN_CFG_COLS], vn_config_hash(config),
			             actual[VN_CFG_ROWS], actual[VN_CFG_COLS],
			             vn_config_hash(actual));
	}
	return rc;
}

static int ocl_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	sigset_t before;
	int rc;

	vn_xrt_block_signals(&before);
	rc = settle(be, err);
	if (!rc) {
		rc = load_wanted(be, wanted, err);
		if (!rc)
			rc = probe_all(be, actual, err);
		if (rc)
			unload(be);
	}
	vn_xrt_restore_signals(&before);
	*units = be->n_units;
	return rc;
}

/* ---- open and close ---- */

static int take_options(const struct vn_uri *given, struct vn_backend *be, int *numbers,
                        vn_error *err)
{
	struct vn_uri uri = *given;
	const char *xclbin = vn_uri_take(&uri, "xclbin"), *cus = vn_uri_take(&uri, "cus");
	long most = VN_UNITS_MAX;
	int rc = vn_xrt_cards(&uri, numbers, &be->n_cards, err);

	if (!rc && cus)
		rc = vn_uri_number("cus", cus, 1, VN_UNITS_MAX, &most, err);
	be->most_units = (int)most;
	if (xclbin)
		snprintf(be->xclbin, sizeof(be->xclbin), "%s", xclbin);
	return rc ? rc : vn_uri_no_options(&uri, err);
}

/* Xilinx's among the platforms; NULL if it is not there. */
static cl_platform_id find_platform(const struct vn_ocl *cl)
{
	cl_platform_id platforms[16];
	cl_uint n = 0;

	if (cl->clGetPlatformIDs(16, platforms, &n))
		return NULL;
	for (cl_uint i = 0; i < n && i < 16; i++) {
		char name[128] = "";

		cl->clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
		if (strstr(name, "Xilinx"))
			return platforms[i];
	}
	return NULL;
}

/* The first call of OpenCL is the first of XRT. */
static int find_devices(struct vn_backend *be, vn_error *err)
{
	cl_device_id devices[DEVICES_MAX];
	cl_platform_id platform;
	cl_uint n = 0;

	if (!vn_ocl_has_xilinx_icd())
		return vn_fail(
		        err, VN_ENODEV,
		        "put the line libxilinxopencl.so.2 into /etc/OpenCL/vendors/xilinx.icd, "
		        "or set OCL_ICD_VENDORS=libxilinxopencl.so.2",
		        "ocl: OpenCL's loader is not told of XRT's OpenCL (Debian ships no .icd "
		        "file of it)");
	platform = find_platform(be->cl);
	if (!platform ||
	    be->cl->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ACCELERATOR, DEVICES_MAX, devices, &n))
		return vn_xrt_no_card("ocl", be->cards[0].number, err);
	for (int i = 0; i < be->n_cards; i++) {
		struct card *card = &be->cards[i];

		if ((cl_uint)card->number >= n || card->number >= DEVICES_MAX)
			return vn_xrt_no_card("ocl", card->number, err);
		card->device = devices[card->number];
		be->cl->clGetDeviceInfo(card->device, CL_DEVICE_NAME, sizeof(card->name),
		                        card->name, NULL);
		be->cl->clGetDeviceInfo(card->device, VN_OCL_DEVICE_BDF, sizeof(card->bdf),
		                        card->bdf, NULL);
	}
	return 0;
}

static int open_cards(struct vn_backend *be, vn_error *err)
{
	sigset_t before;
	void *library;
	int rc = vn_ocl_load(&be->cl, err);

	if (!rc)
		rc = vn_xrt_library("ocl", "libxilinxopencl.so.2", &library, err);
	if (rc)
		return rc;
	vn_xrt_block_signals(&before);
	rc = find_devices(be, err);
	vn_xrt_restore_signals(&before);
	return rc;
}

/* Give back the first @n cards. */
static void give_cards(struct vn_backend *be, int n)
{
	while (n > 0)
		vn_xrt_give_card(be->cards[--n].number);
}

static int take_cards(struct vn_backend *be, const int *numbers, vn_error *err)
{
	for (int i = 0; i < be->n_cards; i++) {
		const int rc = vn_xrt_take_card("ocl", numbers[i], err);

		if (rc) {
			give_cards(be, i);
			return rc;
		}
		be->cards[i].number = numbers[i];
	}
	return 0;
}

static int ocl_open(const struct vn_uri *uri, struct vn_backend **out, vn_error *err)
{
	struct vn_backend *be = calloc(1, sizeof(*be));
	int numbers[VN_XRT_CARDS_MAX];
	int rc;

	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	be->emulation = vn_xrt_emulation();
	rc = take_options(uri, be, numbers, err);
	if (!rc)
		rc = vn_xrt_env_check("ocl", numbers, be->n_cards, err);
	if (!rc)
		rc = take_cards(be, numbers, err);
	if (rc)
		goto fail;
	rc = open_cards(be, err);
	if (rc)
		goto give;
	*out = be;
	return 0;
give:
	give_cards(be, be->n_cards);
fail:
	free(be);
	return rc;
}

static void ocl_close(struct vn_backend *be)
{
	unload(be);
	give_cards(be, be->n_cards);
	free(be);
}

const struct vn_backend_ops VN_BACKEND_OCL = {
        .scheme = "ocl",
        .deadline_ms = ocl_deadline_ms,
        .leaves_hung = 1,
        .self_test = 1,
        .describe = ocl_describe,
        .open = ocl_open,
        .close = ocl_close,
        .configure = ocl_configure,
        .alloc = ocl_alloc,
        .free = ocl_free,
        .write = ocl_write,
        .read = ocl_read,
        .start = ocl_start,
        .wait = ocl_wait,
};
