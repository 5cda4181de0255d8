// SPDX-License-Identifier: Apache-2.0
//
// axi_write_tb.cpp - vn_axi_write between a random writer and a random memory: AXI rules, address
// and content of every beat, done, error report and idle in every cycle; then the throughput on a
// memory that answers after 120 cycles.  Argument: cycles.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>

#include "Vvn_axi_write.h"
#include "tests/rtl/bench.h"

// BEATS: what the module may hold of them.
static const unsigned OUTSTANDING = 32, LATENCY = 120, BEATS = 16;

static int fail(const char *what, uint64_t cycle)
{
	std::printf("axi_write: FAIL in cycle %llu: %s\n", (unsigned long long)cycle, what);
	std::exit(1);
}

static uint32_t content(uint64_t serial, unsigned word)
{
	uint64_t x = (serial * 16 + word) * 0x9e3779b97f4a7c15ull;
	x ^= x >> 29;
	return (uint32_t)((x * 0xbf58476d1ce4e5b9ull) >> 32);
}

struct asked_t { // a beat that a request has named
	uint64_t beat;
	unsigned tag;
	bool last;
};
struct burst_t {
	unsigned beats, tag;
	bool last; // of its request
};
struct answer_t {
	uint64_t due;
	unsigned tag, resp;
	bool last;
};

struct test {
	std::mt19937 rng;
	Vvn_axi_write &dut = bench_model<Vvn_axi_write>();
	uint64_t now = 0;
	bool fast = false, patient = false; // patient: ready only where valid is
	// writer
	bool asking = false, giving = false, stop = false;
	uint64_t address = 0, stream = 0, given = 0, out = 0,
	         owed = 0; // beats given, on the port, asked for and not given
	uint32_t beats = 0;
	unsigned tag = 0, size = 0, patience = 2;
	std::deque<asked_t> asked; // not in a burst yet
	// memory
	std::deque<burst_t> bursts; // whose beats are not all here
	std::deque<unsigned> early; // lengths of bursts that are here before their address
	unsigned at = 0;            // beats of the burst that is coming in
	std::deque<answer_t> answers;
	bool offered = false;
	unsigned outstanding = 0, open_requests = 0;
	bool done = false, err = false;
	unsigned err_tag = 0;
	answer_t answer = {0, 0, 0, false}; // of the last cycle
	bool answered = false;
	// counts
	uint64_t requests = 0, taken = 0, checked = 0, first = 0, last = 0, bad = 0, dones = 0,
	         ahead = 0;
	unsigned most = 0;

	uint32_t below(uint32_t n)
	{
		return (uint32_t)(rng() % n);
	}

	void new_request()
	{
		switch (below(4)) {
		case 0:
			beats = 1;
			break;
		case 1:
			beats = 1 + below(8);
			break;
		case 2:
			beats = 1 + below(70);
			break;
		default:
			beats = 1 + below(below(20) ? 150 : 1500);
		}
		uint64_t beat = below(2) ? (uint64_t)below(1u << 30) * 64 + 60 + below(8)
		                         : ((uint64_t)rng() << 26 ^ rng());
		if (size) {
			beats = size;
			if (size != 8)
				beat = stream;
			stream += size;
		}
		beat &= (1ull << 58) - 1;
		if (below(50) == 0 || beat + beats > 1ull << 58)
			beat = (1ull << 58) - beats;
		address = beat * 64;
		tag = below(128);
		asking = true;
	}

	void drive()
	{
		if (!asking && !stop && (fast || below(6) == 0))
			new_request();
		dut.req_valid = asking;
		dut.req_addr = address;
		dut.req_beats = beats;
		dut.req_tag = (uint8_t)tag;
		// The writer may offer beats before it has asked, but gives no more than it asks
		// for.
		if (!giving && owed + (asking ? beats : 0) && (fast || below(4)))
			giving = true;
		dut.w_valid = giving;
		for (unsigned w = 0; w < 16; w++)
			dut.w_data.m_storage[w] = giving ? content(given, w) : rng();
		if (below(200) == 0)
			patience = below(2) ? 2 : 90;
		if (now > 3000 && below(500) == 0)
			patient = below(2);
		dut.m_awready = fast || (below(patience) == 0 && (!patient || dut.m_awvalid));
		dut.m_wready = fast || (below(3) != 0 && (!patient || dut.m_wvalid));
		if (!offered && !answers.empty() && answers.front().due <= now &&
		    (fast || below(3)))
			offered = true;
		dut.m_bvalid = offered;
		dut.m_bresp = offered ? answers.front().resp : below(4);
		dut.clear = !fast && below(300) == 0;
	}

	void complete()
	{
		const burst_t b = bursts.front();
		bursts.pop_front();
		answers.push_back({now + (fast ? LATENCY : 1 + below(60)), b.tag,
		                   fast || below(40) ? 0 : 2 + below(2), b.last});
	}

	void take_address()
	{
		const unsigned n = dut.m_awlen + 1u;
		const uint64_t beat = dut.m_awaddr >> 6;
		if (dut.m_awaddr % 64 || n > 64 || dut.m_awaddr % 4096 + 64 * n > 4096)
			fail("a burst too long or across 4 KiB", now);
		if (dut.m_awsize != 6 || dut.m_awburst != 1)
			fail("kind of burst", now);
		if (asked.size() < n)
			fail("a burst that nobody asked for", now);
		const unsigned t = asked.front().tag;
		bool end = false;
		for (unsigned i = 0; i < n; i++, asked.pop_front()) {
			if (end || asked.front().beat != beat + i || asked.front().tag != t)
				fail("a burst elsewhere or of two requests", now);
			end = asked.front().last;
		}
		bursts.push_back({n, t, end});
		if (++outstanding > OUTSTANDING)
			fail("too many bursts outstanding", now);
		if (outstanding > most)
			most = outstanding;
		if (!early.empty()) { // its beats came first
			if (early.front() != n)
				fail("m_wlast", now);
			early.pop_front();
			complete();
		}
	}

	void take_beat()
	{
		for (unsigned w = 0; w < 16; w++)
			if (dut.m_wdata.m_storage[w] != content(out, w))
				fail("content of a beat", now);
		if (dut.m_wstrb != ~0ull)
			fail("m_wstrb", now);
		at++;
		checked++;
		// Bursts whose address is here come before those that run ahead of theirs.
		if (!bursts.empty()) {
			if (dut.m_wlast != (at == bursts.front().beats))
				fail("m_wlast", now);
			if (dut.m_wlast)
				complete();
		} else {
			ahead++;
			if (dut.m_wlast)
				early.push_back(at);
		}
		if (dut.m_wlast)
			at = 0;
		if (!taken++)
			first = now;
		last = now;
	}

	// What happens at the edge, by the pins before it.
	void observe()
	{
		if (dut.done != done || dut.err != err || (err && dut.err_tag != err_tag))
			fail("done or error report", now);
		dones += done;
		if (dut.idle != (open_requests == 0))
			fail("idle", now);
		if (!dut.m_bready)
			fail("m_bready is low", now);
		if (given - out > BEATS)
			fail("a beat lost", now);
		if (dut.m_wvalid && given == out)
			fail("m_wvalid without a beat", now);
		if (dut.m_awvalid && dut.m_awready)
			take_address();
		if (dut.m_wvalid && dut.m_wready) {
			take_beat();
			out++;
		}
		if (dut.w_valid && dut.w_ready) {
			given++;
			owed--;
			giving = false;
		}
		// A response counts from the second cycle on.
		done = answered && answer.last;
		open_requests -= done;
		const bool error = answered && answer.resp;
		bad += error;
		if (error && (!err || dut.clear))
			err_tag = answer.tag;
		answered = offered;
		if (offered) {
			answer = answers.front();
			answers.pop_front();
			offered = false;
			outstanding--;
		}
		err = error || (err && !dut.clear);
		if (dut.req_valid && dut.req_ready) {
			for (uint32_t i = 0; i < beats; i++)
				asked.push_back({address / 64 + i, tag, i + 1 == beats});
			owed += beats;
			open_requests++;
			requests++;
			asking = false;
		}
	}

	void tick()
	{
		drive();
		dut.eval();
		const bool aw = dut.m_awvalid && !dut.m_awready, w = dut.m_wvalid && !dut.m_wready;
		const uint64_t awaddr = dut.m_awaddr;
		const unsigned awlen = dut.m_awlen, wlast = dut.m_wlast;
		observe();
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
		if (aw && (!dut.m_awvalid || dut.m_awaddr != awaddr || dut.m_awlen != awlen))
			fail("AW did not stay", now);
		if (w && (!dut.m_wvalid || dut.m_wlast != wlast))
			fail("W did not stay", now);
		now++;
	}

	void drain()
	{
		stop = true;
		for (unsigned i = 0; asking || open_requests; i++) {
			if (i > 200000)
				fail("it hangs", now);
			tick();
		}
		tick();
		tick();
		stop = false;
	}

	void reset()
	{
		dut.clk = 0;
		dut.rst = 1;
		dut.eval();
		for (int i = 0; i < 4; i++) {
			dut.clk = 1;
			dut.eval();
			dut.clk = 0;
			dut.eval();
		}
		dut.rst = 0;
	}

	double rate(unsigned beats_each, uint64_t total)
	{
		drain();
		fast = true;
		size = beats_each;
		taken = 0;
		while (taken < total)
			tick();
		return (double)(taken - 1) / (double)(last - first);
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 300000);
	for (unsigned life = 0; life < 4 * BENCH_LIVES; life++) {
		test t;
		t.rng.seed((unsigned)o.seed + 1 + life);
		t.patient = life & 1;
		t.reset();
		for (unsigned i = 1000 + t.below(500); i > 0; i--)
			t.tick();
		if (t.checked == 0)
			fail("nothing moves", t.now);
	}
	test t;
	t.rng.seed((unsigned)o.seed);
	t.reset();
	while (t.now < o.count)
		t.tick();
	t.drain();
	const uint64_t requests = t.requests, beats = t.taken, bad = t.bad;
	if (t.dones != requests || !t.ahead)
		fail("done pulses, or no beat ever came before its address", t.now);
	const double stream = t.rate(4096, 40000), small = t.rate(8, 40000);
	t.drain();
	if (stream < 0.9999 || small < 0.9999)
		fail("throughput", t.now);
	std::printf(
	        "axi_write: %llu cycles, %llu requests, %llu beats (%llu before "
	        "their address), %llu bad, up to %u bursts outstanding; beats a cycle at latency "
	        "%u: stream %.4f, requests of 8 anywhere %.4f\n",
	        (unsigned long long)o.count, (unsigned long long)requests,
	        (unsigned long long)beats, (unsigned long long)t.ahead, (unsigned long long)bad,
	        t.most, LATENCY, stream, small);
	return bench_end(true, t.checked);
}
