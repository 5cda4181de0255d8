// SPDX-License-Identifier: Apache-2.0
//
// mm_tb.cpp - vn_mm and vn_psum against vn_array_mm of hls/ compiled for the same size.
//
// One at a time: random descriptors with random stalls of the weights, the whole partial-sum buffer
// compared from the cycle after `done` on; meanwhile a reader takes entries that the descriptor
// does not touch.  Back to back: as many without stalls, whose turns must follow each other without
// a gap; then one-pixel turns with weights in 85 % of the cycles.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "Vmm_top.h"
#include "tests/rtl/bench.h"

extern "C" {
#define _Static_assert static_assert
#include "hls/vn_config.h"
#include "spec/spec.h"
struct vn_beat {
	uint64_t w[8];
};
#define VN_TWIN_OF(r, c)  VN_TWIN_OF_(r, c)
#define VN_TWIN_OF_(r, c) vn_array_mm_##r##x##c
#define VN_TWIN           VN_TWIN_OF(VN_R, VN_C)
void VN_TWIN(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights, int8_t act[][VN_R],
             int32_t psum[][VN_C]);
}

namespace
{

constexpr int LANES = VN_R < 16 ? VN_R : 16;
constexpr int GROUPS = VN_C / LANES;
constexpr int ENTRIES = VN_PSUM_ENTRIES;
constexpr uint32_t TURN = VN_R + 1;
constexpr uint32_t REUSE = 8;
constexpr int X_LATENCY = 5; // of vn_act
constexpr int R_LATENCY = 3; // of vn_psum
enum { IDLE, BUSY, WEIGHTS };

std::mt19937_64 rng;

uint32_t pick(uint32_t least, uint32_t most)
{
	return least + (uint32_t)(rng() % ((uint64_t)most - least + 1));
}

bool chance(uint32_t percent)
{
	return rng() % 100 < percent;
}

// An int8, often one of the ends of its range.
int8_t extreme(int least)
{
	switch (pick(0, 5)) {
	case 0:
		return (int8_t)least;
	case 1:
		return 127;
	default:
		return (int8_t)((int)pick(0, 127 - least) + least);
	}
}

struct mm {
	uint32_t d[VN_DESC_WORDS] = {};
	uint32_t pixels, ktiles, psum;
	bool acc;
};

struct bench {
	Vmm_top *top = &bench_model<Vmm_top>();
	std::vector<vn_beat> weights;
	alignas(64) int8_t act[VN_ACT_WORDS][VN_R];
	alignas(64) int32_t twin[ENTRIES][VN_C] = {};
	std::deque<mm> descriptors; // to give
	size_t beat = 0;            // of weights, to give
	uint32_t w_chance = 100, d_chance = 100, r_chance = 0;
	uint32_t busy_from = 0, busy_to = 0; // entries that must not be read
	uint64_t cycle = 0, done = 0, bad = 0, checked = 0, held = 0, waits = 0;
	std::vector<uint64_t> entered; // cycles in which a pixel entered
	struct {
		bool valid;
		uint32_t entry, group;
	} x[X_LATENCY] = {}, r[R_LATENCY] = {}; // asked for one cycle ago, two cycles ago, ...

	bench()
	{
		for (auto &word : act)
			for (auto &v : word)
				v = extreme(-128);
		top->clk = 0;
		top->rst = 1;
		top->d_valid = top->w_valid = top->r_valid = 0;
		top->eval();
		for (int i = 0; i < 4; i++)
			step();
		top->rst = 0;
	}

	void fail(const char *what)
	{
		if (bad++ < 10)
			printf("mm_tb %dx%d: cycle %llu: %s\n", VN_R, VN_C,
			       (unsigned long long)cycle, what);
	}

	void offer()
	{
		if (!top->d_valid && !descriptors.empty() && chance(d_chance)) {
			top->d_valid = 1;
			memcpy(&top->d, descriptors.front().d, 64);
		}
		if (!top->w_valid && beat < weights.size() && chance(w_chance)) {
			top->w_valid = 1;
			memcpy(&top->w_data, &weights[beat], 64);
		}
		if (!top->r_valid && chance(r_chance)) {
			const uint32_t free = ENTRIES - (busy_to - busy_from);
			const uint32_t n = pick(0, free - 1);

			top->r_valid = 1;
			top->r_addr = n < busy_from ? n : n - busy_from + busy_to;
			top->r_group = pick(0, GROUPS - 1);
		}
	}

	// The buffers' read ports, some cycles after they were asked.
	void answer()
	{
		const auto &word = x[X_LATENCY - 1], &sums = r[R_LATENCY - 1];

		if (word.valid)
			memcpy(&top->x_data, act[word.entry], VN_R);
		if (sums.valid) {
			checked += LANES;
			if (memcmp(&top->r_data, &twin[sums.entry][sums.group * LANES],
			           4 * LANES) != 0)
				fail("a partial sum differs");
		}
		std::move_backward(x, x + X_LATENCY - 1, x + X_LATENCY);
		std::move_backward(r, r + R_LATENCY - 1, r + R_LATENCY);
	}

	void observe()
	{
		x[0] = {top->x_en != 0, top->x_addr, 0};
		r[0] = {top->r_valid && top->r_ready, top->r_addr, top->r_group};
		held += top->r_valid && !top->r_ready;
		waits += top->state == WEIGHTS;
		done += top->done;
		if (top->x_en)
			entered.push_back(cycle);
		if ((top->state == BUSY) != x[1].valid)
			fail("BUSY is not the entering of a pixel in the cycle before");
		if (top->state > WEIGHTS)
			fail("a state that it does not have");
	}

	void step()
	{
		const bool rst = top->rst;
		bool d, w;

		top->clk = 0;
		if (!rst)
			offer();
		top->eval();
		answer();
		top->eval();
		if (!rst)
			observe();
		d = !rst && top->d_valid && top->d_ready;
		w = !rst && top->w_valid && top->w_ready;
		top->clk = 1;
		top->eval();
		if (d)
			descriptors.pop_front();
		beat += w;
		top->d_valid = top->d_valid && !d;
		top->w_valid = top->w_valid && !w;
		top->r_valid = top->r_valid && !r[0].valid;
		cycle++;
	}

	void run(uint64_t until_done)
	{
		const uint64_t limit = cycle + 2000000;

		while (done < until_done && cycle < limit)
			step();
		if (done < until_done)
			fail("no end");
	}

	// Every entry, from this cycle on, in an order that starts with the last one written.
	void compare(uint32_t first)
	{
		for (uint32_t i = 0; i < (uint32_t)ENTRIES; i++)
			for (uint32_t g = 0; g < (uint32_t)GROUPS; g++) {
				top->r_valid = 1;
				top->r_addr = (first - i) % ENTRIES;
				top->r_group = g;
				step();
				if (!r[0].valid)
					fail("not ready although nothing is written");
			}
		top->r_valid = 0;
		for (int i = 0; i < R_LATENCY; i++)
			step();
	}

	// A descriptor with random weights and walk, executed by the twin.
	mm make(uint32_t n0, uint32_t n1, uint32_t n2, uint32_t ktiles, bool acc, uint32_t psum)
	{
		const size_t first = weights.size(), bytes = (size_t)ktiles * VN_TILE_BEATS * 64;
		mm m;

		m.pixels = n0 * n1 * n2;
		m.ktiles = ktiles;
		m.psum = psum;
		m.acc = acc;
		VN_SET(m.d, ALL_OP, VN_OP_MM);
		VN_SET(m.d, ALL_FLAGS, acc ? 1u << VN_FLAG_ACC : 0);
		VN_SET(m.d, MM_WEIGHTS, (uint32_t)first);
		VN_SET(m.d, MM_ACT, pick(0, VN_ACT_WORDS / 4));
		VN_SET(m.d, MM_K_STEP, pick(0, VN_ACT_WORDS / 4 / ktiles));
		VN_SET(m.d, MM_KTILES, ktiles);
		VN_SET(m.d, MM_N0, n0);
		VN_SET(m.d, MM_N1, n1);
		VN_SET(m.d, MM_N2, n2);
		VN_SET(m.d, MM_S1, pick(0, VN_ACT_WORDS / 8 / n1));
		VN_SET(m.d, MM_S2, pick(0, VN_ACT_WORDS / 8 / n2));
		VN_SET(m.d, MM_PSUM, psum);
		weights.resize(first + (size_t)ktiles * VN_TILE_BEATS);
		for (size_t i = 0; i < bytes; i++)
			((int8_t *)&weights[first])[i] = extreme(-127);
		VN_TWIN(m.d, weights.data(), act, twin);
		descriptors.push_back(m);
		return m;
	}

	mm random(uint32_t most_pixels, uint32_t most_ktiles)
	{
		const uint32_t most = std::min<uint32_t>(most_pixels, ENTRIES / 2);
		uint32_t n0, n1, n2;

		do {
			n0 = pick(1, most);
			n1 = chance(50) ? 1 : pick(1, 5);
			n2 = chance(50) ? 1 : pick(1, 5);
		} while (n0 * n1 * n2 > most);
		return make(n0, n1, n2, pick(1, most_ktiles), chance(50),
		            pick(0, ENTRIES / 2 - n0 * n1 * n2) + (chance(50) ? ENTRIES / 2 : 0));
	}
};

// Every entry gets a value.
void fill(bench &b)
{
	b.make(ENTRIES / 2, 1, 1, 1, false, 0);
	b.make(ENTRIES / 2, 1, 1, 1, false, ENTRIES / 2);
	b.run(b.done + 2);
	b.compare(ENTRIES - 1);
}

void one_at_a_time(bench &b, int count)
{
	static const uint32_t chances[] = {100, 85, 50, 10};

	for (int i = 0; i < count && b.bad == 0; i++) {
		const mm m = b.random(i % 3 == 0 ? 3 : ENTRIES / 2, 6);

		b.busy_from = m.psum;
		b.busy_to = m.psum + m.pixels;
		b.w_chance = chances[pick(0, 3)];
		b.d_chance = chances[pick(0, 3)];
		b.r_chance = chances[pick(0, 3)];
		b.run(b.done + 1);
		b.r_chance = 0;
		b.compare(m.psum + m.pixels - 1);
		if (b.top->state != IDLE)
			b.fail("not IDLE at the end");
	}
	b.busy_from = b.busy_to = 0;
}

// Cycles from the first pixel to the last one, as turns without a gap take; a turn waits only for
// an entry that is not yet back.
uint64_t turns(const std::deque<mm> &list)
{
	uint64_t start = 0, last = 0;

	for (size_t i = 0; i < list.size(); i++) {
		const mm &m = list[i];

		if (i > 0) {
			const mm &p = list[i - 1];
			const uint32_t gap = p.psum + p.pixels - 1 - m.psum;

			start = std::max(start + TURN, last + 1);
			if (m.acc && m.psum != p.psum && gap < REUSE)
				start = std::max(start, last + REUSE);
		}
		start += (m.ktiles - 1) * (uint64_t)std::max(m.pixels, TURN);
		last = start + m.pixels - 1;
	}
	return last + 1;
}

// Descriptors that follow each other, beats as fast as they are taken.  The order in which they
// touch entries is chosen to be close, too.
void back_to_back(bench &b, int count)
{
	uint64_t expected, got;

	for (int i = 0; i < count; i++) {
		const mm *p = b.descriptors.empty() ? nullptr : &b.descriptors.back();

		if (p && i % 3 == 2 && p->psum + p->pixels + 4 < ENTRIES / 2)
			b.make(pick(1, 4), 1, 1, pick(1, 2), true,
			       p->psum + p->pixels - 1 - pick(0, std::min(p->pixels - 1, 9u)));
		else
			b.random(i % 2 ? 2 * TURN : 5, 4);
	}
	expected = turns(b.descriptors);
	b.w_chance = b.d_chance = 100;
	b.entered.clear();
	b.run(b.done + count);
	b.compare(0);
	got = b.entered.back() - b.entered.front() + 1;
	// More beats than rows: memory, not the array, sets the pace.
	if (VN_TILE_BEATS <= VN_R ? got != expected : got < expected) {
		printf("%llu cycles, not %llu\n", (unsigned long long)got,
		       (unsigned long long)expected);
		b.fail("back to back");
	}
	printf("mm_tb %dx%d: %d descriptors back to back in %llu cycles\n", VN_R, VN_C, count,
	       (unsigned long long)got);
}

// Descriptors that come some cycles after the last pixel of the one before: they add to entries that
// are not yet back.
void late(bench &b, int count)
{
	b.w_chance = 100;
	for (int i = 0; i < count && b.bad == 0; i++) {
		const mm first = b.make(pick(2, 20), 1, 1, 1, chance(50), pick(0, 20));
		const uint32_t last = first.psum + first.pixels - 1;
		const uint64_t end = b.done + 2;

		b.make(pick(1, 4), 1, 1, 1, true, last - pick(0, std::min(first.pixels - 1, 3u)));
		b.entered.clear();
		while (b.entered.size() < first.pixels && b.done < end) {
			b.d_chance = b.descriptors.size() == 2 ? 100 : 0;
			b.step();
		}
		for (int wait = pick(0, 5); wait > 0; wait--)
			b.step();
		b.d_chance = 100;
		b.run(end);
	}
	b.compare(0);
}

// A few descriptors, left somewhere on the way.
uint64_t abandoned()
{
	auto b = std::make_unique<bench>();

	fill(*b);
	for (int i = 0; i < 4; i++)
		b->random(40, 3);
	for (uint32_t i = pick(1, 8 * TURN); i > 0; i--)
		b->step();
	return b->bad;
}

// FC: one pixel a tile, weights in 85 % of the cycles.
void starved(bench &b)
{
	const uint32_t ktiles = 200;
	const double least = std::max((double)TURN, VN_TILE_BEATS / 0.85);
	double got;

	b.make(1, 1, 1, ktiles, false, 5);
	b.w_chance = 85;
	b.entered.clear();
	b.run(b.done + 1);
	b.compare(5);
	got = (double)(b.entered.back() - b.entered.front()) / (ktiles - 1);
	printf("mm_tb %dx%d: %.2f cycles for a tile of one pixel, weights in 85 %% of the cycles\n",
	       VN_R, VN_C, got);
	if (got > 1.05 * least)
		b.fail("one-pixel turns take too long");
}

} // namespace

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 60);
	uint64_t bad = 0;

	rng.seed(o.seed);
	for (int life = 0; life < BENCH_LIVES; life++)
		bad += abandoned();
	auto b = std::make_unique<bench>();
	b->bad = bad;

	fill(*b);
	one_at_a_time(*b, (int)o.count);
	back_to_back(*b, (int)o.count);
	late(*b, (int)o.count);
	starved(*b);
	if (b->held == 0)
		b->fail("the reader was never held up");
	printf("mm_tb %dx%d: %llu descriptors, %llu cycles, %llu waiting, %llu sums compared, %llu "
	       "reads held up\n",
	       VN_R, VN_C, (unsigned long long)b->done, (unsigned long long)b->cycle,
	       (unsigned long long)b->waits, (unsigned long long)b->checked,
	       (unsigned long long)b->held);
	return bench_end(b->bad == 0, b->checked);
}
