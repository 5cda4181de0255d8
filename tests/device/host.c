/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "tests/device/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Files that may be there at the end. */
static const char *const ours[] = {"card.json", "libvn_rtl_8x8.so", "log",
                                   "pids",      "report.json",      "stderr"};

int host_limit(void)
{
	const char *limit = getenv("LIMIT");

	return limit ? atoi(limit) : 30;
}

static void path_of(const struct host *h, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", h->folder, name);
}

/* ---- the folder ---- */

static void write_card(const struct host *h, int units)
{
	char path[128];
	FILE *f;

	path_of(h, "card.json", path);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
	        "{\"format\": 1, \"card\": \"u50\", \"platform\": \"xilinx_u50_test\", "
	        "\"kernel\": \"vn_cu\", \"config\": [2, 8, 8, 98304, 16384, 2048, 4, 1024, 8, 8], "
	        "\"clock_mhz\": 300, \"plugin\": \"libvn_rtl_8x8.so\", \"units\": [");
	for (int i = 0; i < units; i++)
		fprintf(f, "%s{\"name\": \"vn_cu_%d\", \"base\": \"0x%llx\", \"range\": %d}",
		        i ? ", " : "", i + 1, (unsigned long long)UNIT(i), UNIT_RANGE);
	fprintf(f, "], \"banks\": [");
	fprintf(f, "{\"name\": \"HBM[0]\", \"base\": 0, \"bytes\": %u}, ", HBM_BYTES);
	fprintf(f, "{\"name\": \"HBM[1]\", \"base\": %u, \"bytes\": %u}, ", HBM1, HBM_BYTES);
	fprintf(f, "{\"name\": \"DDR[0]\", \"base\": \"0x%llx\", \"bytes\": %llu}]}\n",
	        (unsigned long long)DDR0, (unsigned long long)DDR0_BYTES);
	fclose(f);
}

/* Plug-ins are those of the build folder $B. */
static int find_plugin(int fake, char path[PATH_MAX])
{
	const char *build = getenv("B");
	char name[512];

	snprintf(name, sizeof(name), "%s/%s", build ? build : "build",
	         fake ? "tests/sim/fake/libvn_rtl_8x8.so" : "sim/libvn_rtl_8x8.so");
	return realpath(name, path) != NULL;
}

/* The program is that of this test's own build: sim/vn_device beside tests/device/test_x. */
static int find_device(char path[PATH_MAX + 32])
{
	const ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	if (n <= 0 || n == PATH_MAX)
		return 0;
	path[n] = 0;
	for (int i = 0; i < 3 && strrchr(path, '/'); i++)
		*strrchr(path, '/') = 0;
	strcat(path, "/sim/vn_device");
	return access(path, X_OK) == 0;
}

int host_open(struct host *h, int units, int fake)
{
	char plugin[PATH_MAX], path[128];

	*h = (struct host){.listener = -1, .requests_listener = -1, .fd = -1, .requests = -1};
	if (!find_plugin(fake, plugin))
		return 0;
	strcpy(h->folder, "/tmp/vn-device.XXXXXX");
	snprintf(h->id, sizeof(h->id), "device0_0_%d", (int)getpid());
	assert_non_null(mkdtemp(h->folder));
	write_card(h, units);
	path_of(h, "libvn_rtl_8x8.so", path);
	assert_int_equal(symlink(plugin, path), 0);
	return 1;
}

static int is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i]) == 0)
			return 1;
	return name[0] == '.';
}

/* Remove the folder; the number of files in it that nobody may leave. */
static int remove_folder(const struct host *h)
{
	DIR *dir = opendir(h->folder);
	int left = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", h->folder, e->d_name);
		if (!is_ours(e->d_name))
			printf("left behind: %s\n", path), left++;
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(path);
	}
	closedir(dir);
	rmdir(h->folder);
	return left;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void host_close(struct host *h)
{
	if (h->pid > 0) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
	}
	host_vanish(h);
	assert_int_equal(remove_folder(h), 0);
}

int host_file_has(const struct host *h, const char *name, const char *text)
{
	static char all[1 << 20];
	char path[128];
	size_t n;
	FILE *f;

	path_of(h, name, path);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(all, 1, sizeof(all) - 1, f);
	fclose(f);
	all[n] = 0;
	return strstr(all, text) != NULL;
}

uint64_t host_report(const struct host *h, int unit, const char *key)
{
	char path[128];
	json_t *root, *object;
	uint64_t value;

	path_of(h, "report.json", path);
	root = json_load_file(path, 0, NULL);
	assert_non_null(root);
	object = unit < 0 ? root : json_array_get(json_object_get(root, "units"), (size_t)unit);
	assert_true(json_is_integer(json_object_get(object, key)));
	value = (uint64_t)json_integer_value(json_object_get(object, key));
	json_decref(root);
	return value;
}

/* ---- the process ---- */

static void run_device(const struct host *h, const char *options)
{
	char program[PATH_MAX + 32], pids[128];
	int err;

	if (!find_device(program) || chdir(h->folder))
		_exit(99);
	err = open("stderr", O_WRONLY | O_CREAT | O_APPEND, 0666);
	dup2(err, STDERR_FILENO);
	close(err);
	path_of(h, "pids", pids);
	setenv("USER", h->user ? h->user : strrchr(h->folder, '/') + 1, 1);
	setenv("EMULATION_SOCKETID", h->id, 1);
	setenv("VANILLIN_CARD", options, 1);
	setenv("VANILLIN_DEVICE_PIDFILE", pids, 1);
	execl(program, "vn_device", " --wdb x.wdb --protoinst ./dr_behav.protoinst", (char *)NULL);
	_exit(98);
}

void host_spawn(struct host *h, const char *options)
{
	h->pid = fork();
	if (h->pid == 0)
		run_device(h, options);
	assert_true(h->pid > 0);
}

static int listen_at(const struct host *h, const char *prefix)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", h->folder, prefix, h->id);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

void host_listen(struct host *h)
{
	h->listener = listen_at(h, "");
	h->requests_listener = listen_at(h, "D2X_unix_sock_");
}

static int accept_in_time(int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	const struct timeval limit = {.tv_sec = host_limit()};
	int fd;

	assert_int_equal(poll(&ready, 1, host_limit() * 1000), 1);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

void host_accept(struct host *h)
{
	h->fd = accept_in_time(h->listener);
	h->requests = accept_in_time(h->requests_listener);
	close_fd(&h->listener);
	close_fd(&h->requests_listener);
}

void host_start(struct host *h, const char *options)
{
	host_listen(h);
	host_spawn(h, options);
	host_accept(h);
}

void host_vanish(struct host *h)
{
	close_fd(&h->fd);
	close_fd(&h->requests);
	close_fd(&h->listener);
	close_fd(&h->requests_listener);
}

void host_remove_socket(struct host *h)
{
	char path[128];

	path_of(h, h->id, path);
	unlink(path);
}

int host_wait(struct host *h)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int status = 0;

	for (int i = 0; i < host_limit() * 500; i++) {
		const pid_t pid = waitpid(h->pid, &status, WNOHANG);

		assert_true(pid >= 0);
		if (pid > 0) {
			h->pid = 0;
			return status;
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("the device process does not end");
	return 0;
}

/* ---- messages ---- */

static void send_bytes(struct host *h, const void *data, size_t n)
{
	const uint8_t *at = data;

	while (n > 0) {
		const ssize_t sent = send(h->fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			fail_msg("the device process takes no more");
		at += sent;
		n -= (size_t)sent;
	}
}

void host_send(struct host *h, uint32_t opcode, const struct body *body)
{
	struct body header = {0};

	body_header(&header, body ? body->n : 0, opcode);
	send_bytes(h, header.data, header.n);
	free(header.data);
	if (body)
		send_bytes(h, body->data, body->n);
}

static void receive_bytes(int fd, void *data, size_t n)
{
	uint8_t *at = data;

	while (n > 0) {
		const ssize_t got = recv(fd, at, n, 0);

		if (got <= 0)
			fail_msg("no answer: the device process has gone or takes too long");
		at += got;
		n -= (size_t)got;
	}
}

void host_answer(struct host *h, struct body *answer)
{
	uint8_t header[ANSWER_HEADER];
	struct body all = {0};
	uint64_t bytes;

	receive_bytes(h->fd, header, sizeof(header));
	assert_int_equal(header[0], 0x09);
	memcpy(&bytes, header + 1, sizeof(bytes));
	assert_true(bytes < 1u << 30);
	all.data = malloc((size_t)bytes + 1);
	assert_non_null(all.data);
	all.n = (size_t)bytes;
	receive_bytes(h->fd, all.data, all.n);
	if (answer)
		*answer = all;
	else
		free(all.data);
}

void host_call(struct host *h, uint32_t opcode, const struct body *body, struct body *answer)
{
	host_send(h, opcode, body);
	host_answer(h, answer);
}

uint64_t host_to_card(struct host *h, uint64_t address, uint64_t seek, const void *data, size_t n)
{
	struct body body = {0}, answer;
	uint64_t moved = ~0u;

	body_to_card(&body, address, seek, data, n);
	host_call(h, OP_TO_CARD, &body, &answer);
	assert_true(body_get_number(&answer, 1, &moved));
	free(body.data);
	free(answer.data);
	return moved;
}

uint64_t host_from_card(struct host *h, uint64_t address, uint64_t skip, void *data, size_t n)
{
	struct body body = {0}, answer;
	const uint8_t *bytes;
	uint64_t moved;
	size_t size;

	body_from_card(&body, address, skip, n);
	host_call(h, OP_FROM_CARD, &body, &answer);
	assert_true(body_get_number(&answer, 1, &moved));
	assert_true(body_get_bytes(&answer, 2, &bytes, &size));
	assert_int_equal(size, moved);
	assert_true(moved == 0 || moved == n);
	memcpy(data, bytes, size);
	free(body.data);
	free(answer.data);
	return moved;
}

int host_write(struct host *h, uint64_t address, const uint32_t *words, size_t n)
{
	struct body body = {0}, answer;
	uint64_t ok;

	body_write(&body, address, words, 4 * n);
	host_call(h, OP_WRITE, &body, &answer);
	assert_true(body_get_number(&answer, 1, &ok));
	free(body.data);
	free(answer.data);
	return (int)ok;
}

int host_read(struct host *h, uint64_t address, uint32_t *words, size_t n)
{
	struct body body = {0}, answer;
	const uint8_t *bytes;
	uint64_t ok;
	size_t size;

	body_read(&body, address, 4 * n);
	host_call(h, OP_READ, &body, &answer);
	assert_true(body_get_number(&answer, 1, &ok));
	assert_true(body_get_bytes(&answer, 2, &bytes, &size));
	assert_int_equal(size, 4 * n);
	memcpy(words, bytes, size);
	free(body.data);
	free(answer.data);
	return (int)ok;
}

void host_set(struct host *h, uint64_t address, uint32_t value)
{
	assert_int_equal(host_write(h, address, &value, 1), 1);
}

uint32_t host_get(struct host *h, uint64_t address)
{
	uint32_t value;

	assert_int_equal(host_read(h, address, &value, 1), 1);
	return value;
}

void host_goodbye(struct host *h)
{
	uint8_t header[HEADER];

	host_call(h, OP_CLOSE, NULL, NULL);
	receive_bytes(h->requests, header, sizeof(header));
	assert_int_equal(header[10], OP_CLOSE);
	assert_int_equal(host_wait(h), 0);
	assert_true(host_file_has(h, "pids", " end\n"));
	host_remove_socket(h);
}
