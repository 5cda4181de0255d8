// SPDX-License-Identifier: Apache-2.0
//
// pins.h - a model's pins of any width, its clock, and the checks that a bench makes in its cycles.
#ifndef PINS_H
#define PINS_H

#include <cstring>
#include <random>

#include "spec/spec.h"
#include "tests/rtl/bench.h"

// Ports of up to 64 bits are integers, wider ones arrays of words.
template <size_t N> uint32_t *words(VlWide<N> &port)
{
	return port.m_storage;
}
template <typename T> uint32_t *words(T &port)
{
	static_assert(sizeof(T) >= 4, "a port of at least 17 bits");
	return (uint32_t *)&port;
}

template <typename P> void put(P &port, unsigned lsb, unsigned width, uint64_t value)
{
	uint32_t *const w = words(port);

	for (unsigned i = lsb; i < lsb + width; i++, value >>= 1)
		w[i / 32] = (w[i / 32] & ~(1u << i % 32)) | (uint32_t)(value & 1) << i % 32;
}

template <typename P> uint64_t get(P &port, unsigned lsb, unsigned width)
{
	const uint32_t *const w = words(port);
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)(w[(lsb + i) / 32] >> (lsb + i) % 32 & 1) << i;
	return value;
}

// What the 64 bytes at a beat's number hold.
static inline uint32_t content(uint64_t beat, unsigned word)
{
	uint64_t x = (beat * 16 + word) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 29;
	return (uint32_t)((x * 0xbf58476d1ce4e5b9ull) >> 32);
}

template <typename D> struct bench_of {
	D dut;
	std::mt19937_64 rng;
	uint64_t now = 0, checks = 0;

	bench_of()
	{
		dut.clk = 0;
		dut.eval();
	}
	uint32_t below(uint64_t n)
	{
		return (uint32_t)(rng() % n);
	}
	// 0 never .. 8 always
	bool often(unsigned of_8)
	{
		return below(8) < of_8;
	}
	void expect(bool right, const char *what)
	{
		checks++;
		if (right)
			return;
		printf("FAIL in cycle %" PRIu64 ": %s\n", now, what);
		exit(1);
	}
	void edge()
	{
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
		now++;
	}
	// In the middle of anything.
	void reset()
	{
		dut.rst = 1;
		edge();
		edge();
		dut.rst = 0;
	}
	void junk(uint32_t *w, unsigned n)
	{
		for (unsigned i = 0; i < n; i++)
			w[i] = (uint32_t)rng();
	}
};

#endif
