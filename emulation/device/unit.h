/* SPDX-License-Identifier: Apache-2.0
 *
 * unit.h - a compute unit of the card: a Verilated one (sim/vn_sim.h), clocked by a thread of its
 * own while it is busy.
 *
 * The host's accesses reach the simulated AXI4-Lite port, except the four registers of control and
 * interrupts: their state is kept here, so that reading CTRL, which hosts do without pause, does
 * not wait for the simulation (a repeated one waits up to 0.2 ms for ap_done, so that the host's
 * polling leaves the processor to it); and the interrupt line is how this program learns of
 * ap_done.  While the unit is busy any other access waits for the end of a slice (VD_SLICE cycles).
 *
 * What goes wrong in a simulation (a breach of AXI's rules, nothing moving for VN_SIM_HANG cycles)
 * is complained of at once; the unit then stays as hardware would: busy for ever, ap_done never
 * comes, other registers read as all ones.  The rest of the card goes on, and the host's own
 * deadline ends its wait.
 */
#ifndef VD_UNIT_H
#define VD_UNIT_H

#include <stdint.h>

#include "include/vanillin.h"
#include "emulation/device/card.h"
#include "emulation/device/clock.h"
#include "emulation/device/options.h"
#include "sim/vn_sim.h"

struct vd_unit;

/* Compute unit @index of @card, with a thread.  All arguments must outlive it.
 * VN_ERUNTIME, VN_ENOMEM. */
VN_MUST_CHECK int vd_unit_new(const struct vd_card *card, int index,
                              const struct vd_options *options, const struct vn_sim_ops *ops,
                              struct vd_clock *clock, struct vd_unit **unit, vn_error *err);
/* After vd_clock_stop; blocks for a slice at most.  NULL allowed. */
void vd_unit_free(struct vd_unit *unit);

/* @offset: a multiple of 4.  From one thread at a time. */
void vd_unit_write(struct vd_unit *unit, uint32_t offset, uint32_t value);
uint32_t vd_unit_read(struct vd_unit *unit, uint32_t offset);

/* So far: starts, and card time from start to done of all of them. */
void vd_unit_totals(struct vd_unit *unit, uint64_t *starts, uint64_t *busy_cycles);

#endif /* VD_UNIT_H */
