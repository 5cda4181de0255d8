/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_env.c - XRT's environment, looked at without XRT.
 */
#include "driver/xrt_env.h"

#include <dirent.h>
#include <dlfcn.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"

#define EMULATE_HINT "vanillin emulate -- PROGRAM sets this up for the simulated card"

/* Where the kernel lists the cards that its driver of XRT serves. */
#define CARD_FOLDER "/sys/bus/pci/drivers/xocl"

enum { CARD_NUMBER_MAX = 63 };

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

int vn_xrt_emulation(void)
{
	return variable("XCL_EMULATION_MODE") != NULL;
}

/* ---- the URI ---- */

int vn_xrt_cards(const struct vn_uri *uri, int cards[VN_XRT_CARDS_MAX], int *n, vn_error *err)
{
	const char *text = uri->rest[0] ? uri->rest : "0";

	for (*n = 0; *n < VN_XRT_CARDS_MAX; (*n)++) {
		char *end;
		const long card = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : -1;

		if (card < 0 || card > CARD_NUMBER_MAX || (*end != '+' && *end != '\0'))
			break;
		cards[*n] = (int)card;
		for (int i = 0; i < *n; i++)
			if (cards[i] == card)
				return vn_fail(err, VN_ENODEV, NULL, "%s:%s: card %ld twice",
				               uri->scheme, uri->rest, card);
		if (*end == '\0') {
			(*n)++;
			return 0;
		}
		text = end + 1;
	}
	return vn_fail(err, VN_ENODEV, "cards are numbers, as in xrt:0 or xrt:0+1",
	               "%s:%s: not a list of up to %d cards", uri->scheme, uri->rest,
	               VN_XRT_CARDS_MAX);
}

/* ---- the environment ---- */

/* Whether XRT, having no function that says so in C, will find its library for this mode. */
static int check_library(const char *scheme, vn_error *err)
{
	const char *const root = variable("XILINX_XRT"), *mode = variable("XCL_EMULATION_MODE");
	char path[PATH_MAX];

	if (!root)
		return vn_fail(err, VN_ENODEV,
		               "add --emulate for the simulated card; for a real one source "
		               "/opt/xilinx/xrt/setup.sh",
		               "%s: the environment variable XILINX_XRT is not set, and without it "
		               "XRT ends the program",
		               scheme);
	snprintf(path, sizeof(path), "%s/lib/libxrt_%s.so.2", root,
	         !mode                         ? "core"
	         : strcmp(mode, "hw_emu") == 0 ? "hwemu"
	                                       : mode);
	if (access(path, R_OK) != 0)
		return vn_fail(err, VN_ENODEV,
		               "XILINX_XRT names the folder whose lib/ holds XRT's libraries; "
		               "Debian's are in /usr/lib/x86_64-linux-gnu, so make a folder with a "
		               "link lib to it",
		               "%s: XILINX_XRT is %s, but there is no %s", scheme, root, path);
	return 0;
}

/* The folder where XRT looks for emconfig.json. */
static void emconfig_path(char path[PATH_MAX])
{
	const char *const folder = variable("EMCONFIG_PATH");
	char self[PATH_MAX / 2] = "";
	ssize_t n;

	if (folder) {
		snprintf(path, PATH_MAX, "%s/emconfig.json", folder);
		return;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	if (strrchr(self, '/'))
		*strrchr(self, '/') = '\0';
	snprintf(path, PATH_MAX, "%s/emconfig.json", self);
}

/* Cards that an emconfig.json lists; -1: not to be read. */
static int emulated_cards(const char *path)
{
	json_t *const root = json_load_file(path, 0, NULL);
	const json_t *board =
	        json_array_get(json_object_get(json_object_get(root, "Platform"), "Boards"), 0);
	const json_t *const devices = json_object_get(board, "Devices");
	const int n = devices ? (int)json_array_size(devices) : -1;

	json_decref(root);
	return n;
}

static int check_emconfig(const char *scheme, const int *cards, int n, vn_error *err)
{
	char path[PATH_MAX];
	int there;

	emconfig_path(path);
	there = emulated_cards(path);
	if (there < 0)
		return vn_fail(err, VN_ENODEV, EMULATE_HINT,
		               "%s: %s, which says what card to emulate, is missing or damaged",
		               scheme, path);
	for (int i = 0; i < n; i++)
		if (cards[i] >= there)
			return vn_fail(err, VN_ENODEV, "vanillin emulate --devices N emulates more",
			               "%s:%d: no such card, %s has %d", scheme, cards[i], path,
			               there);
	return 0;
}

/* Whether a folder of PATH has @program. */
static int in_path(const char *program)
{
	const char *folders = variable("PATH");
	char path[PATH_MAX];

	while (folders) {
		const size_t length = strcspn(folders, ":");

		snprintf(path, sizeof(path), "%.*s/%s", (int)length, folders, program);
		if (length && access(path, X_OK) == 0)
			return 1;
		folders = folders[length] ? folders + length + 1 : NULL;
	}
	return 0;
}

static int check_emulation(const char *scheme, const int *cards, int n, vn_error *err)
{
	const char *const mode = variable("XCL_EMULATION_MODE");
	struct sigaction child;

	if (!mode || strcmp(mode, "noop") == 0)
		return 0;
	if (strcmp(mode, "hw_emu") != 0)
		return vn_fail(
		        err, VN_ENODEV, "set XCL_EMULATION_MODE=hw_emu, or unset it for a card",
		        "%s: XCL_EMULATION_MODE is %s, but the card is emulated in hw_emu alone",
		        scheme, mode);
	if (!variable("USER"))
		return vn_fail(err, VN_ENODEV, "set USER to a name of its own for each run",
		               "%s: USER is not set, so all emulated cards of this machine would "
		               "share one socket",
		               scheme);
	if (!in_path("unzip"))
		return vn_fail(err, VN_ENODEV, "apt install unzip",
		               "%s: XRT's emulation needs the program unzip, which is not in PATH",
		               scheme);
	if (sigaction(SIGCHLD, NULL, &child) == 0 && !(child.sa_flags & SA_SIGINFO) &&
	    child.sa_handler == SIG_IGN)
		return vn_fail(err, VN_ENODEV, "signal(SIGCHLD, SIG_DFL) before",
		               "%s: SIGCHLD is ignored, with which XRT's emulation fails", scheme);
	return check_emconfig(scheme, cards, n, err);
}

int vn_xrt_env_check(const char *scheme, const int *cards, int n, vn_error *err)
{
	const int rc = check_emulation(scheme, cards, n, err);

	return rc ? rc : check_library(scheme, err);
}

/* ---- cards ---- */

/* Cards that the kernel's driver serves; -1: the driver is not there. */
static int real_cards(void)
{
	DIR *const folder = opendir(CARD_FOLDER);
	const struct dirent *entry;
	int n = 0;

	if (!folder)
		return -1;
	while ((entry = readdir(folder))) /* each is a link named after its place, 0000:3b:00.1 */
		n += strchr(entry->d_name, ':') != NULL;
	closedir(folder);
	return n;
}

int vn_xrt_no_card(const char *scheme, int card, vn_error *err)
{
	const int n = real_cards();

	if (vn_xrt_emulation())
		return vn_fail(err, VN_ENODEV, EMULATE_HINT, "%s:%d: XRT cannot emulate this card",
		               scheme, card);
	if (n < 0)
		return vn_fail(
		        err, VN_ENODEV, "add --emulate for the simulated card",
		        "%s:%d: no such card; the kernel's driver xocl is not loaded, so XRT "
		        "finds none",
		        scheme, card);
	return vn_fail(
	        err, VN_ENODEV,
	        "xbutil examine lists cards; a card must hold the shell that its .xclbin is for",
	        "%s:%d: no such card, or not ready; the kernel's driver serves %d", scheme, card,
	        n);
}

static unsigned taken[CARD_NUMBER_MAX + 1]; /* by which vn_process(); 0: by none */

int vn_xrt_take_card(const char *scheme, int card, vn_error *err)
{
	unsigned was;

	vn_process_lock();
	was = taken[card];
	if (!was)
		taken[card] = vn_process();
	vn_process_unlock();
	if (was && was != vn_process())
		return vn_fail(err, VN_ENODEV,
		               "close the card before the fork, open it after, or start a program "
		               "by exec",
		               "%s:%d: the card was open at the fork that made this process, and "
		               "XRT would use it with its parent",
		               scheme, card);
	if (was)
		return vn_fail(
		        err, VN_ENODEV, "close the device that has it, or name another card",
		        "%s:%d: this program has the card open already, and XRT allows that once",
		        scheme, card);
	return 0;
}

void vn_xrt_give_card(int card)
{
	vn_process_lock();
	taken[card] = 0;
	vn_process_unlock();
}

/* ---- the rest ---- */

static void *open_library(const char *file)
{
	const char *const root = variable("XILINX_XRT");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lib/%s", root ? root : "", file);
	/* For good: XRT's threads and destructors do not survive an unloading. */
	return dlopen(root && access(path, R_OK) == 0 ? path : file,
	              RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
}

int vn_xrt_library(const char *scheme, const char *file, void **library, vn_error *err)
{
	*library = open_library(file);
	if (*library)
		return 0;
	return vn_fail(err, VN_ENODEV,
	               "apt install libxrt1, or source /opt/xilinx/xrt/setup.sh; the other devices "
	               "need no XRT",
	               "%s: XRT is not installed: %s", scheme, dlerror());
}

void vn_xrt_block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void vn_xrt_restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

void vn_xrt_describe(const char *what, char *text, size_t size)
{
	void *const library = open_library("libxrt_coreutil.so.2");
	const int n = real_cards();

	if (!library)
		snprintf(text, size, "Alveo cards through %s; XRT is not installed", what);
	else if (vn_xrt_emulation())
		snprintf(text, size, "Alveo cards through %s; emulated here", what);
	else if (n > 0)
		snprintf(text, size, "Alveo cards through %s; %d here", what, n);
	else
		snprintf(text, size, "Alveo cards through %s; none here (--emulate simulates one)",
		         what);
}
