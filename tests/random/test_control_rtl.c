/* SPDX-License-Identifier: Apache-2.0
 *
 * test_control_rtl - the Verilated compute unit seen from its registers: impossible arguments, a
 * start or other arguments while it runs, a reset at any time; the verdict is in memory and in the
 * mirror, and the next start gives the reference's bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/compile.h"
#include "tests/random/randnet.h"
#include "tests/random/simulated.h"

enum { CTRL_START = 1, CTRL_IDLE = 4, RESETS = 25 };

/* A program on both compute units. */
struct bench {
	struct simulated s;
	struct vn_qnet *net;
	struct vn_program *p;
	struct vn_refcu *cu;
	struct batch a, b;
};

static const struct vn_axi_timing timing = {120, 40, 85, 3, 5};

static struct vn_cu_args args_of(const struct batch *b)
{
	const struct vn_entry *e = &b->prog->entries[0];

	return (struct vn_cu_args){b->desc,  e->first,  e->count,   b->images, b->prog->weights,
	                           b->input, b->output, b->scratch, b->status};
}

static int set_up(void **state)
{
	struct bench *t = calloc(1, sizeof(*t));
	uint32_t seed = 77;

	assert_non_null(t);
	*state = t;
	if (!simulated_new(8, 8, &timing, &t->s))
		fail_msg("%s", t->s.trouble);
	t->net = randnet(&seed, 8, 8);
	assert_non_null(t->net);
	assert_int_equal(vn_assemble(t->net, t->s.ops->config, 2, &t->p, NULL), 0);
	assert_int_equal(vn_refcu_new(t->s.ops->config, &t->cu, NULL), 0);
	assert_true(batch_new(t->p, 2, 1, &t->a));
	assert_true(batch_new(t->p, 2, 1, &t->b));
	t->s.batch = &t->b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *t = *state;

	if (t->p) {
		batch_free(&t->a);
		batch_free(&t->b);
		vn_refcu_free(t->cu);
		vn_program_free(t->p);
		vn_qnet_free(t->net);
	}
	simulated_free(&t->s);
	free(t);
	return 0;
}

static uint32_t read_reg(struct bench *t, uint32_t reg)
{
	uint32_t value = 0;

	assert_int_equal(t->s.ops->read(t->s.sim, reg, &value), 0);
	return value;
}

static void start(struct bench *t)
{
	assert_int_equal(t->s.ops->write(t->s.sim, VN_REG_CTRL, CTRL_START), 0);
}

/* The next start gives the reference's bytes. */
static void expect_good(struct bench *t)
{
	const struct vn_cu_args ref = args_of(&t->a), rtl = args_of(&t->b);
	const struct vn_entry *e = &t->p->entries[0];

	memset(t->a.output, 0xa5, (size_t)e->output * 2 * VN_BEAT_BYTES);
	memset(t->b.output, 0xa5, (size_t)e->output * 2 * VN_BEAT_BYTES);
	vn_refcu_run(t->cu, &ref);
	simulated_run(&t->s, &rtl);
	assert_string_equal(t->s.trouble, "");
	assert_memory_equal(t->a.status, t->b.status, 4 * VN_ST_CYCLES);
	assert_memory_equal(t->a.output, t->b.output, (size_t)e->output * 2 * VN_BEAT_BYTES);
}

/* Start with register @reg changed to @value: the mirror's verdict. */
static void expect_argument(struct bench *t, uint32_t reg, uint32_t value, int in_memory)
{
	const struct vn_cu_args rtl = args_of(&t->b);

	assert_true(simulated_arguments(&t->s, &rtl));
	assert_int_equal(t->s.ops->write(t->s.sim, reg, value), 0);
	start(t);
	if (!simulated_finish(&t->s))
		fail_msg("register %x: %s", reg, t->s.trouble);
	assert_int_equal(read_reg(t, VN_REG_MIRROR + 4 * VN_ST_MAGIC), VN_STATUS_MAGIC);
	assert_int_equal(read_reg(t, VN_REG_MIRROR + 4 * VN_ST_ERROR), VN_CU_ARGUMENT);
	assert_int_equal(read_reg(t, VN_REG_MIRROR + 4 * VN_ST_FIELD), reg);
	assert_int_equal(t->b.status[VN_ST_MAGIC], in_memory ? VN_STATUS_MAGIC : 0);
	if (in_memory)
		assert_int_equal(t->b.status[VN_ST_FIELD], reg);
}

static void test_arguments(void **state)
{
	static const uint32_t pointers[] = {VN_REG_PROGRAM, VN_REG_WEIGHTS, VN_REG_INPUT,
	                                    VN_REG_OUTPUT, VN_REG_SCRATCH};
	struct bench *t = *state;
	size_t i;

	for (i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		expect_argument(t, pointers[i], 4u << (i % 4), 1);
	expect_argument(t, VN_REG_COUNT, 0, 1);
	expect_argument(t, VN_REG_IMAGES, 0, 1);
	/* Nobody knows where its block should go. */
	expect_argument(t, VN_REG_STATUS, 32, 0);
	expect_good(t);
}

static void test_start_while_busy(void **state)
{
	struct bench *t = *state;
	const struct vn_cu_args rtl = args_of(&t->b);

	assert_true(simulated_arguments(&t->s, &rtl));
	start(t);
	assert_int_equal(t->s.ops->run(t->s.sim, 800), VN_SIM_LIMIT);
	assert_false(read_reg(t, VN_REG_CTRL) & CTRL_IDLE);
	start(t);
	if (!simulated_finish(&t->s))
		fail_msg("%s", t->s.trouble);
	assert_int_equal(t->b.status[VN_ST_ERROR], VN_CU_BUSY);
	assert_int_equal(read_reg(t, VN_REG_MIRROR + 4 * VN_ST_ERROR), VN_CU_BUSY);
	/* The second start is not remembered. */
	assert_int_equal(t->s.ops->run(t->s.sim, 2000), VN_SIM_LIMIT);
	assert_true(read_reg(t, VN_REG_CTRL) & CTRL_IDLE);
	expect_good(t);
}

/* A run keeps the arguments it was started with; what is written meanwhile is of the next start. */
static void test_arguments_while_busy(void **state)
{
	static const uint32_t regs[] = {VN_REG_PROGRAM, VN_REG_FIRST,   VN_REG_COUNT,
	                                VN_REG_IMAGES,  VN_REG_WEIGHTS, VN_REG_INPUT,
	                                VN_REG_OUTPUT,  VN_REG_SCRATCH, VN_REG_STATUS};
	struct bench *t = *state;
	const struct vn_cu_args ref = args_of(&t->a), rtl = args_of(&t->b);
	const struct vn_entry *e = &t->p->entries[0];
	uint32_t value;
	size_t i;

	vn_refcu_run(t->cu, &ref);
	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		memset(t->b.output, 0xa5, (size_t)e->output * 2 * VN_BEAT_BYTES);
		assert_true(simulated_arguments(&t->s, &rtl));
		start(t);
		assert_int_equal(t->s.ops->run(t->s.sim, 800), VN_SIM_LIMIT);
		value = read_reg(t, regs[i]);
		assert_int_equal(t->s.ops->write(t->s.sim, regs[i], 2), 0);
		if (!simulated_finish(&t->s))
			fail_msg("register %x: %s", regs[i], t->s.trouble);
		assert_int_equal(read_reg(t, regs[i]), 2);
		assert_int_equal(t->s.ops->write(t->s.sim, regs[i], value), 0);
		assert_memory_equal(t->a.status, t->b.status, 4 * VN_ST_CYCLES);
		assert_memory_equal(t->a.output, t->b.output,
		                    (size_t)e->output * 2 * VN_BEAT_BYTES);
	}
	expect_good(t);
}

static void test_reset(void **state)
{
	struct bench *t = *state;
	const struct vn_cu_args rtl = args_of(&t->b);
	uint32_t seed = 5;
	int i;

	for (i = 0; i < RESETS; i++) {
		assert_true(simulated_arguments(&t->s, &rtl));
		start(t);
		(void)t->s.ops->run(t->s.sim, (uint64_t)rnd_in(&seed, 1, 6000));
		t->s.ops->reset(t->s.sim);
		assert_true(read_reg(t, VN_REG_CTRL) & CTRL_IDLE);
		if (i % 5 == 0)
			expect_good(t);
	}
	expect_good(t);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int has_unit(void)
{
	struct simulated s;
	const int has = simulated_new(8, 8, &timing, &s) || !s.absent;

	simulated_free(&s);
	return has;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_BENCH(test_arguments),
	        WITH_BENCH(test_start_while_busy),
	        WITH_BENCH(test_arguments_while_busy),
	        WITH_BENCH(test_reset),
	};

	if (!has_unit()) {
		puts("no simulated compute unit of 8x8 is built (make sim-8x8)");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
