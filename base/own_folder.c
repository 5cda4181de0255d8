/* SPDX-License-Identifier: Apache-2.0
 *
 * own_folder.c - see own_folder.h.
 */
#define _GNU_SOURCE /* dladdr */
#include "base/own_folder.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vn_own_folder(char folder[PATH_MAX])
{
	static const char here;
	char file[PATH_MAX];
	Dl_info info;

	if (!dladdr(&here, &info) || !strchr(info.dli_fname, '/') ||
	    !realpath(info.dli_fname, file)) {
		if (!realpath("/proc/self/exe", file))
			strcpy(file, "./?");
	}
	*strrchr(file, '/') = '\0';
	snprintf(folder, PATH_MAX, "%s", file);
}
