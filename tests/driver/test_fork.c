/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fork.c - processes that fork with devices open.
 */
#include "tests/driver/inherit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/driver/fake.h"

static struct vn_qnet *net;
static struct vn_program *prog;
static uint8_t *pixels;

static int set_up(void **state)
{
	(void)state;
	net = tiny_net(1, 0);
	prog = tiny_program(net, 8, 8);
	pixels = make_images(4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(pixels);
	vn_program_free(prog);
	vn_qnet_free(net);
	return 0;
}

/* Parent and children on @uri; the parent goes on as if nothing had been. */
static void check_uri(const char *uri)
{
	struct inherited in = {.uri = uri, .prog = prog, .pixels = pixels};

	assert_int_equal(vn_device_open(uri, &in.dev, NULL), 0);
	assert_int_equal(vn_device_load(in.dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(in.dev, pixels, 1, VN_TAPS, &in.job, NULL), 0);
	assert_int_equal(vn_wait(in.job, -1, NULL), 0);
	in.logits = vn_job_logits(in.job, 0);
	in_child(use_inherited, &in);
	in_child(use_own, &in);
	check_job(net, pixels, 1, in.job, 1);
	run_and_check(in.dev, net, pixels, 4, 0);
	vn_job_free(in.job);
	vn_device_close(in.dev);
}

static void test_software(void **state)
{
	(void)state;
	check_uri("ref:");
	check_uri("hls:");
}

static void test_rtl(void **state)
{
	(void)state;
	if (!strstr(vn_device_list(), "simulated; sizes built 8x8")) {
		printf("SKIP part: fork with rtl:: no unit of 8x8 is built (make sim-8x8)\n");
		skip();
	}
	check_uri("rtl:");
}

/* A fork in the middle of a start: the job is not done, its device computes, and no lock of theirs
 * is free for sure. */
static void test_busy(void **state)
{
	struct inherited in = {.uri = "ref:", .prog = prog, .pixels = pixels};

	(void)state;
	fake_reset();
	fake.held = 1;
	assert_int_equal(fake_open("", &in.dev, NULL), 0);
	assert_int_equal(vn_device_load(in.dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(in.dev, pixels, 1, 0, &in.job, NULL), 0);
	in_child(use_inherited, &in);
	fake_release();
	assert_int_equal(vn_wait(in.job, 10000, NULL), 0);
	check_job(net, pixels, 1, in.job, 0);
	vn_job_free(in.job);
	vn_device_close(in.dev);
}

static atomic_int stop;

static void *submit_for_ever(void *dev)
{
	while (!stop)
		run_and_check(dev, net, pixels, 4, 0);
	return NULL;
}

/* Forks while other threads are anywhere inside. */
static void test_any_moment(void **state)
{
	struct inherited in = {.uri = "ref:", .prog = prog, .pixels = pixels};
	pthread_t thread;

	(void)state;
	assert_int_equal(vn_device_open("ref:", &in.dev, NULL), 0);
	assert_int_equal(vn_device_load(in.dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(in.dev, pixels, 1, 0, &in.job, NULL), 0);
	stop = 0;
	assert_int_equal(pthread_create(&thread, NULL, submit_for_ever, in.dev), 0);
	for (int i = 0; i < 50; i++)
		in_child(use_inherited, &in);
	stop = 1;
	pthread_join(thread, NULL);
	vn_job_free(in.job);
	vn_device_close(in.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_software),
	        cmocka_unit_test(test_rtl),
	        cmocka_unit_test(test_busy),
	        cmocka_unit_test(test_any_moment),
	};

	const char *build = getenv("B");
	char folder[512];

	snprintf(folder, sizeof(folder), "%s/sim", build ? build : "build");
	setenv("VANILLIN_RTL_DIR", folder, 0);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
