/* SPDX-License-Identifier: Apache-2.0
 *
 * call_shim - call what libvn_xrtfix.so changes, from the made-up libxrt_hwemu.so.2 and from here.
 * Prints "NAME good" or "NAME bad" for each; with the library preloaded all are good.
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/emulate/shim/shim.h"

enum { SMALL = 1000, LARGE = 1 << 20 };

static void tell(const char *name, int good)
{
	fprintf(stderr, "%s %s\n", name, good ? "good" : "bad");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The block behind the first one is in use, so that growing moves it. */
static int grows(void)
{
	struct shim_buffer b = {.size = 0};
	void *behind, *first;
	int good;

	shim_grow(&b, SMALL);
	first = b.data;
	behind = malloc(SMALL);
	shim_grow(&b, LARGE);
	good = b.size == LARGE && b.data != first && malloc_usable_size(b.data) >= LARGE;
	if (good)
		memset(b.data, 1, LARGE);
	free(behind);
	return good;
}

static void shim_sleeps(void)
{
	double start = now();

	shim_sleep(1);
	tell("its sleep(1)", now() - start < 0.5);
	start = now();
	shim_sleep(2);
	tell("its sleep(2)", now() - start < 0.5);
}

static void own_sleeps(void)
{
	const double start = now();

	tell("own sleep(1)", sleep(1) == 0 && now() - start >= 0.99);
}

static void paths(void)
{
	char its[4096] = "", own[4096] = "", run[4096];
	const char *folder = getenv("SDACCEL_EM_RUN_DIR");

	snprintf(run, sizeof(run), "%s/", folder ? folder : "?");
	tell("its folder",
	     shim_own_path(its, sizeof(its) - 1) > 0 && strncmp(its, run, strlen(run)) == 0);
	tell("own folder",
	     readlink("/proc/self/exe", own, sizeof(own) - 1) > 0 && strstr(own, "/call_shim"));
	tell("own short folder", readlink("/proc/self/exe", own, 3) == 3);
}

static int own_fork(void)
{
	const pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(7);
	return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7;
}

static void handler(int number)
{
	(void)number;
}

static int handles(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == handler;
}

static void handlers(void)
{
	static const int fatal[] = {SIGSEGV, SIGFPE, SIGABRT};
	const struct sigaction own = {.sa_handler = handler};
	int its = 0, mine = 0;

	for (int i = 0; i < 3; i++)
		its += shim_handle(fatal[i], handler) == 0 && handles(fatal[i]);
	for (int i = 0; i < 3; i++)
		mine += sigaction(fatal[i], &own, NULL) == 0 && handles(fatal[i]) &&
		        shim_handle(fatal[i], SIG_DFL) == 0 && handles(fatal[i]);
	tell("its handlers", its == 0 && mine == 3);
	tell("its handler of another signal",
	     shim_handle(SIGUSR1, handler) == 0 && handles(SIGUSR1));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	tell("connect", shim_connect(argv[1]) != 0);
	tell("connect again", shim_connect(argv[1]) != 0);
	tell("its buffer", grows());
	shim_sleeps();
	own_sleeps();
	paths();
	handlers();
	tell("own fork", own_fork());
	/* stdout is a file: what is buffered now must be there once. */
	printf("before\n");
	tell("its fork", shim_fork() == 0);
	puts("configuring is said here, too");
	shim_chatter();
	printf("after %d\n", 1);
	return 0;
}
