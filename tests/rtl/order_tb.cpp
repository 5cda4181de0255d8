// SPDX-License-Identifier: Apache-2.0
//
// order_tb.cpp - vn_order against hls/vn_token.h: random entries, faults and latencies.
// Argument: number of operations.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "Vvn_order.h"
#include "tests/rtl/bench.h"
#include "hls/vn_token.h"

enum { BEGIN, TAKE, GIVE, HOME };

static const uint32_t op_of_engine[VN_ENGINES] = {VN_OP_LOAD, VN_OP_MM, VN_OP_POST, VN_OP_DW,
                                                  VN_OP_STORE};

struct test {
	std::mt19937 rng;
	Vvn_order &dut = bench_model<Vvn_order>();
	uint32_t count[VN_ENGINES][VN_ENGINES];
	uint32_t begin[VN_DESC_WORDS];
	unsigned verdicts[4][2] = {};

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
		dut.start = 0;
		dut.eval();
		tick();
		dut.rst = 0;
		dut.eval();
		if (dut.done) {
			printf("order_tb: done after a reset\n");
			exit(1);
		}
	}

	// Some operations, and one that is left somewhere on its way.
	bool abandon()
	{
		reset();
		if (!all(3))
			return false;
		dut.op = below(4);
		dut.engine = below(VN_ENGINES);
		dut.start = 1;
		for (int w = 0; w < VN_DESC_WORDS; w++)
			dut.d[w] = (uint32_t)rng();
		for (uint32_t i = dut.op == BEGIN || dut.op == HOME ? below(30) : below(10); i > 0;
		     i--) {
			tick();
			dut.start = 0;
		}
		return true;
	}

	// Runs one operation in the module; d and engine are garbage where they must not matter.
	int run(int op, const uint32_t *d, uint32_t engine)
	{
		const int expected = op == TAKE || op == GIVE ? 8 : 28;
		int cycles = 0;

		dut.op = op;
		dut.engine = engine;
		for (int w = 0; w < VN_DESC_WORDS; w++)
			dut.d[w] = d ? d[w] : (uint32_t)rng();
		dut.start = 1;
		do {
			tick();
			dut.start = 0;
			cycles++;
		} while (!dut.done && cycles < 100);
		if (cycles != expected) {
			printf("order_tb: op %d took %d cycles\n", op, cycles);
			return -1;
		}
		const int ok = dut.ok;
		for (uint32_t i = below(3); i > 0; i--)
			tick();
		return ok;
	}

	void random_begin()
	{
		for (uint32_t &w : begin)
			w = (uint32_t)rng();
		for (uint32_t a = 0; a < VN_ENGINES; a++)
			for (uint32_t b = 0; b < VN_ENGINES; b++)
				if (below(4)) {
					uint32_t &w = begin[VN_D_BEGIN_TOKENS_LOAD_WORD + a];
					w = (w & ~VN_TOKENS(VN_TOKEN_MAX, b)) |
					    VN_TOKENS(below(4), b);
				}
		VN_SET(begin, ALL_OP, VN_OP_BEGIN);
	}

	// A descriptor that mostly takes no more than is there.
	void random_desc(uint32_t d[VN_DESC_WORDS], uint32_t e)
	{
		for (int w = 0; w < VN_DESC_WORDS; w++)
			d[w] = (uint32_t)rng();
		VN_SET(d, ALL_OP, op_of_engine[e]);
		d[1] = 0;
		for (uint32_t a = 0; a < VN_ENGINES; a++) {
			uint32_t wait = below(2) ? 0 : below(count[a][e] + 1);
			if (below(8) == 0)
				wait = count[a][e] + (below(8) == 0);
			if (below(500) == 0)
				wait = below(64);
			d[1] |= VN_TOKENS(wait & VN_TOKEN_MAX, a);
		}
		if (below(3) == 0)
			VN_SET(d, ALL_SIGNAL, 0);
	}

	bool one(int op, const uint32_t *d, uint32_t e, int want)
	{
		const int got = run(op, d, e);

		if (got != want) {
			printf("order_tb: op %d engine %u: ok %d, expected %d\n", op, e, got, want);
			return false;
		}
		verdicts[op][want]++;
		return true;
	}

	bool all(unsigned operations)
	{
		bool fault = true;

		for (unsigned i = 0; i < operations; i++) {
			uint32_t d[VN_DESC_WORDS];
			const uint32_t e = below(VN_ENGINES);
			int want;

			if (fault || below(200) == 0) {
				random_begin();
				vn_token_begin(begin, count);
				if (!one(BEGIN, begin, e, 1))
					return false;
			}
			// at once after BEGIN all is at home; later hardly ever
			if (below(20) == 0) {
				want = vn_token_home(begin, count);
				if (!one(HOME, nullptr, below(8), want))
					return false;
			}
			random_desc(d, e);
			want = vn_token_take(d, count);
			if (!one(TAKE, d, e, want))
				return false;
			fault = !want;
			if (fault)
				continue;
			want = vn_token_give(d, count);
			if (!one(GIVE, d, e, want))
				return false;
			fault = !want;
		}
		return true;
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 100000);
	uint64_t checks = 0;
	test t;

	t.rng.seed((unsigned)o.seed);
	bool good = true;
	for (int life = 0; life < 10 * BENCH_LIVES; life++)
		good = good && t.abandon();
	t.reset();
	good = good && t.all((unsigned)o.count);
	for (int op = 0; op < 4; op++) {
		checks += t.verdicts[op][0] + t.verdicts[op][1];
		if (t.verdicts[op][1] == 0 || (op != BEGIN && t.verdicts[op][0] == 0)) {
			printf("order_tb: a verdict of op %d was never reached\n", op);
			good = false;
		}
	}
	printf("order: begin %u, take %u + %u faults, give %u + %u, home %u + %u\n",
	       t.verdicts[BEGIN][1], t.verdicts[TAKE][1], t.verdicts[TAKE][0], t.verdicts[GIVE][1],
	       t.verdicts[GIVE][0], t.verdicts[HOME][1], t.verdicts[HOME][0]);
	return bench_end(good, checks);
}
