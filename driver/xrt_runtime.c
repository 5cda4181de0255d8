/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_runtime.c - XRT's native API as one of the runtimes; its calls are in xrt_card.c.
 */
#include <stdio.h>
#include <time.h>

#include "driver/runtime.h"
#include "driver/xrt_api.h"
#include "driver/xrt_card.h"
#include "driver/xrt_env.h"

enum {
	PAUSE_LEAST_US = 10, /* between two looks at a run; shorter ones are none */
	PAUSE_MOST_US = 1000,
	LATE_SHARE = 16, /* of the time that a run has taken, a pause is this part */
};

/* Without a pause at first, then ever longer, so that the end of a run is seen late by no more
 * than a share of what it took. */
static void rest(struct vn_cu *unit, int64_t since_us, int64_t left_us)
{
	int64_t pause = since_us / LATE_SHARE;

	(void)unit;
	if (pause > PAUSE_MOST_US)
		pause = PAUSE_MOST_US;
	if (pause > left_us)
		pause = left_us;
	if (pause >= PAUSE_LEAST_US)
		nanosleep(&(struct timespec){.tv_nsec = (long)pause * 1000}, NULL);
}

static const char *control_words(uint32_t ctrl)
{
	if (ctrl & 4)
		return "idle: it did not take the start, or XRT missed its end";
	return ctrl & 1 ? "started, not done" : "neither started nor idle";
}

/* Only a last look reads the register: that clears its ap_done, for which XRT's scheduler may be
 * looking. */
static void tell_hang(struct vn_cu *unit, const char *state, int is_last, char *text, size_t size)
{
	char value[96] = "not read yet";
	uint32_t ctrl;

	if (is_last && vn_xrt_register(unit, VN_REG_CTRL, &ctrl, NULL) == 0)
		snprintf(value, sizeof(value), "0x%08x (%s)", ctrl, control_words(ctrl));
	else if (is_last)
		snprintf(value, sizeof(value), "not to be read");
	snprintf(text, size, "register CTRL at 0x%02x: %s; XRT's state of the run: %s", VN_REG_CTRL,
	         value, state);
}

static void reset_hint(const struct vn_card *card, char *hint, size_t size)
{
	(void)card;
	snprintf(hint, size, "%s",
	         vn_xrt_emulation() ? "run the command again: it gets a new card"
	                            : "find the card by xbutil examine, reset it by xbutil reset "
	                              "--device BDF, open it again");
}

const struct vn_runtime VN_RUNTIME_XRT = {
        .scheme = "xrt",
        .failed = "XRT ended the run in state",
        .load = vn_xrt_load,
        .open_cards = vn_xrt_open_cards,
        .close_card = vn_xrt_close_card,
        .load_xclbin = vn_xrt_load_xclbin,
        .clock_mhz = vn_xrt_clock_mhz,
        .open_unit = vn_xrt_open_unit,
        .close_unit = vn_xrt_close_unit,
        .alloc = vn_xrt_alloc,
        .free = vn_xrt_free,
        .write = vn_xrt_write,
        .read = vn_xrt_read,
        .start = vn_xrt_start,
        .state = vn_xrt_state,
        .is_busy = vn_xrt_is_busy,
        .rest = rest,
        .finish = vn_xrt_finish,
        .tell_hang = tell_hang,
        .reset_hint = reset_hint,
};
