/* SPDX-License-Identifier: Apache-2.0
 *
 * test_random_rtl - random networks and random faults on the Verilated compute unit, with random
 * stalls of up to 100 cycles on every channel, against the reference compute unit: every byte of
 * outputs and scratch, and the status block's verdict.  With each network a list of random LOADs
 * and STOREs.
 *
 * SEED chooses the stream, PROGRAMS the number at each size (default 6; 200 with LONG=1).  A size
 * whose plug-in is not built is skipped, and said.
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

static const int sizes[][2] = {{8, 8}, {16, 16}, {32, 32}, {32, 64}};
enum { SIZES = 4, MUTATIONS = 40 };

static struct {
	long programs, runs, faults, errors[16], skipped;
	unsigned long long bytes, cycles;
} seen;

static void run_ref(void *ctx, const struct vn_cu_args *args)
{
	vn_refcu_run(ctx, args);
}

static uint32_t programs(void)
{
	const char *n = getenv("PROGRAMS"), *longer = getenv("LONG");

	return n ? (uint32_t)strtoul(n, NULL, 0) : longer && *longer == '1' ? 200 : 6;
}

static uint32_t stream(void)
{
	const char *s = getenv("SEED");

	printf("seed=%s\n", s ? s : "1");
	return (s ? (uint32_t)strtoul(s, NULL, 0) : 1) * 2654435761u + 3;
}

/* Random pixels into both batches. */
static void fill(uint32_t *state, const struct vn_qnet *net, struct batch *a, struct batch *b)
{
	const size_t n = (size_t)net->in_c * net->in_h * net->in_w;
	uint8_t *pixels = malloc(n);
	uint32_t i;
	size_t k;

	assert_non_null(pixels);
	for (i = 0; i < a->images; i++) {
		for (k = 0; k < n; k++)
			pixels[k] = (uint8_t)rnd(state);
		batch_set_image(a, i, pixels);
		batch_set_image(b, i, pixels);
	}
	free(pixels);
}

static void same_bytes(const char *what, const char *entry, const void *a, const void *b,
                       uint64_t bytes)
{
	if (memcmp(a, b, bytes))
		fail_msg("program %ld, %s: %s differs", seen.programs, entry, what);
	seen.bytes += bytes;
}

/* The words of a status block that do not depend on the clock. */
static void same_status(const char *entry, const uint32_t *a, const uint32_t *b)
{
	uint32_t w;

	for (w = 0; w < VN_ST_CYCLES; w++)
		if (a[w] != b[w])
			fail_msg("program %ld, %s: status word %u is %u, the reference's %u",
			         seen.programs, entry, w, b[w], a[w]);
}

static void compare(struct batch *a, struct batch *b, const struct vn_entry *e, const char *entry)
{
	same_status(entry, a->status, b->status);
	same_bytes("output", entry, a->output, b->output,
	           (uint64_t)e->output * a->images * VN_BEAT_BYTES);
	same_bytes("scratch", entry, a->scratch, b->scratch,
	           (uint64_t)e->scratch * a->images * VN_BEAT_BYTES);
}

/* One entry on both; @a is the reference's batch. */
static void run_both(struct vn_refcu *cu, struct simulated *s, struct batch *a, struct batch *b,
                     const struct vn_entry *e, const char *name)
{
	const struct executor ref = {"ref", run_ref, cu}, rtl = {"rtl", simulated_run, s};

	s->batch = b;
	(void)batch_run(a, &ref, e);
	(void)batch_run(b, &rtl, e);
	if (s->trouble[0])
		fail_msg("program %ld, %s: %s", seen.programs, name, s->trouble);
	compare(a, b, e, name);
	seen.runs++;
}

static void run_entries(const struct vn_program *p, struct vn_refcu *cu, struct simulated *s,
                        struct batch *a, struct batch *b)
{
	const struct vn_entry *group = vn_program_entry(p, VN_ENTRY_GROUP, 0);
	uint32_t i;

	run_both(cu, s, a, b, &p->entries[0], "whole");
	if (group)
		run_both(cu, s, a, b, group, "group");
	for (i = 0; i <= p->n_stages; i++)
		run_both(cu, s, a, b, vn_program_entry(p, VN_ENTRY_STAGE, i), "stage");
}

static void run_program(uint32_t *state, struct simulated *s, const struct vn_program *p,
                        const struct vn_qnet *net)
{
	const uint32_t images = (uint32_t)rnd_in(state, 1, 3);
	const int taps = (int)(rnd(state) % 2);
	struct batch a, b;
	struct vn_refcu *cu;

	assert_int_equal(vn_refcu_new(s->ops->config, &cu, NULL), 0);
	assert_true(batch_new(p, images, taps, &a));
	assert_true(batch_new(p, images, taps, &b));
	fill(state, net, &a, &b);
	run_entries(p, cu, s, &a, &b);
	batch_free(&a);
	batch_free(&b);
	vn_refcu_free(cu);
}

/* ---- LOAD and STORE as no compiler writes them ---- */

/* Words of the activation buffer that moves touch; beats of a record; LOAD and STORE pairs. */
enum { REGION = 300, RECORD = 400, PAIRS = 12 };

/* Chunks anywhere that fits, overlapping or far apart, in a record of a size of its own. */
static void set_chunks(uint32_t *state, uint32_t *d, uint32_t per_beat, uint32_t images)
{
	const uint32_t words = (uint32_t)rnd_in(state, 1, rnd(state) % 2 ? 9 : 70);
	const uint32_t beats = (words + per_beat - 1) / per_beat;
	const uint32_t chunks = (uint32_t)rnd_in(state, 1, 7), gaps = chunks > 1 ? chunks - 1 : 1;
	const uint32_t step = rnd(state) % ((REGION - words) / gaps + 1);
	const uint32_t mem_step = rnd(state) % (RECORD / 2 / gaps);
	const uint32_t record = rnd(state) % (RECORD / 2);
	const uint32_t used = (images - 1) * record + (chunks - 1) * mem_step + beats;

	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, chunks);
	VN_SET(d, LOAD_ACT_STEP, step);
	VN_SET(d, LOAD_MEM_STEP, mem_step);
	VN_SET(d, LOAD_ACT, rnd(state) % (REGION - words - (chunks - 1) * step + 1));
	VN_SET(d, LOAD_RECORD, record);
	VN_SET(d, LOAD_OFFSET, rnd(state) % (images * RECORD - used + 1));
}

/* LOAD and STORE take turns: each gives the other the token that it waits for. */
static void add_pair(uint32_t *state, struct vn_program *p, uint32_t group, uint32_t images)
{
	const uint32_t per_beat = VN_BEAT_BYTES / p->config[VN_CFG_ROWS];
	uint32_t *load = p->desc[p->n_desc++], *store = p->desc[p->n_desc++];

	set_chunks(state, load, per_beat, images);
	set_chunks(state, store, per_beat, images);
	VN_SET(load, ALL_OP, VN_OP_LOAD);
	VN_SET(store, ALL_OP, VN_OP_STORE);
	VN_SET(load, ALL_IMAGE, rnd(state) % group);
	VN_SET(store, ALL_IMAGE, rnd(state) % group);
	VN_SET(load, LOAD_SPACE, rnd(state) % 2 ? VN_SPACE_INPUT : VN_SPACE_SCRATCH);
	VN_SET(store, STORE_SPACE, rnd(state) % 2 ? VN_SPACE_OUTPUT : VN_SPACE_SCRATCH);
	VN_SET(load, ALL_WAIT_STORE, 1);
	VN_SET(load, ALL_SIGNAL, 1u << VN_ENGINE_STORE);
	VN_SET(store, ALL_WAIT_LOAD, 1);
	VN_SET(store, ALL_SIGNAL, 1u << VN_ENGINE_LOAD);
}

static struct vn_program *moves_program(uint32_t *state, const uint32_t config[VN_CONFIG_WORDS],
                                        uint32_t images)
{
	struct vn_program *p = calloc(1, sizeof(*p));
	const uint32_t group = (uint32_t)rnd_in(state, 1, 3);
	uint32_t i, *d;

	assert_non_null(p);
	p->desc = calloc(1 + 2 * PAIRS, sizeof(*p->desc));
	p->entries = calloc(1, sizeof(*p->entries));
	p->segments = calloc(1, sizeof(*p->segments));
	p->weights = aligned_alloc(VN_BEAT_BYTES, VN_BEAT_BYTES);
	assert_true(p->desc && p->entries && p->segments && p->weights);
	memcpy(p->config, config, sizeof(p->config));
	p->weight_beats = 1;
	d = p->desc[p->n_desc++];
	VN_SET(d, ALL_OP, VN_OP_BEGIN);
	VN_SET(d, BEGIN_HASH, vn_config_hash(config));
	VN_SET(d, BEGIN_GROUP, group);
	VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
	VN_SET(d, BEGIN_TOKENS_STORE, VN_TOKENS(1, VN_ENGINE_LOAD));
	for (i = 0; i < PAIRS; i++)
		add_pair(state, p, group, images);
	/* The first of a pass fills the region, so that nothing undefined is stored. */
	d = p->desc[1];
	memset(d + 3, 0, 4 * (VN_DESC_WORDS - 3));
	VN_SET(d, ALL_IMAGE, 0);
	VN_SET(d, LOAD_WORDS, REGION);
	VN_SET(d, LOAD_CHUNKS, 1);
	VN_SET(d, LOAD_SPACE, VN_SPACE_INPUT);
	p->entries[0].count = p->n_desc;
	p->entries[0].input = p->entries[0].output = p->entries[0].scratch = RECORD;
	return p;
}

static void run_moves(uint32_t *state, struct simulated *s)
{
	const uint32_t images = (uint32_t)rnd_in(state, 1, 5);
	struct vn_program *p = moves_program(state, s->ops->config, images);
	struct batch a, b;
	struct vn_refcu *cu;
	uint32_t i;

	assert_int_equal(vn_refcu_new(s->ops->config, &cu, NULL), 0);
	assert_true(batch_new(p, images, 0, &a));
	assert_true(batch_new(p, images, 0, &b));
	for (i = 0; i < images * RECORD * VN_BEAT_BYTES; i++)
		a.input[i] = b.input[i] = (uint8_t)rnd(state);
	run_both(cu, s, &a, &b, &p->entries[0], "moves");
	assert_int_equal(a.status[VN_ST_ERROR], 0);
	batch_free(&a);
	batch_free(&b);
	vn_refcu_free(cu);
	vn_program_free(p);
}

/* ---- damaged programs ---- */

/* A bit, a field's byte, or a whole word of some descriptor. */
static void damage(uint32_t *state, struct batch *a, const struct vn_entry *e)
{
	const uint32_t at = (e->first + rnd(state) % e->count) * VN_DESC_WORDS;
	const uint32_t word = at + rnd(state) % VN_DESC_WORDS;
	uint32_t *d = (uint32_t *)(void *)a->desc;

	switch (rnd(state) % 3) {
	case 0:
		d[word] ^= 1u << (rnd(state) % 32);
		break;
	case 1:
		d[word] = rnd(state) % 2 ? 0 : 0xffffffffu;
		break;
	default:
		d[at + rnd(state) % 3] ^= 1u << (rnd(state) % 32);
	}
}

/* Does the damaged list still stay inside its memories?  Then the reference may run it. */
static int is_safe(const struct batch *a, const struct batch *good)
{
	const struct vn_program *p = a->prog;
	uint32_t i;

	for (i = 0; i < p->n_desc; i++) {
		const uint32_t *d =
		        (const uint32_t *)(const void *)a->desc + (size_t)i * VN_DESC_WORDS;
		const uint32_t *was =
		        (const uint32_t *)(const void *)good->desc + (size_t)i * VN_DESC_WORDS;
		const uint32_t op = VN_GET(d, ALL_OP);

		if (op != VN_GET(was, ALL_OP) && op != 0 && op <= VN_OP_STORE)
			return 0;
		if ((op == VN_OP_LOAD || op == VN_OP_STORE) &&
		    (memcmp(d + 3, was + 3, 7 * sizeof(*d)) ||
		     VN_GET(d, ALL_IMAGE) != VN_GET(was, ALL_IMAGE)))
			return 0;
		if (op == VN_OP_BEGIN && VN_GET(d, BEGIN_GROUP) != VN_GET(was, BEGIN_GROUP))
			return 0;
		if ((op == VN_OP_MM || op == VN_OP_POST || op == VN_OP_DW || op == VN_OP_WSUM) &&
		    (d[3] != was[3] || d[6] != was[6] || d[0] >> 8 != was[0] >> 8 ||
		     VN_GET(d, DW_N) != VN_GET(was, DW_N)))
			return 0;
	}
	return 1;
}

/* A damaged program ends with the reference's verdict, and the next good one runs. */
static void run_damaged(uint32_t *state, struct simulated *s, const struct vn_program *p,
                        const struct vn_qnet *net)
{
	const struct executor ref = {"ref", run_ref, NULL};
	struct vn_refcu *cu;
	int i;

	assert_int_equal(vn_refcu_new(s->ops->config, &cu, NULL), 0);
	for (i = 0; i < MUTATIONS; i++) {
		const struct vn_entry *e = &p->entries[0];
		struct executor on_ref = ref;
		struct executor on_rtl = {"rtl", simulated_run, s};
		struct batch a, b;

		on_ref.ctx = cu;
		assert_true(batch_new(p, 1, 1, &a));
		assert_true(batch_new(p, 1, 1, &b));
		fill(state, net, &a, &b);
		damage(state, &a, e);
		if (is_safe(&a, &b)) {
			memcpy(b.desc, a.desc, (size_t)p->n_desc * VN_BEAT_BYTES);
			s->batch = &b;
			(void)batch_run(&a, &on_ref, e);
			(void)batch_run(&b, &on_rtl, e);
			if (s->trouble[0])
				fail_msg("program %ld, damaged: %s", seen.programs, s->trouble);
			same_status("damaged", a.status, b.status);
			seen.errors[a.status[VN_ST_ERROR] & 15]++;
			seen.faults += a.status[VN_ST_ERROR] != 0;
		}
		batch_free(&a);
		batch_free(&b);
	}
	vn_refcu_free(cu);
}

static void one_size(const int size[2], uint32_t *state)
{
	static const struct vn_axi_timing timings[] = {
	        {120, 40, 85, 0, 1},
	        {1, 1, 100, 0, 2},
	        {120, 40, 85, 100, 3},
	        {30, 10, 60, 20, 4},
	};
	uint32_t i;

	for (i = 0; i < programs(); i++) {
		struct vn_axi_timing timing = timings[rnd(state) % 4];
		struct vn_qnet *net = randnet(state, size[0], size[1]);
		struct simulated s;
		struct vn_program *p;

		timing.seed = rnd(state);
		assert_non_null(net);
		if (!simulated_new(size[0], size[1], &timing, &s)) {
			if (!s.absent)
				fail_msg("%dx%d: %s", size[0], size[1], s.trouble);
			printf("SKIP part: %dx%d: %s\n", size[0], size[1], s.trouble);
			seen.skipped++;
			simulated_free(&s);
			vn_qnet_free(net);
			return;
		}
		assert_int_equal(vn_assemble(net, s.ops->config, rnd_in(state, 1, 4), &p, NULL), 0);
		seen.programs++;
		run_program(state, &s, p, net);
		run_moves(state, &s);
		if (size[0] <= 16)
			run_damaged(state, &s, p, net);
		seen.cycles += s.cycles;
		simulated_free(&s);
		vn_program_free(p);
		vn_qnet_free(net);
	}
}

static void test_random_rtl(void **unused)
{
	uint32_t state = stream(), i;

	(void)unused;
	for (i = 0; i < SIZES; i++)
		one_size(sizes[i], &state);
	for (i = 0; i < 16; i++)
		if (seen.errors[i])
			printf("damaged programs with error %u: %ld\n", i, seen.errors[i]);
	printf("programs=%ld runs=%ld faults=%ld bytes=%llu cycles=%llu mismatches=0\n",
	       seen.programs, seen.runs, seen.faults, seen.bytes, seen.cycles);
	if (seen.skipped == SIZES)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_rtl)};

	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (!failed && seen.skipped == SIZES) {
		puts("no simulated compute unit is built (make sim)");
		return 77;
	}
	return failed;
}
