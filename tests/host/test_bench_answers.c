/* SPDX-License-Identifier: Apache-2.0
 *
 * test_bench_answers.c - bench notices wrong answers; and its statistics by known numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "host/bench.h"

static const struct vh_bench_options OPTIONS = {
        .target = "8x8",
        .images = 4,
        .seconds = 1,
        .clock_mhz = 300,
        .threads = 1,
        .batches = {3},
        .n_batches = 1,
};

/* What a device with the network answers wrongly in one run of each cell. */
static void run_both(const char *name, struct vh_bench_net *net, size_t *checked, size_t *differ)
{
	struct vh_bench_device d = {0};
	vn_error err;

	assert_int_equal(vh_bench_kind_of(name, &d.kind, &err), 0);
	if (vh_bench_device_open(&d, name, net, &OPTIONS, &err))
		fail_msg("%s", err.message);
	for (int i = 0; i < d.n_cells; i++)
		assert_int_equal(vh_bench_run(&d, &d.cells[i], 0, &err), 0);
	*checked = d.checked;
	*differ = d.differ;
	vh_bench_device_close(&d);
}

static void test_wrong_bytes(void **state)
{
	struct vh_bench_net net = {0};
	size_t checked, differ;
	vn_error err;

	(void)state;
	assert_int_equal(vh_bench_net_open(&net, "model/zoo/fashion.onnx", &OPTIONS, 0, 1, &err),
	                 0);
	run_both("hls:", &net, &checked, &differ);
	assert_true(checked >= 4);
	assert_int_equal(differ, 0);
	net.exact[2 * net.classes + 5] ^= 1; /* of picture 2, so in batches only */
	run_both("hls:", &net, &checked, &differ);
	assert_true(differ >= 1 && differ < checked);
	vh_bench_net_close(&net);
}

static void test_wrong_class(void **state)
{
	struct vh_bench_net net = {0};
	struct vn_cpu_about about;
	size_t checked, differ;
	vn_error err;

	(void)state;
	if (vn_cpu_about(&about, &err)) {
		print_message("SKIP part: cpu: %s\n", err.message);
		return;
	}
	assert_int_equal(vh_bench_net_open(&net, "model/zoo/fashion.onnx", &OPTIONS, 1, 0, &err),
	                 0);
	assert_null(net.prog);
	run_both("cpu:f32", &net, &checked, &differ);
	assert_int_equal(checked, 4);
	assert_int_equal(differ, 0);
	net.top[0] = (net.top[0] + 1) % net.classes;
	run_both("cpu:f32", &net, &checked, &differ);
	assert_int_equal(differ, 2);
	vh_bench_net_close(&net);
}

static void test_statistics(void **state)
{
	struct vh_bench_cell c = {.batch = 2}, base = {.batch = 2};
	const double rates[] = {10, 12, 11, 0, 14}, others[] = {5, 4, 11, 3, 0};
	struct vh_bench_stats s;
	vn_error err;

	(void)state;
	vh_bench_stats(&c, &s);
	assert_true(s.rate == 0 && s.most == 0);
	for (int i = 1000; i > 0; i--) /* 1 to 1,000 ms */
		assert_int_equal(vh_bench_sample(&c, i * 1e-3, 2, &err), 0);
	c.cpu_seconds = 1000;
	memcpy(c.rate, rates, sizeof(rates));
	memcpy(base.rate, others, sizeof(others));
	vh_bench_stats(&c, &s);
	assert_true(s.least == 1 * 1e-3 && s.median == 500 * 1e-3 && s.p90 == 900 * 1e-3);
	assert_true(s.p95 == 950 * 1e-3 && s.p99 == 990 * 1e-3 && s.most == 1000 * 1e-3);
	assert_true(fabs(s.rate - 2000 / 500.5) < 1e-9 && s.cpu_rate == 2);
	assert_true(fabs(s.spread - 4.0 / 11) < 1e-12);
	/* 2, 3 and 1 of the rounds that both have */
	assert_true(vh_bench_ratio(&c, &base) == 2);
	free(c.samples);
}

/* The page of a network of @macs, in which nothing was measured. */
static char *page_of(double macs)
{
	const struct vh_bench_net net = {
	        .path = "net", .macs = macs, .classes = 1000, .in_h = 224, .in_w = 224, .in_c = 3};
	const struct vh_bench_device device = {.name = "ref:", .net = &net};
	char *const argv[] = {NULL};
	const struct vh_bench_report r = {.options = &OPTIONS,
	                                  .nets = &net,
	                                  .n_nets = 1,
	                                  .devices = &device,
	                                  .per_net = 1,
	                                  .argv = argv};
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	vh_bench_html(&r, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* Published figures stand beside a network of that size, and beside no other. */
static void test_published(void **state)
{
	char *five = page_of(5161e6), *other = page_of(5300e6);

	(void)state;
	assert_non_null(strstr(five, "VanillaNet-5"));
	assert_non_null(strstr(five, "class=\"published\" x=\"1\" y=\"1\" width=\"98.50%\""));
	assert_non_null(strstr(five, "1.61 ms"));
	assert_null(strstr(other, "1.61 ms"));
	assert_null(strstr(other, "A100"));
	free(five);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_wrong_bytes),
	        cmocka_unit_test(test_wrong_class),
	        cmocka_unit_test(test_statistics),
	        cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
