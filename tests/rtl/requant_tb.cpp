// SPDX-License-Identifier: Apache-2.0
//
// requant_tb.cpp - vn_requant against the rule of docs/number-formats.md in 128-bit integers, with
// random stalls of ce.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>

#include "Vvn_requant.h"
#include "tests/rtl/bench.h"

namespace
{

constexpr size_t LATENCY = 7;

std::mt19937_64 rng;

struct operands {
	int32_t acc;
	uint32_t m, s;
	bool u8;
};

uint8_t expected(const operands &o)
{
	const int low = o.u8 ? 0 : -128, high = o.u8 ? 255 : 127;
	const __int128 sum = (__int128)o.acc * o.m + ((__int128)1 << (o.s - 1));
	const __int128 one = (__int128)1 << o.s;
	__int128 value = sum / one;

	if (sum % one < 0)
		value--; // towards minus infinity
	return (uint8_t)(value < low ? low : value > high ? high : (int)value);
}

// An accumulator whose result is near @target, if there is one.
int32_t near_result(int target, uint32_t m, uint32_t s)
{
	const __int128 product = ((__int128)(2 * target + 1) << s) / 2;
	const __int128 acc = m == 0 ? 0 : product / m + (int)(rng() % 5) - 2;

	return acc > INT32_MAX ? INT32_MAX : acc < INT32_MIN ? INT32_MIN : (int32_t)acc;
}

operands draw()
{
	static const int edges[] = {-130, -129, -128, -127, -1, 0, 1, 126, 127, 128, 254, 255, 256};
	operands o;

	o.m = rng() % 8 == 0 ? 0 : rng() % 4 == 0 ? 131071 - (uint32_t)(rng() % 2) : rng() % 131072;
	o.s = rng() % 6 == 0 ? 1 : rng() % 6 == 0 ? 47 : 1 + (uint32_t)(rng() % 47);
	o.u8 = rng() % 2 == 0;
	switch (rng() % 6) {
	case 0:
		o.acc = (int32_t)(0x80000000u + (uint32_t)(rng() % 3));
		break;
	case 1:
		o.acc = (int32_t)(0x7fffffffu - (uint32_t)(rng() % 3));
		break;
	case 2:
		o.acc = (int32_t)(rng() % 9) - 4;
		break;
	case 3:
		o.acc = (int32_t)rng();
		break;
	default:
		o.acc = near_result(edges[rng() % 13], o.m, o.s);
	}
	return o;
}

} // namespace

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 1000000);
	auto top = std::make_unique<Vvn_requant>();
	std::deque<operands> inside;
	uint64_t i = 0, inner = 0;

	rng.seed(o.seed);
	top->clk = 0;
	top->eval();
	while (i < o.count) {
		const bool ce = rng() % 8 != 0;
		const operands o = draw();

		top->ce = ce;
		top->acc = (uint32_t)o.acc;
		top->m = o.m;
		top->s = (uint8_t)o.s;
		top->u8 = o.u8;
		top->clk = 1;
		top->eval();
		top->clk = 0;
		top->eval();
		if (ce) {
			inside.push_back(o);
			if (inside.size() > LATENCY)
				inside.pop_front();
		}
		if (inside.size() < LATENCY)
			continue;
		const operands &first = inside.front();
		const uint8_t want = expected(first);
		if (top->q != want) {
			printf("requant_tb: FAIL: acc %d m %u s %u u8 %d: %u, not %u\n", first.acc,
			       first.m, first.s, first.u8, top->q, want);
			return 1;
		}
		inner += first.u8 ? want != 0 && want != 255 : want != 128 && want != 127;
		i++;
	}
	printf("requant_tb: %llu lanes, %llu not saturated\n", (unsigned long long)i,
	       (unsigned long long)inner);
	return bench_end(true, i);
}
