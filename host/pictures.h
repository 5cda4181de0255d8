/* SPDX-License-Identifier: Apache-2.0
 *
 * pictures.h - the options of every command that reads pictures, and of the one that says how the
 * network wants them.
 */
#ifndef VH_PICTURES_H
#define VH_PICTURES_H

#include "host/cli.h"
#include "host/image.h"

struct vh_pictures {
	const char *alpha; /* as given; NULL: not */
	int skip_bad;
};

/* Rows of a command's table of options. */
#define VH_PICTURE_OPTIONS(p)                                                                      \
	{"skip-bad",     0, VH_FLAG, NULL, "leave out pictures that cannot be read",               \
	 &(p)->skip_bad, 0, 0},                                                                    \
	{                                                                                          \
		"alpha", 0, VH_TEXT, "KIND",                                                       \
		        "drop an alpha channel (default), or compose it on black or white",        \
		        &(p)->alpha, 0, 0                                                          \
	}

/* --alpha into @shape.  VH_GO_ON, or VH_USAGE with its sentence printed. */
int vh_pictures_parse(const struct vh_pictures *p, const char *command, enum vh_alpha *alpha);

/* --resize and --crop over what the network says.  @resize: NULL, "0", or "N" with ",squash" and
 * ",bilinear" or ",bicubic" behind it; @crop: NULL, or the part of the resized picture that the
 * h x w image is, as in 0.875.  VN_EARG. */
VN_MUST_CHECK int vh_recipe_set(vn_recipe *r, const char *resize, const char *crop, int h, int w,
                                vn_error *err);

#endif /* VH_PICTURES_H */
