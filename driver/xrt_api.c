/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_api.c - XRT's functions by name.
 */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "driver/xrt_api.h"

#include <dlfcn.h>
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "driver/xrt_env.h"

#define LIBRARY "libxrt_coreutil.so.2"

struct vn_xrt vn_xrt;

/* ISO C converts no object's address to a function's; in POSIX they are of one kind. */
static int look_up(void *library, const char *name, void *function)
{
	void *const address = dlsym(library, name);

	memcpy(function, &address, sizeof(address));
	return address != NULL;
}

static int look_up_all(void *library, vn_error *err)
{
#define X(name)                                                                                    \
	if (!look_up(library, "xrt" #name, (void *)&vn_xrt.name))                                  \
		return vn_fail(err, VN_ENODEV,                                                     \
		               "this was made for XRT 2.13; or use the device ocl:",               \
		               "xrt: " LIBRARY " has no function xrt" #name                        \
		               ": it is of another version of XRT");
	VN_XRT_CALLS(X)
#undef X
	return 0;
}

int vn_xrt_load(vn_error *err)
{
	void *library;
	int rc = vn_xrt_library("xrt", LIBRARY, &library, err);

	if (rc)
		return rc;
	vn_process_lock();
	rc = look_up_all(library, err);
	vn_process_unlock();
	return rc;
}

__typeof__(&xclGetDeviceInfo2) vn_xrt_device_info(void)
{
	__typeof__(&xclGetDeviceInfo2) info;

	look_up(RTLD_DEFAULT, "xclGetDeviceInfo2", (void *)&info);
	return info;
}
