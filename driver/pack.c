/* SPDX-License-Identifier: Apache-2.0
 *
 * pack.c - images to stem patches, scratch regions to tensors.
 */
#include "driver/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Pixels of a tensor that are transposed at a time, so that the lines stay in the first cache. */
enum { PIXEL_BLOCK = 64 };

struct vn_packer {
	const struct vn_program *prog;
	size_t rows;        /* R */
	size_t groups;      /* of R bytes, in a patch */
	size_t group_bytes; /* of all pixels, padded to beats */
	size_t line;        /* bytes of one row of the bordered image */
	uint8_t *image;     /* [in_h + 2*pad][in_w + 2*pad][in_c], minus 128, 0 in the border */
	uint8_t *patch;     /* [groups*R], the tail stays 0 */
};

int vn_packer_new(const struct vn_program *prog, struct vn_packer **out, vn_error *err)
{
	const size_t patch = (size_t)prog->k * prog->k * prog->in_c;
	const size_t pixels = (size_t)prog->stages[0].conv_h * prog->stages[0].conv_w;
	struct vn_packer *p = calloc(1, sizeof(*p));
	size_t bytes;

	*out = NULL;
	if (!p)
		return vn_fail_nomem(err, sizeof(*p), "packing images");
	p->prog = prog;
	p->rows = prog->config[VN_CFG_ROWS];
	p->groups = (patch + p->rows - 1) / p->rows;
	p->group_bytes = (pixels * p->rows + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES * VN_BEAT_BYTES;
	p->line = (size_t)(prog->in_w + 2 * prog->pad) * (size_t)prog->in_c;
	bytes = p->line * (size_t)(prog->in_h + 2 * prog->pad);
	p->image = calloc(1, bytes);
	p->patch = calloc(p->groups, p->rows);
	if (!p->image || !p->patch) {
		vn_packer_free(p);
		return vn_fail_nomem(err, bytes, "packing images");
	}
	*out = p;
	return 0;
}

void vn_packer_free(struct vn_packer *p)
{
	if (!p)
		return;
	free(p->image);
	free(p->patch);
	free(p);
}

/* Into the middle of the bordered image; p - 128 as int8 is p with its top bit turned. */
static void shift_image(struct vn_packer *p, const uint8_t *pixels)
{
	const struct vn_program *prog = p->prog;
	const size_t line = (size_t)prog->in_w * (size_t)prog->in_c;

	for (int y = 0; y < prog->in_h; y++) {
		uint8_t *dst = p->image + (size_t)(y + prog->pad) * p->line +
		               (size_t)prog->pad * (size_t)prog->in_c;

		for (size_t i = 0; i < line; i++)
			dst[i] = pixels[i] ^ 0x80;
		pixels += line;
	}
}

/* The k rows of a patch are runs of k*in_c neighbouring bytes. */
static void pack_pixel(struct vn_packer *p, const uint8_t *corner, uint8_t *dst)
{
	const size_t run = (size_t)p->prog->k * p->prog->in_c;

	for (int i = 0; i < p->prog->k; i++)
		memcpy(p->patch + (size_t)i * run, corner + (size_t)i * p->line, run);
	for (size_t g = 0; g < p->groups; g++)
		memcpy(dst + g * p->group_bytes, p->patch + g * p->rows, p->rows);
}

void vn_pack(struct vn_packer *p, const uint8_t *pixels, uint8_t *record)
{
	const struct vn_program *prog = p->prog;
	const struct vn_pstage *stem = &prog->stages[0];
	const size_t step = (size_t)prog->stride * prog->in_c;
	const size_t used = (size_t)stem->conv_h * stem->conv_w * p->rows;

	shift_image(p, pixels);
	for (size_t y = 0; y < stem->conv_h; y++) {
		const uint8_t *corner = p->image + y * (size_t)prog->stride * p->line;
		uint8_t *dst = record + y * stem->conv_w * p->rows;

		for (size_t x = 0; x < stem->conv_w; x++)
			pack_pixel(p, corner + x * step, dst + x * p->rows);
	}
	for (size_t g = 0; g < p->groups; g++)
		memset(record + g * p->group_bytes + used, 0, p->group_bytes - used);
}

uint64_t vn_region_bytes(const struct vn_pstage *s, uint32_t rows)
{
	const uint64_t groups = (s->cout + rows - 1) / rows;
	const uint64_t pixels = (uint64_t)s->out_h * s->out_w;

	return (groups - 1) * s->step * VN_BEAT_BYTES +
	       (pixels * rows + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES * VN_BEAT_BYTES;
}

void vn_unpack_stage(const struct vn_pstage *s, uint32_t rows, const uint8_t *region,
                     int8_t *tensor)
{
	const size_t pixels = (size_t)s->out_h * s->out_w;

	for (uint32_t c0 = 0; c0 < s->cout; c0 += rows, region += (size_t)s->step * VN_BEAT_BYTES) {
		const uint32_t channels = s->cout - c0 < rows ? s->cout - c0 : rows;

		for (size_t p0 = 0; p0 < pixels; p0 += PIXEL_BLOCK) {
			const size_t end = pixels - p0 < PIXEL_BLOCK ? pixels : p0 + PIXEL_BLOCK;

			for (uint32_t c = 0; c < channels; c++)
				for (size_t p = p0; p < end; p++)
					tensor[(c0 + c) * pixels + p] =
					        (int8_t)region[p * rows + c];
		}
	}
}
