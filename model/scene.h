/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h - pictures without a data set, with the statistics of photographs: for a network that has
 * none, and for one whose calibration set is not at hand.
 */
#ifndef VN_SCENE_H
#define VN_SCENE_H

#include <stdint.h>

/* Picture @index of the endless series @seed, [h][w][c]: clouds of 1/f noise in kindred colours,
 * with discs and rectangles that hide each other, at its own brightness and contrast.  Integers
 * only, so the same everywhere. */
void vn_scene(uint64_t seed, uint64_t index, int h, int w, int c, uint8_t *pixels);

#endif /* VN_SCENE_H */
