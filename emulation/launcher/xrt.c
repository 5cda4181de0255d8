/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt.c - what XRT needs for hw_emu: its libraries, files in the run folder, environment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/own_folder.h"
#include "emulation/launcher/launcher.h"

enum { TEXT = 8192 };

static const char CORE[] = "libxrt_core.so.2", HWEMU[] = "libxrt_hwemu.so.2",
                  OPENCL[] = "libxilinxopencl.so.2", FIX[] = "libvn_xrtfix.so";

/* ---- libraries and programs ---- */

static int has(const char *folder, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, R_OK) == 0;
}

/* By the loader's cache: "	libxrt_core.so.2 (libc6,x86-64) => /opt/lib/libxrt_core.so.2" */
static int ask_loader(char folder[PATH_MAX])
{
	FILE *pipe = popen("/sbin/ldconfig -p 2>/dev/null", "re");
	char *line = NULL, *path, *slash;
	size_t room = 0;
	int found = 0;

	while (pipe && getline(&line, &room, pipe) > 0) {
		path = strstr(line, "=> /");
		if (found || !path || !strstr(line, CORE) || strlen(path) >= PATH_MAX)
			continue;
		path += 3;
		slash = strrchr(path, '/');
		*slash = '\0';
		snprintf(folder, PATH_MAX, "%s", path);
		found = 1;
	}
	free(line);
	if (pipe)
		pclose(pipe);
	return found;
}

int ve_xrt_library(char folder[PATH_MAX])
{
	static const char *const usual[] = {"/usr/lib/x86_64-linux-gnu",
	                                    "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
	                                    "/opt/xilinx/xrt/lib"};
	const char *only = getenv("VANILLIN_XRT_LIB"), *xrt = getenv("XILINX_XRT");

	if (only && only[0]) {
		snprintf(folder, PATH_MAX, "%s", only);
		return has(folder, CORE);
	}
	if (xrt && xrt[0]) {
		snprintf(folder, PATH_MAX, "%s/lib", xrt);
		if (has(folder, CORE))
			return 1;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		snprintf(folder, PATH_MAX, "%s", usual[i]);
		if (has(folder, CORE))
			return 1;
	}
	return ask_loader(folder);
}

int ve_own_file(const char *name, char path[PATH_MAX])
{
	static const char *const beside[] = {"sim", "../lib/vanillin"};
	char own[PATH_MAX];

	vn_own_folder(own);
	for (int i = 0; i < 2; i++) {
		if ((size_t)snprintf(path, PATH_MAX, "%s/%s/%s", own, beside[i], name) < PATH_MAX &&
		    access(path, R_OK) == 0)
			return 1;
	}
	return 0;
}

int ve_in_path(const char *name)
{
	const char *at = getenv("PATH");
	char path[PATH_MAX];

	for (; at && at[0]; at += at[0] == ':') {
		const int length = (int)strcspn(at, ":");
		struct stat file;

		if (snprintf(path, sizeof(path), "%.*s/%s", length, at, name) < PATH_MAX &&
		    stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0)
			return 1;
		at += length;
	}
	return 0;
}

static int find_parts(char library[PATH_MAX], char fix[PATH_MAX], vn_error *err)
{
	static const char *const needed[] = {"unzip", "chmod", "cp"}; /* XRT calls them */

	if (!ve_xrt_library(library))
		return vn_fail(err, VN_ENODEV, "apt-get install libxrt1 unzip",
		               "XRT is not installed: no %s in the library folders", CORE);
	if (!has(library, HWEMU))
		return vn_fail(err, VN_ENODEV, "apt-get install libxrt1, or Xilinx's own package",
		               "this XRT has no hardware emulation: no %s in %.300s", HWEMU,
		               library);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!ve_in_path(needed[i]))
			return vn_fail(err, VN_ENODEV,
			               i ? "PATH should name /bin and /usr/bin"
			                 : "apt-get install unzip",
			               "there is no %s in PATH, and XRT needs it to start an "
			               "emulated card",
			               needed[i]);
	if (!ve_own_file(FIX, fix))
		return vn_fail(err, VN_ENODEV, "make build",
		               "%s is not built: it must lie in sim/ beside this program or in "
		               "../lib/vanillin",
		               FIX);
	return 0;
}

int ve_check(vn_error *err)
{
	char library[PATH_MAX], fix[PATH_MAX];

	return find_parts(library, fix, err);
}

/* ---- files ---- */

static const struct {
	const char *name, *platform;
} CARDS[] = {
#define VN_CARD(name, platform, part) {#name, platform},
#include "spec/cards.def"
#undef VN_CARD
};

enum { CARDS_N = sizeof(CARDS) / sizeof(CARDS[0]) };

const char *ve_platform(void)
{
	return CARDS[0].platform;
}

/* The platform of @card, which may be one itself.  VN_ENODEV names the cards. */
static int find_platform(const char *card, const char **platform, vn_error *err)
{
	char names[160] = "";

	if (!card)
		card = CARDS[0].name;
	*platform = card;
	if (strncmp(*platform, "xilinx_", 7) == 0)
		return 0;
	for (int i = 0; i < CARDS_N; i++) {
		const size_t n = strlen(names);

		*platform = CARDS[i].platform;
		if (strcmp(card, CARDS[i].name) == 0)
			return 0;
		snprintf(names + n, sizeof(names) - n, "%s%s", i ? ", " : "", CARDS[i].name);
	}
	*platform = NULL;
	return vn_fail(err, VN_ENODEV, "or the name of a platform, as of an .xclbin, xilinx_...",
	               "there is no card %.100s; there are %s", card, names);
}

/* The cards there are: each a name, which an .xclbin must have been linked for. */
static int write_emconfig(const struct ve_emulation *e, const struct ve_folder *f, vn_error *err)
{
	const char *platform;
	char text[TEXT];
	int n, rc = find_platform(e->card, &platform, err);

	if (rc)
		return rc;
	if (strlen(platform) > 200 || strpbrk(platform, "\"\\"))
		return vn_fail(err, VN_EARG, NULL, "%.100s is no platform's name", platform);
	n = snprintf(
	        text, sizeof(text),
	        "{\"Version\":{\"FileVersion\":\"2.0\"},\"Platform\":{\"Boards\":[{\"Devices\":[");
	for (long i = 0; i < e->devices && n < TEXT; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"Name\":\"%s\"}",
		              i ? "," : "", platform);
	snprintf(text + n, sizeof(text) - (size_t)n, "]}]}}\n");
	return ve_write(f, "emconfig.json", text, err);
}

/* kds=false: XRT schedules in the program and polls, instead of a thread that sleeps whole seconds.
 * system_dpa=false: closing does not wait for a thread that fetches the simulator's messages.
 * keep_run_dir: all of it is removed in the end anyway. */
static const char INI[] = "[Runtime]\n"
                          "kds=false\n"
                          "[Emulation]\n"
                          "system_dpa=false\n"
                          "suppress_infos=true\n"
                          "print_infos_in_console=false\n"
                          "keep_run_dir=true\n";

static int write_files(const struct ve_emulation *e, const struct ve_folder *f, const char *library,
                       const char *fix, vn_error *err)
{
	char opencl[PATH_MAX + 64];
	int rc = ve_subfolder(f, "xrt", err);

	if (!rc)
		rc = ve_link(f, "xrt/lib", library, err);
	/* LD_PRELOAD is a list that blanks separate, which a path may hold. */
	if (!rc)
		rc = ve_link(f, FIX, fix, err);
	if (!rc)
		rc = ve_write(f, "xrt.ini", INI, err);
	if (!rc)
		rc = write_emconfig(e, f, err);
	if (rc || !has(library, OPENCL))
		return rc;
	snprintf(opencl, sizeof(opencl), "%s/%s\n", library, OPENCL);
	rc = ve_subfolder(f, "icd", err);
	return rc ? rc : ve_write(f, "icd/xilinx.icd", opencl, err);
}

/* ---- environment ---- */

static int set(const char *name, vn_error *err, const char *format, const char *a, const char *b)
{
	const size_t size = strlen(format) + strlen(a) + strlen(b) + 1;
	char *text = malloc(size);
	int bad = !text;

	if (text) {
		snprintf(text, size, format, a, b);
		bad = setenv(name, text, 1) != 0;
		free(text);
	}
	return bad ? vn_fail_nomem(err, size, name) : 0;
}

static int set_environment(const struct ve_emulation *e, const struct ve_folder *f, vn_error *err)
{
	const char *preload = getenv("LD_PRELOAD"), *card = getenv("VANILLIN_CARD");
	const struct {
		const char *name, *format, *a, *b;
	} list[] = {
	        {"XILINX_XRT", "%s%s", f->path, "/xrt"},
	        {"XCL_EMULATION_MODE", "%s%s", "hw_emu", ""},
	        {"XRT_INI_PATH", "%s%s", f->path, "/xrt.ini"},
	        {"EMCONFIG_PATH", "%s%s", f->path, ""},
	        {"SDACCEL_EM_RUN_DIR", "%s%s", f->path, ""},
	        {"USER", "%s%s", f->name, ""},
	        {"OCL_ICD_VENDORS", "%s%s", f->path, "/icd"},
	        {"VANILLIN_EMULATED", "%s%s", "1", ""},
	        {"VANILLIN_XCLBIN_DIR", "%s%s", e->xclbin_dir, ""},
	        {"VANILLIN_CARD", card && card[0] ? "log=%s;level=1;%s" : "log=%s;level=1%s",
	         e->log, card ? card : ""},
	        {"LD_PRELOAD",
	         preload && preload[0] ? "%s/libvn_xrtfix.so:%s" : "%s/libvn_xrtfix.so%s", f->path,
	         preload ? preload : ""},
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].a)
			rc = set(list[i].name, err, list[i].format, list[i].a, list[i].b);
	return rc;
}

int ve_prepare(const struct ve_emulation *e, const struct ve_folder *f, vn_error *err)
{
	char library[PATH_MAX], fix[PATH_MAX];
	int rc = find_parts(library, fix, err);

	if (!rc)
		rc = write_files(e, f, library, fix, err);
	return rc ? rc : set_environment(e, f, err);
}
