/* SPDX-License-Identifier: Apache-2.0
 *
 * test_results.c - the driver's answers are the fixed reference's: every device, mode, batch and
 * chunk size.
 */
#include "tests/driver/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/driver/fake.h"

static const size_t BATCHES[] = {1, 2, 3, 17};

static void all_batches(vn_device *dev, const struct vn_qnet *net, const struct vn_program *prog)
{
	uint8_t *pixels = make_images(IMAGES_MAX);
	vn_error err = {0};

	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++) {
		if (vn_device_load(dev, prog, (enum vn_weights)mode, &err))
			fail_msg("%s", err.message);
		for (size_t b = 0; b < sizeof(BATCHES) / sizeof(BATCHES[0]); b++)
			for (int taps = 0; taps < 2; taps++)
				run_and_check(dev, net, pixels, BATCHES[b], taps);
	}
	free(pixels);
}

static void test_devices_agree(void **state)
{
	static const struct {
		const char *uri;
		int rows, cols;
	} cases[] = {
	        {"ref:", 8, 8},    {"ref:", 8, 16}, {"ref:", 16, 16}, {"ref:16x32", 16, 32},
	        {"ref:", 64, 128}, {"hls:", 8, 8},  {"hls:", 16, 16}, {"hls:32x64", 32, 64},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vn_qnet *net = tiny_net((unsigned)i + 1, i % 2);
		struct vn_program *prog = tiny_program(net, cases[i].rows, cases[i].cols);
		vn_error err = {0};
		vn_device *dev;

		if (vn_device_open(cases[i].uri, &dev, &err))
			fail_msg("%s", err.message);
		all_batches(dev, net, prog);
		vn_device_close(dev);
		vn_program_free(prog);
		vn_qnet_free(net);
	}
}

static void lazy_run(const char *options)
{
	struct vn_qnet *net = tiny_net(3, 1);
	struct vn_program *prog = tiny_program(net, 8, 8);
	vn_device *dev;

	fake_reset();
	assert_int_equal(fake_open(options, &dev, NULL), 0);
	all_batches(dev, net, prog);
	vn_device_close(dev);
	assert_int_equal(fake.allocs, fake.frees);
	assert_int_equal(fake.reentered, 0);
	vn_program_free(prog);
	vn_qnet_free(net);
}

static void test_lazy_backend(void **state)
{
	(void)state;
	lazy_run("");
	/* STAGES + 1 starts a batch, each but the last with an upload beside it. */
	assert_int_equal(fake.overlapped, 2 * (int)(sizeof(BATCHES) / sizeof(BATCHES[0])) * STAGES);
}

static void test_chunks(void **state)
{
	uint64_t whole;
	int starts;

	(void)state;
	lazy_run("");
	whole = fake.most_bytes;
	starts = fake.starts;
	lazy_run(";chunk_kib=1");
	assert_true(fake.starts > 2 * starts);
	assert_true(fake.most_bytes < whole);
	lazy_run(";chunk_kib=7");
	assert_true(fake.starts > starts);
}

/* One start for the full passes and one for the rest. */
static void test_group_starts(void **state)
{
	struct vn_qnet *net = tiny_net(4, 0);
	struct vn_program *prog = tiny_program(net, 8, 8);
	uint8_t *pixels = make_images(IMAGES_MAX);
	vn_device *dev;

	(void)state;
	fake_reset();
	assert_int_equal(fake_open("", &dev, NULL), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
	run_and_check(dev, net, pixels, 1, 0);
	assert_int_equal(fake.starts, 1);
	run_and_check(dev, net, pixels, 2 * TINY_GROUP, 0);
	assert_int_equal(fake.starts, 2);
	run_and_check(dev, net, pixels, 2 * TINY_GROUP + 1, 0);
	assert_int_equal(fake.starts, 4);
	vn_device_close(dev);
	vn_program_free(prog);
	vn_qnet_free(net);
	free(pixels);
}

static void test_status(void **state)
{
	struct vn_qnet *net = tiny_net(5, 0);
	struct vn_program *prog = tiny_program(net, 8, 8);
	uint8_t *pixels = make_images(3);
	uint32_t status[64];
	vn_device *dev;

	(void)state;
	assert_int_equal(vn_device_open("ref:", &dev, NULL), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_STREAM, NULL), 0);
	assert_int_equal(vn_device_status(dev, status, NULL), VN_EARG);
	run_and_check(dev, net, pixels, 3, 0);
	assert_int_equal(vn_device_status(dev, status, NULL), 0);
	assert_int_equal(status[VN_ST_MAGIC], VN_STATUS_MAGIC);
	assert_int_equal(status[VN_ST_ERROR], 0);
	assert_int_equal(status[VN_ST_IMAGES], 3);
	assert_int_equal(status[VN_ST_HASH], prog->hash);
	assert_memory_equal(status + VN_ST_CONFIG, prog->config, sizeof(prog->config));
	vn_device_close(dev);
	vn_program_free(prog);
	vn_qnet_free(net);
	free(pixels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_devices_agree), cmocka_unit_test(test_lazy_backend),
	        cmocka_unit_test(test_chunks),        cmocka_unit_test(test_group_starts),
	        cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
