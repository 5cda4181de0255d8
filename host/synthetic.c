/* SPDX-License-Identifier: Apache-2.0
 *
 * synthetic.c - images without a data set.
 */
#include "host/synthetic.h"

enum { KINDS = 4 };

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void vh_synthetic(uint64_t seed, uint64_t index, uint8_t *pixels, size_t bytes)
{
	uint64_t state = seed * 0x2545f4914f6cdd1du + index;
	const uint8_t base = (uint8_t)next(&state), slope = (uint8_t)(next(&state) % 16);

	for (size_t i = 0; i < bytes; i++) {
		const uint8_t noise = (uint8_t)(next(&state) >> 32);

		switch (index % KINDS) {
		case 0:
			pixels[i] = noise;
			break;
		case 1:
			pixels[i] = noise & 1 ? 255 : 0;
			break;
		case 2:
			pixels[i] = base;
			break;
		default:
			pixels[i] = (uint8_t)(base + slope * i / 8);
		}
	}
}
