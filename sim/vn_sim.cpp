/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_sim.cpp - one Verilated compute unit with its memory and its checkers: the plug-in of
 * vn_sim.h.  Compiled once per size, with VN_R, VN_C and others as the model's parameters.
 *
 * Reading order: clock(), what happens at one rising edge; then the registers, run, and the table.
 */
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>

#include "Vvn_cu.h"
#include "Vvn_cu___024root.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#include "sim/vn_axi_check.h"
#include "sim/vn_axi_mem.h"
#include "sim/vn_sim.h"
#include "spec/spec.h"

#ifndef VN_VARIANT
#define VN_VARIANT ""
#endif

enum {
	RESET_CYCLES = 32,
	LITE_CYCLES = 4096, /* for the answer to a register access */
	STARTS_MAX = 1024,  /* descriptors that an engine may have under way */
};

/* ---- the configuration record ---- */

#define VN_CONFIG(name, word, value, least, most, doc)                                             \
	static constexpr uint32_t DEFAULT_##name = (value);
#include "spec/cu.def"

#ifndef VN_ACT_WORDS
#define VN_ACT_WORDS DEFAULT_ACT_WORDS
#endif
#ifndef VN_MID_SLOTS
#define VN_MID_SLOTS DEFAULT_MID_SLOTS
#endif
#ifndef VN_PSUM_ENTRIES
#define VN_PSUM_ENTRIES DEFAULT_PSUM_ENTRIES
#endif
#ifndef VN_MAX_N
#define VN_MAX_N DEFAULT_MAX_N
#endif
#ifndef VN_MAX_KTILES
#define VN_MAX_KTILES DEFAULT_MAX_KTILES
#endif

/* ---- what Verilator's runtime would print or abort with ---- */

void vl_finish(const char *, int, const char *) VL_MT_UNSAFE
{
	throw std::runtime_error("the model called $finish");
}

void vl_stop(const char *file, int line, const char *) VL_MT_UNSAFE
{
	throw std::runtime_error("the model stopped at " + std::string(file) + ":" +
	                         std::to_string(line));
}

void vl_fatal(const char *, int, const char *, const char *message) VL_MT_UNSAFE
{
	throw std::runtime_error(message);
}

/* ---- a simulation ---- */

namespace
{

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

std::atomic<unsigned> instances;

const char *const port_names[VN_SIM_PORTS] = {"m_axi_program", "m_axi_weights", "m_axi_maps"};

} // namespace

struct vn_sim {
	vn_sim_options options;
	std::unique_ptr<VerilatedContext> context;
	std::unique_ptr<Vvn_cu> top;
#if VM_TRACE_FST
	std::unique_ptr<VerilatedFstC> fst;
#endif
	unsigned number = instances++; /* of this process */

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

namespace
{

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

/* One rising edge.  Before it the clock is low and all is settled, and so it is left. */
void clock(vn_sim &s)
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
		clock(s);
	s.top->ap_rst_n = 1;
	s.top->eval();
	for (int i = 0; i < RESET_CYCLES; i++)
		clock(s);
}

/* ---- registers ---- */

unsigned draw(vn_sim &s)
{
	s.random = s.random * 1664525u + 1013904223u;
	return s.options.timing.stall ? (s.random >> 16) % (s.options.timing.stall + 1) : 0;
}

/* Run until the last channel of the access has moved. */
int finish_access(vn_sim &s, const lite_channel &last)
{
	const unsigned limit = LITE_CYCLES + 4 * s.options.timing.stall;

	s.last_move = s.cycle;
	for (unsigned i = 0; i < limit && !in_trouble(s); i++) {
		if (last.taken && s.access.aw.taken == s.access.aw.wanted &&
		    s.access.w.taken == s.access.w.wanted)
			return s.access.resp == VN_AXI_OKAY ? 0 : -1;
		clock(s);
	}
	return -1;
}

int write_register(vn_sim &s, uint32_t offset, uint32_t value)
{
	s.access = {};
	s.access.aw = {true, false, draw(s)};
	s.access.w = {true, false, draw(s)};
	s.access.b = {true, false, draw(s)};
	s.lite.awaddr = offset;
	s.lite.wdata = value;
	s.lite.wstrb = 0xf;
	return finish_access(s, s.access.b);
}

int read_register(vn_sim &s, uint32_t offset, uint32_t *value)
{
	s.access = {};
	s.access.ar = {true, false, draw(s)};
	s.access.r = {true, false, draw(s)};
	s.lite.araddr = offset;
	if (finish_access(s, s.access.r))
		return -1;
	*value = s.access.data;
	return 0;
}

/* ---- run ---- */

/* Memory must be quiet when the host is told that it may look. */
void check_quiet(vn_sim &s)
{
	for (int i = 0; i < VN_SIM_PORTS; i++)
		if (s.trouble.empty() && vn_axi_check_busy(&s.check[i], &s.pins[i]))
			s.trouble = std::string(port_names[i]) +
			            ": done with transfers under way (cycle " +
			            std::to_string(s.cycle) + ")";
}

vn_sim_stop run_cycles(vn_sim &s, uint64_t cycles)
{
	for (uint64_t n = 0;; n++) {
		if (in_trouble(s))
			return VN_SIM_TROUBLE;
		if (s.top->__SYM__interrupt) { /* so named by Verilator: a word of C++ */
			check_quiet(s);
			return in_trouble(s) ? VN_SIM_TROUBLE : VN_SIM_DONE;
		}
		if (n == cycles)
			return VN_SIM_LIMIT;
		if (s.cycle - s.last_move > s.options.hang_cycles)
			return VN_SIM_HUNG;
		clock(s);
		s.stats.cycles++;
	}
}

/* ---- creation ---- */

void open_trace(vn_sim &s)
{
#if VM_TRACE_FST
	if (!s.options.trace)
		return;
	s.context->traceEverOn(true);
	s.fst = std::make_unique<VerilatedFstC>();
	s.top->trace(s.fst.get(), 99);
	s.fst->open(s.options.trace);
	if (!s.fst->isOpen())
		throw std::runtime_error(std::string(s.options.trace) + " cannot be written");
#else
	if (s.options.trace)
		throw std::runtime_error("this build of the model writes no waveforms");
#endif
}

std::unique_ptr<vn_sim> make(const vn_sim_options &options)
{
	auto s = std::make_unique<vn_sim>();

	s->options = options;
	if (s->options.hang_cycles == 0)
		s->options.hang_cycles = VN_SIM_HANG;
	s->random = static_cast<uint32_t>(options.timing.seed);
	s->context = std::make_unique<VerilatedContext>();
	s->top = std::make_unique<Vvn_cu>(s->context.get(), "TOP");
	s->space.reset(vn_axi_space_new());
	if (!s->space)
		throw std::bad_alloc();
	for (int i = 0; i < options.n_faults; i++)
		if (vn_axi_space_fault(s->space.get(), &options.faults[i]))
			throw std::runtime_error("too many injected errors");
	for (int i = 0; i < VN_SIM_PORTS; i++) {
		vn_axi_timing timing = options.timing;

		timing.seed = timing.seed * VN_SIM_PORTS + static_cast<unsigned>(i) + 1;
		s->mem[i].reset(vn_axi_mem_new(s->space.get(), &timing));
		if (!s->mem[i])
			throw std::runtime_error("no memory, or impossible timing");
	}
	open_trace(*s);
	restart(*s);
	return s;
}

/* The first simulation of a process writes the file of the name, others NAME.1, NAME.2, ... */
void write_coverage(const vn_sim &s)
{
#if VM_COVERAGE
	const char *path = getenv("VANILLIN_COVERAGE");

	if (!path || !path[0])
		return;
	const std::string file = s.number ? path + ("." + std::to_string(s.number)) : path;
	s.context->coveragep()->write(file.c_str());
#else
	(void)s;
#endif
}

/* ---- the table: C outside, exceptions inside ---- */

template <typename R, typename F> R guarded(vn_sim *s, R failed, F f)
{
	try {
		return f();
	} catch (const std::exception &e) {
		s->trouble = e.what();
		return failed;
	}
}

vn_sim *sim_create(const vn_sim_options *options, char *error, size_t size)
{
	try {
		return make(*options).release();
	} catch (const std::exception &e) {
		snprintf(error, size, "%s", e.what());
		return nullptr;
	}
}

void sim_destroy(vn_sim *s)
{
	if (!s)
		return;
	guarded(s, 0, [s] {
#if VM_TRACE_FST
		if (s->fst)
			s->fst->close();
#endif
		s->top->final();
		write_coverage(*s);
		return 0;
	});
	delete s;
}

void sim_reset(vn_sim *s)
{
	guarded(s, 0, [s] { return restart(*s), 0; });
}

int sim_map(vn_sim *s, uint64_t address, void *host, uint64_t bytes)
{
	return vn_axi_space_map(s->space.get(), address, host, bytes);
}

int sim_unmap(vn_sim *s, uint64_t address)
{
	return vn_axi_space_unmap(s->space.get(), address);
}

int sim_write(vn_sim *s, uint32_t offset, uint32_t value)
{
	return guarded(s, -1, [=] { return write_register(*s, offset, value); });
}

int sim_read(vn_sim *s, uint32_t offset, uint32_t *value)
{
	return guarded(s, -1, [=] { return read_register(*s, offset, value); });
}

vn_sim_stop sim_run(vn_sim *s, uint64_t cycles)
{
	s->running = true;
	const vn_sim_stop stop = guarded(s, VN_SIM_TROUBLE, [=] { return run_cycles(*s, cycles); });
	s->running = false;
	return stop;
}

uint64_t sim_cycle(const vn_sim *s)
{
	return s->cycle;
}

const char *sim_trouble(const vn_sim *s)
{
	return s->trouble.c_str();
}

void sim_stats(const vn_sim *s, vn_sim_stats *stats)
{
	*stats = s->stats;
	for (int i = 0; i < VN_SIM_PORTS; i++)
		vn_axi_mem_stats(s->mem[i].get(), &stats->ports[i]);
	stats->outside = vn_axi_space_outside(s->space.get(), &stats->first_outside);
}

} // namespace

extern "C" {
extern const vn_sim_ops vn_sim_plugin __attribute__((visibility("default")));
const vn_sim_ops vn_sim_plugin = {
        VN_SIM_ABI,
        {DEFAULT_VERSION, VN_R, VN_C, VN_ACT_WORDS, VN_MID_SLOTS, VN_PSUM_ENTRIES, VN_MAX_N,
         VN_MAX_KTILES},
        VN_VARIANT,
        sim_create,
        sim_destroy,
        sim_reset,
        sim_map,
        sim_unmap,
        sim_write,
        sim_read,
        sim_run,
        sim_cycle,
        sim_trouble,
        sim_stats,
};
}
