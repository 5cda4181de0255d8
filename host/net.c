/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - see net.h.
 */
#include "host/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/out.h"
#include "model/program_parts.h"
#include "model/scene.h"
#include "model/variants.h"

/* Pictures other than those that the variants' batch normalisation was made of. */
static const uint64_t SCENES_SEED = 0x5ce9e5;

int vh_is_variant(const char *text)
{
	return vn_variant_named(text) && access(text, F_OK) != 0;
}

int vh_is_program(const char *text)
{
	const char *dot = strrchr(text, '.');
	char begin[sizeof(VN_VNX_MAGIC)];
	struct stat st;
	FILE *f;
	int is;

	if (dot && !strcmp(dot, ".vnx"))
		return 1;
	if (stat(text, &st) || !S_ISREG(st.st_mode) || !(f = fopen(text, "rb")))
		return 0;
	is = fread(begin, sizeof(begin), 1, f) == 1 && !memcmp(begin, VN_VNX_MAGIC, sizeof(begin));
	fclose(f);
	return is;
}

static void note_file(const char *text)
{
	if (vn_variant_named(text))
		vh_note("%s is taken for the file of that name; the variant is hidden by it", text);
}

int vh_net_load(const char *text, vn_net **net, vn_error *err)
{
	if (vh_is_variant(text))
		return vn_net_variant(text, net, err);
	note_file(text);
	return vn_onnx_load(text, net, err);
}

int vh_scenes(const struct vh_shape *shape, size_t n, uint8_t **pixels, vn_error *err)
{
	const size_t image = (size_t)shape->c * (size_t)shape->h * (size_t)shape->w;
	int rc = vh_alloc_pixels(shape, n, pixels, err);

	for (size_t i = 0; !rc && i < n; i++)
		vn_scene(SCENES_SEED, i, shape->h, shape->w, shape->c, *pixels + i * image);
	return rc;
}

/* ---- a program of a name ---- */

/* The first array in "ref:,rtl:16x16;...". */
static void target_of(const char *devices, int *rows, int *cols)
{
	const char *colon = devices;

	while (colon && (colon = strchr(colon, ':')) != NULL)
		if (sscanf(++colon, "%4dx%4d", rows, cols) == 2)
			return;
	*rows = 32;
	*cols = 64;
}

static void on_progress(void *ctx, double fraction)
{
	vh_progress(ctx, fraction);
}

/* As every user of the compiler's file would have it. */
static int parse(const char *name, const vn_compiled *compiled, vn_program **prog, vn_error *err)
{
	void *data;
	size_t bytes;
	int rc = vn_compiled_bytes(compiled, &data, &bytes, err);

	if (rc)
		return rc;
	rc = vn_program_parse(name, data, bytes, prog, err);
	free(data);
	return rc;
}

static int compile(const char *name, vn_net *net, const char *devices, vn_program **prog,
                   vn_error *err)
{
	struct vh_progress progress;
	vn_compile_options options = {
	        .size = sizeof(options), .progress = on_progress, .ctx = &progress};
	vn_compiled *compiled = NULL;
	uint8_t *pixels = NULL;
	vn_net_info info;
	struct vh_shape shape;
	int rc;

	vn_net_get_info(net, &info);
	shape = (struct vh_shape){.c = info.in_c, .h = info.in_h, .w = info.in_w};
	target_of(devices, &options.rows, &options.cols);
	rc = vh_scenes(&shape, VH_SCENES, &pixels, err);
	vh_progress_begin(&progress, "compile");
	rc = rc ? rc : vn_net_compile(net, pixels, VH_SCENES, &options, &compiled, err);
	vh_progress_end(&progress);
	rc = rc ? rc : parse(name, compiled, prog, err);
	vn_compiled_free(compiled);
	free(pixels);
	return rc;
}

int vh_program_load(const char *text, const char *devices, vn_program **prog, vn_error *err)
{
	vn_net *net;
	int rc;

	*prog = NULL;
	if (!vh_is_variant(text)) {
		note_file(text);
		return vn_program_load(text, prog, err);
	}
	rc = vn_net_variant(text, &net, err);
	if (rc)
		return rc;
	rc = compile(text, net, devices, prog, err);
	if (!rc)
		vh_note("%s", vn_net_get_note(net, 0));
	vn_net_free(net);
	return rc;
}
