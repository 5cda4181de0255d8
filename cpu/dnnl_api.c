/* SPDX-License-Identifier: Apache-2.0
 *
 * dnnl_api.c - oneDNN's functions by name.
 */
#include "cpu/dnnl_api.h"

#include <dlfcn.h>
#include <string.h>

#include "base/error.h"
#include "base/process.h"

#define LIBRARY "libdnnl.so.2"

struct vn_dnnl vn_dnnl;

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
	if (!look_up(library, "dnnl_" #name, (void *)&vn_dnnl.name))                               \
		return vn_fail(err, VN_ENODEV, "this was made for oneDNN 2.6",                     \
		               "cpu: " LIBRARY " has no function dnnl_" #name                      \
		               ": it is of another version of oneDNN");
	VN_DNNL_CALLS(X)
#undef X
	if (!look_up(library, "omp_set_num_threads", (void *)&vn_dnnl.set_threads))
		return vn_fail(err, VN_ENODEV, "this was made for oneDNN as Debian builds it",
		               "cpu: " LIBRARY " was built without OpenMP");
	return 0;
}

int vn_dnnl_load(vn_error *err)
{
	void *library;
	int rc;

	vn_process_lock();
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	rc = library ? look_up_all(library, err)
	             : vn_fail(err, VN_ENODEV, "apt-get install libdnnl2",
	                       "cpu: oneDNN is not installed: %s", dlerror());
	vn_process_unlock();
	return rc;
}

int vn_dnnl_check(dnnl_status_t status, const char *what, vn_error *err)
{
	if (status == dnnl_success)
		return 0;
	return vn_fail(err, status == dnnl_out_of_memory ? VN_ENOMEM : VN_ERUNTIME, NULL,
	               "cpu: oneDNN: %s: %s", what, vn_dnnl.status2str(status));
}
