/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_ocl.c - ocl: the compute units of Alveo cards, through OpenCL 1.2 as XRT has it.
 *
 * ocl:0 is the card that XRT counts as 0, ocl:0+1 two of them, whose compute units become those of
 * one device.  The same code drives a card and XRT's emulation of one.  Options:
 *   xclbin=FILE    what to load; without it, the file that fits (driver/xclbin.h)
 *   cus=N          use N compute units of each card, not all
 *
 * OpenCL's own waits may never return, so a start is waited for by its event and a clock of ours.
 * What OpenCL cannot do: read a register, stop a compute unit.  A start that never ends makes
 * leaving XRT a matter of luck: such a device is left as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/call.h"
#include "driver/error.h"
#include "driver/ocl_card.h"
#include "driver/xclbin.h"
#include "driver/xrt_env.h"
#include "model/program.h"

enum {
	DEADLINE_CARD_MS = 30000,
	DEADLINE_EMULATED_MS = 600000, /* simulated cycles take some 10,000 times longer */
	/* Of a start that computes nothing; less than any call of the driver may take, so that the
	   sentence is ours. */
	RECORD_MS = VN_CALL_GRACE_MS - 1000,
	LOOK_MS = 50, /* between two looks at a start that has not rung */
	CLOCK_SLACK_MHZ = 1,
};

struct unit {
	struct vn_ocl_unit *ocl;
	const char *path;   /* of its .xclbin */
	int64_t started_ms; /* the last start */
	int is_running;     /* nobody has seen its end */
};

struct card {
	struct vn_ocl_card ocl;
	struct vn_xclbin xclbin; /* what is loaded, if anything is */
};

struct vn_backend {
	char xclbin[VN_URI_MAX]; /* by the URI; "": find one */
	int cus;                 /* of each card; 0: all */
	struct card cards[VN_XRT_CARDS_MAX];
	int n_cards;
	struct unit units[VN_UNITS_MAX];
	int n_units;
	int is_asked;                     /* the units, for their record: */
	uint32_t record[VN_CONFIG_WORDS]; /* of all */
};

static void ocl_describe(char *text, size_t size)
{
	vn_xrt_describe("OpenCL", text, size);
}

static int ocl_deadline_ms(const struct vn_backend *be)
{
	(void)be;
	return vn_xrt_emulation() ? DEADLINE_EMULATED_MS : DEADLINE_CARD_MS;
}

/* ---- open and close ---- */

static int take_options(struct vn_backend *be, struct vn_uri *uri, vn_error *err)
{
	const char *const xclbin = vn_uri_take(uri, "xclbin"), *cus = vn_uri_take(uri, "cus");
	long number = 0;
	int rc = cus ? vn_uri_number("cus", cus, 1, VN_UNITS_MAX, &number, err) : 0;

	be->cus = (int)number;
	if (xclbin)
		snprintf(be->xclbin, sizeof(be->xclbin), "%s", xclbin);
	return rc ? rc : vn_uri_no_options(uri, err);
}

/* XRT is set up in here. */
static int find_cards(struct vn_backend *be, vn_error *err)
{
	struct vn_ocl_card cards[VN_XRT_CARDS_MAX] = {0};
	sigset_t before;
	int rc;

	for (int i = 0; i < be->n_cards; i++)
		cards[i].number = be->cards[i].ocl.number;
	vn_xrt_block_signals(&before);
	rc = vn_ocl_find_cards(cards, be->n_cards, err);
	vn_xrt_restore_signals(&before);
	for (int i = 0; i < be->n_cards; i++)
		be->cards[i].ocl = cards[i];
	return rc;
}

static void unload(struct vn_backend *be)
{
	be->is_asked = 0;
	for (int i = 0; i < be->n_units; i++)
		vn_ocl_close_unit(be->units[i].ocl);
	be->n_units = 0;
	for (int i = 0; i < be->n_cards; i++)
		vn_ocl_unload(&be->cards[i].ocl);
}

static void ocl_close(struct vn_backend *be)
{
	unload(be);
	for (int i = 0; i < be->n_cards; i++)
		vn_xrt_give_card(be->cards[i].ocl.number);
	free(be);
}

static int ocl_open(const struct vn_uri *given, struct vn_backend **out, vn_error *err)
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
		rc = vn_xrt_env_check("ocl", numbers, n, err);
	for (int i = 0; !rc && i < n; i++) {
		rc = vn_xrt_take_card("ocl", numbers[i], err);
		if (!rc)
			be->cards[be->n_cards++].ocl.number = numbers[i];
	}
	if (!rc)
		rc = find_cards(be, err);
	if (rc)
		ocl_close(be);
	else
		*out = be;
	return rc;
}

/* ---- buffers ---- */

static int ocl_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                     struct vn_buffer **buffer, vn_error *err)
{
	return vn_ocl_alloc(be->units[unit].ocl, kind, bytes, buffer, err);
}

static void ocl_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	(void)be;
	vn_ocl_free(buffer);
}

static int ocl_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                     const void *data, uint64_t bytes, vn_error *err)
{
	(void)be;
	return vn_ocl_write(buffer, offset, data, bytes, err);
}

static int ocl_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                    uint64_t bytes, vn_error *err)
{
	(void)be;
	return vn_ocl_read(buffer, offset, data, bytes, err);
}

/* ---- start and wait ---- */

static int ocl_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	struct unit *const u = &be->units[unit];
	int rc;

	u->started_ms = vn_now_ms();
	rc = vn_ocl_start(u->ocl, start, err);
	u->is_running = rc == 0;
	return rc;
}

/* How a person gets on after a hang; @hint as that of a vn_error. */
static void reset_hint(const struct unit *u, char hint[256])
{
	const char *bdf = vn_ocl_unit_card(u->ocl)->bdf;

	if (vn_xrt_emulation())
		snprintf(hint, 256,
		         "run the command again: it gets a new card; as xrt: it also reads the "
		         "register");
	else
		snprintf(hint, 256,
		         "xbutil examine --device %s --report dynamic-region shows the register, "
		         "xbutil reset --device %s stops the compute unit",
		         bdf, bdf);
}

static int not_done(const struct unit *u, const char *state, vn_error *err)
{
	char hint[256];

	reset_hint(u, hint);
	return vn_fail(
	        err, VN_ETIMEOUT, hint,
	        "ocl:%d: kernel %s, compute unit %s: not done after %lld ms; OpenCL's state "
	        "of the start: %s; its register CTRL at 0x%02x cannot be read through OpenCL",
	        vn_ocl_unit_card(u->ocl)->number, VN_KERNEL, vn_ocl_unit_name(u->ocl),
	        (long long)(vn_now_ms() - u->started_ms), state, VN_REG_CTRL);
}

static int ocl_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	struct unit *const u = &be->units[unit];
	const int64_t end = vn_now_ms() + timeout_ms;
	const char *name;
	enum vn_ocl_state state;

	while ((state = vn_ocl_state(u->ocl, &name)) == VN_OCL_UNDER_WAY) {
		const int64_t left = timeout_ms < 0 ? LOOK_MS : end - vn_now_ms();

		if (left <= 0)
			return not_done(u, name, err);
		vn_ocl_sleep(u->ocl, left < LOOK_MS ? (int)left : LOOK_MS);
	}
	u->is_running = 0;
	if (state == VN_OCL_DONE)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "dmesg and xbutil examine may say why",
	               "ocl:%d: kernel %s, compute unit %s: a start, or a transfer that it needs, "
	               "failed: %s",
	               vn_ocl_unit_card(u->ocl)->number, VN_KERNEL, vn_ocl_unit_name(u->ocl), name);
}

/* ---- configure ---- */

/* A start that was given up may have ended since, though such units are asked again; if not, only
 * a reset helps. */
static int check_idle(struct vn_backend *be, vn_error *err)
{
	for (int i = 0; i < be->n_units; i++) {
		struct unit *const u = &be->units[i];
		const char *name;
		char hint[256];

		if (!u->is_running)
			continue;
		be->is_asked = 0;
		u->is_running = vn_ocl_state(u->ocl, &name) == VN_OCL_UNDER_WAY;
		if (!u->is_running)
			continue;
		reset_hint(u, hint);
		return vn_fail(err, VN_ERUNTIME, hint,
		               "ocl:%d: compute unit %s still hangs in an earlier start",
		               vn_ocl_unit_card(u->ocl)->number, vn_ocl_unit_name(u->ocl));
	}
	return 0;
}

/* OpenCL tells the fastest clock of a card, which need not be the kernels': so a file for a faster
 * one is wrong for certain.  An emulated card has no clock. */
static int check_clock(const struct card *card, vn_error *err)
{
	const unsigned mhz = vn_ocl_clock_mhz(&card->ocl);

	if (vn_xrt_emulation() || mhz == 0 || card->xclbin.clock_mhz <= mhz + CLOCK_SLACK_MHZ)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "a card that gets too hot slows down: see xbutil examine",
	               "ocl:%d: no clock of the card is above %u MHz, but %s was made for %.0f MHz",
	               card->ocl.number, mhz, card->xclbin.path, card->xclbin.clock_mhz);
}

static int open_units_of(struct vn_backend *be, const struct card *card, vn_error *err)
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
			               "ocl: more than %d compute units", VN_UNITS_MAX);
		*u = (struct unit){.path = x->path};
		rc = vn_ocl_open_unit(&card->ocl, x->unit[i], &u->ocl, err);
		be->n_units += rc == 0;
	}
	return rc;
}

static int load_cards(struct vn_backend *be, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < be->n_cards; i++) {
		struct card *const card = &be->cards[i];

		rc = vn_ocl_load_xclbin(&card->ocl, card->xclbin.path, err);
		if (!rc)
			rc = check_clock(card, err);
		if (!rc)
			rc = open_units_of(be, card, err);
	}
	return rc;
}

/* Have the right file on every card. */
static int prepare_cards(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         vn_error *err)
{
	int same = be->n_units > 0;

	for (int i = 0; i < be->n_cards; i++) {
		struct card *const card = &be->cards[i];
		struct vn_xclbin found;
		const int rc = vn_xclbin_find(be->xclbin[0] ? be->xclbin : NULL, card->ocl.platform,
		                              vn_xrt_emulation(), wanted, &found, err);

		if (rc)
			return rc;
		same &= memcmp(found.uuid, card->xclbin.uuid, sizeof(found.uuid)) == 0;
		card->xclbin = found;
	}
	if (same)
		return 0;
	unload(be);
	return load_cards(be, err);
}

/* A start of nothing ends at once with an error, and a status block that holds the record. */
static int run_nothing(struct vn_backend *be, int unit, const struct vn_start *start,
                       uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	const struct unit *const u = &be->units[unit];
	const uint64_t bytes = VN_STATUS_WORDS * sizeof(status[0]);
	int rc;

	memset(status, 0, (size_t)bytes);
	rc = vn_ocl_write(start->status, 0, status, bytes, err);
	if (!rc)
		rc = ocl_start(be, unit, start, err);
	if (!rc)
		rc = ocl_wait(be, unit, RECORD_MS, err);
	if (!rc)
		rc = vn_ocl_read(start->status, 0, status, bytes, err);
	if (rc)
		return rc;
	if (status[VN_ST_VERSION] != 1 || status[VN_ST_ERROR] != VN_CU_ARGUMENT ||
	    status[VN_ST_HASH] != vn_config_hash(&status[VN_ST_CONFIG]))
		return vn_fail(err, VN_ERUNTIME, "make the .xclbin anew with this software",
		               "ocl:%d: compute unit %s of %s answers a start of nothing without a "
		               "status block of version 1",
		               vn_ocl_unit_card(u->ocl)->number, vn_ocl_unit_name(u->ocl), u->path);
	return 0;
}

static int ask_record(struct vn_backend *be, int unit, uint32_t record[VN_CONFIG_WORDS],
                      vn_error *err)
{
	struct vn_ocl_unit *const ocl = be->units[unit].ocl;
	struct vn_buffer *b[VN_BUFFER_STATUS + 1] = {NULL};
	uint32_t status[VN_STATUS_WORDS];
	int rc = 0;

	for (int kind = 0; !rc && kind <= VN_BUFFER_STATUS; kind++)
		rc = vn_ocl_alloc(ocl, (enum vn_buffer_kind)kind, VN_BUFFER_ALIGN, &b[kind], err);
	if (!rc) {
		const struct vn_start start = {
		        .program = b[VN_BUFFER_PROGRAM],
		        .images = 1,
		        .weights = b[VN_BUFFER_WEIGHTS],
		        .input = b[VN_BUFFER_INPUT],
		        .output = b[VN_BUFFER_OUTPUT],
		        .scratch = b[VN_BUFFER_SCRATCH],
		        .status = b[VN_BUFFER_STATUS],
		};

		rc = run_nothing(be, unit, &start, status, err);
	}
	if (be->units[unit].is_running) /* it has the buffers still */
		return rc;
	for (int kind = 0; kind <= VN_BUFFER_STATUS; kind++)
		vn_ocl_free(b[kind]);
	if (!rc)
		memcpy(record, &status[VN_ST_CONFIG], VN_CONFIG_WORDS * sizeof(record[0]));
	return rc;
}

/* What the compute units say they are, which must be the same. */
static int ask_records(struct vn_backend *be, uint32_t record[VN_CONFIG_WORDS], vn_error *err)
{
	uint32_t other[VN_CONFIG_WORDS];
	int rc = ask_record(be, 0, record, err);

	for (int i = 1; !rc && i < be->n_units; i++) {
		const struct vn_ocl_unit *const ocl = be->units[i].ocl;

		rc = ask_record(be, i, other, err);
		if (!rc && memcmp(record, other, sizeof(other)) != 0)
			rc = vn_fail(err, VN_ECONFIG, "use fewer cards, or fewer units by cus=N",
			             "ocl: %s is %ux%u (%08x), but %s of card %d is %ux%u (%08x)",
			             vn_ocl_unit_name(be->units[0].ocl), record[VN_CFG_ROWS],
			             record[VN_CFG_COLS], vn_config_hash(record),
			             vn_ocl_unit_name(ocl), vn_ocl_unit_card(ocl)->number,
			             other[VN_CFG_ROWS], other[VN_CFG_COLS], vn_config_hash(other));
	}
	return rc;
}

static int ocl_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	sigset_t before;
	int rc;

	vn_xrt_block_signals(&before);
	rc = check_idle(be, err);
	if (!rc) {
		rc = prepare_cards(be, wanted, err);
		if (!rc && !be->is_asked)
			rc = ask_records(be, be->record, err);
		if (rc && rc != VN_ETIMEOUT)
			unload(be);
		be->is_asked = rc == 0;
	}
	vn_xrt_restore_signals(&before);
	memcpy(actual, be->record, sizeof(be->record));
	*units = be->n_units;
	return rc;
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
