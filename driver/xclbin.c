/* SPDX-License-Identifier: Apache-2.0
 *
 * xclbin.c - choose an .xclbin, and hold it against its manifest, the card and the program.
 */
#include "driver/xclbin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/c_locale.h"
#include "base/error.h"
#include "base/own_folder.h"
#include "model/program.h"

enum { FOLDERS = 2 };

/* What is looked for. */
struct wish {
	const char *platform;
	char card[16];
	int emulation;
	const uint32_t *config;
};

static const char *mode_name(int emulation)
{
	return emulation ? "hw_emu" : "hw";
}

void vn_xclbin_card(const char *platform, char card[16])
{
	const size_t vendor = strcspn(platform, "_:");
	const char *name = platform[vendor] ? platform + vendor + 1 : "";
	const size_t length = strcspn(name, "_:");

	snprintf(card, 16, "%.*s", (int)(length < 15 ? length : 15), name);
}

/* ---- a file against its manifest ---- */

static int differs(const struct vn_xclbin *x, const char *what, const char *file,
                   const char *manifest, vn_error *err)
{
	return vn_fail(err, VN_ERUNTIME,
	               "the file was replaced, or the manifest is of another folder; make it again",
	               "%.200s: its %s is %s, its manifest.json says %s", x->path, what, file,
	               manifest);
}

static void uuid_text(const uint8_t uuid[16], char text[33])
{
	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", uuid[i]);
}

static void clock_text(double mhz, char text[64])
{
	const locale_t before = vn_c_locale_begin();

	snprintf(text, 64, "%g MHz", mhz);
	vn_c_locale_end(before);
}

/* Take over what the manifest adds to what the file says. */
static int match_entry(struct vn_xclbin *x, const struct vn_xclbin_entry *e, vn_error *err)
{
	char file[64], manifest[64];

	uuid_text(x->uuid, file);
	uuid_text(e->uuid, manifest);
	if (strcmp(file, manifest) != 0)
		return differs(x, "UUID", file, manifest, err);
	if (strcmp(x->platform, e->platform) != 0)
		return differs(x, "platform", x->platform, e->platform, err);
	if (x->emulation != e->emulation)
		return differs(x, "mode", mode_name(x->emulation), mode_name(e->emulation), err);
	snprintf(file, sizeof(file), "%d", x->units);
	snprintf(manifest, sizeof(manifest), "%d", e->units);
	if (x->units != e->units)
		return differs(x, "number of compute units", file, manifest, err);
	clock_text(x->clock_mhz, file);
	clock_text(e->clock_mhz, manifest);
	/* The file has whole MHz. */
	if (x->clock_mhz > 0 &&
	    (x->clock_mhz - e->clock_mhz >= 1 || e->clock_mhz - x->clock_mhz >= 1))
		return differs(x, "clock", file, manifest, err);
	x->clock_mhz = e->clock_mhz;
	x->listed = 1;
	memcpy(x->card, e->card, sizeof(x->card));
	memcpy(x->made_from, e->made_from, sizeof(x->made_from));
	memcpy(x->config, e->config, sizeof(x->config));
	return 0;
}

/* ---- a named file ---- */

static int look_up(struct vn_xclbin *x, vn_error *err)
{
	const char *slash = strrchr(x->path, '/');
	const char *name = slash ? slash + 1 : x->path;
	struct vn_xclbin_entry *entries;
	char folder[PATH_MAX];
	int n, ret;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - x->path) : 1,
	         slash ? x->path : ".");
	ret = vn_xclbin_manifest(folder, &entries, &n, err);
	for (int i = 0; i < n && !ret && !x->listed; i++)
		if (strcmp(entries[i].file, name) == 0)
			ret = match_entry(x, &entries[i], err);
	free(entries);
	return ret;
}

static int fits(const struct vn_xclbin *x, const struct wish *w, vn_error *err)
{
	if (strcmp(x->card, w->card) != 0)
		return vn_fail(err, VN_ENODEV, "name a file for this card, or none",
		               "%.200s is for %s (%s), the card is a %.63s", x->path, x->card,
		               x->platform, w->platform);
	if (x->emulation != w->emulation)
		return vn_fail(err, VN_ENODEV,
		               x->emulation ? "run under emulation (--emulate), or name a file "
		                              "that v++ made for the card"
		                            : "`make xclbin` makes one for emulation",
		               x->emulation ? "%.200s is for emulation, this is a card"
		                            : "%.200s is for a card, this is emulation",
		               x->path);
	if (memcmp(x->config, w->config, sizeof(x->config)) != 0)
		return vn_fail(err, VN_ECONFIG,
		               "name a file of the program's configuration, or compile the network "
		               "with --target of the file's",
		               "%.200s has compute units of %ux%u (%08x), the program is for %ux%u "
		               "(%08x)",
		               x->path, x->config[VN_CFG_ROWS], x->config[VN_CFG_COLS],
		               vn_config_hash(x->config), w->config[VN_CFG_ROWS],
		               w->config[VN_CFG_COLS], vn_config_hash(w->config));
	return 0;
}

static int find_named(const char *named, const struct wish *w, struct vn_xclbin *x, vn_error *err)
{
	int ret = vn_xclbin_read(named, x, err);

	if (!ret)
		ret = look_up(x, err);
	if (ret)
		return ret;
	if (!x->listed) {
		vn_xclbin_card(x->platform, x->card);
		memcpy(x->config, w->config, sizeof(x->config));
	}
	return fits(x, w, err);
}

/* ---- by the manifests ---- */

int vn_xclbin_folder(int index, char folder[VN_XCLBIN_FOLDER_MAX])
{
	static const char *const beside[FOLDERS] = {"bitstreams", "../lib/vanillin"};
	const char *const set = getenv("VANILLIN_XCLBIN_DIR");
	char own[PATH_MAX];

	if (set && set[0]) {
		snprintf(folder, VN_XCLBIN_FOLDER_MAX, "%s", set);
		return index == 0;
	}
	if (index >= FOLDERS)
		return 0;
	vn_own_folder(own);
	snprintf(folder, VN_XCLBIN_FOLDER_MAX, "%s/%s", own, beside[index]);
	return 1;
}

static int better(const struct vn_xclbin_entry *a, const struct vn_xclbin_entry *b)
{
	if (a->units != b->units)
		return a->units > b->units;
	if (a->clock_mhz != b->clock_mhz)
		return a->clock_mhz > b->clock_mhz;
	return strcmp(a->file, b->file) < 0;
}

static const struct vn_xclbin_entry *choose(const struct vn_xclbin_entry *entries, int n,
                                            const struct wish *w)
{
	const struct vn_xclbin_entry *best = NULL;

	for (int i = 0; i < n; i++)
		if (strcmp(entries[i].card, w->card) == 0 && entries[i].emulation == w->emulation &&
		    memcmp(entries[i].config, w->config, sizeof(entries[i].config)) == 0 &&
		    (!best || better(&entries[i], best)))
			best = &entries[i];
	return best;
}

/* Add what @folder has to @text, the end of a sentence. */
static void tell(const char *folder, const struct vn_xclbin_entry *entries, int n, char *text,
                 size_t size)
{
	const size_t at = strlen(text);

	if (n == 0)
		snprintf(text + at, size - at, "; %.100s has none", folder);
	else
		snprintf(text + at, size - at, "; %.100s has %s %ux%u %s%s", folder,
		         entries[0].card, entries[0].config[VN_CFG_ROWS],
		         entries[0].config[VN_CFG_COLS], mode_name(entries[0].emulation),
		         n > 1 ? " and others" : "");
}

/* VN_OK with an empty x->path: there is none in this folder. */
static int find_in(const char *folder, const struct wish *w, struct vn_xclbin *x, char *text,
                   size_t size, vn_error *err)
{
	const struct vn_xclbin_entry *best;
	struct vn_xclbin_entry *entries;
	char path[VN_XCLBIN_FOLDER_MAX + NAME_MAX + 2];
	int n, ret = vn_xclbin_manifest(folder, &entries, &n, err);

	if (ret)
		return ret;
	best = choose(entries, n, w);
	if (best) {
		snprintf(path, sizeof(path), "%s/%s", folder, best->file);
		ret = vn_xclbin_read(path, x, err);
		if (!ret)
			ret = match_entry(x, best, err);
	} else {
		tell(folder, entries, n, text, size);
	}
	free(entries);
	return ret;
}

static int none_fits(const struct wish *w, const char *text, vn_error *err)
{
	const unsigned rows = w->config[VN_CFG_ROWS], cols = w->config[VN_CFG_COLS];
	char hint[160];

	if (w->emulation)
		snprintf(hint, sizeof(hint), "make xclbin%s%.15s SIZE=%ux%u, or name a file",
		         w->card[0] ? " CARD=" : "", w->card, rows, cols);
	else
		snprintf(hint, sizeof(hint),
		         "make bitstream CARD=%.15s SIZE=%ux%u (bitstreams/README.md), or name a "
		         "file",
		         w->card, rows, cols);
	return vn_fail(err, VN_ENODEV, hint, "no .xclbin for %.63s (%s) and %ux%u (%08x)%s",
	               w->platform, mode_name(w->emulation), rows, cols, vn_config_hash(w->config),
	               text);
}

int vn_xclbin_find(const char *named, const char *platform, int emulation,
                   const uint32_t wanted[VN_CONFIG_WORDS], struct vn_xclbin *xclbin, vn_error *err)
{
	struct wish w = {.platform = platform, .emulation = emulation, .config = wanted};
	char folder[VN_XCLBIN_FOLDER_MAX], text[320] = "";
	int ret = 0;

	memset(xclbin, 0, sizeof(*xclbin));
	vn_xclbin_card(platform, w.card);
	if (named)
		return find_named(named, &w, xclbin, err);
	for (int i = 0; !ret && !xclbin->path[0] && vn_xclbin_folder(i, folder); i++)
		ret = find_in(folder, &w, xclbin, text, sizeof(text), err);
	return ret || xclbin->path[0] ? ret : none_fits(&w, text, err);
}
