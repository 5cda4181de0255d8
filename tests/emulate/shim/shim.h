/* SPDX-License-Identifier: Apache-2.0
 *
 * shim.h - what call_shim calls in the made-up libxrt_hwemu.so.2.
 */
#ifndef TESTS_EMULATE_SHIM_H
#define TESTS_EMULATE_SHIM_H

#include <stddef.h>
#include <stdint.h>

/* Where alloc_void has its fields. */
struct shim_buffer {
	char before[0x560];
	void *data;
	uint64_t size;
};

void shim_grow(struct shim_buffer *b, uint64_t size);
int shim_connect(const char *path);
unsigned shim_sleep(unsigned seconds);
int shim_fork(void); /* 0: well */
int shim_chatter(void);
int shim_handle(int number, void (*handler)(int)); /* 0: well */
long shim_own_path(char *path, size_t size);

#endif /* TESTS_EMULATE_SHIM_H */
