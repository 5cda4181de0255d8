/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - card time, in cycles of the compute units' clock.
 *
 * Compute units are simulated by a thread each, as fast as the machine can; card time is what they
 * have in common.  A start begins at the card's time.  Units that are busy advance together: none
 * gets more than VD_AHEAD cycles ahead of the slowest busy one, so that two of them that work for
 * 1,000,000 cycles each at once take the card 1,000,000, not 2,000,000.  While none is busy, card
 * time stands still.
 *
 * Any thread may call anything.
 */
#ifndef VD_CLOCK_H
#define VD_CLOCK_H

#include <stdint.h>

enum {
	VD_UNITS_MAX = 32,
	VD_SLICE = 1000, /* the most cycles between two calls of vd_clock_wait */
	VD_AHEAD = 4000,
};

struct vd_clock;

/* NULL without memory. */
struct vd_clock *vd_clock_new(void);
void vd_clock_free(struct vd_clock *clock); /* NULL allowed */
uint64_t vd_clock_now(struct vd_clock *clock);

/* @unit is busy from now on. */
void vd_clock_start(struct vd_clock *clock, int unit);
/* Block until @unit may advance by VD_SLICE.  0: vd_clock_stop was called. */
int vd_clock_wait(struct vd_clock *clock, int unit);
void vd_clock_advance(struct vd_clock *clock, int unit, uint64_t cycles);
/* @unit is busy no more. */
void vd_clock_finish(struct vd_clock *clock, int unit);
/* For good: nobody waits any more. */
void vd_clock_stop(struct vd_clock *clock);

#endif /* VD_CLOCK_H */
