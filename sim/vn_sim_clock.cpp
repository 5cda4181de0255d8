/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_sim_clock.cpp - what happens at one rising edge: the pins to memories and checkers, the
 * engines' events, a register access; and the reset.
 */
#include <algorithm>
#include <cstring>

#include "sim/vn_sim_parts.h"

#include "Vvn_cu___024root.h"

enum {
	RESET_CYCLES = 32,
	STARTS_MAX = 1024, /* descriptors that an engine may have under way */
};

namespace
{

const char *const port_names[VN_SIM_PORTS] = {"m_axi_program", "m_axi_weights", "m_axi_maps"};

/* ---- pins ---- */

#define SAMPLE_READ(S, P, name)                                                                    \
	do {                                                                                       \
		(P).araddr = (S).top->name##_araddr;                                               \
		(P).arlen = (S).top->name##_arlen;                                                 \
		(P).arsize = (S).top->name##_arsize;                                               \
		(P).arburst = (S).top->name##_arburst;                                             \
		(P).arvalid = (S).top->name##_arvalid;                                             \
		(P).rready = (S).top->name##_rready;                                               \
	} while (0)

#define SAMPLE_WRITE(S, P, name)                                                                   \
	do {                                                                                       \
		(P).awaddr = (S).top->name##_awaddr;                                               \
		(P).awlen = (S).top->name##_awlen;                                                 \
		(P).awsize = (S).top->name##_awsize;                                               \
		(P).awburst = (S).top->name##_awburst;                                             \
		(P).awvalid = (S).top->name##_awvalid;                                             \
		(P).wdata = (S).top->name##_wdata.data();                                          \
		(P).wstrb = (S).top->name##_wstrb;                                                 \
		(P).wlast = (S).top->name##_wlast;                                                 \
		(P).wvalid = (S).top->name##_wvalid;                                               \
		(P).bready = (S).top->name##_bready;                                               \
	} while (0)

#define DRIVE_READ(S, P, name)                                                                     \
	do {                                                                                       \
		(S).top->name##_arready = (P).arready;                                             \
		(S).top->name##_rvalid = (P).rvalid;                                               \
		(S).top->name##_rresp = (P).rresp;                                                 \
		(S).top->name##_rlast = (P).rlast;                                                 \
		if ((P).rvalid)                                                                    \
			memcpy((S).top->name##_rdata.data(), (P).rdata, VN_AXI_BEAT);              \
	} while (0)

#define DRIVE_WRITE(S, P, name)                                                                    \
	do {                                                                                       \
		(S).top->name##_awready = (P).awready;                                             \
		(S).top->name##_wready = (P).wready;                                               \
		(S).top->name##_bvalid = (P).bvalid;                                               \
		(S).top->name##_bresp = (P).bresp;                                                 \
	} while (0)

void sample(vn_sim &s)
{
	SAMPLE_READ(s, s.pins[VN_SIM_PROGRAM], m_axi_program);
	SAMPLE_WRITE(s, s.pins[VN_SIM_PROGRAM], m_axi_program);
	SAMPLE_READ(s, s.pins[VN_SIM_WEIGHTS], m_axi_weights);
	SAMPLE_READ(s, s.pins[VN_SIM_MAPS], m_axi_maps);
	SAMPLE_WRITE(s, s.pins[VN_SIM_MAPS], m_axi_maps);
	s.lite.awready = s.top->s_axi_control_awready;
	s.lite.wready = s.top->s_axi_control_wready;
	s.lite.bresp = s.top->s_axi_control_bresp;
	s.lite.bvalid = s.top->s_axi_control_bvalid;
	s.lite.arready = s.top->s_axi_control_arready;
	s.lite.rdata = s.top->s_axi_control_rdata;
	s.lite.rresp = s.top->s_axi_control_rresp;
	s.lite.rvalid = s.top->s_axi_control_rvalid;
}

void drive(vn_sim &s)
{
	DRIVE_READ(s, s.pins[VN_SIM_PROGRAM], m_axi_program);
	DRIVE_WRITE(s, s.pins[VN_SIM_PROGRAM], m_axi_program);
	DRIVE_READ(s, s.pins[VN_SIM_WEIGHTS], m_axi_weights);
	DRIVE_READ(s, s.pins[VN_SIM_MAPS], m_axi_maps);
	DRIVE_WRITE(s, s.pins[VN_SIM_MAPS], m_axi_maps);
	s.top->s_axi_control_awaddr = s.lite.awaddr;
	s.top->s_axi_control_awvalid = s.lite.awvalid;
	s.top->s_axi_control_wdata = s.lite.wdata;
	s.top->s_axi_control_wstrb = s.lite.wstrb;
	s.top->s_axi_control_wvalid = s.lite.wvalid;
	s.top->s_axi_control_bready = s.lite.bready;
	s.top->s_axi_control_araddr = s.lite.araddr;
	s.top->s_axi_control_arvalid = s.lite.arvalid;
	s.top->s_axi_control_rready = s.lite.rready;
}

/* ---- one cycle ---- */

void edge(vn_sim &s, int clk)
{
	s.top->ap_clk = clk;
	s.top->eval();
#if VM_TRACE_FST
	if (s.fst)
		s.fst->dump(2 * s.cycle + clk);
#endif
}

/* Descriptors that begin and end, and what the engines do. */
void watch_engines(vn_sim &s)
{
	const Vvn_cu___024root &r = *s.top->rootp;
	const unsigned start = r.vn_cu__DOT__trace_start, done = r.vn_cu__DOT__trace_done;
	const unsigned state = r.vn_cu__DOT__trace_state;

	if (s.running)
		for (int e = 0; e < VN_SIM_ENGINES; e++)
			s.stats.states[e][std::min(state >> (3 * e) & 7u, VN_SIM_STATES - 1u)]++;
	if (!(start | done))
		return;
	s.last_move = s.cycle;
	for (int e = 0; e < VN_SIM_ENGINES; e++) {
		if (start >> e & 1) {
			s.stats.started[e]++;
			if (s.starts[e].size() < STARTS_MAX)
				s.starts[e].emplace_back(r.vn_cu__DOT__trace_index[e], s.cycle);
		}
		if (!(done >> e & 1))
			continue;
		s.stats.finished[e]++;
		if (s.starts[e].empty()) {
			s.trouble = "engine " + std::to_string(e) +
			            " is done with a descriptor that it has not begun (cycle " +
			            std::to_string(s.cycle) + ")";
			continue;
		}
		const vn_sim_event event = {e, s.starts[e].front().first,
		                            s.starts[e].front().second, s.cycle};
		s.starts[e].pop_front();
		if (s.options.event)
			s.options.event(s.options.context, &event);
	}
}

bool moves(const vn_axi_pins &p)
{
	return (p.arvalid & p.arready) | (p.rvalid & p.rready) | (p.awvalid & p.awready) |
	       (p.wvalid & p.wready) | (p.bvalid & p.bready);
}

/* Our valid or ready of a channel: up once its wait has passed, down after its transfer. */
void step_channel(lite_channel &c, uint8_t &ours, bool theirs)
{
	if (ours && theirs) {
		ours = 0;
		c.taken = true;
	} else if (c.wanted && !c.taken && !ours && c.wait-- == 0) {
		ours = 1;
	}
}

void step_access(vn_sim &s)
{
	vn_axil_pins &p = s.lite;
	lite_access &a = s.access;

	if (p.bvalid && p.bready)
		a.resp = p.bresp;
	if (p.rvalid && p.rready) {
		a.resp = p.rresp;
		a.data = p.rdata;
	}
	step_channel(a.aw, p.awvalid, p.awready);
	step_channel(a.w, p.wvalid, p.wready);
	step_channel(a.b, p.bready, p.bvalid);
	step_channel(a.ar, p.arvalid, p.arready);
	step_channel(a.r, p.rready, p.rvalid);
}

} // namespace

/* One rising edge.  Before it the clock is low and all is settled, and so it is left. */
void clock_cycle(vn_sim &s)
{
	const int reset_n = s.top->ap_rst_n;

	sample(s);
	vn_axil_check_clock(&s.lite_check, &s.lite, reset_n);
	for (int i = 0; i < VN_SIM_PORTS; i++) {
		vn_axi_check_clock(&s.check[i], &s.pins[i], reset_n);
		if (moves(s.pins[i]))
			s.last_move = s.cycle;
		if (reset_n)
			vn_axi_mem_clock(s.mem[i].get(), &s.pins[i]);
	}
	if (reset_n) {
		watch_engines(s);
		step_access(s);
	}
	edge(s, 1);
	s.cycle++;
	drive(s);
	edge(s, 0);
}

/* Keep the first thing that a checker found. */
bool in_trouble(vn_sim &s)
{
	if (s.trouble.empty() && s.lite_check.verdict.text[0])
		s.trouble = s.lite_check.verdict.text;
	for (const vn_axi_check &c : s.check)
		if (s.trouble.empty() && c.verdict.text[0])
			s.trouble = c.verdict.text;
	return !s.trouble.empty();
}

/* ---- reset ---- */

void restart(vn_sim &s)
{
	const uint64_t cycle = s.cycle;

	s.trouble.clear();
	for (auto &starts : s.starts)
		starts.clear();
	for (int i = 0; i < VN_SIM_PORTS; i++) {
		vn_axi_check_init(&s.check[i], port_names[i]);
		s.check[i].verdict.cycle = cycle;
		vn_axi_mem_reset(s.mem[i].get(), &s.pins[i]);
	}
	vn_axil_check_init(&s.lite_check, "s_axi_control");
	s.lite_check.verdict.cycle = cycle;
	s.lite = {};
	s.access = {};
	s.top->ap_rst_n = 0;
	drive(s);
	s.top->eval();
	for (int i = 0; i < RESET_CYCLES; i++)
		clock_cycle(s);
	s.top->ap_rst_n = 1;
	s.top->eval();
	for (int i = 0; i < RESET_CYCLES; i++)
		clock_cycle(s);
}

/* Memory must be quiet when the host is told that it may look. */
void check_quiet(vn_sim &s)
{
	for (int i = 0; i < VN_SIM_PORTS; i++)
		if (s.trouble.empty() && vn_axi_check_busy(&s.check[i], &s.pins[i]))
			s.trouble = std::string(port_names[i]) +
			            ": done with transfers under way (cycle " +
			            std::to_string(s.cycle) + ")";
}
