/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_fix.c - libvn_xrtfix.so, to be preloaded: works round what XRT's emulation libraries
 * (libxrt_hwemu, libxrt_swemu) and its scheduler (in libxrt_coreutil) do wrong.  Every function
 * looks at its caller; whoever is none of these gets what libc or libstdc++ does.
 *
 *  connect()  Both begin a conversation with it, before the first message: time to mend alloc_void
 *             of Debian's build (xrt_fault.h), by one byte in memory.
 *  sleep()    They wait with sleep(1) to sleep(10) for what takes microseconds.
 *  fork()     Their child closes its copy of stdout, which writes buffered output a second time.
 *  puts(), printf()  They tell about their scheduler on stdout, into the program's own output.
 *  readlink()  They leave an emulation_debug.log in the program's folder, by /proc/self/exe; the
 *             run folder (SDACCEL_EM_RUN_DIR) is the place for it.
 *  getenv(), setenv()  One of their threads asks for what another sets, which moves the environment.
 *  sigaction()  Their handlers of SIGSEGV, SIGFPE and SIGABRT take the program's place, signal the
 *             whole process group, the card's process in it, and exit(1).
 *  std::condition_variable  All threads that wait for a run wait for one condition, which the
 *             scheduler signals once a run: if the wrong thread wakes, the right one sleeps for
 *             ever.  So does one that is signalled between its look and its wait, for neither the
 *             scheduler nor who starts a run holds the waiter's mutex.
 *
 * _dl_find_object and libc's second names are used, for dladdr and dlsym wait for whoever is in
 * dlopen(): the caller may be a signal handler, though not of setenv().  Thread-safe.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
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
extern int __sigaction(int number, const struct sigaction *action, struct sigaction *old);

enum {
	/* Of an emulation library's sleep(1), which polls for a compute unit, and of a longer one. */
	SHORT_NS = 200 * 1000,
	LONG_NS = 10 * 1000 * 1000,
	LOOK_NS = 10 * 1000 *
	          1000, /* how long the scheduler and who waits for it may miss a signal */
	S_NS = 1000 * 1000 * 1000,
};

/* The library that @code lies in, if its file's name begins with @name or @other; or NULL. */
static const struct link_map *library_of(void *code, const char *name, const char *other)
{
	struct dl_find_object found;
	const char *file;

	if (_dl_find_object(code, &found) != 0)
		return NULL;
	file = strrchr(found.dlfo_link_map->l_name, '/');
	if (!file || (strncmp(file + 1, name, strlen(name)) != 0 &&
	              strncmp(file + 1, other, strlen(other)) != 0))
		return NULL;
	return found.dlfo_link_map;
}

static const struct link_map *emulation(void *code)
{
	return library_of(code, "libxrt_hwemu.so", "libxrt_swemu.so");
}

static int is_scheduler(void *code)
{
	return library_of(code, "libxrt_coreutil.so", "libxrt_coreutil.so") != NULL;
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

static pthread_mutex_t environment = PTHREAD_MUTEX_INITIALIZER;

/* The child, which sets variables, must not find the environment locked by a thread it has not. */
EXPORT pid_t fork(void)
{
	pid_t pid;

	if (!emulation(CALLER))
		return __fork();
	fflush(stdout);
	pthread_mutex_lock(&environment);
	pid = __fork();
	pthread_mutex_unlock(&environment);
	return pid;
}

/* In a setuid program, where secure_getenv() differs, nothing is preloaded. */
EXPORT char *getenv(const char *name)
{
	char *value;

	if (!emulation(CALLER))
		return secure_getenv(name);
	pthread_mutex_lock(&environment);
	value = secure_getenv(name);
	pthread_mutex_unlock(&environment);
	return value;
}

EXPORT int setenv(const char *name, const char *value, int replace)
{
	int (*libc)(const char *, const char *, int) = NULL;
	int rc;

	*(void **)&libc = dlsym(RTLD_NEXT, "setenv");
	if (!emulation(CALLER))
		return libc(name, value, replace);
	pthread_mutex_lock(&environment);
	rc = libc(name, value, replace);
	pthread_mutex_unlock(&environment);
	return rc;
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

EXPORT int sigaction(int number, const struct sigaction *restrict action,
                     struct sigaction *restrict old)
{
	const int fatal = number == SIGSEGV || number == SIGFPE || number == SIGABRT;

	return __sigaction(number, fatal && emulation(CALLER) ? NULL : action, old);
}

/* ---- in libstdc++'s place ---- */

/* As libstdc++ lays them out: both begin with what pthread has. */
struct condition_variable {
	pthread_cond_t cond;
};
struct unique_lock {
	pthread_mutex_t *mutex;
};

EXPORT void
notify_one(struct condition_variable *c) __asm__("_ZNSt18condition_variable10notify_oneEv");
EXPORT void wait_for(struct condition_variable *c, struct unique_lock *lock) __asm__(
        "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");

void notify_one(struct condition_variable *c)
{
	if (is_scheduler(CALLER))
		pthread_cond_broadcast(&c->cond);
	else
		pthread_cond_signal(&c->cond);
}

/* Whoever waits looks again after any return. */
void wait_for(struct condition_variable *c, struct unique_lock *lock)
{
	struct timespec until;

	if (!is_scheduler(CALLER)) {
		pthread_cond_wait(&c->cond, lock->mutex);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_NS;
	until.tv_sec += until.tv_nsec / S_NS;
	until.tv_nsec %= S_NS;
	pthread_cond_clockwait(&c->cond, lock->mutex, CLOCK_MONOTONIC, &until);
}
