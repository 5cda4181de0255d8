// SPDX-License-Identifier: Apache-2.0
//
// status_tb.cpp - vn_status between a sequencer, counters, the mirror and a random writer: every
// word of the block in memory and in the mirror, without memory where the address is not aligned,
// and with a memory that refuses it.  Argument: starts.  VN_CFG: the configuration record.
#include <vector>

#include "Vvn_status.h"
#include "tests/rtl/pins.h"

static const uint32_t cfg[VN_CONFIG_WORDS] = {VN_CFG};
enum { LIMIT = 3000 };

struct test : bench_of<Vvn_status> {
	uint64_t address = 0;
	uint32_t counters[64];
	unsigned counter_word[3] = {}; // of the last three cycles
	uint32_t right[VN_STATUS_WORDS], mirror[VN_STATUS_WORDS];
	std::vector<uint32_t> written;
	unsigned requests = 0, answer_in = 0, refused = 0, starts = 0, ready_of = 8;
	bool aligned = true, refuses = false, done = false;

	void expected()
	{
		memset(right, 0, sizeof(right));
		right[VN_ST_MAGIC] = VN_STATUS_MAGIC;
		right[VN_ST_VERSION] = VN_CONTRACT;
		right[VN_ST_HASH] = VN_HASH;
		right[VN_ST_ERROR] = dut.code;
		right[VN_ST_DESC] = dut.desc;
		right[VN_ST_FIELD] = dut.field;
		right[VN_ST_IMAGES] = dut.images;
		right[VN_ST_EXECUTED] = dut.executed;
		for (unsigned i = 0; i < VN_CONFIG_WORDS; i++)
			right[VN_ST_CONFIG + i] = cfg[i];
		for (unsigned i = VN_ST_CYCLES; i < VN_ST_COUNTERS + 40; i++)
			right[i] = counters[i - VN_ST_CYCLES];
	}

	void cycle(bool start)
	{
		dut.start = start;
		dut.req_ready = often(ready_of);
		dut.w_ready = often(ready_of);
		const bool all = requests == 1 && written.size() == VN_STATUS_WORDS;
		dut.w_done = all && answer_in == 0;
		dut.w_err = dut.w_done ? refuses : below(2);
		dut.counter_value = counters[counter_word[2]];
		dut.eval();
		counter_word[2] = counter_word[1];
		counter_word[1] = counter_word[0];
		counter_word[0] = dut.counter_word;
		if (dut.req_valid) {
			expect(aligned && requests == 0, "a request too many");
			expect(dut.req_addr == address, "address");
			expect(dut.req_beats == VN_STATUS_WORDS / 16, "beats");
		}
		expect(!dut.w_valid || aligned, "a beat for an impossible address");
		if (dut.mirror_we)
			mirror[dut.mirror_addr] = dut.mirror_data;
		done = dut.done;
		if (dut.w_valid && dut.w_ready)
			written.insert(written.end(), words(dut.w_data), words(dut.w_data) + 16);
		requests += dut.req_valid && dut.req_ready;
		if (all && answer_in)
			answer_in--;
		if (dut.w_done)
			requests = 2;
		edge();
	}

	void start()
	{
		aligned = often(6);
		refuses = often(2);
		address = rng();
		address = (address & ~63ull) | (aligned ? 0 : 1ull << below(6));
		dut.address = address;
		dut.code = (uint8_t)rng();
		dut.desc = (uint32_t)rng();
		dut.field = (uint32_t)rng();
		dut.images = (uint32_t)rng();
		dut.executed = (uint32_t)rng();
		junk(counters, 64);
		expected();
		memset(mirror, 0xee, sizeof(mirror));
		written.clear();
		requests = 0;
		answer_in = below(30);
		ready_of = 1 + below(8);
		done = false;
		cycle(true);
		const uint64_t begun = now;
		const unsigned stop = below(10) ? LIMIT : below(below(2) ? 4 : 100);
		while (!done) {
			if (now - begun >= stop) {
				reset();
				aligned = false; // nothing is to be seen of it
				cycle(false);
				return;
			}
			cycle(false);
			expect(now - begun < LIMIT, "no end");
		}
		expect(requests == (aligned ? 2 : 0), "requests");
		expect(written.size() == (aligned ? VN_STATUS_WORDS : 0), "beats written");
		for (size_t i = 0; i < written.size(); i++)
			expect(written[i] == right[i], "a word in memory");
		if (aligned && refuses) {
			right[VN_ST_ERROR] = VN_CU_BUS;
			right[VN_ST_FIELD] = VN_REG_STATUS;
			refused++;
		}
		for (unsigned i = 0; i < VN_STATUS_WORDS; i++)
			expect(mirror[i] == right[i], "a word of the mirror");
		for (unsigned i = below(3); i > 0; i--) {
			cycle(false);
			expect(!done && !dut.mirror_we, "after done");
		}
		starts++;
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 500);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.start();
	printf("status: %u starts, %u refused, %" PRIu64 " cycles\n", t.starts, t.refused, t.now);
	return bench_end(t.refused > 0, t.checks);
}
