/* SPDX-License-Identifier: Apache-2.0
 *
 * test_parts.c - parts of the device process by themselves: card.json and addresses, options, bulk
 * messages, card time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "emulation/device/bulk.h"
#include "emulation/device/card.h"
#include "emulation/device/clock.h"
#include "emulation/device/options.h"
#include "tests/device/message.h"

/* ---- card.json ---- */

static const char plain[] =
        "{\"format\": 1, \"card\": \"u50\", \"platform\": \"xilinx_u50\", \"kernel\": \"vn_cu\",\n"
        "\"config\": [2, 8, 8, 65536, 16384, 2048, 4, 1024, 8, 4], \"clock_mhz\": 300,\n"
        "\"plugin\": \"libvn_rtl_8x8.so\",\n"
        "\"units\": [{\"name\": \"vn_cu_1\", \"base\": \"0x1800000\", \"range\": 4096},\n"
        "{\"name\": \"vn_cu_2\", \"base\": 25169920, \"range\": 4096}],\n"
        "\"banks\": [{\"name\": \"HBM[0]\", \"base\": 0, \"bytes\": 65536},\n"
        "{\"name\": \"HBM[1]\", \"base\": \"0xfffffffffffff000\", \"bytes\": \"4096\"}]}\n";

/* Load @text with @from replaced by @to. */
static int load(const char *from, const char *to, struct vd_card *card, vn_error *err)
{
	char path[] = "/tmp/vn-card.XXXXXX";
	const char *at = strstr(plain, from);
	const int fd = mkstemp(path);
	int rc;

	assert_non_null(at);
	assert_true(fd >= 0);
	dprintf(fd, "%.*s%s%s", (int)(at - plain), plain, to, at + strlen(from));
	close(fd);
	rc = vd_card_load(path, card, err);
	unlink(path);
	return rc;
}

static void test_card(void **state)
{
	struct vd_card card;
	vn_error err;
	uint32_t offset;

	(void)state;
	assert_int_equal(load("", "", &card, &err), 0);
	assert_string_equal(card.name, "u50");
	assert_string_equal(card.plugin, "libvn_rtl_8x8.so");
	assert_int_equal(card.config[VN_CFG_ACT_WORDS], 65536);
	assert_int_equal(card.n_units, 2);
	assert_int_equal(card.n_banks, 2);
	assert_ptr_equal(vd_card_memory(&card, 0, 65536), card.banks[0].memory);
	assert_ptr_equal(vd_card_memory(&card, 65535, 1), card.banks[0].memory + 65535);
	assert_ptr_equal(vd_card_memory(&card, 65536, 0), card.banks[0].memory + 65536);
	assert_null(vd_card_memory(&card, 65535, 2));
	assert_null(vd_card_memory(&card, 65536, 1));
	assert_null(vd_card_memory(&card, 1, UINT64_MAX));
	assert_null(vd_card_memory(&card, 0, 65537));
	assert_ptr_equal(vd_card_memory(&card, UINT64_MAX, 1), card.banks[1].memory + 4095);
	assert_null(vd_card_memory(&card, UINT64_MAX, 2));
	assert_null(vd_card_memory(&card, UINT64_MAX - 4095, 4097));
	assert_int_equal(vd_card_unit(&card, 0x1800000, 4, &offset), 0);
	assert_int_equal(vd_card_unit(&card, 0x1800ffc, 4, &offset), 0);
	assert_int_equal(offset, 0xffc);
	assert_int_equal(vd_card_unit(&card, 0x1801000, 4, &offset), 1);
	assert_int_equal(offset, 0);
	assert_int_equal(vd_card_unit(&card, 0x1800ffe, 4, &offset), -1);
	assert_int_equal(vd_card_unit(&card, 0x17ffffc, 8, &offset), -1);
	assert_int_equal(vd_card_unit(&card, 0x1800000, UINT64_MAX, &offset), -1);
	vd_card_free(&card);
}

static void test_card_refused(void **state)
{
	static const char *const cases[][3] = {
	        {"\"format\": 1", "\"format\": 2", "format: not 1"},
	        {"\"format\": 1", "\"format\": \"one\"", "format: not an integer"},
	        {"\"format\": 1", "\"format\": -1", "format: not an integer"},
	        {"\"format\": 1, ", "", "format: not an integer"},
	        {"\"card\": \"u50\"", "\"card\": \"\"", "card: not a text"},
	        {"\"card\": \"u50\"", "\"card\": 50", "card: not a text"},
	        {"xilinx_u50", "123456789012345678901234567890123456789012345678901234567890123x",
	         "platform: not a text of 1 to 63"},
	        {"libvn_rtl_8x8.so", "../libvn_rtl_8x8.so", "plugin: not the name of a file"},
	        {"[2, 8, 8, ", "[2, 8, ", "config: not the record of this contract version"},
	        {"[2, 8, 8, ", "[2, 8, -8, ", "config: not an array of integers"},
	        {"[2, 8, 8, ", "[2, 8, 4294967296, ", "config: not an array of integers"},
	        {"\"clock_mhz\": 300", "\"clock_mhz\": 0", "clock_mhz: not a number"},
	        {"\"clock_mhz\": 300", "\"clock_mhz\": \"300\"", "clock_mhz: not a number"},
	        {"\"units\": [{", "\"units\": [], \"x\": [{", "units: not an array of 1 to 32"},
	        {"\"units\"", "\"unit\"", "units: not an array of 1 to 32"},
	        {"\"banks\": [{", "\"banks\": [], \"x\": [{", "banks: not an array of 1 to 64"},
	        {"0x1800000", "0x18000001800000180", "base: not an integer"},
	        {"0x1800000", "0xfffffffffffff004", "vn_cu_1: base and range are not"},
	        {"0x1800000", "0x1800002", "vn_cu_1: base and range are not"},
	        {"0x1800000", "0x1801ffc", "vn_cu_2: its registers overlap"},
	        {"\"range\": 4096", "\"range\": 0", "vn_cu_1: base and range are not"},
	        {"\"range\": 4096", "\"range\": 2097152", "vn_cu_1: base and range are not"},
	        {"\"name\": \"vn_cu_2\"", "\"nome\": \"vn_cu_2\"", "name: not a text"},
	        {"\"bytes\": 65536", "\"bytes\": 0", "HBM[0]: base and bytes are not whole pages"},
	        {"\"bytes\": 65536", "\"bytes\": 65000", "HBM[0]: base and bytes are not whole"},
	        {"\"bytes\": \"4096\"", "\"bytes\": \"8192\"", "HBM[1]: base and bytes are not"},
	        {"\"bytes\": \"4096\"", "\"bytes\": \"4096 \"", "bytes: not an integer"},
	        {"0xfffffffffffff000", "0xf000", "HBM[1]: it overlaps"},
	        {"\"bytes\": 65536", "\"bytes\": 4611686018427387904", "HBM[0]: no address space"},
	        {"\"card\": \"u50\"", "\"format\": 1", "duplicate"},
	        {"}]}", "}]", "line "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vd_card card;
		vn_error err = {0};

		if (load(cases[i][0], cases[i][1], &card, &err) == 0)
			fail_msg("case %zu is taken", i);
		if (!strstr(err.message, cases[i][2]) || strncmp(err.message, "/tmp/", 5) != 0)
			fail_msg("case %zu: %s", i, err.message);
		vd_card_free(&card);
	}
}

/* ---- options ---- */

static void test_options(void **state)
{
	struct vd_options o;
	char log[64];

	(void)state;
	assert_int_equal(vd_options_parse(NULL, &o, NULL), 0);
	assert_int_equal(o.timing.read_latency, 120);
	assert_int_equal(o.timing.write_latency, 60);
	assert_int_equal(o.timing.bandwidth, 85);
	assert_string_equal(o.log, "");
	assert_int_equal(vd_options_parse("latency=1;bandwidth=7;stall=9;seed=11;log=/tmp/a.%p;"
	                                  "level=2;report=b;error=read:slverr:3;"
	                                  "error=write:decerr:4;hang=a:b:5;die=6;",
	                                  &o, NULL),
	                 0);
	assert_int_equal(o.timing.read_latency, 1);
	assert_int_equal(o.timing.write_latency, 1);
	assert_int_equal(o.timing.bandwidth, 7);
	assert_int_equal(o.timing.stall, 9);
	assert_int_equal(o.timing.seed, 11);
	snprintf(log, sizeof(log), "/tmp/a.%d", (int)getpid());
	assert_string_equal(o.log, log);
	assert_int_equal(o.level, VD_VALUES);
	assert_string_equal(o.report, "b");
	assert_int_equal(o.n_faults, 2);
	assert_int_equal(o.faults[0].resp, VN_AXI_SLVERR);
	assert_true(o.faults[0].on_read && !o.faults[0].on_write);
	assert_int_equal(o.faults[1].nth, 4);
	assert_int_equal(o.faults[1].resp, VN_AXI_DECERR);
	assert_true(!o.faults[1].on_read && o.faults[1].on_write);
	assert_string_equal(o.hang_unit, "a:b");
	assert_int_equal(o.hang_start, 5);
	assert_int_equal(o.die, 6);
}

/* ---- bulk messages ---- */

static void test_bulk(void **state)
{
	struct body b = {0};
	struct vd_bulk bulk;

	(void)state;
	body_number(&b, 99, UINT64_MAX); /* fields that nobody knows */
	body_append(&b,
	            "\xa1\x06"
	            "12345678"
	            "\xa5\x06"
	            "1234",
	            16);
	body_to_card(&b, UINT64_MAX, 5, "data", 4);
	assert_int_equal(vd_bulk_parse(b.data, b.n, 1, &bulk), 0);
	assert_true(bulk.address == UINT64_MAX);
	assert_int_equal(bulk.offset, 5);
	assert_int_equal(bulk.bytes, 4);
	assert_int_equal(bulk.data_bytes, 4);
	assert_memory_equal(bulk.data, "data", 4);
	/* the other way round, fields 3 and 4 are of other types */
	assert_int_equal(vd_bulk_parse(b.data, b.n, 0, &bulk), -1);
	/* every way to cut it short, but for the last field, which is optional */
	for (size_t n = 0; n < b.n - 2; n++) {
		uint8_t *cut = malloc(n + 1);

		memcpy(cut, b.data, n);
		assert_int_equal(vd_bulk_parse(cut, n, 1, &bulk), -1);
		free(cut);
	}
	b.n = 0;
	body_from_card(&b, 7, 8, 3);
	assert_int_equal(vd_bulk_parse(b.data, b.n, 0, &bulk), 0);
	assert_int_equal(bulk.address, 7);
	assert_int_equal(bulk.offset, 8);
	assert_int_equal(bulk.bytes, 3);
	/* groups, a length past the end, a number of 11 bytes */
	assert_int_equal(vd_bulk_parse((const uint8_t *)"\x1b\x1c", 2, 0, &bulk), -1);
	assert_int_equal(
	        vd_bulk_parse((const uint8_t *)"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11,
	                      0, &bulk),
	        -1);
	assert_int_equal(
	        vd_bulk_parse((const uint8_t *)"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	                      12, 0, &bulk),
	        -1);
	free(b.data);
}

static void test_bulk_answer(void **state)
{
	static const uint64_t sizes[] = {0, 1, 127, 128, 8 << 20, VD_BULK_HEAD_MAX, 1u << 31};
	uint8_t head[VD_BULK_HEAD_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct body made = {.data = head, .n = vd_bulk_answer(sizes[i], head)};
		struct body expected = {0};

		body_number(&expected, 1, sizes[i]);
		/* the second field's tag and length are those of a number, but for the type */
		body_number(&expected, 2, sizes[i]);
		expected.data[expected.n / 2] |= 2;
		assert_int_equal(made.n, expected.n);
		assert_memory_equal(made.data, expected.data, made.n);
		free(expected.data);
	}
}

/* ---- card time ---- */

static void test_clock(void **state)
{
	struct vd_clock *c = vd_clock_new();

	(void)state;
	assert_non_null(c);
	vd_clock_start(c, 3);
	assert_int_equal(vd_clock_wait(c, 3), 1);
	vd_clock_advance(c, 3, 500);
	assert_int_equal(vd_clock_now(c), 500);
	/* a second one begins now; the card is where the slower is */
	vd_clock_start(c, 5);
	vd_clock_advance(c, 3, 1000);
	assert_int_equal(vd_clock_now(c), 500);
	vd_clock_advance(c, 5, 300);
	assert_int_equal(vd_clock_now(c), 800);
	/* the faster is done at 1500, and cannot begin again before that */
	vd_clock_finish(c, 3);
	assert_int_equal(vd_clock_now(c), 800);
	vd_clock_start(c, 3);
	vd_clock_advance(c, 5, 10000);
	assert_int_equal(vd_clock_now(c), 1500);
	vd_clock_finish(c, 3);
	assert_int_equal(vd_clock_now(c), 10800);
	vd_clock_finish(c, 5);
	assert_int_equal(vd_clock_now(c), 10800);
	/* nobody busy: it stands */
	vd_clock_start(c, 3);
	assert_int_equal(vd_clock_now(c), 10800);
	vd_clock_advance(c, 3, 7);
	vd_clock_finish(c, 3);
	assert_int_equal(vd_clock_now(c), 10807);
	vd_clock_free(c);
}

/* The last to end, though it is behind, does not turn the time back. */
static void test_clock_ends(void **state)
{
	struct vd_clock *c = vd_clock_new();

	(void)state;
	vd_clock_start(c, 0);
	vd_clock_start(c, 1);
	vd_clock_advance(c, 0, 900);
	vd_clock_finish(c, 0);
	vd_clock_advance(c, 1, 400);
	assert_int_equal(vd_clock_now(c), 400);
	vd_clock_finish(c, 1);
	assert_int_equal(vd_clock_now(c), 900);
	vd_clock_free(c);
}

static atomic_int released;

static void *wait_ahead(void *arg)
{
	const int go_on = vd_clock_wait(arg, 0);

	released = 1;
	return go_on ? arg : NULL;
}

static void test_clock_waits(void **state)
{
	const struct timespec t = {.tv_nsec = 20000000};
	struct vd_clock *c = vd_clock_new();
	pthread_t thread;
	void *went_on;

	(void)state;
	vd_clock_start(c, 0);
	vd_clock_start(c, 1);
	vd_clock_advance(c, 0, VD_AHEAD - VD_SLICE);
	assert_int_equal(vd_clock_wait(c, 0), 1); /* up to VD_AHEAD it may go */
	vd_clock_advance(c, 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, wait_ahead, c), 0);
	nanosleep(&t, NULL);
	assert_false(released);
	vd_clock_advance(c, 1, 1);
	pthread_join(thread, &went_on);
	assert_ptr_equal(went_on, c);
	/* released by the other's end, and by the end of all */
	vd_clock_advance(c, 0, 100000);
	assert_int_equal(pthread_create(&thread, NULL, wait_ahead, c), 0);
	vd_clock_finish(c, 1);
	pthread_join(thread, &went_on);
	assert_ptr_equal(went_on, c);
	vd_clock_start(c, 1);
	vd_clock_advance(c, 0, 100000);
	assert_int_equal(pthread_create(&thread, NULL, wait_ahead, c), 0);
	vd_clock_stop(c);
	pthread_join(thread, &went_on);
	assert_null(went_on);
	vd_clock_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_card),        cmocka_unit_test(test_card_refused),
	        cmocka_unit_test(test_options),     cmocka_unit_test(test_bulk),
	        cmocka_unit_test(test_bulk_answer), cmocka_unit_test(test_clock),
	        cmocka_unit_test(test_clock_ends),  cmocka_unit_test(test_clock_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
