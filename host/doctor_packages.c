/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_packages.c - the packages and programs of doctor.def.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/doctor.h"
#include "emulation/launcher/launcher.h"

enum section {
#define VH_SECTION(id, title) SECTION_##id,
#include "host/doctor.def"
	SECTIONS
};

static const char *const TITLES[SECTIONS] = {
#define VH_SECTION(id, title) title,
#include "host/doctor.def"
};

static const struct need {
	enum section section;
	int is_package;
	const char *name, *cost;
} NEEDS[] = {
#define VH_PACKAGE(section, name, cost) {SECTION_##section, 1, name, cost},
#define VH_PROGRAM(section, name, cost) {SECTION_##section, 0, name, cost},
#include "host/doctor.def"
};

enum { NEEDS_N = sizeof(NEEDS) / sizeof(NEEDS[0]), NAME = 64 };

/* Which packages dpkg has installed; returns 0 where there is no dpkg. */
static int ask_dpkg(const struct vh_doctor *d, int here[NEEDS_N])
{
	char path[512], package[NAME] = "", *line = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/var/lib/dpkg/status", d->root);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (getline(&line, &room, file) > 0) {
		if (sscanf(line, "Package: %63s", package) == 1 ||
		    strcmp(line, "Status: install ok installed\n") != 0)
			continue;
		for (int i = 0; i < NEEDS_N; i++)
			here[i] |= NEEDS[i].is_package && strcmp(NEEDS[i].name, package) == 0;
	}
	free(line);
	fclose(file);
	return 1;
}

/* A program of Xilinx's that is installed in one of the usual places, but not in PATH. */
static void find_installed(const struct vh_doctor *d, const char *name, char *hint, size_t size)
{
	static const char *const places[] = {"/opt/Xilinx/*/*", "/tools/Xilinx/*/*",
	                                     "/opt/xilinx/*/*"};
	char pattern[1024];
	glob_t found;
	int here = 0;

	for (int i = 0; i < 3 && !here; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/bin/%s", d->root, places[i], name);
		if (glob(pattern, 0, NULL, &found) == 0) {
			const char *path = found.gl_pathv[found.gl_pathc - 1]; /* the newest */

			snprintf(hint, size, "source %.*s/settings64.sh",
			         (int)(strlen(path) - strlen("/bin/") - strlen(name)), path);
			here = 1;
			globfree(&found);
		}
	}
}

static void tell(struct vh_doctor *d, const struct need *need, int here, int dpkg)
{
	char hint[1200] = "";

	if (need->is_package)
		snprintf(hint, sizeof(hint), "apt-get install %s", need->name);
	else if (!here)
		find_installed(d, need->name, hint, sizeof(hint));
	vh_doctor_find(d,
	               here                        ? VH_IS_OK
	               : need->is_package && !dpkg ? VH_IS_UNKNOWN
	                                           : VH_IS_ABSENT,
	               need->name, here ? NULL : need->cost, hint);
}

void vh_doctor_packages(struct vh_doctor *d)
{
	int here[NEEDS_N] = {0};
	const int dpkg = ask_dpkg(d, here);

	for (int i = 0; i < NEEDS_N; i++) {
		d->section = TITLES[NEEDS[i].section];
		tell(d, &NEEDS[i], here[i] || (!NEEDS[i].is_package && ve_in_path(NEEDS[i].name)),
		     dpkg);
	}
}
