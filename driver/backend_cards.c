/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_cards.c - xrt: and ocl:, the compute units of Alveo cards, through XRT's native C API and
 * through OpenCL 1.2 as XRT has it.
 *
 * xrt:0 is the card that XRT counts as 0, xrt:0+1 two of them, whose compute units become those of
 * one device.  The same code drives a card and XRT's emulation of one.  Options:
 *   xclbin=FILE    what to load; without it, the file that fits (driver/xclbin.h)
 *   cus=N          use N compute units of each card, not all
 *
 * The runtimes' own waits may never return, so a start is looked at by a clock of ours.  A start
 * that never ends leaves XRT unable to close anything: such a device is left as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/card_unit.h"
#include "base/error.h"
#include "driver/runtime.h"
#include "driver/xclbin.h"
#include "driver/xrt_env.h"
#include "model/program.h"

enum {
	DEADLINE_CARD_MS = 30000,
	DEADLINE_EMULATED_MS = 600000, /* simulated cycles take some 10,000 times longer */
	CLOCK_SLACK_MHZ = 1,
};

struct vn_backend {
	const struct vn_runtime *rt;
	char xclbin[VN_URI_MAX]; /* by the URI; "": find one */
	int cus;                 /* of each card; 0: all */
	struct vn_card cards[VN_XRT_CARDS_MAX];
	int n_cards;
	struct vn_card_unit units[VN_UNITS_MAX];
	int n_units;
	int is_asked;                     /* the units, for their record: */
	uint32_t record[VN_CONFIG_WORDS]; /* of all */
};

static int cards_deadline_ms(const struct vn_backend *be)
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

static int open_cards(struct vn_backend *be, const int *numbers, int n, vn_error *err)
{
	sigset_t before;
	int rc = 0;

	for (int i = 0; !rc && i < n; i++) {
		rc = vn_xrt_take_card(be->rt->scheme, numbers[i], err);
		if (!rc)
			be->cards[be->n_cards++].number = numbers[i];
	}
	if (rc)
		return rc;
	vn_xrt_block_signals(&before);
	rc = be->rt->open_cards(be->cards, n, err);
	vn_xrt_restore_signals(&before);
	return rc;
}

static void close_units(struct vn_backend *be)
{
	for (int i = 0; i < be->n_units; i++)
		be->rt->close_unit(be->units[i].cu);
	be->n_units = 0;
	be->is_asked = 0;
}

static void cards_close(struct vn_backend *be)
{
	close_units(be);
	for (int i = 0; i < be->n_cards; i++) {
		be->rt->close_card(&be->cards[i]);
		vn_xrt_give_card(be->cards[i].number);
	}
	free(be);
}

static int cards_open(const struct vn_runtime *rt, const struct vn_uri *given,
                      struct vn_backend **out, vn_error *err)
{
	struct vn_backend *be = calloc(1, sizeof(*be));
	struct vn_uri uri = *given;
	int numbers[VN_XRT_CARDS_MAX], n = 0, rc;

	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	be->rt = rt;
	rc = vn_xrt_cards(&uri, numbers, &n, err);
	if (!rc)
		rc = take_options(be, &uri, err);
	if (!rc && rt->load)
		rc = rt->load(err);
	if (!rc)
		rc = vn_xrt_env_check(rt->scheme, numbers, n, err);
	if (!rc)
		rc = open_cards(be, numbers, n, err);
	if (rc)
		cards_close(be);
	else
		*out = be;
	return rc;
}

/* ---- buffers ---- */

static int cards_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                       struct vn_buffer **buffer, vn_error *err)
{
	return be->rt->alloc(be->units[unit].cu, kind, bytes, buffer, err);
}

static void cards_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	be->rt->free(buffer);
}

static int cards_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                       const void *data, uint64_t bytes, vn_error *err)
{
	return be->rt->write(buffer, offset, data, bytes, err);
}

static int cards_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                      uint64_t bytes, vn_error *err)
{
	return be->rt->read(buffer, offset, data, bytes, err);
}

/* ---- start and wait ---- */

static int cards_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	return vn_card_unit_start(&be->units[unit], start, err);
}

static int cards_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	return vn_card_unit_wait(&be->units[unit], timeout_ms, err);
}

/* ---- configure ---- */

/* A start that was given up may have ended since, though such units are asked again; if not, only
 * a reset helps. */
static int check_idle(struct vn_backend *be, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < be->n_units; i++)
		if (be->rt->is_busy(be->units[i].cu)) {
			be->is_asked = 0;
			rc = vn_card_unit_check_idle(&be->units[i], err);
		}
	return rc;
}

static int check_clock(const struct vn_runtime *rt, const struct vn_card *card, vn_error *err)
{
	const double is = rt->clock_mhz(card), want = card->xclbin.clock_mhz;
	const int fits =
	        want <= is + CLOCK_SLACK_MHZ && (rt->clock_is_most || want >= is - CLOCK_SLACK_MHZ);

	if (is == 0 || want == 0 || fits)
		return 0;
	return vn_fail(err, VN_ERUNTIME, "a card that gets too hot slows down: see xbutil examine",
	               "%s:%d: %s %.0f MHz, but %s was made for %.0f MHz", rt->scheme, card->number,
	               rt->clock_is_most ? "no clock of the card is above"
	                                 : "the kernels' clock is",
	               is, card->xclbin.path, want);
}

/* The file for each card.  One that the card does not have counts as not loaded. */
static int find_files(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS], vn_error *err)
{
	const char *const named = be->xclbin[0] ? be->xclbin : NULL;
	struct vn_xclbin found;

	for (int i = 0; i < be->n_cards; i++) {
		struct vn_card *const card = &be->cards[i];
		const int rc = vn_xclbin_find(named, card->platform, vn_xrt_emulation(), wanted,
		                              &found, err);

		if (rc)
			return rc;
		if (card->is_loaded &&
		    memcmp(found.uuid, card->xclbin.uuid, sizeof(found.uuid)) == 0)
			continue;
		card->xclbin = found;
		card->is_loaded = 0;
	}
	return 0;
}

static int load_files(struct vn_backend *be, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < be->n_cards; i++) {
		struct vn_card *const card = &be->cards[i];

		if (card->is_loaded)
			continue;
		close_units(be);
		rc = be->rt->load_xclbin(card, err);
		if (!rc)
			rc = check_clock(be->rt, card, err);
		card->is_loaded = rc == 0;
	}
	return rc;
}

static int open_units_of(struct vn_backend *be, const struct vn_card *card, vn_error *err)
{
	const struct vn_xclbin *const x = &card->xclbin;
	const int n = be->cus ? be->cus : x->units;
	int rc = 0;

	if (n > x->units)
		return vn_fail(err, VN_EARG, NULL, "option cus: %d is more than the %d of %s", n,
		               x->units, x->path);
	for (int i = 0; !rc && i < n; i++) {
		struct vn_card_unit *const u = &be->units[be->n_units];

		if (be->n_units == VN_UNITS_MAX)
			return vn_fail(err, VN_EARG, "use fewer by cus=N",
			               "%s: more than %d compute units", be->rt->scheme,
			               VN_UNITS_MAX);
		*u = (struct vn_card_unit){.rt = be->rt, .card = card, .name = x->unit[i]};
		rc = be->rt->open_unit(card, u->name, &u->cu, err);
		be->n_units += rc == 0;
	}
	return rc;
}

/* What the compute units say they are, which must be the same. */
static int ask_records(struct vn_backend *be, uint32_t record[VN_CONFIG_WORDS], vn_error *err)
{
	uint32_t other[VN_CONFIG_WORDS];
	int rc = vn_card_unit_ask(&be->units[0], record, err);

	for (int i = 1; !rc && i < be->n_units; i++) {
		struct vn_card_unit *const u = &be->units[i];

		rc = vn_card_unit_ask(u, other, err);
		if (!rc && memcmp(record, other, sizeof(other)) != 0)
			rc = vn_fail(err, VN_ECONFIG, "use fewer cards, or fewer units by cus=N",
			             "%s: %s is %ux%u (%08x), but %s of card %d is %ux%u (%08x)",
			             be->rt->scheme, be->units[0].name, record[VN_CFG_ROWS],
			             record[VN_CFG_COLS], vn_config_hash(record), u->name,
			             u->card->number, other[VN_CFG_ROWS], other[VN_CFG_COLS],
			             vn_config_hash(other));
	}
	return rc;
}

/* Have the right file on every card, its units open and asked. */
static int prepare(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS], vn_error *err)
{
	int rc = find_files(be, wanted, err);

	if (!rc)
		rc = load_files(be, err);
	if (!rc && be->n_units == 0)
		for (int i = 0; !rc && i < be->n_cards; i++)
			rc = open_units_of(be, &be->cards[i], err);
	if (!rc && !be->is_asked)
		rc = ask_records(be, be->record, err);
	be->is_asked = rc == 0;
	return rc;
}

static int cards_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                           uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	sigset_t before;
	int rc;

	vn_xrt_block_signals(&before);
	rc = check_idle(be, err);
	if (!rc) {
		rc = prepare(be, wanted, err);
		if (rc && rc != VN_ETIMEOUT)
			close_units(be);
	}
	vn_xrt_restore_signals(&before);
	memcpy(actual, be->record, sizeof(be->record));
	*units = be->n_units;
	return rc;
}

/* ---- the two ---- */

static void xrt_describe(char *text, size_t size)
{
	vn_xrt_describe("XRT", text, size);
}

static void ocl_describe(char *text, size_t size)
{
	vn_xrt_describe("OpenCL", text, size);
}

static int xrt_open(const struct vn_uri *uri, struct vn_backend **out, vn_error *err)
{
	return cards_open(&VN_RUNTIME_XRT, uri, out, err);
}

static int ocl_open(const struct vn_uri *uri, struct vn_backend **out, vn_error *err)
{
	return cards_open(&VN_RUNTIME_OCL, uri, out, err);
}

#define OPS(name)                                                                                  \
	{                                                                                          \
		.scheme = #name, .kind = VN_CARD, .deadline_ms = cards_deadline_ms,                \
		.leaves_hung = 1, .self_test = 1, .describe = name##_describe,                     \
		.open = name##_open, .close = cards_close, .configure = cards_configure,           \
		.alloc = cards_alloc, .free = cards_free, .write = cards_write,                    \
		.read = cards_read, .start = cards_start, .wait = cards_wait,                      \
	}

const struct vn_backend_ops VN_BACKEND_XRT = OPS(xrt), VN_BACKEND_OCL = OPS(ocl);
