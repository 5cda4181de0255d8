/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_rtl.c - rtl: the SystemVerilog of rtl/, simulated cycle by cycle in this process.
 *
 * The compute unit of each size is a plug-in (sim/vn_sim.h) that `make sim` builds:
 * libvn_rtl_16x16.so, searched for in $VANILLIN_RTL_DIR, else in sim/ and ../lib/vanillin/ beside
 * the running program or library.  start writes the registers; the clock runs in wait.
 *
 * rtl: is of the program's size, rtl:16x16 of that one.  Options: driver/rtl_options.h.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "driver/backend.h"
#include "driver/memory.h"
#include "driver/rtl_options.h"
#include "driver/rtl_plugin.h"
#include "sim/vn_sim.h"

enum {
	SLICE = 20000,   /* cycles between two looks at the time */
	GUARD = 1 << 20, /* bytes without memory after each buffer */
	CTRL_START = 1,  /* bits of CTRL */
	CTRL_DONE = 2,
};

static const uint64_t BUFFER_MAX = (uint64_t)1 << 36;

struct vn_backend {
	struct vn_rtl_options options;

	int rows, cols; /* of the open plug-in; 0: none */
	void *library;
	const struct vn_sim_ops *ops;
	struct vn_sim *sim;

	struct vn_buffer *buffers;
	uint64_t next[VN_BUFFER_KINDS]; /* free address of each kind */
	struct vn_buffer *status;       /* of the start under way */
	uint64_t started;               /* its first cycle */
};

static void rtl_describe(char *text, size_t size)
{
	int sizes[VN_RTL_SIZES_MAX];
	const int n = vn_rtl_sizes(sizes);
	size_t used;

	used = (size_t)snprintf(text, size, "the SystemVerilog, simulated; sizes built%s",
	                        n ? "" : ": none (make sim)");
	for (int i = 0; i < n && used < size; i++)
		if (i == 0 || sizes[i] != sizes[i - 1])
			used += (size_t)snprintf(text + used, size - used, " %dx%d", sizes[i] >> 16,
			                         sizes[i] & 0xffff);
}

/* ---- open, configure, close ---- */

static void close_plugin(struct vn_backend *be)
{
	if (be->sim)
		be->ops->destroy(be->sim);
	if (be->library)
		dlclose(be->library);
	be->sim = NULL;
	be->library = NULL;
	be->rows = be->cols = 0;
}

static void rtl_close(struct vn_backend *be)
{
	close_plugin(be);
	vn_rtl_options_drop(&be->options);
	free(be);
}

static int rtl_finish(struct vn_backend *be, vn_error *err)
{
	return vn_rtl_options_finish(&be->options, err);
}

static int rtl_open(const struct vn_uri *given, struct vn_backend **out, vn_error *err)
{
	struct vn_backend *be = calloc(1, sizeof(*be));
	struct vn_uri uri = *given;
	char path[VN_RTL_FILE_MAX];
	int rc;

	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	for (int kind = 0; kind < VN_BUFFER_KINDS; kind++)
		be->next[kind] = vn_rtl_window((enum vn_buffer_kind)kind) + GUARD;
	rc = vn_rtl_options_take(&uri, &be->options, err);
	if (!rc && be->options.rows != 0 &&
	    !vn_rtl_find(be->options.rows, be->options.cols, be->options.variant, path))
		rc = vn_rtl_not_built(be->options.rows, be->options.cols, be->options.variant, err);
	if (rc) {
		rtl_close(be);
		return rc;
	}
	*out = be;
	return 0;
}

static int open_plugin(struct vn_backend *be, int rows, int cols, vn_error *err)
{
	const struct vn_sim_ops *ops;
	char path[VN_RTL_FILE_MAX];

	if (!vn_rtl_find(rows, cols, be->options.variant, path))
		return vn_rtl_not_built(rows, cols, be->options.variant, err);
	/* For good: its thread-local objects may outlive the device. */
	be->library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!be->library)
		return vn_fail(err, VN_ERUNTIME, "make sim", "rtl: %s", dlerror());
	ops = dlsym(be->library, VN_SIM_SYMBOL);
	if (!ops || ops->abi != VN_SIM_ABI || ops->config[VN_CFG_ROWS] != (uint32_t)rows ||
	    ops->config[VN_CFG_COLS] != (uint32_t)cols) {
		close_plugin(be);
		return vn_fail(err, VN_ERUNTIME, "make sim",
		               "rtl: %s is of another version of this software", path);
	}
	be->ops = ops;
	be->rows = rows;
	be->cols = cols;
	return 0;
}

static int make_sim(struct vn_backend *be, vn_error *err)
{
	char text[256];

	be->sim = be->ops->create(&be->options.sim, text, sizeof(text));
	if (!be->sim)
		return vn_fail(err, VN_ERUNTIME, NULL, "rtl:%dx%d: %s", be->rows, be->cols, text);
	for (const struct vn_buffer *b = be->buffers; b; b = b->next)
		if (be->ops->map(be->sim, b->address, b->data, b->bytes))
			return vn_fail_nomem(err, (size_t)b->bytes, "a region of the simulation");
	return 0;
}

static int rtl_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	const int rows = be->options.rows ? be->options.rows : (int)wanted[VN_CFG_ROWS];
	const int cols = be->options.cols ? be->options.cols : (int)wanted[VN_CFG_COLS];
	int rc = 0;

	if (be->sim && be->rows == rows && be->cols == cols) {
		be->ops->reset(be->sim);
	} else {
		close_plugin(be);
		rc = open_plugin(be, rows, cols, err);
		if (!rc)
			rc = make_sim(be, err);
	}
	if (rc) {
		close_plugin(be);
		return rc;
	}
	memcpy(actual, be->ops->config, sizeof(be->ops->config));
	*units = 1;
	return 0;
}

/* ---- buffers ---- */

static int rtl_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                     struct vn_buffer **out, vn_error *err)
{
	struct vn_buffer *b;
	int rc;

	*out = NULL;
	if (bytes > BUFFER_MAX)
		return vn_fail_nomem(err, (size_t)bytes, "a buffer of the device");
	rc = vn_memory_alloc(be, unit, kind, bytes, &b, err);
	if (rc)
		return rc;
	memset(b->data, 0xa5, (size_t)bytes); /* runs repeat, whatever is read */
	b->address = be->next[kind];
	if (be->sim && be->ops->map(be->sim, b->address, b->data, bytes)) {
		vn_memory_free(be, b);
		return vn_fail_nomem(err, (size_t)bytes, "a region of the simulation");
	}
	be->next[kind] += (bytes + 2 * GUARD - 1) / GUARD * GUARD;
	b->next = be->buffers;
	be->buffers = b;
	*out = b;
	return 0;
}

static void rtl_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	struct vn_buffer **at = &be->buffers;

	if (!buffer)
		return;
	while (*at != buffer)
		at = &(*at)->next;
	*at = buffer->next;
	if (be->sim)
		be->ops->unmap(be->sim, buffer->address);
	vn_memory_free(be, buffer);
}

/* ---- start ---- */

/* The simulation stands still. */
static int in_trouble(const struct vn_backend *be, const char *what, vn_error *err)
{
	const char *trouble = be->ops->trouble(be->sim);

	return vn_fail(err, VN_ERUNTIME, "this is a fault of the compute unit's hardware design",
	               "rtl:%dx%d: %s", be->rows, be->cols, trouble[0] ? trouble : what);
}

static int set_register(struct vn_backend *be, uint32_t offset, uint64_t value, int words,
                        vn_error *err)
{
	char what[64];

	for (int i = 0; i < words; i++) {
		const uint32_t at = offset + 4 * (uint32_t)i;

		if (be->ops->write(be->sim, at, (uint32_t)(value >> (32 * i))) == 0)
			continue;
		snprintf(what, sizeof(what), "writing register 0x%x got no answer", at);
		return in_trouble(be, what, err);
	}
	return 0;
}

static int get_register(struct vn_backend *be, uint32_t offset, uint32_t *value, vn_error *err)
{
	char what[64];

	if (be->ops->read(be->sim, offset, value) == 0)
		return 0;
	snprintf(what, sizeof(what), "reading register 0x%x got no answer", offset);
	return in_trouble(be, what, err);
}

static int rtl_start(struct vn_backend *be, int unit, const struct vn_start *s, vn_error *err)
{
	const struct {
		uint32_t offset;
		int words;
		uint64_t value;
	} sets[] = {
	        {VN_REG_PROGRAM, 2, s->program->address},
	        {VN_REG_FIRST, 1, s->first},
	        {VN_REG_COUNT, 1, s->count},
	        {VN_REG_IMAGES, 1, s->images},
	        {VN_REG_WEIGHTS, 2, s->weights->address},
	        {VN_REG_INPUT, 2, s->input->address},
	        {VN_REG_OUTPUT, 2, s->output->address},
	        {VN_REG_SCRATCH, 2, s->scratch->address},
	        {VN_REG_STATUS, 2, s->status->address},
	        {VN_REG_GIE, 1, 1},
	        {VN_REG_IER, 1, 1},
	        {VN_REG_CTRL, 1, CTRL_START},
	};
	int rc = 0;

	(void)unit;
	be->status = s->status;
	be->started = be->ops->cycle(be->sim);
	for (size_t i = 0; !rc && i < sizeof(sets) / sizeof(sets[0]); i++)
		rc = set_register(be, sets[i].offset, sets[i].value, sets[i].words, err);
	return rc;
}

/* ---- wait ---- */

static uint64_t cycles_left(const struct vn_backend *be)
{
	const uint64_t used = be->ops->cycle(be->sim) - be->started;

	if (be->options.cycle_limit == 0)
		return SLICE;
	return used >= be->options.cycle_limit ? 0 : be->options.cycle_limit - used;
}

static int run(struct vn_backend *be, int timeout_ms, vn_error *err)
{
	const int64_t end = vn_now_ms() + timeout_ms;

	for (;;) {
		const uint64_t left = cycles_left(be);

		if (left == 0)
			return vn_fail(err, VN_ERUNTIME, "option cycles of the URI sets the limit",
			               "rtl:%dx%d: a start was not done after %llu cycles",
			               be->rows, be->cols,
			               (unsigned long long)be->options.cycle_limit);
		switch (be->ops->run(be->sim, left < SLICE ? left : SLICE)) {
		case VN_SIM_DONE:
			return 0;
		case VN_SIM_HUNG:
			return in_trouble(be, "the compute unit hangs: nothing has moved for long",
			                  err);
		case VN_SIM_TROUBLE:
			return in_trouble(be, "the simulation failed", err);
		case VN_SIM_LIMIT:
			break;
		}
		if (timeout_ms >= 0 && vn_now_ms() >= end)
			return vn_fail(err, VN_ETIMEOUT, NULL, "rtl:%dx%d: not done after %d ms",
			               be->rows, be->cols, timeout_ms);
	}
}

/* Where memory refused the status block, its mirror tells how the start ended. */
static int mend_status(struct vn_backend *be, vn_error *err)
{
	uint32_t words[VN_STATUS_WORDS];
	int rc = 0;

	memcpy(words, be->status->data, sizeof(words));
	if (words[VN_ST_MAGIC] == VN_STATUS_MAGIC)
		return 0;
	for (uint32_t i = 0; !rc && i < VN_STATUS_WORDS; i++)
		rc = get_register(be, VN_REG_MIRROR + 4 * i, &words[i], err);
	if (!rc)
		memcpy(be->status->data, words, sizeof(words));
	return rc;
}

static int rtl_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	uint32_t ctrl = 0;
	int rc = run(be, timeout_ms, err);

	(void)unit;

	if (!rc)
		rc = set_register(be, VN_REG_ISR, 1, 1, err);
	if (!rc)
		rc = get_register(be, VN_REG_CTRL, &ctrl, err);
	if (!rc && !(ctrl & CTRL_DONE))
		rc = in_trouble(be, "the interrupt came without ap_done", err);
	return rc ? rc : mend_status(be, err);
}

const struct vn_backend_ops VN_BACKEND_RTL = {
        .scheme = "rtl",
        .kind = VN_SIMULATED,
        .describe = rtl_describe,
        .open = rtl_open,
        .finish = rtl_finish,
        .close = rtl_close,
        .configure = rtl_configure,
        .alloc = rtl_alloc,
        .free = rtl_free,
        .write = vn_memory_write,
        .read = vn_memory_read,
        .start = rtl_start,
        .wait = rtl_wait,
};
