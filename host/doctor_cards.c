/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_cards.c - Alveo cards in the machine, by the kernel's list of PCI devices.
 *
 * A card has a management function and a user function beside it; programs open the second, through
 * the driver xocl.  A card fresh from the factory has one function, until a shell is flashed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/doctor.h"

enum { XILINX = 0x10ee, PATH = 512 };

enum function { MANAGEMENT, USER, FACTORY };

static const struct {
	const char *card;
	unsigned management, factory; /* the user function is management + 1 */
} CARDS[] = {
#define VN_CARD_PCI(card, management, factory) {#card, management, factory},
#include "spec/cards.def"
};

/* The card with a function of this device id, which is not 0. */
static const char *find_card(unsigned device, enum function *function)
{
	for (size_t i = 0; i < sizeof(CARDS) / sizeof(CARDS[0]); i++) {
		*function = device == CARDS[i].factory      ? FACTORY
		            : device == CARDS[i].management ? MANAGEMENT
		                                            : USER;
		if (*function != USER || (CARDS[i].management && device == CARDS[i].management + 1))
			return CARDS[i].card;
	}
	return NULL;
}

static unsigned number(const struct vh_doctor *d, const char *pci, const char *name)
{
	char path[PATH], line[32];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", pci, name);
	return vh_doctor_line(d, path, line, sizeof(line)) ? (unsigned)strtoul(line, NULL, 16) : 0;
}

/* The driver of a function: the last part of where the link leads. */
static void find_driver(const struct vh_doctor *d, const char *pci, char driver[64])
{
	char path[PATH], target[PATH];
	const char *slash;
	ssize_t n;

	driver[0] = '\0';
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/driver", d->root, pci);
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(driver, 64, "%.63s", slash ? slash + 1 : target);
}

/* The name in @folder that begins with @prefix, or "". */
static void find_name(const struct vh_doctor *d, const char *folder, const char *prefix,
                      char name[64])
{
	json_t *names = vh_doctor_names(d, folder), *entry;
	size_t i;

	name[0] = '\0';
	json_array_foreach(
	        names, i, entry) if (strncmp(json_string_value(entry), prefix, strlen(prefix)) == 0)
	        snprintf(name, 64, "%.63s", json_string_value(entry));
	json_decref(names);
}

/* The shell on the card, as xocl tells it. */
static void find_shell(const struct vh_doctor *d, const char *pci, char *shell, size_t size)
{
	char folder[PATH], rom[64], path[2 * PATH];

	snprintf(folder, sizeof(folder), "/sys/bus/pci/devices/%s", pci);
	find_name(d, folder, "rom.", rom);
	snprintf(path, sizeof(path), "%s/%s/VBNV", folder, rom);
	if (!rom[0] || !vh_doctor_line(d, path, shell, size))
		snprintf(shell, size, "shell not known");
}

/* May this user open the card? */
static int may_open(const struct vh_doctor *d, const char *pci, char node[64])
{
	char path[PATH];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/drm", pci);
	find_name(d, path, "renderD", node);
	snprintf(path, sizeof(path), "%s/dev/dri/%s", d->root, node);
	return node[0] && access(path, R_OK | W_OK) == 0;
}

static void tell_user(struct vh_doctor *d, const char *pci, const char *what, const char *driver)
{
	char shell[128], node[64], text[300];

	if (strcmp(driver, "xocl") != 0) {
		vh_doctor_find(d, VH_IS_BROKEN, what,
		               "no driver xocl serves it: no program can open it",
		               "install XRT with its kernel modules (xrt_*.deb), modprobe xocl");
		return;
	}
	find_shell(d, pci, shell, sizeof(shell));
	if (!may_open(d, pci, node)) {
		snprintf(text, sizeof(text), "%s; /dev/dri/%s may not be opened by this user",
		         shell, node[0] ? node : "renderD*");
		vh_doctor_find(d, VH_IS_BROKEN, what, text, "join the group render");
		return;
	}
	d->cards++;
	snprintf(text, sizeof(text), "%s, /dev/dri/%s", shell, node);
	vh_doctor_find(d, VH_IS_OK, what, text, NULL);
}

/* 1: an Alveo card's function */
static int tell(struct vh_doctor *d, const char *pci)
{
	const unsigned device = number(d, pci, "device");
	enum function function;
	const char *card =
	        number(d, pci, "vendor") == XILINX && device ? find_card(device, &function) : NULL;
	char what[64], driver[64];

	if (!card)
		return 0;
	snprintf(what, sizeof(what), "%s at %.40s", card, pci);
	find_driver(d, pci, driver);
	if (function == FACTORY)
		vh_doctor_find(d, VH_IS_BROKEN, what,
		               "the card has no shell yet, only its factory image",
		               "xbmgmt program --base, then a cold reboot");
	else if (function == MANAGEMENT)
		vh_doctor_find(d, strcmp(driver, "xclmgmt") == 0 ? VH_IS_OK : VH_IS_ABSENT, what,
		               driver[0] ? "management function"
		                         : "management function without driver xclmgmt: no new "
		                           "shell, no reset",
		               NULL);
	else
		tell_user(d, pci, what, driver);
	return 1;
}

void vh_doctor_cards(struct vh_doctor *d)
{
	json_t *names = vh_doctor_names(d, "/sys/bus/pci/devices"), *entry;
	int n = 0;
	size_t i;

	d->section = "cards";
	json_array_foreach(names, i, entry) n += tell(d, json_string_value(entry));
	json_decref(names);
	if (n == 0)
		vh_doctor_find(d, VH_IS_ABSENT, "Alveo cards",
		               "no run on hardware; xrt: and ocl: work emulated", NULL);
}
