/* SPDX-License-Identifier: Apache-2.0
 *
 * libxrt_hwemu.c - a library of the name of XRT's, with the faults that libvn_xrtfix.so works
 * round, to see that it does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/emulate/shim/shim.h"

/* void *alloc_void(struct shim_buffer *, size): the buffer of at least @size bytes, as Debian's
 * compiler left it, so that the result of realloc() gets lost. */
__asm__("	.globl _ZN11xclhwemhal28HwEmShim10alloc_voidEm\n"
        "	.type _ZN11xclhwemhal28HwEmShim10alloc_voidEm, @function\n"
        "_ZN11xclhwemhal28HwEmShim10alloc_voidEm:\n"
        "	push %rbp\n"
        "	mov %rsi, %rbp\n"
        "	push %rbx\n"
        "	mov %rdi, %rbx\n"
        "	sub $8, %rsp\n"
        "	mov 0x568(%rdi), %rax\n"
        "	test %rax, %rax\n"
        "	je 2f\n"
        "	cmp %rsi, %rax\n"
        "	jb 4f\n"
        "1:	add $8, %rsp\n"
        "	pop %rbx\n"
        "	pop %rbp\n"
        "	ret\n"
        "2:	mov %rsi, %rdi\n"
        "	call malloc@PLT\n"
        "	mov %rax, 0x560(%rbx)\n"
        "3:	mov %rbp, %rax\n"
        "	jmp 1b\n"
        "4:	mov 0x560(%rdi), %rdi\n"
        "	call realloc@PLT\n"
        "	test %rax, %rax\n"
        "	jne 3b\n"
        "	mov 0x560(%rbx), %rdi\n"
        "	call free@PLT\n"
        "	jmp 3b\n"
        "	.size _ZN11xclhwemhal28HwEmShim10alloc_voidEm, "
        ".-_ZN11xclhwemhal28HwEmShim10alloc_voidEm\n");

extern uint64_t alloc_void(struct shim_buffer *b,
                           uint64_t size) __asm__("_ZN11xclhwemhal28HwEmShim10alloc_voidEm");
extern int printf_chk(int flag, const char *format, ...) __asm__("__printf_chk");

void shim_grow(struct shim_buffer *b, uint64_t size)
{
	b->size = alloc_void(b, size);
}

int shim_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int rc;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return rc;
}

unsigned shim_sleep(unsigned seconds)
{
	return sleep(seconds);
}

/* As XRT starts a simulator: the child closes its stdout. */
int shim_fork(void)
{
	const pid_t child = fork();
	int status = 1;

	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child ? status : 1;
}

int shim_chatter(void)
{
	int n = puts("configuring penguin scheduler mode");

	n += printf_chk(1, "scheduler config ert(%d)\n", 0);
	n += puts("Error opening exported BO file.");
	return n;
}

long shim_own_path(char *path, size_t size)
{
	return readlink("/proc/self/exe", path, size);
}

int shim_handle(int number, void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler};

	return sigaction(number, &action, NULL);
}
