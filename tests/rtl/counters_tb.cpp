// SPDX-License-Identifier: Apache-2.0
//
// counters_tb.cpp - vn_counters against 64-bit counters: random states, runs, clears; every word in
// every cycle; near 2^32 and 2^48 as well.  Argument: cycles.
#include "Vvn_counters.h"
#include "Vvn_counters___024root.h"
#include "tests/rtl/pins.h"

enum { COUNTERS = 21 };

struct test : bench_of<Vvn_counters> {
	uint64_t count[COUNTERS] = {};
	unsigned word = 0, states = 0; // of the cycle before
	uint32_t picked = 0;           // and of the word before that
	bool run = false, clear = true;

	uint32_t value() const
	{
		const unsigned i = word / 2;
		const uint64_t c = i < COUNTERS ? count[i] & 0xffffffffffffull : 0;

		return (uint32_t)(word & 1 ? c >> 32 : c);
	}

	void step()
	{
		if (clear)
			memset(count, 0, sizeof(count));
		else if (run) {
			count[0]++;
			for (unsigned e = 0; e < VN_ENGINES; e++)
				if (states >> 3 * e & 7)
					count[1 + 4 * e + (states >> 3 * e & 7) - 1]++;
		}
	}

	void preset()
	{
		for (unsigned i = 0; i < COUNTERS; i++) {
			count[i] = (below(2) ? 1ull << 32 : 1ull << 48) - 1 - below(60);
			dut.rootp->vn_counters__DOT__count[i] = count[i];
		}
	}

	void cycle()
	{
		const uint32_t right = picked;

		picked = value();
		step();
		states = 0;
		for (unsigned e = 0; e < VN_ENGINES; e++)
			states |= below(5) << 3 * e;
		dut.state = (uint16_t)states;
		dut.run = run = often(6);
		dut.clear = clear = below(500) == 0;
		dut.word = (uint8_t)(word = below(64));
		edge();
		expect(dut.value == right, "a counter's word");
		if (below(400) == 0)
			preset();
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 100000);
	test t;

	t.rng.seed(o.seed);
	t.dut.clear = 1;
	t.dut.word = 0;
	t.edge();
	t.edge();
	for (uint64_t i = 0; i < o.count; i++)
		t.cycle();
	printf("counters: %" PRIu64 " cycles\n", t.now);
	return bench_end(true, t.checks);
}
