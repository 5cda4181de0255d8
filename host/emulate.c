/* SPDX-License-Identifier: Apache-2.0
 *
 * emulate.c - programs on emulated cards: what `vanillin emulate` and --emulate have in common, and
 * which cards the second needs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/xclbin.h"
#include "host/cli.h"
#include "host/emulate.h"
#include "host/out.h"

int vh_emulate(const struct ve_emulation *e)
{
	struct ve_folder folder;
	int exit_code = VE_FAILED;
	vn_error err = {0};
	int rc = ve_folder_make(&folder, &err);

	if (rc) {
		vh_report(&err);
		return VE_FAILED;
	}
	rc = ve_prepare(e, &folder, &err);
	if (!rc)
		rc = ve_run(e, &folder, &exit_code, &err);
	if (rc)
		vh_report(&err);
	if (e->keep && ve_folder_keep(&folder, &err))
		vh_report(&err);
	else if (e->keep)
		vh_say(stderr, "vanillin: the run folder is ", folder.path, "\n");
	ve_folder_drop(&folder);
	return exit_code;
}

/* ---- --emulate ---- */

/* The next device xrt: or ocl: of an argument, which may be a list; what follows the colon. */
static const char *next_device(const char *argument, const char *at)
{
	while ((at = strchr(at, ':'))) {
		if (at - argument >= 3 &&
		    (strncmp(at - 3, "xrt", 3) == 0 || strncmp(at - 3, "ocl", 3) == 0))
			return at + 1;
		at++;
	}
	return NULL;
}

/* The highest card of "0+2", as often as it is higher than @most. */
static long highest(const char *text, long most)
{
	char *end = (char *)text;

	do {
		const long card = strtol(end, &end, 10);

		most = card > most ? card : most;
	} while (*end == '+' && *++end);
	return most;
}

/* The platform of the file in "0;xclbin=FILE;..."; 0: there is none. */
static int named_platform(const char *device, char platform[VE_PLATFORM])
{
	static const char option[] = "xclbin=";
	const char *at = strstr(device, option);
	struct vn_xclbin *file = malloc(sizeof(*file));
	char path[PATH_MAX];
	int good = 0;

	if (at && file) {
		at += strlen(option);
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, ";,"), at);
		good = vn_xclbin_read(path, file, NULL) == 0 && file->platform[0];
		if (good)
			snprintf(platform, VE_PLATFORM, "%s", file->platform);
	}
	free(file);
	return good;
}

/* Of the files in @folder: 1 if the default card has one, else @platform of the first that there
 * is. */
static int search(const char *folder, char platform[VE_PLATFORM])
{
	struct vn_xclbin_entry *entries = NULL;
	int n = 0, found = 0;

	if (vn_xclbin_manifest(folder, &entries, &n, NULL))
		return 0; /* the driver will say what is wrong with it */
	for (int i = 0; i < n && !found; i++) {
		if (!entries[i].emulation)
			continue;
		found = strcmp(entries[i].platform, ve_platform()) == 0;
		if (found || !platform[0])
			snprintf(platform, VE_PLATFORM, "%s", entries[i].platform);
	}
	free(entries);
	return found;
}

/* What the devices xrt: and ocl: that a command line names need: how many cards, and the platform
 * of the .xclbin that they name; else the default card's if there is an .xclbin for it, else that
 * of the first that there is. */
static void choose(char *const *argv, long *cards, char platform[VE_PLATFORM])
{
	char folder[VN_XCLBIN_FOLDER_MAX];
	int named = 0, found = 0;
	long most = 0;

	platform[0] = '\0';
	for (; *argv; argv++)
		for (const char *at = *argv; (at = next_device(*argv, at));) {
			most = highest(at, most);
			named |= named_platform(at, platform);
		}
	*cards = most < VE_CARDS_MAX ? most + 1 : VE_CARDS_MAX;
	for (int i = 0; !named && !found && vn_xclbin_folder(i, folder); i++)
		found = search(folder, platform);
	if (!platform[0])
		snprintf(platform, VE_PLATFORM, "%s", ve_platform());
}

int vh_emulated(void)
{
	return getenv("VANILLIN_EMULATED") != NULL;
}

int vh_emulate_again(char **argv, const char *card)
{
	struct ve_emulation e = {.argv = argv};
	char self[PATH_MAX], platform[VE_PLATFORM];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int rc;

	self[n > 0 ? n : 0] = '\0';
	e.program = self;
	choose(argv, &e.devices, platform);
	e.card = card ? card : platform;
	rc = vh_emulate(&e);
	return rc >= VE_FAILED && rc <= VE_NOT_FOUND ? VH_FAILED : rc;
}
