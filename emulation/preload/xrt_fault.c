/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_fault.c - look for the lost result of realloc().
 */
#include "emulation/preload/xrt_fault.h"

#include <string.h>

enum {
	CALL = 0xe8, /* call rel32 */
	CALL_BYTES = 5,
	JNE = 0x75, /* jne rel8 */
	JNE_BYTES = 2,
	TEST_BYTES = 3,
};

static const uint8_t TEST_RAX[TEST_BYTES] = {0x48, 0x85, 0xc0};
static const uint8_t STORE[] = {0x48, 0x89, 0x83}; /* mov %rax, disp32(%rbx) */

/* Does a call and the store of its result end at @at? */
static int stored_before(const uint8_t *code, size_t size, long at)
{
	const long store = at - VN_XRT_STORE_BYTES;

	return store >= CALL_BYTES && (size_t)at <= size && code[store - CALL_BYTES] == CALL &&
	       memcmp(code + store, STORE, sizeof(STORE)) == 0;
}

int vn_xrt_fault_find(const uint8_t *code, size_t size)
{
	for (size_t i = 0; i + CALL_BYTES + TEST_BYTES + JNE_BYTES <= size; i++) {
		const uint8_t *test = code + i + CALL_BYTES, *jne = test + TEST_BYTES;

		if (code[i] == CALL && memcmp(test, TEST_RAX, TEST_BYTES) == 0 && *jne == JNE &&
		    stored_before(code, size, jne + JNE_BYTES - code + (int8_t)jne[1]))
			return (int)(jne + 1 - code);
	}
	return -1;
}
