/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_xrt.c - the Xilinx runtime, OpenCL, platforms.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/doctor.h"
#include "emulation/launcher/launcher.h"
#include "host/folder.h"

enum { TEXT = PATH_MAX + 128 };

/* "2.13.0" of libxrt_core.so.2 -> libxrt_core.so.2.13.0 */
static void find_version(const char *folder, char version[32])
{
	static const char core[] = "libxrt_core.so.";
	char path[TEXT], target[PATH_MAX];
	const char *name;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s2", folder, core);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	name = strstr(target, core);
	snprintf(version, 32, "%.31s", name ? name + strlen(core) : "of unknown version");
}

static void tell_library(struct vh_doctor *d, const char *folder, const char *file,
                         const char *cost)
{
	char path[TEXT];
	int here;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	here = access(path, R_OK) == 0;
	vh_doctor_find(d, here ? VH_IS_OK : VH_IS_ABSENT, file, here ? NULL : cost,
	               "apt-get install libxrt1");
}

/* XRT finds its own parts by this variable, and ends the program without it. */
static void tell_variable(struct vh_doctor *d)
{
	const char *value = getenv("XILINX_XRT");
	char path[TEXT];

	if (!value || !value[0]) {
		vh_doctor_find(
		        d, VH_IS_ABSENT, "XILINX_XRT",
		        "not set: cards can be used under vanillin emulate only",
		        "source /opt/xilinx/xrt/setup.sh, where Xilinx's own XRT is installed");
		return;
	}
	snprintf(path, sizeof(path), "%s/lib/libxrt_core.so.2", value);
	if (access(path, R_OK) == 0)
		vh_doctor_find(d, VH_IS_OK, "XILINX_XRT", value, NULL);
	else
		vh_doctor_find(d, VH_IS_BROKEN, "XILINX_XRT",
		               "there is no lib/libxrt_core.so.2 in the folder that it names: XRT "
		               "ends the program",
		               "source /opt/xilinx/xrt/setup.sh, or unset it");
}

static void tell_opencl(struct vh_doctor *d)
{
	json_t *names = vh_doctor_names(d, "/etc/OpenCL/vendors"), *entry;
	int found = 0;
	size_t i;

	json_array_foreach(names, i, entry) found |=
	        strstr(json_string_value(entry), "xilinx") != NULL;
	json_decref(names);
	vh_doctor_find(d, found ? VH_IS_OK : VH_IS_ABSENT, "/etc/OpenCL/vendors/xilinx.icd",
	               found ? NULL : "ocl: finds emulated cards only (Debian ships no such file)",
	               "a line with the path of libxilinxopencl.so.2");
}

static void tell_platforms(struct vh_doctor *d)
{
	static const char folder[] = "/opt/xilinx/platforms";
	json_t *names = vh_doctor_names(d, folder), *entry;
	size_t i;

	d->section = "platforms";
	json_array_foreach(names, i, entry)
	        vh_doctor_find(d, VH_IS_OK, json_string_value(entry), NULL, NULL);
	if (json_array_size(names) == 0)
		vh_doctor_find(d, VH_IS_ABSENT, folder, "v++ has no card to link a bitstream for",
		               "install a deployment and a development platform of the card");
	json_decref(names);
}

void vh_doctor_xrt(struct vh_doctor *d)
{
	char folder[PATH_MAX], version[32], text[TEXT];

	d->section = "XRT";
	if (ve_xrt_library(folder)) {
		find_version(folder, version);
		snprintf(text, sizeof(text), "%s in %s", version, folder);
		vh_doctor_find(d, VH_IS_OK, "libxrt_core.so.2", text, NULL);
		tell_library(d, folder, "libxrt_coreutil.so.2", "no xrt:");
		tell_library(d, folder, "libxrt_hwemu.so.2", "no emulated cards");
		tell_library(d, folder, "libxilinxopencl.so.2", "no ocl:");
	} else {
		vh_doctor_find(d, VH_IS_ABSENT, "libxrt_core.so.2",
		               "no xrt: and no ocl:, neither emulated nor on a card",
		               "apt-get install libxrt1");
	}
	tell_variable(d);
	tell_opencl(d);
	tell_platforms(d);
}
