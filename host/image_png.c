/* SPDX-License-Identifier: Apache-2.0
 *
 * image_png.c - PNG by libpng.  libpng reports errors by longjmp; all it may leave behind is in
 * struct reader.
 */
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/image.h"

/* Owned outside of the function that setjmp returns into, so that nothing it holds is lost or
 * stale. */
struct reader {
	png_structp png;
	png_infop info;
	png_bytep *lines; /* [h] into @pixels */
	png_bytep pixels; /* [h][w][channels] */
	int h, w, channels;
	int is_whole;  /* 1: every pixel has been decoded; 2: what follows them too */
	char why[128]; /* libpng's words */
};

static void on_error(png_structp png, png_const_charp text)
{
	struct reader *rd = png_get_error_ptr(png);

	snprintf(rd->why, sizeof(rd->why), "%s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/* Eight bits a channel; palettes and small greys expanded; alpha kept. */
static void read_header(struct reader *rd, FILE *file)
{
	png_init_io(rd->png, file);
	png_set_user_limits(rd->png, VH_MAX_SIDE, VH_MAX_SIDE);
	png_read_info(rd->png, rd->info);
	png_set_expand(rd->png);
	png_set_scale_16(rd->png);
	png_set_interlace_handling(rd->png);
	png_read_update_info(rd->png, rd->info);
	rd->h = (int)png_get_image_height(rd->png, rd->info);
	rd->w = (int)png_get_image_width(rd->png, rd->info);
	rd->channels = png_get_channels(rd->png, rd->info);
}

static int alloc_lines(struct reader *rd, const char *path, vn_error *err)
{
	struct vh_raster r = {.c = rd->channels, .h = rd->h, .w = rd->w};
	int rc = vh_raster_alloc(&r, path, err);

	if (rc)
		return rc;
	rd->pixels = r.pixels;
	rd->lines = malloc((size_t)rd->h * sizeof(*rd->lines));
	if (!rd->lines)
		return vn_fail_nomem(err, (size_t)rd->h * sizeof(*rd->lines), "a picture");
	for (int y = 0; y < rd->h; y++)
		rd->lines[y] = rd->pixels + (size_t)y * (size_t)rd->w * (size_t)rd->channels;
	return 0;
}

static int decode(struct reader *rd, FILE *file, const char *path, vn_error *err)
{
	int rc;

	if (setjmp(png_jmpbuf(rd->png))) {
		/* Nothing is missing but what follows the picture. */
		if (rd->is_whole && feof(file))
			return 0;
		return vn_fail(err, VN_EIMAGE, "save it again, or leave it out",
		               "%.300s: a damaged PNG file: %s", path, rd->why);
	}
	read_header(rd, file);
	rc = alloc_lines(rd, path, err);
	if (rc)
		return rc;
	png_read_image(rd->png, rd->lines);
	rd->is_whole = 1;
	png_read_end(rd->png, NULL);
	rd->is_whole = 2;
	return 0;
}

/* Drop the alpha channel; or each colour times alpha, and the ground times the rest, rounded. */
static void compose(const struct reader *rd, enum vh_alpha alpha, uint8_t *out)
{
	const int colours = rd->channels - 1, ground = alpha == VH_ALPHA_WHITE ? 255 : 0;
	const size_t pixels = (size_t)rd->h * (size_t)rd->w;
	const uint8_t *in = rd->pixels;

	for (size_t i = 0; i < pixels; i++, in += rd->channels)
		for (int c = 0; c < colours; c++)
			*out++ = alpha == VH_ALPHA_DROP
			                 ? in[c]
			                 : (uint8_t)((in[c] * in[colours] +
			                              ground * (255 - in[colours]) + 127) /
			                             255);
}

static int take_pixels(struct reader *rd, const char *path, enum vh_alpha how, struct vh_raster *r,
                       vn_error *err)
{
	const int alpha = rd->channels == 2 || rd->channels == 4;
	int rc;

	*r = (struct vh_raster){.c = rd->channels - alpha, .h = rd->h, .w = rd->w};
	if (!alpha) {
		r->pixels = rd->pixels;
		rd->pixels = NULL;
		return 0;
	}
	rc = vh_raster_alloc(r, path, err);
	if (!rc)
		compose(rd, how, r->pixels);
	return rc;
}

int vh_png_read(FILE *file, const char *path, enum vh_alpha alpha, struct vh_raster *r,
                vn_error *err)
{
	struct reader rd = {0};
	int rc;

	rd.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &rd, on_error, on_warning);
	if (rd.png)
		rd.info = png_create_info_struct(rd.png);
	if (!rd.png || !rd.info)
		rc = vn_fail(err, VN_ENOMEM, NULL, "no memory to read a PNG file");
	else
		rc = decode(&rd, file, path, err);
	if (!rc)
		rc = take_pixels(&rd, path, alpha, r, err);
	if (!rc && rd.is_whole == 1)
		r->warning = "the file ends without its last chunk (IEND)";
	png_destroy_read_struct(&rd.png, &rd.info, NULL);
	free(rd.lines);
	free(rd.pixels);
	return rc;
}
