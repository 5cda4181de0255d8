/* SPDX-License-Identifier: Apache-2.0
 *
 * net_float.c - the network in float: what every other implementation is measured against.
 *
 * Reading order: vn_net_run(), run_stage(), then the four layers above it.  Convolutions are matrix
 * products over [cin*k*k] x [pixels]; a 1x1 convolution needs no copy for that, others are unrolled
 * a few rows at a time.
 */
#include "model/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/net_gemm.h"

enum { UNROLL_FLOATS = 1 << 18 }; /* what one strip of unrolled rows aims at: 1 MiB */

/* Scratch of one run; sizes are the largest that any stage asks for. */
struct scratch {
	float *map[2]; /* [cout][out_h][out_w]: input and output of a stage, in turn */
	float *conv;   /* [cout][conv_h][conv_w] */
	float *unroll; /* [cin*k*k][rows*conv_w] */
	float *padded; /* one channel and its border */
	void *pack;    /* VN_GEMM_PACK */
};

static size_t pixels(int h, int w)
{
	return (size_t)h * (size_t)w;
}

/* ---- convolution ---- */

static size_t patch_size(const struct vn_stage *st)
{
	return (size_t)st->cin * (size_t)st->k * (size_t)st->k;
}

static int is_plain(const struct vn_stage *st)
{
	return st->k == 1 && st->stride == 1 && st->pad == 0;
}

/* Rows of the output that one strip covers. */
static int strip_rows(const struct vn_stage *st)
{
	size_t rows = UNROLL_FLOATS / (patch_size(st) * (size_t)st->conv_w);

	if (rows < 1)
		return 1;
	return rows < (size_t)st->conv_h ? (int)rows : st->conv_h;
}

/* One row of one tap: out[x] = in[y][x*stride + dx], 0 outside the image. */
static void unroll_row(const struct vn_stage *st, const float *in, int y, int dx, float *out)
{
	if (y < 0 || y >= st->in_h) {
		memset(out, 0, (size_t)st->conv_w * sizeof(*out));
		return;
	}
	in += pixels(y, st->in_w);
	for (int x = 0; x < st->conv_w; x++) {
		int ix = x * st->stride + dx;

		out[x] = ix >= 0 && ix < st->in_w ? in[ix] : 0.0f;
	}
}

/* Unroll output rows [y0, y0+rows): @out is [cin][k][k][rows][conv_w]. */
static void unroll(const struct vn_stage *st, const float *in, int y0, int rows, float *out)
{
	for (int c = 0; c < st->cin; c++, in += pixels(st->in_h, st->in_w))
		for (int ky = 0; ky < st->k; ky++)
			for (int kx = 0; kx < st->k; kx++)
				for (int r = 0; r < rows; r++, out += st->conv_w)
					unroll_row(st, in, (y0 + r) * st->stride + ky - st->pad,
					           kx - st->pad, out);
}

static void conv(const struct vn_stage *st, const float *in, float *out, struct scratch *sc)
{
	size_t area = pixels(st->conv_h, st->conv_w);
	struct vn_gemm_size size = {(size_t)st->cout, area, patch_size(st),
	                            patch_size(st),   area, area};

	for (int c = 0; c < st->cout; c++)
		for (size_t i = 0; i < area; i++)
			out[(size_t)c * area + i] = st->b[c];
	if (is_plain(st)) {
		vn_gemm_f32(&size, st->w, in, out, sc->pack);
		return;
	}
	for (int y = 0, step = strip_rows(st); y < st->conv_h; y += step) {
		int rows = st->conv_h - y < step ? st->conv_h - y : step;

		unroll(st, in, y, rows, sc->unroll);
		size.n = size.ldb = pixels(rows, st->conv_w);
		vn_gemm_f32(&size, st->w, sc->unroll, out + pixels(y, st->conv_w), sc->pack);
	}
}

/* ---- pooling and ReLU ---- */

static int window_begin(int i, int pool, int out)
{
	return (int)((int64_t)i * pool / out);
}

static int window_end(int i, int pool, int out)
{
	return (int)(((int64_t)(i + 1) * pool + out - 1) / out);
}

/* Largest value of a window of one channel. */
static float window_max(const float *in, int w, int y0, int y1, int x0, int x1)
{
	float best = -INFINITY;

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			float v = in[pixels(y, w) + (size_t)x];

			best = v > best ? v : best;
		}
	return best;
}

/* One channel whose windows are single pixels, or 2x2 side by side: what networks mostly have. */
static void relu_channel(const float *in, size_t n, float *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = in[i] > 0.0f ? in[i] : 0.0f;
}

static void halve_channel(const struct vn_stage *st, const float *in, float *out)
{
	for (int y = 0; y < st->out_h; y++, in += 2 * st->conv_w)
		for (int x = 0; x < st->out_w; x++) {
			const float *low = in + 2 * x, *high = low + st->conv_w;
			float v = low[0] > 0.0f ? low[0] : 0.0f;

			v = low[1] > v ? low[1] : v;
			v = high[0] > v ? high[0] : v;
			*out++ = high[1] > v ? high[1] : v;
		}
}

static void pool_channel(const struct vn_stage *st, const float *in, float *out)
{
	for (int y = 0; y < st->out_h; y++) {
		int y0 = window_begin(y, st->pool_h, st->out_h);
		int y1 = window_end(y, st->pool_h, st->out_h);

		for (int x = 0; x < st->out_w; x++) {
			int x0 = window_begin(x, st->pool_w, st->out_w);
			int x1 = window_end(x, st->pool_w, st->out_w);
			float v = window_max(in, st->conv_w, y0, y1, x0, x1);

			*out++ = v > 0.0f ? v : 0.0f;
		}
	}
}

/* [cout][conv_h][conv_w] -> [cout][out_h][out_w] */
static void pool_relu(const struct vn_stage *st, const float *in, float *out)
{
	const size_t from = pixels(st->conv_h, st->conv_w), to = pixels(st->out_h, st->out_w);

	if (from == to) {
		relu_channel(in, (size_t)st->cout * from, out);
		return;
	}
	for (int c = 0; c < st->cout; c++, in += from, out += to) {
		if (st->pool_h == 2 * st->out_h && st->pool_w == 2 * st->out_w)
			halve_channel(st, in, out);
		else
			pool_channel(st, in, out);
	}
}

/* ---- depthwise kernel ---- */

/* Outputs that are summed at once, in registers: STRIP beside each other in each of BAND rows. */
enum { STRIP = 8, BAND = 4 };

typedef float strip __attribute__((vector_size(STRIP * sizeof(float))));

/* The outputs from @in's place on: each is its bias and then tap after tap, row by row. */
static inline __attribute__((always_inline)) void series_block(const float *in, size_t pitch,
                                                               const float *w, int side, float b,
                                                               float out[BAND][STRIP])
{
	strip sum[BAND];

	for (int r = 0; r < BAND; r++)
		sum[r] = b - (strip){0};
	for (int ky = 0; ky < side; ky++, in += pitch)
		for (int kx = 0; kx < side; kx++, w++)
#pragma GCC unroll 4
			for (int r = 0; r < BAND; r++) {
				strip v;

				memcpy(&v, in + (size_t)r * pitch + kx, sizeof(v));
				sum[r] += *w * v;
			}
	memcpy(out, sum, sizeof(sum));
}

/* Floats of a channel with its border of zeros, and behind it what blocks at its end read and do
 * not use. */
static size_t padded_size(const struct vn_stage *st)
{
	const int border = st->act_w ? 2 * st->n : 0;

	return pixels(st->out_h + border + BAND, st->out_w + border) + STRIP;
}

/* One channel, in place; @padded has that size, and zeros around the map. */
static void series_channel(const struct vn_stage *st, const float *w, float b, float *map,
                           float *padded)
{
	const int side = 2 * st->n + 1;
	const int pitch = st->out_w + 2 * st->n;

	for (int y = 0; y < st->out_h; y++)
		memcpy(padded + pixels(y + st->n, pitch) + st->n, map + pixels(y, st->out_w),
		       (size_t)st->out_w * sizeof(*map));
	for (int y = 0; y < st->out_h; y += BAND)
		for (int x = 0; x < st->out_w; x += STRIP) {
			const int rows = st->out_h - y < BAND ? st->out_h - y : BAND,
			          columns = st->out_w - x < STRIP ? st->out_w - x : STRIP;
			float out[BAND][STRIP];

			series_block(padded + pixels(y, pitch) + x, (size_t)pitch, w, side, b, out);
			for (int r = 0; r < rows; r++)
				memcpy(map + pixels(y + r, st->out_w) + x, out[r],
				       (size_t)columns * sizeof(*map));
		}
}

static void series(const struct vn_stage *st, float *map, float *padded)
{
	size_t side = 2 * (size_t)st->n + 1;

	memset(padded, 0, padded_size(st) * sizeof(*padded));
	for (int c = 0; c < st->cout; c++, map += pixels(st->out_h, st->out_w))
		series_channel(st, st->act_w + (size_t)c * side * side, st->act_b[c], map, padded);
}

/* ---- head ---- */

/* Average of every channel, then the classifier. */
static void head(const struct vn_net *net, const float *map, float *mean, float *out)
{
	const struct vn_stage *st = &net->stages[net->n_stages - 1];
	size_t area = pixels(st->out_h, st->out_w);

	for (int c = 0; c < st->cout; c++, map += area) {
		double sum = 0;

		for (size_t i = 0; i < area; i++)
			sum += map[i];
		mean[c] = (float)(sum / (double)area);
	}
	for (int k = 0; k < net->classes; k++) {
		const float *w = net->fc_w + (size_t)k * (size_t)st->cout;
		double sum = net->fc_b[k];

		for (int c = 0; c < st->cout; c++)
			sum += (double)w[c] * mean[c];
		out[k] = (float)sum;
	}
}

/* ---- the whole network ---- */

static void keep(float *dst, const float *map, const struct vn_stage *st)
{
	if (dst)
		memcpy(dst, map, (size_t)st->cout * pixels(st->out_h, st->out_w) * sizeof(*map));
}

static void run_stage(const struct vn_stage *st, const float *in, float *map, float *relu,
                      struct scratch *sc)
{
	conv(st, in, sc->conv, sc);
	pool_relu(st, sc->conv, map);
	keep(relu, map, st);
	if (st->act_w)
		series(st, map, sc->padded);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static int alloc_floats(float **p, size_t count, vn_error *err)
{
	*p = calloc(count, sizeof(float));
	if (*p)
		return 0;
	(void)vn_fail_nomem(err, count * sizeof(float), "the float reference's maps");
	return VN_ENOMEM;
}

static void scratch_free(struct scratch *sc)
{
	free(sc->map[0]);
	free(sc->map[1]);
	free(sc->conv);
	free(sc->unroll);
	free(sc->padded);
	free(sc->pack);
}

static int scratch_alloc(const struct vn_net *net, struct scratch *sc, vn_error *err)
{
	size_t map = 1, cv = 1, un = 1, pd = 1;
	int rc;

	for (int s = 0; s < net->n_stages; s++) {
		const struct vn_stage *st = &net->stages[s];

		map = larger(map, (size_t)st->cout * pixels(st->out_h, st->out_w));
		cv = larger(cv, (size_t)st->cout * pixels(st->conv_h, st->conv_w));
		pd = larger(pd, padded_size(st));
		if (!is_plain(st))
			un = larger(un, patch_size(st) * pixels(strip_rows(st), st->conv_w));
	}
	rc = alloc_floats(&sc->map[0], map, err);
	rc = rc ? rc : alloc_floats(&sc->map[1], map, err);
	rc = rc ? rc : alloc_floats(&sc->conv, cv, err);
	rc = rc ? rc : alloc_floats(&sc->unroll, un, err);
	rc = rc ? rc : alloc_floats(&sc->padded, pd, err);
	if (rc)
		return rc;
	sc->pack = aligned_alloc(64, VN_GEMM_PACK);
	if (sc->pack)
		return 0;
	(void)vn_fail_nomem(err, VN_GEMM_PACK, "the float reference's maps");
	return VN_ENOMEM;
}

void vn_net_normalise(const struct vn_net *net, const uint8_t *image, float *out)
{
	const size_t n = pixels(net->in_h, net->in_w), channels = (size_t)net->in_c;

	for (size_t c = 0; c < channels; c++)
		for (size_t i = 0; i < n; i++)
			*out++ = ((float)image[i * channels + c] / 255.0f - net->mean[c]) /
			         net->std[c];
}

int vn_net_run(const struct vn_net *net, const float *in, float *const *out, float *const *relu,
               vn_error *err)
{
	struct scratch sc = {0};
	int rc = scratch_alloc(net, &sc, err);

	for (int s = 0; s < net->n_stages && !rc; s++) {
		float *map = sc.map[s & 1];

		run_stage(&net->stages[s], in, map, relu ? relu[s] : NULL, &sc);
		keep(out[s], map, &net->stages[s]);
		in = map;
	}
	/* Nothing needs the convolution's buffer any more: the averages go there. */
	if (!rc && out[net->n_stages])
		head(net, in, sc.conv, out[net->n_stages]);
	scratch_free(&sc);
	return rc;
}
