/* SPDX-License-Identifier: Apache-2.0
 *
 * buffer.c - what is the same of every back end's buffers.
 */
#include "base/error.h"
#include "driver/backend.h"

int vn_buffer_argument(enum vn_buffer_kind kind)
{
	static const int argument[VN_BUFFER_KINDS] = {
	        [VN_BUFFER_PROGRAM] = VN_ARG_PROGRAM, [VN_BUFFER_WEIGHTS] = VN_ARG_WEIGHTS,
	        [VN_BUFFER_INPUT] = VN_ARG_INPUT,     [VN_BUFFER_OUTPUT] = VN_ARG_OUTPUT,
	        [VN_BUFFER_SCRATCH] = VN_ARG_SCRATCH, [VN_BUFFER_STATUS] = VN_ARG_STATUS,
	};

	return argument[kind];
}

int vn_buffer_check(const char *device, uint64_t size, uint64_t offset, uint64_t bytes,
                    vn_error *err)
{
	if (offset <= size && bytes <= size - offset)
		return 0;
	return vn_fail(err, VN_ERUNTIME, NULL,
	               "%s: a transfer of %llu bytes at %llu is outside a buffer of %llu", device,
	               (unsigned long long)bytes, (unsigned long long)offset,
	               (unsigned long long)size);
}
