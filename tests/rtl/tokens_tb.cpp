// SPDX-License-Identifier: Apache-2.0
//
// tokens_tb.cpp - vn_tokens against a scoreboard: random wants, takes, gives and loads of all
// engines in the same cycles, counters from 0 to their limit.  Argument: number of cycles.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "Vvn_tokens.h"
#include "tests/rtl/bench.h"

enum { ENGINES = 5, LIMIT = 63 + 16 * 63 };

struct test {
	std::mt19937 rng;
	Vvn_tokens &dut = bench_model<Vvn_tokens>();
	uint32_t count[ENGINES][ENGINES] = {};
	uint32_t want[ENGINES][ENGINES];           // [receiver][giver]
	uint32_t asks = 0, ready = 0, lacking = 0; // what the module shows, of the cycle before
	unsigned takes = 0, gives = 0, loads = 0, full = 0, together = 0;

	uint32_t below(uint32_t n)
	{
		return (uint32_t)(rng() % n);
	}

	void tick()
	{
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
	}

	void reset()
	{
		dut.clk = 0;
		dut.rst = 1;
		dut.load = 0;
		dut.asks = 0;
		dut.take = 0;
		dut.give = 0;
		for (unsigned e = 0; e < ENGINES; e++)
			new_want(e, 3);
		dut.eval();
		tick();
		dut.rst = 0;
	}

	static void set6(uint32_t *bits, unsigned at, uint32_t v)
	{
		for (unsigned i = 0; i < 6; i++) {
			const unsigned bit = 6 * at + i;
			bits[bit / 32] = (bits[bit / 32] & ~(1u << (bit % 32))) |
			                 ((v >> i) & 1u) << (bit % 32);
		}
	}

	void load()
	{
		for (unsigned a = 0; a < ENGINES; a++)
			for (unsigned b = 0; b < ENGINES; b++) {
				const uint32_t v = a == b ? 0 : below(2) ? below(64) : below(3);
				count[a][b] = v;
				set6(dut.initial_i.m_storage, ENGINES * a + b, v);
			}
		dut.load = 1;
		dut.take = (uint8_t)(below(32) & ready);
		dut.give = rng() & 0x1ffffff;
		tick();
		dut.load = 0;
		ready = lacking = 0;
		loads++;
	}

	// What engine e wants; once it asks this stays until taken.
	void new_want(unsigned e, uint32_t most)
	{
		for (unsigned a = 0; a < ENGINES; a++) {
			want[e][a] = a == e || below(2) ? 0 : below(most + 1);
			set6(dut.want.m_storage, ENGINES * e + a, want[e][a]);
		}
	}

	// What the next cycle must show if `take` happens in this one.
	void expected(uint32_t take)
	{
		ready = lacking = 0;
		for (unsigned e = 0; e < ENGINES; e++) {
			if (!((asks & ~take) >> e & 1))
				continue;
			for (unsigned a = 0; a < ENGINES; a++)
				lacking |= (uint32_t)(count[a][e] < want[e][a])
				           << (ENGINES * e + a);
			if (((lacking >> (ENGINES * e)) & 31) == 0)
				ready |= 1u << e;
		}
	}

	bool compare()
	{
		if (dut.ready == ready && dut.lacking == lacking)
			return true;
		printf("tokens_tb: ready %02x lacking %07x, expected %02x %07x\n", dut.ready,
		       dut.lacking, ready, lacking);
		return false;
	}

	// give_of, take_of: 0 never .. 8 always; most: the largest want.
	bool cycle(uint32_t give_of, uint32_t take_of, uint32_t most)
	{
		uint32_t take = 0, give = 0;

		if (!compare())
			return false;
		for (unsigned e = 0; e < ENGINES; e++)
			asks |= (uint32_t)(below(4) != 0) << e;
		dut.asks = (uint8_t)asks;
		for (unsigned e = 0; e < ENGINES; e++)
			if (((ready >> e) & 1) && below(8) < take_of)
				take |= 1u << e;
		for (unsigned a = 0; a < ENGINES; a++)
			for (unsigned b = 0; b < ENGINES; b++)
				if (a != b && below(8) < give_of && count[a][b] < LIMIT)
					give |= 1u << (ENGINES * a + b);
		dut.take = (uint8_t)take;
		dut.give = give;
		expected(take);
		tick();
		for (unsigned a = 0; a < ENGINES; a++)
			for (unsigned b = 0; b < ENGINES; b++) {
				const uint32_t more = (give >> (ENGINES * a + b)) & 1;
				const uint32_t less = ((take >> b) & 1) * want[b][a];

				count[a][b] += more - less;
				gives += more;
				takes += less;
				together += more && less;
				full += count[a][b] == LIMIT;
			}
		asks &= ~take;
		for (unsigned e = 0; e < ENGINES; e++)
			if (!((asks >> e) & 1))
				new_want(e, most);
		return true;
	}

	bool all(unsigned cycles)
	{
		static const uint32_t most[] = {1, 3, 63};
		unsigned left = 0;
		uint32_t give_of = 0, take_of = 0, m = 0;

		for (unsigned i = 0; i < cycles; i++) {
			if (left == 0) {
				if (below(4) == 0)
					load();
				left = 20 + below(2000);
				give_of = below(9);
				take_of = below(9);
				m = most[below(3)];
				if (below(3) == 0) // drain: shows what the counters hold
					give_of = 0;
			}
			left--;
			if (!cycle(give_of, take_of, m))
				return false;
		}
		return true;
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 400000);
	bool good = true;

	for (unsigned life = 0; life < BENCH_LIVES; life++) {
		test t;

		t.rng.seed((unsigned)o.seed + 1 + life);
		t.reset();
		good = good && t.all(3000);
	}
	test t;
	t.rng.seed((unsigned)o.seed);
	t.reset();
	good = good && t.all((unsigned)o.count);
	if (!t.takes || !t.gives || !t.loads || !t.full || !t.together) {
		printf("tokens_tb: a case was never reached\n");
		good = false;
	}
	printf("tokens: %u cycles, %u gives, %u takes, %u together, %u loads, "
	       "%u times full\n",
	       (unsigned)o.count, t.gives, t.takes, t.together, t.loads, t.full);
	return bench_end(good, o.count);
}
