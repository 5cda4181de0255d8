/* SPDX-License-Identifier: Apache-2.0
 *
 * card_unit.c - a compute unit of a card, through either runtime: starts, waiting, asking it what
 * it is.
 */
#include "driver/card_unit.h"

#include <string.h>

#include "driver/call.h"
#include "base/error.h"
#include "model/program.h"
#include "model/program_words.h"

/* For a start that computes nothing; less than any call of the driver may take, so that the
 * sentence is ours. */
enum { RECORD_MS = VN_CALL_GRACE_MS - 1000 };

static int64_t now_us(void)
{
	return vn_now_ns() / 1000;
}

int vn_card_unit_start(struct vn_card_unit *u, const struct vn_start *start, vn_error *err)
{
	u->started_us = now_us();
	return u->rt->start(u->cu, start, err);
}

/* Look at the start until it has ended or the time is up. */
static enum vn_run poll_run(const struct vn_card_unit *u, int timeout_ms, const char **name)
{
	const int64_t end = now_us() + (int64_t)timeout_ms * 1000;

	for (;;) {
		const enum vn_run state = u->rt->state(u->cu, name);
		const int64_t now = now_us(), left = timeout_ms < 0 ? INT64_MAX : end - now;

		if (state != VN_RUN_UNDER_WAY || left <= 0)
			return state;
		u->rt->rest(u->cu, now - u->started_us, left);
	}
}

static int not_done(const struct vn_card_unit *u, const char *state, int is_last, vn_error *err)
{
	char hint[256], text[256];

	u->rt->reset_hint(u->card, hint, sizeof(hint));
	u->rt->tell_hang(u->cu, state, is_last, text, sizeof(text));
	return vn_fail(err, VN_ETIMEOUT, hint,
	               "%s:%d: kernel %s, compute unit %s: not done after %lld ms; %s",
	               u->rt->scheme, u->card->number, VN_KERNEL, u->name,
	               (long long)(now_us() - u->started_us) / 1000, text);
}

int vn_card_unit_wait(struct vn_card_unit *u, int timeout_ms, vn_error *err)
{
	const char *name;
	const enum vn_run state = poll_run(u, timeout_ms, &name);

	if (state == VN_RUN_UNDER_WAY)
		return not_done(u, name, timeout_ms == 0, err);
	if (state == VN_RUN_DONE)
		return u->rt->finish ? u->rt->finish(u->cu, err) : 0;
	return vn_fail(err, VN_ERUNTIME, "dmesg and xbutil examine may say why",
	               "%s:%d: kernel %s, compute unit %s: %s %s", u->rt->scheme, u->card->number,
	               VN_KERNEL, u->name, u->rt->failed, name);
}

int vn_card_unit_check_idle(struct vn_card_unit *u, vn_error *err)
{
	const char *name;
	char hint[256];

	if (u->rt->state(u->cu, &name) != VN_RUN_UNDER_WAY)
		return 0;
	u->rt->reset_hint(u->card, hint, sizeof(hint));
	return vn_fail(err, VN_ERUNTIME, hint,
	               "%s:%d: compute unit %s still hangs in an earlier start", u->rt->scheme,
	               u->card->number, u->name);
}

/* A start of nothing ends at once with an error, and a status block that holds the record. */
static int run_nothing(struct vn_card_unit *u, const struct vn_start *start,
                       uint32_t status[VN_STATUS_WORDS], vn_error *err)
{
	const uint64_t bytes = VN_STATUS_WORDS * sizeof(status[0]);
	int rc;

	memset(status, 0, (size_t)bytes);
	rc = u->rt->write(start->status, 0, status, bytes, err);
	if (!rc)
		rc = vn_card_unit_start(u, start, err);
	if (!rc)
		rc = vn_card_unit_wait(u, RECORD_MS, err);
	if (rc == VN_ETIMEOUT)
		rc = vn_card_unit_wait(u, 0, err);
	return rc ? rc : u->rt->read(start->status, 0, status, bytes, err);
}

/* The answer to that. */
static int check_status(const struct vn_card_unit *u, const uint32_t status[VN_STATUS_WORDS],
                        vn_error *err)
{
	if (status[VN_ST_MAGIC] == VN_STATUS_MAGIC && status[VN_ST_ERROR] == VN_CU_BUS)
		return vn_fail(err, VN_EDEVICE, "the card's memory is at fault; reset the card",
		               "%s:%d: compute unit %s could not write its status block: %s",
		               u->rt->scheme, u->card->number, u->name,
		               vn_cu_error_text(VN_CU_BUS));
	if (status[VN_ST_MAGIC] == VN_STATUS_MAGIC && status[VN_ST_VERSION] != VN_CONTRACT)
		return vn_fail(err, VN_ERUNTIME, "make the .xclbin anew with this software",
		               "%s:%d: compute unit %s of %s is of contract version %u, this is %d",
		               u->rt->scheme, u->card->number, u->name, u->card->xclbin.path,
		               status[VN_ST_VERSION], VN_CONTRACT);
	if (status[VN_ST_MAGIC] != VN_STATUS_MAGIC || status[VN_ST_ERROR] != VN_CU_ARGUMENT ||
	    status[VN_ST_HASH] != vn_config_hash(&status[VN_ST_CONFIG]))
		return vn_fail(err, VN_ERUNTIME, "make the .xclbin anew with this software",
		               "%s:%d: compute unit %s of %s answers a start of nothing without a "
		               "status block of version %d",
		               u->rt->scheme, u->card->number, u->name, u->card->xclbin.path,
		               VN_CONTRACT);
	return 0;
}

int vn_card_unit_ask(struct vn_card_unit *u, uint32_t record[VN_CONFIG_WORDS], vn_error *err)
{
	struct vn_buffer *b[VN_BUFFER_KINDS] = {NULL};
	uint32_t status[VN_STATUS_WORDS];
	int rc = 0;

	for (int kind = 0; !rc && kind < VN_BUFFER_KINDS; kind++)
		rc = u->rt->alloc(u->cu, (enum vn_buffer_kind)kind, VN_BUFFER_ALIGN, &b[kind], err);
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

		rc = run_nothing(u, &start, status, err);
	}
	if (!rc)
		rc = check_status(u, status, err);
	if (!rc)
		memcpy(record, &status[VN_ST_CONFIG], VN_CONFIG_WORDS * sizeof(record[0]));
	for (int kind = 0; kind < VN_BUFFER_KINDS; kind++)
		u->rt->free(b[kind]);
	return rc;
}
