// SPDX-License-Identifier: Apache-2.0
//
// array_tb.cpp - the flavours of vn_array against dot products, at the pins' rules: turns of R+1
// cycles and more, rows of the next tile anywhere in the turn, pixels anywhere too, cycles without
// ce once nothing is inside, resets between tiles.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "Varray_top.h"
#include "tests/rtl/bench.h"

namespace
{

constexpr int R = VN_R, C = VN_C, CHAIN = R < 16 ? R : 16, CHAINS = R / CHAIN;
constexpr int LATENCY = CHAIN + C / 2 + 2 + (CHAINS == 4 ? 2 : CHAINS == 2 ? 1 : 0);

std::mt19937_64 rng;

int pick(int least, int most)
{
	return least + (int)(rng() % (uint64_t)(most - least + 1));
}

bool chance(int percent)
{
	return rng() % 100 < (uint64_t)percent;
}

// A tile or pixel is random, or has the ends of the range in places, or everywhere.
struct source {
	int least, kind = 0;
	int8_t next() const
	{
		if (kind == 2)
			return (int8_t)least;
		if (kind == 1 && chance(70))
			return chance(50) ? (int8_t)least : 127;
		return (int8_t)pick(least, 127);
	}
};

struct bench {
	std::unique_ptr<Varray_top> top{new Varray_top};
	int8_t active[R][C] = {}, next[R][C] = {};
	int rows = 0; // of next that have entered
	struct expected {
		uint64_t cycle;
		int32_t sum[C];
	};
	std::vector<expected> queue;
	size_t head = 0;
	uint64_t cycle = 0, last_entry = 0, sums = 0, switches = 0, paused = 0, bad = 0;
	source pixel{-128}, weight{-127};

	void compare(const char *name, const void *got, const expected &e)
	{
		if (memcmp(got, e.sum, sizeof(e.sum)) != 0 && bad++ < 10)
			printf("array_tb %dx%d: %s differs in cycle %llu\n", R, C, name,
			       (unsigned long long)cycle);
	}

	void step()
	{
		top->clk = 0;
		top->eval();
		if (head < queue.size() && queue[head].cycle == cycle) {
			compare("dsp", &top->sum_dsp, queue[head]);
			compare("flat", &top->sum_flat, queue[head]);
			compare("dpi", &top->sum_dpi, queue[head]);
			head++;
			sums += C;
		}
		top->clk = 1;
		top->eval();
		cycle++;
	}

	// What enters in this cycle; the pins hold rubbish otherwise.
	void drive(bool x, bool first, bool w)
	{
		int8_t data[R], row[C];
		expected e;

		for (auto &v : data)
			v = x ? pixel.next() : (int8_t)rng();
		for (auto &v : row)
			v = (int8_t)rng();
		if (first) {
			memcpy(active, next, sizeof(active));
			rows = 0;
			switches++;
		}
		if (w) {
			for (auto &v : next[R - 1 - rows])
				v = weight.next();
			memcpy(row, next[R - 1 - rows++], C);
		}
		if (x) {
			e.cycle = cycle + LATENCY;
			for (int c = 0; c < C; c++) {
				e.sum[c] = 0;
				for (int r = 0; r < R; r++)
					e.sum[c] += data[r] * active[r][c];
			}
			queue.push_back(e);
		}
		if (x || w)
			last_entry = cycle;
		memcpy(&top->x_data, data, R);
		memcpy(&top->w_row, row, C);
		top->x_switch = first;
		top->w_shift = w;
		top->ce = x || w || cycle - last_entry < (uint64_t)LATENCY || chance(30);
		paused += !top->ce;
		step();
	}

	void rest(int cycles)
	{
		for (int i = 0; i < cycles; i++)
			drive(false, false, false);
	}

	// Rows as early as they may, late, or scattered; a turn ends when all are in.
	void turn(bool first)
	{
		const int w_chance = chance(50) ? 100 : pick(5, 90);
		const int x_chance = chance(50) ? 100 : pick(5, 90);
		const int least = chance(60) ? 0 : pick(0, 4 * R);

		if (!first)
			drive(true, true, false);
		for (int s = 1; rows < R || s < least; s++) {
			if (chance(1))
				rest(pick(1, 2 * LATENCY));
			drive(!first && chance(x_chance), false, rows < R && chance(w_chance));
		}
	}
};

void reset(bench &b)
{
	b.top->rst = 1;
	b.top->ce = 1;
	b.top->x_switch = b.top->w_shift = 0;
	for (int i = 0; i < 3; i++)
		b.step();
	b.top->rst = 0;
	b.rows = 0;
	b.queue.clear();
	b.head = 0;
	b.last_entry = b.cycle;
}

} // namespace

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 300);
	auto b = (rng.seed(o.seed), std::make_unique<bench>());

	b->top->clk = 0;
	b->top->eval();
	for (uint64_t i = 0; i < o.count && b->bad == 0; i++) {
		if (i % 50 == 0) {
			// Not all rows of a tile, then reset: they are forgotten.
			reset(*b);
			for (int n = pick(0, R - 1); n > 0; n--)
				b->drive(false, false, true);
			reset(*b);
			b->turn(true);
		}
		b->pixel.kind = pick(0, 2);
		b->turn(false);
		b->weight.kind = pick(0, 2);
		if (i % 7 == 6)
			b->weight.least =
			        b->weight.least == 127 ? -127 : 127; // all +127, with kind 2
		if (chance(10) || i % 50 == 49)
			b->rest(pick(LATENCY, 3 * LATENCY));
	}
	printf("array_tb %dx%d: %llu cycles, %llu without ce, %llu switches, %llu sums of three\n",
	       R, C, (unsigned long long)b->cycle, (unsigned long long)b->paused,
	       (unsigned long long)b->switches, (unsigned long long)b->sums);
	return bench_end(b->bad == 0, 3 * b->sums);
}
