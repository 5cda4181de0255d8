/* SPDX-License-Identifier: Apache-2.0
 *
 * rtl_options.h - what a URI says of a simulated compute unit.
 *
 *   latency=120    cycles from a read's address to its data; half of it for a write's response
 *   bandwidth=85   percent of the cycles in which a port's memory moves a beat
 *   stall=0        random waits of 0..N cycles before each transfer of each channel
 *   seed=1         of the waits
 *   cycles=0       longest start, in cycles; 0: until nothing has moved for VN_SIM_HANG cycles
 *   events=FILE    CSV: engine,descriptor,start,end for each descriptor executed
 *   error=BUFFER:read|write:slverr|decerr:N    memory refuses the N-th access and all later ones;
 *                  BUFFER: program, weights, input, output, scratch, status.  May be repeated.
 * and at most one of these, each a build of its own:
 *   trace=FILE     waveforms in FST; needs `make sim-fst`
 *   coverage=FILE  coverage of the SystemVerilog, of further devices of the process in FILE.1, ...;
 *                  needs `make sim-cov`
 *   array=dsp|dpi  the array as DSP48E2 cells or as C++; needs `make sim-dsp`, `make sim-dpi`
 */
#ifndef VN_RTL_OPTIONS_H
#define VN_RTL_OPTIONS_H

#include <stdint.h>

#include "base/outfile.h"
#include "driver/backend.h"
#include "sim/vn_sim.h"

#define VN_RTL_WINDOW ((uint64_t)1 << 40)

struct vn_rtl_options {
	int rows, cols;            /* 0: the program's */
	char variant[8];           /* suffix of the plug-in: "", "_fst" */
	struct vn_sim_options sim; /* points into this structure */
	char file[VN_URI_MAX];     /* of trace or coverage */
	struct vn_outfile events, traced;
	uint64_t cycle_limit; /* of a start; 0: none */
};

/* Each kind of buffer has its own terabyte, so that an error can be placed before there is one. */
static inline uint64_t vn_rtl_window(enum vn_buffer_kind kind)
{
	return ((uint64_t)kind + 1) * VN_RTL_WINDOW;
}

/* Take the rest and every option of @uri; @o is zero, stays where it is, and is to be dropped,
 * after a failure too.  VN_EARG, VN_ENODEV, VN_EIO. */
VN_MUST_CHECK int vn_rtl_options_take(struct vn_uri *uri, struct vn_rtl_options *o, vn_error *err);
/* Complete the file of events.  VN_EIO. */
VN_MUST_CHECK int vn_rtl_options_finish(struct vn_rtl_options *o, vn_error *err);
void vn_rtl_options_drop(struct vn_rtl_options *o);

#endif /* VN_RTL_OPTIONS_H */
