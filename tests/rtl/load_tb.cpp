// SPDX-License-Identifier: Apache-2.0
//
// load_tb.cpp - vn_load between a random reader and a random activation buffer: every request, word,
// state and done of random LOADs, as docs/program-format.md has them; then its throughput.
// Argument: descriptors.  VN_R: bytes of a word.
#include "Vvn_load.h"
#include "tests/rtl/chunks.h"

struct test : chunk_bench<Vvn_load> {
	std::deque<uint64_t> reader; // beats asked for
	bool offered = false;
	std::deque<uint64_t> seen;       // cycles in which the last words can be read
	unsigned answers = 8, takes = 8; // of 8
	uint64_t first_word = 0, last_word = 0;

	void drive(bool start)
	{
		dut.d_valid = start;
		memcpy(words(dut.d), d, sizeof(d));
		dut.image = (uint32_t)image;
		dut.tag = (uint8_t)tag;
		dut.inputs = base[0];
		dut.scratch = base[1];
		if (!start && active) { // the fields are the module's from then on
			junk(words(dut.d), 16);
			dut.image = (uint32_t)rng();
			dut.tag = (uint8_t)below(128);
		}
		dut.y_done = !seen.empty() && seen.front() == now;
		dut.req_ready = often(takes);
		offered = !reader.empty() && (offered || often(answers));
		dut.q_valid = offered;
		for (unsigned w = 0; w < 16; w++)
			words(dut.q_data)[w] =
			        offered ? content(reader.front(), w) : (uint32_t)rng();
		dut.y_ready = 0;
		dut.eval();
		dut.y_ready = dut.y_valid && often(takes);
		dut.eval();
	}

	void check_word()
	{
		const bool taken = dut.y_valid && dut.y_ready;

		expect(dut.y_valid == (active && offered), "y_valid");
		if (dut.y_valid) {
			const moved_t &m = moved.front();
			expect(dut.y_addr == m.word, "address of a word");
			for (unsigned b = 0; b < VN_R; b += 4) {
				const unsigned at = VN_R * m.part + b;
				expect(words(dut.y_data)[b / 4] == content(m.beat, at / 4),
				       "content of a word");
			}
			expect(VN_R == 64 ? ~dut.y_strb == 0
			                  : dut.y_strb == (1ull << VN_R % 64) - 1,
			       "strobe");
			expect(reader.front() == m.beat, "a beat left over");
			expect(dut.y_last == (moved.size() == 1), "y_last");
		}
		expect(dut.q_ready == (taken && moved.front().last_of_beat) ||
		               (!dut.y_valid && !dut.y_ready),
		       "q_ready");
		const unsigned state = !active ? 0 : !offered ? 3 : dut.y_ready ? 1 : 4;
		expect(dut.state == state, "state");
	}

	void cycle(bool start)
	{
		drive(start);
		expect(dut.d_ready == !active, "d_ready");
		expect(dut.done == dut.y_done, "done");
		check_request();
		check_word();
		const bool begins = start && dut.d_ready, asks = dut.req_valid && dut.req_ready;
		const bool word = dut.y_valid && dut.y_ready, beat = dut.q_valid && dut.q_ready;
		edge();
		if (dut.y_done)
			seen.pop_front();
		if (begins) {
			active = true;
			started = now;
			first_word = 0;
			descriptors++;
		}
		if (asks) {
			for (uint64_t i = 0; i < requests.front().beats; i++)
				reader.push_back(requests.front().address / 64 + i);
			requests.pop_front();
		}
		if (beat) {
			reader.pop_front();
			offered = false;
		}
		if (word) {
			moved.pop_front();
			last_word = now;
			if (!first_word)
				first_word = now;
			active = !moved.empty();
			if (!active)
				seen.push_back(std::max(now + 2 + below(3),
				                        seen.empty() ? 0 : seen.back() + 1));
		}
		expect(now - started < 20000, "no end");
	}

	void abandon()
	{
		for (unsigned i = below(80); i > 0 && active; i--)
			cycle(false);
		reset();
		requests.clear();
		moved.clear();
		reader.clear();
		offered = active = false;
		seen.clear();
	}

	void descriptor(bool fast)
	{
		answers = fast ? 8 : 1 + below(8);
		takes = fast ? 8 : 1 + below(8);
		begin(rng() & ~63ull, rng() & ~63ull);
		new_descriptor(VN_OP_LOAD, VN_SPACE_INPUT, fast);
		const size_t n = moved.size(), asked = requests.size();
		cycle(true);
		if (!fast && below(10) == 0) {
			abandon();
			return;
		}
		for (unsigned i = 0; active; i++) {
			expect(i < FIRST_REQUEST || requests.size() < asked || dut.req_valid,
			       "first request is late");
			cycle(false);
		}
		expect(requests.empty() && reader.empty(), "beats left over");
		if (fast)
			expect(last_word - first_word == n - 1, "throughput");
		for (unsigned i = below(3); i > 0; i--)
			cycle(false);
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 800);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.descriptor(i % 50 == 49);
	printf("load: R = %d, %" PRIu64 " descriptors in %" PRIu64 " cycles\n", VN_R, t.descriptors,
	       t.now);
	return bench_end(true, t.checks);
}
