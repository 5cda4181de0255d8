/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_runtime.c - OpenCL as one of the runtimes; its calls are in ocl_card.c and ocl_unit.c.
 *
 * What OpenCL cannot do: read a register, stop a compute unit.
 */
#include <stdio.h>

#include "driver/ocl_card.h"
#include "driver/runtime.h"
#include "driver/xrt_env.h"

enum { LOOK_MS = 50 /* between two looks at a start that has not rung */ };

static void rest(struct vn_cu *unit, int64_t since_us, int64_t left_us)
{
	(void)since_us;
	vn_ocl_sleep(unit, left_us < LOOK_MS * 1000 ? (int)((left_us + 999) / 1000) : LOOK_MS);
}

static void tell_hang(struct vn_cu *unit, const char *state, int is_last, char *text, size_t size)
{
	(void)unit;
	(void)is_last;
	snprintf(text, size,
	         "OpenCL's state of the start: %s; its register CTRL at 0x%02x cannot be read "
	         "through OpenCL",
	         state, VN_REG_CTRL);
}

static void reset_hint(const struct vn_card *card, char *hint, size_t size)
{
	if (vn_xrt_emulation())
		snprintf(hint, size,
		         "run the command again: it gets a new card; as xrt: it also reads the "
		         "register");
	else
		snprintf(hint, size,
		         "xbutil examine --device %s --report dynamic-region shows the register, "
		         "xbutil reset --device %s stops the compute unit",
		         card->bdf, card->bdf);
}

const struct vn_runtime VN_RUNTIME_OCL = {
        .scheme = "ocl",
        .failed = "a start, or a transfer that it needs, failed:",
        .open_cards = vn_ocl_find_cards,
        .close_card = vn_ocl_unload,
        .load_xclbin = vn_ocl_load_xclbin,
        .clock_mhz = vn_ocl_clock_mhz,
        .clock_is_most = 1,
        .open_unit = vn_ocl_open_unit,
        .close_unit = vn_ocl_close_unit,
        .alloc = vn_ocl_alloc,
        .free = vn_ocl_free,
        .write = vn_ocl_write,
        .read = vn_ocl_read,
        .start = vn_ocl_start,
        .state = vn_ocl_state,
        .is_busy = vn_ocl_is_busy,
        .rest = rest,
        .tell_hang = tell_hang,
        .reset_hint = reset_hint,
};
