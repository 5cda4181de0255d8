/* SPDX-License-Identifier: Apache-2.0
 *
 * test_calls.c - xrt: over a library with XRT's names (mock/mock.h): results, every call of XRT
 * that can fail failing in turn, hangs, recovery, what is checked before use.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "tests/driver/inherit.h"
#include "tests/driver/one_run.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xrt/ert.h>

#include "driver/backend.h"
#include "tests/bitstreams/sample.h"
#include "tests/xrt/mock/mock.h"

#define PLATFORM "xilinx_u50_gen3x16_xdma_5_202210_1"

static struct mock_xrt *mock; /* the one that the driver will load */
static char root[PATH_MAX];   /* what XILINX_XRT is here */

static int set_up(void **state)
{
	char path[PATH_MAX + 32];
	void *library;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/xrt/mock", getenv("B") ? getenv("B") : "build");
	assert_non_null(realpath(path, root));
	snprintf(path, sizeof(path), "%s/lib/libxrt_coreutil.so.2", root);
	library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	assert_non_null(library);
	mock = dlsym(library, MOCK_SYMBOL);
	assert_non_null(mock);
	tiny_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tiny_drop();
	return 0;
}

/* The environment as it should be, and nothing to go wrong. */
static int fresh(void **state)
{
	(void)state;
	setenv("XILINX_XRT", root, 1);
	setenv("XCL_EMULATION_MODE", "noop", 1);
	setenv("VANILLIN_XCLBIN_DIR", root, 1);
	*mock = (struct mock_xrt){.platform = PLATFORM};
	memcpy(mock->config, tiny.prog->config, sizeof(mock->config));
	return 0;
}

/* ---- one run, from open to close ---- */

static void run_well(const char *uri, enum vn_weights mode)
{
	expect_run(uri, mode);
	assert_int_equal(mock->handles, 0);
	assert_int_equal(mock->misused, 0);
}

static void run_badly(const char *uri, int code, const char *const *words)
{
	expect_failure(uri, code, words);
	assert_int_equal(mock->misused, 0);
}

/* ---- results ---- */

static void test_results(void **state)
{
	(void)state;
	run_well("xrt:0", VN_RESIDENT);
	run_well("xrt:", VN_STREAM);
	run_well("xrt:0;cus=1", VN_RESIDENT);
	run_well("xrt:3+1;selftest=0", VN_RESIDENT);
	run_well("xrt:0;chunk_kib=1", VN_STREAM);
}

static void test_file_is_loaded_once(void **state)
{
	vn_error err;
	vn_device *dev;

	(void)state;
	assert_int_equal(vn_device_open("xrt:0", &dev, &err), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
		assert_int_equal(vn_device_units(dev), MOCK_UNITS);
		assert_int_equal(run_loaded(dev, &err), 0);
	}
	vn_device_close(dev);
	assert_int_equal(mock->loads, 1);
	assert_int_equal(mock->handles, 0);
}

/* The status block is lost, but the registers mirror it. */
static void test_mirror(void **state)
{
	(void)state;
	mock->refuses_status = 1;
	run_well("xrt:0", VN_RESIDENT);
}

/* What the driver does not ask for, but may: parts of buffers, and a status block that nobody
 * cleared between two starts. */
static void test_buffers(void **state)
{
	static const uint8_t first[VN_BEAT_BYTES] = {1, 2, 3}, second[VN_BEAT_BYTES] = {4, 5, 6};
	const struct vn_backend_ops *const ops = &VN_BACKEND_XRT;
	uint32_t record[VN_CONFIG_WORDS], status[VN_STATUS_WORDS];
	uint8_t part[VN_BEAT_BYTES];
	struct vn_backend *be;
	struct vn_buffer *b;
	struct vn_start start;
	struct vn_uri uri;
	int units;

	(void)state;
	assert_int_equal(vn_uri_parse("xrt:0", &uri, NULL), 0);
	assert_int_equal(ops->open(&uri, &be, NULL), 0);
	assert_int_equal(ops->configure(be, tiny.prog->config, record, &units, NULL), 0);
	assert_int_equal(units, MOCK_UNITS);
	assert_memory_equal(record, tiny.prog->config, sizeof(record));

	assert_int_equal(ops->alloc(be, 1, VN_BUFFER_STATUS, VN_BUFFER_ALIGN, &b, NULL), 0);
	assert_int_equal(ops->write(be, b, 0, first, sizeof(first), NULL), 0);
	assert_int_equal(ops->write(be, b, VN_BUFFER_ALIGN - 64, second, sizeof(second), NULL), 0);
	assert_int_equal(ops->read(be, b, 0, part, sizeof(part), NULL), 0);
	assert_memory_equal(part, first, sizeof(part));
	assert_int_equal(ops->read(be, b, VN_BUFFER_ALIGN - 64, part, sizeof(part), NULL), 0);
	assert_memory_equal(part, second, sizeof(part));
	assert_int_equal(ops->write(be, b, VN_BUFFER_ALIGN, first, 64, NULL), VN_ERUNTIME);
	assert_int_equal(ops->read(be, b, 64, part, VN_BUFFER_ALIGN, NULL), VN_ERUNTIME);

	start = (struct vn_start){b, 0, 0, 7, b, b, b, b, b};
	for (int i = 0; i < 2; i++) {
		mock->bus_error = i;
		assert_int_equal(ops->start(be, 1, &start, NULL), 0);
		assert_int_equal(ops->wait(be, 1, -1, NULL), 0);
		assert_int_equal(ops->read(be, b, 0, status, sizeof(status), NULL), 0);
		assert_int_equal(status[VN_ST_ERROR], i ? VN_CU_BUS : VN_CU_ARGUMENT);
	}
	ops->free(be, b);
	ops->free(be, NULL);
	ops->close(be);
	assert_int_equal(mock->handles, 0);
	assert_int_equal(mock->misused, 0);
}

/* ---- every call failing in turn ---- */

/* Whether the card works though its call number @at of @function fails. */
static int is_optional(const char *function, int at)
{
	/* The first asks for the name, later ones for the clock. */
	return strcmp(function, "xclGetDeviceInfo2") == 0 && at > 1;
}

/* Returns whether there was such a call. */
static int fail_call(const char *function, int at)
{
	vn_error err = {0};
	int rc;

	fresh(NULL);
	mock->fail = function;
	mock->fail_at = at;
	mock->refuses_status = strcmp(function, "xrtKernelReadRegister") == 0;
	rc = run("xrt:2", at % 2 ? VN_RESIDENT : VN_STREAM, &err);
	if (!mock->failed) {
		assert_int_equal(rc, 0);
		return 0;
	}
	if (!is_optional(function, at)) {
		if (rc != VN_ERUNTIME && rc != VN_ENODEV && rc != VN_ENOMEM)
			fail_msg("%s, call %d: %s: %s", function, at, vn_err_name(rc), err.message);
		assert_non_null(strstr(err.message, "xrt:2"));
		assert_true(strlen(err.hint) > 0);
	}
	if (mock->handles || mock->misused)
		fail_msg("%s, call %d: %d handles left, %d misused", function, at, mock->handles,
		         mock->misused);
	return 1;
}

static void test_every_failure(void **state)
{
	static const char *const functions[] = {
	        "xrtDeviceOpen",
	        "xclGetDeviceInfo2",
	        "xrtDeviceLoadXclbinFile",
	        "xrtDeviceGetXclbinUUID",
	        "xrtPLKernelOpenExclusive",
	        "xrtKernelArgGroupId",
	        "xrtKernelReadRegister",
	        "xrtBOAlloc",
	        "xrtBOMap",
	        "xrtBOSync",
	        "xrtRunOpen",
	        "xrtRunSetArg",
	        "xrtRunStart",
	};

	(void)state;
	for (size_t f = 0; f < sizeof(functions) / sizeof(functions[0]); f++) {
		int at = 1;

		/* Of the register there are 64 to a status block. */
		while (fail_call(functions[f], at))
			at += strcmp(functions[f], "xrtKernelReadRegister") == 0 ? 13 : 1;
		if (at == 1)
			fail_msg("%s is never called", functions[f]);
	}
}

static void test_busy(void **state)
{
	(void)state;
	mock->fail = "xrtDeviceLoadXclbinFile";
	mock->fail_at = 1;
	mock->code = -EBUSY;
	run_badly("xrt:0", VN_ERUNTIME, WORDS("does not load", "another program uses the card"));
	fresh(NULL);
	mock->fail = "xrtPLKernelOpenExclusive";
	mock->fail_at = 1;
	mock->code = EBUSY;
	run_badly("xrt:0", VN_ERUNTIME, WORDS("vn_cu:{vn_cu_1}", "another program uses it"));
	assert_int_equal(mock->handles, 0);
}

/* ---- ends of runs ---- */

static void test_end_states(void **state)
{
	static const struct {
		int state;
		const char *word;
	} ends[] = {{ERT_CMD_STATE_ERROR, "ERROR"},
	            {ERT_CMD_STATE_ABORT, "ABORT"},
	            {ERT_CMD_STATE_TIMEOUT, "TIMEOUT"},
	            {ERT_CMD_STATE_NORESPONSE, "NORESPONSE"},
	            {99, "unknown"}};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		fresh(NULL);
		mock->end_state = ends[i].state;
		run_badly("xrt:1", VN_ERUNTIME,
		          WORDS("xrt:1", "kernel vn_cu, compute unit vn_cu_1", ends[i].word));
		assert_int_equal(mock->handles, 0);
	}
}

static void test_no_status(void **state)
{
	(void)state;
	mock->silent = 1;
	run_badly("xrt:0", VN_ERUNTIME, WORDS("vn_cu_1", ".xclbin", "without a status block"));
	fresh(NULL);
	mock->bus_error = 1;
	run_badly("xrt:0", VN_EDEVICE, WORDS("vn_cu_1", "status block", "card memory"));
	assert_int_equal(mock->handles, 0);
}

/* A card is left as it is after a hang, so each test of one has a card of its own. */
static void hang(const char *uri, int start, const char *unit)
{
	mock->hang_at = start;
	run_badly(uri, VN_ERUNTIME,
	          WORDS("kernel vn_cu", unit, "register CTRL at 0x00", "0x00000001", "RUNNING"));
	assert_true(mock->cards > 0);
	assert_true(vn_devices_lost() > 0);
}

/* Each unit is asked once what it is before the first batch. */
static void test_hang(void **state)
{
	vn_error err;

	(void)state;
	hang("xrt:0;selftest=0;cus=1;timeout_ms=200", 2, "vn_cu_1");
	assert_int_equal(run("xrt:0", VN_RESIDENT, &err), VN_ENODEV);
}

/* The start ends after it was given up: the device is fit again. */
static void test_late_end(void **state)
{
	vn_error err = {0};
	vn_device *dev;

	(void)state;
	assert_int_equal(vn_device_open("xrt:1;selftest=0;cus=1;timeout_ms=200", &dev, &err), 0);
	assert_int_equal(vn_device_load(dev, tiny.prog, VN_RESIDENT, &err), 0);
	mock->hang_at = mock->starts + 1;
	assert_int_equal(run_loaded(dev, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "not done after"));
	assert_int_equal(run_loaded(dev, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "still hangs"));
	mock->hang_at = 0;
	if (run_loaded(dev, &err))
		fail_msg("%s", err.message);
	vn_device_close(dev);
	assert_int_equal(mock->handles, 0);
	assert_int_equal(mock->misused, 0);
}

/* ---- checks before use ---- */

/* A whole file into @text, which has room for a zero behind it; its bytes. */
static size_t read_mock_file(const char *name, char *text, size_t room)
{
	char path[PATH_MAX + 64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	n = fread(text, 1, room - 1, file);
	assert_true(n > 0 && n < room - 1);
	fclose(file);
	text[n] = '\0';
	return n;
}

/* The mock's file and manifest in the sample's folder, for a card and not for emulation. */
static void put_card_file(void)
{
	static const char name[] = "vn_cu-u50-8x8-x2.hw_emu.xclbin";
	const size_t room = 1u << 24;
	char *data = malloc(room), manifest[8192], *mode;
	size_t n = read_mock_file(name, data, room);

	data[offsetof(struct axlf, m_header.m_mode)] = XCLBIN_FLAT;
	sample_write(name, data, n);
	read_mock_file("manifest.json", manifest, sizeof(manifest));
	mode = strstr(manifest, "\"hw_emu\"");
	assert_non_null(mode);
	memcpy(mode, "\"hw\"    ", 8);
	sample_write("manifest.json", manifest, strlen(manifest));
	free(data);
}

/* A card has a clock; an emulated one has not. */
static void test_clock(void **state)
{
	static const char changed[] = "XCL_EMULATION_MODE";

	mock->clock_mhz = 150;
	run_well("xrt:3", VN_RESIDENT);
	assert_int_equal(sample_setup(state), 0);
	put_card_file();
	for (int mhz = 150; mhz <= 500; mhz += 350) {
		char is[32];

		fresh(NULL);
		unsetenv(changed);
		setenv("VANILLIN_XCLBIN_DIR", sample_folder, 1);
		mock->clock_mhz = mhz;
		snprintf(is, sizeof(is), "clock is %d MHz", mhz);
		run_badly("xrt:3", VN_ERUNTIME, WORDS(is, "300 MHz"));
	}
	fresh(NULL);
	unsetenv(changed);
	setenv("VANILLIN_XCLBIN_DIR", sample_folder, 1);
	mock->clock_mhz = 300;
	run_well("xrt:3", VN_RESIDENT);
	assert_int_equal(sample_teardown(state), 0);
	assert_int_equal(mock->handles, 0);
}

static void test_wrong_file(void **state)
{
	(void)state;
	mock->other_uuid = 1;
	run_badly("xrt:3", VN_ERUNTIME, WORDS("another UUID", ".xclbin", "another program"));
	fresh(NULL);
	mock->other_record = 1;
	run_badly("xrt:3", VN_ECONFIG, WORDS("vn_cu_1 is 8x8", "vn_cu_2 of card 3 is 8x8"));
	fresh(NULL);
	mock->config[VN_CFG_MAX_KTILES]--;
	run_badly("xrt:3", VN_ECONFIG, WORDS("8x8", "MAX_KTILES"));
	fresh(NULL);
	mock->platform = "xilinx_u999_gen9x16";
	run_badly("xrt:3", VN_ENODEV, WORDS("xilinx_u999_gen9x16", ".xclbin"));
	assert_int_equal(mock->handles, 0);
}

static void test_uris(void **state)
{
	(void)state;
	run_badly("xrt:0+0", VN_ENODEV, WORDS("card 0 twice"));
	run_badly("xrt:-1", VN_ENODEV, WORDS("xrt:-1", "xrt:0+1"));
	run_badly("xrt:0+", VN_ENODEV, WORDS("xrt:0+"));
	run_badly("xrt:0,1", VN_ENODEV, WORDS("xrt:0,1"));
	run_badly("xrt:64", VN_ENODEV, WORDS("xrt:64"));
	run_badly("xrt:3;cus=0", VN_EARG, WORDS("cus"));
	run_badly("xrt:3;cus=3", VN_EARG, WORDS("cus", "3", "2"));
	run_badly("xrt:3;cu=1", VN_EARG, WORDS("no option 'cu'"));
	run_badly("xrt:3;xclbin=/no/such.xclbin", VN_EIO, WORDS("/no/such.xclbin"));
	run_badly("xrt:3+9", VN_ENODEV, WORDS("xrt:9")); /* the mock has four */
	assert_int_equal(mock->handles, 0);
}

static void test_card_twice(void **state)
{
	vn_device *dev, *other;
	vn_error err;

	(void)state;
	assert_int_equal(vn_device_open("xrt:3", &dev, &err), 0);
	assert_int_equal(vn_device_open("xrt:2+3", &other, &err), VN_ENODEV);
	assert_non_null(strstr(err.message, "xrt:3"));
	assert_int_equal(mock->cards, 1);
	vn_device_close(dev);
	run_well("xrt:2+3", VN_RESIDENT);
}

/* ---- the environment ---- */

static void env(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* With @name as @value, xrt: is refused before any call of XRT. */
static void bad_env(const char *name, const char *value, const char *const *words)
{
	env(name, value);
	run_badly("xrt:3", VN_ENODEV, words);
	assert_int_equal(mock->starts, 0);
	fresh(NULL);
}

static void test_environment(void **state)
{
	(void)state;
	bad_env("XILINX_XRT", NULL, WORDS("XILINX_XRT is not set", "setup.sh", "--emulate"));
	bad_env("XILINX_XRT", "", WORDS("XILINX_XRT is not set"));
	bad_env("XILINX_XRT", "/usr", WORDS("XILINX_XRT is /usr", "/usr/lib/libxrt_noop.so.2"));
	bad_env("XCL_EMULATION_MODE", "sw_emu", WORDS("XCL_EMULATION_MODE is sw_emu", "hw_emu"));
	/* Without emulation: a card, and no file for one. */
	bad_env("XCL_EMULATION_MODE", NULL, WORDS("no .xclbin", "make bitstream"));
}

/* hw_emu needs more. */
static void test_emulation(void **state)
{
	char path[PATH_MAX + 16];
	const char *const old = getenv("USER"), *user = old ? old : "nobody";
	char keep[64], *search = strdup(getenv("PATH"));
	FILE *file;

	(void)state;
	snprintf(keep, sizeof(keep), "%s", user);
	setenv("USER", keep, 1);
	setenv("XCL_EMULATION_MODE", "hw_emu", 1);
	setenv("EMCONFIG_PATH", "/nonexistent", 1);
	run_badly("xrt:3", VN_ENODEV, WORDS("/nonexistent/emconfig.json", "vanillin emulate"));
	snprintf(path, sizeof(path), "%s/emconfig.json", root);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"Platform\":{\"Boards\":[{\"Devices\":[{\"Name\":\"" PLATFORM "\"}]}]}}", file);
	fclose(file);
	setenv("EMCONFIG_PATH", root, 1);
	run_badly("xrt:3", VN_ENODEV, WORDS("xrt:3", "emconfig.json has 1"));
	unsetenv("USER");
	run_badly("xrt:3", VN_ENODEV, WORDS("USER is not set"));
	setenv("USER", keep, 1);
	setenv("PATH", "/nonexistent:", 1);
	run_badly("xrt:3", VN_ENODEV, WORDS("unzip"));
	setenv("PATH", search, 1);
	signal(SIGCHLD, SIG_IGN);
	run_badly("xrt:3", VN_ENODEV, WORDS("SIGCHLD is ignored"));
	signal(SIGCHLD, SIG_DFL);
	run_badly("xrt:2", VN_ENODEV, WORDS("xrt:2"));
	unlink(path);
	free(search);
}

/* ---- forks ---- */

static const char *refuse_own(const void *arg)
{
	const struct inherited *in = arg;
	vn_error err = {0};
	vn_device *dev;

	if (vn_device_open(in->uri, &dev, &err) != VN_ENODEV || !strstr(err.message, "at the fork"))
		return "a card that the parent has was opened";
	return mock->misused ? "the mock was misused" : NULL;
}

static const char *use_inherited_silently(const void *arg)
{
	const struct mock_xrt before = *mock;
	const char *wrong = use_inherited(arg);

	if (!wrong && memcmp(&before, mock, sizeof(before)) != 0)
		return "the card was touched";
	return wrong;
}

/* The child calls XRT neither about its parent's card nor to close it; it opens another card, or
 * the same once the parent has closed it. */
static void test_fork(void **state)
{
	struct inherited in = {.uri = "xrt:0", .prog = tiny.prog, .pixels = tiny.pixels};
	int32_t logits[TINY_CLASSES];
	vn_error err = {0};

	(void)state;
	skip_without_fork();
	assert_int_equal(vn_qnet_run(tiny.net, tiny.pixels, NULL, logits, NULL), 0);
	in.logits = logits;
	assert_int_equal(vn_device_open("xrt:0", &in.dev, &err), 0);
	assert_int_equal(vn_device_load(in.dev, tiny.prog, VN_RESIDENT, &err), 0);
	assert_int_equal(vn_submit(in.dev, tiny.pixels, 1, VN_TAPS, &in.job, &err), 0);
	assert_int_equal(vn_wait(in.job, -1, &err), 0);
	in_child(use_inherited_silently, &in);
	in_child(refuse_own, &in);
	in.uri = "xrt:1";
	in_child(use_own, &in);
	assert_int_equal(run_loaded(in.dev, &err), 0);
	vn_job_free(in.job);
	vn_device_close(in.dev);
	assert_int_equal(mock->handles, 0);
	in.dev = NULL;
	in.uri = "xrt:0";
	in_child(use_own, &in);
	run_well("xrt:0", VN_RESIDENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_environment, fresh),
	        cmocka_unit_test_setup(test_emulation, fresh),
	        cmocka_unit_test_setup(test_uris, fresh),
	        cmocka_unit_test_setup(test_results, fresh),
	        cmocka_unit_test_setup(test_fork, fresh),
	        cmocka_unit_test_setup(test_file_is_loaded_once, fresh),
	        cmocka_unit_test_setup(test_mirror, fresh),
	        cmocka_unit_test_setup(test_buffers, fresh),
	        cmocka_unit_test_setup(test_every_failure, fresh),
	        cmocka_unit_test_setup(test_busy, fresh),
	        cmocka_unit_test_setup(test_end_states, fresh),
	        cmocka_unit_test_setup(test_no_status, fresh),
	        cmocka_unit_test_setup(test_wrong_file, fresh),
	        cmocka_unit_test_setup(test_clock, fresh),
	        cmocka_unit_test_setup(test_card_twice, fresh),
	        cmocka_unit_test_setup(test_late_end, fresh),
	        cmocka_unit_test_setup(test_hang, fresh),
	};
	const char *build = getenv("B");
	char manifest[PATH_MAX];
	int failed;

	snprintf(manifest, sizeof(manifest), "%s/tests/xrt/mock/manifest.json",
	         build ? build : "build");
	if (access(manifest, R_OK) != 0) {
		printf("%s is not built, for that takes verilator\n", manifest);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, set_up, tear_down);
	fflush(NULL);
	_exit(failed); /* a device was lost */
}
