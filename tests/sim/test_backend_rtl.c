/* SPDX-License-Identifier: Apache-2.0
 *
 * test_backend_rtl.c - the back end rtl: through its table of operations, on the stand-in of
 * fake_cu.sv: options, faults, limits, recovery, files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/backend.h"

enum { BYTES = 4096, BEATS = 32 };

static const struct vn_backend_ops *const ops = &VN_BACKEND_RTL;
static const uint32_t config_8x8[VN_CONFIG_WORDS] = {1, 8, 8};
static char folder[256];

struct card {
	struct vn_backend *be;
	struct vn_buffer *program, *weights, *input, *output, *scratch, *status;
	uint8_t data[BYTES];
};

/* Open @text; a code and @err as of vn_device_open. */
static int open_uri(const char *text, struct vn_backend **be, vn_error *err)
{
	struct vn_uri uri;
	int rc = vn_uri_parse(text, &uri, err);

	return rc ? rc : ops->open(&uri, be, err);
}

static void allocate(struct card *c, enum vn_buffer_kind kind, struct vn_buffer **buffer)
{
	assert_int_equal(ops->alloc(c->be, 0, kind, BYTES, buffer, NULL), 0);
}

static void open_card(struct card *c, const char *uri)
{
	uint32_t actual[VN_CONFIG_WORDS];
	vn_error err = {0};
	int units;

	if (open_uri(uri, &c->be, &err) || ops->configure(c->be, config_8x8, actual, &units, &err))
		fail_msg("%s: %s", uri, err.message);
	assert_int_equal(actual[VN_CFG_ROWS], 8);
	assert_int_equal(actual[VN_CFG_ACT_WORDS], 98304);
	allocate(c, VN_BUFFER_PROGRAM, &c->program);
	allocate(c, VN_BUFFER_WEIGHTS, &c->weights);
	allocate(c, VN_BUFFER_INPUT, &c->input);
	allocate(c, VN_BUFFER_OUTPUT, &c->output);
	allocate(c, VN_BUFFER_SCRATCH, &c->scratch);
	allocate(c, VN_BUFFER_STATUS, &c->status);
	for (int i = 0; i < BYTES; i++)
		c->data[i] = (uint8_t)(i * 7 + i / 64);
	assert_int_equal(ops->write(c->be, c->weights, 0, c->data, BYTES, NULL), 0);
}

static void close_card(struct card *c)
{
	ops->free(c->be, c->scratch);
	ops->free(c->be, c->program);
	ops->free(c->be, c->status);
	ops->free(c->be, c->weights);
	ops->free(c->be, c->output);
	ops->free(c->be, c->input);
	ops->free(c->be, NULL);
	ops->close(c->be);
}

static int run(struct card *c, uint32_t first, uint32_t images, int timeout_ms, vn_error *err)
{
	static const uint32_t zero[VN_STATUS_WORDS];
	const struct vn_start start = {
	        .program = c->program,
	        .first = first,
	        .count = BEATS,
	        .images = images,
	        .weights = c->weights,
	        .input = c->input,
	        .output = c->output,
	        .scratch = c->scratch,
	        .status = c->status,
	};
	int rc = ops->write(c->be, c->status, 0, zero, sizeof(zero), err);

	if (!rc)
		rc = ops->start(c->be, 0, &start, err);
	return rc ? rc : ops->wait(c->be, 0, timeout_ms, err);
}

static uint32_t status_word(struct card *c, uint32_t word)
{
	uint32_t words[VN_STATUS_WORDS];

	assert_int_equal(ops->read(c->be, c->status, 0, words, sizeof(words), NULL), 0);
	return words[word];
}

static void run_well(struct card *c)
{
	uint32_t in[BEATS * 16], out[BEATS * 16];
	vn_error err = {0};

	if (run(c, 0, 3, 60000, &err))
		fail_msg("%s", err.message);
	assert_int_equal(status_word(c, VN_ST_MAGIC), VN_STATUS_MAGIC);
	assert_int_equal(status_word(c, VN_ST_IMAGES), 3);
	assert_int_equal(status_word(c, VN_ST_ERROR), 0);
	assert_int_equal(ops->read(c->be, c->output, 0, out, sizeof(out), NULL), 0);
	memcpy(in, c->data, sizeof(in));
	for (int i = 0; i < BEATS * 16; i++)
		assert_int_equal(out[i], in[i] + 1);
}

static void test_runs(void **state)
{
	static const char *const uris[] = {
	        "rtl:",
	        "rtl:8x8",
	        "rtl:;latency=1;bandwidth=100",
	        "rtl:;latency=1000;bandwidth=10;stall=7;seed=3",
	        "rtl:8x8;stall=100;seed=99;cycles=1000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct card c;

		open_card(&c, uris[i]);
		run_well(&c);
		run_well(&c);
		close_card(&c);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *uri;
		int code;
		const char *says;
	} bad[] = {
	        {"rtl:64x64", VN_ENODEV, "libvn_rtl_64x64.so is not built"},
	        {"rtl:8", VN_ENODEV, "not the size"},
	        {"rtl:;speed=1", VN_EARG, "speed"},
	        {"rtl:;latency=0", VN_EARG, "latency"},
	        {"rtl:;bandwidth=101", VN_EARG, "bandwidth"},
	        {"rtl:;stall=-1", VN_EARG, "stall"},
	        {"rtl:;seed=x", VN_EARG, "seed"},
	        {"rtl:;cycles=", VN_EARG, "cycles"},
	        {"rtl:;array=gpu", VN_EARG, "array"},
	        {"rtl:;array=dpi;trace=x", VN_EARG, "one of trace, coverage and array"},
	        {"rtl:;coverage=x;trace=x", VN_EARG, "one of trace, coverage and array"},
	        {"rtl:8x8;array=dpi", VN_ENODEV, "libvn_rtl_8x8_dpi.so"},
	        {"rtl:;error=maps:read:slverr:1", VN_EARG, "maps"},
	        {"rtl:;error=weights:read:slverr:0", VN_EARG, "error"},
	        {"rtl:;error=weights:read:slverr:1x", VN_EARG, "error"},
	        {"rtl:;error=weights:read:okay:1", VN_EARG, "error"},
	        {"rtl:;error=weights", VN_EARG, "error"},
	        {"rtl:;events=/nowhere/x.csv", VN_EIO, "/nowhere/x.csv"},
	};
	static const uint32_t config_16x16[VN_CONFIG_WORDS] = {1, 16, 16};
	uint32_t actual[VN_CONFIG_WORDS];
	int units;
	struct vn_backend *be;
	vn_error err;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(open_uri(bad[i].uri, &be, &err), bad[i].code);
		if (!strstr(err.message, bad[i].says))
			fail_msg("%s: %s", bad[i].uri, err.message);
	}
	assert_int_equal(open_uri("rtl:64x64", &be, &err), VN_ENODEV);
	assert_non_null(strstr(err.hint, "make sim-64x64"));
	assert_int_equal(open_uri("rtl:8x8;array=dpi", &be, &err), VN_ENODEV);
	assert_non_null(strstr(err.hint, "make sim-dpi SIZE=8x8"));
	assert_int_equal(open_uri("rtl:", &be, NULL), 0);
	assert_int_equal(ops->configure(be, config_16x16, actual, &units, &err), VN_ENODEV);
	assert_non_null(strstr(err.hint, "make sim-16x16"));
	ops->close(be);
	ops->describe(text, sizeof(text));
	assert_non_null(strstr(text, "sizes built 8x8"));
}

/* Memory refuses: the stand-in says so; with the status block refused, its mirror does. */
static void test_errors(void **state)
{
	struct card c;
	vn_error err = {0};

	(void)state;
	open_card(&c, "rtl:;error=weights:read:slverr:4");
	run_well(&c);
	assert_int_equal(run(&c, 0, 1, -1, &err), 0);
	assert_int_equal(status_word(&c, VN_ST_ERROR), VN_CU_BUS);
	close_card(&c);

	open_card(&c, "rtl:;error=output:write:decerr:1");
	assert_int_equal(run(&c, 0, 1, -1, &err), 0);
	assert_int_equal(status_word(&c, VN_ST_ERROR), VN_CU_BUS);
	close_card(&c);

	open_card(&c, "rtl:;error=status:write:slverr:1;stall=3");
	assert_int_equal(run(&c, 0, 2, -1, &err), 0);
	assert_int_equal(status_word(&c, VN_ST_MAGIC), VN_STATUS_MAGIC);
	assert_int_equal(status_word(&c, VN_ST_IMAGES), 2);
	assert_int_equal(run(&c, 5, 1, -1, &err), 0); /* does not even try */
	assert_int_equal(status_word(&c, VN_ST_MAGIC), VN_STATUS_MAGIC);
	close_card(&c);
}

/* After each of these the driver configures again, and all is well. */
static void test_misdeeds(void **state)
{
	static const struct {
		const char *uri;
		uint32_t first, images;
		int timeout_ms, code;
		const char *says;
	} misdeeds[] = {
	        {"rtl:;stall=20;seed=3", 1, 50, -1, VN_ERUNTIME,
	         "rtl:8x8: m_axi_weights: AR: payload changed"},
	        {"rtl:", 2, 1, -1, VN_ERUNTIME, "m_axi_maps: W: last is 0 at beat 32 of 32"},
	        {"rtl:", 3, 1, -1, VN_ERUNTIME, "hangs"},
	        {"rtl:", 7, 1, -1, VN_ERUNTIME, "done with transfers under way"},
	        {"rtl:", 8, 1, -1, VN_ERUNTIME, "reading register 0x0 got no answer"},
	        {"rtl:", 10, 1, -1, VN_ERUNTIME, "Assertion failed in TOP.vn_cu: planted"},
	        {"rtl:;cycles=1000", 0, 20, -1, VN_ERUNTIME, "not done after 1000 cycles"},
	        {"rtl:", 0, 2000000000, 20, VN_ETIMEOUT, "not done after 20 ms"},
	};
	uint32_t actual[VN_CONFIG_WORDS];
	int units;

	(void)state;
	for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++) {
		struct card c;
		vn_error err = {0};

		open_card(&c, misdeeds[i].uri);
		if (run(&c, misdeeds[i].first, misdeeds[i].images, misdeeds[i].timeout_ms, &err) !=
		            misdeeds[i].code ||
		    !strstr(err.message, misdeeds[i].says))
			fail_msg("misdeed %u: %s", misdeeds[i].first, err.message);
		assert_int_equal(ops->configure(c.be, config_8x8, actual, &units, &err), 0);
		run_well(&c);
		close_card(&c);
	}
}

static void temporary(char path[300], const char *name)
{
	snprintf(path, 300, "%s/%s", folder, name);
	unlink(path);
}

/* Bytes of a file; the first 4095 in @text. */
static long file_text(const char *path, char text[4096])
{
	FILE *f = fopen(path, "rb");
	size_t n;
	long size;

	if (!f)
		fail_msg("%s is not there", path);
	n = fread(text, 1, 4095, f);
	text[n] = '\0';
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	fclose(f);
	return size;
}

static void test_files(void **state)
{
	char path[300], uri[400], text[4096];
	unsigned long long start, end;
	struct vn_backend *other;
	vn_error err = {0};
	struct card c;
	int used = 0;

	(void)state;
	temporary(path, "events.csv");
	snprintf(uri, sizeof(uri), "rtl:;events=%s", path);
	open_card(&c, uri);
	assert_int_equal(open_uri(uri, &other, &err), VN_EARG); /* a second simulation */
	assert_non_null(strstr(err.message, path));
	run_well(&c);
	assert_int_equal(ops->finish(c.be, &err), 0);
	close_card(&c);
	(void)file_text(path, text);
	assert_int_equal(sscanf(text,
	                        "engine,descriptor,start,end LOAD,0,%llu,%llu STORE,0,%*u,%*u%n",
	                        &start, &end, &used),
	                 2);
	assert_true(used > 0 && end >= start + BEATS + 120);

	temporary(path, "waves.fst");
	snprintf(uri, sizeof(uri), "rtl:;trace=%s", path);
	open_card(&c, uri);
	assert_int_equal(open_uri(uri, &other, &err), VN_EARG);
	assert_non_null(strstr(err.message, path));
	run_well(&c);
	close_card(&c);
	assert_true(file_text(path, text) > 1000);
	open_card(&c, uri);
	close_card(&c);

	temporary(path, "coverage.dat");
	snprintf(uri, sizeof(uri), "rtl:;coverage=%s", path);
	open_card(&c, uri);
	run_well(&c);
	close_card(&c);
	assert_true(file_text(path, text) > 1000);
	assert_non_null(strstr(text, "# SystemC::Coverage"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_runs),   cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_errors), cmocka_unit_test(test_misdeeds),
	        cmocka_unit_test(test_files),
	};
	const char *build = getenv("B");
	char plugin[300];

	snprintf(folder, sizeof(folder), "%s/tests/sim/fake", build ? build : "build");
	snprintf(plugin, sizeof(plugin), "%s/libvn_rtl_8x8.so", folder);
	if (access(plugin, R_OK) != 0) {
		printf("verilator did not build the stand-in, %s\n", plugin);
		return 77;
	}
	setenv("VANILLIN_RTL_DIR", folder, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
