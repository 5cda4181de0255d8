/* SPDX-License-Identifier: Apache-2.0
 *
 * image_jpeg.c - JPEG by libjpeg.  Errors come by longjmp; all it may leave behind is in struct
 * reader.
 */
#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it first */
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "host/image.h"

struct reader {
	struct jpeg_error_mgr errors; /* first: libjpeg hands a pointer to it back */
	struct jpeg_decompress_struct jpeg;
	jmp_buf back;
	int is_damaged;  /* libjpeg went on with what it could make of the data */
	int has_ended;   /* the file ended before its end marker */
	int is_short;    /* and before the picture; libjpeg itself would fill up with grey */
	uint8_t *pixels; /* [h][w][components] */
	char why[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr jpeg)
{
	struct reader *rd = (struct reader *)jpeg->err;

	rd->errors.format_message(jpeg, rd->why);
	longjmp(rd->back, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
	struct reader *rd = (struct reader *)jpeg->err;

	if (level >= 0)
		return;
	if (rd->errors.msg_code == JWRN_JPEG_EOF)
		rd->has_ended = 1;
	else if (rd->errors.msg_code == JWRN_HIT_MARKER)
		rd->is_short = 1;
	else
		rd->is_damaged = 1;
}

/* libjpeg turns YCCK into CMYK only; the rest is done in take_pixels. */
static void choose_colours(struct jpeg_decompress_struct *jpeg)
{
	if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
		jpeg->out_color_space = JCS_CMYK;
	else if (jpeg->jpeg_color_space == JCS_GRAYSCALE)
		jpeg->out_color_space = JCS_GRAYSCALE;
	else
		jpeg->out_color_space = JCS_RGB;
}

/* Of a progressive picture that ends between two scans nothing is missing but precision. */
static int lacks_scans(const struct jpeg_decompress_struct *jpeg)
{
	for (int c = 0; jpeg->coef_bits && c < jpeg->num_components; c++)
		for (int k = 0; k < DCTSIZE2; k++)
			if (jpeg->coef_bits[c][k] != 0)
				return 1;
	return 0;
}

static int decode(struct reader *rd, FILE *file, const char *path, struct vh_raster *r,
                  vn_error *err)
{
	struct jpeg_decompress_struct *jpeg = &rd->jpeg;
	int rc;

	if (setjmp(rd->back))
		return vn_fail(err, VN_EIMAGE, "save it again, or leave it out",
		               "%.300s: a damaged JPEG file: %.150s", path, rd->why);
	jpeg_create_decompress(jpeg);
	jpeg_stdio_src(jpeg, file);
	jpeg_read_header(jpeg, TRUE);
	choose_colours(jpeg);
	jpeg_calc_output_dimensions(jpeg);
	*r = (struct vh_raster){.c = jpeg->out_color_components,
	                        .h = (int)jpeg->output_height,
	                        .w = (int)jpeg->output_width};
	rc = vh_raster_alloc(r, path, err);
	rd->pixels = r->pixels;
	r->pixels = NULL;
	if (rc)
		return rc;
	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW line =
		        rd->pixels + (size_t)jpeg->output_scanline * (size_t)r->w * (size_t)r->c;

		jpeg_read_scanlines(jpeg, &line, 1);
	}
	rd->is_short |= rd->has_ended && lacks_scans(jpeg);
	jpeg_finish_decompress(jpeg);
	return 0;
}

/* Adobe writes CMYK inverted, so a colour is C times K; browsers and Pillow take every CMYK file for
 * one of Adobe's, with its marker or without.  In place: three bytes from four. */
static void cmyk_to_rgb(const struct reader *rd, struct vh_raster *r)
{
	const size_t pixels = (size_t)r->h * (size_t)r->w;

	for (size_t i = 0; i < pixels; i++) {
		const uint8_t *in = rd->pixels + 4 * i;
		const int k = in[3];

		for (int c = 0; c < 3; c++)
			rd->pixels[3 * i + (size_t)c] = (uint8_t)((in[c] * k + 127) / 255);
	}
	r->c = 3;
}

int vh_jpeg_read(FILE *file, const char *path, struct vh_raster *r, vn_error *err)
{
	struct reader rd = {0};
	int rc;

	rd.jpeg.err = jpeg_std_error(&rd.errors);
	rd.errors.error_exit = on_error;
	rd.errors.emit_message = on_message;
	rc = decode(&rd, file, path, r, err);
	if (!rc && rd.is_short)
		rc = vn_fail(err, VN_EIMAGE, "save it again, or leave it out",
		             "%.300s: a damaged JPEG file: it ends before the picture does", path);
	if (!rc) {
		if (r->c == 4)
			cmyk_to_rgb(&rd, r);
		r->pixels = rd.pixels;
		rd.pixels = NULL;
		if (rd.is_damaged)
			r->warning = "its data is damaged; what could be decoded is used";
		else if (rd.has_ended)
			r->warning = "the file ends without its end marker (EOI)";
	}
	jpeg_destroy_decompress(&rd.jpeg);
	free(rd.pixels);
	return rc;
}
