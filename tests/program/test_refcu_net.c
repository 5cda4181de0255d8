/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refcu_net.c - the reference compute unit against the fixed reference: the tiny net, many
 * tile sizes, every entry kind, taps on and off.  The two share no arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program_parts.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

enum {
	IMAGES = 3,
	STAGES = 3,
};

/* What one net should give, and a place to run its program. */
struct bench {
	struct vn_qnet *net;
	struct vn_program *prog;
	struct vn_refcu *cu;
	uint8_t pixels[IMAGES][TINY_PIXELS];
	int32_t logits[IMAGES][TINY_CLASSES];
	int8_t *taps[IMAGES][STAGES];
	uint8_t *input, *output, *scratch;
	uint32_t status[VN_STATUS_WORDS];
};

static size_t tap_bytes(const struct bench *b, int stage)
{
	const struct vn_qstage *s = &b->net->stages[stage];

	return (size_t)s->cout * (size_t)s->out_h * (size_t)s->out_w;
}

static size_t record_bytes(uint32_t beats)
{
	return (size_t)beats * VN_BEAT_BYTES;
}

static void set_up(struct bench *b, unsigned seed, int padded, int rows, int cols)
{
	uint32_t state = seed + 77;
	const struct vn_entry *e;
	vn_error err;

	memset(b, 0, sizeof(*b));
	b->net = tiny_net(seed, padded);
	b->prog = tiny_program(b->net, rows, cols);
	if (vn_program_check(b->prog, &err))
		fail_msg("%s", err.message);
	assert_int_equal(vn_refcu_new(b->prog->config, &b->cu, &err), 0);
	e = &b->prog->entries[0];
	b->input = tiny_alloc(IMAGES * record_bytes(e->input));
	b->output = tiny_alloc(IMAGES * record_bytes(e->output));
	b->scratch = tiny_alloc(IMAGES * record_bytes(e->scratch));
	for (int i = 0; i < IMAGES; i++) {
		for (int p = 0; p < TINY_PIXELS; p++)
			b->pixels[i][p] = (uint8_t)tiny_random(&state, 0, 255);
		for (int s = 0; s < STAGES; s++)
			b->taps[i][s] = tiny_alloc(tap_bytes(b, s));
		assert_int_equal(vn_qnet_run(b->net, b->pixels[i], b->taps[i], b->logits[i], &err),
		                 0);
		tiny_input(b->prog, b->pixels[i], b->input + (size_t)i * record_bytes(e->input));
	}
}

static void tear_down(struct bench *b)
{
	for (int i = 0; i < IMAGES; i++)
		for (int s = 0; s < STAGES; s++)
			free(b->taps[i][s]);
	free(b->input);
	free(b->output);
	free(b->scratch);
	vn_refcu_free(b->cu);
	vn_program_free(b->prog);
	vn_qnet_free(b->net);
}

static void clear(struct bench *b)
{
	memset(b->output, 0xa5, IMAGES * record_bytes(b->prog->entries[0].output));
	memset(b->scratch, 0xa5, IMAGES * record_bytes(b->prog->entries[0].scratch));
}

static void run_entry(struct bench *b, const struct vn_entry *e, uint32_t images)
{
	const struct vn_segment *seg = &b->prog->segments[e->segment];
	const struct vn_cu_args args = {
	        .program = b->prog->desc,
	        .first = e->first,
	        .count = e->count,
	        .images = images,
	        .weights = b->prog->weights + record_bytes((uint32_t)seg->offset),
	        .input = b->input,
	        .output = b->output,
	        .scratch = b->scratch,
	        .status = b->status,
	};
	const uint32_t passes = (images + e->group - 1) / e->group;

	vn_refcu_run(b->cu, &args);
	assert_int_equal(b->status[VN_ST_ERROR], VN_CU_NONE);
	assert_int_equal(b->status[VN_ST_IMAGES], images);
	assert_int_equal(b->status[VN_ST_EXECUTED], passes * (e->count - 1));
}

static void check_logits(const struct bench *b, int images)
{
	for (int i = 0; i < images; i++)
		assert_memory_equal(b->output +
		                            (size_t)i * record_bytes(b->prog->entries[0].output),
		                    b->logits[i], sizeof(b->logits[i]));
}

static void check_taps(const struct bench *b, int images)
{
	for (int i = 0; i < images; i++) {
		for (int s = 0; s < STAGES; s++) {
			int8_t *got = tiny_alloc(tap_bytes(b, s));

			tiny_tap(b->prog,
			         b->scratch + (size_t)i * record_bytes(b->prog->entries[0].scratch),
			         s, got);
			assert_memory_equal(got, b->taps[i][s], tap_bytes(b, s));
			free(got);
		}
	}
}

static void set_taps(struct bench *b)
{
	for (uint32_t i = 0; i < b->prog->n_desc; i++)
		if (VN_FLAG_GET(b->prog->desc[i], TAP))
			b->prog->desc[i][0] |= VN_BIT(TAP_ON) << VN_D_ALL_FLAGS_LSB;
}

/* All the ways through one program must end in the same numbers. */
static void check_program(unsigned seed, int padded, int rows, int cols)
{
	struct bench b;
	size_t scratch;
	uint8_t *before;

	set_up(&b, seed, padded, rows, cols);
	scratch = IMAGES * record_bytes(b.prog->entries[0].scratch);
	before = tiny_alloc(scratch);

	clear(&b);
	memcpy(before, b.scratch, scratch);
	run_entry(&b, vn_program_entry(b.prog, VN_ENTRY_SINGLE, 0), IMAGES);
	check_logits(&b, IMAGES);
	assert_memory_equal(b.scratch, before, scratch);

	clear(&b);
	run_entry(&b, vn_program_entry(b.prog, VN_ENTRY_GROUP, 0), IMAGES);
	check_logits(&b, IMAGES);

	set_taps(&b);
	clear(&b);
	run_entry(&b, vn_program_entry(b.prog, VN_ENTRY_GROUP, 0), IMAGES);
	check_logits(&b, IMAGES);
	check_taps(&b, IMAGES);

	clear(&b);
	for (uint32_t s = 0; s <= STAGES; s++)
		run_entry(&b, vn_program_entry(b.prog, VN_ENTRY_STAGE, s), IMAGES);
	check_logits(&b, IMAGES);
	check_taps(&b, IMAGES);

	free(before);
	tear_down(&b);
}

static void test_refcu_equals_fixed(void **state)
{
	static const int tiles[][2] = {{8, 8},   {8, 16},  {8, 64},  {8, 128}, {16, 16},
	                               {16, 32}, {32, 32}, {32, 64}, {64, 64}, {64, 128}};

	(void)state;
	for (size_t i = 0; i < sizeof(tiles) / sizeof(tiles[0]); i++)
		for (unsigned seed = 1; seed <= 4; seed++)
			check_program(seed, (int)(seed % 2), tiles[i][0], tiles[i][1]);
}

/* A batch of one in a program that computes two a pass: the second image is nowhere. */
static void test_refcu_short_batch(void **state)
{
	struct bench b;
	const struct vn_entry *e;
	size_t record;
	uint8_t *before;

	(void)state;
	set_up(&b, 9, 1, 8, 16);
	e = vn_program_entry(b.prog, VN_ENTRY_GROUP, 0);
	record = record_bytes(e->output);
	before = tiny_alloc(IMAGES * record);
	clear(&b);
	memcpy(before, b.output, IMAGES * record);
	run_entry(&b, e, 1);
	check_logits(&b, 1);
	assert_memory_equal(b.output + record, before + record, 2 * record);
	free(before);
	tear_down(&b);
}

/* A test of equality is worth something only if the numbers differ from image to image and from 0.
 */
static void test_refcu_net_is_alive(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b, 3, 1, 8, 8);
	assert_memory_not_equal(b.logits[0], b.logits[1], sizeof(b.logits[0]));
	for (int s = 0; s < STAGES; s++) {
		int seen[256] = {0}, kinds = 0;

		for (int i = 0; i < IMAGES; i++)
			for (size_t p = 0; p < tap_bytes(&b, s); p++)
				kinds += !seen[(uint8_t)b.taps[i][s][p]]++;
		assert_true(kinds > 32);
	}
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_refcu_equals_fixed),
	        cmocka_unit_test(test_refcu_short_batch),
	        cmocka_unit_test(test_refcu_net_is_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
