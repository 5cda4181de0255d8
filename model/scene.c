/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.c - clouds and shapes.
 */
#include "model/scene.h"

#include "base/splitmix.h"

enum {
	SHAPES = 8,   /* at most */
	CHANNELS = 4, /* at most */
	ONE = 256,    /* of the fixed-point numbers below */
};

/* A disc or rectangle; the background is one that covers everything. */
struct shape {
	int y, x, h, w, round;
	int colour[CHANNELS]; /* added to the clouds, in ONE */
	int depth;            /* of the clouds, in ONE */
	uint64_t clouds;      /* their stream */
};

static int between(uint64_t *state, int least, int most)
{
	return least + (int)(vn_splitmix(state) % (uint64_t)(most - least + 1));
}

/* Noise at a corner of a lattice, -ONE to ONE. */
static int corner(uint64_t stream, int y, int x)
{
	const uint64_t at = (uint64_t)(uint32_t)y << 32 | (uint32_t)x;

	return (int)(vn_mix(stream ^ vn_mix(at)) % (2 * ONE + 1)) - ONE;
}

/* The lattice of cells of @cell pixels, interpolated. */
static int octave(uint64_t stream, int cell, int y, int x)
{
	const int i = y / cell, j = x / cell, fy = y % cell, fx = x % cell;
	const int top = corner(stream, i, j) * (cell - fx) + corner(stream, i, j + 1) * fx;
	const int low = corner(stream, i + 1, j) * (cell - fx) + corner(stream, i + 1, j + 1) * fx;

	return (int)(((int64_t)top * (cell - fy) + (int64_t)low * fy) / ((int64_t)cell * cell));
}

/* 1/f: each octave of half the cell has about 5/8 of the amplitude. */
static int clouds(uint64_t stream, int side, int y, int x)
{
	int sum = 0, part = ONE;

	for (int cell = side / 2; cell >= 1; cell /= 2, part = part * 5 / 8)
		sum += octave(stream + (uint64_t)cell, cell, y, x) * part / ONE;
	return sum;
}

static int covers(const struct shape *s, int y, int x)
{
	const int64_t dy = y - s->y, dx = x - s->x, h = s->h, w = s->w;

	if (s->round)
		return dy * dy * w * w + dx * dx * h * h < h * h * w * w;
	return dy > -h && dy < h && dx > -w && dx < w;
}

static void place(uint64_t *state, int h, int w, int side, struct shape *s)
{
	s->y = between(state, 0, h);
	s->x = between(state, 0, w);
	s->h = between(state, side / 16 + 1, side / 3 + 1);
	s->w = between(state, side / 16 + 1, side / 3 + 1);
	s->round = between(state, 0, 1);
	for (int c = 0; c < CHANNELS; c++)
		s->colour[c] = between(state, -ONE, ONE) + between(state, -ONE, ONE);
	s->depth = ONE / 2;
	s->clouds = vn_splitmix(state);
}

static uint8_t clamp(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

void vn_scene(uint64_t seed, uint64_t index, int h, int w, int c, uint8_t *pixels)
{
	uint64_t state = vn_mix(seed) + index;
	const int side = h < w ? h : w, n = between(&state, 3, SHAPES);
	const int light = between(&state, 70, 180), contrast = between(&state, 40, 110);
	struct shape shapes[SHAPES];

	for (int i = 0; i < n; i++)
		place(&state, h, w, side, &shapes[i]);
	shapes[0] =
	        (struct shape){.h = h + w, .w = h + w, .depth = ONE, .clouds = shapes[0].clouds};
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			const struct shape *s = &shapes[n - 1];
			int grey;

			while (!covers(s, y, x) && s > shapes)
				s--;
			grey = clouds(s->clouds, side, y, x);
			for (int k = 0; k < c; k++) {
				const int own = clouds(s->clouds + 1 + (uint64_t)k, side, y, x);
				const int v = s->colour[k % CHANNELS] +
				              (3 * grey + own) / 4 * s->depth / ONE;

				*pixels++ = clamp(light + contrast * v / ONE);
			}
		}
}
