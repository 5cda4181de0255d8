// SPDX-License-Identifier: Apache-2.0
//
// act_tb.cpp - vn_act against an array with four queues of two in turn: four clients and port A at
// random, few addresses so that they meet; latencies, order, strobes, room, the cycle of y_done and
// that a read offered in it sees the word, and that nobody waits longer than three turns of others.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include "Vvn_act.h"
#include "tests/rtl/bench.h"

namespace
{

constexpr int R = ACT_R, WORDS = ACT_DEPTH, WRITERS = 3, CLIENTS = 4;
constexpr int ADDR_BITS = ACT_ADDR_BITS;
constexpr int PORT_A = 5; // cycles from x_en to x_data
constexpr int PORT_B = 5; // cycles from a grant to r_data
constexpr int SEEN = 2;   // cycles from a grant to y_done, and to a read of port A that sees it
constexpr size_t ROOM = 2;

typedef std::vector<uint8_t> word;

std::mt19937_64 rng;

struct request {
	bool open = false;
	uint32_t addr = 0, waited = 0;
	word data = word(R);
	uint64_t strobe = 0;
	bool last = false;
};

// A read on its way; a word that may be the one before or after a write is not compared.
struct read {
	bool valid = false, either = false;
	word data;
};

// A granted write on its way.
struct written {
	bool valid = false;
	uint8_t done = 0;
	request what;
};

class bench
{
      public:
	bench() : memory_(WORDS, word(R)), seen_(memory_), top_(&bench_model<Vvn_act>())
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
		for (int i = 0; i < 4; i++)
			cycle(0, 1);
	}

	// @percent: how often each client asks anew.
	bool cycle(uint32_t percent, uint32_t range)
	{
		draw(percent, range);
		top_->eval();
		const int granted = grant();

		reads_a_.push_front(read_a());
		reads_b_.push_front({granted == WRITERS, false, word()});
		writes_.push_front(written());
		if (granted == WRITERS) {
			reads_b_.front().data = memory_[queue_[WRITERS].front().addr];
		} else if (granted >= 0) {
			const request &q = queue_[granted].front();

			write(memory_, q);
			writes_.front() = {true, (uint8_t)(q.last << granted), q};
		}
		enter();
		if (granted >= 0)
			queue_[granted].pop_front();
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
		asked_[0].last = false;
		for (auto &b : asked_[0].data)
			b = (uint8_t)rng();
		cycle(0, 1);
	}

	static void write(std::vector<word> &memory, const request &q)
	{
		for (int i = 0; i < R; i++)
			if (q.strobe >> i & 1)
				memory[q.addr][i] = q.data[i];
	}

	// What port A asks in this cycle: it sees what was granted SEEN cycles ago.
	read read_a()
	{
		if (writes_[SEEN - 1].valid)
			write(seen_, writes_[SEEN - 1].what);
		if (!top_->x_en)
			return read();
		const written &next = writes_[SEEN - 2];

		return {true, next.valid && next.what.addr == top_->x_addr, seen_[top_->x_addr]};
	}

	void draw(uint32_t percent, uint32_t range)
	{
		for (auto &q : asked_) {
			if (q.open || rng() % 100 >= percent)
				continue;
			q.open = true;
			q.waited = 0;
			q.addr = (uint32_t)(WORDS - 1 - rng() % range);
			q.last = rng() % 4 == 0;
			q.strobe = rng() % 4 == 0   ? ~0ull
			           : rng() % 4 == 0 ? 1ull << rng() % R
			                            : rng();
			for (auto &b : q.data)
				b = (uint8_t)rng();
		}
		top_->y_valid = top_->y_last = 0;
		for (int i = 0; i < WRITERS; i++) {
			top_->y_valid |= (uint8_t)(asked_[i].open << i);
			top_->y_last |= (uint8_t)(asked_[i].last << i);
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

	// The client granted, -1 if none: the first one from the one after the last one on.
	int grant()
	{
		int granted = -1, wanting = 0;

		for (int n = 1; n <= CLIENTS; n++) {
			const int i = (last_ + n) % CLIENTS;

			wanting += !queue_[i].empty();
			if (granted < 0 && !queue_[i].empty())
				granted = i;
			else if (!queue_[i].empty() && ++queue_[i].front().waited >= CLIENTS)
				fail("a client waits for more than three others");
		}
		met_ += wanting > 1;
		if (granted >= 0) {
			last_ = granted;
			taken_[granted]++;
		}
		return granted;
	}

	// Whoever offers enters a queue that has room.
	void enter()
	{
		for (int i = 0; i < CLIENTS; i++) {
			const bool ready = i < WRITERS ? top_->y_ready >> i & 1 : top_->r_ready;

			if (ready != (queue_[i].size() < ROOM))
				fail("ready is not room for another one");
			if (!asked_[i].open || !ready)
				continue;
			queue_[i].push_back(asked_[i]);
			asked_[i].open = false;
		}
	}

	// After the edge.
	bool check_data()
	{
		const read &a = reads_a_[PORT_A - 1], &b = reads_b_[PORT_B - 1];

		if (a.valid && !a.either) {
			port_a_reads_++;
			if (memcmp(&top_->x_data, a.data.data(), R) != 0)
				fail("port A reads other data");
		}
		if (b.valid != (bool)top_->r_dvalid)
			fail("r_dvalid at the wrong time");
		if (b.valid && memcmp(&top_->r_data, b.data.data(), R) != 0)
			fail("port B reads other data");
		if (writes_[SEEN - 1].done != top_->y_done)
			fail("y_done at the wrong time");
		reads_a_.pop_back();
		reads_b_.pop_back();
		writes_.pop_back();
		return !bad_;
	}

	void fail(const char *what)
	{
		if (!bad_)
			printf("act_tb %dx%d: FAIL: %s\n", WORDS, R, what);
		bad_ = true;
	}

	std::vector<word> memory_, seen_; // in the order of grants; as port A sees it
	Vvn_act *top_;
	request asked_[CLIENTS];
	std::deque<request> queue_[CLIENTS];
	int last_ = CLIENTS - 1;
	std::deque<read> reads_a_ = std::deque<read>(PORT_A - 1); // the newest first
	std::deque<read> reads_b_ = std::deque<read>(PORT_B - 1);
	std::deque<written> writes_ = std::deque<written>(SEEN);
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
