/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_also.c - other libraries, each in a Python process of its own (tools/bench_also.py), which
 * is told a batch size a line and answers with times and classes.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/own_folder.h"
#include "host/bench.h"
#include "host/net.h"
#include "host/out.h"

extern char **environ;

enum {
	LINE = 65536,
	START_MS = 600000, /* reading, quantising and compiling by the library */
	RUN_MS = 600000,
};

struct vh_also {
	char name[48];
	pid_t pid;
	int to, from;
	char pictures[64]; /* temporary file; "" none */
	char line[LINE];
	size_t have; /* bytes of the next line */
};

/* ---- talking ---- */

/* One whole line into also->line.  VN_ERUNTIME: it ended, or says nothing. */
static int read_line(struct vh_also *a, int timeout_ms, vn_error *err)
{
	const double until = vh_seconds() + timeout_ms / 1e3;

	for (a->have = 0; a->have + 1 < LINE;) {
		struct pollfd p = {.fd = a->from, .events = POLLIN};
		const int ready = poll(&p, 1, 100);
		ssize_t n;

		if (vh_interrupted())
			return VH_STOPPED;
		if (ready == 0 && vh_seconds() > until)
			return vn_fail(err, VN_ERUNTIME, NULL, "%s: no answer in %d s", a->name,
			               timeout_ms / 1000);
		if (ready <= 0)
			continue;
		/* nothing comes before it is asked for: there is one line at most */
		n = read(a->from, a->line + a->have, LINE - 1 - a->have);
		if (n <= 0)
			return vn_fail(err, VN_ERUNTIME, NULL, "%s: its Python ended", a->name);
		a->have += (size_t)n;
		if (a->line[a->have - 1] == '\n') {
			a->line[a->have - 1] = '\0';
			return 0;
		}
	}
	return vn_fail(err, VN_ERUNTIME, NULL, "%s: an endless line", a->name);
}

int vh_also_run(struct vh_also *a, int batch, double *seconds, double *cpu_seconds, int *classes,
                vn_error *err)
{
	char text[16], *at;
	int rc;

	snprintf(text, sizeof(text), "%d\n", batch);
	if (write(a->to, text, strlen(text)) < 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: its Python ended", a->name);
	rc = read_line(a, RUN_MS, err);
	if (rc)
		return rc;
	if (strncmp(a->line, "failed ", 7) == 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: %.300s", a->name, a->line + 7);
	*seconds = strtod(a->line, &at);
	*cpu_seconds = strtod(at, &at);
	for (int i = 0; i < batch; i++) {
		char *const before = at;

		classes[i] = (int)strtol(before, &at, 10);
		if (at == before)
			return vn_fail(err, VN_ERUNTIME, NULL, "%s: no answer: %.200s", a->name,
			               a->line);
	}
	return 0;
}

/* ---- start and end ---- */

/* Float pictures, as the network takes them, in a file. */
static int write_pictures(struct vh_also *a, const struct vh_bench_net *net, vn_error *err)
{
	float *x = malloc(net->image * sizeof(*x));
	FILE *f = NULL;
	int fd = -1, ok;

	if (!x)
		return vn_fail_nomem(err, net->image * sizeof(*x), "a picture");
	snprintf(a->pictures, sizeof(a->pictures), "/tmp/vanillin-bench-XXXXXX");
	fd = mkstemp(a->pictures);
	if (fd < 0)
		a->pictures[0] = '\0';
	else
		f = fdopen(fd, "wb");
	ok = f != NULL;
	for (size_t i = 0; i < net->calib && ok; i++) {
		vn_net_normalise(net->net, net->pixels + i * net->image, x);
		ok = fwrite(x, sizeof(*x), net->image, f) == net->image;
	}
	if (f)
		ok = fclose(f) == 0 && ok;
	free(x);
	return ok ? 0
	          : vn_fail(err, VN_EIO, "is /tmp full?",
	                    "%s: the pictures could not be written: %s", a->name, strerror(errno));
}

/* The adapter lies in tools/ beside build/, or where `make install` puts it. */
static int find_adapter(char *path, size_t size, vn_error *err)
{
	static const char *const places[] = {"../tools/bench_also.py",
	                                     "../lib/vanillin/bench_also.py", "bench_also.py"};
	char folder[PATH_MAX];

	vn_own_folder(folder);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s/%s", folder, places[i]);
		if (access(path, R_OK) == 0)
			return 0;
	}
	return vn_fail(err, VN_ENODEV, "run the program where it was built or installed",
	               "--also: bench_also.py is not beside this program");
}

static int start(struct vh_also *a, char *const argv[], vn_error *err)
{
	posix_spawn_file_actions_t actions;
	int to[2] = {-1, -1}, from[2] = {-1, -1}, rc;

	if (pipe(to) || pipe(from))
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: no pipe: %s", a->name, strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, to[1]);
	posix_spawn_file_actions_addclose(&actions, from[0]);
	rc = posix_spawnp(&a->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	a->to = to[1];
	a->from = from[0];
	if (rc)
		a->pid = 0;
	return rc ? vn_fail(err, VN_ENODEV, "apt-get install python3, or set PYTHON",
	                    "%s: %s cannot be started: %s", a->name, argv[0], strerror(rc))
	          : 0;
}

static int greet(struct vh_also *a, char *about, size_t size, vn_error *err)
{
	int rc = read_line(a, START_MS, err);

	if (rc)
		return rc;
	if (strncmp(a->line, "absent ", 7) == 0)
		return vn_fail(err, VN_ENODEV, "set PYTHON to one that has it",
		               "%s: not installed: %.300s", a->name, a->line + 7);
	if (strncmp(a->line, "ready ", 6) != 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: %.300s", a->name, a->line);
	snprintf(about, size, "%.90s", a->line + 6);
	return 0;
}

int vh_also_open(struct vh_also **out, const char *which, const char *type,
                 const struct vh_bench_net *net, int threads, char *about, size_t about_size,
                 vn_error *err)
{
	const char *python = getenv("PYTHON");
	char adapter[8192], number[5][16];
	struct vh_also *a = calloc(1, sizeof(*a));
	int rc;

	*out = a;
	if (!a)
		return vn_fail_nomem(err, sizeof(*a), "a process");
	a->to = a->from = -1;
	if (vh_is_variant(net->path))
		return vn_fail(err, VN_EARG, "train/export.py writes an .onnx file of it",
		               "--also: %s is no file that other libraries could read", net->path);
	snprintf(a->name, sizeof(a->name), "%s:%s", which, type);
	signal(SIGPIPE, SIG_IGN); /* one that died is told by write */
	rc = find_adapter(adapter, sizeof(adapter), err);
	rc = rc ? rc : write_pictures(a, net, err);
	if (rc)
		return rc;
	snprintf(number[0], sizeof(number[0]), "%d", threads);
	snprintf(number[1], sizeof(number[1]), "%d", net->in_c);
	snprintf(number[2], sizeof(number[2]), "%d", net->in_h);
	snprintf(number[3], sizeof(number[3]), "%d", net->in_w);
	snprintf(number[4], sizeof(number[4]), "%zu", net->fed);
	rc = start(a,
	           (char *[]){(char *)(python && *python ? python : "python3"), adapter,
	                      (char *)which, (char *)type, (char *)net->path, number[0],
	                      a->pictures, number[1], number[2], number[3], number[4], NULL},
	           err);
	return rc ? rc : greet(a, about, about_size, err);
}

void vh_also_close(struct vh_also *a)
{
	if (!a)
		return;
	if (a->to >= 0)
		close(a->to);
	if (a->from >= 0)
		close(a->from);
	if (a->pid > 0) {
		int left = 50; /* it ends when its input does; five seconds */

		while (left-- > 0 && waitpid(a->pid, NULL, WNOHANG) == 0)
			poll(NULL, 0, 100);
		if (left < 0) {
			kill(a->pid, SIGKILL);
			waitpid(a->pid, NULL, 0);
		}
	}
	if (a->pictures[0])
		unlink(a->pictures);
	free(a);
}
