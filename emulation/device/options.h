/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - what the environment asks of the simulated card: VANILLIN_CARD="key=value;key=value".
 *
 *   latency=120    cycles from a read's address to its data; half of it for a write's response
 *   bandwidth=85   percent of the cycles in which a port's memory moves a beat
 *   stall=0        random waits of 0..N cycles before each transfer of each channel
 *   seed=1         of the waits
 *   log=FILE       append the log to FILE
 *   level=0        of the log: 0 the process' life, 1 each message, 2 with the registers' values
 *   report=FILE    JSON at the end: cycles of the card and of its compute units, bytes moved
 *   error=read|write:slverr|decerr:N   memory refuses the N-th access of each compute unit, and all
 *                  later ones.  May be repeated.
 *   hang=UNIT:N    compute unit UNIT never finishes its N-th start
 *   die=N          the process kills itself at the N-th message
 *
 * "%p" in FILE stands for the process' number.  FILE is best an absolute path: XRT starts the
 * process in a folder that it removes.
 */
#ifndef VD_OPTIONS_H
#define VD_OPTIONS_H

#include <limits.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "emulation/device/log.h"
#include "sim/vn_sim.h"

enum { VD_NAME_MAX = 64 };

struct vd_options {
	struct vn_axi_timing timing;
	struct vn_axi_fault faults[VN_SIM_FAULTS];
	int n_faults;
	char log[PATH_MAX], report[PATH_MAX]; /* "": none */
	enum vd_level level;
	char hang_unit[VD_NAME_MAX]; /* "": none */
	uint64_t hang_start;         /* from 1 */
	uint64_t die;                /* from 1; 0: never */
};

/* @text: as above; NULL or "": the defaults.  VN_EARG names the option. */
VN_MUST_CHECK int vd_options_parse(const char *text, struct vd_options *options, vn_error *err);

#endif /* VD_OPTIONS_H */
