/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sim.c - the plug-in interface, on the stand-in of fake_cu.sv: runs, events, misdeeds,
 * several simulations at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/vn_sim.h"
#include "spec/spec.h"

enum { BEATS = 16, PASSES = 5, THREADS = 4 };

#define WEIGHTS_AT 0x12340000000u
#define OUTPUT_AT  0x22340000000u
#define STATUS_AT  0x1000u

static const struct vn_sim_ops *ops;

struct rig {
	struct vn_sim *sim;
	uint32_t weights[BEATS * 16], output[BEATS * 16], status[VN_STATUS_WORDS];
	struct vn_sim_event events[2 * PASSES];
	int n_events;
};

static void keep_event(void *context, const struct vn_sim_event *event)
{
	struct rig *rig = context;

	assert_true(rig->n_events < 2 * PASSES);
	rig->events[rig->n_events++] = *event;
}

static void open_rig(struct rig *rig, struct vn_sim_options options)
{
	char error[256] = "";

	memset(rig, 0, sizeof(*rig));
	options.event = keep_event;
	options.context = rig;
	rig->sim = ops->create(&options, error, sizeof(error));
	if (!rig->sim)
		fail_msg("%s", error);
	for (int i = 0; i < BEATS * 16; i++)
		rig->weights[i] = (uint32_t)i * 2654435761u;
	assert_int_equal(ops->map(rig->sim, WEIGHTS_AT, rig->weights, sizeof(rig->weights)), 0);
	assert_int_equal(ops->map(rig->sim, OUTPUT_AT, rig->output, sizeof(rig->output)), 0);
	assert_int_equal(ops->map(rig->sim, STATUS_AT, rig->status, sizeof(rig->status)), 0);
}

static void set64(struct rig *rig, uint32_t offset, uint64_t value)
{
	assert_int_equal(ops->write(rig->sim, offset, (uint32_t)value), 0);
	assert_int_equal(ops->write(rig->sim, offset + 4, (uint32_t)(value >> 32)), 0);
}

static void start_at(struct rig *rig, uint32_t first, uint64_t weights)
{
	set64(rig, VN_REG_WEIGHTS, weights);
	set64(rig, VN_REG_OUTPUT, OUTPUT_AT);
	set64(rig, VN_REG_STATUS, STATUS_AT);
	assert_int_equal(ops->write(rig->sim, VN_REG_FIRST, first), 0);
	assert_int_equal(ops->write(rig->sim, VN_REG_COUNT, BEATS), 0);
	assert_int_equal(ops->write(rig->sim, VN_REG_IMAGES, PASSES), 0);
	assert_int_equal(ops->write(rig->sim, VN_REG_GIE, 1), 0);
	assert_int_equal(ops->write(rig->sim, VN_REG_IER, 1), 0);
	/* a misdeed may be found before the answer */
	assert_true(ops->write(rig->sim, VN_REG_CTRL, 1) == 0 || first != 0);
}

static void start(struct rig *rig, uint32_t first)
{
	start_at(rig, first, WEIGHTS_AT);
}

static void check_output(const struct rig *rig)
{
	for (int i = 0; i < BEATS * 16; i++)
		assert_int_equal(rig->output[i], rig->weights[i] + 1);
	assert_int_equal(rig->status[VN_ST_MAGIC], VN_STATUS_MAGIC);
	assert_int_equal(rig->status[VN_ST_ERROR], 0);
	assert_int_equal(rig->status[VN_ST_IMAGES], PASSES);
}

static struct vn_sim_options plain(uint64_t seed, uint32_t stall)
{
	return (struct vn_sim_options){
	        .timing = {.read_latency = 30,
	                   .write_latency = 20,
	                   .bandwidth = 85,
	                   .stall = stall,
	                   .seed = seed},
	        .hang_cycles = 20000,
	};
}

static void run_to_end(struct rig *rig)
{
	enum vn_sim_stop stop = VN_SIM_LIMIT;
	uint32_t value;

	for (int i = 0; stop == VN_SIM_LIMIT && i < 1000; i++)
		stop = ops->run(rig->sim, 777);
	if (stop != VN_SIM_DONE)
		fail_msg("stop %d: %s", stop, ops->trouble(rig->sim));
	assert_int_equal(ops->write(rig->sim, VN_REG_ISR, 1), 0);
	assert_int_equal(ops->read(rig->sim, VN_REG_CTRL, &value), 0);
	assert_int_equal(value & 6, 6); /* done and idle; done clears on read */
	assert_int_equal(ops->read(rig->sim, VN_REG_CTRL, &value), 0);
	assert_int_equal(value & 6, 4);
}

static void test_run(void **state)
{
	struct vn_sim_stats stats;
	struct rig rig;
	uint64_t sum = 0;

	(void)state;
	open_rig(&rig, plain(1, 0));
	start(&rig, 9 + 16);
	run_to_end(&rig);
	check_output(&rig);
	assert_int_equal(rig.n_events, 2 * PASSES);
	for (int i = 0; i < rig.n_events; i++) {
		const struct vn_sim_event *e = &rig.events[i];

		assert_int_equal(e->engine, i % 2 ? VN_ENGINE_STORE : VN_ENGINE_LOAD);
		assert_int_equal(e->descriptor, 9 + 16);
		assert_in_range(e->end - e->start, i % 2 ? BEATS + 10 : BEATS + 30, 90);
		assert_true(i == 0 || e->start >= rig.events[i - 1].end);
	}
	ops->stats(rig.sim, &stats);
	assert_int_equal(stats.ports[VN_SIM_WEIGHTS].read_beats, PASSES * BEATS);
	assert_int_equal(stats.ports[VN_SIM_WEIGHTS].read_bursts, PASSES);
	assert_int_equal(stats.ports[VN_SIM_MAPS].write_beats, PASSES * BEATS);
	assert_int_equal(stats.ports[VN_SIM_PROGRAM].write_beats, 4);
	assert_int_equal(stats.outside, 0);
	assert_int_equal(stats.started[VN_ENGINE_LOAD], PASSES);
	assert_int_equal(stats.finished[VN_ENGINE_STORE], PASSES);
	for (int i = 0; i < VN_SIM_STATES; i++)
		sum += stats.states[VN_ENGINE_LOAD][i];
	assert_int_equal(sum, stats.cycles);
	assert_true(stats.states[VN_ENGINE_LOAD][1] >= PASSES * (30 + BEATS));
	ops->destroy(rig.sim);
}

static void test_stalls(void **state)
{
	uint64_t cycles[2];

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++)
		for (int again = 0; again < 2; again++) {
			struct rig rig;

			open_rig(&rig, plain(seed, (uint32_t)seed * 5 / 2));
			start(&rig, 0);
			run_to_end(&rig);
			check_output(&rig);
			cycles[again] = ops->cycle(rig.sim);
			if (again)
				assert_int_equal(cycles[0], cycles[1]);
			ops->destroy(rig.sim);
		}
}

/* What the stand-in does wrong is found, by name; a reset mends it. */
static void test_misdeeds(void **state)
{
	static const struct {
		uint32_t first, stall;
		enum vn_sim_stop stop;
		const char *says;
	} misdeeds[] = {
	        {1, 20, VN_SIM_TROUBLE, "m_axi_weights: AR: payload changed"},
	        {2, 0, VN_SIM_TROUBLE, "m_axi_maps: W: last is 0 at beat 16 of 16"},
	        {3, 0, VN_SIM_HUNG, ""},
	        {4, 0, VN_SIM_TROUBLE, "m_axi_weights: AR: 16 beats at"},
	        {6, 20, VN_SIM_TROUBLE, "m_axi_maps: W: valid fell"},
	        {7, 0, VN_SIM_TROUBLE, "m_axi_weights: done with transfers under way"},
	        {10, 0, VN_SIM_TROUBLE, "fake_cu.sv:"},
	        {10, 0, VN_SIM_TROUBLE, ": Assertion failed in TOP.vn_cu: planted"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++) {
		struct rig rig;
		uint32_t value;

		open_rig(&rig, plain(3, misdeeds[i].stall));
		start_at(&rig, misdeeds[i].first,
		         misdeeds[i].first == 4 ? WEIGHTS_AT + 4096 - 1024 : WEIGHTS_AT);
		if (ops->run(rig.sim, 100000) != misdeeds[i].stop)
			fail_msg("misdeed %u: %s", misdeeds[i].first, ops->trouble(rig.sim));
		if (!strstr(ops->trouble(rig.sim), misdeeds[i].says))
			fail_msg("%u: %s", misdeeds[i].first, ops->trouble(rig.sim));
		if (misdeeds[i].stop == VN_SIM_TROUBLE) {
			assert_int_equal(ops->run(rig.sim, 10), VN_SIM_TROUBLE);
			assert_int_equal(ops->read(rig.sim, VN_REG_CTRL, &value), -1);
		}
		ops->reset(rig.sim);
		assert_string_equal(ops->trouble(rig.sim), "");
		rig.n_events = 0;
		start(&rig, 0);
		run_to_end(&rig);
		check_output(&rig);
		ops->destroy(rig.sim);
	}
}

static void *run_many(void *arg)
{
	const uint64_t seed = (uint64_t)(uintptr_t)arg;

	for (uint64_t i = 0; i < 10; i++) {
		struct rig *rig = malloc(sizeof(*rig));

		open_rig(rig, plain(seed * 100 + i, 3));
		start(rig, 0);
		run_to_end(rig);
		check_output(rig);
		ops->destroy(rig->sim);
		free(rig);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_many, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_refused(void **state)
{
	struct vn_sim_options options = plain(1, 0);
	char error[256];

	(void)state;
	options.timing.bandwidth = 0;
	assert_null(ops->create(&options, error, sizeof(error)));
	assert_non_null(strstr(error, "timing"));
	options = plain(1, 0);
	options.trace = "x.fst";
	assert_null(ops->create(&options, error, sizeof(error)));
	assert_non_null(strstr(error, "no waveforms"));
	ops->destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_run),      cmocka_unit_test(test_stalls),
	        cmocka_unit_test(test_misdeeds), cmocka_unit_test(test_threads),
	        cmocka_unit_test(test_refused),
	};
	const char *build = getenv("B");
	char path[256];
	void *library;

	snprintf(path, sizeof(path), "./%s/tests/sim/fake/libvn_rtl_8x8.so",
	         build ? build : "build");
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		printf("verilator did not build the stand-in: %s\n", dlerror());
		return 77;
	}
	ops = dlsym(library, VN_SIM_SYMBOL);
	if (!ops || ops->abi != VN_SIM_ABI)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
