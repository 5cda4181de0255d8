/* SPDX-License-Identifier: Apache-2.0
 *
 * test_units.c - several compute units: shared jobs, transfers beside computing, hangs, calls that
 * never return, the self-test, the time line.
 */
#include "tests/driver/common.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/driver/fake.h"

enum { MANY = 40 };

struct bench {
	struct vn_qnet *net;
	struct vn_program *prog;
	uint8_t *pixels;
	vn_device *dev;
};

static void sleep_ms(int ms)
{
	const struct timespec t = {0, ms * 1000000L};

	nanosleep(&t, NULL);
}

static void open_bench(struct bench *b, int units, const char *options, enum vn_weights mode)
{
	vn_error err = {0};

	fake_reset();
	fake.units = units;
	b->net = tiny_net(9, 1);
	b->prog = tiny_program(b->net, 8, 8);
	b->pixels = make_images(MANY);
	if (fake_open(options, &b->dev, &err) || vn_device_load(b->dev, b->prog, mode, &err))
		fail_msg("%s", err.message);
}

static void close_bench(struct bench *b)
{
	vn_device_close(b->dev);
	vn_program_free(b->prog);
	vn_qnet_free(b->net);
	free(b->pixels);
	assert_int_equal(fake.reentered, 0);
}

/* One job, cut into more pieces than the units but one can hold: all of them work at once, and the
 * results are in their places. */
static void test_one_job(void **state)
{
	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++)
		for (int units = 2; units <= 3; units++) {
			struct bench b;

			open_bench(&b, units, ";chunk_kib=4", (enum vn_weights)mode);
			assert_int_equal(vn_device_units(b.dev), units);
			fake.delay_ms = 20;
			run_and_check(b.dev, b.net, b.pixels, 1, 1);
			run_and_check(b.dev, b.net, b.pixels, 2, 0);
			fake.meet = 1;
			run_and_check(b.dev, b.net, b.pixels, MANY, 1);
			assert_int_equal(fake.together, units);
			close_bench(&b);
			assert_int_equal(fake.allocs, fake.frees);
		}
}

static void *use_device(void *arg)
{
	struct bench *b = arg;

	for (size_t i = 0; i < 30; i++) {
		const size_t images = 1 + i % 7;
		int32_t logits[TINY_CLASSES];
		vn_job *job;

		if (vn_submit(b->dev, b->pixels, images, i % 2 ? VN_TAPS : 0, &job, NULL))
			return "submit failed";
		if (vn_wait(job, 60000, NULL))
			return "wait failed";
		if (vn_qnet_run(b->net, b->pixels + (images - 1) * TINY_PIXELS, NULL, logits,
		                NULL) ||
		    memcmp(logits, vn_job_logits(job, images - 1), sizeof(logits)) != 0)
			return "other logits";
		vn_job_free(job);
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++) {
		struct bench b;
		pthread_t threads[4];

		open_bench(&b, 3, ";chunk_kib=8", (enum vn_weights)mode);
		fake.delay_ms = 1;
		for (int i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, use_device, &b), 0);
		for (int i = 0; i < 4; i++) {
			void *what;

			pthread_join(threads[i], &what);
			if (what)
				fail_msg("%s", (const char *)what);
		}
		close_bench(&b);
		assert_int_equal(fake.allocs, fake.frees);
	}
}

/* Of ten jobs on one unit all but the first are sent, and all but the last fetched, while another
 * computes; jobs that come late are seen. */
static void test_overlap(void **state)
{
	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++) {
		struct bench b;
		vn_job *jobs[10];

		open_bench(&b, 1, "", (enum vn_weights)mode);
		fake.held = 1;
		for (int i = 0; i < 10; i++) {
			assert_int_equal(vn_submit(b.dev, b.pixels, 2, 0, &jobs[i], NULL), 0);
			if (i == 1)
				sleep_ms(20);
		}
		fake_release();
		for (int i = 0; i < 10; i++) {
			assert_int_equal(vn_wait(jobs[i], -1, NULL), 0);
			check_job(b.net, b.pixels, 2, jobs[i], 0);
			vn_job_free(jobs[i]);
		}
		assert_int_equal(fake.moved, 18);
		close_bench(&b);
	}
}

/* A start fails while the piece before it is computed and not yet fetched: that one is fetched. */
static void test_failed_start(void **state)
{
	struct bench b;
	vn_job *jobs[4];

	(void)state;
	open_bench(&b, 1, "", VN_RESIDENT);
	fake.held = 1;
	fake.fail_after = 1;
	fake.fail_start = 1;
	for (int i = 0; i < 4; i++)
		assert_int_equal(vn_submit(b.dev, b.pixels, 2, 0, &jobs[i], NULL), 0);
	fake_release();
	for (int i = 0; i < 4; i++) {
		assert_int_equal(vn_wait(jobs[i], 10000, NULL), i == 1 ? VN_ERUNTIME : 0);
		if (i != 1)
			check_job(b.net, b.pixels, 2, jobs[i], 0);
		vn_job_free(jobs[i]);
	}
	close_bench(&b);
	assert_int_equal(fake.allocs, fake.frees);
}

/* One of two units hangs: its job fails, the other's does not, and the device recovers. */
static void test_hang(void **state)
{
	struct bench b;
	vn_job *jobs[6];
	vn_error err = {0};
	int failed = 0, configures;

	(void)state;
	open_bench(&b, 2, ";timeout_ms=150", VN_RESIDENT);
	configures = fake.configures;
	fake.delay_ms = 10;
	fake.hang = 1;
	for (int i = 0; i < 6; i++)
		assert_int_equal(vn_submit(b.dev, b.pixels, 1, 0, &jobs[i], NULL), 0);
	for (int i = 0; i < 6; i++) {
		if (vn_wait(jobs[i], -1, &err)) {
			failed++;
			assert_int_equal(err.code, VN_ERUNTIME);
			assert_non_null(strstr(err.message, "150 ms"));
			assert_non_null(strstr(err.message, "hangs"));
		} else {
			check_job(b.net, b.pixels, 1, jobs[i], 0);
		}
		vn_job_free(jobs[i]);
	}
	assert_int_equal(failed, 1);
	run_and_check(b.dev, b.net, b.pixels, MANY, 0);
	assert_int_equal(fake.configures, configures + 1);
	close_bench(&b);
	assert_int_equal(vn_devices_lost(), 0);
}

/* What the stuck call does when it goes on at last, it does with weights of this sum. */
static void expect_late(uint32_t weights)
{
	assert_int_not_equal(weights, 0);
	fake_release();
	for (int i = 0; fake_late() == 0 && i < 10000; i++)
		sleep_ms(1);
	assert_int_equal(fake_late(), 1);
	assert_int_equal(fake.weights, weights);
}

/* A call that does not return: jobs fail in time, the other unit's piece is finished first, every
 * later call says that the device is given up, and closing returns.  What the call reads of the
 * program when it goes on at last is still there, though the caller has freed the program. */
static void test_stuck(void **state)
{
	struct bench b;
	vn_job *jobs[4];
	vn_error err = {0};
	uint32_t weights;
	const int lost = vn_devices_lost();
	int failed = 0;

	(void)state;
	open_bench(&b, 2, ";timeout_ms=100", VN_RESIDENT);
	fake.stuck = 1;
	for (int i = 0; i < 4; i++)
		assert_int_equal(vn_submit(b.dev, b.pixels, 1, 0, &jobs[i], NULL), 0);
	for (int i = 0; i < 4; i++) {
		const int rc = vn_wait(jobs[i], 20000, &err);

		assert_true(rc == 0 || rc == VN_ERUNTIME);
		failed += rc != 0;
		if (rc && !strstr(err.message, "waiting for a compute unit did not end"))
			fail_msg("%s", err.message);
		vn_job_free(jobs[i]);
	}
	assert_true(failed >= 1);
	assert_int_equal(vn_devices_lost(), lost + 1);
	assert_int_equal(vn_submit(b.dev, b.pixels, 1, 0, &jobs[0], &err), VN_ERUNTIME);
	assert_int_equal(vn_device_load(b.dev, b.prog, VN_STREAM, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "given up"));
	vn_device_close(b.dev);
	vn_program_free(b.prog);
	weights = fake.weights;
	expect_late(weights);
	vn_qnet_free(b.net);
	free(b.pixels);
}

/* So for a load. */
static void test_stuck_load(void **state)
{
	const int lost = vn_devices_lost();
	struct vn_qnet *net = tiny_net(9, 1);
	struct vn_program *prog = tiny_program(net, 8, 8);
	uint32_t weights;
	vn_error err = {0};
	vn_device *dev;

	(void)state;
	fake_reset();
	fake.stuck_write = 1;
	weights = fake_sum(prog->weights, prog->segments[0].beats * VN_BEAT_BYTES);
	assert_int_equal(fake_open(";timeout_ms=100", &dev, &err), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, &err), VN_ERUNTIME);
	assert_int_equal(vn_devices_lost(), lost + 1);
	vn_device_close(dev);
	vn_program_free(prog);
	expect_late(weights);
	vn_qnet_free(net);
}

/* The self-test passes on a sound unit, and names one whose memory or arithmetic is not. */
static void test_self_test(void **state)
{
	struct vn_qnet *net = tiny_net(9, 1);
	struct vn_program *prog = tiny_program(net, 16, 16);
	uint8_t *pixels = make_images(2);
	vn_error err = {0};
	vn_device *dev;

	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++) {
		fake_reset();
		fake.units = 2;
		if (fake_open(";selftest=1", &dev, &err) ||
		    vn_device_load(dev, prog, (enum vn_weights)mode, &err))
			fail_msg("%s", err.message);
		run_and_check(dev, net, pixels, 2, 1);
		vn_device_close(dev);
		assert_int_equal(fake.allocs, fake.frees);

		fake_reset();
		fake.units = 2;
		fake.corrupt = 2;
		assert_int_equal(fake_open(";selftest=1", &dev, &err), 0);
		assert_int_equal(vn_device_load(dev, prog, (enum vn_weights)mode, &err),
		                 VN_EMISMATCH);
		assert_non_null(strstr(err.message, "compute unit 1 fails its self-test"));
		vn_device_close(dev);
		assert_int_equal(fake.allocs, fake.frees);
	}
	vn_program_free(prog);
	vn_qnet_free(net);
	free(pixels);
}

/* Software ignores the limit of a start. */
static void test_software_takes_its_time(void **state)
{
	struct bench b;

	(void)state;
	fake_reset();
	fake.software = 1;
	fake.delay_ms = 50;
	b.net = tiny_net(1, 0);
	b.prog = tiny_program(b.net, 8, 8);
	b.pixels = make_images(1);
	assert_int_equal(fake_open(";timeout_ms=1", &b.dev, NULL), 0);
	assert_int_equal(vn_device_load(b.dev, b.prog, VN_RESIDENT, NULL), 0);
	run_and_check(b.dev, b.net, b.pixels, 1, 0);
	close_bench(&b);
}

static void test_timeline(void **state)
{
	char path[] = "/tmp/vn_timeline_XXXXXX", options[64];
	const int fd = mkstemp(path);
	int computed = 0, written = 0;
	json_error_t error;
	json_t *root, *event;
	struct bench b;
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(options, sizeof(options), ";timeline=%s", path);
	open_bench(&b, 2, options, VN_RESIDENT);
	run_and_check(b.dev, b.net, b.pixels, MANY, 0);
	close_bench(&b);
	root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s: line %d: %s", path, error.line, error.text);
	json_array_foreach(json_object_get(root, "traceEvents"), i, event)
	{
		const char *name = json_string_value(json_object_get(event, "name"));

		computed += strcmp(name, "compute") == 0;
		if (strcmp(name, "write") == 0)
			written += (int)json_integer_value(
			        json_object_get(json_object_get(event, "args"), "bytes"));
	}
	assert_int_equal(computed, fake.starts);
	assert_true(written >= MANY * TINY_PIXELS);
	json_decref(root);
	unlink(path);
	assert_int_equal(fake_open(";timeline=/nonexistent/x", &b.dev, NULL), VN_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_job),    cmocka_unit_test(test_many_threads),
	        cmocka_unit_test(test_overlap),    cmocka_unit_test(test_hang),
	        cmocka_unit_test(test_timeline),   cmocka_unit_test(test_failed_start),
	        cmocka_unit_test(test_self_test),  cmocka_unit_test(test_software_takes_its_time),
	        cmocka_unit_test(test_stuck_load), /* the last ones leave a device behind */
	        cmocka_unit_test(test_stuck),
	};

	mallopt(M_PERTURB, 0xa5); /* what is freed changes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
