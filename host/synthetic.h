/* SPDX-License-Identifier: Apache-2.0
 *
 * synthetic.h - images without a data set.
 */
#ifndef VH_SYNTHETIC_H
#define VH_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

/* Image @index of the endless series @seed, @bytes of it: by turns noise, black and white noise,
 * one brightness, and a ramp.  The same everywhere. */
void vh_synthetic(uint64_t seed, uint64_t index, uint8_t *pixels, size_t bytes);

#endif /* VH_SYNTHETIC_H */
