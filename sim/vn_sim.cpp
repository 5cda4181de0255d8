/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_sim.cpp - one Verilated compute unit with its memory and its checkers: the plug-in of
 * vn_sim.h.  Compiled once per size, with VN_R, VN_C and others as the model's parameters.
 *
 * Reading order: vn_sim_clock.cpp, what happens at one rising edge; then here the registers, run,
 * and the table.
 */
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <stdexcept>

#include "sim/vn_sim_parts.h"

#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#include "spec/spec.h"

#ifndef VN_VARIANT
#define VN_VARIANT ""
#endif

enum { LITE_CYCLES = 4096 /* for the answer to a register access */ };

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
#ifndef VN_LANES
#define VN_LANES (VN_R < DEFAULT_LANES ? VN_R : DEFAULT_LANES)
#endif
#ifndef VN_DW_CH
#define VN_DW_CH (VN_LANES < DEFAULT_DW_CH ? VN_LANES : DEFAULT_DW_CH)
#endif

/* ---- what Verilator's runtime would print or abort with ---- */

static thread_local std::string printed;

int vn_print(const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	const int n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printed += text;
	return n;
}

/* "[12] %Error: vn_fifo.sv:96: Assertion failed in TOP.vn_cu.order: too many\n" from "vn_fifo" on, if
 * something was printed. */
static std::string why(std::string otherwise)
{
	std::string text;

	text.swap(printed);
	const size_t start = text.find("%Error: ");
	text.erase(0, start == std::string::npos ? 0 : start + strlen("%Error: "));
	while (!text.empty() && text.back() == '\n')
		text.pop_back();
	return text.empty() ? std::move(otherwise) : text;
}

void vl_finish(const char *, int, const char *) VL_MT_UNSAFE
{
	throw std::runtime_error(why("the model called $finish"));
}

void vl_stop(const char *file, int line, const char *) VL_MT_UNSAFE
{
	throw std::runtime_error(
	        why("the model stopped at " + std::string(file) + ":" + std::to_string(line)));
}

void vl_fatal(const char *, int, const char *, const char *message) VL_MT_UNSAFE
{
	throw std::runtime_error(why(message));
}

/* ---- registers ---- */

namespace
{

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
		clock_cycle(s);
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
		clock_cycle(s);
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

void check_coverage(const vn_sim &s)
{
#if !VM_COVERAGE
	if (s.options.coverage)
		throw std::runtime_error("this build of the model measures no coverage");
#else
	(void)s;
#endif
}

void write_coverage(const vn_sim &s)
{
#if VM_COVERAGE
	const char *path = s.options.coverage;

	if (path)
		s.context->coveragep()->write(
		        (s.number ? path + ("." + std::to_string(s.number)) : path).c_str());
#else
	(void)s;
#endif
}

std::atomic<unsigned> instances;

std::unique_ptr<vn_sim> make(const vn_sim_options &options)
{
	auto s = std::make_unique<vn_sim>();

	s->options = options;
	s->number = instances++;
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
	check_coverage(*s);
	restart(*s);
	return s;
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
         VN_MAX_KTILES, VN_LANES, VN_DW_CH},
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
