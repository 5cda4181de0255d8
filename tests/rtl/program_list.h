// SPDX-License-Identifier: Apache-2.0
//
// program_list.h - random descriptor lists whose tokens come home, and what a start must make of
// them: spec/check.h and hls/vn_token.h, walked in list order (run_passes of hls/vn_top.c).
#ifndef PROGRAM_LIST_H
#define PROGRAM_LIST_H

#include <cstring>
#include <random>
#include <vector>

extern "C" {
#include "hls/vn_token.h"
}

struct descriptor {
	uint32_t w[VN_DESC_WORDS];
	bool bad; // memory answers with an error
};

struct list {
	std::vector<descriptor> d; // BEGIN first
	uint32_t group;
};

// A right descriptor of one pixel.
static inline descriptor simple(uint32_t op)
{
	descriptor x = {};
	uint32_t *const d = x.w;

	VN_SET(d, ALL_OP, op);
	switch (op) {
	case VN_OP_LOAD:
	case VN_OP_STORE: // by the same fields
		VN_SET(d, LOAD_WORDS, 1);
		VN_SET(d, LOAD_CHUNKS, 1);
		VN_SET(d, LOAD_SPACE, VN_SPACE_SCRATCH);
		break;
	case VN_OP_MM:
		VN_SET(d, MM_KTILES, 1);
		VN_SET(d, MM_N0, 1);
		VN_SET(d, MM_N1, 1);
		VN_SET(d, MM_N2, 1);
		break;
	case VN_OP_POST:
		d[VN_D_POST_PITCH_WORD] |= 1;
		d[VN_D_POST_IN_H_WORD] = d[VN_D_POST_IN_W_WORD] = 0x10001;
		VN_SET(d, POST_ROWS, 1);
		VN_SET(d, POST_COLS, 1);
		VN_SET(d, POST_DST_PITCH, 1);
		break;
	default:
		VN_SET(d, DW_PITCH, 1);
		VN_SET(d, DW_RING, VN_RING_ROWS);
		VN_SET(d, DW_MAP_H, 1);
		VN_SET(d, DW_MAP_W, 1);
		if (op == VN_OP_DW) {
			VN_SET(d, DW_ROWS, 1);
			VN_SET(d, DW_COLS, 1);
			VN_SET(d, DW_DST_PITCH, 1);
		}
	}
	return x;
}

static inline list random_list(std::mt19937_64 &rng, uint32_t hash)
{
	static const uint32_t ops[] = {VN_OP_LOAD, VN_OP_MM,    VN_OP_POST,
	                               VN_OP_DW,   VN_OP_STORE, VN_OP_WSUM};
	const auto below = [&](uint32_t n) { return (uint32_t)(rng() % n); };
	uint32_t count[VN_ENGINES][VN_ENGINES], home[VN_ENGINES][VN_ENGINES];
	list l;
	descriptor begin = {};

	l.group = 1 + below(4);
	VN_SET(begin.w, ALL_OP, VN_OP_BEGIN);
	VN_SET(begin.w, BEGIN_HASH, hash);
	VN_SET(begin.w, BEGIN_GROUP, l.group);
	VN_SET(begin.w, BEGIN_VERSION, VN_CONTRACT);
	for (unsigned a = 0; a < VN_ENGINES; a++)
		for (unsigned b = 0; b < VN_ENGINES; b++)
			if (a != b)
				begin.w[VN_D_BEGIN_TOKENS_LOAD_WORD + a] |=
				        (below(8) ? below(3) : below(64)) << 6 * b;
	l.d.push_back(begin);
	vn_token_begin(begin.w, count);
	vn_token_begin(begin.w, home);
	const auto add = [&](uint32_t op, auto wait, auto signal) {
		const uint32_t e = vn_engine_of(op);
		descriptor x = simple(op);

		for (unsigned a = 0; a < VN_ENGINES; a++) {
			if (a == e)
				continue;
			x.w[VN_D_ALL_WAIT_LOAD_WORD] |= wait(a, e) << 6 * a;
			if (signal(e, a) && count[e][a] < VN_TOKEN_MAX)
				x.w[VN_D_ALL_SIGNAL_WORD] |= 1u << a;
		}
		VN_SET(x.w, ALL_IMAGE, below(l.group));
		VN_SET(x.w, ALL_STAGE, below(4));
		if (below(4) == 0)
			VN_SET(x.w, ALL_FLAGS, 1 + 2 * below(2)); // TAP, TAP_ON
		vn_token_take(x.w, count);
		vn_token_give(x.w, count);
		l.d.push_back(x);
	};
	for (unsigned n = below(8); n > 0; n--)
		add(
		        ops[below(6)],
		        [&](unsigned a, unsigned b) {
			        return below(2) ? 0 : below(count[a][b] < 3 ? count[a][b] + 1 : 4);
		        },
		        [&](unsigned, unsigned) { return below(2) == 1; });
	// Home again: each engine takes what is too much and gives what is missing.
	for (bool more = l.d.size() > 1; more;) {
		more = false;
		for (unsigned e = 0; e < VN_ENGINES; e++)
			for (unsigned a = 0; a < VN_ENGINES; a++)
				more = more || count[a][e] != home[a][e];
		for (unsigned e = 0; more && e < VN_ENGINES; e++)
			add(
			        ops[e],
			        [&](unsigned a, unsigned b) {
				        return count[a][b] > home[a][b] ? count[a][b] - home[a][b]
				                                        : 0;
			        },
			        [&](unsigned a, unsigned b) { return count[a][b] < home[a][b]; });
	}
	return l;
}

// What comes next of a start: a descriptor for the dispatcher, or the end.
struct outcome {
	bool end;
	uint32_t at; // index in the program that is being fetched meanwhile
	bool acts;   // of the descriptor
	uint32_t image;
	uint32_t code, desc, field; // of the end
	uint32_t images, executed;  // so far
};

class walk
{
	const list &l;
	const uint32_t *cfg, first, images, hash;
	uint32_t count[VN_ENGINES][VN_ENGINES];
	uint64_t pass = 0;
	size_t i = 0;
	uint32_t done = 0, executed = 0;

	outcome fault(vn_verdict v, uint32_t at) const
	{
		return {true, at, false, 0, v.code, at, v.field, done, executed};
	}

      public:
	walk(const list &l, const uint32_t *cfg, uint32_t hash, uint32_t first, uint32_t images)
	    : l(l), cfg(cfg), first(first), images(images), hash(hash)
	{
	}

	outcome step()
	{
		if (i == 0) {
			if (l.d[0].bad)
				return fault({VN_CU_BUS, 0}, first);
			const vn_verdict v = vn_check_begin(l.d[0].w, hash);
			if (v.code != VN_CU_NONE)
				return fault(v, first);
			vn_token_begin(l.d[0].w, count);
			i = 1;
		} else { // the descriptor before has been handed out
			if (!vn_token_give(l.d[i].w, count))
				return fault({VN_CU_TOKEN, VN_D_ALL_SIGNAL_WORD},
				             first + (uint32_t)i);
			executed++;
			i++;
		}
		if (l.d.size() == 1) {
			done = images;
			return {true, first, false, 0, VN_CU_NONE, 0, 0, done, executed};
		}
		if (i == l.d.size()) {
			if (!vn_token_home(l.d[0].w, count))
				return fault({VN_CU_TOKEN, VN_D_ALL_SIGNAL_WORD},
				             first + (uint32_t)i - 1);
			pass += VN_GET(l.d[0].w, BEGIN_GROUP);
			done = pass < images ? (uint32_t)pass : images;
			if (pass >= images)
				return {true, first, false, 0, VN_CU_NONE, 0, 0, done, executed};
			i = 1;
		}
		const descriptor &x = l.d[i];
		const uint32_t at = first + (uint32_t)i, op = VN_GET(x.w, ALL_OP);
		if (x.bad)
			return fault({VN_CU_BUS, 0}, at);
		const vn_verdict v = vn_check_desc(x.w, VN_GET(l.d[0].w, BEGIN_GROUP), cfg);
		if (v.code != VN_CU_NONE)
			return fault(v, at);
		if (!vn_token_take(x.w, count))
			return fault({VN_CU_TOKEN, VN_D_ALL_WAIT_LOAD_WORD}, at);
		const uint64_t image = pass + VN_GET(x.w, ALL_IMAGE);
		const bool off = VN_FLAG_GET(x.w, TAP) && !VN_FLAG_GET(x.w, TAP_ON);
		const bool moves = op == VN_OP_LOAD || op == VN_OP_STORE;
		return {false,
		        at,
		        !off && (!moves || image < images),
		        (uint32_t)image,
		        0,
		        0,
		        0,
		        done,
		        executed};
	}
	const descriptor &current() const
	{
		return l.d[i];
	}
};

#endif
