/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_recipe.c - the properties that say what the network wants to be fed: ours, written by
 * train/export.py, or timm's pretrained_cfg.
 */
#define _GNU_SOURCE /* strtod_l: decimal points must not depend on the caller's locale */
#include "model/onnx_fold.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- mean and std ---- */

/* @text: exactly @count finite numbers, comma separated. */
static bool parse_numbers(const char *text, int count, float *out)
{
	locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	bool good = c != (locale_t)0;

	for (int i = 0; good && i < count; i++) {
		char *end;

		out[i] = (float)strtod_l(text, &end, c);
		good = end != text && isfinite(out[i]) && *end == (i + 1 < count ? ',' : '\0');
		text = end + 1;
	}
	if (c != (locale_t)0)
		freelocale(c);
	return good;
}

static void default_numbers(struct vn_net *net)
{
	static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};

	for (int c = 0; c < net->in_c; c++) {
		net->mean[c] = net->in_c == 3 ? mean[c] : 0.0f;
		net->std[c] = net->in_c == 3 ? std[c] : 1.0f;
	}
}

/* Sets *@found. */
static int read_numbers(struct vn_onnx *g, struct vn_net *net, bool *found)
{
	const char *mean = vn_onnx_property(g, "vanillin.mean");
	const char *std = vn_onnx_property(g, "vanillin.std");
	bool good = mean && std;

	*found = mean || std;
	if (!*found)
		return 0;
	good = good && parse_numbers(mean, net->in_c, net->mean) &&
	       parse_numbers(std, net->in_c, net->std);
	for (int c = 0; good && c < net->in_c; c++)
		good = net->std[c] > 0 && isnormal(net->std[c]);
	if (!good)
		return vn_onnx_refuse(
		        g, NULL, "write both with train/export.py",
		        "properties vanillin.mean and vanillin.std must be %d numbers "
		        "each, std positive",
		        net->in_c);
	net->normalised = 1;
	return 0;
}

/* ---- resize ---- */

/* "none", or "short:256,crop:224" or "squash:256,crop:224", with ",bilinear" where it is not
 * bicubic. */
static bool parse_resize(const char *text, const struct vn_net *net, vn_recipe *r)
{
	const int least = net->in_h < net->in_w ? net->in_h : net->in_w;
	char kind[8] = "", filter[10] = "bicubic";
	int side, crop, used = -1;

	if (strlen(text) > 64 ||
	    sscanf(text, "%7[a-z]:%5d,crop:%5d%n", kind, &side, &crop, &used) != 3)
		return false;
	if (text[used] && sscanf(text + used, ",%9[a-z]%n", filter, &crop) == 1)
		used += crop;
	r->resize = side;
	r->squash = !strcmp(kind, "squash");
	r->bilinear = !strcmp(filter, "bilinear");
	return !text[used] && side >= least && side <= VN_RESIZE_MAX &&
	       (r->squash || !strcmp(kind, "short")) && (r->bilinear || !strcmp(filter, "bicubic"));
}

static int read_resize(struct vn_onnx *g, struct vn_net *net, bool *found)
{
	const char *text = vn_onnx_property(g, "vanillin.resize");
	const char *order = vn_onnx_property(g, "vanillin.channels");
	const int least = net->in_h < net->in_w ? net->in_h : net->in_w;
	int side, crop;

	*found = text != NULL;
	if (order && strcmp(order, "rgb") != 0 && strcmp(order, "bgr") != 0)
		return vn_onnx_refuse(g, NULL, "write \"rgb\" or \"bgr\"",
		                      "property vanillin.channels is neither");
	net->recipe.bgr = order && !strcmp(order, "bgr");
	if (!text || !strcmp(text, "none"))
		return 0;
	if (!parse_resize(text, net, &net->recipe) ||
	    sscanf(text, "%*[a-z]:%5d,crop:%5d", &side, &crop) != 2 || crop != least)
		return vn_onnx_refuse(
		        g, NULL,
		        "write \"none\" or \"short:256,crop:224\", \"squash:224,crop:224\", "
		        "and \",bilinear\" behind it if it is not bicubic",
		        "property vanillin.resize does not fit a %dx%d image", net->in_h,
		        net->in_w);
	return 0;
}

/* ---- timm ---- */

/* A Python dict as repr() writes it, turned into JSON: quotes, tuples and constants.  Malloc'ed;
 * NULL without memory. */
static char *python_to_json(const char *text)
{
	static const struct {
		const char *python, *json;
	} words[] = {{"None", "null"}, {"True", "true"}, {"False", "false"}};
	char *out = malloc(strlen(text) + 1), *to = out;
	char quote = 0;

	while (out && *text) {
		size_t taken = 1;

		if (quote) {
			quote = *text == quote ? 0 : quote;
			*to++ = *text == '\'' ? '"' : *text;
		} else if (*text == '\'' || *text == '"') {
			quote = *text;
			*to++ = '"';
		} else if (*text == '(' || *text == ')') {
			if (*text == ')' && to > out && to[-1] == ',')
				to--; /* (3,) */
			*to++ = *text == '(' ? '[' : ']';
		} else {
			const char *as = NULL;

			for (size_t i = 0; !as && i < sizeof(words) / sizeof(words[0]); i++)
				if (!strncmp(text, words[i].python, strlen(words[i].python))) {
					as = words[i].json;
					taken = strlen(words[i].python);
				}
			if (as)
				to += strlen(
				        strcpy(to, as)); /* never longer but False, equally long */
			else
				*to++ = *text;
		}
		text += taken;
	}
	if (out)
		*to = '\0';
	return out;
}

static json_t *load_config(const char *text)
{
	json_t *config = json_loads(text, 0, NULL);
	char *json;

	if (config)
		return config;
	json = python_to_json(text);
	config = json ? json_loads(json, 0, NULL) : NULL;
	free(json);
	return config;
}

/* One number, or one for each channel. */
static bool numbers_of(const json_t *value, int channels, bool above_zero, float *out)
{
	const size_t n = json_array_size(value);

	for (int c = 0; c < channels; c++) {
		const json_t *one = json_is_array(value)
		                            ? json_array_get(value, n == 1 ? 0 : (size_t)c)
		                            : value;

		out[c] = (float)json_number_value(one);
		if (!json_is_number(one) || !isfinite(out[c]) ||
		    (above_zero && !(out[c] > 0 && isnormal(out[c]))))
			return false;
	}
	return !json_is_array(value) || n == 1 || n == (size_t)channels;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

/* timm resizes the short side to the image's divided by crop_pct, rounded down; with crop_mode
 * "squash" both sides. */
static bool config_resize(const json_t *config, struct vn_net *net)
{
	const json_t *pct = json_object_get(config, "crop_pct");
	const json_t *filter = json_object_get(config, "interpolation");
	const double part = pct && !json_is_null(pct) ? json_number_value(pct) : 0.875;
	const int least = net->in_h < net->in_w ? net->in_h : net->in_w;

	if (!(part > 0 && part <= 1) || floor(least / part) > VN_RESIZE_MAX)
		return false;
	if (filter && !is_text(filter, "bicubic") && !is_text(filter, "bilinear"))
		return false;
	net->recipe.resize = (int)floor(least / part);
	net->recipe.squash = is_text(json_object_get(config, "crop_mode"), "squash");
	net->recipe.bilinear = is_text(filter, "bilinear");
	return true;
}

static int read_config(struct vn_onnx *g, struct vn_net *net, bool *numbers, bool *resize)
{
	const char *text = vn_onnx_property(g, "pretrained_cfg");
	json_t *config = text ? load_config(text) : NULL;
	const json_t *mean = json_object_get(config, "mean"), *std = json_object_get(config, "std");
	bool good = json_is_object(config);

	if (!text)
		return 0;
	if (good && !*numbers && (mean || std)) {
		good = numbers_of(mean, net->in_c, false, net->mean) &&
		       numbers_of(std, net->in_c, true, net->std);
		net->normalised = *numbers = good;
	}
	if (good && !*resize)
		good = *resize = config_resize(config, net);
	json_decref(config);
	if (!good)
		return vn_onnx_refuse(g, NULL, "write it as JSON, as timm's model card has it",
		                      "property pretrained_cfg has no mean, std, crop_pct or "
		                      "interpolation that is known here");
	return 0;
}

int vn_onnx_recipe(struct vn_onnx *g, struct vn_net *net)
{
	bool numbers, resize;
	int rc = read_numbers(g, net, &numbers);

	rc = rc ? rc : read_resize(g, net, &resize);
	rc = rc ? rc : read_config(g, net, &numbers, &resize);
	if (rc)
		return rc;
	if (!numbers)
		default_numbers(net);
	if (!resize && net->in_h == 224 && net->in_w == 224)
		net->recipe.resize = 256;
	return 0;
}
