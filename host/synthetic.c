/* SPDX-License-Identifier: Apache-2.0
 *
 * synthetic.c - images without a data set.
 */
#include "host/synthetic.h"

#include "base/splitmix.h"

enum { KINDS = 4 };

void vh_synthetic(uint64_t seed, uint64_t index, uint8_t *pixels, size_t bytes)
{
	uint64_t state = seed * 0x2545f4914f6cdd1du + index;
	const uint8_t base = (uint8_t)vn_splitmix(&state),
	              slope = (uint8_t)(vn_splitmix(&state) % 16);

	for (size_t i = 0; i < bytes; i++) {
		const uint8_t noise = (uint8_t)(vn_splitmix(&state) >> 32);

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
