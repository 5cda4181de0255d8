/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_api.c - OpenCL's calls out of libOpenCL, its error codes in words, its .icd files.
 */
#include "driver/ocl_api.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/process.h"

#define LIBRARY  "libOpenCL.so.1"
#define VENDORS  "/etc/OpenCL/vendors"
#define PACKAGES "apt install ocl-icd-libopencl1 libxrt1"

/* ---- the library ---- */

/* For good: threads of XRT run in what it loads. */
static int load(struct vn_ocl *calls, vn_error *err)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return vn_fail(err, VN_ENODEV, PACKAGES, "ocl: no OpenCL here: %s", dlerror());
#define X(name)                                                                                    \
	*(void **)&calls->name = dlsym(library, #name);                                            \
	if (!calls->name)                                                                          \
		return vn_fail(err, VN_ENODEV, PACKAGES, "ocl: %s has no %s", LIBRARY, #name);
	VN_OCL_CALLS(X)
#undef X
	return 0;
}

const struct vn_ocl *vn_ocl;

int vn_ocl_load_api(vn_error *err)
{
	static struct vn_ocl calls;
	struct vn_ocl found;
	const int rc = load(&found, err);

	if (rc)
		return rc;
	vn_process_lock();
	if (!vn_ocl) {
		calls = found;
		vn_ocl = &calls;
	}
	vn_process_unlock();
	return 0;
}

/* ---- error codes ---- */

enum { PLATFORM_NOT_FOUND = -1001 /* of the loader's own, in CL/cl_ext.h */ };

#define CODES(X)                                                                                   \
	X(CL_DEVICE_NOT_FOUND)                                                                     \
	X(CL_DEVICE_NOT_AVAILABLE)                                                                 \
	X(CL_MEM_OBJECT_ALLOCATION_FAILURE)                                                        \
	X(CL_OUT_OF_RESOURCES)                                                                     \
	X(CL_OUT_OF_HOST_MEMORY)                                                                   \
	X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)                                            \
	X(CL_INVALID_VALUE)                                                                        \
	X(CL_INVALID_PLATFORM)                                                                     \
	X(CL_INVALID_DEVICE)                                                                       \
	X(CL_INVALID_CONTEXT)                                                                      \
	X(CL_INVALID_COMMAND_QUEUE)                                                                \
	X(CL_INVALID_MEM_OBJECT)                                                                   \
	X(CL_INVALID_BINARY)                                                                       \
	X(CL_INVALID_PROGRAM)                                                                      \
	X(CL_INVALID_PROGRAM_EXECUTABLE)                                                           \
	X(CL_INVALID_KERNEL_NAME)                                                                  \
	X(CL_INVALID_KERNEL)                                                                       \
	X(CL_INVALID_ARG_INDEX)                                                                    \
	X(CL_INVALID_ARG_VALUE)                                                                    \
	X(CL_INVALID_ARG_SIZE)                                                                     \
	X(CL_INVALID_KERNEL_ARGS)                                                                  \
	X(CL_INVALID_EVENT_WAIT_LIST)                                                              \
	X(CL_INVALID_EVENT)                                                                        \
	X(CL_INVALID_OPERATION)                                                                    \
	X(CL_INVALID_BUFFER_SIZE)

const char *vn_ocl_error_name(cl_int code)
{
	static _Thread_local char number[32];

	switch (code) {
	case PLATFORM_NOT_FOUND:
		return "CL_PLATFORM_NOT_FOUND_KHR";
#define X(name)                                                                                    \
	case name:                                                                                 \
		return #name;
		CODES(X)
#undef X
	default:
		snprintf(number, sizeof(number), "OpenCL error %d", code);
		return number;
	}
}

/* ---- .icd files ---- */

static int file_names(const char *path, const char *library)
{
	char line[512];
	FILE *f = fopen(path, "r");
	int found = 0;

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, library) != NULL;
	fclose(f);
	return found;
}

static int folder_names(const char *folder, const char *library)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	int found = 0;

	while (!found && dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[PATH_MAX];

		if (!dot || strcmp(dot, ".icd") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		found = file_names(path, library);
	}
	if (dir)
		closedir(dir);
	return found;
}

int vn_ocl_has_icd(const char *library)
{
	const char *vendors = getenv("OCL_ICD_VENDORS");
	struct stat st;

	if (!vendors || !vendors[0])
		vendors = VENDORS;
	if (strstr(vendors, library))
		return 1;
	if (stat(vendors, &st))
		return 0;
	return S_ISDIR(st.st_mode) ? folder_names(vendors, library) : file_names(vendors, library);
}
