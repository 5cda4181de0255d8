/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c - what oneDNN has no primitive for: max pooling with windows of several sizes (adaptive),
 * and the average over the map with int8's rounding.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "cpu/plan.h"

int vn_cpu_view(const dnnl_memory_desc_t *md, struct vn_cpu_view *v, dnnl_format_tag_t *tag)
{
	const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
	const int channels = (int)md->padded_dims[1];

	if (md->format_kind != dnnl_blocked || md->ndims != 4 || b->inner_nblks > 1)
		return 0;
	*v = (struct vn_cpu_view){.image = (size_t)b->strides[0],
	                          .block = (size_t)b->strides[1],
	                          .row = (size_t)b->strides[2],
	                          .pixel = (size_t)b->strides[3]};
	if (b->inner_nblks == 1) {
		v->inner = (int)b->inner_blks[0];
		v->blocks = channels / v->inner;
		*tag = v->inner == 8 ? dnnl_nChw8c : dnnl_nChw16c;
		return b->inner_idxs[0] == 1 && (v->inner == 8 || v->inner == 16);
	}
	*tag = b->strides[1] == 1 ? dnnl_nhwc : dnnl_nchw;
	v->inner = *tag == dnnl_nhwc ? channels : 1;
	v->blocks = channels / v->inner;
	return 1;
}

/* ---- pooling ---- */

/* The largest of a window's values for each of @inner channels. */
#define WINDOW_MAX(name, type)                                                                     \
	static void name(const type *in, const struct vn_cpu_view *v, int rows, int cols,          \
	                 type *restrict out)                                                       \
	{                                                                                          \
		memcpy(out, in, (size_t)v->inner * sizeof(type));                                  \
		for (int y = 0; y < rows; y++)                                                     \
			for (int x = 0; x < cols; x++) {                                           \
				const type *p = in + (size_t)y * v->row + (size_t)x * v->pixel;    \
                                                                                                   \
				for (int c = 0; c < v->inner; c++)                                 \
					out[c] = p[c] > out[c] ? p[c] : out[c];                    \
			}                                                                          \
	}
WINDOW_MAX(window_max_f32, float)
WINDOW_MAX(window_max_u8, uint8_t)

static int begin_of(int i, int pool, int out)
{
	return (int)((int64_t)i * pool / out);
}

static int end_of(int i, int pool, int out)
{
	return (int)(((int64_t)(i + 1) * pool + out - 1) / out);
}

/* One row of output of one block of channels. */
static void pool_row(const struct vn_cpu_windows *w, const void *in, const struct vn_cpu_view *from,
                     int is_float, int y, void *out, size_t pixel)
{
	const int y0 = begin_of(y, w->pool_h, w->out_h);
	const int rows = end_of(y, w->pool_h, w->out_h) - y0;

	for (int x = 0; x < w->out_w; x++) {
		const int x0 = begin_of(x, w->pool_w, w->out_w);
		const int cols = end_of(x, w->pool_w, w->out_w) - x0;
		const size_t at = (size_t)y0 * from->row + (size_t)x0 * from->pixel;

		if (is_float)
			window_max_f32((const float *)in + at, from, rows, cols,
			               (float *)out + (size_t)x * pixel);
		else
			window_max_u8((const uint8_t *)in + at, from, rows, cols,
			              (uint8_t *)out + (size_t)x * pixel);
	}
}

void vn_cpu_pool(const struct vn_cpu *cpu, const struct vn_cpu_step *s)
{
	const struct vn_cpu_map *in = &cpu->maps[s->from], *out = &cpu->maps[s->to];
	const int is_float = in->md.data_type == dnnl_f32;
	const size_t size = is_float ? sizeof(float) : 1;
	const struct vn_cpu_view from = s->in, to = s->out;

	for (size_t n = 0; n < (size_t)cpu->batch; n++)
		for (size_t b = 0; b < (size_t)from.blocks; b++)
			for (int y = 0; y < s->windows.out_h; y++)
				pool_row(&s->windows,
				         (const char *)in->data +
				                 (n * from.image + b * from.block) * size,
				         &from, is_float, y,
				         (char *)out->data + (n * to.image + b * to.block +
				                              (size_t)y * to.row) *
				                                     size,
				         to.pixel);
}

/* ---- average ---- */

/* Sums of channels [first, first + @n) of one image, at most a block's @inner and SUMS. */
enum { SUMS = 64 };

static void add_up(const struct vn_cpu_map *m, const struct vn_cpu_view *v, size_t at, int n,
                   float sums[SUMS])
{
	for (int c = 0; c < n; c++)
		sums[c] = 0;
	for (size_t y = 0; y < (size_t)m->md.dims[2]; y++)
		for (size_t x = 0; x < (size_t)m->md.dims[3]; x++) {
			const size_t p = at + y * v->row + x * v->pixel;

			if (m->md.data_type == dnnl_f32)
				for (int c = 0; c < n; c++)
					sums[c] += ((const float *)m->data)[p + (size_t)c];
			else
				for (int c = 0; c < n; c++)
					sums[c] += ((const uint8_t *)m->data)[p + (size_t)c];
		}
}

static uint8_t to_u8(float real, const struct vn_cpu_range *r)
{
	const float q = rintf(real / r->scale) + (float)r->zero;

	return q < 0 ? 0 : q > 255 ? 255 : (uint8_t)q;
}

void vn_cpu_average(const struct vn_cpu *cpu, const struct vn_cpu_step *s)
{
	const struct vn_cpu_map *in = &cpu->maps[s->from], *out = &cpu->maps[s->to];
	const float area = (float)(in->md.dims[2] * in->md.dims[3]);
	const int channels = (int)in->md.dims[1];
	const struct vn_cpu_view v = s->in;
	float sums[SUMS];

	for (int n = 0; n < cpu->batch; n++)
		for (int c = 0, room; c < channels; c += room) {
			const int inside = c % v.inner;
			const size_t at = (size_t)n * v.image + (size_t)(c / v.inner) * v.block +
			                  (size_t)inside;
			const size_t to = (size_t)n * (size_t)channels + (size_t)c;

			room = v.inner - inside < SUMS ? v.inner - inside : SUMS;
			room = room < channels - c ? room : channels - c;
			add_up(in, &v, at, room, sums);
			for (int i = 0; i < room; i++)
				if (in->md.data_type == dnnl_f32)
					((float *)out->data)[to + (size_t)i] = sums[i] / area;
				else
					((uint8_t *)out->data)[to + (size_t)i] =
					        to_u8((sums[i] / area - (float)in->range.zero) *
					                      in->range.scale,
					              &out->range);
		}
}
