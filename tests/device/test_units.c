/* SPDX-License-Identifier: Apache-2.0
 *
 * test_units.c - compute units of the device process at work: programs of the tiny net by register
 * accesses against the reference, several units at once and card time, injected faults.
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

#include "model/fixed.h"
#include "spec/spec.h"
#include "tests/device/host.h"
#include "tests/program/tiny.h"
#include "tests/random/execute.h"

enum {
	UNITS = 2,
	IMAGES = 12,
	PLACE = 1 << 20,
	WORDS = VN_STATUS_WORDS,
	FAKE_PASSES = 100, /* of the stand-in: more cycles than a unit may be ahead of another */
};

/* Everything of unit @n in bank @n. */
#define BANK(n) (HBM0 + (uint64_t)(n)*HBM_BYTES)
enum { PROGRAM, WEIGHTS, INPUT, OUTPUT, SCRATCH, STATUS };

static struct host host;
static struct vn_program *prog;
static struct batch given[UNITS], expected[UNITS];

/* ---- the reference ---- */

static void run_reference(void *context, const struct vn_cu_args *args)
{
	vn_refcu_run(context, args);
}

static void prepare(struct batch *b, uint32_t seed)
{
	uint8_t pixels[TINY_PIXELS];

	assert_true(batch_new(prog, IMAGES, 1, b));
	for (uint32_t i = 0; i < IMAGES; i++) {
		for (int p = 0; p < TINY_PIXELS; p++)
			pixels[p] = (uint8_t)tiny_random(&seed, 0, 255);
		batch_set_image(b, i, pixels);
	}
}

static int make_program(void **state)
{
	struct vn_qnet *net = tiny_net(7, 0);
	struct executor reference = {"ref", run_reference, NULL};

	(void)state;
	prog = tiny_program(net, 8, 8);
	vn_qnet_free(net);
	assert_int_equal(vn_refcu_new(prog->config, (struct vn_refcu **)&reference.ctx, NULL), 0);
	for (uint32_t u = 0; u < UNITS; u++) {
		prepare(&given[u], u + 1);
		prepare(&expected[u], u + 1);
		assert_int_equal(batch_run(&expected[u], &reference, &prog->entries[0]), 0);
	}
	vn_refcu_free(reference.ctx);
	return 0;
}

static int free_program(void **state)
{
	(void)state;
	for (int u = 0; u < UNITS; u++) {
		batch_free(&given[u]);
		batch_free(&expected[u]);
	}
	vn_program_free(prog);
	return 0;
}

/* ---- the card ---- */

static int open_units(void **state)
{
	(void)state;
	return host_open(&host, UNITS, 0) ? 0 : -1;
}

static int open_fake(void **state)
{
	(void)state;
	return host_open(&host, UNITS, 1) ? 0 : -1;
}

static int close_it(void **state)
{
	(void)state;
	host_close(&host);
	return 0;
}

static uint64_t place(int unit, int kind)
{
	return BANK(unit) + (uint64_t)kind * PLACE;
}

static void put(int unit, int kind, const void *data, size_t beats)
{
	const size_t n = beats * VN_BEAT_BYTES;

	assert_in_range(n, 1, PLACE);
	assert_int_equal(host_to_card(&host, place(unit, kind), 0, data, n), n);
}

/* Memory and arguments of a start of @unit with its batch, as XRT with kds=false writes them: a
 * burst without ap_start. */
static void arguments(int unit, uint32_t words[VN_REG_STATUS / 4 + 2])
{
	const struct vn_entry *e = &prog->entries[0];
	const struct vn_segment *segment = &prog->segments[e->segment];
	const struct batch *b = &given[unit];
	const struct {
		uint32_t offset;
		int kind;
	} pointers[] = {{VN_REG_PROGRAM, PROGRAM}, {VN_REG_WEIGHTS, WEIGHTS},
	                {VN_REG_INPUT, INPUT},     {VN_REG_OUTPUT, OUTPUT},
	                {VN_REG_SCRATCH, SCRATCH}, {VN_REG_STATUS, STATUS}};

	put(unit, PROGRAM, b->desc, prog->n_desc);
	put(unit, WEIGHTS, prog->weights + segment->offset * VN_BEAT_BYTES, segment->beats);
	put(unit, INPUT, b->input, (size_t)e->input * IMAGES);
	put(unit, OUTPUT, b->output, (size_t)e->output * IMAGES);
	put(unit, SCRATCH, b->scratch, (size_t)e->scratch * IMAGES);
	memset(words, 0, VN_REG_STATUS + 8);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		const uint64_t address = place(unit, pointers[i].kind);

		memcpy(&words[pointers[i].offset / 4], &address, sizeof(address));
	}
	words[VN_REG_FIRST / 4] = e->first;
	words[VN_REG_COUNT / 4] = e->count;
	words[VN_REG_IMAGES / 4] = IMAGES;
	assert_int_equal(host_write(&host, UNIT(unit), words, VN_REG_STATUS / 4 + 2), 1);
}

/* A second burst with it: the arguments before ap_start count. */
static void start_with(int unit, uint32_t words[VN_REG_STATUS / 4 + 2])
{
	words[0] = 1;
	assert_int_equal(host_write(&host, UNIT(unit), words, VN_REG_STATUS / 4 + 2), 1);
}

static void start(int unit)
{
	uint32_t words[VN_REG_STATUS / 4 + 2];

	arguments(unit, words);
	start_with(unit, words);
}

/* Poll CTRL without pause until ap_done or @limit seconds; its last value. */
static uint32_t poll_done(int unit, double limit)
{
	const time_t end = time(NULL) + (time_t)limit + 1;
	uint32_t ctrl;

	do
		ctrl = host_get(&host, UNIT(unit) + VN_REG_CTRL);
	while (!(ctrl & CTRL_DONE) && time(NULL) < end);
	return ctrl;
}

static void wait_done(int unit)
{
	assert_int_equal(poll_done(unit, host_limit()), 8 | CTRL_IDLE | CTRL_DONE);
	assert_int_equal(host_get(&host, UNIT(unit) + VN_REG_CTRL), CTRL_IDLE); /* clears on read */
}

static void check_bytes(int unit, int kind, const void *data, size_t beats)
{
	const size_t n = beats * VN_BEAT_BYTES;
	uint8_t *back = malloc(n);

	assert_non_null(back);
	assert_int_equal(host_from_card(&host, place(unit, kind), 0, back, n), n);
	assert_memory_equal(back, data, n);
	free(back);
}

/* Output, scratch and status block are those of the reference but for the cycles. */
static void check_results(int unit)
{
	const struct vn_entry *e = &prog->entries[0];
	const struct batch *b = &expected[unit];
	uint32_t status[WORDS], mirror[WORDS];

	check_bytes(unit, OUTPUT, b->output, (size_t)e->output * IMAGES);
	check_bytes(unit, SCRATCH, b->scratch, (size_t)e->scratch * IMAGES);
	assert_int_equal(host_from_card(&host, place(unit, STATUS), 0, status, sizeof(status)),
	                 sizeof(status));
	assert_memory_equal(status, b->status, 4 * VN_ST_CYCLES);
	assert_true(status[VN_ST_CYCLES] > 0);
	assert_int_equal(host_read(&host, UNIT(unit) + VN_REG_MIRROR, mirror, WORDS), 1);
	assert_memory_equal(status, mirror, sizeof(status));
}

/* ---- tests ---- */

static void test_one_unit(void **state)
{
	uint64_t busy;

	(void)state;
	host_start(&host, "report=report.json;stall=7;seed=3");
	for (int again = 0; again < 2; again++) {
		start(1);
		wait_done(1);
		check_results(1);
	}
	host_goodbye(&host);
	busy = host_report(&host, 1, "busy_cycles");
	assert_true(busy > 1000);
	assert_int_equal(host_report(&host, -1, "card_cycles"), busy);
	assert_int_equal(host_report(&host, 1, "starts"), 2);
	assert_int_equal(host_report(&host, 0, "starts"), 0);
	assert_int_equal(host_report(&host, 0, "busy_cycles"), 0);
	assert_true(host_report(&host, -1, "bytes_to_card") > 10000);
	assert_true(host_report(&host, -1, "bytes_from_card") > 1000);
}

/* Both at once: card time passes once for the two, but for the moments before the second start. */
static void test_two_units(void **state)
{
	uint32_t words[UNITS][VN_REG_STATUS / 4 + 2];
	uint64_t busy[UNITS], card;

	(void)state;
	host_start(&host, "report=report.json");
	for (int again = 0; again < 3; again++) {
		for (int u = 0; u < UNITS; u++)
			arguments(u, words[u]);
		for (int u = 0; u < UNITS; u++)
			start_with(u, words[u]);
		for (int u = UNITS; u-- > 0;)
			wait_done(u);
		for (int u = 0; u < UNITS; u++)
			check_results(u);
	}
	host_goodbye(&host);
	card = host_report(&host, -1, "card_cycles");
	for (int u = 0; u < UNITS; u++) {
		busy[u] = host_report(&host, u, "busy_cycles");
		assert_int_equal(host_report(&host, u, "starts"), 3);
	}
	printf("busy %llu and %llu cycles, card %llu\n", (unsigned long long)busy[0],
	       (unsigned long long)busy[1], (unsigned long long)card);
	assert_true(card >= busy[0] && card >= busy[1]);
	assert_true(card < (busy[0] + busy[1]) * 2 / 3);
}

/* One after the other: it passes for each. */
static void test_in_turn(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	for (int u = 0; u < UNITS; u++) {
		start(u);
		wait_done(u);
	}
	host_goodbye(&host);
	assert_int_equal(host_report(&host, -1, "card_cycles"),
	                 host_report(&host, 0, "busy_cycles") +
	                         host_report(&host, 1, "busy_cycles"));
}

/* The host may use memory and other registers while a unit works. */
static void test_meanwhile(void **state)
{
	uint8_t block[1024], back[1024];

	(void)state;
	memset(block, 0x3c, sizeof(block));
	host_start(&host, "");
	start(0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(host_to_card(&host, DDR0, 0, block, sizeof(block)), 1024);
		assert_int_equal(host_from_card(&host, DDR0, 0, back, sizeof(back)), 1024);
		assert_memory_equal(block, back, sizeof(back));
		assert_int_equal(host_get(&host, UNIT(0) + VN_REG_COUNT), prog->entries[0].count);
		assert_int_equal(host_get(&host, UNIT(1) + VN_REG_CTRL), CTRL_IDLE);
	}
	wait_done(0);
	check_results(0);
	host_goodbye(&host);
}

static void test_interrupt_registers(void **state)
{
	(void)state;
	host_start(&host, "");
	host_set(&host, UNIT(0) + VN_REG_GIE, 1);
	start(0); /* its bursts clear GIE and IER, as XRT's do */
	host_set(&host, UNIT(0) + VN_REG_IER, 1);
	wait_done(0);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_GIE), 0);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_ISR), 1);
	host_set(&host, UNIT(0) + VN_REG_ISR, 1);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_ISR), 0);
	host_goodbye(&host);
}

static void test_start_while_busy(void **state)
{
	(void)state;
	host_start(&host, "report=report.json");
	start(0);
	host_set(&host, UNIT(0) + VN_REG_CTRL, 1);
	assert_int_equal(poll_done(0, host_limit()) & CTRL_DONE, CTRL_DONE);
	assert_int_equal(host_get(&host, UNIT(0) + VN_REG_MIRROR + 4 * VN_ST_ERROR), VN_CU_BUSY);
	start(0);
	wait_done(0);
	check_results(0);
	host_goodbye(&host);
	assert_int_equal(host_report(&host, 0, "starts"), 2);
}

static void test_auto_restart(void **state)
{
	uint32_t words[VN_REG_STATUS / 4 + 2];

	(void)state;
	host_start(&host, "report=report.json");
	arguments(0, words);
	host_set(&host, UNIT(0) + VN_REG_CTRL, 0x81);
	assert_int_equal(poll_done(0, host_limit()), 0x80 | 8 | CTRL_DONE | CTRL_BUSY);
	host_set(&host, UNIT(0) + VN_REG_CTRL, 0);
	assert_int_equal(poll_done(0, host_limit()), 8 | CTRL_DONE | CTRL_IDLE);
	check_results(0);
	host_goodbye(&host);
	assert_in_range(host_report(&host, 0, "starts"), 2, 4);
}

/* ---- faults ---- */

static void test_bus_error(void **state)
{
	static const struct {
		const char *option;
		int status_written;
	} cases[] = {{"error=read:slverr:1", 1},
	             {"error=read:decerr:9", 1},
	             {"error=write:slverr:1", 0}};
	uint32_t mirror[WORDS], status[WORDS];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host_start(&host, cases[i].option);
		start(0);
		wait_done(0);
		assert_int_equal(host_read(&host, UNIT(0) + VN_REG_MIRROR, mirror, WORDS), 1);
		assert_int_equal(mirror[VN_ST_MAGIC], VN_STATUS_MAGIC);
		assert_int_equal(mirror[VN_ST_ERROR], VN_CU_BUS);
		host_from_card(&host, place(0, STATUS), 0, status, sizeof(status));
		assert_int_equal(status[VN_ST_MAGIC],
		                 cases[i].status_written ? VN_STATUS_MAGIC : 0);
		host_goodbye(&host);
	}
}

static void test_hang(void **state)
{
	(void)state;
	host_start(&host, "hang=vn_cu_2:2;log=log;level=1;report=report.json");
	for (int again = 0; again < 2; again++) {
		start(1);
		start(0);
		wait_done(0);
		check_results(0);
		if (again == 0) {
			wait_done(1);
			check_results(1);
		}
	}
	assert_int_equal(poll_done(1, 0.1), CTRL_BUSY);
	assert_int_equal(host_get(&host, UNIT(1) + VN_REG_COUNT), 0xffffffff);
	host_set(&host, UNIT(1) + VN_REG_CTRL, 1);
	assert_int_equal(host_get(&host, UNIT(1) + VN_REG_CTRL), CTRL_BUSY);
	start(0);
	wait_done(0);
	host_goodbye(&host);
	assert_true(host_file_has(&host, "log", "hangs, as VANILLIN_CARD wants"));
	assert_int_equal(host_report(&host, 0, "starts"), 3);
	assert_int_equal(host_report(&host, 1, "starts"), 2);
}

/* The stand-in's program @first on unit @unit: 16 beats, each word plus one. */
static void start_fake(int unit, uint32_t first)
{
	const uint64_t pointers[] = {place(unit, WEIGHTS), place(unit, OUTPUT),
	                             place(unit, STATUS)};
	static const uint32_t offsets[] = {VN_REG_WEIGHTS, VN_REG_OUTPUT, VN_REG_STATUS};

	for (int i = 0; i < 3; i++)
		assert_int_equal(host_write(&host, UNIT(unit) + offsets[i],
		                            (const uint32_t *)(const void *)&pointers[i], 2),
		                 1);
	host_set(&host, UNIT(unit) + VN_REG_FIRST, first);
	host_set(&host, UNIT(unit) + VN_REG_COUNT, 16);
	host_set(&host, UNIT(unit) + VN_REG_IMAGES, FAKE_PASSES);
	host_set(&host, UNIT(unit) + VN_REG_CTRL, 1);
}

/* A unit that breaks a rule or stands still is told of, and dead; the other works on. */
static void test_trouble(void **state)
{
	static const struct {
		uint32_t first;
		const char *says;
	} misdeeds[] = {
	        {2, "vn_device: vn_cu_1: m_axi_maps: W: last is 0 at beat 16 of 16"},
	        {3, "vn_device: vn_cu_1: the compute unit hangs: nothing has moved for long"},
	        {8, "vn_device: vn_cu_1: a register access got no answer"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++) {
		host_start(&host, "report=report.json");
		start_fake(0, misdeeds[i].first);
		for (int n = 0;
		     n < host_limit() * 10 && !host_file_has(&host, "stderr", misdeeds[i].says);
		     n++) {
			const struct timespec t = {.tv_nsec = 100000000};

			nanosleep(&t, NULL);
			if (misdeeds[i].first == 8)
				host_get(&host, UNIT(0) + VN_REG_COUNT);
		}
		if (!host_file_has(&host, "stderr", misdeeds[i].says))
			fail_msg("stderr does not say: %s", misdeeds[i].says);
		assert_int_equal(poll_done(0, 0.1), CTRL_BUSY);
		assert_int_equal(host_get(&host, UNIT(0) + VN_REG_FIRST), 0xffffffff);
		start_fake(1, 0);
		wait_done(1);
		host_goodbye(&host);
		assert_int_equal(host_report(&host, 1, "starts"), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_units, close_it)
	        TEST(test_one_unit),
	        TEST(test_two_units),
	        TEST(test_in_turn),
	        TEST(test_meanwhile),
	        TEST(test_interrupt_registers),
	        TEST(test_start_while_busy),
	        TEST(test_auto_restart),
	        TEST(test_bus_error),
	        TEST(test_hang),
	        cmocka_unit_test_setup_teardown(test_trouble, open_fake, close_it),
#undef TEST
	};

	if (!host_open(&host, 1, 0)) {
		printf("no simulated compute unit 8x8 has been built (make sim-8x8)\n");
		return 77;
	}
	host_close(&host);
	return cmocka_run_group_tests(tests, make_program, free_program);
}
