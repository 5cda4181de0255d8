/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_card.c - every call of XRT's native C API.
 *
 * A unit is a kernel handle of its own, opened exclusively, so that its registers can be read and
 * no other process gets between.  A buffer has a host side, which XRT pins; a transfer is a copy
 * there and a sync of that range: on a card the fastest way for memory that is not pinned, and in
 * emulation a single message.
 */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "driver/xrt_card.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "driver/error.h"
#include "driver/xclbin.h"
#include "driver/xrt_env.h"

#define LIBRARY  "libxrt_coreutil.so.2"
#define XRT_SAYS "XRT's own message, on stderr, says why"

/* X(Name) is xrtName. */
#define CALLS(X)                                                                                   \
	X(DeviceOpen)                                                                              \
	X(DeviceClose)                                                                             \
	X(DeviceLoadXclbinFile)                                                                    \
	X(DeviceGetXclbinUUID)                                                                     \
	X(DeviceToXclDevice)                                                                       \
	X(PLKernelOpenExclusive)                                                                   \
	X(KernelClose)                                                                             \
	X(KernelArgGroupId)                                                                        \
	X(KernelReadRegister)                                                                      \
	X(BOAlloc)                                                                                 \
	X(BOFree)                                                                                  \
	X(BOMap)                                                                                   \
	X(BOSync)                                                                                  \
	X(RunOpen)                                                                                 \
	X(RunSetArg)                                                                               \
	X(RunStart)                                                                                \
	X(RunState)                                                                                \
	X(RunClose)

static struct {
#define X(name) __typeof__(&xrt##name) name;
	CALLS(X)
#undef X
} xrt; /* by vn_xrt_load_library, before any other call */

struct vn_xrt_unit {
	struct vn_xrt_card *card;
	char name[64];
	xrtKernelHandle kernel;
	xrtRunHandle run;
	int bank[VN_BUFFER_STATUS + 1];
};

struct vn_buffer {
	const struct vn_xrt_unit *unit;
	xrtBufferHandle bo;
	uint8_t *host;
	uint64_t bytes;
	int is_kept; /* the host side is right as it is */
};

/* ---- the library ---- */

/* ISO C converts no object's address to a function's; in POSIX they are of one kind. */
static int look_up(void *library, const char *name, void *function)
{
	void *const address = dlsym(library, name);

	memcpy(function, &address, sizeof(address));
	return address != NULL;
}

static int look_up_all(void *library, vn_error *err)
{
#define X(name)                                                                                    \
	if (!look_up(library, "xrt" #name, (void *)&xrt.name))                                     \
		return vn_fail(err, VN_ENODEV,                                                     \
		               "this was made for XRT 2.13; or use the device ocl:",               \
		               "xrt: " LIBRARY " has no function xrt" #name                        \
		               ": it is of another version of XRT");
	CALLS(X)
#undef X
	return 0;
}

int vn_xrt_load_library(vn_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	void *library;
	int rc = vn_xrt_library("xrt", LIBRARY, &library, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&lock);
	rc = look_up_all(library, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

/* ---- cards ---- */

/* The library that XRT loads for the card tells it; its function is in no library to link with.
 * Returns whether it does. */
static int ask_about(const struct vn_xrt_card *card, struct xclDeviceInfo2 *about)
{
	__typeof__(&xclGetDeviceInfo2) ask;

	memset(about, 0, sizeof(*about));
	return look_up(RTLD_DEFAULT, "xclGetDeviceInfo2", (void *)&ask) &&
	       ask(xrt.DeviceToXclDevice(card->device), about) == 0;
}

static int open_device(struct vn_xrt_card *card, vn_error *err)
{
	struct xclDeviceInfo2 about;
	sigset_t before;

	vn_xrt_block_signals(&before);
	card->device = xrt.DeviceOpen((unsigned)card->number);
	vn_xrt_restore_signals(&before);
	if (!card->device)
		return vn_xrt_no_card("xrt", card->number, err);
	if (!ask_about(card, &about))
		return vn_fail(err, VN_ERUNTIME, "xbutil examine should list it",
		               "xrt:%d: XRT does not tell what card this is", card->number);
	snprintf(card->platform, sizeof(card->platform), "%.255s", about.mName);
	return 0;
}

int vn_xrt_open_card(struct vn_xrt_card *card, int number, vn_error *err)
{
	int rc = vn_xrt_take_card("xrt", number, err);

	if (rc)
		return rc;
	*card = (struct vn_xrt_card){.number = number};
	rc = open_device(card, err);
	if (rc)
		vn_xrt_close_card(card);
	return rc;
}

void vn_xrt_close_card(struct vn_xrt_card *card)
{
	if (card->device)
		xrt.DeviceClose(card->device);
	vn_xrt_give_card(card->number);
}

int vn_xrt_load_xclbin(struct vn_xrt_card *card, const char *path, const uint8_t uuid[16],
                       vn_error *err)
{
	xuid_t there;
	sigset_t before;
	int rc;

	vn_xrt_block_signals(&before);
	rc = xrt.DeviceLoadXclbinFile(card->device, path);
	vn_xrt_restore_signals(&before);
	if (rc)
		return vn_fail(err, VN_ERUNTIME,
		               rc == EBUSY || rc == -EBUSY
		                       ? "another program uses the card: end it first"
		                       : XRT_SAYS,
		               "xrt:%d: XRT does not load %s", card->number, path);
	if (xrt.DeviceGetXclbinUUID(card->device, there) == 0 &&
	    memcmp(there, uuid, sizeof(there)) == 0)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "another program may have loaded it: end it first",
	               "xrt:%d: after loading %s the card has an .xclbin of another UUID",
	               card->number, path);
}

int vn_xrt_clock_mhz(const struct vn_xrt_card *card)
{
	struct xclDeviceInfo2 about;

	return ask_about(card, &about) ? about.mOCLFrequency[0] : 0;
}

/* ---- compute units ---- */

static int failed(const struct vn_xrt_unit *unit, const char *what, vn_error *err)
{
	return vn_fail(err, VN_ERUNTIME, XRT_SAYS, "xrt:%d: %s: %s failed", unit->card->number,
	               unit->name, what);
}

/* The kernel's argument that a kind of buffer is for. */
static int argument_of(int kind)
{
	static const int argument[] = {
	        [VN_BUFFER_PROGRAM] = VN_ARG_PROGRAM, [VN_BUFFER_WEIGHTS] = VN_ARG_WEIGHTS,
	        [VN_BUFFER_INPUT] = VN_ARG_INPUT,     [VN_BUFFER_OUTPUT] = VN_ARG_OUTPUT,
	        [VN_BUFFER_SCRATCH] = VN_ARG_SCRATCH, [VN_BUFFER_STATUS] = VN_ARG_STATUS,
	};

	return argument[kind];
}

static int open_kernel(struct vn_xrt_unit *unit, const uint8_t uuid[16], vn_error *err)
{
	char full[sizeof(unit->name) + sizeof(VN_KERNEL ":{}")];

	snprintf(full, sizeof(full), "%s:{%s}", VN_KERNEL, unit->name);
	errno = 0;
	unit->kernel = xrt.PLKernelOpenExclusive(unit->card->device, uuid, full);
	if (!unit->kernel)
		return vn_fail(
		        err, VN_ERUNTIME,
		        errno == EBUSY || errno == -EBUSY ? "another program uses it: end it first"
		                                          : XRT_SAYS,
		        "xrt:%d: XRT does not open compute unit %s", unit->card->number, full);
	for (int kind = 0; kind <= VN_BUFFER_STATUS; kind++) {
		unit->bank[kind] = xrt.KernelArgGroupId(unit->kernel, argument_of(kind));
		if (unit->bank[kind] < 0)
			return failed(unit, "looking up the bank of an argument", err);
	}
	unit->run = xrt.RunOpen(unit->kernel);
	return unit->run ? 0 : failed(unit, "making a run", err);
}

int vn_xrt_open_unit(struct vn_xrt_card *card, const uint8_t uuid[16], const char *name,
                     struct vn_xrt_unit **out, vn_error *err)
{
	struct vn_xrt_unit *unit = calloc(1, sizeof(*unit));
	int rc;

	*out = NULL;
	if (!unit)
		return vn_fail_nomem(err, sizeof(*unit), "a compute unit");
	unit->card = card;
	snprintf(unit->name, sizeof(unit->name), "%s", name);
	rc = open_kernel(unit, uuid, err);
	if (rc)
		vn_xrt_close_unit(unit);
	else
		*out = unit;
	return rc;
}

void vn_xrt_close_unit(struct vn_xrt_unit *unit)
{
	if (!unit)
		return;
	if (unit->run)
		xrt.RunClose(unit->run);
	if (unit->kernel)
		xrt.KernelClose(unit->kernel);
	free(unit);
}

const char *vn_xrt_unit_name(const struct vn_xrt_unit *unit)
{
	return unit->name;
}

const struct vn_xrt_card *vn_xrt_unit_card(const struct vn_xrt_unit *unit)
{
	return unit->card;
}

/* ---- buffers ---- */

int vn_xrt_alloc(struct vn_xrt_unit *unit, enum vn_buffer_kind kind, uint64_t bytes,
                 struct vn_buffer **out, vn_error *err)
{
	struct vn_buffer *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return vn_fail_nomem(err, sizeof(*b), "a buffer");
	b->unit = unit;
	b->bytes = bytes;
	b->bo = xrt.BOAlloc(unit->card->device, (size_t)bytes, XRT_BO_FLAGS_NONE,
	                    (xrtMemoryGroup)unit->bank[kind]);
	b->host = b->bo ? xrt.BOMap(b->bo) : NULL;
	if (!b->host) {
		vn_xrt_free(b);
		return vn_fail(
		        err, VN_ENOMEM, "use fewer images at a time, or chunk_kib=N",
		        "xrt:%d: no memory for a buffer of %llu bytes in bank %d of the card",
		        unit->card->number, (unsigned long long)bytes, unit->bank[kind]);
	}
	*out = b;
	return 0;
}

void vn_xrt_free(struct vn_buffer *buffer)
{
	if (!buffer)
		return;
	if (buffer->bo)
		xrt.BOFree(buffer->bo);
	free(buffer);
}

static int check_range(const struct vn_buffer *b, uint64_t offset, uint64_t bytes, vn_error *err)
{
	if (offset <= b->bytes && bytes <= b->bytes - offset)
		return 0;
	return vn_fail(err, VN_ERUNTIME, NULL,
	               "xrt:%d: a transfer of %llu bytes at %llu is outside a buffer of %llu",
	               b->unit->card->number, (unsigned long long)bytes, (unsigned long long)offset,
	               (unsigned long long)b->bytes);
}

int vn_xrt_send(struct vn_buffer *buffer, uint64_t offset, const void *data, uint64_t bytes,
                vn_error *err)
{
	int rc = check_range(buffer, offset, bytes, err);

	if (rc)
		return rc;
	buffer->is_kept = 0;
	memcpy(buffer->host + offset, data, (size_t)bytes);
	if (xrt.BOSync(buffer->bo, XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, (size_t)offset))
		return failed(buffer->unit, "a transfer to the card", err);
	return 0;
}

int vn_xrt_fetch(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
                 vn_error *err)
{
	int rc = check_range(buffer, offset, bytes, err);

	if (rc)
		return rc;
	if (!buffer->is_kept &&
	    xrt.BOSync(buffer->bo, XCL_BO_SYNC_BO_FROM_DEVICE, (size_t)bytes, (size_t)offset))
		return failed(buffer->unit, "a transfer from the card", err);
	memcpy(data, buffer->host + offset, (size_t)bytes);
	return 0;
}

void vn_xrt_keep(struct vn_buffer *buffer, const void *data, uint64_t bytes)
{
	memcpy(buffer->host, data, (size_t)bytes);
	buffer->is_kept = 1;
}

/* ---- starts ---- */

int vn_xrt_start(struct vn_xrt_unit *unit, const struct vn_start *s, vn_error *err)
{
	const xrtRunHandle run = unit->run;

	s->status->is_kept = 0;
	if (xrt.RunSetArg(run, VN_ARG_PROGRAM, s->program->bo) ||
	    xrt.RunSetArg(run, VN_ARG_FIRST, s->first) ||
	    xrt.RunSetArg(run, VN_ARG_COUNT, s->count) ||
	    xrt.RunSetArg(run, VN_ARG_IMAGES, s->images) ||
	    xrt.RunSetArg(run, VN_ARG_WEIGHTS, s->weights->bo) ||
	    xrt.RunSetArg(run, VN_ARG_INPUT, s->input->bo) ||
	    xrt.RunSetArg(run, VN_ARG_OUTPUT, s->output->bo) ||
	    xrt.RunSetArg(run, VN_ARG_SCRATCH, s->scratch->bo) ||
	    xrt.RunSetArg(run, VN_ARG_STATUS, s->status->bo))
		return failed(unit, "setting an argument", err);
	return xrt.RunStart(run) ? failed(unit, "the start", err) : 0;
}

enum vn_xrt_state vn_xrt_state(const struct vn_xrt_unit *unit, const char **name)
{
	static const char *const names[] = {
	        [ERT_CMD_STATE_NEW] = "NEW",
	        [ERT_CMD_STATE_QUEUED] = "QUEUED",
	        [ERT_CMD_STATE_RUNNING] = "RUNNING",
	        [ERT_CMD_STATE_COMPLETED] = "COMPLETED",
	        [ERT_CMD_STATE_ERROR] = "ERROR",
	        [ERT_CMD_STATE_ABORT] = "ABORT",
	        [ERT_CMD_STATE_SUBMITTED] = "SUBMITTED",
	        [ERT_CMD_STATE_TIMEOUT] = "TIMEOUT",
	        [ERT_CMD_STATE_NORESPONSE] = "NORESPONSE",
	};
	const enum ert_cmd_state state = xrt.RunState(unit->run);

	*name = (size_t)state < sizeof(names) / sizeof(names[0]) && names[state] ? names[state]
	                                                                         : "unknown";
	switch (state) {
	case ERT_CMD_STATE_NEW:
	case ERT_CMD_STATE_QUEUED:
	case ERT_CMD_STATE_RUNNING:
	case ERT_CMD_STATE_SUBMITTED:
		return VN_XRT_UNDER_WAY;
	case ERT_CMD_STATE_COMPLETED:
		return VN_XRT_DONE;
	default:
		return VN_XRT_FAILED;
	}
}

int vn_xrt_register(const struct vn_xrt_unit *unit, uint32_t offset, uint32_t *value, vn_error *err)
{
	return xrt.KernelReadRegister(unit->kernel, offset, value)
	               ? failed(unit, "reading a register", err)
	               : 0;
}
