/* SPDX-License-Identifier: Apache-2.0
 *
 * test_jobs.c - batches under way: order, threads, timeouts, failures and what comes after them.
 */
#include "tests/driver/common.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/driver/fake.h"

/* A fake device with the tiny network on it. */
struct bench {
	struct vn_qnet *net;
	struct vn_program *prog;
	uint8_t *pixels;
	vn_device *dev;
};

static void open_bench(struct bench *b, const char *options, enum vn_weights mode)
{
	fake_reset();
	b->net = tiny_net(9, 1);
	b->prog = tiny_program(b->net, 8, 8);
	b->pixels = make_images(IMAGES_MAX);
	assert_int_equal(fake_open(options, &b->dev, NULL), 0);
	assert_int_equal(vn_device_load(b->dev, b->prog, mode, NULL), 0);
}

static void close_bench(struct bench *b)
{
	vn_device_close(b->dev);
	vn_program_free(b->prog);
	vn_qnet_free(b->net);
	free(b->pixels);
	assert_int_equal(fake.reentered, 0);
	assert_int_equal(fake.allocs, fake.frees);
}

static vn_job *submit(struct bench *b, size_t images)
{
	vn_job *job;

	assert_int_equal(vn_submit(b->dev, b->pixels, images, 0, &job, NULL), 0);
	return job;
}

static void test_timeout_then_done(void **state)
{
	struct bench b;
	vn_error err = {0};
	vn_job *job;

	(void)state;
	open_bench(&b, "", VN_RESIDENT);
	fake.delay_ms = 200;
	job = submit(&b, 2);
	assert_int_equal(vn_wait(job, 0, &err), VN_ETIMEOUT);
	assert_int_equal(vn_wait(job, 10, &err), VN_ETIMEOUT);
	assert_int_equal(err.code, VN_ETIMEOUT);
	assert_null(vn_job_logits(job, 0));
	assert_int_equal(vn_device_load(b.dev, b.prog, VN_STREAM, &err), VN_EARG);
	assert_non_null(strstr(err.message, "under way"));
	assert_int_equal(vn_wait(job, 20000, NULL), 0);
	check_job(b.net, b.pixels, 2, job, 0);
	assert_int_equal(vn_device_load(b.dev, b.prog, VN_STREAM, NULL), 0);
	vn_job_free(job);
	close_bench(&b);
}

static void test_orders(void **state)
{
	struct bench b;
	vn_job *jobs[6];

	(void)state;
	open_bench(&b, "", VN_RESIDENT);
	fake.delay_ms = 5;
	for (size_t i = 0; i < 6; i++)
		jobs[i] = submit(&b, i + 1);
	/* Last first; the second without a wait, while it may run. */
	vn_job_free(jobs[1]);
	assert_int_equal(vn_wait(jobs[5], -1, NULL), 0);
	check_job(b.net, b.pixels, 6, jobs[5], 0);
	assert_int_equal(vn_wait(jobs[0], 0, NULL), 0);
	check_job(b.net, b.pixels, 1, jobs[0], 0);
	vn_job_free(jobs[5]);
	vn_job_free(jobs[4]);
	vn_job_free(jobs[0]);
	vn_job_free(jobs[2]);
	assert_int_equal(vn_wait(jobs[3], 0, NULL), 0);
	vn_job_free(jobs[3]);
	close_bench(&b);
}

static void test_close_finishes_the_queue(void **state)
{
	struct bench b;
	vn_job *jobs[4];

	(void)state;
	open_bench(&b, "", VN_STREAM);
	fake.delay_ms = 2;
	for (size_t i = 0; i < 4; i++)
		jobs[i] = submit(&b, 3);
	vn_device_close(b.dev);
	b.dev = NULL;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(vn_wait(jobs[i], 0, NULL), 0);
		check_job(b.net, b.pixels, 3, jobs[i], 0);
		vn_job_free(jobs[i]);
	}
	close_bench(&b);
}

static void test_pixels_are_copied(void **state)
{
	struct bench b;
	uint8_t *pixels = make_images(3);
	vn_job *job;

	(void)state;
	open_bench(&b, "", VN_RESIDENT);
	fake.delay_ms = 20;
	assert_int_equal(vn_submit(b.dev, pixels, 3, 0, &job, NULL), 0);
	memset(pixels, 0, 3 * TINY_PIXELS);
	free(pixels);
	assert_int_equal(vn_wait(job, -1, NULL), 0);
	check_job(b.net, b.pixels, 3, job, 0);
	vn_job_free(job);
	close_bench(&b);
}

static void *use_device(void *arg)
{
	struct bench *b = arg;

	for (size_t i = 0; i < 20; i++) {
		const size_t images = 1 + i % 5;
		int32_t logits[TINY_CLASSES];
		uint32_t status[64];
		vn_job *job;

		if (vn_submit(b->dev, b->pixels, images, i % 2 ? VN_TAPS : 0, &job, NULL))
			return "submit failed";
		if (vn_wait(job, 0, NULL) != 0 && vn_wait(job, 60000, NULL) != 0)
			return "wait failed";
		if (vn_device_status(b->dev, status, NULL))
			return "no status";
		if (vn_qnet_run(b->net, b->pixels + (images - 1) * TINY_PIXELS, NULL, logits,
		                NULL) ||
		    memcmp(logits, vn_job_logits(job, images - 1), sizeof(logits)) != 0)
			return "other logits";
		vn_job_free(job);
	}
	return NULL;
}

static void test_threads_share_a_device(void **state)
{
	struct bench b;
	pthread_t threads[3];

	(void)state;
	open_bench(&b, ";chunk_kib=4", VN_RESIDENT);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_device, &b), 0);
	for (int i = 0; i < 3; i++) {
		void *what;

		pthread_join(threads[i], &what);
		if (what)
			fail_msg("%s", (const char *)what);
	}
	close_bench(&b);
}

/* A job that fails carries its sentence to the waiter; the next one succeeds. */
static void fails_once(struct bench *b, int code, const char *words)
{
	vn_error err = {0};
	vn_job *job = submit(b, 2), *next = submit(b, 3);

	assert_int_equal(vn_wait(job, -1, &err), code);
	assert_int_equal(err.code, code);
	if (!strstr(err.message, words))
		fail_msg("'%s' is not in: %s", words, err.message);
	assert_int_equal(vn_wait(job, -1, NULL), code);
	assert_null(vn_job_logits(job, 0));
	vn_job_free(job);
	assert_int_equal(vn_wait(next, -1, NULL), 0);
	check_job(b->net, b->pixels, 3, next, 0);
	vn_job_free(next);
}

static void test_backend_failures(void **state)
{
	struct bench b;
	int configures;

	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++) {
		open_bench(&b, ";timeout_ms=1234", (enum vn_weights)mode);
		fake.fail_start = 1;
		fails_once(&b, VN_ERUNTIME, "the start failed");
		fake.no_status = 1;
		fails_once(&b, VN_ERUNTIME, "without a status block");
		/* A compute unit that hangs is configured anew before the next start. */
		configures = fake.configures;
		fake.hang = 1;
		fails_once(&b, VN_ERUNTIME, "1234 ms");
		assert_int_equal(fake.configures, configures + 1);
		close_bench(&b);
	}
}

static void test_other_configuration(void **state)
{
	struct bench b;
	vn_error err = {0};

	(void)state;
	open_bench(&b, "", VN_RESIDENT);
	fake.other_config = 1;
	assert_int_equal(vn_device_load(b.dev, b.prog, VN_RESIDENT, &err), VN_ECONFIG);
	assert_non_null(strstr(err.message, "MID_SLOTS"));
	close_bench(&b);
}

/* What the compute unit reports names the descriptor, its opcode, stage and field. */
static void test_device_errors(void **state)
{
	static const char *const uris[] = {"ref:", "hls:"};
	struct vn_qnet *net = tiny_net(2, 0);
	uint8_t *pixels = make_images(2);

	(void)state;
	for (size_t u = 0; u < 2; u++) {
		struct vn_program *prog = tiny_program(net, 8, 8);
		const struct vn_entry *e = vn_program_entry(prog, VN_ENTRY_SINGLE, 0);
		uint32_t mm = e->first, kept;
		vn_error err = {0};
		vn_device *dev;
		vn_job *job;
		char words[64];

		while (VN_GET(prog->desc[mm], ALL_OP) != VN_OP_MM)
			mm++;
		kept = prog->desc[mm][VN_D_MM_KTILES_WORD];
		VN_SET(prog->desc[mm], MM_KTILES, 0);
		assert_int_equal(vn_device_open(uris[u], &dev, NULL), 0);
		assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
		assert_int_equal(vn_submit(dev, pixels, 1, 0, &job, NULL), 0);
		assert_int_equal(vn_wait(job, -1, &err), VN_EDEVICE);
		snprintf(words, sizeof(words), "descriptor %u (MM of stem), word 6 (KTILES)", mm);
		if (!strstr(err.message, words) || !strstr(err.message, "a size is zero"))
			fail_msg("%s: %s", words, err.message);
		vn_job_free(job);

		/* The group entry is another list: it still runs. */
		run_and_check(dev, net, pixels, TINY_GROUP, 0);
		prog->desc[mm][VN_D_MM_KTILES_WORD] = kept;
		assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
		run_and_check(dev, net, pixels, 1, 1);
		vn_device_close(dev);
		vn_program_free(prog);
	}
	vn_qnet_free(net);
	free(pixels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_timeout_then_done),
	        cmocka_unit_test(test_orders),
	        cmocka_unit_test(test_close_finishes_the_queue),
	        cmocka_unit_test(test_pixels_are_copied),
	        cmocka_unit_test(test_threads_share_a_device),
	        cmocka_unit_test(test_backend_failures),
	        cmocka_unit_test(test_other_configuration),
	        cmocka_unit_test(test_device_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
