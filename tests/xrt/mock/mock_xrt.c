/* SPDX-License-Identifier: Apache-2.0
 *
 * mock_xrt.c - XRT's native C API over cards in this process, whose compute units are the
 * reference.
 *
 * A run computes when its state is asked for the first time after a look or two, in the asking
 * thread.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xrt/xclbin.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "model/program.h"
#include "model/refcu.h"
#include "tests/xrt/mock/mock.h"

#define API __attribute__((visibility("default")))

API struct mock_xrt mock_xrt;

enum { CARDS = 4, LOOKS = 2, NOISE = 0xa5, PAGE = 4096 };

struct buffer;

struct run {
	struct unit *unit;
	struct buffer *buffer[VN_ARGS];
	uint32_t number[VN_ARGS]; /* scalars */
	int is_started, hangs, looks;
};

struct unit {
	int index, runs;
	uint32_t mirror[VN_STATUS_WORDS];
	struct vn_refcu *cu;
};

struct card {
	int is_open;
	uint8_t uuid[16];
	struct unit units[MOCK_UNITS];
};

struct buffer {
	unsigned bank;
	int users; /* runs under way that name it */
	size_t bytes;
	uint8_t *host, *card;
};

static struct card cards[CARDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether this call is the one that shall fail. */
static int fails(const char *name)
{
	int yes;

	pthread_mutex_lock(&lock);
	yes = mock_xrt.fail && strcmp(mock_xrt.fail, name) == 0 && --mock_xrt.fail_at == 0;
	mock_xrt.failed += yes;
	pthread_mutex_unlock(&lock);
	if (yes)
		errno = mock_xrt.code;
	return yes;
}

static int failure(void)
{
	return mock_xrt.code ? mock_xrt.code : -1;
}

static void count(int *counter, int step)
{
	pthread_mutex_lock(&lock);
	*counter += step;
	pthread_mutex_unlock(&lock);
}

/* Threads that XRT makes here inherit what is blocked. */
static void check_signals(void)
{
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGPIPE) || !sigismember(&blocked, SIGINT))
		count(&mock_xrt.misused, 1);
}

/* ---- cards ---- */

API xrtDeviceHandle xrtDeviceOpen(unsigned index)
{
	check_signals();
	if (fails(__func__) || index >= CARDS)
		return NULL;
	if (cards[index].is_open)
		count(&mock_xrt.misused, 1);
	cards[index].is_open = 1;
	count(&mock_xrt.handles, 1);
	count(&mock_xrt.cards, 1);
	return &cards[index];
}

API int xrtDeviceClose(xrtDeviceHandle handle)
{
	struct card *card = handle;

	if (!card->is_open)
		count(&mock_xrt.misused, 1);
	card->is_open = 0;
	count(&mock_xrt.handles, -1);
	count(&mock_xrt.cards, -1);
	return 0;
}

API xclDeviceHandle xrtDeviceToXclDevice(xrtDeviceHandle handle)
{
	return handle;
}

API int xclGetDeviceInfo2(xclDeviceHandle handle, struct xclDeviceInfo2 *info)
{
	(void)handle;
	if (fails(__func__))
		return -1;
	snprintf(info->mName, sizeof(info->mName), "%s", mock_xrt.platform);
	info->mOCLFrequency[0] = (unsigned short)mock_xrt.clock_mhz;
	return 0;
}

API int xrtDeviceLoadXclbinFile(xrtDeviceHandle handle, const char *path)
{
	struct card *card = handle;
	struct axlf header;
	FILE *file;
	size_t got;

	check_signals();
	if (fails(__func__))
		return failure();
	file = fopen(path, "rb");
	if (!file)
		return -1;
	got = fread(&header, sizeof(header), 1, file);
	fclose(file);
	if (got != 1)
		return -1;
	memcpy(card->uuid, header.m_header.uuid, sizeof(card->uuid));
	card->uuid[0] ^= (uint8_t)mock_xrt.other_uuid;
	count(&mock_xrt.loads, 1);
	return 0;
}

API int xrtDeviceGetXclbinUUID(xrtDeviceHandle handle, xuid_t uuid)
{
	const struct card *card = handle;

	if (fails(__func__))
		return failure();
	memcpy(uuid, card->uuid, sizeof(card->uuid));
	return 0;
}

/* ---- kernels ---- */

API xrtKernelHandle xrtPLKernelOpenExclusive(xrtDeviceHandle handle, const xuid_t uuid,
                                             const char *name)
{
	struct card *card = handle;
	struct unit *unit;
	uint32_t config[VN_CONFIG_WORDS];
	int number;

	if (fails(__func__) || memcmp(uuid, card->uuid, sizeof(card->uuid)) != 0 ||
	    sscanf(name, "vn_cu:{vn_cu_%d}", &number) != 1 || number < 1 || number > MOCK_UNITS)
		return NULL;
	unit = &card->units[number - 1];
	if (unit->cu) { /* exclusive */
		errno = EBUSY;
		return NULL;
	}
	memcpy(config, mock_xrt.config, sizeof(config));
	if (number == 2 && mock_xrt.other_record)
		config[VN_CFG_MAX_KTILES]--;
	*unit = (struct unit){.index = number - 1};
	if (vn_refcu_new(config, &unit->cu, NULL))
		return NULL;
	count(&mock_xrt.handles, 1);
	return unit;
}

API int xrtKernelClose(xrtKernelHandle handle)
{
	struct unit *unit = handle;

	if (!unit->cu || unit->runs > 0)
		count(&mock_xrt.misused, 1);
	vn_refcu_free(unit->cu);
	unit->cu = NULL;
	count(&mock_xrt.handles, -1);
	return 0;
}

/* A bank of its own for each argument of each unit, so that a mix-up is seen. */
static unsigned bank_of(const struct unit *unit, int argument)
{
	return (unsigned)(unit->index * VN_ARGS + argument);
}

API int xrtKernelArgGroupId(xrtKernelHandle handle, int argument)
{
	if (fails(__func__))
		return -1;
	return (int)bank_of(handle, argument);
}

API int xrtKernelReadRegister(xrtKernelHandle handle, uint32_t offset, uint32_t *value)
{
	const struct unit *unit = handle;

	if (fails(__func__))
		return failure();
	if (offset >= VN_REG_MIRROR && offset < VN_REG_MIRROR + sizeof(unit->mirror))
		*value = unit->mirror[(offset - VN_REG_MIRROR) / 4];
	else
		*value = mock_xrt.hang_at ? 1 : 4; /* started, or idle */
	return 0;
}

/* ---- buffers ---- */

API xrtBufferHandle xrtBOAlloc(xrtDeviceHandle handle, size_t bytes, xrtBufferFlags flags,
                               xrtMemoryGroup bank)
{
	struct buffer *b;

	(void)handle;
	if (fails(__func__) || flags != 0)
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->bank = bank;
	b->bytes = bytes;
	b->host = malloc(bytes);
	b->card = aligned_alloc(PAGE, (bytes + PAGE - 1) / PAGE * PAGE);
	if (!b->host || !b->card) {
		free(b->host);
		free(b->card);
		free(b);
		return NULL;
	}
	memset(b->host, NOISE, bytes);
	memset(b->card, NOISE, bytes);
	count(&mock_xrt.handles, 1);
	return b;
}

API int xrtBOFree(xrtBufferHandle handle)
{
	struct buffer *b = handle;

	if (b->users > 0)
		count(&mock_xrt.misused, 1);
	free(b->host);
	free(b->card);
	free(b);
	count(&mock_xrt.handles, -1);
	return 0;
}

API void *xrtBOMap(xrtBufferHandle handle)
{
	const struct buffer *b = handle;

	return fails(__func__) ? NULL : b->host;
}

API int xrtBOSync(xrtBufferHandle handle, enum xclBOSyncDirection way, size_t bytes, size_t offset)
{
	const struct buffer *b = handle;

	if (fails(__func__))
		return failure();
	if (offset > b->bytes || bytes > b->bytes - offset) {
		count(&mock_xrt.misused, 1);
		return -1;
	}
	if (way == XCL_BO_SYNC_BO_TO_DEVICE)
		memcpy(b->card + offset, b->host + offset, bytes);
	else
		memcpy(b->host + offset, b->card + offset, bytes);
	return 0;
}

/* ---- runs ---- */

API xrtRunHandle xrtRunOpen(xrtKernelHandle handle)
{
	struct unit *unit = handle;
	struct run *run;

	if (fails(__func__))
		return NULL;
	run = calloc(1, sizeof(*run));
	if (!run)
		return NULL;
	run->unit = unit;
	unit->runs++;
	count(&mock_xrt.handles, 1);
	return run;
}

API int xrtRunClose(xrtRunHandle handle)
{
	struct run *run = handle;

	if (run->is_started)
		count(&mock_xrt.misused, 1);
	run->unit->runs--;
	free(run);
	count(&mock_xrt.handles, -1);
	return 0;
}

API int xrtRunSetArg(xrtRunHandle handle, int index, ...)
{
	struct run *run = handle;
	va_list args;

	if (fails(__func__))
		return failure();
	va_start(args, index);
	if (index == VN_ARG_FIRST || index == VN_ARG_COUNT || index == VN_ARG_IMAGES) {
		run->number[index] = va_arg(args, uint32_t);
	} else {
		run->buffer[index] = va_arg(args, void *);
	}
	va_end(args);
	return 0;
}

/* Count a run in or out at its buffers. */
static void use(const struct run *run, int step)
{
	for (int i = 0; i < VN_ARGS; i++) {
		struct buffer *b = run->buffer[i];

		if (!b)
			continue;
		b->users += step;
		/* Of a start of nothing the buffers do not matter. */
		if (run->number[VN_ARG_COUNT] && b->bank != bank_of(run->unit, i))
			count(&mock_xrt.misused, 1);
	}
}

API int xrtRunStart(xrtRunHandle handle)
{
	struct run *run = handle;

	if (fails(__func__))
		return failure();
	if (run->is_started)
		count(&mock_xrt.misused, 1);
	count(&mock_xrt.starts, 1);
	use(run, 1);
	run->is_started = 1;
	run->looks = 0;
	run->hangs = mock_xrt.hang_at && mock_xrt.starts == mock_xrt.hang_at;
	return 0;
}

static void compute(struct run *run)
{
	uint32_t status[VN_STATUS_WORDS] = {0};
	const struct vn_cu_args args = {
	        .program = run->buffer[VN_ARG_PROGRAM]->card,
	        .first = run->number[VN_ARG_FIRST],
	        .count = run->number[VN_ARG_COUNT],
	        .images = run->number[VN_ARG_IMAGES],
	        .weights = run->buffer[VN_ARG_WEIGHTS]->card,
	        .input = run->buffer[VN_ARG_INPUT]->card,
	        .output = run->buffer[VN_ARG_OUTPUT]->card,
	        .scratch = run->buffer[VN_ARG_SCRATCH]->card,
	        .status = status,
	};

	vn_refcu_run(run->unit->cu, &args);
	if (mock_xrt.bus_error)
		status[VN_ST_ERROR] = VN_CU_BUS;
	if (mock_xrt.silent)
		memset(status, 0, sizeof(status));
	memcpy(run->unit->mirror, status, sizeof(status));
	if (!mock_xrt.refuses_status && !mock_xrt.silent)
		memcpy(run->buffer[VN_ARG_STATUS]->card, status, sizeof(status));
}

API enum ert_cmd_state xrtRunState(xrtRunHandle handle)
{
	struct run *run = handle;

	if (!run->is_started)
		return ERT_CMD_STATE_NEW;
	if (run->looks++ < LOOKS || (run->hangs && mock_xrt.hang_at))
		return ERT_CMD_STATE_RUNNING;
	run->is_started = 0;
	use(run, -1);
	compute(run);
	return mock_xrt.end_state ? (enum ert_cmd_state)mock_xrt.end_state
	                          : ERT_CMD_STATE_COMPLETED;
}
