/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_built.c - what is built beside this program: simulated compute units, .xclbin files.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/rtl_plugin.h"
#include "include/vanillin.h"
#include "driver/xclbin.h"
#include "host/doctor.h"
#include "emulation/launcher/launcher.h"

enum { TEXT = 700 };

static void tell_units(struct vh_doctor *d)
{
	int sizes[VN_RTL_SIZES_MAX];
	const int n = vn_rtl_sizes(sizes);
	char text[TEXT] = "";
	int last = 0;

	for (int i = 0; i < n; i++) {
		const size_t at = strlen(text);

		if (sizes[i] == last)
			continue;
		last = sizes[i];
		snprintf(text + at, sizeof(text) - at, "%s%dx%d", at ? " " : "", last >> 16,
		         last & 0xffff);
	}
	vh_doctor_find(d, n ? VH_IS_OK : VH_IS_ABSENT, "simulated compute units",
	               n ? text : "no rtl:, nothing for an emulated card to run", "make sim-16x16");
}

static void tell_preload(struct vh_doctor *d)
{
	char path[PATH_MAX];
	const int here = ve_own_file("libvn_xrtfix.so", path);

	vh_doctor_find(d, here ? VH_IS_OK : VH_IS_ABSENT, "libvn_xrtfix.so",
	               here ? NULL : "no emulated cards", "make build");
}

/* ---- .xclbin files ---- */

static void tell_file(struct vh_doctor *d, const char *folder, const struct vn_xclbin_entry *e)
{
	char path[VN_XCLBIN_FOLDER_MAX + NAME_MAX + 2], text[TEXT];
	struct vn_xclbin *file = malloc(sizeof(*file));
	vn_error err = {0};

	snprintf(path, sizeof(path), "%s/%s", folder, e->file);
	if (!file || vn_xclbin_read(path, file, &err)) {
		vh_doctor_find(d, VH_IS_BROKEN, e->file, err.message, err.hint);
	} else if (memcmp(file->uuid, e->uuid, sizeof(e->uuid)) != 0) {
		vh_doctor_find(d, VH_IS_BROKEN, e->file, "its UUID is not that of manifest.json",
		               "make it again");
	} else {
		d->emulated += e->emulation;
		snprintf(text, sizeof(text), "%s of %s, %ux%u, %d compute unit%s, %g MHz, by %s",
		         e->emulation ? "emulation" : "card", e->card, e->config[VN_CFG_ROWS],
		         e->config[VN_CFG_COLS], e->units, e->units == 1 ? "" : "s", e->clock_mhz,
		         e->made_from);
		vh_doctor_find(d, VH_IS_OK, e->file, text, NULL);
	}
	free(file);
}

static int tell_folder(struct vh_doctor *d, const char *folder)
{
	struct vn_xclbin_entry *entries = NULL;
	vn_error err = {0};
	int n = 0;

	if (vn_xclbin_manifest(folder, &entries, &n, &err)) {
		vh_doctor_find(d, VH_IS_BROKEN, "manifest.json", err.message, err.hint);
		return 1;
	}
	for (int i = 0; i < n; i++)
		tell_file(d, folder, &entries[i]);
	free(entries);
	return n;
}

static void tell_files(struct vh_doctor *d)
{
	char folder[VN_XCLBIN_FOLDER_MAX];
	int n = 0;

	for (int i = 0; vn_xclbin_folder(i, folder); i++)
		n += tell_folder(d, folder);
	if (n == 0)
		vh_doctor_find(d, VH_IS_ABSENT, ".xclbin files",
		               "nothing to load into a card, emulated or real",
		               "make xclbin SIZE=16x16, make bitstream");
}

void vh_doctor_built(struct vh_doctor *d)
{
	d->section = "built here";
	tell_units(d);
	tell_preload(d);
	tell_files(d);
}
