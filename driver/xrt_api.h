/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_api.h - inside the driver: the functions of XRT's native C API, looked up at run time, so
 * that this library also runs where XRT is not.
 *
 * Their types are those of XRT's headers: vn_xrt.DeviceOpen is xrtDeviceOpen.
 */
#ifndef VN_XRT_API_H
#define VN_XRT_API_H

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "include/vanillin.h"

#define VN_XRT_CALLS(X)                                                                            \
	X(DeviceOpen)                                                                              \
	X(DeviceClose)                                                                             \
	X(DeviceLoadXclbinFile)                                                                    \
	X(DeviceGetXclbinUUID)                                                                     \
	X(DeviceToXclDevice)                                                                       \
	X(PLKernelOpenExclusive)                                                                   \
	X(KernelClose)                                                                             \
	X(KernelArgGroupId)                                                                        \
	X(KernelReadRegister)                                                                      \
	X(BOAlloc)                                                                                 \
	X(BOFree)                                                                                  \
	X(BOMap)                                                                                   \
	X(BOSync)                                                                                  \
	X(RunOpen)                                                                                 \
	X(RunSetArg)                                                                               \
	X(RunStart)                                                                                \
	X(RunState)                                                                                \
	X(RunClose)

/* Filled by vn_xrt_load, before any other call. */
extern struct vn_xrt {
#define X(name) __typeof__(&xrt##name) name;
	VN_XRT_CALLS(X)
#undef X
} vn_xrt;

/* Load XRT; calls nothing of it.  VN_ENODEV: it is not installed, or of a version without one of
 * the functions. */
VN_MUST_CHECK int vn_xrt_load(vn_error *err);

/* xclGetDeviceInfo2, which no library to link with has, but the one that XRT loads for a card; NULL
 * before. */
__typeof__(&xclGetDeviceInfo2) vn_xrt_device_info(void);

#endif /* VN_XRT_API_H */
