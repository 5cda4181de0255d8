/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_fix.c - libvn_xrtfix.so, to be preloaded: works round what XRT's emulation libraries
 * (libxrt_hwemu, libxrt_swemu) do wrong.  Every function looks at its caller; whoever is not one of
 * the two gets what libc does.
 *
 *  connect()  Both begin a conversation with it, before the first message: time to mend alloc_void
 *             of Debian's build (xrt_fault.h), by one byte in memory.
 *  sleep()    They wait with sleep(1) to sleep(10) for what takes microseconds.
 *  fork()     Their child closes its copy of stdout, which writes buffered output a second time.
 *  puts(), printf()  They tell about their scheduler on stdout, into the program's own output.
 *  readlink()  They leave an emulation_debug.log in the program's folder, by /proc/self/exe; the
 *             run folder (SDACCEL_EM_RUN_DIR) is the place for it.
 *
 * _dl_find_object and libc's second names are used, for dladdr and dlsym wait for whoever is in
 * dlopen(): the caller may be a signal handler.  Thread-safe.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "emulation/preload/xrt_fault.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

extern int __connect(int fd, const struct sockaddr *address, socklen_t size);
extern pid_t __fork(void);
extern int __vprintf_chk(int flag, const char *format, va_list ap);

/* Of an emulation library's sleep(1), which polls for a compute unit, and of a longer one. */
enum { SHORT_NS = 200 * 1000, LONG_NS = 10 * 1000 * 1000 };

/* The emulation library that @code lies in, or NULL. */
static const struct link_map *emulation(void *code)
{
	struct dl_find_object found;
	const char *name;

	if (_dl_find_object(code, &found) != 0)
		return NULL;
	name = strrchr(found.dlfo_link_map->l_name, '/');
	if (!name || (strncmp(name, "/libxrt_hwemu.so", 16) != 0 &&
	              strncmp(name, "/libxrt_swemu.so", 16) != 0))
		return NULL;
	return found.dlfo_link_map;
}

/* ---- alloc_void ---- */

/* The code of alloc_void and its size, or NULL. */
static uint8_t *find_alloc_void(const char *library, size_t *size)
{
	static const char *const names[] = {"_ZN11xclhwemhal28HwEmShim10alloc_voidEm",
	                                    "_ZN12xclcpuemhal29CpuemShim10alloc_voidEm"};
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD), *code = NULL;
	ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (!handle)
		return NULL;
	for (int i = 0; i < 2 && !code; i++)
		code = dlsym(handle, names[i]);
	if (code && dladdr1(code, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol)
		*size = symbol->st_size;
	else
		code = NULL;
	dlclose(handle); /* it stays: its caller is in it */
	return code;
}

static void mend(uint8_t *byte)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *start = (void *)((uintptr_t)byte & ~(page - 1));

	if (mprotect(start, page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
		fprintf(stderr, "libvn_xrtfix.so: XRT's alloc_void cannot be mended: %s\n",
		        strerror(errno));
		return;
	}
	*byte = (uint8_t)(*byte - VN_XRT_STORE_BYTES);
	mprotect(start, page, PROT_READ | PROT_EXEC);
}

static void mend_library(const struct link_map *library)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	size_t size = 0;
	uint8_t *code;
	int at;

	pthread_mutex_lock(&lock);
	code = find_alloc_void(library->l_name, &size);
	at = code ? vn_xrt_fault_find(code, size) : -1;
	if (at >= 0)
		mend(code + at);
	pthread_mutex_unlock(&lock);
}

/* ---- in libc's place ---- */

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	const struct link_map *library = emulation(CALLER);

	if (library)
		mend_library(library);
	return __connect(fd, address, size);
}

EXPORT unsigned int sleep(unsigned int seconds)
{
	struct timespec time = {.tv_sec = seconds};
	const int error = errno;

	if (seconds > 0 && emulation(CALLER))
		time = (struct timespec){.tv_nsec = seconds > 1 ? LONG_NS : SHORT_NS};
	if (nanosleep(&time, &time) != 0)
		return (unsigned int)time.tv_sec;
	errno = error;
	return 0;
}

EXPORT pid_t fork(void)
{
	if (emulation(CALLER))
		fflush(stdout);
	return __fork();
}

static int is_chatter(const char *text)
{
	return strncmp(text, "configuring ", 12) == 0 ||
	       strncmp(text, "scheduler config ", 17) == 0;
}

EXPORT int puts(const char *text)
{
	int failed;

	if (is_chatter(text) && emulation(CALLER))
		return 0;
	flockfile(stdout);
	failed = fputs_unlocked(text, stdout) < 0 || putc_unlocked('\n', stdout) < 0;
	funlockfile(stdout);
	return failed ? EOF : 1;
}

/* printf() of code built with _FORTIFY_SOURCE, as theirs is */
EXPORT __attribute__((format(printf, 2, 3))) int __printf_chk(int flag, const char *format, ...)
{
	va_list ap;
	int n;

	if (is_chatter(format) && emulation(CALLER))
		return 0;
	va_start(ap, format);
	n = __vprintf_chk(flag, format, ap);
	va_end(ap);
	return n;
}

EXPORT ssize_t readlink(const char *restrict path, char *restrict text, size_t size)
{
	const char *run = strcmp(path, "/proc/self/exe") == 0 ? getenv("SDACCEL_EM_RUN_DIR") : NULL;
	size_t n;

	n = run ? strlen(run) : 0;
	if (!run || n + 2 > size || !emulation(CALLER))
		return readlinkat(AT_FDCWD, path, text, size);
	memcpy(text, run, n);
	text[n] = '/'; /* they cut the file's name off */
	text[n + 1] = 'x';
	return (ssize_t)(n + 2);
}
