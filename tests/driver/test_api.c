/* SPDX-License-Identifier: Apache-2.0
 *
 * test_api.c - calls that must be refused, with the right code, a sentence, and no harm.
 */
#include "tests/driver/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/driver/fake.h"

static void expect(int rc, int code, const vn_error *err, const char *words)
{
	assert_int_equal(rc, code);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, words) && !strstr(err->hint, words))
		fail_msg("'%s' is not in: %s | %s", words, err->message, err->hint);
}

static void test_uris(void **state)
{
	static const struct {
		const char *uri;
		int code;
		const char *words;
	} cases[] = {
	        {"", VN_ENODEV, "scheme"},
	        {"ref", VN_ENODEV, "not a device URI"},
	        {":", VN_ENODEV, "not a device URI"},
	        {"xyz:", VN_ENODEV, "hls:"},
	        {"REF:", VN_ENODEV, "ref:"},
	        {"hls:12x12", VN_ENODEV, "16x16"},
	        {"hls:16", VN_ENODEV, "16x16"},
	        {"hls:16x", VN_ENODEV, "16x16"},
	        {"hls:16x16x16", VN_ENODEV, "16x16"},
	        {"hls:-8x8", VN_ENODEV, "16x16"},
	        {"hls:99999999999999999999x8", VN_ENODEV, "16x16"},
	        {"ref:5x5", VN_ENODEV, "5 x 5"},
	        {"ref:128x128", VN_ENODEV, "128 x 128"},
	        {"hls:;speed=3", VN_EARG, "speed"},
	        {"ref:;a=b", VN_EARG, "'a'"},
	        {"ref:;a=1;a=2", VN_EARG, "no option 'a'"},
	        {"ref:;chunk_kib=1;chunk_kib=2", VN_EARG, "'chunk_kib' is doubled"},
	        {"hls:8x8;selftest=0;timeout_ms=1;selftest=0", VN_EARG, "'selftest' is doubled"},
	        {"rtl:;latency=100;latency=100", VN_EARG, "'latency' is doubled"},
	        {"rtl:;stall=1;speed=1", VN_EARG, "no option 'speed'"},
	        {"ref:;ab", VN_EARG, "key=value"},
	        {"ref:;=b", VN_EARG, "key=value"},
	        {"ref:;", VN_EARG, "key=value"},
	        {"ref:;timeout_ms=", VN_EARG, "timeout_ms"},
	        {"ref:;timeout_ms=-1", VN_EARG, "timeout_ms"},
	        {"ref:;timeout_ms=1x", VN_EARG, "timeout_ms"},
	        {"ref:;chunk_kib=0", VN_EARG, "chunk_kib"},
	        {"ref:;chunk_kib=99999999999999999999", VN_EARG, "chunk_kib"},
	        {"ref:;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1;a=1",
	         VN_EARG, "options"},
	};
	char longer[400];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vn_device *dev = (vn_device *)&dev;
		vn_error err = {0};

		expect(vn_device_open(cases[i].uri, &dev, &err), cases[i].code, &err,
		       cases[i].words);
		assert_null(dev);
		assert_int_equal(vn_device_open(cases[i].uri, &dev, NULL), cases[i].code);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	{
		vn_device *dev;
		vn_error err = {0};

		expect(vn_device_open(longer, &dev, &err), VN_EARG, &err, "longer");
	}
}

static void test_good_uris(void **state)
{
	static const char *const uris[] = {"ref:", "ref:8x128", "hls:", "hls:64x64",
	                                   "hls:16x16;timeout_ms=0;chunk_kib=128"};

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		vn_device *dev;

		assert_int_equal(vn_device_open(uris[i], &dev, NULL), 0);
		assert_string_equal(vn_device_uri(dev), uris[i]);
		vn_device_close(dev);
	}
}

static void test_null_arguments(void **state)
{
	struct vn_program *prog = tiny_default();
	uint8_t *pixels = make_images(1);
	uint32_t status[64];
	vn_error err = {0};
	vn_device *dev;
	vn_job *job;

	(void)state;
	expect(vn_device_open(NULL, &dev, &err), VN_EARG, &err, "URI");
	assert_int_equal(vn_device_open("ref:", NULL, NULL), VN_EARG);
	assert_int_equal(vn_device_open("ref:", &dev, NULL), 0);
	assert_int_equal(vn_device_load(NULL, prog, VN_RESIDENT, NULL), VN_EARG);
	assert_int_equal(vn_device_load(dev, NULL, VN_RESIDENT, NULL), VN_EARG);
	assert_int_equal(vn_device_load(dev, prog, (enum vn_weights)2, NULL), VN_EARG);
	expect(vn_submit(dev, pixels, 1, 0, &job, &err), VN_EARG, &err, "no program");
	assert_null(job);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(NULL, pixels, 1, 0, &job, NULL), VN_EARG);
	assert_int_equal(vn_submit(dev, NULL, 1, 0, &job, NULL), VN_EARG);
	assert_int_equal(vn_submit(dev, pixels, 0, 0, &job, NULL), VN_EARG);
	assert_int_equal(vn_submit(dev, pixels, 1, 2, &job, NULL), VN_EARG);
	assert_int_equal(vn_submit(dev, pixels, 1, 0, NULL, NULL), VN_EARG);
	expect(vn_submit(dev, pixels, SIZE_MAX / 2, 0, &job, &err), VN_ENOMEM, &err, "fewer");
	assert_int_equal(vn_wait(NULL, 0, NULL), VN_EARG);
	assert_int_equal(vn_device_status(NULL, status, NULL), VN_EARG);
	expect(vn_device_status(dev, status, &err), VN_EARG, &err, "nothing has run");
	assert_null(vn_job_logits(NULL, 0));
	assert_null(vn_job_tap(NULL, 0, 0));
	vn_job_free(NULL);
	vn_device_close(NULL);
	vn_program_free(NULL);
	vn_device_close(dev);
	vn_program_free(prog);
	free(pixels);
}

/* Every pointer of every function of the header, alone and all together. */
static void test_null_everywhere(void **state)
{
	const uint8_t byte = 0;
	const int32_t logits[TINY_CLASSES] = {0};
	struct vn_program *prog = tiny_default(), *parsed = prog;
	uint8_t *pixels = make_images(1);
	int classes[TINY_CLASSES];
	vn_program_info info;
	vn_stage_info stage;
	vn_counters counters;
	uint32_t status[64];
	vn_error err = {0};
	vn_device *dev;
	vn_job *job;

	(void)state;
	expect(vn_program_load(NULL, &parsed, &err), VN_EARG, &err, "no path");
	assert_null(parsed);
	expect(vn_program_load("/dev/null", NULL, &err), VN_EARG, &err, "no place");
	assert_int_equal(vn_program_load(NULL, NULL, NULL), VN_EARG);
	parsed = prog;
	expect(vn_program_parse("name", NULL, 1, &parsed, &err), VN_EARG, &err, "no data");
	assert_null(parsed);
	expect(vn_program_parse("name", &byte, 1, NULL, &err), VN_EARG, &err, "no place");
	assert_int_equal(vn_program_parse(NULL, &byte, 1, &parsed, NULL), VN_EPROGRAM);
	assert_int_equal(vn_program_parse(NULL, NULL, 0, NULL, NULL), VN_EARG);
	memset(&info, 0xff, sizeof(info));
	vn_program_get_info(NULL, &info);
	assert_int_equal(info.classes, 0);
	vn_program_get_info(prog, NULL);
	vn_program_get_info(NULL, NULL);
	assert_int_equal(vn_program_stage(NULL, 0, &stage), VN_EARG);
	assert_int_equal(vn_program_stage(prog, 0, NULL), VN_EARG);
	assert_null(vn_program_label(NULL, 0));
	assert_true(vn_program_logit_scale(NULL, 0) == 0);
	assert_int_equal(vn_program_top(NULL, logits, 1, classes), VN_EARG);
	assert_int_equal(vn_program_top(prog, NULL, 1, classes), VN_EARG);
	assert_int_equal(vn_program_top(prog, logits, 1, NULL), VN_EARG);
	vn_program_free(NULL);

	dev = (vn_device *)&dev;
	expect(vn_device_open(NULL, &dev, &err), VN_EARG, &err, "no URI");
	assert_null(dev);
	expect(vn_device_open("ref:", NULL, &err), VN_EARG, &err, "no place");
	assert_int_equal(vn_device_open("ref:", &dev, NULL), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
	expect(vn_device_load(NULL, prog, VN_RESIDENT, &err), VN_EARG, &err, "no device");
	expect(vn_device_load(dev, NULL, VN_RESIDENT, &err), VN_EARG, &err, "no program");
	expect(vn_device_status(NULL, status, &err), VN_EARG, &err, "no device");
	expect(vn_device_status(dev, NULL, &err), VN_EARG, &err, "no place");
	expect(vn_device_counters(NULL, -1, &counters, &err), VN_EARG, &err, "no device");
	expect(vn_device_counters(dev, -1, NULL, &err), VN_EARG, &err, "no place");
	assert_int_equal(vn_device_units(NULL), 0);
	assert_string_equal(vn_device_uri(NULL), "");
	expect(vn_device_finish(NULL, &err), VN_EARG, &err, "no device");
	vn_device_close(NULL);

	job = (vn_job *)&job;
	expect(vn_submit(NULL, pixels, 1, 0, &job, &err), VN_EARG, &err, "no device");
	assert_null(job);
	job = (vn_job *)&job;
	expect(vn_submit(dev, NULL, 1, 0, &job, &err), VN_EARG, &err, "no images");
	assert_null(job);
	expect(vn_submit(dev, pixels, 1, 0, NULL, &err), VN_EARG, &err, "no place");
	expect(vn_wait(NULL, -1, &err), VN_EARG, &err, "no job");
	assert_null(vn_job_logits(NULL, 0));
	assert_null(vn_job_tap(NULL, 0, 0));
	vn_job_free(NULL);

	/* None of it did any harm; and without an error to fill. */
	assert_int_equal(vn_submit(dev, pixels, 1, 0, &job, NULL), 0);
	assert_int_equal(vn_wait(job, -1, NULL), 0);
	assert_int_equal(vn_device_status(dev, status, NULL), 0);
	assert_int_equal(vn_device_counters(dev, -1, &counters, NULL), 0);
	vn_job_free(job);
	assert_int_equal(vn_device_finish(dev, NULL), 0);
	vn_device_close(dev);
	vn_program_free(prog);
	free(pixels);
}

static void test_results_out_of_range(void **state)
{
	struct vn_program *prog = tiny_default();
	uint8_t *pixels = make_images(2);
	vn_device *dev;
	vn_job *job;

	(void)state;
	assert_int_equal(vn_device_open("ref:", &dev, NULL), 0);
	assert_int_equal(vn_device_load(dev, prog, VN_RESIDENT, NULL), 0);
	assert_int_equal(vn_submit(dev, pixels, 2, VN_TAPS, &job, NULL), 0);
	assert_int_equal(vn_wait(job, -1, NULL), 0);
	assert_int_equal(vn_wait(job, 0, NULL), 0);
	assert_non_null(vn_job_logits(job, 1));
	assert_null(vn_job_logits(job, 2));
	assert_non_null(vn_job_tap(job, 1, STAGES - 1));
	assert_null(vn_job_tap(job, 1, STAGES));
	assert_null(vn_job_tap(job, 1, -1));
	assert_null(vn_job_tap(job, 2, 0));
	vn_device_close(dev);
	assert_non_null(vn_job_logits(job, 0));
	vn_job_free(job);
	vn_program_free(prog);
	free(pixels);
}

static void test_configurations(void **state)
{
	struct vn_qnet *net = tiny_net(1, 0);
	struct vn_program *prog = tiny_program(net, 8, 8);
	uint8_t *pixels = make_images(1);
	vn_error err = {0};
	vn_device *dev;
	vn_job *job;

	(void)state;
	assert_int_equal(vn_device_open("ref:16x16", &dev, NULL), 0);
	expect(vn_device_load(dev, prog, VN_RESIDENT, &err), VN_ECONFIG, &err, "8x8");
	expect(VN_ECONFIG, VN_ECONFIG, &err, "16x16");
	assert_int_equal(vn_submit(dev, pixels, 1, 0, &job, NULL), VN_EARG);
	vn_device_close(dev);

	/* A size that hls: has, with another buffer than it was compiled for. */
	prog->config[VN_CFG_ACT_WORDS] /= 2;
	prog->hash = vn_config_hash(prog->config);
	assert_int_equal(vn_device_open("hls:", &dev, NULL), 0);
	expect(vn_device_load(dev, prog, VN_RESIDENT, &err), VN_ECONFIG, &err, "ACT_WORDS");
	vn_device_close(dev);
	vn_program_free(prog);

	/* A size that hls: has not. */
	prog = tiny_program(net, 8, 128);
	assert_int_equal(vn_device_open("hls:", &dev, NULL), 0);
	expect(vn_device_load(dev, prog, VN_RESIDENT, &err), VN_ENODEV, &err, "64x64");
	vn_device_close(dev);
	vn_program_free(prog);
	vn_qnet_free(net);
	free(pixels);
}

/* A failed load leaves nothing loaded and nothing allocated; the next one works. */
static void test_load_without_memory(void **state)
{
	struct vn_qnet *net = tiny_net(1, 0);
	struct vn_program *prog = tiny_program(net, 8, 8);
	uint8_t *pixels = make_images(3);
	vn_device *dev;

	(void)state;
	for (int mode = VN_RESIDENT; mode <= VN_STREAM; mode++)
		for (int nth = 1; nth <= 12; nth++) {
			vn_job *job = NULL;
			int rc;

			fake_reset();
			fake.fail_alloc = nth;
			assert_int_equal(fake_open("", &dev, NULL), 0);
			rc = vn_device_load(dev, prog, (enum vn_weights)mode, NULL);
			if (!rc)
				rc = vn_submit(dev, pixels, 3, VN_TAPS, &job, NULL);
			if (!rc)
				rc = vn_wait(job, -1, NULL);
			vn_job_free(job);
			assert_true(rc == 0 || rc == VN_ENOMEM);
			assert_int_equal(rc == 0, fake.allocs < nth);
			fake.fail_alloc = 0;
			assert_int_equal(vn_device_load(dev, prog, (enum vn_weights)mode, NULL), 0);
			run_and_check(dev, net, pixels, 3, 1);
			vn_device_close(dev);
		}
	vn_program_free(prog);
	vn_qnet_free(net);
	free(pixels);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(vn_err_name(VN_ETIMEOUT), "VN_ETIMEOUT");
	assert_string_equal(vn_err_name(VN_OK), "VN_OK");
	assert_non_null(vn_err_name(12345));
	assert_non_null(vn_strerror(VN_EMISMATCH));
	assert_non_null(vn_strerror(-999));
	assert_non_null(strstr(vn_device_list(), "ref: "));
	assert_non_null(strstr(vn_device_list(), "\nhls: "));
	assert_non_null(strstr(vn_device_list(), "32x64"));
	assert_ptr_equal(vn_device_list(), vn_device_list());
	assert_string_equal(vn_device_uri(NULL), "");
}

static void test_kinds(void **state)
{
	static const struct {
		const char *uri;
		enum vn_device_kind kind;
	} right[] = {
	        {"ref:", VN_SOFTWARE}, {"hls:16x16", VN_SOFTWARE}, {"rtl:;no-such=1", VN_SIMULATED},
	        {"xrt:7+9", VN_CARD},  {"ocl:0", VN_CARD},
	};
	enum vn_device_kind kind = VN_CARD;
	vn_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_int_equal(vn_device_kind_of(right[i].uri, &kind, &err), 0);
		assert_int_equal(kind, right[i].kind);
	}
	assert_int_equal(vn_device_kind_of("abc:", &kind, &err), VN_ENODEV);
	assert_non_null(strstr(err.hint, "ref:, hls:, rtl:, xrt:, ocl:"));
	assert_int_equal(vn_device_kind_of("ref", &kind, NULL), VN_ENODEV);
	assert_int_equal(vn_device_kind_of(NULL, &kind, &err), VN_EARG);
	assert_int_equal(vn_device_kind_of("ref:", NULL, &err), VN_EARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_uris),
	        cmocka_unit_test(test_good_uris),
	        cmocka_unit_test(test_null_arguments),
	        cmocka_unit_test(test_results_out_of_range),
	        cmocka_unit_test(test_configurations),
	        cmocka_unit_test(test_load_without_memory),
	        cmocka_unit_test(test_words),
	        cmocka_unit_test(test_kinds),
	        cmocka_unit_test(test_null_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
