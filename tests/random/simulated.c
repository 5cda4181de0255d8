/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/random/simulated.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/random/randnet.h"

enum { PROGRAM, WEIGHTS, INPUT, OUTPUT, SCRATCH, STATUS };
/* How far below a multiple of 4 GiB a memory begins, at most: less than most of them are long. */
enum { BEATS_BEFORE = 256 };

/* Anywhere in 64 bits, each memory in other 4 GiB, and across their end: every adder of an address
 * must carry. */
static void choose_places(uint64_t seed, uint64_t places[SIMULATED_PLACES])
{
	uint32_t state = (uint32_t)seed, i;

	for (i = 0; i < SIMULATED_PLACES; i++) {
		const uint64_t block = (rnd(&state) & ~7u) | i;

		places[i] = ((block + 1) << 32) -
		            (uint64_t)VN_BEAT_BYTES * (uint64_t)rnd_in(&state, 1, BEATS_BEFORE);
	}
}

/* COVERAGE=FILE in the environment: coverage of each simulation into a file of its own; an unloaded
 * plug-in forgets how many it made.  NULL: none is wanted. */
static const char *name_coverage(char name[300])
{
	static unsigned number;
	const char *path = getenv("COVERAGE");

	if (!path || !*path)
		return NULL;
	snprintf(name, 300, "%.250s.%u", path, number++);
	return name;
}

int simulated_new(int rows, int cols, const struct vn_axi_timing *timing, struct simulated *s)
{
	struct vn_sim_options options = {.timing = *timing};
	const char *build = getenv("B"), *variant;
	char path[512];

	memset(s, 0, sizeof(*s));
	options.coverage = name_coverage(s->coverage);
	choose_places(timing->seed, s->places);
	variant = rows == 8 ? "_assert" : "";
	if (options.coverage)
		variant = "_cov";
	snprintf(path, sizeof(path), "%s/sim/libvn_rtl_%dx%d%s.so", build ? build : "build", rows,
	         cols, variant);
	s->absent = access(path, F_OK) != 0;
	s->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!s->library) {
		snprintf(s->trouble, sizeof(s->trouble), "%s", dlerror());
		return 0;
	}
	s->ops = dlsym(s->library, VN_SIM_SYMBOL);
	if (s->ops && s->ops->abi == VN_SIM_ABI)
		s->sim = s->ops->create(&options, s->trouble, sizeof(s->trouble));
	return s->sim != NULL;
}

void simulated_free(struct simulated *s)
{
	if (s->sim)
		s->ops->destroy(s->sim);
	if (s->library)
		dlclose(s->library);
}

static int write_argument(struct simulated *s, uint32_t reg, uint64_t value, int bytes)
{
	int bad = s->ops->write(s->sim, reg, (uint32_t)value);

	if (bytes == 8)
		bad |= s->ops->write(s->sim, reg + 4, (uint32_t)(value >> 32));
	return bad;
}

static int write_all(struct simulated *s, const struct vn_cu_args *a)
{
	const struct {
		uint32_t reg;
		int bytes;
		uint64_t value;
	} arguments[] = {
	        {VN_REG_PROGRAM, 8, s->places[PROGRAM]},
	        {VN_REG_FIRST, 4, a->first},
	        {VN_REG_COUNT, 4, a->count},
	        {VN_REG_IMAGES, 4, a->images},
	        {VN_REG_WEIGHTS, 8, s->places[WEIGHTS]},
	        {VN_REG_INPUT, 8, s->places[INPUT]},
	        {VN_REG_OUTPUT, 8, s->places[OUTPUT]},
	        {VN_REG_SCRATCH, 8, s->places[SCRATCH]},
	        {VN_REG_STATUS, 8, s->places[STATUS]},
	        {VN_REG_GIE, 4, 1},
	        {VN_REG_IER, 4, 1},

	};
	size_t i;
	int bad = 0;

	for (i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		bad |= write_argument(s, arguments[i].reg, arguments[i].value, arguments[i].bytes);
	return bad;
}

/* Weights from the segment on; the entry's addresses count from there. */
static void map(struct simulated *s, const struct vn_cu_args *a)
{
	const struct vn_program *p = s->batch->prog;
	const uint8_t *weights = a->weights;
	const uint64_t before = (uint64_t)(weights - (const uint8_t *)p->weights);
	const struct vn_entry *e = &p->entries[0];
	const uint64_t n = a->images;
	const struct {
		const void *host;
		uint64_t beats;
	} regions[SIMULATED_PLACES] = {
	        [PROGRAM] = {a->program, p->n_desc},
	        [WEIGHTS] = {weights, p->weight_beats - before / VN_BEAT_BYTES},
	        [INPUT] = {a->input, n * e->input},
	        [OUTPUT] = {a->output, n * e->output},
	        [SCRATCH] = {a->scratch, n * e->scratch},
	        [STATUS] = {a->status, VN_STATUS_WORDS * 4 / VN_BEAT_BYTES},
	};
	int i;

	for (i = 0; i < SIMULATED_PLACES; i++) {
		(void)s->ops->unmap(s->sim, s->places[i]);
		if (regions[i].beats &&
		    s->ops->map(s->sim, s->places[i], (void *)(uintptr_t)regions[i].host,
		                regions[i].beats * VN_BEAT_BYTES))
			snprintf(s->trouble, sizeof(s->trouble), "place %d cannot be mapped", i);
	}
}

int simulated_arguments(struct simulated *s, const struct vn_cu_args *args)
{
	s->trouble[0] = 0;
	memset(args->status, 0, 4 * VN_STATUS_WORDS);
	map(s, args);
	if (!s->trouble[0] && write_all(s, args))
		snprintf(s->trouble, sizeof(s->trouble), "a register did not answer: %s",
		         s->ops->trouble(s->sim));
	return !s->trouble[0];
}

int simulated_finish(struct simulated *s)
{
	const enum vn_sim_stop stop = s->ops->run(s->sim, 2000000000);
	uint32_t ctrl = 0;

	if (stop != VN_SIM_DONE)
		snprintf(s->trouble, sizeof(s->trouble), "stopped: %d %s", stop,
		         s->ops->trouble(s->sim));
	/* Reading CTRL clears ap_done; ISR holds the interrupt. */
	else if (s->ops->read(s->sim, VN_REG_CTRL, &ctrl) || !(ctrl & 2) ||
	         s->ops->write(s->sim, VN_REG_ISR, 1))
		snprintf(s->trouble, sizeof(s->trouble), "no ap_done after the interrupt");
	return !s->trouble[0];
}

void simulated_run(void *ctx, const struct vn_cu_args *args)
{
	struct simulated *s = ctx;
	const uint64_t begun = s->ops->cycle(s->sim);

	if (!simulated_arguments(s, args))
		return;
	if (s->ops->write(s->sim, VN_REG_CTRL, 1))
		snprintf(s->trouble, sizeof(s->trouble), "CTRL did not answer");
	else
		(void)simulated_finish(s);
	s->cycles += s->ops->cycle(s->sim) - begun;
}
