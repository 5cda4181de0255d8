/* SPDX-License-Identifier: Apache-2.0
 *
 * pictures.c - see pictures.h.
 */
#define _GNU_SOURCE /* strtod_l: decimal points must not depend on the locale */
#include "host/pictures.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/out.h"

int vh_pictures_parse(const struct vh_pictures *p, const char *command, enum vh_alpha *alpha)
{
	static const char *const names[] = {
	        [VH_ALPHA_DROP] = "drop", [VH_ALPHA_BLACK] = "black", [VH_ALPHA_WHITE] = "white"};

	*alpha = VH_ALPHA_DROP;
	for (size_t i = 0; p->alpha && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(p->alpha, names[i]) == 0) {
			*alpha = (enum vh_alpha)i;
			return VH_GO_ON;
		}
	return p->alpha ? vh_usage(command, "--alpha: '%s' is none of drop, black, white", p->alpha)
	                : VH_GO_ON;
}

/* ---- the recipe ---- */

/* A word behind the number: its own length, or 0. */
static size_t take_word(const char *text, vn_recipe *r)
{
	static const char *const words[] = {",squash", ",bilinear", ",bicubic"};

	for (size_t i = 0; i < 3; i++) {
		const size_t length = strlen(words[i]);

		if (strncmp(text, words[i], length) != 0 || (text[length] && text[length] != ','))
			continue;
		r->squash |= i == 0;
		r->bilinear = i == 1 || (r->bilinear && i != 2);
		return length;
	}
	return 0;
}

static int parse_resize(const char *text, vn_recipe *r)
{
	char *end;
	const long side = strtol(text, &end, 10);
	size_t length;

	if (end == text || side < 0 || side > VN_RESIZE_MAX)
		return 0;
	*r = (vn_recipe){.resize = (int)side, .bgr = r->bgr};
	while ((length = take_word(end, r)) > 0)
		end += length;
	return !*end;
}

static double parse_part(const char *text)
{
	locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	char *end = NULL;
	double part = c ? strtod_l(text, &end, c) : 0;

	if (c)
		freelocale(c);
	return end && end != text && !*end ? part : 0;
}

int vh_recipe_set(vn_recipe *r, const char *resize, const char *crop, int h, int w, vn_error *err)
{
	const int least = h < w ? h : w;
	double part;

	if (resize && !parse_resize(resize, r))
		return vn_fail(
		        err, VN_EARG,
		        "give the short side before the crop, as in --resize 256, and behind it "
		        ",squash or ,bilinear",
		        "--resize: '%s' is not 0 to %d with squash, bilinear or bicubic", resize,
		        VN_RESIZE_MAX);
	if (crop) {
		part = parse_part(crop);
		if (!(part > 0 && part <= 1) || floor(least / part) > VN_RESIZE_MAX)
			return vn_fail(err, VN_EARG,
			               "give the part that is left, as in --crop 0.875",
			               "--crop: '%s' is not a part of a picture", crop);
		r->resize = (int)floor(least / part);
	}
	if (r->resize > 0 && r->resize < least)
		return vn_fail(
		        err, VN_EARG, "give the short side before the crop, as in --resize 256",
		        "--resize: %d is less than the network's %d x %d pixels", r->resize, w, h);
	return 0;
}
