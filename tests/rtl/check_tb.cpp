// SPDX-License-Identifier: Apache-2.0
//
// check_tb.cpp - vn_check against spec/check.h: right descriptors of every opcode, each field
// pushed to its limits and past them, flipped bits, random words.  Every verdict that spec/check.h
// gives must be reached.  Argument: number of descriptors.  VN_CFG: the configuration
// record.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "Vvn_check.h"
#include "tests/rtl/bench.h"
extern "C" {
#include "spec/check.h"
}

static const uint32_t cfg[VN_CONFIG_WORDS] = {VN_CFG};
// kinds of check; the others are the opcode
static const uint32_t FIRST = 0, OTHER = 8, KINDS = 9;

struct field {
	uint32_t op, word, lsb, width, least;
};
static const field fields[] = {
#define VN_OP_ALL                                      0
#define VN_DESC(o, name, word, lsb, width, least, doc) {VN_OP_##o, word, lsb, width, least},
#include "spec/desc.def"
#undef VN_OP_ALL
};

typedef std::set<uint32_t> verdicts; // kind << 16 | code << 8 | field

struct descriptor {
	uint32_t w[VN_DESC_WORDS];
	bool first;
};

struct test {
	std::mt19937 rng;
	Vvn_check &dut = bench_model<Vvn_check>();
	uint32_t group = 4, hash = 0x12345678;
	verdicts reached;
	unsigned ran = 0, right = 0;
	int longest[KINDS] = {};

	uint32_t any()
	{
		return (uint32_t)rng();
	}
	uint32_t below(uint32_t n)
	{
		return n ? any() % n : 0;
	}
	// 0..most, often one of the ends or small
	uint32_t upto(uint32_t most)
	{
		switch (below(6)) {
		case 0:
			return most;
		case 1:
			return 0;
		case 2:
			return std::min(most, below(16));
		default:
			return most == UINT32_MAX ? any() : below(most + 1);
		}
	}

	void tick()
	{
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
	}

	vn_verdict model(const descriptor &x) const
	{
		return x.first ? vn_check_begin(x.w, hash) : vn_check_desc(x.w, group, cfg);
	}
	bool fits(const descriptor &x) const
	{
		return model(x).code == VN_CU_NONE;
	}

	static uint32_t kind(const descriptor &x)
	{
		const uint32_t op = VN_GET(x.w, ALL_OP);
		return x.first ? FIRST : op >= VN_OP_BEGIN && op <= VN_OP_STORE ? op : OTHER;
	}

	void start(const descriptor &x)
	{
		for (int w = 0; w < VN_DESC_WORDS; w++)
			dut.d[w] = x.w[w];
		dut.first = x.first;
		dut.group = (uint8_t)group;
		dut.hash = hash;
		dut.start = 1;
	}

	// The cycles from start to done; 0 if it never came.
	int run(const descriptor &x)
	{
		int cycles = 0;

		start(x);
		do {
			tick();
			dut.start = 0;
			if (++cycles > 200)
				return 0;
		} while (!dut.done);
		return cycles;
	}

	void reset()
	{
		dut.clk = 0;
		dut.rst = 1;
		dut.start = 0;
		dut.eval();
		tick();
		dut.rst = 0;
		for (int i = 0; i < 3; i++) {
			if (dut.done) {
				printf("check_tb: done after a reset\n");
				exit(1);
			}
			tick();
		}
	}

	// A verdict, and another descriptor that is left somewhere on the way to its own, often where
	// all its words are seen.
	void abandon()
	{
		descriptor x = make();

		reset();
		one(x);
		if (below(2))
			x.w[below(VN_DESC_WORDS)] ^= 1u << below(32);
		start(x);
		for (uint32_t i = below(2) ? 8 + below(6) : below(40); i > 0; i--) {
			tick();
			dut.start = 0;
		}
	}

	void idle()
	{
		for (uint32_t i = below(3); i > 0; i--) {
			dut.d[below(VN_DESC_WORDS)] = any();
			dut.first = any() & 1;
			tick();
			if (dut.done) {
				printf("check_tb: done twice\n");
				exit(1);
			}
		}
	}

	void one(const descriptor &x)
	{
		const vn_verdict want = model(x);
		const uint32_t k = kind(x);
		const int cycles = run(x);

		ran++;
		right += want.code == VN_CU_NONE;
		reached.insert(k << 16 | want.code << 8 | want.field);
		longest[k] = std::max(longest[k], cycles);
		if (cycles == 0 || dut.code != want.code || dut.field != want.field) {
			printf("check_tb: %s (%u, %u), expected (%u, %u):",
			       cycles ? "verdict" : "no verdict", dut.code, dut.field, want.code,
			       want.field);
			for (uint32_t w : x.w)
				printf(" %08x", w);
			printf("%s\n", x.first ? " first" : "");
			exit(1);
		}
		idle();
	}

	void make_move(uint32_t *d)
	{
		const uint32_t acts = cfg[VN_CFG_ACT_WORDS], words = 1 + upto(acts - 1);
		const uint32_t chunks = 1 + (below(2) ? below(20) : below(65535));
		const uint32_t step = chunks == 1 ? any() : upto((acts - words) / (chunks - 1));

		VN_SET(d, LOAD_OFFSET, any());
		VN_SET(d, LOAD_RECORD, any());
		VN_SET(d, LOAD_MEM_STEP, any());
		VN_SET(d, LOAD_WORDS, words);
		VN_SET(d, LOAD_CHUNKS, chunks);
		VN_SET(d, LOAD_ACT_STEP, step);
		VN_SET(d, LOAD_ACT, upto(acts - words - (chunks - 1) * step));
		VN_SET(d, LOAD_SPACE,
		       below(2)                          ? VN_SPACE_SCRATCH
		       : VN_GET(d, ALL_OP) == VN_OP_LOAD ? VN_SPACE_INPUT
		                                         : VN_SPACE_OUTPUT);
	}

	void make_mm(uint32_t *d)
	{
		const uint32_t bank = cfg[VN_CFG_PSUM_ENTRIES] / 2;
		const uint32_t n0 = 1 + upto(bank - 1), n1 = 1 + upto(bank / n0 - 1);
		const uint32_t n2 = 1 + upto(bank / n0 / n1 - 1);
		uint32_t left = cfg[VN_CFG_ACT_WORDS] - std::min(n0, cfg[VN_CFG_ACT_WORDS]);
		const uint32_t kt = 1 + upto(cfg[VN_CFG_MAX_KTILES] - 1);
		uint32_t turns[3] = {kt - 1, n1 - 1, n2 - 1}, step[3];

		for (int i = 0; i < 3; i++) {
			step[i] =
			        turns[i] ? upto(left / turns[i]) : upto(cfg[VN_CFG_ACT_WORDS] - 1);
			left -= turns[i] * step[i];
		}
		VN_SET(d, MM_WEIGHTS, any());
		VN_SET(d, MM_KTILES, kt);
		VN_SET(d, MM_N0, n0);
		VN_SET(d, MM_N1, n1);
		VN_SET(d, MM_N2, n2);
		VN_SET(d, MM_K_STEP, step[0]);
		VN_SET(d, MM_S1, step[1]);
		VN_SET(d, MM_S2, step[2]);
		VN_SET(d, MM_ACT, upto(left));
		VN_SET(d, MM_PSUM, below(2) * bank + upto(bank - n0 * n1 * n2));
	}

	// One axis of a POST: sizes, the part to make, and the first conv position.
	void make_axis(bool raw, uint32_t *in, uint32_t *out, uint32_t *o0, uint32_t *n,
	               uint32_t *i0)
	{
		*out = 1 + (below(3) ? below(64) : below(65535));
		*in = raw ? *out : *out + upto(std::min(2 * *out, 65535 - *out));
		*n = 1 + (below(2) ? below(std::min(*out, 8u)) : upto(std::min(*out, 60u) - 1));
		*o0 = upto(*out - *n);
		*i0 = (uint32_t)((uint64_t)*o0 * *in / *out);
		*i0 -= below(4) ? 0 : std::min(*i0, below(3));
	}

	void make_post(uint32_t *d)
	{
		const uint32_t raw = below(3) == 0, mid = !raw && below(2);
		uint32_t in, out, o0, n, i0;

		VN_SET(d, ALL_FLAGS,
		       VN_GET(d, ALL_FLAGS) | raw << VN_FLAG_RAW |
		               mid * (VN_BIT(MID) | VN_BIT(U8)) | below(2) << VN_FLAG_BORDER);
		make_axis(raw, &in, &out, &o0, &n, &i0);
		VN_SET(d, POST_IN_H, in);
		VN_SET(d, POST_OUT_H, out);
		VN_SET(d, POST_OY0, o0);
		VN_SET(d, POST_ROWS, n);
		VN_SET(d, POST_IY0, i0);
		make_axis(raw, &in, &out, &o0, &n, &i0);
		VN_SET(d, POST_IN_W, in);
		VN_SET(d, POST_OUT_W, out);
		VN_SET(d, POST_OX0, o0);
		VN_SET(d, POST_COLS, n);
		VN_SET(d, POST_IX0, i0);
		VN_SET(d, POST_PARAM, any());
		VN_SET(d, POST_PITCH, 1 + below(below(2) ? 8 : 200));
		VN_SET(d, POST_PSUM, upto(cfg[VN_CFG_PSUM_ENTRIES] / 2));
		VN_SET(d, POST_DST_STEP, upto(cfg[VN_CFG_ACT_WORDS] / 16));
		VN_SET(d, POST_DST_PITCH, mid ? o0 + n + below(3) : 1 + below(200));
		VN_SET(d, POST_RING, mid ? 8 * (1 + below(8)) : 0);
		VN_SET(d, POST_DST,
		       mid ? 8 * upto(cfg[VN_CFG_MID_SLOTS] / 16)
		           : upto(cfg[VN_CFG_ACT_WORDS] / 2));
	}

	void make_dw(uint32_t *d, bool wsum)
	{
		const uint32_t slots = cfg[VN_CFG_MID_SLOTS];
		const uint32_t pitch = 1 + upto(std::min(slots / 8, 65535u) - 1);
		const uint32_t ring = 8 * (1 + upto(std::min(slots / 8 / pitch, 8191u) - 1));
		const uint32_t width = 1 + upto(pitch - 1);
		const uint32_t height = 1 + upto(wsum ? ring - 1 : 65534);

		VN_SET(d, DW_PARAM, any());
		VN_SET(d, DW_MID, 8 * upto((slots - ring * pitch) / 8));
		VN_SET(d, DW_PITCH, pitch);
		VN_SET(d, DW_RING, ring);
		VN_SET(d, DW_MAP_H, height);
		VN_SET(d, DW_MAP_W, width);
		VN_SET(d, DW_ACT, upto(cfg[VN_CFG_ACT_WORDS] / 2));
		VN_SET(d, DW_DST_STEP, upto(cfg[VN_CFG_ACT_WORDS] / 32));
		if (wsum)
			return;
		const uint32_t rows = 1 + upto(std::min(height, 64u) - 1);
		const uint32_t cols = 1 + upto(std::min(width, 256u) - 1);
		VN_SET(d, DW_Y0, upto(height - rows));
		VN_SET(d, DW_ROWS, rows);
		VN_SET(d, DW_X0, upto(width - cols));
		VN_SET(d, DW_COLS, cols);
		VN_SET(d, DW_DST_PITCH, 1 + below(200));
		VN_SET(d, DW_N, upto(cfg[VN_CFG_MAX_N]));
	}

	void make_begin(uint32_t *d)
	{
		VN_SET(d, ALL_OP, VN_OP_BEGIN);
		VN_SET(d, BEGIN_HASH, hash);
		VN_SET(d, BEGIN_GROUP, 1 + below(255));
		VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
		for (uint32_t e = 0; e < VN_ENGINES; e++)
			d[VN_D_BEGIN_TOKENS_LOAD_WORD + e] =
			        any() & VN_MASK(VN_TOKEN_ROW) & ~VN_TOKENS(VN_TOKEN_MAX, e);
	}

	// A right descriptor.
	descriptor make()
	{
		descriptor x;

		hash = any();
		group = 1 + upto(254);
		do {
			const uint32_t op = VN_OP_BEGIN + below(VN_OP_STORE);
			const uint32_t e = vn_engine_of(op);

			memset(&x, 0, sizeof(x));
			x.first = op == VN_OP_BEGIN;
			if (x.first) {
				make_begin(x.w);
				continue;
			}
			VN_SET(x.w, ALL_OP, op);
			VN_SET(x.w, ALL_FLAGS, below(4));
			VN_SET(x.w, ALL_STAGE, any());
			VN_SET(x.w, ALL_IMAGE, upto(group - 1));
			x.w[1] = any() & VN_MASK(VN_TOKEN_ROW) & ~VN_TOKENS(VN_TOKEN_MAX, e);
			x.w[2] = any() & VN_MASK(5) & ~(1u << e);
			if (op == VN_OP_MM)
				make_mm(x.w);
			else if (op == VN_OP_POST)
				make_post(x.w);
			else if (op == VN_OP_DW || op == VN_OP_WSUM)
				make_dw(x.w, op == VN_OP_WSUM);
			else
				make_move(x.w);
		} while (!fits(x));
		return x;
	}

	const field &random_field(uint32_t op)
	{
		for (;;) {
			const field &f = fields[below(sizeof(fields) / sizeof(*fields))];

			if (f.op == op || (f.op == 0 && below(3) == 0))
				return f;
		}
	}

	static uint32_t get(const descriptor &x, const field &f)
	{
		return (x.w[f.word] >> f.lsb) & VN_MASK(f.width);
	}
	static void set(descriptor &x, const field &f, uint32_t v)
	{
		x.w[f.word] = (x.w[f.word] & ~(VN_MASK(f.width) << f.lsb)) | (v & VN_MASK(f.width))
		                                                                     << f.lsb;
	}

	// The largest value of the field that is right, and the next.
	void edge(descriptor x, const field &f)
	{
		uint64_t low = get(x, f), high = (uint64_t)VN_MASK(f.width) + 1;

		while (high - low > 1) {
			const uint64_t middle = (low + high) / 2;

			set(x, f, (uint32_t)middle);
			(fits(x) ? low : high) = middle;
		}
		set(x, f, (uint32_t)low);
		one(x);
		set(x, f, (uint32_t)low + 1);
		one(x);
	}

	void push(descriptor &x)
	{
		const uint32_t op = VN_GET(x.w, ALL_OP);
		const field &f = random_field(op), &g = random_field(op);
		const uint32_t limit = cfg[1 + below(VN_CONFIG_WORDS - 1)] >> below(2);
		const uint32_t values[] = {
		        0,         VN_MASK(f.width), any(),
		        1,         limit - 1,        limit,
		        limit + 1, get(x, f) + 1,    get(x, f) - 1,
		        get(x, g), get(x, g) + 1,    get(x, f) ^ 1u << below(f.width),
		        below(16)};

		if (f.op == 0 && f.word == 0 && f.lsb == 0 && below(8))
			return; // the opcode, seldom
		set(x, f, values[below(sizeof(values) / sizeof(*values))]);
	}

	descriptor random_words()
	{
		descriptor x;
		const bool masked = below(2);

		x.first = below(8) == 0;
		for (uint32_t &w : x.w)
			w = any();
		VN_SET(x.w, ALL_OP, below(10) ? 1 + below(7) : below(256));
		const uint32_t op = VN_GET(x.w, ALL_OP), e = vn_engine_of(op);
		for (uint32_t w = 0; masked && w < VN_DESC_WORDS; w++)
			x.w[w] &= vn_used_bits(op, w);
		if (masked && below(4)) {
			VN_SET(x.w, ALL_FLAGS, any() & vn_flags_of(op));
			x.w[1] &= ~VN_TOKENS(VN_TOKEN_MAX, e % VN_ENGINES);
			x.w[2] &= ~(1u << e);
		}
		return x;
	}

	void all(unsigned descriptors)
	{
		while (ran < descriptors) {
			const descriptor x = make();

			one(x);
			for (int i = 0; i < 2; i++)
				edge(x, random_field(VN_GET(x.w, ALL_OP)));
			for (int i = 0; i < 8; i++) {
				descriptor y = x;

				for (uint32_t n = 1 + below(3); n > 0; n--)
					push(y);
				if (below(16) == 0)
					y.first = !y.first;
				one(y);
			}
			for (int i = 0; i < 2; i++) {
				descriptor y = x;

				for (uint32_t n = 1 + below(3); n > 0; n--)
					y.w[below(VN_DESC_WORDS)] ^= 1u << below(32);
				one(y);
			}
			one(random_words());
		}
	}
};

// Every verdict of spec/check.h: the masks say which words can be RESERVED or ZERO, the lists below
// which words its vn_check_... functions name.
static verdicts reachable()
{
	static const std::vector<uint32_t> ranges[KINDS] = {
	        {VN_D_BEGIN_VERSION_WORD},
	        {},
	        {VN_D_LOAD_SPACE_WORD, VN_D_LOAD_WORDS_WORD, VN_D_LOAD_ACT_WORD},
	        {VN_D_MM_KTILES_WORD, VN_D_MM_N0_WORD, VN_D_MM_N2_WORD, VN_D_MM_K_STEP_WORD,
	         VN_D_MM_S1_WORD, VN_D_MM_S2_WORD, VN_D_MM_ACT_WORD, VN_D_MM_PSUM_WORD},
	        {VN_D_POST_IN_H_WORD, VN_D_POST_IN_W_WORD, VN_D_POST_OY0_WORD, VN_D_POST_IY0_WORD,
	         VN_D_POST_OX0_WORD, VN_D_POST_IX0_WORD, VN_D_POST_PSUM_WORD, VN_D_POST_RING_WORD,
	         VN_D_POST_DST_WORD},
	        {VN_D_DW_RING_WORD, VN_D_DW_MID_WORD, VN_D_DW_Y0_WORD, VN_D_DW_X0_WORD,
	         VN_D_DW_N_WORD, VN_D_DW_ACT_WORD},
	        {VN_D_WSUM_RING_WORD, VN_D_WSUM_MID_WORD, VN_D_WSUM_MAP_H_WORD, VN_D_WSUM_ACT_WORD},
	        {VN_D_STORE_SPACE_WORD, VN_D_STORE_WORDS_WORD, VN_D_STORE_ACT_WORD},
	        {}};
	verdicts all;

	for (uint32_t k = 0; k < KINDS; k++) {
		const uint32_t op = k == FIRST ? (uint32_t)VN_OP_BEGIN : k;
		const auto add = [&](uint32_t code, uint32_t f) {
			all.insert(k << 16 | code << 8 | f);
		};

		if (k == FIRST || k == VN_OP_BEGIN)
			add(VN_CU_BEGIN, 0);
		if (k == OTHER)
			add(VN_CU_OPCODE, 0);
		if (k == OTHER || k == VN_OP_BEGIN)
			continue;
		add(VN_CU_NONE, 0);
		for (uint32_t w = 0; w < VN_DESC_WORDS; w++)
			if (w == 0 || ~vn_used_bits(op, w))
				add(VN_CU_RESERVED, w);
		for (const field &f : fields)
			if (f.op == op && f.least == 1)
				add(VN_CU_ZERO, f.word);
		for (uint32_t w : ranges[k])
			if (k != VN_OP_MM || w != VN_D_MM_KTILES_WORD ||
			    cfg[VN_CFG_MAX_KTILES] < VN_MASK(VN_D_MM_KTILES_WIDTH))
				add(VN_CU_RANGE, w);
		if (k == FIRST) {
			add(VN_CU_HASH, VN_D_BEGIN_HASH_WORD);
			for (uint32_t e = 0; e < VN_ENGINES; e++)
				add(VN_CU_TOKEN, VN_D_BEGIN_TOKENS_LOAD_WORD + e);
			continue;
		}
		add(VN_CU_RANGE, VN_D_ALL_IMAGE_WORD);
		add(VN_CU_TOKEN, VN_D_ALL_WAIT_LOAD_WORD);
		add(VN_CU_TOKEN, VN_D_ALL_SIGNAL_WORD);
	}
	return all;
}

static bool same(const verdicts &reached, const verdicts &expected)
{
	for (uint32_t v : expected)
		if (!reached.count(v))
			printf("check_tb: never reached: kind %u, code %u, field %u\n", v >> 16,
			       v >> 8 & 255, v & 255);
	for (uint32_t v : reached)
		if (!expected.count(v))
			printf("check_tb: unexpected: kind %u, code %u, field %u\n", v >> 16,
			       v >> 8 & 255, v & 255);
	return reached == expected;
}

int main(int argc, char **argv)
{
	// The latencies that vn_check.sv states, by kind.
	static const int limit[KINDS] = {11, 1, 21, 44, 90, 37, 28, 21, 1};
	const bench_options o = bench_begin(argc, argv, 100000);
	const verdicts expected = reachable();
	static test t;

	t.rng.seed((unsigned)o.seed);
	for (int life = 0; life < 50 * BENCH_LIVES; life++)
		t.abandon();
	t.reset();
	t.all((unsigned)o.count);
	bool good = same(t.reached, expected);
	for (uint32_t k = 0; k < KINDS; k++)
		if (t.longest[k] > limit[k]) {
			printf("check_tb: kind %u took %d cycles\n", k, t.longest[k]);
			good = false;
		}
	printf("check %ux%u: %u descriptors, %u right, %zu of %zu verdicts; cycles", cfg[1], cfg[2],
	       t.ran, t.right, t.reached.size(), expected.size());
	for (int k : t.longest)
		printf(" %d", k);
	printf("\n");
	return bench_end(good, t.ran);
}
