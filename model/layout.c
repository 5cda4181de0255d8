/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.c - sizes and packing of weight tiles, parameter blocks and scratch regions
 * (docs/program-format.md).
 */
#include "model/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static uint32_t vec32(uint32_t c)
{
	return vn_ceil_div(4 * c, VN_BEAT_BYTES);
}

static uint32_t vec8(uint32_t c)
{
	return vn_ceil_div(c, VN_BEAT_BYTES);
}

static void tile_stage(const struct vn_qstage *q, struct vn_layout *lay, struct vn_tiling *t)
{
	const uint32_t c = lay->cols, side = 2 * (uint32_t)q->n + 1;

	t->ktiles = vn_ceil_div((uint32_t)(q->k * q->k * q->cin), lay->rows);
	t->tiles = vn_ceil_div((uint32_t)q->cout, c);
	t->groups = t->tiles * (c / lay->rows);
	t->post = t->ktiles * lay->rows * c / VN_BEAT_BYTES;
	t->dw = t->post + ((uint32_t)q->cases + 1) * vec32(c);
	t->wsum = t->dw + (q->act == VN_QACT_NONE ? 0 : 2 * vec32(c) + side * side * vec8(c));
	t->beats = t->wsum + (q->act == VN_QACT_WSUM
	                              ? 2 * vec32(c) + (uint32_t)(q->out_h * q->out_w) * vec8(c)
	                              : 0);
}

static void tile_fc(const struct vn_qnet *net, struct vn_layout *lay, struct vn_tiling *t)
{
	t->ktiles = vn_ceil_div((uint32_t)net->stages[net->n_stages - 1].cout, lay->rows);
	t->tiles = vn_ceil_div((uint32_t)net->classes, lay->cols);
	t->groups = t->tiles * (lay->cols / lay->rows);
	t->post = t->ktiles * lay->rows * lay->cols / VN_BEAT_BYTES;
	t->dw = t->wsum = t->post + vec32(lay->cols);
	t->beats = t->wsum;
}

static uint32_t map_beats(const struct vn_layout *lay, uint64_t pixels)
{
	return (uint32_t)((pixels * lay->rows + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES);
}

static void place_maps(const struct vn_qnet *net, struct vn_layout *lay)
{
	const struct vn_qstage *stem = &net->stages[0];
	const struct vn_tiling *fc = &lay->tiling[net->n_stages];
	uint32_t at = 0;
	int s;

	lay->input_step = map_beats(lay, (uint64_t)stem->conv_h * stem->conv_w);
	lay->input = lay->input_step * lay->tiling[0].ktiles;
	for (s = 0; s < net->n_stages; s++) {
		lay->step[s] =
		        map_beats(lay, (uint64_t)net->stages[s].out_h * net->stages[s].out_w);
		lay->region[s] = at;
		at += lay->step[s] * lay->tiling[s].groups;
	}
	lay->pool = at;
	lay->scratch = at + map_beats(lay, lay->tiling[net->n_stages - 1].groups);
	lay->output = vn_ceil_div(fc->tiles * lay->cols * 4, VN_BEAT_BYTES);
}

int vn_layout_make(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS],
                   struct vn_layout *lay, vn_error *err)
{
	const size_t n = (size_t)net->n_stages;
	size_t s;

	memset(lay, 0, sizeof(*lay));
	memcpy(lay->config, config, sizeof(lay->config));
	lay->rows = config[VN_CFG_ROWS];
	lay->cols = config[VN_CFG_COLS];
	lay->tiling = calloc(n + 1, sizeof(*lay->tiling));
	lay->segment = calloc(n + 2, sizeof(*lay->segment));
	lay->region = calloc(n, sizeof(*lay->region));
	lay->step = calloc(n, sizeof(*lay->step));
	if (!lay->tiling || !lay->segment || !lay->region || !lay->step) {
		vn_layout_free(lay);
		return vn_fail_nomem(err, n * sizeof(*lay->tiling), "the layout");
	}
	for (s = 0; s < n; s++)
		tile_stage(&net->stages[s], lay, &lay->tiling[s]);
	tile_fc(net, lay, &lay->tiling[n]);
	for (s = 0; s <= n; s++)
		lay->segment[s + 1] = lay->segment[s] + lay->tiling[s].beats * lay->tiling[s].tiles;
	place_maps(net, lay);
	return 0;
}

void vn_layout_free(struct vn_layout *lay)
{
	free(lay->tiling);
	free(lay->segment);
	free(lay->region);
	free(lay->step);
	memset(lay, 0, sizeof(*lay));
}

static void put32(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Weight tiles of output channels [c0, c0 + C): byte r*C + c of tile k is weight (c0 + c, k*R + r).
 */
static void pack_weights(const struct vn_layout *lay, const struct vn_tiling *t, const int8_t *w,
                         uint32_t cin, uint32_t cout, uint32_t c0, uint8_t *out)
{
	uint32_t c, r;

	for (c = 0; c < lay->cols && c0 + c < cout; c++)
		for (r = 0; r < t->ktiles * lay->rows && r < cin; r++)
			out[(size_t)r * lay->cols + c] = (uint8_t)w[(size_t)(c0 + c) * cin + r];
}

/* Which border case's bias goes to place @i.  POST takes the map that pooling divides for the map:
 * when an odd last row or column is dropped, the last one that is left is an inner one. */
static uint32_t border_source(const struct vn_qstage *q, uint32_t i)
{
	const uint32_t cy = i / 3 == 2 && q->pool_h < q->conv_h ? 1 : i / 3;
	const uint32_t cx = i % 3 == 2 && q->pool_w < q->conv_w ? 1 : i % 3;

	return q->cases > 1 ? 3 * cy + cx : 0;
}

/* One vector of C int32 from b[cout]. */
static void pack_bias(const struct vn_layout *lay, const int32_t *b, uint32_t cout, uint32_t c0,
                      uint8_t *out)
{
	uint32_t c;

	for (c = 0; c < lay->cols && c0 + c < cout; c++)
		put32(out + 4 * c, (uint32_t)b[c0 + c]);
}

/* One vector of requantiser words; padding channels have M = 0. */
static void pack_requant(const struct vn_layout *lay, const uint32_t *m, const uint8_t *sh,
                         uint32_t cout, uint32_t c0, uint8_t *out)
{
	uint32_t c;

	for (c = 0; c < lay->cols; c++)
		put32(out + 4 * c, c0 + c < cout ? m[c0 + c] | (uint32_t)sh[c0 + c] << VN_REQ_S_LSB
		                                 : (uint32_t)VN_REQ_S_MIN << VN_REQ_S_LSB);
}

/* @n vectors of C bytes, element t of channel c from w[c][t]. */
static void pack_taps(const struct vn_layout *lay, const int8_t *w, uint32_t n, uint32_t cout,
                      uint32_t c0, uint8_t *out)
{
	const size_t vec = (size_t)vec8(lay->cols) * VN_BEAT_BYTES;
	uint32_t c, t;

	for (t = 0; t < n; t++)
		for (c = 0; c < lay->cols && c0 + c < cout; c++)
			out[t * vec + c] = (uint8_t)w[(size_t)(c0 + c) * n + t];
}

/* Bias, requantiser words and taps of DW or WSUM. */
static void pack_second(const struct vn_layout *lay, const int32_t *b, const uint32_t *m,
                        const uint8_t *sh, const int8_t *taps, uint32_t n, uint32_t cout,
                        uint32_t c0, uint8_t *out)
{
	const size_t vec = (size_t)vec32(lay->cols) * VN_BEAT_BYTES;

	pack_bias(lay, b, cout, c0, out);
	pack_requant(lay, m, sh, cout, c0, out + vec);
	pack_taps(lay, taps, n, cout, c0, out + 2 * vec);
}

static void pack_tile(const struct vn_qstage *q, const struct vn_layout *lay,
                      const struct vn_tiling *t, uint32_t c0, uint8_t *out)
{
	const size_t vec = (size_t)vec32(lay->cols) * VN_BEAT_BYTES;
	const uint32_t cout = (uint32_t)q->cout, side = 2 * (uint32_t)q->n + 1,
	               cases = (uint32_t)q->cases;
	uint8_t *p = out + (size_t)t->post * VN_BEAT_BYTES;
	uint32_t i;

	pack_weights(lay, t, q->w, (uint32_t)(q->k * q->k * q->cin), cout, c0, out);
	for (i = 0; i < cases; i++)
		pack_bias(lay, q->b + (size_t)border_source(q, i) * cout, cout, c0, p + i * vec);
	pack_requant(lay, q->m1, q->s1, cout, c0, p + cases * vec);
	if (q->act != VN_QACT_NONE)
		pack_second(lay, q->b2, q->m2, q->s2, q->dw, side * side, cout, c0,
		            out + (size_t)t->dw * VN_BEAT_BYTES);
	if (q->act == VN_QACT_WSUM)
		pack_second(lay, q->bg, q->mg, q->sg, q->g, (uint32_t)(q->out_h * q->out_w), cout,
		            c0, out + (size_t)t->wsum * VN_BEAT_BYTES);
}

void vn_layout_pack(const struct vn_qnet *net, const struct vn_layout *lay, uint8_t *out)
{
	const uint32_t n = (uint32_t)net->n_stages, cin = (uint32_t)net->stages[n - 1].cout;
	uint32_t s, i;

	for (s = 0; s <= n; s++)
		for (i = 0; i < lay->tiling[s].tiles; i++) {
			const struct vn_tiling *t = &lay->tiling[s];
			uint8_t *p = out + (lay->segment[s] + i * t->beats) * VN_BEAT_BYTES;

			if (s < n) {
				pack_tile(&net->stages[s], lay, t, i * lay->cols, p);
				continue;
			}
			pack_weights(lay, t, net->fc_w, cin, (uint32_t)net->classes, i * lay->cols,
			             p);
			pack_bias(lay, net->fc_b, (uint32_t)net->classes, i * lay->cols,
			          p + (size_t)t->post * VN_BEAT_BYTES);
		}
}
