/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_card.c - every call of XRT's native C API.
 *
 * A unit is a kernel handle of its own, opened exclusively, so that its registers can be read and
 * no other process gets between.  A buffer has a host side, which XRT pins; a transfer is a copy
 * there and a sync of that range: on a card the fastest way for memory that is not pinned, and in
 * emulation a single message.
 */
#include "driver/xrt_card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "driver/xrt_api.h"
#include "driver/xrt_env.h"

#define XRT_SAYS "XRT's own message, on stderr, says why"

struct vn_cu {
	const struct vn_card *card;
	char name[64];
	xrtKernelHandle kernel;
	xrtRunHandle run;
	int bank[VN_BUFFER_KINDS];
	struct vn_buffer *status; /* of the last start */
	int is_busy;              /* that is under way, as far as was seen */
	struct vn_buffer *doomed; /* freed meanwhile: it may use them */
};

struct vn_buffer {
	struct vn_cu *unit;
	struct vn_buffer *next; /* doomed */
	xrtBufferHandle bo;
	uint8_t *host;
	uint64_t bytes;
	int is_kept; /* the host side is right as it is */
};

/* ---- cards ---- */

/* Returns whether XRT tells. */
static int ask_about(const struct vn_card *card, struct xclDeviceInfo2 *about)
{
	const __typeof__(&xclGetDeviceInfo2) ask = vn_xrt_device_info();

	memset(about, 0, sizeof(*about));
	return ask && ask(vn_xrt.DeviceToXclDevice(card->device), about) == 0;
}

static int open_device(struct vn_card *card, vn_error *err)
{
	struct xclDeviceInfo2 about;

	card->device = vn_xrt.DeviceOpen((unsigned)card->number);
	if (!card->device)
		return vn_xrt_no_card("xrt", card->number, err);
	if (!ask_about(card, &about))
		return vn_fail(err, VN_ERUNTIME, "xbutil examine should list it",
		               "xrt:%d: XRT does not tell what card this is", card->number);
	snprintf(card->platform, sizeof(card->platform), "%.255s", about.mName);
	return 0;
}

int vn_xrt_open_cards(struct vn_card *cards, int n, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < n; i++)
		rc = open_device(&cards[i], err);
	return rc;
}

void vn_xrt_close_card(struct vn_card *card)
{
	if (card->device)
		vn_xrt.DeviceClose(card->device);
}

int vn_xrt_load_xclbin(struct vn_card *card, vn_error *err)
{
	const char *const path = card->xclbin.path;
	const int rc = vn_xrt.DeviceLoadXclbinFile(card->device, path);
	xuid_t there;

	if (rc)
		return vn_fail(err, VN_ERUNTIME,
		               rc == EBUSY || rc == -EBUSY
		                       ? "another program uses the card: end it first"
		                       : XRT_SAYS,
		               "xrt:%d: XRT does not load %s", card->number, path);
	if (vn_xrt.DeviceGetXclbinUUID(card->device, there) == 0 &&
	    memcmp(there, card->xclbin.uuid, sizeof(there)) == 0)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "another program may have loaded it: end it first",
	               "xrt:%d: after loading %s the card has an .xclbin of another UUID",
	               card->number, path);
}

/* An emulated card says 300 MHz, whatever its file was made for. */
double vn_xrt_clock_mhz(const struct vn_card *card)
{
	struct xclDeviceInfo2 about;

	return !vn_xrt_emulation() && ask_about(card, &about) ? about.mOCLFrequency[0] : 0;
}

/* ---- compute units ---- */

static int failed(const struct vn_cu *unit, const char *what, vn_error *err)
{
	return vn_fail(err, VN_ERUNTIME, XRT_SAYS, "xrt:%d: %s: %s failed", unit->card->number,
	               unit->name, what);
}

static int open_kernel(struct vn_cu *unit, vn_error *err)
{
	char full[sizeof(unit->name) + sizeof(VN_KERNEL ":{}")];

	snprintf(full, sizeof(full), "%s:{%s}", VN_KERNEL, unit->name);
	errno = 0;
	unit->kernel =
	        vn_xrt.PLKernelOpenExclusive(unit->card->device, unit->card->xclbin.uuid, full);
	if (!unit->kernel)
		return vn_fail(
		        err, VN_ERUNTIME,
		        errno == EBUSY || errno == -EBUSY ? "another program uses it: end it first"
		                                          : XRT_SAYS,
		        "xrt:%d: XRT does not open compute unit %s", unit->card->number, full);
	for (int kind = 0; kind < VN_BUFFER_KINDS; kind++) {
		unit->bank[kind] = vn_xrt.KernelArgGroupId(
		        unit->kernel, vn_buffer_argument((enum vn_buffer_kind)kind));
		if (unit->bank[kind] < 0)
			return failed(unit, "looking up the bank of an argument", err);
	}
	unit->run = vn_xrt.RunOpen(unit->kernel);
	return unit->run ? 0 : failed(unit, "making a run", err);
}

int vn_xrt_open_unit(const struct vn_card *card, const char *name, struct vn_cu **out,
                     vn_error *err)
{
	struct vn_cu *unit = calloc(1, sizeof(*unit));
	int rc;

	*out = NULL;
	if (!unit)
		return vn_fail_nomem(err, sizeof(*unit), "a compute unit");
	unit->card = card;
	snprintf(unit->name, sizeof(unit->name), "%s", name);
	rc = open_kernel(unit, err);
	if (rc)
		vn_xrt_close_unit(unit);
	else
		*out = unit;
	return rc;
}

void vn_xrt_close_unit(struct vn_cu *unit)
{
	if (!unit)
		return;
	if (unit->run)
		vn_xrt.RunClose(unit->run);
	if (unit->kernel)
		vn_xrt.KernelClose(unit->kernel);
	free(unit);
}

int vn_xrt_is_busy(const struct vn_cu *unit)
{
	return unit->is_busy;
}

/* ---- buffers ---- */

int vn_xrt_alloc(struct vn_cu *unit, enum vn_buffer_kind kind, uint64_t bytes,
                 struct vn_buffer **out, vn_error *err)
{
	struct vn_buffer *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return vn_fail_nomem(err, sizeof(*b), "a buffer");
	b->unit = unit;
	b->bytes = bytes;
	b->bo = vn_xrt.BOAlloc(unit->card->device, (size_t)bytes, XRT_BO_FLAGS_NONE,
	                       (xrtMemoryGroup)unit->bank[kind]);
	b->host = b->bo ? vn_xrt.BOMap(b->bo) : NULL;
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

static void free_now(struct vn_buffer *b)
{
	if (b->bo)
		vn_xrt.BOFree(b->bo);
	free(b);
}

void vn_xrt_free(struct vn_buffer *buffer)
{
	if (!buffer)
		return;
	if (buffer->unit->is_busy) {
		buffer->next = buffer->unit->doomed;
		buffer->unit->doomed = buffer;
	} else {
		free_now(buffer);
	}
}

/* A start of the unit has ended. */
static void free_doomed(struct vn_cu *unit)
{
	struct vn_buffer *b = unit->doomed, *next;

	for (; b; b = next) {
		next = b->next;
		free_now(b);
	}
	unit->doomed = NULL;
	unit->is_busy = 0;
}

static int check_range(const struct vn_buffer *b, uint64_t offset, uint64_t bytes, vn_error *err)
{
	char device[16];

	snprintf(device, sizeof(device), "xrt:%d", b->unit->card->number);
	return vn_buffer_check(device, b->bytes, offset, bytes, err);
}

int vn_xrt_write(struct vn_buffer *buffer, uint64_t offset, const void *data, uint64_t bytes,
                 vn_error *err)
{
	int rc = check_range(buffer, offset, bytes, err);

	if (rc)
		return rc;
	buffer->is_kept = 0;
	memcpy(buffer->host + offset, data, (size_t)bytes);
	if (vn_xrt.BOSync(buffer->bo, XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, (size_t)offset))
		return failed(buffer->unit, "a transfer to the card", err);
	return 0;
}

int vn_xrt_read(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
                vn_error *err)
{
	int rc = check_range(buffer, offset, bytes, err);

	if (rc)
		return rc;
	if (!buffer->is_kept &&
	    vn_xrt.BOSync(buffer->bo, XCL_BO_SYNC_BO_FROM_DEVICE, (size_t)bytes, (size_t)offset))
		return failed(buffer->unit, "a transfer from the card", err);
	memcpy(data, buffer->host + offset, (size_t)bytes);
	return 0;
}

/* ---- starts ---- */

int vn_xrt_start(struct vn_cu *unit, const struct vn_start *s, vn_error *err)
{
	const xrtRunHandle run = unit->run;

	unit->status = s->status;
	s->status->is_kept = 0;
	if (vn_xrt.RunSetArg(run, VN_ARG_PROGRAM, s->program->bo) ||
	    vn_xrt.RunSetArg(run, VN_ARG_FIRST, s->first) ||
	    vn_xrt.RunSetArg(run, VN_ARG_COUNT, s->count) ||
	    vn_xrt.RunSetArg(run, VN_ARG_IMAGES, s->images) ||
	    vn_xrt.RunSetArg(run, VN_ARG_WEIGHTS, s->weights->bo) ||
	    vn_xrt.RunSetArg(run, VN_ARG_INPUT, s->input->bo) ||
	    vn_xrt.RunSetArg(run, VN_ARG_OUTPUT, s->output->bo) ||
	    vn_xrt.RunSetArg(run, VN_ARG_SCRATCH, s->scratch->bo) ||
	    vn_xrt.RunSetArg(run, VN_ARG_STATUS, s->status->bo))
		return failed(unit, "setting an argument", err);
	if (vn_xrt.RunStart(run))
		return failed(unit, "the start", err);
	unit->is_busy = 1;
	return 0;
}

static const char *state_name(enum ert_cmd_state state)
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
	const size_t n = sizeof(names) / sizeof(names[0]);

	return (size_t)state < n && names[state] ? names[state] : "unknown";
}

enum vn_run vn_xrt_state(struct vn_cu *unit, const char **name)
{
	const enum ert_cmd_state state = vn_xrt.RunState(unit->run);

	*name = state_name(state);
	switch (state) {
	case ERT_CMD_STATE_NEW:
	case ERT_CMD_STATE_QUEUED:
	case ERT_CMD_STATE_RUNNING:
	case ERT_CMD_STATE_SUBMITTED:
		return VN_RUN_UNDER_WAY;
	default:
		free_doomed(unit);
		return state == ERT_CMD_STATE_COMPLETED ? VN_RUN_DONE : VN_RUN_FAILED;
	}
}

int vn_xrt_register(const struct vn_cu *unit, uint32_t offset, uint32_t *value, vn_error *err)
{
	return vn_xrt.KernelReadRegister(unit->kernel, offset, value)
	               ? failed(unit, "reading a register", err)
	               : 0;
}

int vn_xrt_finish(struct vn_cu *unit, vn_error *err)
{
	uint32_t words[VN_STATUS_WORDS];
	int rc = vn_xrt_read(unit->status, 0, words, sizeof(words), err);

	if (!rc && words[VN_ST_MAGIC] != VN_STATUS_MAGIC)
		for (uint32_t i = 0; !rc && i < VN_STATUS_WORDS; i++)
			rc = vn_xrt_register(unit, VN_REG_MIRROR + 4 * i, &words[i], err);
	if (!rc) {
		memcpy(unit->status->host, words, sizeof(words));
		unit->status->is_kept = 1;
	}
	return rc;
}
