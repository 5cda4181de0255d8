/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_fault.h - the fault in Debian's build of XRT's emulation libraries, found in machine code.
 *
 * The member function alloc_void(size) of both (libxrt_hwemu, libxrt_swemu; 202210.2.13.466) keeps
 * one message buffer and lets it grow with realloc().  The compiled code drops realloc()'s result,
 * so that after a move messages go to freed memory:
 *
 *             call malloc
 *     store:  mov %rax, buffer(%rbx)
 *     return: ...
 *             call realloc
 *             test %rax, %rax
 *             jne  return          <- should be: jne store
 */
#ifndef VN_XRT_FAULT_H
#define VN_XRT_FAULT_H

#include <stddef.h>
#include <stdint.h>

enum { VN_XRT_STORE_BYTES = 7 }; /* of the mov: what the jump is too long by */

/* The byte of @code, the @size bytes of alloc_void, that holds the wrong distance of the jump;
 * subtracting VN_XRT_STORE_BYTES from it mends the function.  -1: this code has not the fault. */
int vn_xrt_fault_find(const uint8_t *code, size_t size);

#endif /* VN_XRT_FAULT_H */
