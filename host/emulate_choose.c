/* SPDX-License-Identifier: Apache-2.0
 *
 * emulate_choose.c - which cards to emulate, by the devices that a command line names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin.h"
#include "host/emulate.h"

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
static int named_platform(const char *device, char platform[VH_EMU_PLATFORM])
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
			snprintf(platform, VH_EMU_PLATFORM, "%s", file->platform);
	}
	free(file);
	return good;
}

/* Of the files in @folder: 1 if the default card has one, else @platform of the first that there
 * is. */
static int search(const char *folder, char platform[VH_EMU_PLATFORM])
{
	struct vn_xclbin_entry *entries = NULL;
	int n = 0, found = 0;

	if (vn_xclbin_manifest(folder, &entries, &n, NULL))
		return 0; /* the driver will say what is wrong with it */
	for (int i = 0; i < n && !found; i++) {
		if (!entries[i].emulation)
			continue;
		found = strcmp(entries[i].platform, vh_emu_platform()) == 0;
		if (found || !platform[0])
			snprintf(platform, VH_EMU_PLATFORM, "%s", entries[i].platform);
	}
	free(entries);
	return found;
}

void vh_emu_choose(char *const *argv, long *cards, char platform[VH_EMU_PLATFORM])
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
	*cards = most < VH_EMU_CARDS_MAX ? most + 1 : VH_EMU_CARDS_MAX;
	for (int i = 0; !named && !found && vn_xclbin_folder(i, folder); i++)
		found = search(folder, platform);
	if (!platform[0])
		snprintf(platform, VH_EMU_PLATFORM, "%s", vh_emu_platform());
}
