// SPDX-License-Identifier: Apache-2.0
//
// dispatch_tb.cpp - vn_dispatch between a sequencer, five queues and three request queues, all
// random: entry and request of every descriptor, both in one cycle, and what is known of a tag.
// Argument: descriptors.  VN_R, VN_C: as the module's.
#include "Vvn_dispatch.h"
#include "tests/rtl/pins.h"

enum { TAG_W = 7, TAGS = 1 << TAG_W, DECIDE = 1 };

struct known_t {
	uint32_t index, executed, images;
	bool valid;
};

struct test : bench_of<Vvn_dispatch> {
	uint32_t d[VN_DESC_WORDS];
	uint64_t weights = 0;
	unsigned tag = 0, readies_of = 8;
	known_t known[TAGS] = {}, found = {}; // found: of the lookup of two cycles ago
	unsigned looked_up = 0;               // that of a cycle ago
	uint64_t dispatched = 0, requested = 0;

	void new_descriptor()
	{
		static const uint32_t ops[] = {VN_OP_LOAD, VN_OP_MM,   VN_OP_POST,
		                               VN_OP_DW,   VN_OP_WSUM, VN_OP_STORE};

		junk(d, VN_DESC_WORDS);
		VN_SET(d, ALL_OP, ops[below(6)]);
		if (VN_GET(d, ALL_OP) == VN_OP_DW)
			VN_SET(d, DW_N, below(5));
		if (VN_GET(d, ALL_OP) == VN_OP_WSUM && below(2)) {
			VN_SET(d, WSUM_MAP_H, 1 + below(20));
			VN_SET(d, WSUM_MAP_W, 1 + below(20));
		}
	}

	// The beats that docs/program-format.md says belong to it, and who reads them (-1: nobody).
	uint32_t beats(int *reader) const
	{
		const uint32_t words = (4 * VN_C + 63) / 64, bytes = (VN_C + 63) / 64;
		const uint32_t n = VN_GET(d, DW_N), flags = VN_GET(d, ALL_FLAGS);

		switch (VN_GET(d, ALL_OP)) {
		case VN_OP_MM:
			*reader = 0;
			return VN_GET(d, MM_KTILES) * (VN_R * VN_C / 64);
		case VN_OP_POST:
			*reader = 1;
			return ((flags >> VN_FLAG_BORDER & 1 ? 9 : 1) +
			        (flags >> VN_FLAG_RAW & 1 ? 0 : 1)) *
			       words;
		case VN_OP_DW:
			*reader = 2;
			return 2 * words + (2 * n + 1) * (2 * n + 1) * bytes;
		case VN_OP_WSUM:
			*reader = 2;
			return 2 * words + VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W) * bytes;
		default:
			*reader = -1;
			return 0;
		}
	}

	unsigned engine() const
	{
		switch (VN_GET(d, ALL_OP)) {
		case VN_OP_LOAD:
			return VN_ENGINE_LOAD;
		case VN_OP_MM:
			return VN_ENGINE_ARRAY;
		case VN_OP_POST:
			return VN_ENGINE_POST;
		case VN_OP_STORE:
			return VN_ENGINE_STORE;
		default:
			return VN_ENGINE_DW;
		}
	}

	void cycle()
	{
		// A queue that has room keeps it until something is pushed.
		for (unsigned i = 0; i < 5; i++)
			dut.push_ready |= often(readies_of) << i;
		for (unsigned i = 0; i < 3; i++)
			dut.rq_ready |= often(readies_of) << i;
		if (found.valid)
			expect(dut.found_index == found.index &&
			               dut.found_executed == found.executed &&
			               dut.found_images == found.images,
			       "what is known of a tag");
		dut.lookup = below(dispatched < TAGS ? dispatched + 1 : TAGS);
		found = known[looked_up];
		looked_up = dut.lookup;
		dut.eval();
	}

	void check_outputs(int reader, uint32_t n, bool acts, const known_t &k, uint32_t image)
	{
		uint64_t block = weights + 64ull * d[VN_D_POST_PARAM_WORD];

		expect(dut.push_valid == 1u << engine(), "engine");
		expect(!memcmp(words(dut.push_entry), d, 64), "descriptor of an entry");
		expect(get(dut.push_entry, 512, 32) == image, "image of an entry");
		expect(get(dut.push_entry, 544, TAG_W) == tag, "tag of an entry");
		expect(get(dut.push_entry, 544 + TAG_W, 1) == acts, "acts of an entry");
		expect(get(dut.push_entry, 545 + TAG_W, 32) == k.index, "index of an entry");
		expect(dut.rq_valid == (reader < 0 || !acts ? 0 : 1u << reader), "reader");
		if (!dut.rq_valid)
			return;
		requested++;
		expect(dut.rq_addr == block && dut.rq_beats == n && dut.rq_tag == tag, "request");
	}

	void descriptor()
	{
		const bool acts = often(6);
		const known_t k = {(uint32_t)rng(), (uint32_t)rng(), (uint32_t)rng(), true};
		const uint32_t image = (uint32_t)rng();
		int reader;

		new_descriptor();
		const uint32_t n = beats(&reader);
		if (below(50) == 0)
			weights = rng() & ~63ull;
		readies_of = 1 + below(8);
		dut.in_valid = 1;
		dut.weights = weights;
		memcpy(words(dut.d), d, 64);
		dut.acts = acts;
		dut.image = image;
		dut.index = k.index;
		dut.executed = k.executed;
		dut.images = k.images;
		cycle();
		expect(dut.in_ready && !dut.push_valid && !dut.rq_valid, "before a descriptor");
		edge();
		known[tag] = k;
		if (dispatched < tag + 1)
			dispatched = tag + 1;
		dut.in_valid = below(2);
		junk(words(dut.d), 16);
		dut.acts = below(2);
		dut.index = (uint32_t)rng();
		for (unsigned waited = 0, room = 0;; waited++) {
			if (below(200) == 0) {
				dut.in_valid = 0;
				reset();
				found.valid = false;
				dut.push_ready = dut.rq_ready = 0;
				tag = 0;
				return;
			}
			cycle();
			expect(!dut.in_ready, "in_ready");
			expect(!(dut.push_valid & ~dut.push_ready) &&
			               !(dut.rq_valid & ~dut.rq_ready),
			       "pushed into a full queue");
			if (dut.push_valid)
				break;
			expect(!dut.rq_valid, "a request without its entry");
			const bool both = (dut.push_ready >> engine() & 1) &&
			                  (reader < 0 || !acts || (dut.rq_ready >> reader & 1));
			expect(room < DECIDE || (VN_GET(d, ALL_OP) == VN_OP_WSUM && waited <= 16),
			       "it waits");
			room += both;
			edge();
		}
		check_outputs(reader, n, acts, k, image);
		dut.in_valid = 0;
		edge();
		dut.push_ready = dut.rq_ready = 0; // what was pushed may have filled them
		tag = (tag + 1) % TAGS;
		for (unsigned i = below(3); i > 0; i--) {
			cycle();
			expect(!dut.push_valid && !dut.rq_valid, "pushed twice");
			edge();
		}
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 4000);
	test t;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.descriptor();
	printf("dispatch: %dx%d, %" PRIu64 " requests in %" PRIu64 " cycles\n", VN_R, VN_C,
	       t.requested, t.now);
	return bench_end(t.requested > 0, t.checks);
}
