// SPDX-License-Identifier: Apache-2.0
//
// fetch_tb.cpp - vn_fetch between a sequencer and a random reader: BEGIN once, the rest of the list
// in circles, until stopped at a random moment; every request and descriptor, and quiet in every
// cycle.  Argument: starts.
#include <deque>

#include "Vvn_fetch.h"
#include "tests/rtl/pins.h"

enum { CHUNK = 16, LIMIT = 5000, PAUSE = 4 };

struct test : bench_of<Vvn_fetch> {
	std::deque<uint64_t> reader; // beats asked for
	bool running = false, stopping = false, offered = false;
	uint64_t base = 0, asked = 0, given = 0, circles = 0; // descriptors since the start
	uint32_t first = 0, count = 1;
	unsigned paused = 0; // cycles without a request
	unsigned answers_of = 8, asks_of = 8, takes_of = 8;

	// Index in the list of the i-th descriptor since the start.
	uint64_t index(uint64_t i) const
	{
		return i == 0 || count == 1 ? 0 : 1 + (i - 1) % (count - 1);
	}
	uint64_t beat(uint64_t i) const
	{
		return (base / 64 + first + index(i)) & (~0ull >> 6);
	}
	static bool bad(uint64_t at)
	{
		return content(at, 99) % 7 == 0;
	}
	uint32_t burst() const
	{
		const uint64_t left = count - index(asked);

		return asked == 0 ? 1 : left < CHUNK ? (uint32_t)left : CHUNK;
	}

	void check_descriptor()
	{
		expect(reader.front() == beat(given), "descriptor out of order");
		for (unsigned w = 0; w < 16; w++)
			expect(words(dut.d)[w] == content(reader.front(), w), "a descriptor");
		expect(dut.d_bad == bad(reader.front()), "d_bad");
	}

	void cycle(bool start, bool stop)
	{
		dut.start = start;
		dut.stop = stop;
		dut.program_base = base;
		dut.first = first;
		dut.count = count;
		dut.req_ready = reader.size() < 64 && often(asks_of);
		dut.d_ready = often(takes_of);
		offered = !reader.empty() && (offered || often(answers_of));
		dut.q_valid = offered;
		dut.reader_idle = reader.empty();
		for (unsigned w = 0; w < 16; w++)
			words(dut.q_data)[w] =
			        offered ? content(reader.front(), w) : (uint32_t)rng();
		dut.q_bad = offered ? bad(reader.front()) : below(2);
		dut.eval();

		expect(running || !dut.req_valid, "a request too many");
		paused = running && !dut.req_valid ? paused + 1 : 0;
		expect(paused <= PAUSE, "no request");
		if (dut.req_valid) {
			expect(dut.req_addr == 64 * beat(asked), "address of a request");
			expect(dut.req_beats == burst(), "beats of a request");
		}
		expect(dut.d_valid == (offered && !stopping), "d_valid");
		expect(dut.q_ready == (dut.d_ready || stopping), "q_ready");
		expect(dut.quiet == (!running && reader.empty()), "quiet");
		if (dut.d_valid)
			check_descriptor();

		const bool offers = dut.req_valid, asks = offers && dut.req_ready;
		const bool takes = offered && dut.q_ready;
		const bool got = dut.d_valid && dut.d_ready;
		const uint32_t n = running ? burst() : 0;
		edge();
		if (takes) {
			reader.pop_front();
			offered = false;
		}
		given += got;
		if (asks) {
			for (uint32_t i = 0; i < n; i++)
				reader.push_back(beat(asked + i));
			asked += n;
			running = !(stop || stopping || count == 1);
		} else if ((stop || stopping) && !offers) {
			running = false;
		}
		stopping = stopping || stop;
		if (start) {
			running = true;
			stopping = false;
			asked = given = 0;
		}
	}

	void list()
	{
		const uint32_t sizes[] = {1, 2, 3, 16, 17, 18, 33, 1 + below(200)};

		base = rng() & ~63ull;
		first = below(2) ? below(100) : (uint32_t)rng();
		count = sizes[below(8)];
		answers_of = 1 + below(8);
		asks_of = 1 + below(8);
		takes_of = 1 + below(8);
		cycle(true, false);
		const unsigned cycles = below(400);
		for (unsigned i = 0; i < cycles && (count > 1 || given == 0); i++)
			cycle(false, false);
		if (count == 1 && below(2)) // all was given
			for (unsigned i = 0; given == 0; i++, expect(i < LIMIT, "it hangs"))
				cycle(false, false);
		if (below(10) == 0) {
			reset();
			reader.clear();
			running = stopping = offered = false;
			return;
		}
		if (count > 1)
			circles += given / (count - 1);
		const bool hold = below(2);
		cycle(false, true);
		for (unsigned i = 0; running || !reader.empty(); i++, expect(i < LIMIT, "it hangs"))
			cycle(false, hold);
		for (unsigned i = below(3); i > 0; i--)
			cycle(false, hold);
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 500);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.list();
	printf("fetch: %" PRIu64 " circles in %" PRIu64 " cycles\n", t.circles, t.now);
	return bench_end(t.circles > 0, t.checks);
}
