// SPDX-License-Identifier: Apache-2.0
//
// issue_tb.cpp - vn_issue between a dispatcher, token counters and an engine, all random: order and
// content of what the engine gets, tokens taken and given, states, idle.  Argument: cycles.
// QUEUE_OF: whose queue it is.
#include <deque>

#include "Vvn_issue.h"
#include "tests/rtl/pins.h"

enum { TAG_W = 7, ENTRY_W = 32 + 1 + TAG_W + 32 + 512, QUEUE = 16, FLIGHT = 8 };

struct entry_t {
	uint32_t d[VN_DESC_WORDS], image, tag, acts, index;
};

// Givers whose lack counts as lack of input, by engine.
static const uint32_t fills[] = {0, 1u << VN_ENGINE_LOAD | 1u << VN_ENGINE_DW,
                                 1u << VN_ENGINE_ARRAY, 1u << VN_ENGINE_POST, 31};

struct test : bench_of<Vvn_issue> {
	std::deque<entry_t> queue;
	std::deque<uint32_t> flight; // signals of what has left the queue and is not done
	entry_t next, out;           // to be pushed; in front of the engine
	bool offered = false, valid = false, asks = false, quiet = false;
	bool tokens = false, ready = false; // there; said to be there, a cycle later
	uint32_t give = 0;
	unsigned pushes_of = 8, tokens_of = 8, takes_of = 8, ends_of = 8, acts_of = 6;
	uint64_t full = 0, deep = 0, passed = 0, taken = 0;

	void new_entry()
	{
		junk(next.d, VN_DESC_WORDS);
		next.image = (uint32_t)rng();
		next.tag = below(1 << TAG_W);
		next.acts = often(acts_of);
		next.index = (uint32_t)rng();
	}

	void drive()
	{
		if (!offered && often(pushes_of)) {
			new_entry();
			offered = true;
		}
		dut.push_valid = offered;
		if (offered) {
			memcpy(words(dut.push_entry), next.d, 64);
			put(dut.push_entry, 512, 32, next.image);
			put(dut.push_entry, 544, TAG_W, next.tag);
			put(dut.push_entry, 544 + TAG_W, 1, next.acts);
			put(dut.push_entry, 545 + TAG_W, 32, next.index);
		} else {
			junk(words(dut.push_entry), 18);
		}
		tokens = tokens || often(tokens_of); // once there they stay until taken
		dut.ready = ready;
		dut.lacking = asks && !ready ? below(32) : 0;
		dut.d_ready = often(takes_of);
		dut.done = flight.size() > valid && often(ends_of);
		dut.engine_state = below(2) ? 0 : below(5);
		dut.eval();
	}

	void check_out()
	{
		expect(!memcmp(words(dut.d), out.d, 64), "descriptor");
		expect(dut.image == out.image && dut.tag == out.tag && dut.index == out.index,
		       "image, tag or index");
	}

	unsigned state() const
	{
		if (dut.engine_state)
			return dut.engine_state;
		return dut.lacking && !(dut.lacking & fills[QUEUE_OF]) ? 4 : 3;
	}

	void cycle()
	{
		drive();
		const bool some = !queue.empty(), acts = some && queue.front().acts;
		const bool into = ready && acts && !valid && flight.size() < FLIGHT;
		const bool pass = ready && !acts && quiet;
		const bool leaves = valid && dut.d_ready;

		expect(dut.push_ready == (queue.size() < QUEUE), "push_ready");
		expect(dut.d_valid == valid, "d_valid");
		if (valid)
			check_out();
		expect(dut.asks == asks, "asks");
		if (asks)
			expect(dut.want == (queue.front().d[VN_D_ALL_WAIT_LOAD_WORD] & 0x3fffffff),
			       "want");
		expect(dut.take == (into || pass), "take");
		expect(!pass || (flight.empty() && !give), "passed by too early");
		expect(dut.give == give, "give");
		expect(dut.idle == (!some && flight.empty() && give == 0), "idle");
		expect(dut.state == state(), "state");

		const bool push = offered && dut.push_ready, ends = dut.done;
		const uint32_t signals = some ? VN_GET(queue.front().d, ALL_SIGNAL) : 0;
		edge();
		quiet = flight.empty() && !give;
		give = 0;
		if (ends) {
			give = flight.front();
			flight.pop_front();
		}
		if (pass)
			give = signals;
		valid = into || (valid && !leaves);
		if (into) {
			flight.push_back(signals);
			out = queue.front();
		}
		ready = asks && !(into || pass) && tokens;
		asks = some && !(into || pass);
		if (into || pass) {
			queue.pop_front();
			tokens = false;
		}
		if (push) {
			queue.push_back(next);
			offered = false;
		}
		full += queue.size() == QUEUE;
		deep += flight.size() == FLIGHT;
		passed += pass;
		taken += leaves;
	}

	void begin_again()
	{
		reset();
		queue.clear();
		flight.clear();
		give = 0;
		offered = valid = asks = tokens = ready = false;
		quiet = true;
	}

	void pace()
	{
		pushes_of = 1 + below(8);
		tokens_of = 1 + below(8);
		takes_of = 1 + below(8);
		ends_of = below(9);
		acts_of = below(3) ? 7 : below(9);
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 60000);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++) {
		if (i % 100 == 0)
			t.pace();
		if (i % 500 == 499)
			t.begin_again();
		t.cycle();
	}
	printf("issue: engine %d, %" PRIu64 " cycles, %" PRIu64 " taken, %" PRIu64
	       " passed by, %" PRIu64 " full, %" PRIu64 " deep\n",
	       QUEUE_OF, t.now, t.taken, t.passed, t.full, t.deep);
	return bench_end(t.full && t.deep && t.passed && t.taken, t.checks);
}
