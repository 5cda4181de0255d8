// SPDX-License-Identifier: Apache-2.0
//
// chunks.h - a random LOAD or STORE (both name their chunks by the same fields), what it moves, and
// the checks of its requests.
#ifndef CHUNKS_H
#define CHUNKS_H

#include <deque>

#include "tests/rtl/pins.h"

#ifndef VN_R
#define VN_R 8
#endif

enum { PER_BEAT = 64 / VN_R, ACT_WORDS = 1024, FIRST_REQUEST = 40 };

struct request_t {
	uint64_t address;
	uint32_t beats;
};

struct moved_t { // a word: where it lies in card memory and in the activation buffer
	uint64_t beat;
	unsigned part, word;
	bool last_of_beat;
};

template <typename D> struct chunk_bench : bench_of<D> {
	uint32_t d[VN_DESC_WORDS];
	uint64_t base[2]; // inputs or outputs; scratch
	uint64_t image;
	unsigned tag;
	std::deque<request_t> requests; // expected
	std::deque<moved_t> moved;      // expected
	uint64_t started = 0, descriptors = 0;
	bool active = false;

	void expect_chunks(bool scratch)
	{
		for (uint64_t g = 0; g < VN_GET(d, LOAD_CHUNKS); g++) {
			const uint64_t address =
			        base[scratch] +
			        64 * (VN_GET(d, LOAD_OFFSET) + image * VN_GET(d, LOAD_RECORD) +
			              g * VN_GET(d, LOAD_MEM_STEP));
			const uint32_t n = VN_GET(d, LOAD_WORDS);

			requests.push_back({address, (n + PER_BEAT - 1) / PER_BEAT});
			for (uint32_t i = 0; i < n; i++)
				moved.push_back({address / 64 + i / PER_BEAT, i % PER_BEAT,
				                 (unsigned)(VN_GET(d, LOAD_ACT) +
				                            g * VN_GET(d, LOAD_ACT_STEP) + i) %
				                         ACT_WORDS,
				                 i % PER_BEAT == PER_BEAT - 1 || i == n - 1});
		}
	}

	void new_descriptor(uint32_t op, uint32_t own_space, bool fast)
	{
		const bool scratch = this->below(2);
		const uint32_t steps[] = {0, 1, this->below(20), (uint32_t)this->rng()};

		this->junk(d, VN_DESC_WORDS);
		VN_SET(d, ALL_OP, op);
		VN_SET(d, LOAD_WORDS, fast ? 300 : 1 + this->below(this->below(2) ? 4 : 40));
		VN_SET(d, LOAD_CHUNKS, fast ? 3 : 1 + this->below(5));
		VN_SET(d, LOAD_SPACE, scratch ? (uint32_t)VN_SPACE_SCRATCH : own_space);
		VN_SET(d, LOAD_MEM_STEP, steps[this->below(4)]);
		image = this->below(3) ? this->below(5) : (uint32_t)this->rng();
		if (this->below(4) == 0)
			image = 1u << this->below(32);
		tag = this->below(128);
		expect_chunks(scratch);
	}

	// Before the edge at which the module takes d.
	void begin(uint64_t own, uint64_t other)
	{
		base[0] = own;
		base[1] = other;
	}

	void check_request()
	{
		auto &dut = this->dut;

		if (!dut.req_valid)
			return;
		this->expect(active && !requests.empty(), "a request too many");
		this->expect(dut.req_addr == requests.front().address, "address of a request");
		this->expect(dut.req_beats == requests.front().beats, "beats of a request");
		this->expect(dut.req_tag == tag, "tag of a request");
	}
};

#endif
