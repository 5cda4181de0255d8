/* SPDX-License-Identifier: Apache-2.0
 *
 * test_image.c - decoding, channel conversion, resizing and cropping.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jpeglib.h>

#include "host/image.h"

static char file_name[64];

static int make_name(void **state)
{
	(void)state;
	snprintf(file_name, sizeof(file_name), "/tmp/test_image.%ld", (long)getpid());
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return remove(file_name);
}

/* ---- writers ---- */

static int without_adobe;

static void write_jpeg(J_COLOR_SPACE space, int channels, int side, const uint8_t *pixels)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	FILE *file = fopen(file_name, "wb");

	assert_non_null(file);
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, file);
	jpeg.image_width = jpeg.image_height = (JDIMENSION)side;
	jpeg.input_components = channels;
	jpeg.in_color_space = space;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 100, TRUE);
	if (without_adobe)
		jpeg.write_Adobe_marker = FALSE;
	jpeg_start_compress(&jpeg, TRUE);
	for (int y = 0; y < side; y++) {
		JSAMPROW line = (JSAMPROW)(uintptr_t)(pixels + y * side * channels);

		jpeg_write_scanlines(&jpeg, &line, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	fclose(file);
}

static void write_png(png_uint_32 format, int side, const uint8_t *pixels)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
	                   .width = (png_uint_32)side,
	                   .height = (png_uint_32)side,
	                   .format = format};

	assert_true(png_image_write_to_file(&image, file_name, 0, pixels, 0, NULL));
}

static void fill(uint8_t *pixels, int n, const uint8_t *colour, int channels)
{
	for (int i = 0; i < n; i++)
		memcpy(pixels + i * channels, colour, (size_t)channels);
}

/* ---- decoding ---- */

enum { SIDE = 16, PIXELS = SIDE * SIDE };

static void check_alpha(enum vh_alpha alpha, const uint8_t *want, int channels, int slack)
{
	struct vh_raster r;
	vn_error err = {0};

	if (vh_image_read(file_name, alpha, &r, &err))
		fail_msg("%s", err.message);
	assert_int_equal(r.c, channels);
	assert_int_equal(r.h, SIDE);
	assert_int_equal(r.w, SIDE);
	for (int i = 0; i < PIXELS * channels; i++)
		assert_true(abs(r.pixels[i] - want[i % channels]) <= slack);
	free(r.pixels);
}

static void check_colour(const uint8_t *want, int channels, int slack)
{
	check_alpha(VH_ALPHA_DROP, want, channels, slack);
}

static void test_jpeg(void **state)
{
	static const uint8_t grey[] = {77}, rgb[] = {200, 100, 50}, cmyk[] = {200, 100, 50, 128};
	/* CMYK is taken for Adobe's, inverted: a colour is c*k/255. */
	static const uint8_t from_cmyk[] = {100, 50, 25};
	uint8_t pixels[PIXELS * 4];

	(void)state;
	fill(pixels, PIXELS, grey, 1);
	write_jpeg(JCS_GRAYSCALE, 1, SIDE, pixels);
	check_colour(grey, 1, 1);
	fill(pixels, PIXELS, rgb, 3);
	write_jpeg(JCS_RGB, 3, SIDE, pixels);
	check_colour(rgb, 3, 2);
	fill(pixels, PIXELS, cmyk, 4);
	write_jpeg(JCS_CMYK, 4, SIDE, pixels);
	check_colour(from_cmyk, 3, 2);
	without_adobe = 1;
	write_jpeg(JCS_CMYK, 4, SIDE, pixels);
	without_adobe = 0;
	check_colour(from_cmyk, 3, 2);
}

static void test_cut_jpeg(void **state)
{
	uint8_t pixels[PIXELS * 3];
	vn_error err = {0};
	struct vh_raster r;
	long size;
	FILE *file;

	(void)state;
	for (int i = 0; i < PIXELS * 3; i++)
		pixels[i] = (uint8_t)(i * 7919 >> 3);
	write_jpeg(JCS_RGB, 3, SIDE, pixels);
	file = fopen(file_name, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fclose(file);
	for (long cut = size - 8; cut > 0; cut -= 37) {
		assert_int_equal(truncate(file_name, cut), 0);
		assert_int_equal(vh_image_read(file_name, VH_ALPHA_DROP, &r, &err), VN_EIMAGE);
		assert_null(r.pixels);
		assert_non_null(strstr(err.message, file_name));
	}
}

static void test_png(void **state)
{
	static const uint8_t grey[] = {9}, rgb[] = {1, 2, 3}, rgba[] = {200, 100, 50, 128},
	                     ga[] = {100, 0};
	static const uint8_t on_black[] = {100, 50, 25}, on_white[] = {227, 177, 152};
	static const uint8_t black[] = {0}, white[] = {255};
	uint8_t pixels[PIXELS * 4];

	(void)state;
	fill(pixels, PIXELS, grey, 1);
	write_png(PNG_FORMAT_GRAY, SIDE, pixels);
	check_colour(grey, 1, 0);
	fill(pixels, PIXELS, rgb, 3);
	write_png(PNG_FORMAT_RGB, SIDE, pixels);
	check_colour(rgb, 3, 0);
	fill(pixels, PIXELS, rgba, 4);
	write_png(PNG_FORMAT_RGBA, SIDE, pixels);
	check_colour(rgba, 3, 0);
	check_alpha(VH_ALPHA_BLACK, on_black, 3, 0);
	check_alpha(VH_ALPHA_WHITE, on_white, 3, 0);
	fill(pixels, PIXELS, ga, 2);
	write_png(PNG_FORMAT_GA, SIDE, pixels);
	check_colour(ga, 1, 0);
	check_alpha(VH_ALPHA_BLACK, black, 1, 0);
	check_alpha(VH_ALPHA_WHITE, white, 1, 0);
}

/* The file without its last @bytes: read, with a warning that has @word, or refused where @word is
 * NULL. */
static void check_without(long bytes, const char *word)
{
	struct vh_raster r;
	vn_error err = {0};
	FILE *file = fopen(file_name, "rb");

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	assert_int_equal(truncate(file_name, ftell(file) - bytes), 0);
	fclose(file);
	if (!word) {
		assert_int_equal(vh_image_read(file_name, VH_ALPHA_DROP, &r, &err), VN_EIMAGE);
		return;
	}
	if (vh_image_read(file_name, VH_ALPHA_DROP, &r, &err))
		fail_msg("%s", err.message);
	assert_non_null(r.warning);
	assert_non_null(strstr(r.warning, word));
	free(r.pixels);
}

/* What follows a whole picture may be missing, and nothing else. */
static void test_missing_end(void **state)
{
	uint8_t pixels[PIXELS * 3];

	(void)state;
	for (int i = 0; i < PIXELS * 3; i++)
		pixels[i] = (uint8_t)(i * 7919 >> 3);
	write_jpeg(JCS_RGB, 3, SIDE, pixels);
	check_without(2, "EOI");
	write_jpeg(JCS_RGB, 3, SIDE, pixels);
	check_without(8, NULL);
	write_png(PNG_FORMAT_RGB, SIDE, pixels);
	check_without(12, "IEND");
	write_png(PNG_FORMAT_RGB, SIDE, pixels);
	check_without(4, "IEND");
	write_png(PNG_FORMAT_RGB, SIDE, pixels);
	check_without(20, NULL);
}

/* ---- fitting ---- */

static struct vh_raster make(int h, int w, int c)
{
	struct vh_raster r = {.h = h, .w = w, .c = c};

	assert_int_equal(vh_raster_alloc(&r, "test", NULL), 0);
	for (int i = 0; i < h * w * c; i++)
		r.pixels[i] = (uint8_t)(i * 7919 % 251);
	return r;
}

static void test_channels(void **state)
{
	const struct vh_shape grey = {.c = 1, .h = 2, .w = 2}, colour = {.c = 3, .h = 2, .w = 2},
	                      two = {.c = 2, .h = 2, .w = 2};
	struct vh_raster r = {.h = 2, .w = 2, .c = 3, .pixels = malloc(12)};
	static const uint8_t in[12] = {255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255};
	/* 0.299, 0.587 and 0.114 of 255 */
	static const uint8_t out[4] = {255, 76, 150, 29};
	uint8_t got[12];
	vn_error err = {0};

	(void)state;
	memcpy(r.pixels, in, sizeof(in));
	assert_int_equal(vh_image_fit("x", &r, &grey, got, NULL), 0);
	assert_memory_equal(got, out, 4);
	assert_int_equal(vh_image_fit("x", &r, &colour, got, NULL), 0);
	for (int i = 0; i < 12; i++)
		assert_int_equal(got[i], out[i / 3]);
	assert_int_equal(vh_image_fit("x", &r, &two, got, &err), VN_EIMAGE);
	assert_non_null(strstr(err.message, "2 channels"));
	free(r.pixels);
}

/* The filter in double, straight from its definition. */
static double cubic(double x)
{
	x = fabs(x);
	if (x < 1)
		return 1.5 * x * x * x - 2.5 * x * x + 1;
	return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

static double triangle(double x)
{
	return fmax(0, 1 - fabs(x));
}

static double sample(const struct vh_raster *r, int y, int out_w, int x, int bilinear)
{
	const double scale = (double)r->w / out_w, wide = scale > 1 ? scale : 1;
	double sum = 0, weight = 0;

	for (int i = 0; i < r->w; i++) {
		const double at = (i + 0.5 - (x + 0.5) * scale) / wide;
		const double k = bilinear ? triangle(at) : cubic(at);

		sum += k * r->pixels[y * r->w + i];
		weight += k;
	}
	return sum / weight;
}

static void check_resize(int w, int out_w, int bilinear)
{
	struct vh_raster in = make(3, w, 1), r = make(3, w, 1);

	assert_int_equal(vh_resize(&r, 3, out_w, bilinear, NULL), 0);
	assert_int_equal(r.w, out_w);
	assert_int_equal(r.h, 3);
	for (int y = 0; y < 3; y++)
		for (int x = 0; x < out_w; x++) {
			double v = sample(&in, y, out_w, x, bilinear);

			v = v < 0 ? 0 : v > 255 ? 255 : v;
			if (fabs(r.pixels[y * out_w + x] - v) > 0.501)
				fail_msg("%d to %d, pixel %d: %d, not %f", w, out_w, x,
				         r.pixels[y * out_w + x], v);
		}
	free(in.pixels);
	free(r.pixels);
}

static void test_resize(void **state)
{
	static const int sizes[] = {1, 2, 7, 16, 33, 100};
	const int n = sizeof(sizes) / sizeof(sizes[0]);

	(void)state;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			for (int bilinear = 0; bilinear < 2; bilinear++)
				check_resize(sizes[i], sizes[j], bilinear);
}

/* Down is across, transposed. */
static void test_resize_down(void **state)
{
	struct vh_raster a = make(9, 13, 1), b = make(13, 9, 1);

	(void)state;
	for (int y = 0; y < 9; y++)
		for (int x = 0; x < 13; x++)
			b.pixels[x * 9 + y] = a.pixels[y * 13 + x];
	assert_int_equal(vh_resize(&a, 9, 6, 0, NULL), 0);
	assert_int_equal(vh_resize(&b, 6, 9, 0, NULL), 0);
	for (int y = 0; y < 9; y++)
		for (int x = 0; x < 6; x++)
			assert_int_equal(b.pixels[x * 9 + y], a.pixels[y * 6 + x]);
	free(a.pixels);
	free(b.pixels);
}

static void test_crop(void **state)
{
	const struct vh_shape s = {.c = 3, .h = 4, .w = 4, .recipe = {.resize = 8}};
	struct vh_raster r = make(8, 15, 3), whole = make(8, 15, 3);
	uint8_t got[48];

	(void)state;
	assert_int_equal(vh_image_fit("x", &r, &s, got, NULL), 0);
	/* Rows 2..5; of columns, half of 11 is 5.5, and the even one is 6. */
	for (int y = 0; y < 4; y++)
		assert_memory_equal(got + y * 12, whole.pixels + ((y + 2) * 15 + 6) * 3, 12);
	free(r.pixels);
	free(whole.pixels);
}

/* A wide picture to a high network: to its proportions, then the middle; and blue first. */
static void test_squash(void **state)
{
	const struct vh_shape squash = {
	        .c = 3, .h = 6, .w = 4, .recipe = {.resize = 8, .squash = 1, .bilinear = 1}};
	struct vh_shape bgr = squash;
	struct vh_raster r = make(9, 30, 3), whole = make(9, 30, 3), again = make(9, 30, 3);
	uint8_t got[72], turned[72];

	(void)state;
	bgr.recipe.bgr = 1;
	assert_int_equal(vh_image_fit("x", &r, &squash, got, NULL), 0);
	assert_int_equal(vh_image_fit("x", &again, &bgr, turned, NULL), 0);
	assert_int_equal(vh_resize(&whole, 12, 8, 1, NULL), 0);
	for (int y = 0; y < 6; y++)
		assert_memory_equal(got + y * 12, whole.pixels + ((y + 3) * 8 + 2) * 3, 12);
	for (int i = 0; i < 72; i++)
		assert_int_equal(turned[i], got[i - i % 3 + 2 - i % 3]);
	free(r.pixels);
	free(whole.pixels);
	free(again.pixels);
}

static void test_wrong_size(void **state)
{
	const struct vh_shape exact = {.c = 1, .h = 4, .w = 4},
	                      resized = {.c = 1, .h = 4, .w = 4, .recipe = {.resize = 3}};
	struct vh_raster r = make(4, 5, 1), narrow = make(2, 30000, 1);
	uint8_t got[16];
	vn_error err = {0};

	(void)state;
	assert_int_equal(vh_image_fit("x", &r, &exact, got, &err), VN_EIMAGE);
	assert_non_null(strstr(err.message, "5 x 4"));
	assert_non_null(strstr(err.message, "4 x 4"));
	assert_int_equal(vh_image_fit("x", &r, &resized, got, &err), VN_EIMAGE);
	assert_int_equal(vh_image_fit("x", &narrow, &resized, got, &err), VN_EIMAGE);
	assert_non_null(strstr(err.message, "narrow"));
	free(r.pixels);
	free(narrow.pixels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_jpeg, make_name, remove_file),
	        cmocka_unit_test_setup_teardown(test_cut_jpeg, make_name, remove_file),
	        cmocka_unit_test_setup_teardown(test_png, make_name, remove_file),
	        cmocka_unit_test(test_channels),
	        cmocka_unit_test(test_resize),
	        cmocka_unit_test(test_resize_down),
	        cmocka_unit_test(test_crop),
	        cmocka_unit_test(test_squash),
	        cmocka_unit_test(test_missing_end),
	        cmocka_unit_test(test_wrong_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
