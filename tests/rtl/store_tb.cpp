// SPDX-License-Identifier: Apache-2.0
//
// store_tb.cpp - vn_store between a random activation buffer and a random writer: every request,
// read, beat, state and done of random STOREs, as docs/program-format.md has them; then its
// throughput.  Argument: descriptors.  VN_R: bytes of a word.
#include "Vvn_store.h"
#include "tests/rtl/chunks.h"

enum { LATENCY = 6 }; // cycles from the transfer of a read to its word, at least

struct test : chunk_bench<Vvn_store> {
	std::deque<moved_t> reads;                           // expected
	std::deque<uint32_t> answers_to;                     // beats of requests without an answer
	uint64_t beats = 0;                                  // taken of them
	unsigned reads_of = 8, writes_of = 8, to_answer = 0; // rates, of 8
	struct read_t {
		uint64_t due; // cycle
		unsigned word;
	};
	std::deque<read_t> coming;
	bool done = false, waiting = false;
	uint64_t first_beat = 0, last_beat = 0;

	void drive(bool start)
	{
		dut.d_valid = start;
		memcpy(words(dut.d), d, sizeof(d));
		dut.image = (uint32_t)image;
		dut.tag = (uint8_t)tag;
		dut.outputs = base[0];
		dut.scratch = base[1];
		if (!start && active) { // the fields are the module's from then on
			junk(words(dut.d), 16);
			dut.image = (uint32_t)rng();
			dut.tag = (uint8_t)below(128);
		}
		dut.req_ready = often(writes_of);
		dut.w_ready = often(writes_of);
		dut.w_done = !answers_to.empty() && beats >= answers_to.front() && often(writes_of);
		dut.r_dvalid = !coming.empty() && coming.front().due <= now;
		for (unsigned w = 0; w < VN_R / 4; w++)
			words(dut.r_data)[w] =
			        dut.r_dvalid ? content(coming.front().word, w) : (uint32_t)rng();
		dut.r_ready = 0;
		dut.eval();
		dut.r_ready = dut.r_valid && often(reads_of);
		dut.eval();
	}

	void check_beat()
	{
		size_t i = 0;

		expect(!moved.empty(), "a beat too many");
		for (unsigned w = 0; w < 16; w++) {
			const unsigned part = w * 4 / VN_R;
			uint32_t right = 0;

			while (i < moved.size() && moved[i].part < part &&
			       moved[i].beat == moved[0].beat)
				i++;
			// A chunk's last beat is padded with zeros.
			if (i < moved.size() && moved[i].part == part && in_beat(i))
				right = content(moved[i].word, w % (VN_R / 4));
			expect(words(dut.w_data)[w] == right, "content of a beat");
		}
	}
	// Is moved[i] of the beat at the front?
	bool in_beat(size_t i) const
	{
		for (size_t j = 0; j < i; j++)
			if (moved[j].last_of_beat)
				return false;
		return true;
	}
	void pop_beat()
	{
		while (!moved.front().last_of_beat)
			moved.pop_front();
		moved.pop_front();
	}

	void cycle(bool start)
	{
		drive(start);
		expect(dut.d_ready == !active, "d_ready");
		expect(dut.done == done, "done");
		check_request();
		expect(!dut.r_valid || !reads.empty(), "a read too many");
		if (dut.r_valid)
			expect(dut.r_addr == reads.front().word, "address of a read");
		if (dut.w_valid)
			check_beat();
		const unsigned state = !active                                          ? 0
		                       : !reads.empty() && dut.r_valid && !dut.r_ready  ? 3
		                       : (dut.w_valid && !dut.w_ready) || reads.empty() ? 4
		                                                                        : 1;
		expect(dut.state == state, "state");

		const bool begins = start && dut.d_ready, asks = dut.req_valid && dut.req_ready;
		const bool word = dut.r_valid && dut.r_ready, beat = dut.w_valid && dut.w_ready;
		const bool answered = dut.w_done;
		edge();
		if (dut.r_dvalid)
			coming.pop_front();
		done = false;
		if (begins) {
			active = true;
			started = now;
			first_beat = 0;
			descriptors++;
			reads = moved;
			to_answer = VN_GET(d, STORE_CHUNKS);
		}
		if (word) {
			coming.push_back({now + LATENCY - 1 + (reads_of < 8 ? below(4) : 0),
			                  reads.front().word});
			reads.pop_front();
		}
		if (asks) {
			answers_to.push_back(requests.front().beats);
			requests.pop_front();
		}
		if (beat) {
			pop_beat();
			beats++;
			last_beat = now;
			if (!first_beat)
				first_beat = now;
		}
		if (answered) {
			beats -= answers_to.front();
			answers_to.pop_front();
			done = --to_answer == 0;
			active = !done;
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
		reads.clear();
		answers_to.clear();
		beats = 0;
		coming.clear();
		active = done = false;
	}

	void descriptor(bool fast)
	{
		reads_of = fast ? 8 : 1 + below(8);
		writes_of = fast ? 8 : 1 + below(8);
		begin(rng() & ~63ull, rng() & ~63ull);
		new_descriptor(VN_OP_STORE, VN_SPACE_OUTPUT, fast);
		const size_t asked = requests.size(), n = moved.size();
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
		expect(requests.empty() && moved.empty() && reads.empty() && beats == 0,
		       "left over");
		if (fast) // the last beat of each of three chunks may hold less than the others
			expect(last_beat - first_beat < n + 3, "throughput");
		for (unsigned i = below(3); i > 0; i--)
			cycle(false);
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 500);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.descriptor(i % 50 == 49);
	printf("store: R = %d, %" PRIu64 " descriptors in %" PRIu64 " cycles\n", VN_R,
	       t.descriptors, t.now);
	return bench_end(true, t.checks);
}
