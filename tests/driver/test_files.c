/* SPDX-License-Identifier: Apache-2.0
 *
 * test_files.c - files that options of a URI name: shared, whole or not there, in any locale.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "tests/driver/common.h"

#include <glob.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/driver/fake.h"

static struct vn_qnet *net;
static struct vn_program *prog;
static uint8_t *pixels;
static char folder[] = "/tmp/vn_files_XXXXXX", path[64], uri[96];

static int set_up(void **state)
{
	(void)state;
	net = tiny_net(1, 0);
	prog = tiny_program(net, 8, 8);
	pixels = make_images(4);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.json", folder);
	snprintf(uri, sizeof(uri), "ref:;timeline=%s", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
	free(pixels);
	vn_program_free(prog);
	vn_qnet_free(net);
	return 0;
}

static vn_device *open_loaded(void)
{
	vn_error err = {0};
	vn_device *dev;

	if (vn_device_open(uri, &dev, &err) || vn_device_load(dev, prog, VN_RESIDENT, &err))
		fail_msg("%s", err.message);
	return dev;
}

static int temporary_files(void)
{
	char pattern[80];
	glob_t found;
	int n;

	snprintf(pattern, sizeof(pattern), "%s/*.tmp", folder);
	n = glob(pattern, 0, NULL, &found) == 0 ? (int)found.gl_pathc : 0;
	globfree(&found);
	return n;
}

/* Starts in the file, and in @devices (of 8) whose they are.  Every time is a number in its place.
 */
static int starts_in_file(int devices[8])
{
	json_t *root, *event;
	json_error_t error;
	int starts = 0;
	double last = 0;
	size_t i;

	root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s: line %d: %s", path, error.line, error.text);
	memset(devices, 0, 8 * sizeof(devices[0]));
	json_array_foreach(json_object_get(root, "traceEvents"), i, event)
	{
		if (strcmp(json_string_value(json_object_get(event, "ph")), "X") != 0)
			continue;
		assert_true(json_is_real(json_object_get(event, "ts")));
		assert_true(json_is_real(json_object_get(event, "dur")));
		last = json_real_value(json_object_get(event, "ts"));
		assert_true(last >= 0 && last < 60e6);
		if (strcmp(json_string_value(json_object_get(event, "name")), "start") == 0) {
			const int row = (int)json_integer_value(json_object_get(event, "pid"));

			devices[row / VN_UNITS_MAX]++;
			starts++;
		}
	}
	assert_true(last > 0);
	json_decref(root);
	return starts;
}

/* One file of several devices; it is there when the last has finished, and begun anew after. */
static void test_shared(void **state)
{
	vn_device *dev[3];
	int devices[8];

	(void)state;
	for (int i = 0; i < 3; i++)
		dev[i] = open_loaded();
	for (int i = 0; i < 3; i++)
		for (int k = 0; k <= i; k++)
			run_and_check(dev[i], net, pixels, 1, 0);
	assert_int_equal(temporary_files(), 1);
	vn_device_close(dev[1]);
	assert_int_equal(vn_device_finish(dev[0], NULL), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	vn_device_close(dev[0]);
	assert_int_equal(vn_device_finish(dev[2], NULL), 0);
	assert_int_equal(starts_in_file(devices), 6);
	assert_int_equal(devices[0], 1);
	assert_int_equal(devices[1], 2);
	assert_int_equal(devices[2], 3);
	vn_device_close(dev[2]);
	assert_int_equal(starts_in_file(devices), 6);
	dev[0] = open_loaded();
	run_and_check(dev[0], net, pixels, 1, 0);
	assert_int_equal(starts_in_file(devices), 6);
	vn_device_close(dev[0]);
	assert_int_equal(starts_in_file(devices), 1);
	assert_int_equal(temporary_files(), 0);
}

static void test_finish(void **state)
{
	vn_device *dev = open_loaded();
	vn_error err = {0};
	vn_counters counters;
	uint32_t status[64];
	int devices[8];
	vn_job *job, *none;

	(void)state;
	assert_int_equal(vn_submit(dev, pixels, 4, 0, &job, NULL), 0);
	assert_int_equal(vn_device_finish(dev, &err), 0);
	assert_int_equal(vn_wait(job, 0, NULL), 0); /* it is done */
	check_job(net, pixels, 4, job, 0);
	assert_int_equal(vn_submit(dev, pixels, 1, 0, &none, &err), VN_EARG);
	assert_non_null(strstr(err.message, "finished"));
	assert_int_equal(vn_device_load(dev, prog, VN_STREAM, &err), VN_EARG);
	assert_non_null(strstr(err.message, "finished"));
	assert_int_equal(vn_device_status(dev, status, NULL), 0);
	assert_int_equal(vn_device_counters(dev, -1, &counters, NULL), 0);
	assert_int_equal(counters.images, 4);
	assert_true(starts_in_file(devices) >= 1);
	assert_int_equal(vn_device_finish(dev, NULL), 0);
	vn_device_close(dev);
	vn_job_free(job);
}

/* A device that is not opened leaves an earlier file alone, and no other. */
static void test_refused(void **state)
{
	static const char before[] = "before";
	char text[sizeof(before)] = "", longer[128], link[80];
	vn_error err = {0};
	vn_device *dev;
	FILE *file = fopen(path, "w");

	(void)state;
	assert_true(file && fputs(before, file) >= 0 && fclose(file) == 0);
	snprintf(longer, sizeof(longer), "%s;speed=1", uri);
	assert_int_equal(vn_device_open(longer, &dev, &err), VN_EARG);
	assert_int_equal(temporary_files(), 0);
	file = fopen(path, "r");
	assert_true(file && fread(text, 1, sizeof(text) - 1, file) == sizeof(text) - 1);
	fclose(file);
	assert_string_equal(text, before);

	assert_int_equal(vn_device_open("ref:;timeline=/dev/full", &dev, &err), VN_EIO);
	assert_non_null(strstr(err.message, "/dev/full"));
	assert_int_equal(vn_device_open("ref:;timeline=/tmp", &dev, &err), VN_EIO);
	assert_int_equal(vn_device_open("ref:;timeline=", &dev, &err), VN_EIO);
	assert_int_equal(vn_device_open("ref:;timeline=/nonexistent/x", &dev, &err), VN_EIO);
	assert_non_null(strstr(err.message, "/nonexistent/x"));

	/* A link is followed. */
	snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(path, link), 0);
	snprintf(longer, sizeof(longer), "ref:;timeline=%s", link);
	assert_int_equal(vn_device_open(longer, &dev, NULL), 0);
	vn_device_close(dev);
	file = fopen(path, "r");
	assert_true(file && fgetc(file) == '{');
	fclose(file);
	assert_int_equal(unlink(link), 0);
}

/* What a full disk does to a file, as a limit does it. */
static void test_full_disk(void **state)
{
	struct rlimit was, little = {.rlim_cur = 300};
	vn_error err = {0};
	int devices[8];
	vn_device *dev;

	(void)state;
	dev = open_loaded();
	run_and_check(dev, net, pixels, 1, 0);
	vn_device_close(dev);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little.rlim_max = was.rlim_max;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
		dev = open_loaded();
		for (int k = 0; k < 3; k++)
			run_and_check(dev, net, pixels, 4, 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		if (i == 0) {
			assert_int_equal(vn_device_finish(dev, &err), VN_EIO);
			assert_int_equal(err.code, VN_EIO);
			assert_non_null(strstr(err.message, path));
		}
		vn_device_close(dev);
		assert_int_equal(starts_in_file(devices), 1);
		assert_int_equal(temporary_files(), 0);
	}
	signal(SIGXFSZ, SIG_DFL);
}

static void test_comma_locale(void **state)
{
	vn_error err = {0};
	int devices[8];
	vn_device *dev;
	char text[16];

	(void)state;
	if (!comma_locale(folder)) {
		printf("SKIP part: a locale with a decimal comma: localedef cannot make one\n");
		skip();
	}
	snprintf(text, sizeof(text), "%.1f", 0.5);
	assert_string_equal(text, "0,5");
	vn_error_set(&err, VN_EARG, NULL, "%.2f", 0.25);
	assert_string_equal(err.message, "0.25");
	snprintf(text, sizeof(text), "%.1f", 0.5); /* the caller's locale is as before */
	assert_string_equal(text, "0,5");
	dev = open_loaded();
	run_and_check(dev, net, pixels, 4, 0);
	vn_device_close(dev);
	setlocale(LC_ALL, "C");
	assert_int_equal(starts_in_file(devices), 1);
}

/* Of a device that had to be given up the time line tells most. */
static void test_lost(void **state)
{
	const struct timespec end = {0, 100 * 1000000L};
	char options[96];
	int devices[8];
	vn_device *dev;
	vn_error err;
	vn_job *job;

	(void)state;
	fake_reset();
	fake.stuck = 1;
	snprintf(options, sizeof(options), ";timeout_ms=100;timeline=%s", path);
	assert_int_equal(fake_open(options, &dev, NULL), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(dev, pixels, 1, 0, &job, NULL), 0);
	assert_int_equal(vn_wait(job, -1, NULL), VN_ERUNTIME);
	assert_int_equal(vn_device_finish(dev, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "given up"));
	assert_int_equal(starts_in_file(devices), 1);
	vn_job_free(job);
	vn_device_close(dev);
	fake_release();
	nanosleep(&end, NULL); /* the stuck thread ends, which reads the program */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_shared),       cmocka_unit_test(test_finish),
	        cmocka_unit_test(test_refused),      cmocka_unit_test(test_full_disk),
	        cmocka_unit_test(test_comma_locale), cmocka_unit_test(test_lost),
	};
	const int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	fflush(NULL);
	_exit(failed); /* a device was lost */
}
