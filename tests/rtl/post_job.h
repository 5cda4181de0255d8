// SPDX-License-Identifier: Apache-2.0
//
// post_job.h - random legal POST descriptors, and the cycles that vn_post takes for them with
// VN_LANES lanes.
#ifndef POST_JOB_H
#define POST_JOB_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

#define _Static_assert static_assert
extern "C" {
#include "hls/vn_config.h"
#include "spec/check.h"
}

namespace
{

constexpr uint32_t LANES = VN_LANES;
constexpr uint32_t GROUPS = VN_C / LANES;

std::mt19937_64 rng;

uint32_t pick(uint32_t least, uint32_t most)
{
	return least + (uint32_t)(rng() % ((uint64_t)most - least + 1));
}

bool chance(uint32_t percent)
{
	return rng() % 100 < percent;
}

// An int32 near the ends of the range, near 0, or anywhere.
int32_t random_word()
{
	switch (pick(0, 5)) {
	case 0:
		return (int32_t)(0x80000000u + pick(0, 3));
	case 1:
		return (int32_t)(0x7fffffffu - pick(0, 3));
	case 2:
		return (int32_t)pick(0, 10) - 5;
	case 3:
		return (int32_t)pick(0, 200000) - 100000;
	default:
		return (int32_t)rng();
	}
}

uint32_t random_requant()
{
	const uint32_t m = chance(10) ? 0 : chance(20) ? 131071 : pick(1, 131071);
	const uint32_t s = chance(20) ? (chance(50) ? 1 : 47) : pick(1, 47);

	return m | s << VN_REQ_S_LSB;
}

struct job {
	uint32_t d[VN_DESC_WORDS];
	bool raw, mid, border, wraps;
	uint32_t vectors;       // of parameters
	uint64_t reads, writes; // of the partial sums; of any memory
	uint64_t last;          // reads of the last window
	uint32_t widest;        // window of an axis
	bool overlap;           // of two windows
};

// One axis: map, range, first position, elements of all windows.
struct axis {
	uint32_t in, out, first, count, begin, elements, last; // last: of the last window
};

axis random_axis(job &j, uint32_t most, bool large)
{
	axis a;
	uint32_t i;

	a.out = large ? pick(1, 65535) : pick(1, 24);
	a.in = std::min(65535u, j.raw || chance(20) ? a.out
	                        : chance(20)        ? 2 * a.out
	                        : chance(20)        ? 3 * a.out
	                                            : pick(a.out, 3 * a.out));
	a.count = pick(1, std::min(most, a.out));
	a.first = chance(20) ? 0 : chance(20) ? a.out - a.count : pick(0, a.out - a.count);
	a.begin = (uint32_t)((uint64_t)a.first * a.in / a.out);
	a.elements = 0;
	for (i = a.first; i < a.first + a.count; i++) {
		const uint32_t end = vn_window_end(i, a.in, a.out);
		const uint32_t size = end - (uint32_t)((uint64_t)i * a.in / a.out);

		a.elements += size;
		a.last = size;
		j.widest = std::max(j.widest, size);
		j.overlap |= i > a.first && (uint64_t)i * a.in % a.out != 0;
	}
	return a;
}

// False if this try is not legal.
bool try_job(job &j, const uint32_t cfg[VN_CONFIG_WORDS], uint32_t most)
{
	const bool large = chance(15);
	const uint32_t ring = 8 * pick(1, 5);

	memset(&j, 0, sizeof(j));
	j.raw = chance(15);
	j.mid = !j.raw && chance(50);
	j.border = chance(35);
	const axis y = random_axis(j, most, large), x = random_axis(j, most, large);
	VN_SET(j.d, ALL_OP, VN_OP_POST);
	VN_SET(j.d, ALL_FLAGS,
	       (j.raw ? VN_BIT(RAW) : 0) | (j.mid ? VN_BIT(MID) | VN_BIT(U8) : 0) |
	               (j.border ? VN_BIT(BORDER) : 0));
	VN_SET(j.d, POST_IN_H, y.in);
	VN_SET(j.d, POST_OUT_H, y.out);
	VN_SET(j.d, POST_IN_W, x.in);
	VN_SET(j.d, POST_OUT_W, x.out);
	VN_SET(j.d, POST_OY0, y.first);
	VN_SET(j.d, POST_ROWS, y.count);
	VN_SET(j.d, POST_OX0, x.first);
	VN_SET(j.d, POST_COLS, x.count);
	VN_SET(j.d, POST_IY0, y.begin - std::min(y.begin, pick(0, 2)));
	VN_SET(j.d, POST_IX0, x.begin - std::min(x.begin, pick(0, 2)));
	VN_SET(j.d, POST_PITCH, pick(1, 40));
	VN_SET(j.d, POST_PSUM, pick(0, VN_PSUM_ENTRIES - 1));
	VN_SET(j.d, POST_DST_PITCH, chance(10) ? pick(1, 65535) : pick(1, 80));
	VN_SET(j.d, POST_DST, j.mid ? pick(0, VN_MID_SLOTS - 1) & ~7u : pick(0, VN_ACT_WORDS - 1));
	VN_SET(j.d, POST_RING, j.mid ? ring : 0);
	// Not used with MID or RAW, and then of no effect.
	VN_SET(j.d, POST_DST_STEP, pick(0, 300));
	j.wraps = j.mid && y.first % ring + y.count > ring;
	j.reads = (uint64_t)y.elements * x.elements * GROUPS;
	j.last = (uint64_t)y.last * x.last * GROUPS;
	j.writes = (uint64_t)y.count * x.count * (j.raw ? (uint32_t)VN_RAW_WORDS : GROUPS);
	j.vectors = (j.border ? (uint32_t)VN_BORDER_CASES : 1) + !j.raw;
	return vn_check_post(j.d, cfg).code == VN_CU_NONE;
}

job random_job(const uint32_t cfg[VN_CONFIG_WORDS], uint32_t most)
{
	job j;

	while (!try_job(j, cfg, most))
		;
	return j;
}

// Cycles of vn_post where nothing holds it up: each descriptor and each beat is there when it can
// be taken.  Exact; after a RAW one only if that had its end (its queue still writes otherwise).
class predictor
{
      public:
	// The cycle of @j's done, if it is offered in cycle @offered.
	uint64_t done(const job &j, uint64_t offered)
	{
		const uint64_t taken = std::max(offered, started_ + 1);
		// The halves of the parameters alternate: the last but one's must be read to its
		// end.
		const uint64_t full =
		        std::max(taken + 3, before_ + 8) + j.vectors * VN_C / std::min(LANES, 16u);
		uint64_t start = std::max({taken + 24, full, issued_ + short_});

		if (j.raw) // the pipeline drains
			start = std::max(start, issued_ + 18);
		before_ = issued_;
		short_ = j.last == 1;
		started_ = start;
		issued_ = start + j.reads;
		// The activation buffer says when the last word can be read; a last result goes to the
		// middle buffer only then.
		if (!j.mid)
			return act_done_ = j.raw ? start + j.writes + 10 : issued_ + 18;
		return std::max(issued_ + 16, act_done_ + 4);
	}

      private:
	uint64_t started_ = 0, issued_ = 0, before_ = 0; // last start, last issue; that before
	uint64_t act_done_ = 0; // of the last descriptor that went to the activation buffer
	bool short_ = false;    // the last window is one read: the next one is not ready to start
};

} // namespace

#endif
