// SPDX-License-Identifier: Apache-2.0
//
// act_tb.cpp - vn_act against an array: four clients and port A at random, few addresses so that
// they meet; latencies, order, strobes, and that nobody waits longer than three turns of others.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "Vvn_act.h"
#include "tests/rtl/bench.h"

namespace
{

constexpr int R = ACT_R, WORDS = ACT_DEPTH, WRITERS = 3, CLIENTS = 4;
constexpr int ADDR_BITS = ACT_ADDR_BITS;

typedef std::vector<uint8_t> word;

std::mt19937_64 rng;

struct request {
	bool open = false;
	uint32_t addr = 0, waited = 0;
	word data = word(R);
	uint64_t strobe = 0;
};

// A read on its way: its data are due in @left cycles.
struct read {
	bool valid = false;
	word data;
};

class bench
{
      public:
	bench() : memory_(WORDS, word(R)), top_(&bench_model<Vvn_act>())
	{
		top_->rst = 1;
		top_->clk = 0;
		top_->eval();
		for (int i = 0; i < 3; i++)
			clock();
		top_->rst = 0;
		top_->eval();
		if (top_->r_dvalid)
			fail("r_dvalid after a reset");
		for (uint32_t a = 0; a < (uint32_t)WORDS; a++)
			write_whole(a);
	}

	// @percent: how often each client asks anew.
	bool cycle(uint32_t percent, uint32_t range)
	{
		draw(percent, range);
		top_->eval();
		const int granted = check_grant();
		const bool x = top_->x_en;
		const uint32_t x_addr = top_->x_addr;

		port_a_[1] = port_a_[0];
		port_a_[0] = {x, x ? memory_[x_addr] : word()};
		port_b_[1] = port_b_[0];
		port_b_[0] = {granted == WRITERS, word()};
		if (granted == WRITERS)
			port_b_[0].data = memory_[asked_[WRITERS].addr];
		else if (granted >= 0)
			write(asked_[granted]);
		if (granted >= 0)
			asked_[granted].open = false;
		clock();
		return check_data() && !bad_;
	}

	uint64_t taken_[CLIENTS] = {}, port_a_reads_ = 0, met_ = 0;

      private:
	void clock()
	{
		top_->clk = 1;
		top_->eval();
		top_->clk = 0;
		top_->eval();
	}

	void write_whole(uint32_t a)
	{
		asked_[0].open = true;
		asked_[0].addr = a;
		asked_[0].strobe = ~0ull;
		for (auto &b : asked_[0].data)
			b = (uint8_t)rng();
		cycle(0, 1);
	}

	void write(const request &q)
	{
		for (int i = 0; i < R; i++)
			if (q.strobe >> i & 1)
				memory_[q.addr][i] = q.data[i];
	}

	void draw(uint32_t percent, uint32_t range)
	{
		for (auto &q : asked_) {
			if (q.open || rng() % 100 >= percent)
				continue;
			q.open = true;
			q.waited = 0;
			q.addr = (uint32_t)(WORDS - 1 - rng() % range);
			q.strobe = rng() % 4 == 0   ? ~0ull
			           : rng() % 4 == 0 ? 1ull << rng() % R
			                            : rng();
			for (auto &b : q.data)
				b = (uint8_t)rng();
		}
		top_->y_valid = 0;
		for (int i = 0; i < WRITERS; i++) {
			top_->y_valid |= (uint8_t)(asked_[i].open << i);
			put((uint8_t *)&top_->y_addr, ADDR_BITS * i, ADDR_BITS, &asked_[i].addr);
			put((uint8_t *)&top_->y_strb, R * i, R, &asked_[i].strobe);
			memcpy((uint8_t *)&top_->y_data + R * i, asked_[i].data.data(), R);
		}
		top_->r_valid = asked_[WRITERS].open;
		top_->r_addr = asked_[WRITERS].addr;
		top_->x_en = rng() % 100 < percent;
		top_->x_addr = (uint32_t)(WORDS - 1 - rng() % range);
	}

	// Bits [at, at + bits) of the pin.
	static void put(uint8_t *pin, int at, int bits, const void *from)
	{
		for (int i = 0; i < bits; i++) {
			const int mask = 1 << (at + i) % 8;
			const bool one = ((const uint8_t *)from)[i / 8] >> i % 8 & 1;

			pin[(at + i) / 8] =
			        (uint8_t)((pin[(at + i) / 8] & ~mask) | (one ? mask : 0));
		}
	}

	// The client granted, -1 if none.
	int check_grant()
	{
		int granted = -1, wanting = 0;

		for (int i = 0; i < CLIENTS; i++) {
			const bool ready = i < WRITERS ? top_->y_ready >> i & 1 : top_->r_ready;

			wanting += asked_[i].open;
			if (!asked_[i].open || !ready)
				continue;
			if (granted >= 0)
				fail("two grants in a cycle");
			granted = i;
			taken_[i]++;
		}
		met_ += wanting > 1;
		if (wanting > 0 && granted < 0)
			fail("nobody was granted");
		for (int i = 0; i < CLIENTS; i++)
			if (asked_[i].open && i != granted && ++asked_[i].waited >= CLIENTS)
				fail("a client waits for more than three others");
		return granted;
	}

	bool check_data()
	{
		if (port_a_[1].valid) {
			port_a_reads_++;
			if (memcmp(&top_->x_data, port_a_[1].data.data(), R) != 0)
				fail("port A reads other data");
		}
		if (port_b_[1].valid != (bool)top_->r_dvalid)
			fail("r_dvalid at the wrong time");
		if (port_b_[1].valid && memcmp(&top_->r_data, port_b_[1].data.data(), R) != 0)
			fail("port B reads other data");
		return !bad_;
	}

	void fail(const char *what)
	{
		if (!bad_)
			printf("act_tb %dx%d: FAIL: %s\n", WORDS, R, what);
		bad_ = true;
	}

	std::vector<word> memory_;
	Vvn_act *top_;
	request asked_[CLIENTS];
	read port_a_[2], port_b_[2];
	bool bad_ = false;
};

} // namespace

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 200000);

	rng.seed(o.seed);
	for (int life = 0; life < 4 * BENCH_LIVES; life++) {
		bench b;

		for (uint64_t i = rng() % 50; i > 0; i--)
			if (!b.cycle(75, 4))
				return 1;
	}
	bench b;
	for (uint64_t i = 0; i < o.count; i++) {
		const uint32_t percent = (uint32_t)(i / 1000 % 5) * 25;

		if (!b.cycle(percent, i / 5000 % 2 == 0 ? 4 : WORDS))
			return 1;
	}
	printf("act_tb %dx%d: %llu %llu %llu writes, %llu reads, %llu on port A, %llu cycles with "
	       "more than one client\n",
	       WORDS, R, (unsigned long long)b.taken_[0], (unsigned long long)b.taken_[1],
	       (unsigned long long)b.taken_[2], (unsigned long long)b.taken_[3],
	       (unsigned long long)b.port_a_reads_, (unsigned long long)b.met_);
	return bench_end(true, b.taken_[3] + b.port_a_reads_);
}
