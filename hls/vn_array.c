/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_array.c - the weight-stationary systolic array, R x C cells, one step a cycle.
 *
 * A cell (r, c) holds, each cycle taken from a neighbour: an activation a and two control bits k
 * from the left, a partial sum p and, while the bit SHIFT passes, a shadow weight s from above.
 * With the bit SWITCH it takes its shadow as its weight w, in time for the activation that comes
 * with the bit:
 *
 *              s, p                 w' = k.SWITCH ? s : w
 *               |                   p' = p(above) + a * w'
 *       a, k -> cell -> a', k'      s' = k.SHIFT ? s(above) : s
 *               |                   a' = a(left), k' = k(left)
 *              s', p'
 *
 * Only edge cells see the outside: column 0 reads activations and bits, row 0 reads weights and
 * sums of zero, row R-1 is read.  Row r gets pixel t at cycle t + r, column c of its sum leaves at
 * t + r + c with r = R-1: `lag_*` are the shift registers at the edges that skew what enters by
 * rows and columns and straighten what leaves.
 *
 * A weight tile's turn lasts `turn` cycles, a pixel each; turns follow without a gap, so that the
 * fronts of several tiles are inside at once.  With s the cycle within the turn of tile k,
 *
 *     s = r             row r switches to tile k: the front moves down a row a cycle
 *     s = 1 .. R        row R-s of tile k+1 enters row 0's shadow, the last row of the tile first
 *     s = r+1 .. R      row r of the shadow shifts, right behind the front: rows below it still
 *                       need what they hold
 *     s = 0 .. BEATS-1  a beat of tile k+2 comes from memory
 *
 * hence VN_TURN_MIN.  Column c does all this c cycles later.  The array shows a sum to the buffer
 * R+C-2 cycles after its pixel entered, when its last column left.
 */
#include "hls/vn_array.h"
#include "hls/vn_mem.h"
#include "hls/vn_requant.h"

enum { SWITCH = 1, SHIFT = 2 };

/* Where the next pixel of a tile lies; three nested loops, the inner one of step 1. */
typedef struct {
	uint32_t n0, n1, s1, s2; /* the descriptor's */
	uint32_t i0, i1;
	/* activation word of the turn of the outer, middle, inner loop */
	uint32_t plane, line, word;
} walk;

static void walk_start(walk *w, const uint32_t d[VN_DESC_WORDS], uint32_t first)
{
	w->n0 = VN_GET(d, MM_N0);
	w->n1 = VN_GET(d, MM_N1);
	w->s1 = VN_GET(d, MM_S1);
	w->s2 = VN_GET(d, MM_S2);
	w->i0 = 0;
	w->i1 = 0;
	w->plane = first;
	w->line = first;
	w->word = first;
}

static void walk_next(walk *w)
{
	w->word++;
	if (++w->i0 < w->n0)
		return;
	w->i0 = 0;
	w->line += w->s1;
	if (++w->i1 == w->n1) {
		w->i1 = 0;
		w->plane += w->s2;
		w->line = w->plane;
	}
	w->word = w->line;
}

/* One cycle of row r.  Index 0 of a, k is what the left edge or neighbour offers, c+1 the register
 * of cell c. */
static inline void row_step(int8_t a[VN_C + 1], uint8_t k[VN_C + 1], const int32_t above[VN_C],
                            int32_t p[VN_C], int8_t w[VN_C], const int8_t s_above[VN_C],
                            int8_t s[VN_C])
{
	int8_t left[VN_C], weight[VN_C];
	uint8_t bits[VN_C];
	uint32_t c;

	VN_INLINE
	VN_VECTOR(take)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		left[c] = a[c];
		bits[c] = k[c];
	}
	/* Selects by mask: gcc keeps ternaries of bytes scalar here. */
	VN_VECTOR(select)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		const int8_t now = (int8_t)(0 - (bits[c] & SWITCH));
		const int8_t shift = (int8_t)(0 - (bits[c] >> 1));
		const int8_t shadow = s[c];

		weight[c] = (int8_t)((w[c] & ~now) | (shadow & now));
		s[c] = (int8_t)((shadow & ~shift) | (s_above[c] & shift));
		w[c] = weight[c];
	}
	VN_VECTOR(multiply)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		p[c] = above[c] + (int16_t)((int16_t)left[c] * weight[c]);
	}
	VN_VECTOR(shift)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		a[c + 1] = left[c];
		k[c + 1] = bits[c];
	}
}

/* One cycle of the array.  From the bottom up, so that a row still finds the old registers of the
 * one above it. */
static void array_step(int8_t a[VN_R][VN_C + 1], uint8_t k[VN_R][VN_C + 1],
                       int32_t p[VN_R + 1][VN_C], int8_t w[VN_R][VN_C], int8_t s[VN_R + 1][VN_C])
{
	uint32_t i;

	VN_INLINE
	VN_LOOP(row)
	for (i = 0; i < VN_R; i++) {
		VN_UNROLL
		const uint32_t r = VN_R - 1 - i;

		row_step(a[r], k[r], p[r], p[r + 1], w[r], s[r], s[r + 1]);
	}
}

/* Registers at power-up.  Sums and weights of no meaning stay inside, but must not be undefined. */
static void array_clear(int8_t a[VN_R][VN_C + 1], uint8_t k[VN_R][VN_C + 1],
                        int32_t p[VN_R + 1][VN_C], int8_t w[VN_R][VN_C], int8_t s[VN_R + 1][VN_C])
{
	uint32_t r, c;

	for (r = 0; r <= VN_R; r++)
		for (c = 0; c < VN_C; c++) {
			p[r][c] = 0;
			s[r][c] = 0;
		}
	for (r = 0; r < VN_R; r++)
		for (c = 0; c < VN_C; c++) {
			w[r][c] = 0;
			a[r][c] = 0;
			k[r][c] = 0;
		}
	for (r = 0; r < VN_R; r++) {
		a[r][VN_C] = 0;
		k[r][VN_C] = 0;
	}
}

/* Left edge at cycle @t, @s of the turn: row r takes channel r of the pixel of cycle t-r, and its
 * bits.
 * @switching: this turn has a tile; @shifting: the next one has. */
static inline void left_edge(uint32_t t, uint32_t s, int switching, int shifting,
                             int8_t lag_a[VN_R][VN_R], int8_t a[VN_R][VN_C + 1],
                             uint8_t k[VN_R][VN_C + 1])
{
	uint32_t r;

	VN_INLINE
	for (r = 0; r < VN_R; r++) {
		VN_UNROLL
		a[r][0] = lag_a[(t - r) % VN_R][r];
		k[r][0] = (uint8_t)((switching && s == r ? SWITCH : 0) |
		                    (shifting && s > r && s <= VN_R ? SHIFT : 0));
	}
}

/* Top edge at cycle @t: column c takes the weight that entered c cycles ago. */
static inline void top_edge(uint32_t t, int8_t lag_w[VN_C][VN_C], int8_t s0[VN_C])
{
	uint32_t c;

	VN_INLINE
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		s0[c] = lag_w[(t - c) % VN_C][c];
	}
}

/* Bottom edge at cycle @t: column c belongs to the pixel that was c cycles ahead of column 0's. */
static inline void bottom_edge(uint32_t t, const int32_t p_last[VN_C], int32_t lag_p[VN_C][VN_C])
{
	uint32_t c;

	VN_INLINE
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		lag_p[(t - c) % VN_C][c] = p_last[c];
	}
}

/* Add one straightened sum to its entry, or start the entry with it. */
static inline void retire(const int32_t sum[VN_C], int32_t entry[VN_C], int add)
{
	const uint32_t keep = add ? 0xffffffffu : 0;
	uint32_t c;

	VN_INLINE
	VN_VECTOR(accumulate)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		entry[c] = (int32_t)(((uint32_t)entry[c] & keep) + (uint32_t)sum[c]);
	}
}

static inline void copy_pixel(const int8_t from[VN_R], int8_t to[VN_R])
{
	uint32_t r;

	VN_INLINE
	VN_VECTOR(channel)
	for (r = 0; r < VN_R; r++) {
		VN_UNROLL
		to[r] = from[r];
	}
}

static inline void copy_weights(const int8_t from[VN_C], int8_t to[VN_C])
{
	uint32_t c;

	VN_INLINE
	VN_VECTOR(column)
	for (c = 0; c < VN_C; c++) {
		VN_UNROLL
		to[c] = from[c];
	}
}

/* What the descriptor asks for, and the cycles of a tile's turn. */
typedef struct {
	uint32_t tiles, pixels, turn;
} job;

/* Where the edges that things enter stand.  Turn 0 brings tile 0 to the shadow; tile j computes in
 * turn j+1. */
typedef struct {
	uint32_t turn, s; /* and cycle within it */
	uint32_t first;   /* activation word of pixel 0 of the turn's tile */
	uint64_t at;      /* beat of the tile that comes to the shadow */
	walk pixel;
} front;

static void front_next(front *f, const job *j, const uint32_t d[VN_DESC_WORDS])
{
	if (++f->s < (f->turn == 0 ? VN_TURN_MIN : j->turn))
		return;
	f->s = 0;
	if (f->turn > 0)
		f->first += VN_GET(d, MM_K_STEP);
	f->turn++;
	f->at += VN_TILE_BEATS;
	walk_start(&f->pixel, d, f->first);
}

/* What enters at cycle @t: a pixel, a row of the next tile, a beat of the tile after that. */
static inline void enter(front *f, const job *j, uint32_t t, const vn_beat *weights,
                         int8_t act[VN_ACT_WORDS][VN_R], int8_t tile[2][VN_R][VN_C],
                         int8_t lag_a[VN_R][VN_R], int8_t lag_w[VN_C][VN_C])
{
	VN_INLINE
	if (f->turn > 0 && f->turn <= j->tiles && f->s < j->pixels) {
		copy_pixel(act[f->pixel.word], lag_a[t % VN_R]);
		walk_next(&f->pixel);
	}
	if (f->s > 0 && f->s <= VN_R)
		copy_weights(tile[f->turn % 2][VN_R - f->s], lag_w[t % VN_C]);
	if (f->turn + 1 < j->tiles && f->s < VN_TILE_BEATS)
		vn_mem_tile_beat(weights, f->at + VN_TILE_BEATS, f->s, tile[(f->turn + 1) % 2]);
}

void vn_array_mm(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
                 int8_t act[VN_ACT_WORDS][VN_R], int32_t psum[VN_PSUM_ENTRIES][VN_C])
{
	const uint32_t pixels = VN_GET(d, MM_N0) * VN_GET(d, MM_N1) * VN_GET(d, MM_N2);
	const job j = {VN_GET(d, MM_KTILES), pixels, pixels > VN_TURN_MIN ? pixels : VN_TURN_MIN};
	const uint32_t leaving = VN_TURN_MIN + VN_DEPTH - 1; /* cycle of the first whole sum */
	const uint32_t cycles = leaving + (j.tiles - 1) * j.turn + j.pixels;
	const uint32_t out = VN_GET(d, MM_PSUM);
	int8_t a[VN_R][VN_C + 1], w[VN_R][VN_C], s[VN_R + 1][VN_C];
	uint8_t k[VN_R][VN_C + 1];
	int32_t p[VN_R + 1][VN_C];
	int8_t tile[2][VN_R][VN_C], lag_a[VN_R][VN_R] = {{0}}, lag_w[VN_C][VN_C] = {{0}};
	int32_t lag_p[VN_C][VN_C];
	front in = {0, 0, VN_GET(d, MM_ACT), VN_GET(d, MM_WEIGHTS), {0}};
	uint32_t out_s = 0, add = VN_FLAG_GET(d, ACC), t, i;

	VN_PARTITION(a, 0)
	VN_PARTITION(k, 0)
	VN_PARTITION(p, 0)
	VN_PARTITION(w, 0)
	VN_PARTITION(s, 0)
	VN_PARTITION(tile, 1)
	VN_PARTITION(tile, 3)
	VN_PARTITION(lag_a, 2)
	VN_PARTITION(lag_w, 2)
	VN_PARTITION(lag_p, 2)

	array_clear(a, k, p, w, s);
	VN_LOOP(first_tile)
	for (i = 0; i < VN_TILE_BEATS; i++) {
		VN_PIPELINE
		vn_mem_tile_beat(weights, in.at, i, tile[0]);
	}
	VN_LOOP(cycle)
	for (t = 0; t < cycles; t++) {
		VN_PIPELINE
		/* An entry is touched again a turn later, VN_TURN_MIN cycles at least. */
		VN_INDEPENDENT(psum)
		enter(&in, &j, t, weights, act, tile, lag_a, lag_w);
		left_edge(t, in.s, in.turn > 0, in.turn < j.tiles, lag_a, a, k);
		top_edge(t, lag_w, s[0]);
		array_step(a, k, p, w, s);
		bottom_edge(t, p[VN_R], lag_p);
		front_next(&in, &j, d);
		if (t < leaving)
			continue;
		if (out_s < j.pixels)
			retire(lag_p[(t + 1) % VN_C], psum[out + out_s], add != 0);
		if (++out_s == j.turn) {
			out_s = 0;
			add = 1; /* every tile but the first */
		}
	}
}
