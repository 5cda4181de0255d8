/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - a picture file to the pixels that a network takes.
 */
#include "host/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int vh_raster_alloc(struct vh_raster *r, const char *path, vn_error *err)
{
	size_t bytes;

	r->pixels = NULL;
	if (r->h < 1 || r->w < 1)
		return vn_fail(err, VN_EIMAGE, NULL, "%.300s: an empty picture", path);
	if (r->h > VH_MAX_SIDE || r->w > VH_MAX_SIDE || (long)r->h * r->w > VH_MAX_PIXELS)
		return vn_fail(err, VN_EIMAGE, "make it smaller first",
		               "%.300s: %d x %d pixels are more than this program takes", path,
		               r->w, r->h);
	bytes = (size_t)r->h * (size_t)r->w * (size_t)r->c;
	r->pixels = malloc(bytes);
	return r->pixels ? 0 : vn_fail_nomem(err, bytes, "a picture");
}

/* ---- reading ---- */

int vh_image_read(const char *path, enum vh_alpha alpha, struct vh_raster *r, vn_error *err)
{
	FILE *file = fopen(path, "rb");
	unsigned char head[2] = {0};
	size_t got;
	int rc;

	*r = (struct vh_raster){0};
	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	got = fread(head, 1, sizeof(head), file);
	rewind(file);
	if (got == 2 && head[0] == 0x89 && head[1] == 'P')
		rc = vh_png_read(file, path, alpha, r, err);
	else if (got == 2 && head[0] == 0xff && head[1] == 0xd8)
		rc = vh_jpeg_read(file, path, r, err);
	else if (got == 0)
		rc = vn_fail(err, VN_EIMAGE, NULL, "%.300s: the file is empty, or not a file",
		             path);
	else
		rc = vn_fail(err, VN_EIMAGE, "convert it to PNG or JPEG",
		             "%.300s: neither PNG, JPEG nor IDX", path);
	fclose(file);
	if (rc) {
		free(r->pixels);
		r->pixels = NULL;
	}
	return rc;
}

/* ---- channels ---- */

/* ITU-R 601 luma in 16 bit fixed point. */
static uint8_t luma(const uint8_t *rgb)
{
	return (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}

static int convert(const char *path, struct vh_raster *r, int c, vn_error *err)
{
	struct vh_raster to = {.c = c, .h = r->h, .w = r->w};
	const size_t pixels = (size_t)r->h * (size_t)r->w;
	int rc;

	if (r->c == c)
		return 0;
	if ((c != 1 && c != 3) || (r->c != 1 && r->c != 3))
		return vn_fail(
		        err, VN_EIMAGE, "give the images as an IDX file with four dimensions",
		        "%.300s: the network takes %d channels, the picture has %d", path, c, r->c);
	rc = vh_raster_alloc(&to, path, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < pixels; i++) {
		if (c == 1)
			to.pixels[i] = luma(r->pixels + 3 * i);
		else
			memset(to.pixels + 3 * i, r->pixels[i], 3);
	}
	free(r->pixels);
	*r = to;
	return 0;
}

/* ---- size ---- */

/* Of the picture's proportions, or those of the network. */
static int resize(const char *path, struct vh_raster *r, const struct vh_shape *s, vn_error *err)
{
	const int side = s->recipe.resize, like_h = s->recipe.squash ? s->h : r->h,
	          like_w = s->recipe.squash ? s->w : r->w;
	const long h = like_h <= like_w ? side : (long)side * like_h / like_w;
	const long w = like_w <= like_h ? side : (long)side * like_w / like_h;

	if (!s->recipe.squash && (r->h < r->w ? r->h : r->w) == side)
		return 0;
	/* After the first of the two passes it is as wide as it will be and as high as it was. */
	if (h > VH_MAX_SIDE || w > VH_MAX_SIDE || r->h * w > VH_MAX_PIXELS || h * w > VH_MAX_PIXELS)
		return vn_fail(err, VN_EIMAGE, "crop it first",
		               "%.300s: %d x %d pixels are too narrow to be resized to %d", path,
		               r->w, r->h, side);
	return vh_resize(r, (int)h, (int)w, s->recipe.bilinear, err);
}

/* Half of a margin; of two equally near the even one, as torchvision's CenterCrop does. */
static size_t half(int margin)
{
	const int down = margin / 2;

	return (size_t)(margin % 2 ? down + down % 2 : down);
}

static void crop(const struct vh_raster *r, const struct vh_shape *s, uint8_t *out)
{
	const size_t top = half(r->h - s->h), left = half(r->w - s->w);
	const size_t line = (size_t)s->w * (size_t)s->c;

	for (size_t y = 0; y < (size_t)s->h; y++)
		memcpy(out + y * line, r->pixels + ((top + y) * (size_t)r->w + left) * (size_t)r->c,
		       line);
}

static void swap_colours(const struct vh_shape *s, uint8_t *out)
{
	const size_t pixels = (size_t)s->h * (size_t)s->w;

	for (size_t i = 0; i < pixels; i++, out += 3) {
		const uint8_t red = out[0];

		out[0] = out[2];
		out[2] = red;
	}
}

int vh_image_fit(const char *path, struct vh_raster *r, const struct vh_shape *s, uint8_t *out,
                 vn_error *err)
{
	int rc = convert(path, r, s->c, err);

	if (!rc && s->recipe.resize > 0)
		rc = resize(path, r, s, err);
	if (rc)
		return rc;
	if (s->recipe.resize > 0 ? r->h < s->h || r->w < s->w : r->h != s->h || r->w != s->w)
		return vn_fail(err, VN_EIMAGE, "resize it, or compile the network with --resize N",
		               "%.300s: %d x %d pixels where the network takes %d x %d", path, r->w,
		               r->h, s->w, s->h);
	crop(r, s, out);
	if (s->recipe.bgr && s->c == 3)
		swap_colours(s, out);
	return 0;
}
