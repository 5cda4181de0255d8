/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ends.c - how the device process ends: the host closes, vanishes, or never comes; signals;
 * the options that break it; what it cannot start with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "spec/spec.h"
#include "tests/device/host.h"

enum { FAILED = 1, BY_SIGTERM = 128 + SIGTERM, LARGE = 64 << 20 };

static struct host host;

static int open_fake(void **state)
{
	(void)state;
	return host_open(&host, 2, 1) ? 0 : -1;
}

static int close_it(void **state)
{
	(void)state;
	host_close(&host);
	return 0;
}

static void pause_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void assert_exit(int code)
{
	const int status = host_wait(&host);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		fail_msg("status %x instead of exit %d", status, code);
}

static void assert_says(const char *text)
{
	if (!host_file_has(&host, "stderr", text))
		fail_msg("stderr does not say: %s", text);
}

/* The stand-in never ends with FIRST = 3: a compute unit that is busy all the time. */
static void start_endless(int unit)
{
	host_set(&host, UNIT(unit) + VN_REG_FIRST, 3);
	host_set(&host, UNIT(unit) + VN_REG_COUNT, 1);
	host_set(&host, UNIT(unit) + VN_REG_IMAGES, 1);
	host_set(&host, UNIT(unit) + VN_REG_CTRL, 1);
	assert_int_equal(host_get(&host, UNIT(unit) + VN_REG_CTRL), CTRL_BUSY);
}

static void test_close(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	host_goodbye(&host);
	assert_int_equal(host_report(&host, -1, "card_cycles"), 0);
	assert_int_equal(host_report(&host, -1, "messages"), 1);
	assert_int_equal(host_report(&host, 1, "starts"), 0);
}

static void test_close_while_busy(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	start_endless(0);
	start_endless(1);
	host_goodbye(&host);
	assert_int_equal(host_report(&host, 0, "starts"), 1);
}

/* The host's process ends without Close; its sockets' names stay and are removed. */
static void test_vanish(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	host_vanish(&host);
	assert_exit(0);
	assert_true(host_file_has(&host, "pids", " end\n"));
	assert_int_equal(host_report(&host, -1, "messages"), 0);
}

static void test_vanish_while_busy(void **state)
{
	(void)state;
	host_start(&host, "");
	start_endless(0);
	host_vanish(&host);
	assert_exit(0);
}

static void test_vanish_within_a_message(void **state)
{
	struct body part = {0};

	(void)state;
	host_start(&host, "");
	body_header(&part, 1000, OP_TO_CARD);
	body_append(&part, "only this", 9);
	assert_int_equal(send(host.fd, part.data, part.n, 0), part.n);
	free(part.data);
	pause_ms(20);
	host_vanish(&host);
	assert_exit(0);
}

/* It does not even take the answer. */
static void test_vanish_within_an_answer(void **state)
{
	struct body body = {0};

	(void)state;
	host_start(&host, "");
	body_from_card(&body, DDR0, 0, LARGE);
	host_send(&host, OP_FROM_CARD, &body);
	free(body.data);
	pause_ms(50);
	host_vanish(&host);
	assert_exit(0);
}

static void test_no_second_socket(void **state)
{
	(void)state;
	host_listen(&host);
	close(host.requests_listener);
	host.requests_listener = -1;
	host_spawn(&host, "log=log");
	host.fd = accept(host.listener, NULL, NULL);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_CTRL), CTRL_IDLE);
	host_call(&host, OP_CLOSE, NULL, NULL);
	assert_exit(0);
	host_vanish(&host);
	host_remove_socket(&host);
	assert_true(host_file_has(&host, "log", "no connection"));
}

static void sigterm(void)
{
	assert_int_equal(kill(host.pid, SIGTERM), 0);
	assert_exit(BY_SIGTERM);
	assert_false(host_file_has(&host, "pids", "end"));
}

static void test_sigterm(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	/* Ctrl-C at a terminal reaches the host as well, which closes. */
	kill(host.pid, SIGINT);
	kill(host.pid, SIGHUP);
	start_endless(0);
	sigterm();
	assert_int_equal(host_report(&host, 0, "starts"), 1);
}

static void test_sigterm_before_the_host(void **state)
{
	(void)state;
	host_spawn(&host, "log=log");
	for (int i = 0; i < 100 * host_limit() && !host_file_has(&host, "log", "card u50"); i++)
		pause_ms(10);
	sigterm();
}

static void test_sigterm_within_a_message(void **state)
{
	struct body part = {0};

	(void)state;
	host_start(&host, "");
	body_header(&part, 1000, OP_TO_CARD);
	assert_int_equal(send(host.fd, part.data, part.n, 0), part.n);
	free(part.data);
	pause_ms(20);
	sigterm();
}

static void test_sigterm_within_an_answer(void **state)
{
	struct body body = {0};

	(void)state;
	host_start(&host, "");
	body_from_card(&body, DDR0, 0, LARGE);
	host_send(&host, OP_FROM_CARD, &body);
	free(body.data);
	pause_ms(50);
	sigterm();
}

/* A parent with signals blocked, as a host's thread is that forks. */
static void test_signals_blocked(void **state)
{
	sigset_t all, before;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	host_start(&host, "");
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigterm();
}

static void test_no_host(void **state)
{
	const pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	/* the process that the socket is named after has ended */
	snprintf(host.id, sizeof(host.id), "device0_0_%d", (int)pid);
	host_spawn(&host, "");
	assert_exit(FAILED);
	assert_says("error: the host that should listen on /tmp/vn-device.");
}

/* Before the card is loaded. */
static void test_long_user(void **state)
{
	static char user[4096];

	(void)state;
	memset(user, 'u', sizeof(user) - 1);
	host.user = user;
	host_spawn(&host, "");
	assert_exit(FAILED);
	assert_says("error: the name of a socket is too long: /tmp/uuu");
	assert_says("hint: a shorter USER");
}

/* What is no message of the protocol ends the conversation with a sentence. */
static void test_malformed(void **state)
{
	static const struct {
		uint64_t length; /* of the body, as the header has it */
		uint32_t opcode;
		const char *body;
		size_t bytes;
		const char *says;
	} cases[] = {
	        {0, 0, NULL, 0, "unknown tag in a header (255)"},
	        {(256 << 20) + 1, OP_TO_CARD, NULL, 0,
	         "a message of more than 256 MiB (268435457)"},
	        {UINT64_MAX, OP_CLOSE, NULL, 0, "more than 256 MiB (18446744073709551615)"},
	        {0, OP_TO_CARD, "", 0, "message CopyBufferHost2Device (6) is malformed"},
	        /* 9 bytes of data for a size of 10 */
	        {19, OP_TO_CARD,
	         "\x18\x00\x22\x09"
	         "123456789"
	         "\x28\x0a\x30\x00\x38\x00",
	         19, "message CopyBufferHost2Device (6) is malformed"},
	        /* a size of 256 MiB + 1 */
	        {12, OP_FROM_CARD, "\x1a\x00\x20\x00\x28\x81\x80\x80\x80\x01\x30\x00", 12,
	         "message CopyBufferDevice2Host (7) is malformed"},
	        {1, OP_ALLOCATE, "\x08", 1, "message AllocDeviceBuffer (4) is malformed"},
	        {4, OP_WRITE, "\x10\x00\x18\x04", 4,
	         "message WriteAddrKernelCtrl (9) is malformed"},
	        {9, OP_WRITE,
	         "\x10\x00\x18\x04\x22\x03"
	         "123",
	         9, "message WriteAddrKernelCtrl (9) is malformed"},
	        {8, OP_READ, "\x10\x00\x18\x80\x80\x80\x80\x0f", 8,
	         "message ReadAddrKernelCtrl (11) is malformed"},
	        {4, OP_MEMORY_WRITE, "\x10\x00\x18\x04", 4,
	         "message WriteAddrSpaceDeviceRam (8) is malformed"},
	        {0, OP_MEMORY_READ, "", 0, "message ReadAddrSpaceDeviceRam (10) is malformed"},
	        {0, OP_FREE, "", 0, "message FreeDeviceBuffer (5) is malformed"},
	        {2, OP_ENVIRONMENT, "\x1a\x01", 2, "message SetEnvironment (20) is malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct body stream = {0};

		host_start(&host, "");
		body_header(&stream, cases[i].length, cases[i].opcode);
		if (cases[i].opcode == 0)
			stream.data[0] = 0xff;
		body_append(&stream, cases[i].body, cases[i].bytes);
		assert_int_equal(send(host.fd, stream.data, stream.n, MSG_NOSIGNAL), stream.n);
		free(stream.data);
		assert_exit(FAILED);
		assert_says(cases[i].says);
		host_vanish(&host);
	}
	assert_false(host_file_has(&host, "pids", "end"));
}

static void test_die(void **state)
{
	int status;

	(void)state;
	host_start(&host, "die=3");
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_CTRL), CTRL_IDLE);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_CTRL), CTRL_IDLE);
	host_send(&host, OP_DEBUG, NULL);
	status = host_wait(&host);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_false(host_file_has(&host, "pids", "end"));
	host_remove_socket(&host); /* which it had no time for */
}

static void test_options(void **state)
{
	static const char *const bad[][2] = {
	        {"latency=0", "latency: '0' is not a number from 1 to 100000"},
	        {"bandwidth=101", "bandwidth: '101' is not"},
	        {"stall=-1", "stall: '-1' is not"},
	        {"seed=1x", "seed: '1x' is not"},
	        {"level=3", "level: '3' is not a number from 0 to 2"},
	        {"die=0", "die: '0' is not"},
	        {"colour=blue", "there is no option 'colour'"},
	        {"latency", "'latency' is not key=value"},
	        {"error=read:slverr", "error: 'read:slverr' is not"},
	        {"error=reed:slverr:1", "error: 'reed:slverr:1' is not"},
	        {"error=read:slverr:0", "error: 'read:slverr:0' is not"},
	        {"hang=vn_cu_1", "hang: 'vn_cu_1' is not unit:start"},
	        {"hang=vn_cu_1:0", "hang: '0' is not"},
	        {"log=/nowhere/at/all", "the log /nowhere/at/all cannot be written"},
	        {"log=", "log: '' is not a file name"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		host_spawn(&host, bad[i][0]);
		assert_exit(FAILED);
		assert_says(bad[i][1]);
	}
	assert_says("vn_device: error: ");
	assert_says("hint: latency, bandwidth");
}

static void test_report_unwritable(void **state)
{
	(void)state;
	host_start(&host, "report=/nowhere/at/all");
	host_call(&host, OP_CLOSE, NULL, NULL);
	assert_exit(FAILED);
	host_vanish(&host);
	host_remove_socket(&host);
	assert_says("the report /nowhere/at/all cannot be written");
}

/* Replace card.json or the plug-in by @text (NULL: nothing) and start. */
static void start_with(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", host.folder, name);
	unlink(path);
	f = text ? fopen(path, "w") : NULL;
	if (f) {
		fputs(text, f);
		fclose(f);
	}
	host_spawn(&host, "");
	assert_exit(FAILED);
}

static void test_no_card(void **state)
{
	(void)state;
	start_with("card.json", NULL);
	assert_says("error: card.json: line -1: unable to open card.json");
	start_with("card.json", "{\"format\": 1,");
	assert_says("error: card.json: line 1: ");
	start_with("card.json", "{\"format\": 2}");
	assert_says("error: card.json: format: not 1");
	assert_false(host_file_has(&host, "pids", "end"));
}

static void test_no_plugin(void **state)
{
	(void)state;
	start_with("libvn_rtl_8x8.so", NULL);
	assert_says("libvn_rtl_8x8.so: cannot open shared object file");
	start_with("libvn_rtl_8x8.so", "no library");
	assert_says("libvn_rtl_8x8.so: ");
}

static void test_other_plugin(void **state)
{
	char path[128];

	(void)state;
	/* a card.json of another compute unit */
	start_with("card.json",
	           "{\"format\": 1, \"card\": \"u50\", \"platform\": \"p\", \"clock_mhz\": 300, "
	           "\"config\": [2, 8, 16, 98304, 16384, 2048, 4, 1024, 8, 8], "
	           "\"plugin\": \"libvn_rtl_8x8.so\", "
	           "\"units\": [{\"name\": \"a\", \"base\": 0, \"range\": 4096}], "
	           "\"banks\": [{\"name\": \"b\", \"base\": 0, \"bytes\": 4096}]}");
	assert_says("libvn_rtl_8x8.so: word 2 of its configuration is 8, card.json says 16");
	/* a library that is no compute unit */
	snprintf(path, sizeof(path), "%s/libvn_rtl_8x8.so", host.folder);
	unlink(path);
	assert_int_equal(symlink("/lib/x86_64-linux-gnu/libm.so.6", path), 0);
	host_spawn(&host, "");
	assert_exit(FAILED);
	assert_says("libvn_rtl_8x8.so is of another version of this software");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_fake, close_it)
	        TEST(test_close),
	        TEST(test_close_while_busy),
	        TEST(test_vanish),
	        TEST(test_vanish_while_busy),
	        TEST(test_vanish_within_a_message),
	        TEST(test_vanish_within_an_answer),
	        TEST(test_no_second_socket),
	        TEST(test_sigterm),
	        TEST(test_sigterm_before_the_host),
	        TEST(test_sigterm_within_a_message),
	        TEST(test_sigterm_within_an_answer),
	        TEST(test_signals_blocked),
	        TEST(test_no_host),
	        TEST(test_long_user),
	        TEST(test_malformed),
	        TEST(test_die),
	        TEST(test_options),
	        TEST(test_report_unwritable),
	        TEST(test_no_card),
	        TEST(test_no_plugin),
	        TEST(test_other_plugin),
#undef TEST
	};

	if (!host_open(&host, 1, 1)) {
		printf("the stand-in of tests/sim has not been built (make sim-fake)\n");
		return 77;
	}
	host_close(&host);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
