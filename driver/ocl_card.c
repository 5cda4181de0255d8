/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_card.c - cards by OpenCL: finding them, and loading an .xclbin.
 *
 * Each card has a context of its own.
 */
#include "driver/ocl_card.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "driver/ocl_api.h"
#include "driver/xrt_env.h"

enum { DEVICES_MAX = 64, PLATFORMS_MAX = 16 };

#define XRT_OPENCL "libxilinxopencl.so.2"

/* Xilinx's among the platforms; NULL if it is not there. */
static cl_platform_id find_platform(void)
{
	cl_platform_id platforms[PLATFORMS_MAX];
	cl_uint n = 0;

	if (vn_ocl->clGetPlatformIDs(PLATFORMS_MAX, platforms, &n))
		return NULL;
	for (cl_uint i = 0; i < n && i < PLATFORMS_MAX; i++) {
		char name[128] = "";

		vn_ocl->clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
		if (strstr(name, "Xilinx"))
			return platforms[i];
	}
	return NULL;
}

static int find_devices(struct vn_card *cards, int n, vn_error *err)
{
	const cl_platform_id platform = find_platform();
	cl_device_id devices[DEVICES_MAX];
	cl_uint there = 0;

	if (!platform || vn_ocl->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ACCELERATOR, DEVICES_MAX,
	                                        devices, &there))
		return vn_xrt_no_card("ocl", cards[0].number, err);
	for (int i = 0; i < n; i++) {
		struct vn_card *card = &cards[i];

		if ((cl_uint)card->number >= there || card->number >= DEVICES_MAX)
			return vn_xrt_no_card("ocl", card->number, err);
		card->device = devices[card->number];
		vn_ocl->clGetDeviceInfo(card->device, CL_DEVICE_NAME, sizeof(card->platform),
		                        card->platform, NULL);
		vn_ocl->clGetDeviceInfo(card->device, VN_OCL_DEVICE_BDF, sizeof(card->bdf),
		                        card->bdf, NULL);
	}
	return 0;
}

int vn_ocl_find_cards(struct vn_card *cards, int n, vn_error *err)
{
	void *library;
	int rc = vn_ocl_load_api(err);

	if (!rc)
		rc = vn_xrt_library("ocl", XRT_OPENCL, &library, err);
	if (!rc && !vn_ocl_has_icd(XRT_OPENCL))
		rc = vn_fail(err, VN_ENODEV,
		             "put the line " XRT_OPENCL " into /etc/OpenCL/vendors/xilinx.icd, or "
		             "set OCL_ICD_VENDORS=" XRT_OPENCL,
		             "ocl: OpenCL's loader is not told of XRT's OpenCL (Debian ships no "
		             ".icd file for it)");
	return rc ? rc : find_devices(cards, n, err);
}

/* A whole file, to be freed. */
static int read_file(const char *path, unsigned char **bytes, size_t *size, vn_error *err)
{
	FILE *f = fopen(path, "rb");
	long length = -1;

	*bytes = NULL;
	if (!f)
		return vn_fail(err, VN_EIO, NULL, "%s: cannot be opened: %s", path,
		               strerror(errno));
	if (fseek(f, 0, SEEK_END) == 0)
		length = ftell(f);
	rewind(f);
	*size = (size_t)length;
	if (length > 0 && length < LONG_MAX) /* as long as a folder says that it is */
		*bytes = malloc(*size);
	if (*bytes && fread(*bytes, 1, *size, f) != *size) {
		free(*bytes);
		*bytes = NULL;
	}
	fclose(f);
	return *bytes ? 0 : vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
}

static cl_int load(struct vn_card *card, const unsigned char *bytes, size_t size)
{
	const cl_device_id device = card->device;
	cl_int code;

	card->context = vn_ocl->clCreateContext(NULL, 1, &device, NULL, NULL, &code);
	if (code)
		return code;
	card->program = vn_ocl->clCreateProgramWithBinary(card->context, 1, &device, &size, &bytes,
	                                                  NULL, &code);
	return code ? code : vn_ocl->clBuildProgram(card->program, 1, &device, "", NULL, NULL);
}

int vn_ocl_load_xclbin(struct vn_card *card, vn_error *err)
{
	const char *const path = card->xclbin.path;
	unsigned char *bytes;
	size_t size;
	cl_int code;
	int rc;

	vn_ocl_unload(card);
	rc = read_file(path, &bytes, &size, err);
	if (rc)
		return rc;
	code = load(card, bytes, size);
	free(bytes);
	if (!code)
		return 0;
	vn_ocl_unload(card);
	return vn_fail(err, VN_ERUNTIME,
	               "another program may use the card with another file; XRT's own message says "
	               "more",
	               "ocl:%d: XRT does not load %s: %s", card->number, path,
	               vn_ocl_error_name(code));
}

void vn_ocl_unload(struct vn_card *card)
{
	if (card->program)
		vn_ocl->clReleaseProgram(card->program);
	if (card->context)
		vn_ocl->clReleaseContext(card->context);
	card->program = NULL;
	card->context = NULL;
}

double vn_ocl_clock_mhz(const struct vn_card *card)
{
	cl_uint mhz = 0;

	if (!vn_xrt_emulation())
		vn_ocl->clGetDeviceInfo(card->device, CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof(mhz),
		                        &mhz, NULL);
	return mhz;
}
