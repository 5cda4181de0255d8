/* SPDX-License-Identifier: Apache-2.0
 *
 * test_axi_check.c - the protocol checkers pass a good trace, and catch one violation of each rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/vn_axi_check.h"

enum { STEPS = 14, IN_RESET = 20, T0 = IN_RESET + 2 };

static const uint32_t beats[4][16] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};

/* ---- AXI4 ---- */

/* Reset, then a read and a write of two beats, each transfer but some refused once. */
struct trace {
	struct vn_axi_pins p[T0 + STEPS];
	int reset_n[T0 + STEPS];
};

static void good(struct trace *trace)
{
	struct vn_axi_pins *p = trace->p + T0;

	memset(trace, 0, sizeof(*trace));
	for (int i = 0; i < T0 + STEPS; i++) {
		trace->reset_n[i] = i >= IN_RESET;
		trace->p[i].rdata = beats[0];
		trace->p[i].wdata = beats[2];
		trace->p[i].araddr = 0x1f80;
		trace->p[i].awaddr = 0x2000;
		trace->p[i].arlen = trace->p[i].awlen = 1;
		trace->p[i].arsize = trace->p[i].awsize = VN_AXI_SIZE;
		trace->p[i].arburst = trace->p[i].awburst = VN_AXI_INCR;
		trace->p[i].wstrb = ~(uint64_t)0;
	}
	p[0].arvalid = p[1].arvalid = p[1].arready = 1;
	p[2].rvalid = p[3].rvalid = p[4].rvalid = 1;
	p[3].rready = p[4].rready = p[4].rlast = 1;
	p[4].rdata = beats[1];
	p[5].awvalid = p[6].awvalid = p[6].awready = 1;
	p[5].wvalid = p[6].wvalid = p[7].wvalid = p[8].wvalid = 1;
	p[6].wready = p[8].wready = p[7].wlast = p[8].wlast = 1;
	p[7].wdata = p[8].wdata = beats[3];
	p[9].bvalid = p[10].bvalid = p[10].bready = 1;
	p[9].bresp = p[10].bresp = VN_AXI_SLVERR;
}

/* Runs @trace; the verdict's text is in @text. */
static void judge(const struct trace *trace, char text[192])
{
	struct vn_axi_check check;

	vn_axi_check_init(&check, "port");
	for (int i = 0; i < T0 + STEPS; i++)
		vn_axi_check_clock(&check, &trace->p[i], trace->reset_n[i]);
	memcpy(text, check.verdict.text, sizeof(check.verdict.text));
}

#define BAD(name, ...)                                                                             \
	static void name(struct trace *t)                                                          \
	{                                                                                          \
		struct vn_axi_pins *p = t->p + T0;                                                 \
                                                                                                   \
		__VA_ARGS__;                                                                       \
	}

BAD(ar_falls, p[1].arvalid = 0)
BAD(ar_addr, p[1].araddr = 0x1000)
BAD(ar_len, p[1].arlen = 0)
BAD(ar_cross, p[0].araddr = p[1].araddr = 0x1fc0)
BAD(ar_long, p[0].arlen = p[1].arlen = 64; p[0].araddr = p[1].araddr = 0x1000)
BAD(ar_size, p[0].arsize = p[1].arsize = 5)
BAD(ar_type, p[0].arburst = p[1].arburst = 2)
BAD(ar_align, p[0].araddr = p[1].araddr = 0x1f84)
BAD(r_falls, p[3].rvalid = 0)
BAD(r_data, p[3].rdata = beats[3])
BAD(r_resp, p[3].rresp = VN_AXI_DECERR)
BAD(r_early_last, p[2].rlast = p[3].rlast = 1)
BAD(r_no_last, p[4].rlast = 0)
BAD(r_unasked, p[11].rvalid = 1)
BAD(r_at_once, p[0].rvalid = 1)
BAD(r_third, p[5].rvalid = 1)
BAD(r_exokay, p[2].rresp = p[3].rresp = VN_AXI_EXOKAY)
BAD(aw_falls, p[6].awvalid = 0)
BAD(aw_addr, p[6].awaddr = 0x3000)
BAD(aw_cross, p[5].awaddr = p[6].awaddr = 0x2fc0)
BAD(aw_long, p[5].awlen = p[6].awlen = 255)
BAD(aw_size, p[5].awsize = p[6].awsize = 7)
BAD(aw_type, p[5].awburst = p[6].awburst = 0)
BAD(aw_align, p[5].awaddr = p[6].awaddr = 0x2020)
BAD(w_falls, p[6].wvalid = 0)
BAD(w_data, p[8].wdata = beats[0])
BAD(w_strb, p[8].wstrb = 1)
BAD(w_last_changes, p[8].wlast = 0)
BAD(w_early_last, p[5].wlast = p[6].wlast = 1)
BAD(w_no_last, p[7].wlast = p[8].wlast = 0)
BAD(w_before_aw, p[4].wvalid = 1)
BAD(w_extra, p[11].wvalid = 1)
BAD(b_falls, p[10].bvalid = 0)
BAD(b_changes, p[10].bresp = VN_AXI_OKAY)
BAD(b_early, p[8].bvalid = p[8].bready = 1)
BAD(b_twice, p[11].bvalid = 1)
BAD(b_exokay, p[9].bresp = p[10].bresp = VN_AXI_EXOKAY)
BAD(reset_valid, (void)p; t->p[IN_RESET - 1].arvalid = 1)
BAD(reset_edge, (void)p; t->p[IN_RESET].awvalid = 1)
BAD(reset_slave, (void)p; t->p[IN_RESET - 2].rvalid = 1)

static const struct {
	const char *name;
	void (*spoil)(struct trace *trace);
	const char *says;
} bad[] = {
        {"ar_falls", ar_falls, "AR: valid fell"},
        {"ar_addr", ar_addr, "AR: payload changed"},
        {"ar_len", ar_len, "AR: payload changed"},
        {"ar_cross", ar_cross, "AR: 2 beats at 0x1fc0 cross 4 KiB"},
        {"ar_long", ar_long, "AR: 65 beats"},
        {"ar_size", ar_size, "AR: size 5"},
        {"ar_type", ar_type, "AR: burst type 2"},
        {"ar_align", ar_align, "AR: address 0x1f84"},
        {"r_falls", r_falls, "R: valid fell"},
        {"r_data", r_data, "R: data changed"},
        {"r_resp", r_resp, "R: payload changed"},
        {"r_early_last", r_early_last, "R: last is 1 at beat 1 of 2"},
        {"r_no_last", r_no_last, "R: last is 0 at beat 2 of 2"},
        {"r_unasked", r_unasked, "R: data without a request"},
        {"r_at_once", r_at_once, "R: data without a request"},
        {"r_third", r_third, "R: data without a request"},
        {"r_exokay", r_exokay, "R: response EXOKAY"},
        {"aw_falls", aw_falls, "AW: valid fell"},
        {"aw_addr", aw_addr, "AW: payload changed"},
        {"aw_cross", aw_cross, "AW: 2 beats at 0x2fc0 cross 4 KiB"},
        {"aw_long", aw_long, "AW: 256 beats"},
        {"aw_size", aw_size, "AW: size 7"},
        {"aw_type", aw_type, "AW: burst type 0"},
        {"aw_align", aw_align, "AW: address 0x2020"},
        {"w_falls", w_falls, "W: valid fell"},
        {"w_data", w_data, "W: data changed"},
        {"w_strb", w_strb, "W: payload changed"},
        {"w_last_changes", w_last_changes, "W: payload changed"},
        {"w_early_last", w_early_last, "W: last is 1 at beat 1 of 2"},
        {"w_no_last", w_no_last, "W: last is 0 at beat 2 of 2"},
        {"w_before_aw", w_before_aw, "W: data before its address"},
        {"w_extra", w_extra, "W: data before its address"},
        {"b_falls", b_falls, "B: valid fell"},
        {"b_changes", b_changes, "B: payload changed"},
        {"b_early", b_early, "B: response without a complete write"},
        {"b_twice", b_twice, "B: response without a complete write"},
        {"b_exokay", b_exokay, "B: response EXOKAY"},
        {"reset_valid", reset_valid, "reset: "},
        {"reset_edge", reset_edge, "reset: "},
        {"reset_slave", reset_slave, "reset: "},
};

static void test_good(void **state)
{
	struct trace trace;
	char text[192];

	(void)state;
	good(&trace);
	judge(&trace, text);
	assert_string_equal(text, "");
}

static void test_bad(void **state)
{
	struct trace trace;
	char text[192];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		good(&trace);
		bad[i].spoil(&trace);
		judge(&trace, text);
		if (!strstr(text, bad[i].says))
			fail_msg("%s: '%s' does not say '%s'", bad[i].name, text, bad[i].says);
		assert_memory_equal(text, "port: ", 6);
	}
	printf("%zu violations of AXI4 caught\n", sizeof(bad) / sizeof(bad[0]));
}

/* More bursts under way than the checker can follow. */
static void test_flood(void **state)
{
	struct vn_axi_check check;
	struct vn_axi_pins p = {.arvalid = 1, .arready = 1, .arsize = 6, .arburst = 1};

	(void)state;
	vn_axi_check_init(&check, "port");
	for (int i = 0; i < VN_AXI_CHECK_MAX; i++)
		vn_axi_check_clock(&check, &p, 1);
	assert_string_equal(check.verdict.text, "");
	assert_true(vn_axi_check_busy(&check, &p));
	vn_axi_check_clock(&check, &p, 1);
	assert_non_null(strstr(check.verdict.text, "AR: more than 256"));
	assert_non_null(strstr(check.verdict.text, "(cycle 256)"));
}

/* The first violation stays, and a transfer across a reset is forgotten. */
static void test_first(void **state)
{
	struct trace trace;
	char text[192];

	(void)state;
	good(&trace);
	r_falls(&trace);
	b_twice(&trace);
	judge(&trace, text);
	assert_non_null(strstr(text, "R: valid fell before ready (cycle 25)"));
	good(&trace);
	memset(trace.p, 0, IN_RESET * sizeof(trace.p[0]));
	for (int i = 0; i < 3; i++) { /* an address that waits, then the reset */
		trace.p[i] = trace.p[T0];
		trace.reset_n[i] = i < 2;
	}
	judge(&trace, text);
	assert_string_equal(text, "");
}

/* ---- AXI4-Lite ---- */

struct lite_trace {
	struct vn_axil_pins p[T0 + STEPS];
	int reset_n[T0 + STEPS];
};

static void lite_good(struct lite_trace *trace)
{
	struct vn_axil_pins *p = trace->p + T0;

	memset(trace, 0, sizeof(*trace));
	for (int i = 0; i < T0 + STEPS; i++)
		trace->reset_n[i] = i >= IN_RESET;
	p[0].wvalid = p[1].wvalid = p[1].wready = 1; /* data first */
	p[0].wdata = p[1].wdata = 7;
	p[2].awvalid = p[3].awvalid = p[3].awready = 1;
	p[2].awaddr = p[3].awaddr = 0x10;
	p[4].bvalid = p[5].bvalid = p[5].bready = 1;
	p[6].arvalid = p[7].arvalid = p[7].arready = 1;
	p[6].araddr = p[7].araddr = 0x14;
	p[8].rvalid = p[9].rvalid = p[9].rready = 1;
	p[8].rdata = p[9].rdata = 9;
}

#define LITE(name, ...)                                                                            \
	static void name(struct lite_trace *t)                                                     \
	{                                                                                          \
		struct vn_axil_pins *p = t->p + T0;                                                \
                                                                                                   \
		__VA_ARGS__;                                                                       \
	}

LITE(l_w_falls, p[1].wvalid = 0)
LITE(l_w_data, p[1].wdata = 8)
LITE(l_aw_falls, p[3].awvalid = 0)
LITE(l_aw_addr, p[3].awaddr = 0x20)
LITE(l_aw_align, p[2].awaddr = p[3].awaddr = 0x12)
LITE(l_b_falls, p[5].bvalid = 0)
LITE(l_b_early, p[2].bvalid = 1)
LITE(l_b_twice, p[6].bvalid = 1)
LITE(l_b_exokay, p[4].bresp = p[5].bresp = 1)
LITE(l_ar_falls, p[7].arvalid = 0)
LITE(l_ar_addr, p[7].araddr = 0)
LITE(l_ar_align, p[6].araddr = p[7].araddr = 0x15)
LITE(l_r_falls, p[9].rvalid = 0)
LITE(l_r_data, p[9].rdata = 1)
LITE(l_r_unasked, p[10].rvalid = 1)
LITE(l_r_exokay, p[8].rresp = p[9].rresp = 1)
LITE(l_reset, (void)p; t->p[IN_RESET].bvalid = 1)

static const struct {
	void (*spoil)(struct lite_trace *trace);
	const char *says;
} lite_bad[] = {
        {l_w_falls, "W: valid fell"},
        {l_w_data, "W: payload changed"},
        {l_aw_falls, "AW: valid fell"},
        {l_aw_addr, "AW: payload changed"},
        {l_aw_align, "AW: address 0x12"},
        {l_b_falls, "B: valid fell"},
        {l_b_early, "B: response without"},
        {l_b_twice, "B: response without"},
        {l_b_exokay, "B: AXI4-Lite has no"},
        {l_ar_falls, "AR: valid fell"},
        {l_ar_addr, "AR: payload changed"},
        {l_ar_align, "AR: address 0x15"},
        {l_r_falls, "R: valid fell"},
        {l_r_data, "R: payload changed"},
        {l_r_unasked, "R: data without"},
        {l_r_exokay, "R: AXI4-Lite has no"},
        {l_reset, "reset: "},
};

static void lite_judge(const struct lite_trace *trace, char text[192])
{
	struct vn_axil_check check;

	vn_axil_check_init(&check, "lite");
	for (int i = 0; i < T0 + STEPS; i++)
		vn_axil_check_clock(&check, &trace->p[i], trace->reset_n[i]);
	memcpy(text, check.verdict.text, sizeof(check.verdict.text));
}

static void test_lite(void **state)
{
	const size_t n = sizeof(lite_bad) / sizeof(lite_bad[0]);
	struct lite_trace trace;
	char text[192];

	(void)state;
	lite_good(&trace);
	lite_judge(&trace, text);
	assert_string_equal(text, "");
	for (size_t i = 0; i < n; i++) {
		lite_good(&trace);
		lite_bad[i].spoil(&trace);
		lite_judge(&trace, text);
		if (!strstr(text, lite_bad[i].says))
			fail_msg("%zu: '%s' does not say '%s'", i, text, lite_bad[i].says);
	}
	printf("%zu violations of AXI4-Lite caught\n", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),
	        cmocka_unit_test(test_flood), cmocka_unit_test(test_first),
	        cmocka_unit_test(test_lite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
