/* SPDX-License-Identifier: Apache-2.0
 *
 * test_backend_ocl.c - ocl: over an OpenCL of the tests' own: results, every call of OpenCL that
 * can fail failing in turn, hangs, recovery, what is checked before use.
 */
#define _GNU_SOURCE /* dladdr */
#include "tests/driver/one_run.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/bitstreams/sample.h"
#include "tests/ocl/fake_cl.h"

enum { MODES = 2 };

static struct sample file; /* the .xclbin that is there */

/* The file, and a manifest with it; @card: for a card, not for emulation. */
static void put_file(int card)
{
	char entry[1024], config[128], hash[16];
	const char *const entries[] = {entry};
	const uint32_t *c = tiny.prog->config;

	file.head.header.m_mode = card ? XCLBIN_FLAT : XCLBIN_HW_EMU;
	sample_write("a.xclbin", &file, sizeof(file));
	sample_entry("a.xclbin", &file, entry);
	snprintf(config, sizeof(config), "[%u,%u,%u,%u,%u,%u,%u,%u,%u,%u]", c[0], c[1], c[2], c[3],
	         c[4], c[5], c[6], c[7], c[8], c[9]);
	sample_replace(entry, "[2,16,16,65536,16384,2048,4,1024,16,4]", config);
	snprintf(hash, sizeof(hash), "%08x", tiny.prog->hash);
	sample_replace(entry, "b1d80e22", hash);
	if (card)
		sample_replace(entry, "hw_emu", "hw");
	sample_manifest(entries, 1);
}

/* $XILINX_XRT/lib/, with an OpenCL of XRT that is any library. */
static void put_libraries(void)
{
	static const char *const names[] = {"lib/libxrt_core.so.2", "lib/libxrt_noop.so.2"};
	Dl_info any;

	assert_int_equal(mkdir(sample_path("lib"), 0700), 0);
	for (int i = 0; i < 2; i++)
		sample_write(names[i], "", 0);
	assert_true(dladdr((void *)(uintptr_t)zlibVersion, &any) != 0);
	assert_int_equal(symlink(any.dli_fname, sample_path("lib/libxilinxopencl.so.2")), 0);
}

static int set_up(void **state)
{
	assert_int_equal(sample_setup(state), 0);
	tiny_make();
	sample_make(&file);
	put_file(0);
	put_libraries();
	return 0;
}

static int tear_down(void **state)
{
	tiny_drop();
	return sample_teardown(state);
}

/* The environment as it should be, and nothing to go wrong. */
static int fresh(void **state)
{
	(void)state;
	setenv("XILINX_XRT", sample_folder, 1);
	setenv("XCL_EMULATION_MODE", "noop", 1);
	setenv("VANILLIN_XCLBIN_DIR", sample_folder, 1);
	setenv("OCL_ICD_VENDORS", "libxilinxopencl.so.2", 1);
	fake_install();
	fake_card.config = tiny.prog->config;
	return 0;
}

static void run_well(const char *uri, enum vn_weights mode)
{
	expect_run(uri, mode);
	assert_int_equal(fake_live(), 0);
}

/* ---- results ---- */

static void test_results(void **state)
{
	(void)state;
	run_well("ocl:0", VN_RESIDENT);
	run_well("ocl:", VN_STREAM);
	run_well("ocl:1;cus=1", VN_RESIDENT);
	run_well("ocl:1+0;selftest=0", VN_RESIDENT);
	run_well("ocl:0;chunk_kib=1", VN_STREAM);
}

static void test_units(void **state)
{
	static const struct {
		const char *uri;
		int units;
	} devices[] = {{"ocl:0", 2}, {"ocl:0;cus=1", 1}, {"ocl:0+1", 4}, {"ocl:0+1;cus=1", 2}};
	vn_error err;
	vn_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		assert_int_equal(vn_device_open(devices[i].uri, &dev, &err), 0);
		assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
		assert_int_equal(vn_device_units(dev), devices[i].units);
		vn_device_close(dev);
	}
}

/* And its units are asked for their record once. */
static void test_file_is_loaded_once(void **state)
{
	vn_error err;
	vn_device *dev;
	int starts;

	(void)state;
	assert_int_equal(vn_device_open("ocl:0;selftest=0", &dev, &err), 0);
	assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
	assert_int_equal(fake_card.starts, 2);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run_loaded(dev, &err), 0);
		starts = fake_card.starts;
		assert_int_equal(vn_device_load(dev, tiny.prog, VN_STREAM, &err), 0);
		assert_int_equal(fake_card.starts, starts);
	}
	assert_int_equal(fake_card.loads, 1);
	file.head.header.uuid[0]++; /* another file */
	put_file(0);
	assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
	assert_int_equal(fake_card.loads, 2);
	assert_int_equal(fake_card.starts, starts + 2);
	assert_int_equal(run_loaded(dev, &err), 0);
	vn_device_close(dev);
	assert_int_equal(fake_live(), 0);
}

/* ---- every call failing in turn ---- */

/* Returns whether there was such a call. */
static int fail_call(const char *call, int n)
{
	vn_error err = {0};
	int rc;

	fresh(NULL);
	fake_fail_at(call, n, CL_OUT_OF_RESOURCES);
	rc = run("ocl:1", n % MODES ? VN_RESIDENT : VN_STREAM, &err);
	if (!fake_failed()) {
		assert_int_equal(rc, 0);
		return 0;
	}
	if (strcmp(call, "clSetEventCallback") == 0) { /* looking at the event remains */
		assert_int_equal(rc, 0);
	} else {
		if (rc != VN_ERUNTIME && rc != VN_ENODEV && rc != VN_ENOMEM)
			fail_msg("%s, call %d: %s: %s", call, n, vn_err_name(rc), err.message);
		assert_non_null(strstr(err.message, "ocl:1"));
		assert_true(strlen(err.hint) > 0);
	}
	if (fake_live())
		fail_msg("%s, call %d: %d objects left", call, n, fake_live());
	return 1;
}

static void test_every_failure(void **state)
{
	static const char *const calls[] = {
	        "clGetPlatformIDs",
	        "clCreateContext",
	        "clCreateProgramWithBinary",
	        "clBuildProgram",
	        "clCreateKernel",
	        "clCreateCommandQueue",
	        "clSetKernelArg",
	        "clCreateBuffer",
	        "clEnqueueWriteBuffer",
	        "clEnqueueMigrateMemObjects",
	        "clEnqueueReadBuffer",
	        "clEnqueueTask",
	        "clSetEventCallback",
	};

	(void)state;
	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
		/* Of arguments there are nine to a start. */
		const int step = strcmp(calls[c], "clSetKernelArg") == 0 ? 5 : 1;
		int n = 1;

		while (fail_call(calls[c], n))
			n += step;
		if (n == 1)
			fail_msg("%s is never called", calls[c]);
	}
}

static void test_failed_start(void **state)
{
	(void)state;
	for (int n = 1; n <= 4; n++) {
		fresh(NULL);
		fake_card.fail_at = n;
		expect_failure(
		        "ocl:0;cus=1", VN_ERUNTIME,
		        WORDS("ocl:0: kernel vn_cu, compute unit vn_cu_1", "CL_DEVICE_NOT_FOUND"));
		assert_int_equal(fake_live(), 0);
	}
}

static void test_no_status(void **state)
{
	(void)state;
	fake_card.no_status = 1;
	expect_failure("ocl:0", VN_ERUNTIME,
	               WORDS("ocl:0: compute unit vn_cu_1 ended without a status block", "xrt:"));
	fresh(NULL);
	fake_card.spoil = 1;
	expect_failure("ocl:0", VN_ERUNTIME,
	               WORDS("compute unit vn_cu_1 of ", "a.xclbin",
	                     "is of contract version 3, this is 2"));
	assert_int_equal(fake_live(), 0);
}

/* ---- hangs; a device is left as it is after one, so each test has a card of its own ---- */

/* The start ends after it was given up: the device is fit again. */
static void test_late_end(void **state)
{
	vn_error err = {0};
	vn_device *dev;
	int starts;

	(void)state;
	assert_int_equal(vn_device_open("ocl:0;selftest=0;cus=1;timeout_ms=200", &dev, &err), 0);
	assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
	fake_card.hang_at = fake_card.starts + 1;
	assert_int_equal(run_loaded(dev, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "compute unit vn_cu_1: not done after"));
	assert_non_null(strstr(err.message, "CL_RUNNING"));
	assert_non_null(strstr(err.message, "register CTRL at 0x00 cannot be read"));
	assert_int_equal(run_loaded(dev, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "vn_cu_1 still hangs in an earlier start"));
	fake_release_hung();
	starts = fake_card.starts;
	if (run_loaded(dev, &err))
		fail_msg("%s", err.message);
	assert_true(fake_card.starts >= starts + 2); /* asked again for its record, too */
	vn_device_close(dev);
	assert_int_equal(fake_live(), 0);
}

static void test_hang(void **state)
{
	vn_error err;

	(void)state;
	fake_card.hang_at = 2;
	expect_failure("ocl:0;selftest=0;cus=1;timeout_ms=200", VN_ERUNTIME,
	               WORDS("kernel vn_cu, compute unit vn_cu_1: not done after",
	                     "run the command again"));
	assert_true(vn_devices_lost() > 0);
	assert_int_equal(run("ocl:0", VN_RESIDENT, &err), VN_ENODEV);
	fake_release_hung();
}

static void test_hang_when_asked(void **state)
{
	(void)state;
	fake_card.hang_at = 1;
	expect_failure("ocl:1", VN_ETIMEOUT,
	               WORDS("kernel vn_cu, compute unit vn_cu_1: not done after 4", "CTRL"));
	fake_release_hung();
}

/* ---- checks before use ---- */

static void test_wrong_units(void **state)
{
	uint32_t config[VN_CONFIG_WORDS];

	(void)state;
	fake_card.other_record = 1;
	expect_failure("ocl:0", VN_ECONFIG, WORDS("vn_cu_1 is 8x8", "vn_cu_2 of card 0 is 8x8"));
	fresh(NULL);
	memcpy(config, tiny.prog->config, sizeof(config));
	config[VN_CFG_MAX_KTILES]--;
	fake_card.config = config;
	expect_failure("ocl:0", VN_ECONFIG, WORDS("8x8", "MAX_KTILES"));
	assert_int_equal(fake_live(), 0);
}

/* A card has a clock; an emulated one has not. */
static void test_clock(void **state)
{
	(void)state;
	fake_clock_mhz = 150;
	run_well("ocl:0", VN_RESIDENT);
	put_file(1);
	unsetenv("XCL_EMULATION_MODE");
	fake_clock_mhz = 150;
	expect_failure("ocl:0", VN_ERUNTIME,
	               WORDS("no clock of the card is above 150 MHz", "300 MHz"));
	fake_clock_mhz = 500;
	run_well("ocl:0", VN_RESIDENT);
	put_file(0);
	assert_int_equal(fake_live(), 0);
}

static void test_uris(void **state)
{
	(void)state;
	expect_failure("ocl:0+0", VN_ENODEV, WORDS("card 0 twice"));
	expect_failure("ocl:x", VN_ENODEV, WORDS("ocl:x"));
	expect_failure("ocl:0;cus=0", VN_EARG, WORDS("cus"));
	expect_failure("ocl:0;cus=3", VN_EARG, WORDS("cus", "3", "2"));
	expect_failure("ocl:0;cu=1", VN_EARG, WORDS("no option 'cu'"));
	expect_failure("ocl:0;xclbin=/no/such.xclbin", VN_EIO, WORDS("/no/such.xclbin"));
	expect_failure("ocl:0+7", VN_ENODEV, WORDS("ocl:7")); /* there are two */
	assert_int_equal(fake_live(), 0);
}

static void test_card_twice(void **state)
{
	vn_device *dev, *other;
	vn_error err;

	(void)state;
	assert_int_equal(vn_device_open("ocl:0", &dev, &err), 0);
	assert_int_equal(vn_device_open("ocl:1+0", &other, &err), VN_ENODEV);
	assert_non_null(strstr(err.message, "ocl:0"));
	assert_int_equal(vn_device_open("xrt:0", &other, &err), VN_ENODEV);
	vn_device_close(dev);
	run_well("ocl:1+0", VN_RESIDENT);
}

static void test_environment(void **state)
{
	(void)state;
	unsetenv("XILINX_XRT");
	expect_failure("ocl:0", VN_ENODEV, WORDS("ocl: ", "XILINX_XRT is not set"));
	fresh(NULL);
	setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
	expect_failure("ocl:0", VN_ENODEV, WORDS("OpenCL's loader", "xilinx.icd"));
	assert_int_equal(fake_live(), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
	        T(test_results),       T(test_units),           T(test_file_is_loaded_once),
	        T(test_every_failure), T(test_failed_start),    T(test_no_status),
	        T(test_wrong_units),   T(test_clock),           T(test_uris),
	        T(test_card_twice),    T(test_environment),     T(test_late_end),
	        T(test_hang),          T(test_hang_when_asked),
	};
	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	fflush(NULL);
	_exit(failed != 0); /* devices were lost */
}
