/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - pictures: PNG and JPEG decoding, channels, size.
 *
 * Every function here is safe to call from several threads at once.  Errors: VN_EIO a file cannot
 * be read; VN_EIMAGE it is damaged, too large, or does not suit the network; VN_ENOMEM.
 */
#ifndef VH_IMAGE_H
#define VH_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "include/vanillin.h"

enum {
	VH_MAX_SIDE = 32768, /* of a picture, pixels */
	VH_MAX_PIXELS = 64 * 1024 * 1024,
};

/* What becomes of a picture's alpha channel. */
enum vh_alpha {
	VH_ALPHA_DROP, /* as Pillow's convert("RGB"): the colours as they are stored */
	VH_ALPHA_BLACK,
	VH_ALPHA_WHITE, /* composed on a ground of that colour */
};

/* What a network wants, and how pictures become it. */
struct vh_shape {
	int c, h, w;
	vn_recipe recipe;
	enum vh_alpha alpha;
};

/* uint8 [h][w][c]; pixels are the owner's to free. */
struct vh_raster {
	int c, h, w;
	uint8_t *pixels;
	const char
	        *warning; /* NULL, or what is wrong with a file that could be read all the same */
};

/* Room for the picture that @r's sizes tell.  @path: for the message. */
VN_MUST_CHECK int vh_raster_alloc(struct vh_raster *r, const char *path, vn_error *err);

/* Decode from the start of @file: 8 bits a channel, 1 or 3 channels. */
VN_MUST_CHECK int vh_png_read(FILE *file, const char *path, enum vh_alpha alpha,
                              struct vh_raster *r, vn_error *err);
VN_MUST_CHECK int vh_jpeg_read(FILE *file, const char *path, struct vh_raster *r, vn_error *err);

/* Either, by the file's first bytes. */
VN_MUST_CHECK int vh_image_read(const char *path, enum vh_alpha alpha, struct vh_raster *r,
                                vn_error *err);

/* Channels (grey and colour convert to each other), size and crop.  @out:
 * [shape.h][shape.w][shape.c].
 * @r is used up: its pixels may be replaced, and remain the caller's to free. */
VN_MUST_CHECK int vh_image_fit(const char *path, struct vh_raster *r, const struct vh_shape *shape,
                               uint8_t *out, vn_error *err);

/* @r to @h x @w: bicubic (a = -0.5) or bilinear, widened to the scale when shrinking, horizontal
 * pass first, rounded to 8 bits between the passes; the arithmetic of Pillow's Image.resize(). */
VN_MUST_CHECK int vh_resize(struct vh_raster *r, int h, int w, int bilinear, vn_error *err);

#endif /* VH_IMAGE_H */
