/* SPDX-License-Identifier: Apache-2.0
 *
 * simulated.h - the Verilated compute unit as an executor: one plug-in of sim/, random stalls on
 * every channel of every port.
 */
#ifndef VN_SIMULATED_H
#define VN_SIMULATED_H

#include "sim/vn_sim.h"
#include "tests/random/execute.h"

enum { SIMULATED_PLACES = 6 };

struct simulated {
	void *library;
	const struct vn_sim_ops *ops;
	struct vn_sim *sim;
	const struct batch *batch; /* whose memories the next run uses; the caller sets it */
	char coverage[300];        /* file of its coverage; "" if none is measured */
	char trouble[256];         /* of the last run; "" if it ended */
	int absent;                /* there is no plug-in of that size */
	uint64_t cycles;           /* of all runs */
	uint64_t places[SIMULATED_PLACES]; /* addresses of the memories, chosen by timing.seed */
};

/* 0: it cannot be simulated (@s->trouble says why), or is not built at all (@s->absent). */
int simulated_new(int rows, int cols, const struct vn_axi_timing *timing, struct simulated *s);
void simulated_free(struct simulated *s);
/* Map the memories of s->batch and write all arguments, but do not start.  0: the sentence is in
 * @s->trouble. */
int simulated_arguments(struct simulated *s, const struct vn_cu_args *args);
/* Run until the interrupt, and acknowledge it.  0 likewise. */
int simulated_finish(struct simulated *s);
/* For struct executor; ctx is a struct simulated. */
void simulated_run(void *ctx, const struct vn_cu_args *args);

#endif /* VN_SIMULATED_H */
