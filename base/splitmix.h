/* SPDX-License-Identifier: Apache-2.0
 *
 * splitmix.h - the one generator of random numbers: splitmix64 (Steele, Lea and Flood, OOPSLA 2014),
 * the same everywhere.
 */
#ifndef VN_SPLITMIX_H
#define VN_SPLITMIX_H

#include <stdint.h>

/* @z mixed so that every bit depends on every other: a random number for each index of a series. */
static inline uint64_t vn_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The next number of the stream @state. */
static inline uint64_t vn_splitmix(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return vn_mix(*state);
}

#endif /* VN_SPLITMIX_H */
