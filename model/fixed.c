/* SPDX-License-Identifier: Apache-2.0
 *
 * fixed.c - the integers of docs/number-formats.md, "One stage", channel by channel on whole maps.
 *
 * Shares no arithmetic with the reference compute unit (refcu*.c): each is a check of the other.
 */
#include "model/fixed.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Working space of one stage. */
struct work {
	int16_t *
	        patch; /* [k*k*cin][conv_h*conv_w]: what weight i of a channel is multiplied with */
	int32_t *acc;  /* [conv_h*conv_w], then [out_h*out_w] */
	int16_t *conv; /* [conv_h*conv_w] requantised */
	int16_t *map;  /* [out_h*out_w] pooled */
};

static size_t conv_area(const struct vn_qstage *s)
{
	return (size_t)s->conv_h * (size_t)s->conv_w;
}

static size_t out_area(const struct vn_qstage *s)
{
	return (size_t)s->out_h * (size_t)s->out_w;
}

static void work_free(struct work *w)
{
	free(w->patch);
	free(w->acc);
	free(w->conv);
	free(w->map);
}

static int work_new(const struct vn_qstage *s, struct work *w, vn_error *err)
{
	const size_t area = conv_area(s), depth = (size_t)s->k * (size_t)s->k * (size_t)s->cin;

	w->patch = calloc(depth * area, sizeof(*w->patch));
	w->acc = calloc(area, sizeof(*w->acc));
	w->conv = malloc(area * sizeof(*w->conv));
	w->map = malloc(out_area(s) * sizeof(*w->map));
	if (w->patch && w->acc && w->conv && w->map)
		return 0;
	work_free(w);
	return vn_fail_nomem(err, depth * area * sizeof(*w->patch), "the fixed reference");
}

/* ---- arithmetic ---- */

static int32_t requantise(int64_t acc, uint32_t m, int shift, int32_t low, int32_t high)
{
	const int64_t q = (acc * m + ((int64_t)1 << (shift - 1))) >> shift;

	return q < low ? low : q > high ? high : (int32_t)q;
}

/* Lay @x [cin][in_h][in_w] out so that the convolution is one sum over the first index; padding
 * stays 0. */
static void fill_patches(const struct vn_qstage *s, const int8_t *x, int16_t *patch)
{
	for (int tap = 0; tap < s->k * s->k; tap++) {
		for (int c = 0; c < s->cin; c++) {
			for (int y = 0; y < s->conv_h; y++) {
				const int iy = y * s->stride + tap / s->k - s->pad;
				const int8_t *row = x + ((ptrdiff_t)c * s->in_h + iy) * s->in_w;

				for (int o = 0; o < s->conv_w; o++, patch++) {
					const int ix = o * s->stride + tap % s->k - s->pad;

					if (iy >= 0 && iy < s->in_h && ix >= 0 && ix < s->in_w)
						*patch = row[ix];
				}
			}
		}
	}
}

/* Border case along one axis. */
static int border(int i, int size)
{
	if (i == 0)
		return 0;
	return i == size - 1 ? 2 : 1;
}

/* acc = bias + convolution, of channel @o. */
static void convolve(const struct vn_qstage *s, int o, const int16_t *patch, int32_t *acc)
{
	const size_t area = conv_area(s), depth = (size_t)s->k * (size_t)s->k * (size_t)s->cin;
	const int8_t *w = s->w + (size_t)o * depth;
	size_t p = 0;

	for (int y = 0; y < s->conv_h; y++) {
		for (int x = 0; x < s->conv_w; x++) {
			const int which =
			        s->cases == 1 ? 0 : 3 * border(y, s->conv_h) + border(x, s->conv_w);

			acc[p++] = s->b[(size_t)which * (size_t)s->cout + (size_t)o];
		}
	}
	for (size_t i = 0; i < depth; i++, patch += area) {
		const int32_t weight = w[i];

		for (p = 0; p < area; p++)
			acc[p] += weight * patch[p];
	}
}

static int16_t window_max(const struct vn_qstage *s, const int16_t *conv, int oy, int ox)
{
	const int y0 = oy * s->pool_h / s->out_h, x0 = ox * s->pool_w / s->out_w;
	const int y1 = ((oy + 1) * s->pool_h + s->out_h - 1) / s->out_h;
	const int x1 = ((ox + 1) * s->pool_w + s->out_w - 1) / s->out_w;
	int16_t most = INT16_MIN;

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++)
			if (conv[y * s->conv_w + x] > most)
				most = conv[y * s->conv_w + x];
	return most;
}

static void pool(const struct vn_qstage *s, const int16_t *conv, int16_t *map)
{
	for (int y = 0; y < s->out_h; y++)
		for (int x = 0; x < s->out_w; x++)
			*map++ = window_max(s, conv, y, x);
}

/* Add @tap times the map shifted by (@i, @j); outside it is 0. */
static void add_shifted(const struct vn_qstage *s, const int16_t *map, int32_t tap, int i, int j,
                        int32_t *acc)
{
	const int y0 = i < 0 ? -i : 0, y1 = i > 0 ? s->out_h - i : s->out_h;
	const int x0 = j < 0 ? -j : 0, x1 = j > 0 ? s->out_w - j : s->out_w;

	for (int y = y0; y < y1; y++) {
		const int16_t *from = map + (ptrdiff_t)(y + i) * s->out_w + j;
		int32_t *to = acc + (ptrdiff_t)y * s->out_w;

		for (int x = x0; x < x1; x++)
			to[x] += tap * from[x];
	}
}

/* Depthwise convolution of channel @o and its requantiser. */
static void depthwise(const struct vn_qstage *s, int o, const int16_t *map, int32_t *acc,
                      int8_t *out)
{
	const int side = 2 * s->n + 1;
	const int8_t *taps = s->dw + (size_t)o * (size_t)(side * side);

	for (size_t p = 0; p < out_area(s); p++)
		acc[p] = s->b2[o];
	for (int i = 0; i < side; i++)
		for (int j = 0; j < side; j++)
			add_shifted(s, map, taps[i * side + j], i - s->n, j - s->n, acc);
	for (size_t p = 0; p < out_area(s); p++)
		out[p] = (int8_t)requantise(acc[p], s->m2[o], s->s2[o], -128, 127);
}

static int8_t weighted_sum(const struct vn_qstage *s, int o, const int16_t *map)
{
	const int8_t *g = s->g + (size_t)o * out_area(s);
	int64_t acc = s->bg[o];

	for (size_t p = 0; p < out_area(s); p++)
		acc += g[p] * map[p];
	return (int8_t)requantise(acc, s->mg[o], s->sg[o], -128, 127);
}

/* ---- stages ---- */

static void run_channel(const struct vn_qstage *s, int o, struct work *w, int8_t *out, int8_t *sum)
{
	const int32_t low = s->act == VN_QACT_NONE ? -128 : 0, high = low + 255;

	convolve(s, o, w->patch, w->acc);
	for (size_t p = 0; p < conv_area(s); p++)
		w->conv[p] = (int16_t)requantise(w->acc[p], s->m1[o], s->s1[o], low, high);
	pool(s, w->conv, w->map);
	if (out && s->act == VN_QACT_NONE)
		for (size_t p = 0; p < out_area(s); p++)
			out[p] = (int8_t)w->map[p];
	else if (out)
		depthwise(s, o, w->map, w->acc, out);
	if (sum)
		*sum = weighted_sum(s, o, w->map);
}

int vn_qstage_run(const struct vn_qstage *s, const int8_t *x, int8_t *out, int8_t *sum,
                  vn_error *err)
{
	struct work w;
	int rc = work_new(s, &w, err);

	if (rc)
		return rc;
	fill_patches(s, x, w.patch);
	for (int o = 0; o < s->cout; o++)
		run_channel(s, o, &w, out ? out + (size_t)o * out_area(s) : NULL,
		            sum ? sum + o : NULL);
	work_free(&w);
	return 0;
}

/* ---- the network ---- */

/* [h][w][c] bytes to [c][h][w], minus 128. */
static void enter(const struct vn_qnet *net, const uint8_t *pixels, int8_t *x)
{
	const size_t area = (size_t)net->in_h * (size_t)net->in_w, channels = (size_t)net->in_c;

	for (size_t c = 0; c < channels; c++)
		for (size_t p = 0; p < area; p++)
			x[c * area + p] = (int8_t)(pixels[p * channels + c] - 128);
}

static void fully_connected(const struct vn_qnet *net, const int8_t *q, int32_t *logits)
{
	const size_t depth = (size_t)net->stages[net->n_stages - 1].cout;

	for (size_t k = 0; k < (size_t)net->classes; k++) {
		int32_t acc = net->fc_b[k];

		for (size_t o = 0; o < depth; o++)
			acc += net->fc_w[k * depth + o] * q[o];
		logits[k] = acc;
	}
}

/* Stage @i on *@x, which its output replaces; of the last stage that is the weighted sum. */
static int run_stage(const struct vn_qnet *net, int i, int8_t **x, int8_t *tap, vn_error *err)
{
	const struct vn_qstage *s = &net->stages[i];
	const int last = i == net->n_stages - 1;
	const size_t bytes = (size_t)s->cout * (last ? 1 : out_area(s));
	int8_t *y = malloc(bytes);
	int rc;

	if (!y)
		return vn_fail_nomem(err, bytes, "a stage's output");
	rc = vn_qstage_run(s, *x, last ? tap : y, last ? y : NULL, err);
	if (!rc && !last && tap)
		memcpy(tap, y, bytes);
	free(*x);
	*x = y;
	return rc;
}

int vn_qnet_run(const struct vn_qnet *net, const uint8_t *pixels, int8_t *const *taps,
                int32_t *logits, vn_error *err)
{
	const size_t bytes = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	int8_t *x = calloc(bytes, 1);
	int rc = 0;

	if (!x)
		return vn_fail_nomem(err, bytes, "the image");
	enter(net, pixels, x);
	for (int i = 0; !rc && i < net->n_stages; i++)
		rc = run_stage(net, i, &x, taps ? taps[i] : NULL, err);
	if (!rc)
		fully_connected(net, x, logits);
	free(x);
	return rc;
}

static void stage_free(struct vn_qstage *s)
{
	free(s->w);
	free(s->b);
	free(s->m1);
	free(s->s1);
	free(s->dw);
	free(s->b2);
	free(s->m2);
	free(s->s2);
	free(s->g);
	free(s->bg);
	free(s->mg);
	free(s->sg);
	free(s->centre);
	free(s->factor);
}

uint64_t vn_qnet_array_macs(const struct vn_qnet *net, int stage)
{
	const struct vn_qstage *q = &net->stages[stage];

	if (stage == net->n_stages)
		return (uint64_t)net->classes * (uint64_t)q[-1].cout;
	return (uint64_t)q->k * (uint64_t)q->k * (uint64_t)q->cin * (uint64_t)q->cout *
	       (uint64_t)q->conv_h * (uint64_t)q->conv_w;
}

void vn_qnet_free(struct vn_qnet *net)
{
	if (!net)
		return;
	for (int i = 0; net->stages && i < net->n_stages; i++)
		stage_free(&net->stages[i]);
	for (int i = 0; net->labels && i < net->classes; i++)
		free(net->labels[i]);
	free(net->stages);
	free(net->fc_w);
	free(net->fc_b);
	free(net->logit_scale);
	free(net->labels);
	free(net);
}
