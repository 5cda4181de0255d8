/* SPDX-License-Identifier: Apache-2.0
 *
 * rtl_plugin.c - where the plug-ins of sim/ are.
 */
#include "driver/rtl_plugin.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/backend.h"
#include "base/error.h"
#include "base/own_folder.h"

enum { FOLDER_MAX = PATH_MAX + 32 };

/* Folder number @index of the search; 0 past the last. */
static int search_folder(int index, char *folder, size_t size)
{
	static const char *const beside[] = {"sim", "../lib/vanillin"};
	const char *const set = getenv("VANILLIN_RTL_DIR");
	char own[PATH_MAX];

	if (set && set[0]) {
		snprintf(folder, size, "%s", set);
		return index == 0;
	}
	if (index >= (int)(sizeof(beside) / sizeof(beside[0])))
		return 0;
	vn_own_folder(own);
	snprintf(folder, size, "%s/%s", own, beside[index]);
	return 1;
}

int vn_rtl_find(int rows, int cols, const char *variant, char path[VN_RTL_FILE_MAX])
{
	char folder[FOLDER_MAX];

	for (int i = 0; search_folder(i, folder, sizeof(folder)); i++) {
		snprintf(path, VN_RTL_FILE_MAX, "%s/libvn_rtl_%dx%d%s.so", folder, rows, cols,
		         variant);
		if (access(path, R_OK) == 0)
			return 1;
	}
	return 0;
}

int vn_rtl_not_built(int rows, int cols, const char *variant, vn_error *err)
{
	char hint[256];

	if (variant[0])
		snprintf(hint, sizeof(hint), "make sim-%s SIZE=%dx%d", variant + 1, rows, cols);
	else
		snprintf(hint, sizeof(hint),
		         "make sim-%dx%d, or set VANILLIN_RTL_DIR to the folder of "
		         "libvn_rtl_%dx%d.so",
		         rows, cols, rows, cols);
	return vn_fail(err, VN_ENODEV, hint, "rtl:%dx%d: libvn_rtl_%dx%d%s.so is not built", rows,
	               cols, rows, cols, variant);
}

/* rows x cols of "libvn_rtl_16x16.so"; 0 for other names. */
static int plugin_size(const char *name, int *rows, int *cols)
{
	int end = 0;

	return sscanf(name, "libvn_rtl_%4dx%4d.so%n", rows, cols, &end) == 2 && end > 0 &&
	       name[end] == '\0';
}

static int by_size(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

int vn_rtl_sizes(int sizes[VN_RTL_SIZES_MAX])
{
	char folder[FOLDER_MAX];
	int n = 0;

	for (int i = 0; search_folder(i, folder, sizeof(folder)); i++) {
		DIR *dir = opendir(folder);
		struct dirent *entry;
		int rows, cols;

		while (dir && (entry = readdir(dir)) && n < VN_RTL_SIZES_MAX)
			if (plugin_size(entry->d_name, &rows, &cols))
				sizes[n++] = rows << 16 | cols;
		if (dir)
			closedir(dir);
	}
	qsort(sizes, (size_t)n, sizeof(sizes[0]), by_size);
	return n;
}
