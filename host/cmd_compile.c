/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_compile.c - vanillin compile: from a network and calibration images to a program.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/cli.h"
#include "host/data.h"
#include "host/labels.h"
#include "host/net.h"
#include "host/out.h"
#include "host/pictures.h"
#include "include/vanillin_compile.h"
#include "host/batch.h"
#include "host/quality.h"
#include "host/quality_data.h"

enum { IMAGES = 1000 }; /* of a calibration set */

struct compile {
	struct vh_common common;
	const char *calib, *target, *params, *mean, *std, *labels, *out, *resize, *crop;
	int bgr;
	struct vh_pictures pictures;
	enum vh_alpha alpha;
	const char *range, *bias;
	int range_kind;
	int correct;       /* biases */
	const char *check; /* images to judge by; NULL: those of the calibration */
	struct vh_quality quality;
	long images, group;
	int rows, cols;
	vn_net *net;
	vn_net_info info; /* of net, options applied */
	uint8_t *pixels;
	size_t n, bad; /* calibration images, and those that could not be read */
	vn_compiled *compiled;
	vn_program *prog; /* read back from it */
	struct vh_progress progress;
};

/* ---- options ---- */

/* "RxC" */
static int parse_target(const char *text, int *rows, int *cols)
{
	char end;

	return sscanf(text, "%4dx%4d%c", rows, cols, &end) == 2;
}

/* The number of @text among @words, which end with NULL; -1: none of them. */
static int parse_word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	return -1;
}

/* --range and --bias-correction.  VH_GO_ON or VH_USAGE. */
static int parse_kinds(struct compile *c, const char *command)
{
	static const char *const ranges[] = {"minmax", "percentile", "mse", NULL};
	static const char *const switches[] = {"off", "on", NULL};
	const int range = parse_word(c->range, ranges);

	c->correct = parse_word(c->bias, switches);
	if (range < 0)
		return vh_usage(command, "--range: '%s' is not minmax, percentile or mse",
		                c->range);
	if (c->correct < 0)
		return vh_usage(command, "--bias-correction: '%s' is not on or off", c->bias);
	c->range_kind = range;
	return VH_GO_ON;
}

/* One number for each channel, or one for all. */
static int parse_channels(const char *option, const char *text, int channels, int above_zero,
                          float *out, vn_error *err)
{
	const char *at = text;
	int n = 0;

	for (; n < channels; n++) {
		char *end;

		out[n] = strtof(at, &end);
		if (end == at || !isfinite(out[n]) ||
		    (above_zero && !(out[n] > 0 && isnormal(out[n]))) || (*end && *end != ','))
			return vn_fail(err, VN_EARG, NULL, "--%s: '%s' is not a list of %snumbers",
			               option, text, above_zero ? "normal positive " : "");
		at = *end ? end + 1 : end;
		if (!*end)
			break;
	}
	if (n == 0)
		for (int c = 1; c < channels; c++)
			out[c] = out[0];
	else if (n + 1 != channels || *at)
		return vn_fail(err, VN_EARG, "give one number, or one for each channel",
		               "--%s: '%s' does not suit an image of %d channels", option, text,
		               channels);
	return 0;
}

static int set_normalisation(struct compile *c, vn_error *err)
{
	float mean[4], std[4];
	int rc = 0;

	if (c->mean)
		rc = parse_channels("mean", c->mean, c->info.in_c, 0, mean, err);
	if (!rc && c->std)
		rc = parse_channels("std", c->std, c->info.in_c, 1, std, err);
	return rc ? rc
	          : vn_net_set_normalisation(c->net, c->mean ? mean : NULL, c->std ? std : NULL,
	                                     err);
}

static int set_labels(struct compile *c, vn_error *err)
{
	char **labels = NULL;
	int rc = vh_labels_read(c->labels, c->info.classes, &labels, err);

	if (rc)
		return rc;
	rc = vn_net_set_labels(c->net, (const char *const *)labels, err);
	for (int i = 0; i < c->info.classes; i++)
		free(labels[i]);
	free(labels);
	return rc;
}

static int override(struct compile *c, vn_error *err)
{
	vn_recipe recipe;
	int rc;

	vn_net_get_info(c->net, &c->info);
	recipe = c->info.recipe;
	rc = set_normalisation(c, err);
	if (!rc)
		rc = vh_recipe_set(&recipe, c->resize, c->crop, c->info.in_h, c->info.in_w, err);
	recipe.bgr |= c->bgr;
	rc = rc ? rc : vn_net_set_recipe(c->net, &recipe, err);
	if (!rc && c->labels)
		rc = set_labels(c, err);
	vn_net_get_info(c->net, &c->info);
	return rc;
}

/* ---- calibration ---- */

/* Spread over the set, which may be sorted by class; of a variant without one, scenes. */
static int load_calibration(struct compile *c, vn_error *err)
{
	const struct vh_shape shape = {
	        .c = c->info.in_c,
	        .h = c->info.in_h,
	        .w = c->info.in_w,
	        .recipe = c->info.recipe,
	        .alpha = c->alpha,
	};
	const size_t image = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
	struct vh_data d;
	int rc;

	if (!c->calib) {
		c->n = c->images ? (size_t)c->images : VH_SCENES;
		return vh_scenes(&shape, c->n, &c->pixels, err);
	}
	rc = vh_data_images(c->calib, &shape, 0, &d, err);
	if (rc)
		return rc;
	rc = vh_data_cut(&d, c->images ? (size_t)c->images : IMAGES, VH_EVENLY, err);
	rc = rc ? rc : vh_data_prepare(&d, 0, c->pictures.skip_bad, err);
	c->n = d.n;
	c->bad = d.bad;
	rc = rc ? rc : vh_alloc_pixels(&shape, c->n, &c->pixels, err);
	for (size_t i = 0; !rc && i < c->n; i++)
		rc = vh_data_get(&d, i, c->pixels + i * image, err);
	vh_data_free(&d);
	return rc;
}

/* The network would be gone. */
static int check_output(const char *out, const char *network, vn_error *err)
{
	struct stat a, b;

	if (stat(out, &a) || stat(network, &b) || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return 0;
	return vn_fail(err, VN_EARG, "name another file for the program",
	               "-o %.300s: this is the network itself", out);
}

static void on_progress(void *ctx, double fraction)
{
	vh_progress(ctx, fraction);
}

/* The compiler knows no file; its refusals of a network are of this one. */
static void name_network(const char *path, vn_error *err)
{
	const vn_error was = *err;

	if (was.code == VN_EMODEL || was.code == VN_EFIT)
		snprintf(err->message, sizeof(err->message), "%.200s: %.300s", path, was.message);
}

/* What the summary tells is read from the bytes that were saved, as every user of them would. */
static int read_back(struct compile *c, vn_error *err)
{
	void *data;
	size_t bytes;
	int rc = vn_compiled_bytes(c->compiled, &data, &bytes, err);

	if (rc)
		return rc;
	rc = vn_program_parse(c->out, data, bytes, &c->prog, err);
	free(data);
	return rc;
}

/* What int8 costs, over images of --check or of the calibration. */
static int judge(struct compile *c, vn_error *err)
{
	struct vh_quality_set set = {.pixels = c->pixels, .of = c->n};
	struct vh_data d = {0};
	int rc = 0;

	set.images = vh_quality_images(c->net, c->n);
	if (c->check) {
		const struct vh_quality_source from = {
		        .path = c->check, .skip_bad = c->pictures.skip_bad, .alpha = c->alpha};

		rc = vh_quality_data(&from, c->prog, &d, err);
		set = (struct vh_quality_set){.data = &d, .images = d.n};
	}
	if (!rc)
		rc = vh_quality(c->net, c->prog, &set, "check", vh_threads(&c->common, "ref:"),
		                &c->quality, err);
	vh_data_free(&d);
	return rc;
}

static int compile(struct compile *c, const char *path, vn_error *err)
{
	const vn_compile_options options = {
	        .size = sizeof(options),
	        .rows = c->rows,
	        .params = c->params,
	        .cols = c->cols,
	        .group = (int)c->group,
	        .progress = on_progress,
	        .range = c->range_kind,
	        .plain_bias = !c->correct,
	        .threads = (int)c->common.threads,
	        .ctx = &c->progress,
	};
	int rc = check_output(c->out, path, err);

	if (!rc)
		rc = vh_net_load(path, &c->net, err);
	if (!rc)
		rc = override(c, err);
	if (!rc)
		rc = load_calibration(c, err);
	if (rc)
		return rc;
	vh_progress_begin(&c->progress, "compile");
	rc = vn_net_compile(c->net, c->pixels, c->n, &options, &c->compiled, err);
	vh_progress_end(&c->progress);
	if (rc)
		name_network(path, err);
	if (!rc)
		rc = vn_compiled_save(c->compiled, c->out, err);
	if (!rc)
		rc = read_back(c, err);
	return rc ? rc : judge(c, err);
}

/* ---- command ---- */

static json_t *notes(const vn_net *net)
{
	json_t *list = json_array();

	const char *note;

	for (int i = 0; list && (note = vn_net_get_note(net, i)); i++)
		(void)json_array_append_new(list, vh_json_text(note));
	return list;
}

static int print(const struct compile *c)
{
	vn_program_info info;
	const char *note;

	vn_program_get_info(c->prog, &info);
	vh_quality_warn(&c->quality, c->prog);
	if (c->common.json)
		return vh_print_json(
		        json_pack("{s:o,s:i,s:i,s:i,s:i,s:i,s:I,s:I,s:i,s:i,s:b,s:o,s:s,s:b,s:o}",
		                  "program", vh_json_text(c->out), "rows", c->rows, "cols", c->cols,
		                  "stages", info.stages, "descriptors", info.descriptors, "group",
		                  info.group, "weight_bytes", (json_int_t)info.weight_bytes, "macs",
		                  (json_int_t)info.macs, "calibration_images", (int)c->n, "bad",
		                  (int)c->bad, "normalisation_assumed", !c->info.normalised,
		                  "notes", notes(c->net), "range", c->range, "bias_correction",
		                  c->correct, "quality", vh_quality_json(&c->quality, c->prog)));
	for (int i = 0; (note = vn_net_get_note(c->net, i)); i++)
		vh_say(stdout, "compile: note: ", note, "\n");
	if (!c->info.normalised)
		printf("compile: the network does not tell its normalisation; the usual one is "
		       "assumed "
		       "(--mean, --std set it)\n");
	vh_say(stdout, "compile: ", c->out, "");
	printf(" target=%dx%d images=%zu stages=%d descriptors=%d group=%d weights=%llu bytes\n",
	       c->rows, c->cols, c->n, info.stages, info.descriptors, info.group,
	       (unsigned long long)info.weight_bytes);
	printf("compile: int8 against float: ");
	vh_quality_print(&c->quality, c->prog);
	vh_say(stdout, " over ", c->check ? c->check : "calibration images", "\n");
	return VH_OK;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct compile c = {.target = "32x64", .group = 0, .range = "minmax", .bias = "on"};
	const struct vh_option options[] = {
	        {"calib", 0, VH_TEXT, "PATH",
	         "images to choose scales by: IDX file or folder (required, but for a network by "
	         "name, which synthetic scenes serve)",
	         &c.calib, 0, 0},
	        {"output", 'o', VH_TEXT, "NET.vnx", "where the program goes (required)", &c.out, 0,
	         0},
	        {"target", 0, VH_TEXT, "RxC", "size of the compute unit's array (default 32x64)",
	         &c.target, 0, 0},
	        {"params", 0, VH_TEXT, "NAME=N...",
	         "what else differs of the compute unit, as in \"DW_CH=8 LANES=32\"", &c.params, 0,
	         0},
	        {"images", 0, VH_NUMBER, "N",
	         "calibration images, spread over the set (default 1000, of scenes 32)", &c.images,
	         1, 1000000},
	        {"range", 0, VH_TEXT, "KIND",
	         "what scales cover: minmax (default), percentile, mse", &c.range, 0, 0},
	        {"bias-correction", 0, VH_TEXT, "on|off",
	         "make up in biases for what rounding weights loses (default on)", &c.bias, 0, 0},
	        {"check", 0, VH_TEXT, "PATH",
	         "images to judge int8 against float by (default: 256 of the calibration, 64 for "
	         "a network above 1 GMAC)",
	         &c.check, 0, 0},
	        {"mean", 0, VH_TEXT, "A,B,C", "of pixel/255, for each channel", &c.mean, 0, 0},
	        {"std", 0, VH_TEXT, "A,B,C", "of pixel/255, for each channel", &c.std, 0, 0},
	        {"labels", 0, VH_TEXT, "FILE", "class names, one a line", &c.labels, 0, 0},
	        {"resize", 0, VH_TEXT, "N[,KIND]",
	         "resize the short side of images to N, then crop; 0: never; KIND: squash, "
	         "bilinear",
	         &c.resize, 0, 0},
	        {"crop", 0, VH_TEXT, "PART",
	         "resize so that the crop is this part of the short side, as in 0.875", &c.crop, 0,
	         0},
	        {"bgr", 0, VH_FLAG, NULL, "the network takes blue first", &c.bgr, 0, 0},
	        VH_PICTURE_OPTIONS(&c.pictures),
	        {"group", 0, VH_NUMBER, "N",
	         "images that share a load of the weights (default 0: as many as fit, up to 8; 1: "
	         "none)",
	         &c.group, 0, 255},
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &c.common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (!c.out)
		return vh_usage(self->name, "-o is missing");
	if (!c.calib && !vh_is_variant(argv[0]))
		return vh_usage(self->name, "--calib is missing");
	if (!parse_target(c.target, &c.rows, &c.cols))
		return vh_usage(self->name, "--target: '%s' is not a size as 16x16", c.target);
	rc = parse_kinds(&c, self->name);
	if (rc != VH_GO_ON)
		return rc;
	rc = vh_pictures_parse(&c.pictures, self->name, &c.alpha);
	if (rc != VH_GO_ON)
		return rc;
	rc = vh_exit_code(compile(&c, argv[0], &err), &err);
	if (rc == VH_OK)
		rc = print(&c);
	vn_program_free(c.prog);
	vn_compiled_free(c.compiled);
	vn_net_free(c.net);
	free(c.pixels);
	return rc;
}

const struct vh_command VH_COMPILE = {
        .name = "compile",
        .operands = "NET --calib PATH -o NET.vnx",
        .summary = "quantise a network and compile it for a compute unit",
        .least = 1,
        .most = 1,
        .more = VH_NET_HELP,
        .run = run,
};
