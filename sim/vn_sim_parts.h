/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_sim_parts.h - inside the plug-in: a simulation, and its clock.
 */
#ifndef VN_SIM_PARTS_H
#define VN_SIM_PARTS_H

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "Vvn_cu.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif

#include "sim/vn_axi_check.h"
#include "sim/vn_axi_mem.h"
#include "sim/vn_sim.h"

/* A channel of a register access. */
struct lite_channel {
	bool wanted, taken;
	unsigned wait; /* cycles before our side of it goes up */
};

struct lite_access {
	lite_channel aw, w, b, ar, r;
	uint32_t data;
	uint8_t resp;
};

struct memory_free {
	void operator()(vn_axi_space *p) const
	{
		vn_axi_space_free(p);
	}
	void operator()(vn_axi_mem *p) const
	{
		vn_axi_mem_free(p);
	}
};

struct vn_sim {
	vn_sim_options options;
	std::unique_ptr<VerilatedContext> context;
	std::unique_ptr<Vvn_cu> top;
#if VM_TRACE_FST
	std::unique_ptr<VerilatedFstC> fst;
#endif
	unsigned number; /* of this process */

	std::unique_ptr<vn_axi_space, memory_free> space;
	std::unique_ptr<vn_axi_mem, memory_free> mem[VN_SIM_PORTS];
	vn_axi_pins pins[VN_SIM_PORTS] = {};
	vn_axi_check check[VN_SIM_PORTS];
	vn_axil_pins lite = {};
	vn_axil_check lite_check;
	lite_access access;
	uint32_t random; /* waits of the register accesses */

	uint64_t cycle = 0, last_move = 0;
	bool running = false; /* inside run: states are counted */
	std::string trouble;
	vn_sim_stats stats = {};
	std::deque<std::pair<uint32_t, uint64_t>> starts[VN_SIM_ENGINES]; /* descriptor, cycle */
};

/* One rising edge.  Before it the clock is low and all is settled, and so it is left. */
void clock_cycle(vn_sim &s);
/* Keep the first thing that a checker found. */
bool in_trouble(vn_sim &s);
/* Reset the compute unit, the checkers and the memories' queues. */
void restart(vn_sim &s);
/* Memory must be quiet when the host is told that it may look. */
void check_quiet(vn_sim &s);

#endif /* VN_SIM_PARTS_H */
