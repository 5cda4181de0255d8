/* SPDX-License-Identifier: Apache-2.0
 *
 * test_conversation.c - the device process as a host sees it: card memory, registers, messages
 * that are of no use, the log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "spec/spec.h"
#include "tests/device/host.h"

enum { BULK = 8 << 20, PASSES = 16 };

static struct host host;

static int open_one(void **state)
{
	(void)state;
	return host_open(&host, 1, 0) ? 0 : -1;
}

static int close_it(void **state)
{
	(void)state;
	host_close(&host);
	return 0;
}

static void fill(uint8_t *data, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (uint8_t)(seed >> 24);
	}
}

/* Written at address + seek, read back by another split into address and skip. */
static void check_place(uint64_t address, uint64_t seek, size_t n, uint32_t seed)
{
	uint8_t data[4096], back[4096];

	fill(data, n, seed);
	assert_int_equal(host_to_card(&host, address, seek, data, n), n);
	memset(back, 0, sizeof(back));
	assert_int_equal(host_from_card(&host, address + seek, 0, back, n), n);
	assert_memory_equal(data, back, n);
	if (address + seek >= 8) {
		memset(back, 0, sizeof(back));
		assert_int_equal(host_from_card(&host, address + seek - 8, 8, back, n), n);
		assert_memory_equal(data, back, n);
	}
}

static void test_memory(void **state)
{
	uint8_t byte = 77;

	(void)state;
	host_start(&host, "");
	check_place(HBM0, 0, 4096, 1);
	check_place(HBM0, 1000, 1, 2);
	check_place(HBM0 + 12345, 54321, 777, 3);
	check_place(HBM0 + HBM_BYTES - 100, 0, 100, 4);
	check_place(HBM1, 0, 64, 5);
	check_place(HBM1, HBM_BYTES - 4096, 4096, 6);
	check_place(DDR0 + 5, DDR0_BYTES - 1005, 1000, 7);
	/* neighbours do not share bytes */
	assert_int_equal(host_from_card(&host, HBM1, 0, &byte, 1), 1);
	assert_int_not_equal(byte, 77);
	/* never written */
	assert_int_equal(host_from_card(&host, DDR0 + 1000000, 0, &byte, 1), 1);
	assert_int_equal(byte, 0);
	host_goodbye(&host);
	assert_false(host_file_has(&host, "stderr", "v"));
}

static void test_memory_outside(void **state)
{
	static const struct {
		uint64_t address, offset;
		size_t n;
	} places[] = {
	        {HBM1 + HBM_BYTES, 0, 1},
	        {HBM1 + HBM_BYTES - 64, 0, 65},
	        {HBM1 + HBM_BYTES - 64, 64, 1},
	        {HBM0 + HBM_BYTES - 8, 0, 16}, /* from one bank into the next */
	        {DDR0 - 1, 0, 2},
	        {DDR0 + DDR0_BYTES, 0, 64},
	        {UINT64_MAX, 0, 1},
	        {UINT64_MAX - 63, 0, 64},
	        {UINT64_MAX, 1, 1}, /* wraps around to 0 */
	        {HBM1, UINT64_MAX - HBM1 + 1, 64},
	        {HBM0 + 64, UINT64_MAX - 63, 64},
	};
	uint8_t data[128] = {1}, back[128];

	(void)state;
	host_start(&host, "log=log");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_int_equal(
		        host_to_card(&host, places[i].address, places[i].offset, data, places[i].n),
		        0);
		memset(back, 0x5a, sizeof(back));
		assert_int_equal(host_from_card(&host, places[i].address, places[i].offset, back,
		                                places[i].n),
		                 0);
		assert_int_equal(back[0], 0x5a);
	}
	assert_int_equal(host_from_card(&host, HBM0, 0, back, 64), 64);
	assert_int_equal(back[0], 0);
	host_goodbye(&host);
	assert_true(host_file_has(&host, "stderr",
	                          "vn_device: CopyBufferHost2Device: 1 bytes at 0x20000000 are not "
	                          "card memory; nothing is moved"));
	/* a user sees the first, the log has all */
	assert_false(host_file_has(&host, "stderr", "0xffffffffffffffc0"));
	assert_true(host_file_has(&host, "log",
	                          "CopyBufferDevice2Host: 64 bytes at 0xffffffffffffffc0 are not"));
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(void)
{
	return now(CLOCK_MONOTONIC);
}

static double device_seconds(void)
{
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(host.pid, &clock), 0);
	return now(clock);
}

/* Call with @body for @passes times; bytes a second of wall time and of the device process' time.
 */
static void time_calls(uint32_t opcode, const struct body *body, const char *what)
{
	const double begin = seconds(), begin_cpu = device_seconds();

	for (int i = 0; i < PASSES; i++)
		host_call(&host, opcode, body, NULL);
	printf("%s %.0f MB/s, %.0f MB a second of the device process\n", what,
	       1e-6 * PASSES * BULK / (seconds() - begin),
	       1e-6 * PASSES * BULK / (device_seconds() - begin_cpu));
}

/* Large messages arrive; their speed is told, since it depends on what else the machine does. */
static void test_bulk(void **state)
{
	uint8_t *data = malloc(BULK), *back = malloc(BULK);
	struct body to = {0}, from = {0};

	(void)state;
	assert_true(data && back);
	fill(data, BULK, 9);
	host_start(&host, "");
	assert_int_equal(host_to_card(&host, DDR0, 0, data, BULK), BULK);
	assert_int_equal(host_from_card(&host, DDR0, 0, back, BULK), BULK);
	assert_memory_equal(data, back, BULK);
	body_to_card(&to, DDR0, 0, data, BULK);
	body_from_card(&from, DDR0, 0, BULK);
	time_calls(OP_TO_CARD, &to, "to the card");
	time_calls(OP_FROM_CARD, &from, "from the card");
	host_goodbye(&host);
	free(to.data);
	free(from.data);
	free(data);
	free(back);
}

/* The other pair of messages for card memory. */
static void test_memory_words(void **state)
{
	struct body body = {0}, answer;
	const uint8_t *bytes;
	uint64_t ok;
	size_t n;

	(void)state;
	host_start(&host, "");
	body_write(&body, HBM1 + 100, "some bytes", 10);
	host_call(&host, OP_MEMORY_WRITE, &body, &answer);
	assert_true(body_get_number(&answer, 1, &ok) && ok == 1);
	free(answer.data);
	body.n = 0;
	body_read(&body, HBM1 + 105, 5);
	host_call(&host, OP_MEMORY_READ, &body, &answer);
	assert_true(body_get_number(&answer, 1, &ok) && ok == 1);
	assert_true(body_get_bytes(&answer, 2, &bytes, &n) && n == 5);
	assert_memory_equal(bytes, "bytes", 5);
	free(answer.data);
	body.n = 0;
	body_read(&body, HBM1 + HBM_BYTES - 1, 2);
	host_call(&host, OP_MEMORY_READ, &body, &answer);
	assert_true(body_get_number(&answer, 1, &ok) && ok == 0);
	free(answer.data);
	free(body.data);
	host_goodbye(&host);
}

/* Registers as the host sees them, whoever keeps them. */
static void test_registers(void **state)
{
	const uint32_t arguments[] = {0x12345678, 0x9abcdef0};
	uint32_t words[64];

	(void)state;
	host_start(&host, "");
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_CTRL), CTRL_IDLE);
	assert_int_equal(host_write(&host, UNIT(0) + VN_REG_WEIGHTS, arguments, 2), 1);
	assert_int_equal(host_read(&host, UNIT(0) + VN_REG_WEIGHTS - 4, words, 4), 1);
	assert_int_equal(words[0], 0);
	assert_int_equal(words[1], 0x12345678);
	assert_int_equal(words[2], 0x9abcdef0);
	assert_int_equal(words[3], 0);
	host_set(&host, UNIT(0) + VN_REG_GIE, 3);
	host_set(&host, UNIT(0) + VN_REG_IER, 7);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_GIE), 1);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_IER), 3);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_ISR), 0);
	/* ap_continue, which XRT writes to kernels of any kind */
	host_set(&host, UNIT(0) + VN_REG_CTRL, 0x10);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_CTRL), CTRL_IDLE);
	/* within the range, but not in the compute unit */
	host_set(&host, UNIT(0) + 0x1000 + VN_REG_WEIGHTS, 1);
	assert_int_equal(host_get(&host, UNIT(0) + 0x1000 + VN_REG_WEIGHTS), 0);
	assert_int_equal(host_get(&host, UNIT(0) + UNIT_RANGE - 4), 0);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_WEIGHTS), 0x12345678);
	host_goodbye(&host);
}

static void test_registers_outside(void **state)
{
	static const uint64_t places[] = {
	        0,       UNIT(0) - 4,    UNIT(0) + 2, UNIT(0) + UNIT_RANGE - 2,
	        UNIT(1), UINT64_MAX - 3, UINT64_MAX};
	uint32_t word;

	(void)state;
	host_start(&host, "");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		word = 5;
		assert_int_equal(host_write(&host, places[i], &word, 1), 0);
		assert_int_equal(host_read(&host, places[i], &word, 1), 0);
		assert_int_equal(word, 0); /* neither done nor idle */
	}
	host_goodbye(&host);
	assert_true(host_file_has(&host, "stderr",
	                          "ReadAddrKernelCtrl: 4 bytes at 0x17ffffc are not registers of a "
	                          "compute unit"));
}

/* What XRT sends besides: answered so that it goes on. */
static void test_others(void **state)
{
	static const uint32_t empty[] = {14, 15, 16, 18, 19};
	struct body body = {0}, pair = {0}, answer;
	uint64_t value;

	(void)state;
	host_start(&host, "log=log;level=2");
	body_bytes(&pair, 1, "packet_size", 11);
	body_bytes(&pair, 2, "1048576", 7);
	body_bytes(&body, 3, pair.data, pair.n);
	host_call(&host, OP_ENVIRONMENT, &body, &answer);
	assert_true(body_get_number(&answer, 1, &value) && value == 1);
	free(answer.data);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		host_call(&host, empty[i], NULL, &answer);
		assert_int_equal(answer.n, 0);
		free(answer.data);
	}
	host_call(&host, OP_TIME, NULL, &answer);
	assert_true(body_get_number(&answer, 1, &value) && value == 0);
	free(answer.data);
	host_call(&host, 12345, &body, &answer);
	assert_true(body_get_number(&answer, 1, &value) && value == 0);
	free(answer.data);
	body.n = 0;
	body_number(&body, 1, HBM0);
	body_number(&body, 2, 4096);
	host_call(&host, OP_ALLOCATE, &body, &answer);
	assert_true(body_get_number(&answer, 1, &value) && value == 1);
	free(answer.data);
	host_call(&host, OP_FREE, &body, NULL);
	host_set(&host, UNIT(0) + VN_REG_IMAGES, 0xabc);
	free(body.data);
	free(pair.data);
	host_goodbye(&host);
	assert_true(host_file_has(&host, "log", "packet_size=1048576"));
	assert_true(host_file_has(&host, "log", "message 12345"));
	assert_true(host_file_has(&host, "log", "AllocDeviceBuffer 0x0 + 4096"));
	assert_true(host_file_has(&host, "log", "vn_cu_1 + 0x2c.IMAGES = 0xabc"));
	assert_true(host_file_has(&host, "log", "the host has closed the card"));
	assert_false(host_file_has(&host, "stderr", "v"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_memory, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_memory_outside, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_memory_words, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_bulk, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_registers, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_registers_outside, open_one, close_it),
	        cmocka_unit_test_setup_teardown(test_others, open_one, close_it),
	};

	if (!host_open(&host, 1, 0)) {
		printf("no simulated compute unit 8x8 has been built (make sim-8x8)\n");
		return 77;
	}
	host_close(&host);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
