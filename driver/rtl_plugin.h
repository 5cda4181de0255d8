/* SPDX-License-Identifier: Apache-2.0
 *
 * rtl_plugin.h - inside rtl: find the simulated compute units, libvn_rtl_RxC[_VARIANT].so, in
 * $VANILLIN_RTL_DIR, else in sim/ and ../lib/vanillin/ beside the running program or library.
 */
#ifndef VN_RTL_PLUGIN_H
#define VN_RTL_PLUGIN_H

#include <limits.h>

#include "include/vanillin.h"

enum {
	VN_RTL_FILE_MAX = PATH_MAX + 96,
	VN_RTL_SIZES_MAX = 32,
};

/* The file of one size; @variant: "" or "_fst" and the like.  0: there is none. */
int vn_rtl_find(int rows, int cols, const char *variant, char path[VN_RTL_FILE_MAX]);
/* VN_ENODEV, with the make target that builds it. */
int vn_rtl_not_built(int rows, int cols, const char *variant, vn_error *err);
/* How many files there are; rows << 16 | cols of each, ascending, a size once a folder. */
int vn_rtl_sizes(int sizes[VN_RTL_SIZES_MAX]);

#endif /* VN_RTL_PLUGIN_H */
