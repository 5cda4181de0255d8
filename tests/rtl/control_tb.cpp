// SPDX-License-Identifier: Apache-2.0
//
// control_tb.cpp - vn_control against a register model that is exact to the cycle: a host on all
// five AXI4-Lite channels at once with random order and stalls, a compute unit that starts, runs
// and ends; first the sequences of a driver, one by one.  Argument: cycles.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <initializer_list>
#include <random>

#include "Vvn_control.h"
#include "tests/rtl/bench.h"

enum { CTRL = 0, GIE = 4, IER = 8, ISR = 12, MIRROR = 0x100 };

// spec/cu.def, with the port that shows the argument
static const struct argument {
	unsigned offset, bytes;
} arguments[] = {{0x10, 8}, {0x1c, 4}, {0x24, 4}, {0x2c, 4}, {0x34, 8},
                 {0x40, 8}, {0x4c, 8}, {0x58, 8}, {0x64, 8}};

static int fail(const char *what, uint64_t cycle)
{
	std::printf("control: FAIL in cycle %llu: %s\n", (unsigned long long)cycle, what);
	std::exit(1);
}

struct write_t {
	uint32_t address, data, strobe;
};

struct test {
	std::mt19937 rng;
	Vvn_control &dut = bench_model<Vvn_control>();
	uint64_t now = 0;
	bool directed = false, patient = false; // patient: ready only where valid is
	// host: what waits for its channel, and what is offered there
	std::deque<uint32_t> aw, ar;
	std::deque<write_t> w;
	std::deque<uint32_t> written, reading; // addresses taken
	std::deque<write_t> data;              // data taken
	std::deque<uint32_t> seen;             // of memory, a cycle after each read's address
	std::deque<uint32_t> looks;            // addresses of the cycle before
	bool aw_on = false, w_on = false, ar_on = false;
	unsigned writes_open = 0, reads_open = 0;
	uint32_t answer = 0;
	// compute unit
	unsigned left = 0; // cycles to ap_done
	bool running = false;
	// model
	uint32_t arg[32] = {}, shown[32] = {}, mirror[64] = {}, ier = 0, isr = 0;
	bool start = false, refused = false, done = false, again = false, gie = false;
	bool started_once = false; // until then the arguments' outputs mean nothing
	// counts
	uint64_t writes = 0, reads = 0, starts = 0, refusals = 0, dones = 0, restarts = 0, irqs = 0;

	uint32_t below(uint32_t n)
	{
		return (uint32_t)(rng() % n);
	}

	static bool is_argument(uint32_t word)
	{
		for (const argument &a : arguments)
			if (word >= a.offset / 4 && word < (a.offset + a.bytes) / 4)
				return true;
		return false;
	}

	uint32_t any_address()
	{
		switch (below(6)) {
		case 0:
			return CTRL;
		case 1:
			return below(16);
		case 2:
			return MIRROR + below(256);
		case 3:
			return below(0x1000);
		default:
			return below(0x80);
		}
	}

	void write(uint32_t address, uint32_t value, uint32_t strobe = 15)
	{
		aw.push_back(address);
		w.push_back({address, value, strobe});
		writes_open++;
	}

	void wander()
	{
		if (writes_open < 4 && below(8) == 0) {
			const uint32_t a = any_address();
			uint32_t v = rng();
			if (a < 4)
				v = below(3) ? v & ~1u : v | 1u;
			write(a, v, below(3) ? 15 : below(16));
		}
		if (reads_open < 4 && below(6) == 0) {
			ar.push_back(any_address());
			reads_open++;
		}
		dut.mirror_we = below(4) == 0;
		dut.mirror_addr = below(64);
		dut.mirror_data = rng();
	}

	void drive()
	{
		if (!directed)
			wander();
		aw_on = aw_on || (!aw.empty() && below(3) == 0);
		w_on = w_on || (!w.empty() && below(3) == 0);
		ar_on = ar_on || (!ar.empty() && below(2));
		dut.s_awvalid = aw_on;
		dut.s_awaddr = aw_on ? aw.front() : below(0x1000);
		dut.s_wvalid = w_on;
		dut.s_wdata = w_on ? w.front().data : rng();
		dut.s_wstrb = w_on ? w.front().strobe : below(16);
		dut.s_arvalid = ar_on;
		dut.s_araddr = ar_on ? ar.front() : below(0x1000);
		if (now > 3000 && below(500) == 0)
			patient = below(2);
		dut.s_bready = below(2) && (!patient || dut.s_bvalid);
		dut.s_rready = below(2) && (!patient || dut.s_rvalid);
		dut.running = running;
		dut.ap_done = running && left == 0;
	}

	// An argument or a word of the mirror.
	uint32_t memory(uint32_t address) const
	{
		const uint32_t word = address / 4;

		if (word >= MIRROR / 4 && word < MIRROR / 4 + 64)
			return mirror[word % 64];
		return is_argument(word) ? arg[word] : 0;
	}

	// The value of a read whose data is made in this cycle.
	uint32_t value(uint32_t address, uint32_t of_memory) const
	{
		const uint32_t word = address / 4;
		const bool busy = running || start;
		switch (word) {
		case CTRL / 4:
			return (again ? 0x80u : 0) | (done ? 0xau : 0) | (busy ? 1u : 4u);
		case GIE / 4:
			return gie;
		case IER / 4:
			return ier;
		case ISR / 4:
			return isr;
		}
		return of_memory;
	}

	void apply(const write_t &x, bool busy)
	{
		const uint32_t word = x.address / 4;
		uint32_t mask = 0;
		for (unsigned i = 0; i < 4; i++)
			mask |= x.strobe >> i & 1 ? 0xffu << (8 * i) : 0;
		if (word < 32 && is_argument(word))
			arg[word] = (arg[word] & ~mask) | (x.data & mask);
		if (!(x.strobe & 1))
			return;
		if (word == CTRL / 4) {
			again = x.data >> 7 & 1;
			if (x.data & 1) {
				start = start || !busy;
				refused = busy;
			}
		}
		if (word == GIE / 4)
			gie = x.data & 1;
		if (word == IER / 4)
			ier = x.data & 3;
		if (word == ISR / 4)
			isr ^= x.data & 3;
	}

	void check_outputs()
	{
		const QData wide[] = {dut.program_base, dut.first,   dut.count,
		                      dut.images,       dut.weights, dut.inputs,
		                      dut.outputs,      dut.scratch, dut.status};
		for (unsigned i = 0; i < 9; i++) {
			const unsigned word = arguments[i].offset / 4;
			const uint64_t high = arguments[i].bytes == 8 ? shown[word + 1] : 0;
			if (started_once && wide[i] != (high << 32 | shown[word]))
				fail("an argument", now);
		}
		if (dut.ap_start != start)
			fail("ap_start", now);
		if (dut.start_busy != refused)
			fail("start_busy", now);
		if (dut.__SYM__interrupt != (gie && isr))
			fail("interrupt", now);
		if (dut.s_bresp || dut.s_rresp)
			fail("a response other than OKAY", now);
		starts += start;
		refusals += refused;
		irqs += dut.__SYM__interrupt;
	}

	void take_channels()
	{
		if (aw_on && dut.s_awready) {
			written.push_back(aw.front());
			aw.pop_front();
			aw_on = false;
		}
		if (w_on && dut.s_wready) {
			data.push_back(w.front());
			w.pop_front();
			w_on = false;
		}
		if (ar_on && dut.s_arready) {
			reading.push_back(ar.front());
			looks.push_back(ar.front());
			ar.pop_front();
			ar_on = false;
		}
	}

	void tick()
	{
		drive();
		dut.eval();
		check_outputs();
		const bool b = dut.s_bvalid && !dut.s_bready, r = dut.s_rvalid && !dut.s_rready;
		const uint32_t rdata = dut.s_rdata;
		const bool ended = dut.ap_done;
		if (dut.s_bvalid && dut.s_bready)
			writes_open--;
		if (dut.s_rvalid && dut.s_rready) {
			reads_open--;
			answer = rdata;
		}
		for (; !looks.empty(); looks.pop_front())
			seen.push_back(memory(looks.front()));
		take_channels();
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
		if ((b && !dut.s_bvalid) || (r && (!dut.s_rvalid || dut.s_rdata != rdata)))
			fail("B or R did not stay", now);

		// A response that was not there before tells that the register was read or written.
		bool clears = false;
		if (dut.s_rvalid && !r) {
			if (reading.empty())
				fail("R without AR", now);
			if (dut.s_rdata != value(reading.front(), seen.front())) {
				std::printf("address 0x%x, read 0x%x, expected 0x%x\n",
				            reading.front(), dut.s_rdata,
				            value(reading.front(), seen.front()));
				fail("value read", now);
			}
			clears = reading.front() / 4 == CTRL / 4;
			reading.pop_front();
			seen.pop_front();
			reads++;
		}
		const bool busy = running || start;
		const bool started = start;
		uint32_t before[32];
		std::copy(arg, arg + 32, before);
		start = ended && again;
		restarts += start;
		refused = false;
		const uint32_t sets = ended ? ier : 0;
		if (dut.s_bvalid && !b) {
			if (written.empty() || data.empty())
				fail("B without AW and W", now);
			if (written.front() != data.front().address)
				fail("the order of the test itself", now);
			apply(data.front(), busy);
			written.pop_front();
			data.pop_front();
			writes++;
		}
		if (start) { // the arguments as they were before this cycle's write
			std::copy(before, before + 32, shown);
			started_once = true;
		}
		isr |= sets;
		done = ended || (done && !clears);
		dones += ended;
		if (dut.mirror_we)
			mirror[dut.mirror_addr] = dut.mirror_data;
		// the compute unit
		if (ended)
			running = false;
		else if (started) {
			running = true;
			left = directed ? 50 : below(40);
		} else if (left)
			left--;
		now++;
	}

	void wait(const char *what)
	{
		for (int i = 0; writes_open + reads_open; i++) {
			if (i > 1000)
				fail(what, now);
			tick();
		}
	}
	void set(uint32_t address, uint32_t v, uint32_t strobe = 15)
	{
		write(address, v, strobe);
		wait("a write without response");
	}
	uint32_t get(uint32_t address)
	{
		ar.push_back(address);
		reads_open++;
		wait("a read without response");
		return answer;
	}
	void expect(uint32_t address, uint32_t v)
	{
		if (get(address) != v)
			fail("the driver's sequence", now);
	}
	void pause(unsigned cycles)
	{
		while (cycles--)
			tick();
	}

	void reset()
	{
		dut.clk = 0;
		dut.rst = 1;
		dut.s_awvalid = dut.s_wvalid = dut.s_arvalid = dut.mirror_we = dut.ap_done = 0;
		dut.running = 0;
		dut.eval();
		dut.mirror_we = 1; // memory: what it holds at first is nobody's promise
		for (unsigned i = 0; i < 64; i++) {
			dut.mirror_addr = i;
			dut.mirror_data = mirror[i] = rng();
			dut.clk = 1;
			dut.eval();
			dut.clk = 0;
			dut.eval();
		}
		for (int i = 0; i < 4; i++) {
			dut.clk = 1;
			dut.eval();
			dut.clk = 0;
			dut.eval();
		}
		dut.mirror_we = 0;
		dut.rst = 0;
	}

	// As XRT and a polling driver use the registers.
	void driver()
	{
		directed = true;
		expect(CTRL, 4);
		for (const argument &a : arguments)
			for (unsigned o = a.offset; o < a.offset + a.bytes; o += 4) {
				set(o, 0xa5000000u + o);
				set(o, 0xffffffffu, 4);
				expect(o, 0xa5ff0000u + o);
			}
		for (uint32_t gap : {0x18u, 0x20u, 0x28u, 0x30u, 0x3cu, 0x48u, 0x6cu, 0xffcu}) {
			set(gap, ~0u);
			expect(gap, 0);
		}
		set(CTRL, 1);
		expect(CTRL, 1);
		pause(60);
		expect(CTRL, 0xe); // done, idle, ready
		expect(CTRL, 4);   // cleared by the read
		const uint64_t before = starts;
		set(CTRL, 1);
		set(CTRL, 1);
		if (refusals != 1)
			fail("start while running was not reported", now);
		pause(120);
		if (starts != before + 1)
			fail("start while running was remembered", now);
		expect(CTRL, 0xe);
		set(GIE, 1);
		set(IER, 1);
		set(CTRL, 1);
		if (dut.__SYM__interrupt)
			fail("interrupt before the end", now);
		pause(60);
		if (!dut.__SYM__interrupt)
			fail("no interrupt", now);
		expect(ISR, 1);
		set(ISR, 1);
		if (dut.__SYM__interrupt)
			fail("interrupt after it was acknowledged", now);
		set(ISR, 2); // toggles
		expect(ISR, 2);
		set(ISR, 2);
		set(IER, 0);
		set(GIE, 0);
		set(CTRL, 0x81);
		pause(300);
		if (restarts < 3)
			fail("auto_restart", now);
		set(CTRL, 0);
		pause(120);
		expect(CTRL, 0xe);
		expect(CTRL, 4);
		directed = false;
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 500000);
	for (unsigned life = 0; life < 4 * BENCH_LIVES; life++) {
		test t;
		t.rng.seed((unsigned)o.seed + 1 + life);
		t.patient = life & 1;
		t.reset();
		for (unsigned i = 1000 + t.below(1000); i > 0; i--)
			t.tick();
		if (t.reads == 0 || t.writes == 0)
			fail("nothing moves", t.now);
	}
	test t;
	t.rng.seed((unsigned)o.seed);
	t.reset();
	t.driver();
	while (t.now < o.count)
		t.tick();
	t.directed = true;
	t.wait("the end");
	if (!t.starts || !t.refusals || !t.restarts || !t.irqs)
		fail("something never happened", t.now);
	std::printf("control: %llu cycles, %llu writes, %llu reads, "
	            "%llu starts (%llu by auto_restart), %llu refused, %llu ends, interrupt high "
	            "in %llu cycles\n",
	            (unsigned long long)o.count, (unsigned long long)t.writes,
	            (unsigned long long)t.reads, (unsigned long long)t.starts,
	            (unsigned long long)t.restarts, (unsigned long long)t.refusals,
	            (unsigned long long)t.dones, (unsigned long long)t.irqs);
	return bench_end(true, t.now + t.reads);
}
