// SPDX-License-Identifier: Apache-2.0
//
// axi_read_tb.cpp - vn_axi_read between random readers and a random memory: AXI rules, order and
// content of every beat, error report and idle in every cycle; then the throughput on a memory of
// 120 cycles.  Argument: cycles.
// The clients' FIFOs are DEPTH(client) deep; CLIENTS is that of the build.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>

#include "Vvn_axi_read.h"
#include "tests/rtl/bench.h"

#ifndef CLIENTS
#define CLIENTS 3
#endif
#define DEPTH(client) ((client) == 0 ? 256u : (client) == 1 ? 64u : 4u)

static const unsigned OUTSTANDING = 32, LATENCY = 120;

static int fail(const char *what, uint64_t cycle)
{
	std::printf("axi_read: FAIL in cycle %llu: %s\n", (unsigned long long)cycle, what);
	std::exit(1);
}

// Ports of up to 64 bits are integers, wider ones arrays of words.
template <size_t N> static uint32_t *words(VlWide<N> &port)
{
	return port.m_storage;
}
static uint32_t *words(QData &port)
{
	return (uint32_t *)&port;
}
static uint32_t *words(IData &port)
{
	return &port;
}

static uint32_t content(uint64_t beat, unsigned word)
{
	uint64_t x = (beat * 16 + word) * 0x9e3779b97f4a7c15ull;
	x ^= x >> 29;
	return (uint32_t)((x * 0xbf58476d1ce4e5b9ull) >> 32);
}
// Where memory answers with an error.
static bool is_bad(uint64_t beat)
{
	return content(beat, 77) % 701 == 0;
}

struct beat_t {
	uint64_t beat; // address / 64
	unsigned tag;
};

struct burst_t {
	uint64_t beat, due;
	unsigned beats, client, tag, at;
};

struct test {
	std::mt19937 rng;
	Vvn_axi_read &dut = bench_model<Vvn_axi_read>();
	uint64_t now = 0;
	bool fast = false;    // memory of LATENCY cycles, nobody stalls
	bool patient = false; // ready only where valid is
	bool slow = false;    // every place for a burst fills up
	// readers
	bool asking[CLIENTS] = {}, last_valid[CLIENTS] = {};
	uint64_t address[CLIENTS], stream[CLIENTS] = {};
	uint32_t beats[CLIENTS];
	unsigned tag[CLIENTS], active = (1u << CLIENTS) - 1, size = 0, pace[CLIENTS] = {};
	uint32_t last_data[CLIENTS][16];
	std::deque<beat_t> expected[CLIENTS], unasked[CLIENTS]; // at q; at AR
	// memory
	std::deque<burst_t> bursts;
	bool offered = false;
	uint64_t last_araddr = 0;
	unsigned last_arlen = 0;
	// what the module sees a cycle later: the beat of the last cycle, and that q was not empty
	bool seen = false;
	burst_t seen_of = {0, 0, 0, 0, 0, 0};
	unsigned seen_resp = 0;
	bool held = false;
	// the first error
	bool err = false;
	unsigned err_client = 0, err_tag = 0;
	// counts
	uint64_t requests = 0, answered = 0, taken = 0, checked = 0, bad = 0, most = 0;
	uint64_t first_q = 0, last_q = 0;

	uint32_t below(uint32_t n)
	{
		return (uint32_t)(rng() % n);
	}

	void new_request(unsigned c)
	{
		const uint64_t region = (uint64_t)c << 62;
		switch (below(slow ? 2 : 5)) {
		case 0:
			beats[c] = 1;
			break;
		case 1:
			beats[c] = 1 + below(8);
			break;
		case 2:
			beats[c] = 1 + below(64);
			break;
		case 3:
			beats[c] = 64;
			break;
		default:
			beats[c] = 1 + below(below(20) ? 150 : 1500);
		}
		// Anywhere, or close to a 4 KiB boundary; sometimes at the end of the address
		// space.
		uint64_t beat = below(2) ? (uint64_t)below(1u << 30) * 64 + 60 + below(8)
		                         : ((uint64_t)rng() << 22 ^ rng());
		beat &= (1ull << 56) - 1;
		if (below(50) == 0)
			beat = (1ull << 56) - beats[c];
		if (size) {
			beats[c] = size;
			beat = size == 8 ? beat : stream[c];
			stream[c] += size;
		}
		if (beat + beats[c] > 1ull << 56)
			beat -= beats[c];
		address[c] = region + beat * 64;
		tag[c] = below(128);
		asking[c] = true;
	}

	// Inputs of the cycle.
	void drive()
	{
		dut.req_valid = 0;
		dut.q_ready = 0;
		for (unsigned c = 0; c < CLIENTS; c++) {
			if (!asking[c] && active >> c & 1 && (fast || below(4) == 0))
				new_request(c);
			if (asking[c]) {
				words(dut.req_addr)[2 * c] = (uint32_t)address[c];
				words(dut.req_addr)[2 * c + 1] = (uint32_t)(address[c] >> 32);
				words(dut.req_beats)[c] = beats[c];
				for (unsigned i = 0; i < 7; i++) {
					dut.req_tag &= ~(1u << (7 * c + i));
					dut.req_tag |= (tag[c] >> i & 1u) << (7 * c + i);
				}
				dut.req_valid |= 1u << c;
			}
			if (below(400) == 0)
				pace[c] = below(9);
			if (fast || below(8) < pace[c])
				dut.q_ready |= 1u << c;
		}
		if (now > 3000 && below(500) == 0)
			patient = below(2);
		if (now > 3000 && below(500) == 0)
			slow = below(4) == 0;
		dut.m_arready = fast || (below(3) == 0 && (!patient || dut.m_arvalid));
		if (!offered && !bursts.empty() && bursts.front().due <= now && (fast || below(4)))
			offered = true;
		dut.m_rvalid = offered;
		if (offered) {
			const burst_t &b = bursts.front();
			for (unsigned w = 0; w < 16; w++)
				dut.m_rdata.m_storage[w] = content(b.beat + b.at, w);
			dut.m_rresp = is_bad(b.beat + b.at) ? 2 + below(2) : 0;
			dut.m_rlast = b.at + 1 == b.beats;
		} else {
			dut.m_rresp = below(4);
			dut.m_rlast = below(2);
		}
		dut.clear = !fast && below(300) == 0;
	}

	void check_idle_and_error()
	{
		bool idle = true;
		for (unsigned c = 0; c < CLIENTS; c++)
			idle = idle && expected[c].empty();
		if (dut.idle != (idle && !held))
			fail("idle", now);
		if (dut.err != err ||
		    (err && (dut.err_client != err_client || dut.err_tag != err_tag)))
			fail("error report", now);
	}

	void take_address()
	{
		const unsigned c = (unsigned)(dut.m_araddr >> 62);
		const unsigned n = dut.m_arlen + 1u;
		uint64_t beat = (dut.m_araddr & ((1ull << 62) - 1)) >> 6;
		if (c >= CLIENTS || unasked[c].size() < n || dut.m_araddr % 64)
			fail("a burst that nobody asked for", now);
		if (n > 64 || n > DEPTH(c) / 2 || dut.m_araddr % 4096 + 64 * n > 4096)
			fail("a burst too long or across 4 KiB", now);
		if (dut.m_arsize != 6 || dut.m_arburst != 1)
			fail("kind of burst", now);
		const unsigned t = unasked[c].front().tag;
		bursts.push_back(
		        {beat, now + (fast ? LATENCY : 1 + below(slow ? 600 : 60)), n, c, t, 0});
		for (unsigned i = 0; i < n; i++, unasked[c].pop_front())
			if (unasked[c].front().beat != beat + i || unasked[c].front().tag != t)
				fail("a burst elsewhere or of two requests", now);
		if (bursts.size() > OUTSTANDING)
			fail("too many bursts outstanding", now);
		if (bursts.size() > most)
			most = bursts.size();
	}

	void take_beat(unsigned c)
	{
		if (expected[c].empty())
			fail("a beat too many", now);
		const uint64_t beat = expected[c].front().beat;
		for (unsigned w = 0; w < 16; w++)
			if (words(dut.q_data)[16 * c + w] != content(beat, w))
				fail("content of a beat", now);
		if ((dut.q_bad >> c & 1) != is_bad(beat))
			fail("q_bad", now);
		expected[c].pop_front();
		checked++;
		if (!taken++)
			first_q = now;
		last_q = now;
	}

	// What happens at the edge, by the pins before it.
	void observe()
	{
		if (!dut.m_rready)
			fail("m_rready is low", now);
		if (dut.m_arvalid && dut.m_arready)
			take_address();
		const bool error = seen && seen_resp;
		if (error) {
			bad++;
			if (!err || dut.clear) {
				err_client = seen_of.client;
				err_tag = seen_of.tag;
			}
		}
		seen = offered;
		if (offered) {
			burst_t &b = bursts.front();
			seen_of = b;
			seen_resp = dut.m_rresp;
			offered = false;
			answered++;
			if (++b.at == b.beats)
				bursts.pop_front();
			else
				b.due = now + (fast || below(3) ? 0 : below(6));
		}
		err = error || (err && !dut.clear);
		held = false;
		for (unsigned c = 0; c < CLIENTS; c++)
			held = held || !expected[c].empty();
		for (unsigned c = 0; c < CLIENTS; c++) {
			const bool valid = dut.q_valid >> c & 1, ready = dut.q_ready >> c & 1;
			const uint32_t *q = words(dut.q_data) + 16 * c;
			if (last_valid[c] && (!valid || memcmp(q, last_data[c], 64)))
				fail("q did not stay", now);
			last_valid[c] = valid && !ready;
			memcpy(last_data[c], q, 64);
			if (valid && ready)
				take_beat(c);
			if (dut.req_valid >> c & dut.req_ready >> c & 1) {
				const uint64_t beat = (address[c] & ((1ull << 62) - 1)) >> 6;
				for (uint32_t i = 0; i < beats[c]; i++) {
					expected[c].push_back({beat + i, tag[c]});
					unasked[c].push_back({beat + i, tag[c]});
				}
				asking[c] = false;
				requests++;
			}
		}
	}

	void tick()
	{
		drive();
		dut.eval();
		check_idle_and_error();
		const bool stalled = dut.m_arvalid && !dut.m_arready;
		const uint64_t araddr = dut.m_araddr;
		const unsigned arlen = dut.m_arlen;
		observe();
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
		if (stalled && (!dut.m_arvalid || dut.m_araddr != araddr || dut.m_arlen != arlen))
			fail("AR did not stay", now);
		now++;
	}

	void drain()
	{
		const unsigned was = active;
		active = 0;
		for (unsigned c = 0; c < CLIENTS; c++)
			pace[c] = 8;
		for (unsigned i = 0;; i++) {
			bool empty = true;
			for (unsigned c = 0; c < CLIENTS; c++)
				empty = empty && expected[c].empty() && !asking[c];
			if (empty)
				break;
			if (i > 200000)
				fail("it hangs", now);
			tick();
		}
		tick();
		active = was;
	}

	void reset()
	{
		dut.clk = 0;
		dut.rst = 1;
		drive();
		dut.req_valid = 0;
		dut.eval();
		for (int i = 0; i < 4; i++) {
			dut.clk = 1;
			dut.eval();
			dut.clk = 0;
			dut.eval();
		}
		dut.rst = 0;
	}

	// Beats a cycle between the first and the last of at least `total`, requests of
	// `beats_each`.
	double rate(unsigned clients, unsigned beats_each, uint64_t total)
	{
		drain();
		fast = true;
		active = clients;
		size = beats_each;
		taken = 0;
		while (taken < total)
			tick();
		const double r = (double)(taken - 1) / (double)(last_q - first_q);
		drain();
		return r;
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 200000);
	for (unsigned life = 0; life < 4 * BENCH_LIVES; life++) {
		test t;
		t.rng.seed((unsigned)o.seed + 1 + life);
		t.patient = life & 1;
		t.reset();
		for (unsigned i = 1000 + t.below(500); i > 0; i--)
			t.tick();
		if (t.answered == 0)
			fail("nothing moves", t.now);
	}
	test t;
	t.rng.seed((unsigned)o.seed);
	t.reset();
	while (t.now < o.count)
		t.tick();
	t.drain();
	const uint64_t requests = t.requests, answered = t.answered, bad = t.bad, most = t.most;
	const double stream = t.rate(1, 4096, 40000), small = t.rate(1, 8, 40000);
	const double all = CLIENTS > 1 ? t.rate(3, 64, 40000) : stream;
	if (stream < 0.9999 || small < 0.9999 || all < 0.9999)
		fail("throughput", t.now);
	std::printf("axi_read: %d clients, %llu cycles, %llu requests, %llu beats, "
	            "%llu bad, up to %llu bursts outstanding; beats a cycle at latency %u: "
	            "stream %.4f, requests of 8 anywhere %.4f, two clients %.4f\n",
	            CLIENTS, (unsigned long long)o.count, (unsigned long long)requests,
	            (unsigned long long)answered, (unsigned long long)bad, (unsigned long long)most,
	            LATENCY, stream, small, all);
	return bench_end(true, t.checked);
}
