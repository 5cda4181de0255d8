// SPDX-License-Identifier: Apache-2.0
//
// bench.h - what every bench is told, and its verdict.
#ifndef BENCH_H
#define BENCH_H

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "verilated.h"

struct bench_options {
	uint64_t seed;  // SEED of the environment, 1 without
	uint64_t count; // of runs, the first argument
};

// To be called before the model is made: it looks for +mutant=N among the arguments.
static inline bench_options bench_begin(int argc, char **argv, uint64_t count)
{
	const char *seed = getenv("SEED");
	const bench_options o = {seed && *seed ? strtoull(seed, nullptr, 0) : 1,
	                         argc > 1 && argv[1][0] != '+' ? strtoull(argv[1], nullptr, 0)
	                                                       : count};

	Verilated::commandArgs(argc, argv);
	Verilated::threadContextp()->randReset(2); // registers begin with anything, not with 0
	Verilated::threadContextp()->randSeed((int)(1 + o.seed % 0x7ffffffe));
	printf("seed=%" PRIu64 "\n", o.seed);
	return o;
}

// The model of all lives of a bench: one that is abandoned leaves it in any state, from which the reset of the next
// must bring it.
template <typename M> static inline M &bench_model()
{
	static M model;

	return model;
}

constexpr int BENCH_LIVES = 6; // to be abandoned, before the one that counts

// The last line and the exit status: a bench that compared nothing has not passed.
static inline int bench_end(bool good, uint64_t checks)
{
	printf("%s %" PRIu64 " checks\n", good && checks > 0 ? "PASS" : "FAIL", checks);
	return good && checks > 0 ? 0 : 1;
}

#endif
