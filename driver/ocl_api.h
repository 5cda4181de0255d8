/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_api.h - inside the driver: OpenCL's calls, found when first wanted, so that the library runs
 * without OpenCL.
 */
#ifndef VN_OCL_API_H
#define VN_OCL_API_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "include/vanillin.h"

#define VN_OCL_CALLS(X)                                                                            \
	X(clGetPlatformIDs)                                                                        \
	X(clGetPlatformInfo)                                                                       \
	X(clGetDeviceIDs)                                                                          \
	X(clGetDeviceInfo)                                                                         \
	X(clCreateContext)                                                                         \
	X(clReleaseContext)                                                                        \
	X(clCreateCommandQueue)                                                                    \
	X(clReleaseCommandQueue)                                                                   \
	X(clCreateProgramWithBinary)                                                               \
	X(clBuildProgram)                                                                          \
	X(clReleaseProgram)                                                                        \
	X(clCreateKernel)                                                                          \
	X(clSetKernelArg)                                                                          \
	X(clReleaseKernel)                                                                         \
	X(clCreateBuffer)                                                                          \
	X(clReleaseMemObject)                                                                      \
	X(clEnqueueMigrateMemObjects)                                                              \
	X(clEnqueueWriteBuffer)                                                                    \
	X(clEnqueueReadBuffer)                                                                     \
	X(clEnqueueTask)                                                                           \
	X(clWaitForEvents)                                                                         \
	X(clGetEventInfo)                                                                          \
	X(clSetEventCallback)                                                                      \
	X(clReleaseEvent)

struct vn_ocl {
#define X(name) __typeof__(name) *name;
	VN_OCL_CALLS(X)
#undef X
};

/* Extensions of Xilinx's OpenCL (CL/cl_ext_xilinx.h, which wants an include path of its own). */
#define VN_OCL_DEVICE_BDF 0x1120                  /* CL_DEVICE_PCIE_BDF: char[] */
#define VN_OCL_MEM_EXT    ((cl_mem_flags)1 << 31) /* CL_MEM_EXT_PTR_XILINX: host_ptr is a: */
/* A buffer for argument @index of @kernel, in the bank that its compute unit is connected to. */
struct vn_ocl_mem_ext {
	cl_uint index;
	void *host;
	cl_kernel kernel;
};

/* Load OpenCL's loader, once for the life of the process, and set vn_ocl.  Calls none of its
 * functions.  VN_ENODEV: it is not installed. */
VN_MUST_CHECK int vn_ocl_load_api(vn_error *err);
/* NULL before. */
extern const struct vn_ocl *vn_ocl;
/* "CL_OUT_OF_RESOURCES"; for unknown ones the number, in a buffer of the thread. */
const char *vn_ocl_error_name(cl_int code);
/* Whether OpenCL's loader is told of the vendor's library @file: by an .icd file in
 * /etc/OpenCL/vendors, or by what OCL_ICD_VENDORS names (a folder, an .icd file or a library). */
int vn_ocl_has_icd(const char *file);

#endif /* VN_OCL_API_H */
