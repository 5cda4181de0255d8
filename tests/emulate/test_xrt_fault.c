/* SPDX-License-Identifier: Apache-2.0
 *
 * test_xrt_fault.c - the fault of alloc_void is found where it is, in XRT as installed as well, and
 * nowhere else.
 */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "emulation/preload/xrt_fault.h"

/* call; mov %rax, 0x560(%rbx); mov %rbp, %rax; jmp; call; test %rax, %rax; jne; ... */
static const uint8_t FAULTY[] = {
        0x48, 0x89, 0xf7, 0xe8, 1,    2,    3,    4, 0x48, 0x89, 0x83, 0x60, 5, 0, 0, 0x48, 0x89,
        0xe8, 0xeb, 0xe1, 0x48, 0x8b, 0xbf, 0x60, 5, 0,    0,    0xe8, 1,    2, 3, 4, 0x48, 0x85,
        0xc0, 0x75, 0xea, 0x48, 0x8b, 0xbb, 0x60, 5, 0,    0,    0xe8, 1,    2, 3, 4, 0xeb, 0xdc,
};
#define FOLDER "/usr/lib/x86_64-linux-gnu/"

enum { AT = 36, STORE = 8 };

/* In a block of its own, so that valgrind and the sanitizers see a read past it. */
static int find(const uint8_t *code, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int at;

	assert_non_null(copy);
	memcpy(copy, code, size);
	at = vn_xrt_fault_find(copy, size);
	free(copy);
	return at;
}

static void finds_it(void **state)
{
	uint8_t code[sizeof(FAULTY)];

	(void)state;
	/* The jump leads behind the store, and mended to it. */
	assert_int_equal(AT + 1 + (int8_t)FAULTY[AT], STORE + VN_XRT_STORE_BYTES);
	assert_int_equal(find(FAULTY, sizeof(FAULTY)), AT);
	memcpy(code, FAULTY, sizeof(code));
	code[AT] -= VN_XRT_STORE_BYTES;
	assert_int_equal(find(code, sizeof(code)), -1);
}

static void needs_all_of_it(void **state)
{
	(void)state;
	for (size_t n = 0; n <= AT; n++)
		assert_int_equal(find(FAULTY, n), -1);
	/* Any change of what matters: call and store, call, test, jne and its distance. */
	for (size_t i = 0; i < sizeof(FAULTY); i++) {
		const int matters =
		        i == 3 || (i >= STORE && i < STORE + 3) || i == 27 || (i >= 32 && i <= AT);
		uint8_t code[sizeof(FAULTY)];

		memcpy(code, FAULTY, sizeof(code));
		code[i] ^= 0x04;
		assert_int_equal(find(code, sizeof(code)), matters ? -1 : AT);
	}
}

static void survives_anything(void **state)
{
	uint8_t code[128];

	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		for (size_t k = 0; k < sizeof(code); k++)
			code[k] = (uint8_t)rand();
		/* Jumps out of the function on either side */
		memcpy(code + (unsigned)rand() % 100, FAULTY + 27, 9);
		(void)find(code, (size_t)rand() % sizeof(code));
	}
}

/* ---- XRT as installed: read, not loaded, for both libraries at once end a process ---- */

/* Of a library in memory, the code of function @name; fails where there is none. */
static const uint8_t *find_function(const uint8_t *file, const char *name, size_t *size)
{
	const Elf64_Ehdr *head = (const void *)file;
	const Elf64_Shdr *section = (const void *)(file + head->e_shoff);
	const Elf64_Sym *symbol;
	const char *names;
	size_t n;
	int i = 0;

	while (i < head->e_shnum && section[i].sh_type != SHT_DYNSYM)
		i++;
	assert_true(i < head->e_shnum);
	symbol = (const void *)(file + section[i].sh_offset);
	n = section[i].sh_size / sizeof(*symbol);
	names = (const char *)file + section[section[i].sh_link].sh_offset;
	while (n > 0 && strcmp(names + symbol->st_name, name) != 0) {
		symbol++;
		n--;
	}
	assert_true(n > 0);
	*size = symbol->st_size;
	section += symbol->st_shndx;
	return file + section->sh_offset + (symbol->st_value - section->sh_addr);
}

static void is_in(const char *path, const char *name)
{
	const int fd = open(path, O_RDONLY);
	const uint8_t *file, *code;
	struct stat st;
	size_t size;

	if (fd < 0) {
		printf("SKIP part: %s: no %s\n", name, path);
		skip();
	}
	assert_int_equal(fstat(fd, &st), 0);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(file, MAP_FAILED);
	code = find_function(file, name, &size);
	/* If this fails, XRT was repaired: then the preload does nothing about it, and need not. */
	assert_true(vn_xrt_fault_find(code, size) >= 0);
	munmap((void *)file, (size_t)st.st_size);
	close(fd);
}

static void is_in_hwemu(void **state)
{
	(void)state;
	is_in(FOLDER "libxrt_hwemu.so.2", "_ZN11xclhwemhal28HwEmShim10alloc_voidEm");
}

static void is_in_swemu(void **state)
{
	(void)state;
	is_in(FOLDER "libxrt_swemu.so.2", "_ZN12xclcpuemhal29CpuemShim10alloc_voidEm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(finds_it),          cmocka_unit_test(needs_all_of_it),
	        cmocka_unit_test(survives_anything), cmocka_unit_test(is_in_hwemu),
	        cmocka_unit_test(is_in_swemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
