// SPDX-License-Identifier: Apache-2.0
//
// sequencer_tb.cpp - vn_sequencer between a register file, a random reader, a dispatcher and
// engines: every descriptor handed out, the tokens of BEGIN and the verdict, of right and damaged
// lists, impossible arguments, bus errors of all three readers and writers, a start while running.
// Argument: starts.  VN_CFG: the configuration record; VN_HASH.
#include <deque>

#include "Vvn_sequencer.h"
#include "tests/rtl/pins.h"
#include "tests/rtl/program_list.h"

static const uint32_t cfg[VN_CONFIG_WORDS] = {VN_CFG};
enum { LIMIT = 60000 };

struct found_t {
	uint32_t index, executed, images;
};

struct test : bench_of<Vvn_sequencer> {
	list l;
	outcome next;
	std::deque<size_t> reader; // places in the list
	uint64_t base = 0;
	uint32_t first = 0, count = 1, images = 1;
	bool offered = false, loaded = false, handed = false, finished = false;
	uint32_t bus = 0, bus_later = 0, bad_argument = 0;
	int64_t bus_in = -1, busy_in = -1;
	bool busy = false;
	unsigned idle_in = 0, idle_for = 0, rate = 8;
	found_t found[3];
	unsigned looked_up[2] = {}; // `blame` of the last two cycles
	uint64_t by_code[16] = {}, dispatched = 0, whole = 0;

	uint64_t argument()
	{
		return rng() & ~63ull;
	}

	// A bit that an address must not have, often the highest such.
	uint64_t misplaced()
	{
		return 1ull << (below(2) ? 5 : below(6));
	}

	void new_arguments()
	{
		base = argument();
		first = below(2) ? below(1000) : (uint32_t)rng();
		count = (uint32_t)l.d.size();
		images = 1 + below(3 * l.group);
		dut.weights = argument();
		dut.inputs = argument();
		dut.outputs = argument();
		dut.scratch = argument();
		dut.status = argument();
		dut.program_base = base;
		bad_argument = 0;
		if (below(4))
			return;
		// The first of the registers that is wrong is named.
		uint64_t *const pointers[] = {&dut.program_base, &dut.weights, &dut.inputs,
		                              &dut.outputs,      &dut.scratch, &dut.status};
		static const uint32_t registers[] = {VN_REG_PROGRAM, VN_REG_WEIGHTS, VN_REG_INPUT,
		                                     VN_REG_OUTPUT,  VN_REG_SCRATCH, VN_REG_STATUS};
		const unsigned wrong = 1 + below(255);

		for (unsigned i = 6; i-- > 1;)
			if (wrong >> i & 1 && below(2)) {
				*pointers[i] |= misplaced();
				bad_argument = registers[i];
			}
		if (below(4) == 0) {
			images = 0;
			bad_argument = VN_REG_IMAGES;
		}
		if (below(4) == 0) {
			count = 0;
			bad_argument = VN_REG_COUNT;
		}
		if (below(4) == 0) {
			dut.program_base |= misplaced();
			bad_argument = VN_REG_PROGRAM;
		}
	}

	// A token more than its counter holds.
	void overflow(descriptor &x)
	{
		const unsigned e = vn_engine_of(VN_GET(x.w, ALL_OP)), b = (e + 1) % VN_ENGINES;

		l.d[0].w[VN_D_BEGIN_TOKENS_LOAD_WORD + e] |= VN_TOKEN_MAX << 6 * b;
		x.w[VN_D_ALL_SIGNAL_WORD] |= 1u << b;
	}

	void damage()
	{
		if (below(3))
			return;
		descriptor &x = l.d[below(4) ? below(l.d.size()) : 0];
		const unsigned kind = below(5);

		if (kind == 0)
			x.bad = true;
		else if (kind == 1)
			x.w[below(VN_DESC_WORDS)] ^= 1u << below(32);
		else if (kind == 4 && &x != l.d.data())
			overflow(x);
		else if (&x !=
		         &l.d[0]) // a token more or less: found where it is missing, or at home
			x.w[kind == 2 ? VN_D_ALL_WAIT_LOAD_WORD : VN_D_ALL_SIGNAL_WORD] ^=
			        1u << below(kind == 2 ? 30 : VN_ENGINES);
	}

	void read_requests()
	{
		const uint64_t from = (dut.req_addr - base) / 64 - first;

		expect(dut.req_addr % 64 == 0 && from + dut.req_beats <= count && !bad_argument,
		       "a request past the list");
		for (uint32_t i = 0; i < dut.req_beats; i++)
			reader.push_back(from + i);
	}

	void check_dispatch(const walk &w)
	{
		expect(!next.end, "a descriptor too many");
		expect(!memcmp(words(dut.d), w.current().w, 64), "descriptor");
		expect(dut.acts == next.acts, "acts");
		expect(!next.acts || dut.image == next.image, "image");
		expect(dut.index == next.at, "index");
		expect(dut.executed == next.executed, "executed");
		expect(dut.images_done == next.images, "images done");
	}

	void check_tokens()
	{
		expect(!loaded, "tokens are loaded twice");
		for (unsigned a = 0; a < VN_ENGINES; a++)
			expect(get(dut.tokens_initial, 30 * a, 30) ==
			               (l.d[0].w[VN_D_BEGIN_TOKENS_LOAD_WORD + a] & 0x3fffffff),
			       "initial tokens");
		loaded = true;
	}

	void check_verdict(uint32_t code, uint32_t desc, uint32_t field, uint32_t done,
	                   uint32_t executed)
	{
		expect(dut.code == code, "code");
		expect(dut.fault_desc == desc, "descriptor of the verdict");
		expect(dut.fault_field == field, "field of the verdict");
		expect(dut.total_images == done, "images of the verdict");
		expect(dut.total_executed == executed, "executed of the verdict");
	}

	void check_end()
	{
		by_code[dut.code & 15]++;
		if (bad_argument)
			next = {true, 0, false, 0, VN_CU_ARGUMENT, 0, bad_argument, 0, 0};
		if (bus) { // the first in list order
			const found_t *f = nullptr;
			for (unsigned i = 0; i < 3; i++)
				if (bus >> i & 1 && (!f || found[i].executed < f->executed))
					f = &found[i];
			check_verdict(VN_CU_BUS, f->index, 3, f->images, f->executed);
			return;
		}
		if (busy && dut.code == VN_CU_BUSY) {
			// Where the next descriptor would have been read.
			const uint32_t desc = handed || loaded ? next.at : first;
			expect(!next.end || next.code != VN_CU_NONE, "busy after the end");
			check_verdict(VN_CU_BUSY, desc, VN_REG_CTRL, next.images, next.executed);
			return;
		}
		expect(next.end && (!busy || next.end), "an end before the end");
		expect(loaded || next.executed + handed == 0, "tokens were not loaded");
		check_verdict(next.code, next.desc, next.field, next.images, next.executed);
		whole += next.code == VN_CU_NONE;
	}

	void drive()
	{
		dut.first = first;
		dut.count = count;
		dut.images = images;
		dut.req_ready = reader.size() < 64 && often(rate);
		offered = !reader.empty() && (offered || often(rate));
		dut.q_valid = offered;
		dut.reader_idle = reader.empty();
		junk(words(dut.q_data), 16);
		if (offered)
			memcpy(words(dut.q_data), l.d[reader.front()].w, 64);
		dut.q_bad = offered ? l.d[reader.front()].bad : below(2);
		dut.dispatch_ready = often(rate);
		dut.start_busy = busy_in == 0;
		busy = busy || busy_in == 0;
		if (bus_in == 0)
			bus = bus_later;
		dut.bus_err = bus;
		dut.engines_idle = bus_in < 0 && idle_in == 0 && !dut.dispatch_valid;
		idle_for = dut.engines_idle ? idle_for + 1 : 0;
		busy_in -= busy_in >= 0;
		bus_in -= bus_in >= 0;
		idle_in -= idle_in > 0;
		dut.found_index = found[looked_up[1]].index;
		dut.found_executed = found[looked_up[1]].executed;
		dut.found_images = found[looked_up[1]].images;
		dut.eval();
		looked_up[1] = looked_up[0];
		looked_up[0] = dut.blame % 3;
	}

	void cycle(walk &w)
	{
		drive();
		if (dut.req_valid && dut.req_ready)
			read_requests();
		if (dut.tokens_load)
			check_tokens();
		const bool hands = dut.dispatch_valid && dut.dispatch_ready;
		const bool takes = offered && dut.q_ready;
		if (dut.dispatch_valid)
			check_dispatch(w);
		finished = dut.finished;
		edge();
		if (takes) {
			reader.pop_front();
			offered = false;
		}
		if (hands) {
			dispatched++;
			handed = true;
			idle_in = below(200);
			next = w.step();
		}
	}

	void start()
	{
		l = random_list(rng, VN_HASH);
		damage();
		new_arguments();
		rate = 1 + below(8);
		bus = busy = loaded = handed = false;
		bus_later = 1 + below(7);
		bus_in = below(5) ? -1 : (int64_t)below(1500);
		busy_in = below(5) ? -1 : (int64_t)below(1500);
		for (found_t &f : found)
			f = {(uint32_t)rng(), below(4), (uint32_t)rng()};
		idle_in = 0;
		walk w(l, cfg, VN_HASH, first, images);
		next = w.step();
		dut.start = 1;
		drive();
		expect(!dut.running && !dut.finished, "running before a start");
		edge();
		dut.start = 0;
		const uint64_t begun = now, stop = below(4) ? LIMIT : below(1000);
		for (finished = false; !finished;) {
			expect(dut.running || dut.finished, "running");
			cycle(w);
			expect(now - begun < LIMIT, "it hangs");
			if (now - begun == stop) {
				reset();
				reader.clear();
				offered = false;
				return;
			}
		}
		expect(idle_for >= 3, "an end before the engines are idle");
		check_end();
		expect(reader.empty(), "descriptors left over");
		bus = 0;
		busy_in = -1;
		for (unsigned i = 1 + below(3); i > 0; i--) {
			drive();
			expect(!dut.running && !dut.finished, "running after the end");
			edge();
		}
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 800);
	test t;
	bool all = true;

	t.rng.seed(o.seed);
	t.reset();
	for (uint64_t i = 0; i < o.count; i++)
		t.start();
	printf("sequencer: %" PRIu64 " cycles, %" PRIu64 " descriptors, %" PRIu64
	       " whole; verdicts",
	       t.now, t.dispatched, t.whole);
	for (unsigned i = 0; i < 16; i++)
		printf(" %" PRIu64, t.by_code[i]);
	printf("\n");
	for (unsigned code : {VN_CU_NONE, VN_CU_TOKEN, VN_CU_ARGUMENT, VN_CU_BUS, VN_CU_BUSY})
		all = all && t.by_code[code];
	return bench_end(all, t.checks);
}
