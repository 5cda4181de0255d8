/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_xrt.c - xrt: the compute units of Alveo cards, through XRT's native C API.
 *
 * xrt:0 is the card that XRT counts as 0, xrt:0+1 two of them, whose compute units become those of
 * one device.  The same code drives a card and XRT's emulation of one.  Options:
 *   xclbin=FILE    what to load; without it, the file that fits (driver/xclbin.h)
 *   cus=N          use N compute units of each card, not all
 *
 * XRT's own waits may never return, so waiting looks at the state of the run by a clock of its own.
 * A run that never ends leaves XRT unable to close anything: such a device is left as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/error.h"
#include "driver/xclbin.h"
#include "driver/xrt_api.h"
#include "driver/xrt_card.h"
#include "driver/xrt_env.h"
#include "model/program.h"
#include "model/program_words.h"

enum {
	DEADLINE_CARD_MS = 30000,
	DEADLINE_EMULATED_MS = 600000, /* simulated cycles take some 10,000 times longer */
	RECORD_MS = 4000,    /* for a start of nothing; less than what a call may take beyond its
	                        deadline */
	PAUSE_LEAST_US = 10, /* between two looks at a run; shorter ones are none */
	PAUSE_MOST_US = 1000,
	LATE_SHARE = 16, /* of the time that a run has taken, a pause is this part */
	CLOCK_SLACK_MHZ = 1,
};

struct unit {
	struct vn_xrt_unit *xrt;
	const char *path; /* of its .xclbin */
	int64_t started_us;
	struct vn_buffer *status; /* of the last start */
};

struct card {
	struct vn_xrt_card xrt;
	int is_loaded;
	struct vn_xclbin xclbin;
};

struct vn_backend {
	char *xclbin; /* by the URI; NULL: find one */
	int cus;      /* of each card; 0: all */
	struct card cards[VN_XRT_CARDS_MAX];
	int n_cards;
	struct unit units[VN_UNITS_MAX];
	int n_units;
	int is_asked; /* the units have said what they are */
	uint32_t record[VN_CONFIG_WORDS];
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void xrt_describe(char *text, size_t size)
{
	vn_xrt_describe("XRT", text, size);
}

static int xrt_deadline_ms(const struct vn_backend *be)
{
	(void)be;
	return vn_xrt_emulation() ? DEADLINE_EMULATED_MS : DEADLINE_CARD_MS;
}

/* ---- open and close ---- */

static void close_units(struct vn_backend *be)
{
	for (int i = 0; i < be->n_units; i++)
		vn_xrt_close_unit(be->units[i].xrt);
	be->n_units = 0;
	be->is_asked = 0;
}

static void xrt_close(struct vn_backend *be)
{
	close_units(be);
	for (int i = 0; i < be->n_cards; i++)
		vn_xrt_close_card(&be->cards[i].xrt);
	free(be->xclbin);
	free(be);
}

static int take_options(struct vn_backend *be, struct vn_uri *uri, vn_error *err)
{
	const char *const xclbin = vn_uri_take(uri, "xclbin"), *cus = vn_uri_take(uri, "cus");
	long number = 0;
	int rc = cus ? vn_uri_number("cus", cus, 1, VN_UNITS_MAX, &number, err) : 0;

	be->cus = (int)number;
	if (!rc)
		rc = vn_uri_no_options(uri, err);
	if (rc || !xclbin)
		return rc;
	be->xclbin = strdup(xclbin);
	return be->xclbin ? 0 : vn_fail_nomem(err, strlen(xclbin), "the name of a file");
}

static int xrt_open(const struct vn_uri *given, struct vn_backend **out, vn_error *err)
{
	struct vn_backend *be = calloc(1, sizeof(*be));
	struct vn_uri uri = *given;
	int numbers[VN_XRT_CARDS_MAX], n = 0, rc;

	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	rc = vn_xrt_cards(&uri, numbers, &n, err);
	if (!rc)
		rc = take_options(be, &uri, err);
	if (!rc)
		rc = vn_xrt_load(err);
	if (!rc)
		rc = vn_xrt_env_check("xrt", numbers, n, err);
	for (int i = 0; !rc && i < n; i++) {
		rc = vn_xrt_open_card(&be->cards[i].xrt, numbers[i], err);
		be->n_cards += rc == 0;
	}
	if (rc)
		xrt_close(be);
	else
		*out = be;
	return rc;
}

/* ---- buffers ---- */

static int xrt_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                     struct vn_buffer **buffer, vn_error *err)
{
	return vn_xrt_alloc(be->units[unit].xrt, kind, bytes, buffer, err);
}

static void xrt_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	(void)be;
	vn_xrt_free(buffer);
}

static int xrt_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                     const void *data, uint64_t bytes, vn_error *err)
{
	(void)be;
	return vn_xrt_send(buffer, offset, data, bytes, err);
}

static int xrt_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                    uint64_t bytes, vn_error *err)
{
	(void)be;
	return vn_xrt_fetch(buffer, offset, data, bytes, err);
}

/* ---- start and wait ---- */

static int xrt_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	struct unit *const u = &be->units[unit];

	u->status = start->status;
	u->started_us = now_us();
	return vn_xrt_start(u->xrt, start, err);
}

/* Look at the run until it has ended or the time is up: without a pause at first, then ever less
 * often, so that its end is seen late by no more than a share of what it took. */
static enum vn_xrt_state poll_run(const struct unit *u, int timeout_ms, const char **name)
{
	const int64_t end = now_us() + (int64_t)timeout_ms * 1000;

	for (;;) {
		const enum vn_xrt_state state = vn_xrt_state(u->xrt, name);
		const int64_t now = now_us();
		int64_t pause = (now - u->started_us) / LATE_SHARE;

		if (state != VN_XRT_UNDER_WAY || (timeout_ms >= 0 && now >= end))
			return state;
		if (pause > PAUSE_MOST_US)
			pause = PAUSE_MOST_US;
		if (timeout_ms >= 0 && pause > end - now)
			pause = end - now;
		if (pause >= PAUSE_LEAST_US)
			nanosleep(&(struct timespec){.tv_nsec = (long)pause * 1000}, NULL);
	}
}

static const char *control_words(uint32_t ctrl)
{
	if (ctrl & 4)
		return "idle: it did not take the start, or XRT missed its end";
	return ctrl & 1 ? "started, not done" : "neither started nor idle";
}

/* The hint after a hang. */
static const char *reset_hint(void)
{
	return vn_xrt_emulation() ? "run the command again: it gets a new card"
	                          : "find the card by xbutil examine, reset it by xbutil reset "
	                            "--device BDF, open it again";
}

/* Not done.  Only a last look reads the register: that clears its ap_done, for which XRT's
 * scheduler may be looking. */
static int not_done(const struct unit *u, const char *state, int is_last, vn_error *err)
{
	const int number = vn_xrt_unit_card(u->xrt)->number;
	char text[96] = "not read yet";
	uint32_t ctrl;

	if (is_last && vn_xrt_register(u->xrt, VN_REG_CTRL, &ctrl, NULL) == 0)
		snprintf(text, sizeof(text), "0x%08x (%s)", ctrl, control_words(ctrl));
	else if (is_last)
		snprintf(text, sizeof(text), "not to be read");
	return vn_fail(err, VN_ETIMEOUT, reset_hint(),
	               "xrt:%d: kernel %s, compute unit %s: not done after %lld ms; register CTRL "
	               "at 0x%02x: %s; XRT's state of the run: %s",
	               number, VN_KERNEL, vn_xrt_unit_name(u->xrt),
	               (long long)(now_us() - u->started_us) / 1000, VN_REG_CTRL, text, state);
}

/* Where memory refused the status block, its mirror in the registers tells how the start ended. */
static int fetch_status(const struct unit *u, vn_error *err)
{
	uint32_t words[VN_STATUS_WORDS];
	int rc = vn_xrt_fetch(u->status, 0, words, sizeof(words), err);

	if (!rc && words[VN_ST_MAGIC] != VN_STATUS_MAGIC)
		for (uint32_t i = 0; !rc && i < VN_STATUS_WORDS; i++)
			rc = vn_xrt_register(u->xrt, VN_REG_MIRROR + 4 * i, &words[i], err);
	if (!rc)
		vn_xrt_keep(u->status, words, sizeof(words));
	return rc;
}

static int xrt_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	struct unit *const u = &be->units[unit];
	const char *name;
	const enum vn_xrt_state state = poll_run(u, timeout_ms, &name);

	if (state == VN_XRT_UNDER_WAY)
		return not_done(u, name, timeout_ms == 0, err);
	if (state == VN_XRT_DONE)
		return fetch_status(u, err);
	return vn_fail(err, VN_ERUNTIME, "dmesg and xbutil examine may say why",
	               "xrt:%d: kernel %s, compute unit %s: XRT ended the run in state %s",
	               vn_xrt_unit_card(u->xrt)->number, VN_KERNEL, vn_xrt_unit_name(u->xrt), name);
}

/* ---- configure ---- */

/* A start that was given up may have ended since; if not, only a reset helps. */
static int check_idle(struct vn_backend *be, vn_error *err)
{
	const char *name;

	for (int i = 0; i < be->n_units; i++) {
		struct vn_xrt_unit *const u = be->units[i].xrt;

		if (!vn_xrt_is_busy(u))
			continue;
		be->is_asked = 0; /* see whether it still answers */
		if (vn_xrt_state(u, &name) == VN_XRT_UNDER_WAY)
			return vn_fail(err, VN_ERUNTIME, reset_hint(),
			               "xrt:%d: compute unit %s still hangs in an earlier start",
			               vn_xrt_unit_card(u)->number, vn_xrt_unit_name(u));
	}
	return 0;
}

static int check_clock(const struct card *card, vn_error *err)
{
	const double is = vn_xrt_clock_mhz(&card->xrt), want = card->xclbin.clock_mhz;

	if (is == 0 || want == 0 || (is >= want - CLOCK_SLACK_MHZ && is <= want + CLOCK_SLACK_MHZ))
		return 0;
	return vn_fail(err, VN_ERUNTIME, "a card that gets too hot slows down: see xbutil examine",
	               "xrt:%d: the kernels' clock is %.0f MHz, but %s was made for %.0f MHz",
	               card->xrt.number, is, card->xclbin.path, want);
}

/* Have the right file on a card. */
static int prepare_card(struct vn_backend *be, struct card *card,
                        const uint32_t wanted[VN_CONFIG_WORDS], vn_error *err)
{
	struct vn_xclbin found;
	int rc = vn_xclbin_find(be->xclbin, card->xrt.platform, vn_xrt_emulation(), wanted, &found,
	                        err);

	if (rc)
		return rc;
	if (card->is_loaded && memcmp(found.uuid, card->xclbin.uuid, sizeof(found.uuid)) == 0)
		return 0;
	close_units(be);
	card->xclbin = found;
	rc = vn_xrt_load_xclbin(&card->xrt, found.path, found.uuid, err);
	if (!rc)
		rc = check_clock(card, err);
	card->is_loaded = rc == 0;
	return rc;
}

static int open_units_of(struct vn_backend *be, struct card *card, vn_error *err)
{
	const struct vn_xclbin *const x = &card->xclbin;
	const int n = be->cus ? be->cus : x->units;
	int rc = 0;

	if (n > x->units)
		return vn_fail(err, VN_EARG, NULL, "option cus: %d is more than the %d of %s", n,
		               x->units, x->path);
	for (int i = 0; !rc && i < n; i++) {
		struct unit *const u = &be->units[be->n_units];

		if (be->n_units == VN_UNITS_MAX)
			return vn_fail(err, VN_EARG, "use fewer by cus=N",
			               "xrt: more than %d compute units", VN_UNITS_MAX);
		*u = (struct unit){.path = x->path};
		rc = vn_xrt_open_unit(&card->xrt, x->uuid, x->unit[i], &u->xrt, err);
		be->n_units += rc == 0;
	}
	return rc;
}

/* A start of nothing ends at once with an error, and a status block that holds the record. */
static int run_nothing(struct vn_backend *be, int unit, const struct vn_start *start,
                       uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	const struct unit *const u = &be->units[unit];
	const uint64_t bytes = VN_STATUS_WORDS * sizeof(status[0]);
	int rc;

	memset(status, 0, (size_t)bytes);
	rc = vn_xrt_send(start->status, 0, status, bytes, err);
	if (!rc)
		rc = xrt_start(be, unit, start, err);
	if (!rc)
		rc = xrt_wait(be, unit, RECORD_MS, err);
	if (rc == VN_ETIMEOUT)
		rc = xrt_wait(be, unit, 0, err);
	if (!rc)
		rc = vn_xrt_fetch(start->status, 0, status, bytes, err);
	if (!rc && status[VN_ST_MAGIC] == VN_STATUS_MAGIC && status[VN_ST_ERROR] == VN_CU_BUS)
		rc = vn_fail(err, VN_EDEVICE, "the card's memory is at fault; reset the card",
		             "xrt:%d: compute unit %s could not write its status block: %s",
		             vn_xrt_unit_card(u->xrt)->number, vn_xrt_unit_name(u->xrt),
		             vn_cu_error_text(VN_CU_BUS));
	if (rc)
		return rc;
	if (status[VN_ST_MAGIC] != VN_STATUS_MAGIC || status[VN_ST_VERSION] != 1 ||
	    status[VN_ST_ERROR] != VN_CU_ARGUMENT ||
	    status[VN_ST_HASH] != vn_config_hash(&status[VN_ST_CONFIG]))
		return vn_fail(err, VN_ERUNTIME, "make the .xclbin anew with this software",
		               "xrt:%d: compute unit %s of %s answers a start of nothing without a "
		               "status block of version 1",
		               vn_xrt_unit_card(u->xrt)->number, vn_xrt_unit_name(u->xrt), u->path);
	return 0;
}

static int ask_record(struct vn_backend *be, int unit, uint32_t record[VN_CONFIG_WORDS],
                      vn_error *err)
{
	struct unit *const u = &be->units[unit];
	uint32_t status[VN_STATUS_WORDS];
	struct vn_start start = {0};
	int rc = vn_xrt_alloc(u->xrt, VN_BUFFER_PROGRAM, VN_BUFFER_ALIGN, &start.program, err);

	if (!rc)
		rc = vn_xrt_alloc(u->xrt, VN_BUFFER_WEIGHTS, VN_BUFFER_ALIGN, &start.weights, err);
	if (!rc)
		rc = vn_xrt_alloc(u->xrt, VN_BUFFER_INPUT, VN_BUFFER_ALIGN, &start.input, err);
	if (!rc) {
		start.status = start.program;
		start.output = start.scratch = start.input;
		rc = run_nothing(be, unit, &start, status, err);
	}
	if (!rc)
		memcpy(record, &status[VN_ST_CONFIG], VN_CONFIG_WORDS * sizeof(record[0]));
	vn_xrt_free(start.program);
	vn_xrt_free(start.weights);
	vn_xrt_free(start.input);
	return rc;
}

/* What the compute units say they are, which must be the same. */
static int ask_records(struct vn_backend *be, uint32_t record[VN_CONFIG_WORDS], vn_error *err)
{
	uint32_t other[VN_CONFIG_WORDS];
	int rc = ask_record(be, 0, record, err);

	for (int i = 1; !rc && i < be->n_units; i++) {
		rc = ask_record(be, i, other, err);
		if (!rc && memcmp(record, other, sizeof(other)) != 0)
			rc = vn_fail(err, VN_ECONFIG, "use fewer cards, or fewer units by cus=N",
			             "xrt: %s is %ux%u (%08x), but %s of card %d is %ux%u (%08x)",
			             vn_xrt_unit_name(be->units[0].xrt), record[VN_CFG_ROWS],
			             record[VN_CFG_COLS], vn_config_hash(record),
			             vn_xrt_unit_name(be->units[i].xrt),
			             vn_xrt_unit_card(be->units[i].xrt)->number, other[VN_CFG_ROWS],
			             other[VN_CFG_COLS], vn_config_hash(other));
	}
	return rc;
}

static int xrt_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	int rc = check_idle(be, err);

	if (rc)
		return rc;
	for (int i = 0; !rc && i < be->n_cards; i++)
		rc = prepare_card(be, &be->cards[i], wanted, err);
	if (!rc && be->n_units == 0)
		for (int i = 0; !rc && i < be->n_cards; i++)
			rc = open_units_of(be, &be->cards[i], err);
	if (rc)
		close_units(be);
	else if (!be->is_asked)
		rc = ask_records(be, be->record, err);
	be->is_asked = rc == 0;
	memcpy(actual, be->record, sizeof(be->record));
	*units = be->n_units;
	return rc;
}

const struct vn_backend_ops VN_BACKEND_XRT = {
        .scheme = "xrt",
        .deadline_ms = xrt_deadline_ms,
        .leaves_hung = 1,
        .self_test = 1,
        .describe = xrt_describe,
        .open = xrt_open,
        .close = xrt_close,
        .configure = xrt_configure,
        .alloc = xrt_alloc,
        .free = xrt_free,
        .write = xrt_write,
        .read = xrt_read,
        .start = xrt_start,
        .wait = xrt_wait,
};
