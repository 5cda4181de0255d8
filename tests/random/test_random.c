/* SPDX-License-Identifier: Apache-2.0
 *
 * test_random - random networks as programs: ref: and hls: against the network-level fixed
 * reference, every byte of every stage and logit, over whole-network, group and stage entries,
 * tapped and untapped; and the same programs with decoupled engines in random order, since tokens
 * may delay but not change a result.
 *
 * SEED chooses the stream, PROGRAMS the number that hls: runs (default 500; others run on
 * ref: alone, in configurations that hls: is not built for).  At the end it prints what the
 * generator reached, and fails if an opcode, a flag or a token pattern was not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hls/vn_hls.h"
#include "model/compile.h"
#include "spec/check.h"
#include "tests/random/decoupled.h"
#include "tests/random/execute.h"
#include "tests/random/randnet.h"

enum { MAX_IMAGES = 5 };

/* A compute unit with buffers so small that bands, strips, rings and split sums are the rule
 * (mk/test.mk). */
extern const struct vn_hls_cu vn_hls_entry_8x16;

static struct {
	long op[8], flag[8], pair_wait[VN_ENGINES][VN_ENGINES], begin_tokens, programs,
	        hls_programs, too_big;
	unsigned long long values;
} seen;

static void note_program(const struct vn_program *p)
{
	uint32_t i, e;

	for (i = 0; i < p->n_desc; i++) {
		const uint32_t *d = p->desc[i], op = VN_GET(d, ALL_OP), engine = vn_engine_of(op);

		seen.op[op & 7]++;
		for (e = 0; e < 8; e++)
			seen.flag[e] += (VN_GET(d, ALL_FLAGS) >> e) & 1u;
		if (op == VN_OP_BEGIN) {
			for (e = 0; e < VN_ENGINES; e++)
				seen.begin_tokens += d[VN_D_BEGIN_TOKENS_LOAD_WORD + e] != 0;
			continue;
		}
		for (e = 0; e < VN_ENGINES; e++)
			seen.pair_wait[e][engine] += VN_WAIT(d, e) != 0;
	}
}

/* Expected results of every image. */
struct expected {
	int8_t *tap[MAX_IMAGES][4];
	int32_t *logits[MAX_IMAGES];
};

static void expect(const struct vn_qnet *net, uint8_t *pixels[], uint32_t images,
                   struct expected *x)
{
	uint32_t i;
	int s;

	for (i = 0; i < images; i++) {
		for (s = 0; s < net->n_stages; s++) {
			const struct vn_qstage *q = &net->stages[s];

			x->tap[i][s] = malloc((size_t)q->cout * q->out_h * q->out_w);
			assert_non_null(x->tap[i][s]);
		}
		x->logits[i] = malloc((size_t)net->classes * sizeof(int32_t));
		assert_int_equal(vn_qnet_run(net, pixels[i], x->tap[i], x->logits[i], NULL), 0);
	}
}

static void expect_free(const struct vn_qnet *net, uint32_t images, struct expected *x)
{
	uint32_t i;
	int s;

	for (i = 0; i < images; i++) {
		for (s = 0; s < net->n_stages; s++)
			free(x->tap[i][s]);
		free(x->logits[i]);
	}
}

static void compare(const struct batch *b, const struct vn_qnet *net, const struct expected *x,
                    int taps, const char *who, const char *what, uint32_t program)
{
	uint32_t i, c, y, xx;
	int s;

	for (i = 0; i < b->images; i++) {
		if (memcmp(batch_logits(b, i), x->logits[i],
		           (size_t)net->classes * sizeof(int32_t)))
			fail_msg("program %u, %s, %s: logits of image %u differ", program, who,
			         what, i);
		seen.values += (unsigned)net->classes;
		for (s = 0; taps && s < net->n_stages; s++) {
			const struct vn_qstage *q = &net->stages[s];
			const int8_t *want = x->tap[i][s];

			for (c = 0; c < (uint32_t)q->cout; c++)
				for (y = 0; y < (uint32_t)q->out_h; y++)
					for (xx = 0; xx < (uint32_t)q->out_w; xx++, want++)
						if (batch_tap(b, i, (uint32_t)s, c, y, xx) != *want)
							fail_msg("program %u, %s, %s: image %u, "
							         "%s, channel %u, (%u, %u) is "
							         "%d, expected %d",
							         program, who, what, i, q->name, c,
							         y, xx,
							         batch_tap(b, i, (uint32_t)s, c, y,
							                   xx),
							         *want);
			seen.values += (unsigned long long)q->cout * (unsigned)q->out_h *
			               (unsigned)q->out_w;
		}
	}
}

static void try_executor(const struct vn_program *p, const struct vn_qnet *net, uint8_t *pixels[],
                         uint32_t images, const struct expected *want, const struct executor *x,
                         uint32_t program)
{
	const struct vn_entry *group = vn_program_entry(p, VN_ENTRY_GROUP, 0);
	struct batch b;
	uint32_t i;
	int taps;

	for (taps = 0; taps < 2; taps++) {
		assert_true(batch_new(p, images, taps, &b));
		for (i = 0; i < images; i++)
			batch_set_image(&b, i, pixels[i]);
		seen.flag[VN_FLAG_TAP_ON] += taps;
		assert_int_equal(batch_run(&b, x, &p->entries[0]), 0);
		compare(&b, net, want, taps, x->name, "whole", program);
		assert_int_equal(b.status[VN_ST_IMAGES], images);
		if (group) {
			assert_int_equal(batch_run(&b, x, group), 0);
			compare(&b, net, want, taps, x->name, "group", program);
		}
		assert_int_equal(batch_run_stages(&b, x), 0);
		compare(&b, net, want, taps, x->name, "stages", program);
		batch_free(&b);
	}
}

static void run_ref(void *ctx, const struct vn_cu_args *args)
{
	vn_refcu_run(ctx, args);
}

static void run_hls(void *ctx, const struct vn_cu_args *args)
{
	const struct vn_hls_cu *cu = ctx;

	assert_int_equal(cu->run(args->program, args->first, args->count, args->images,
	                         args->weights, args->input, args->output, args->scratch,
	                         args->status),
	                 0);
}

/* The orders that decoupled engines may take: at random, and with each engine far ahead of the
 * others. */
struct order {
	struct vn_refcu *cu;
	uint32_t seed, greedy;
};

static void run_decoupled(void *ctx, const struct vn_cu_args *args)
{
	const struct order *o = ctx;
	uint32_t *status = args->status;

	if (!decoupled_run(o->cu, args, o->seed, o->greedy))
		fail_msg("deadlock with order %u, greedy engine %u", o->seed, o->greedy);
	status[VN_ST_ERROR] = VN_CU_NONE;
	status[VN_ST_IMAGES] = args->images;
}

/* Random weights may not fit a shrunken configuration; that is an answer too, but must be VN_EFIT.
 */
static int assemble(const struct vn_qnet *net, const uint32_t *config, int group,
                    struct vn_program **p)
{
	vn_error err;
	const int ret = vn_assemble(net, config, group, p, &err);

	if (ret == VN_EFIT) {
		seen.too_big++;
		return 0;
	}
	if (ret)
		fail_msg("%s", err.message);
	note_program(*p);
	seen.programs++;
	return 1;
}

static void one_program(uint32_t program, uint32_t *state)
{
	static const int sizes[][2] = {{8, 8}, {16, 16}, {32, 32}, {32, 64}, {8, 16}};
	const int *size = sizes[rnd(state) % 5];
	const uint32_t images = (uint32_t)rnd_in(state, 1, 3);
	const int group = rnd_in(state, 1, 4), small = (int)(rnd(state) % 3);
	const struct vn_hls_cu *hls = size[0] < size[1] && size[0] == 8
	                                      ? &vn_hls_entry_8x16
	                                      : vn_hls_find(size[0], size[1]);
	struct executor ref = {"ref", run_ref, NULL},
	                hls_x = {"hls", run_hls, (void *)(uintptr_t)hls};
	struct vn_qnet *net = randnet(state, size[0], size[1]);
	uint8_t *pixels[MAX_IMAGES];
	struct expected want;
	uint32_t config[VN_CONFIG_WORDS], i;
	struct vn_program *p;
	struct vn_refcu *cu;

	assert_non_null(net);
	assert_int_equal(vn_config_for(size[0], size[1], config, NULL), 0);
	if (hls == &vn_hls_entry_8x16 && small)
		memcpy(config, hls->config, sizeof(config));
	else if (small)
		rand_config(state, config);
	for (i = 0; i < images; i++) {
		const size_t n = (size_t)net->in_c * net->in_h * net->in_w;
		size_t k;

		pixels[i] = malloc(n);
		for (k = 0; k < n; k++)
			pixels[i][k] = (uint8_t)rnd(state);
	}
	expect(net, pixels, images, &want);
	if (assemble(net, config, group, &p)) {
		assert_int_equal(vn_refcu_new(config, &cu, NULL), 0);
		ref.ctx = cu;
		try_executor(p, net, pixels, images, &want, &ref, program);
		for (i = 0; i <= VN_ENGINES; i++) {
			struct order order = {cu, rnd(state), i};

			try_executor(p, net, pixels, images, &want,
			             &(struct executor){"decoupled", run_decoupled, &order},
			             program);
		}
		vn_refcu_free(cu);
		if (hls && !memcmp(hls->config, config, sizeof(config)) && ++seen.hls_programs)
			try_executor(p, net, pixels, images, &want, &hls_x, program);
		vn_program_free(p);
	}
	expect_free(net, images, &want);
	for (i = 0; i < images; i++)
		free(pixels[i]);
	vn_qnet_free(net);
}

/* Pairs that touch no common buffer, directly or through a barrier at the end of a pass, need no
 * token. */
static int pair_possible(int from, int to)
{
	return !(from == VN_ENGINE_LOAD && (to == VN_ENGINE_POST || to == VN_ENGINE_STORE)) &&
	       !(from == VN_ENGINE_ARRAY && to == VN_ENGINE_STORE);
}

static void report(void)
{
	int i, j;

#define VN_OP(name, code, engine, doc)                                                             \
	printf("opcode %-6s %ld\n", #name, seen.op[code]);                                         \
	assert_true(seen.op[code] > 0);
#define VN_FLAG(name, bit, doc)                                                                    \
	printf("flag   %-6s %ld\n", #name, seen.flag[bit]);                                        \
	assert_true(seen.flag[bit] > 0);
#include "spec/engines.def"
	for (i = 0; i < VN_ENGINES; i++)
		for (j = 0; j < VN_ENGINES; j++)
			if (i != j) {
				printf("tokens %d -> %d: %ld%s\n", i, j, seen.pair_wait[i][j],
				       pair_possible(i, j) ? "" : " (not needed by any schedule)");
				if (pair_possible(i, j))
					assert_true(seen.pair_wait[i][j] > 0);
			}
	printf("tokens of BEGIN: %ld\n", seen.begin_tokens);
	assert_true(seen.begin_tokens > 0);
}

static void test_random_programs(void **unused)
{
	const char *s = getenv("SEED"), *n = getenv("PROGRAMS"), *longer = getenv("LONG");
	uint32_t state = (s ? (uint32_t)strtoul(s, NULL, 0) : 1) * 2654435761u + 1;
	const uint32_t count = n                          ? (uint32_t)strtoul(n, NULL, 0)
	                       : longer && *longer == '1' ? 10000
	                                                  : 500;
	uint32_t i;

	(void)unused;
	printf("seed=%s\n", s ? s : "1");
	for (i = 0; seen.hls_programs < (long)count; i++)
		one_program(i, &state);
	report();
	printf("programs=%ld on_hls=%ld too_big=%ld values=%llu mismatches=0\n", seen.programs,
	       seen.hls_programs, seen.too_big, seen.values);
}

/* Does the decoupled run of @p without its waits still give the right logits? */
static int right_without_waits(const struct vn_program *p, const struct vn_qnet *net,
                               struct vn_refcu *cu, const uint8_t *pixels, uint32_t seed)
{
	int32_t *want = malloc((size_t)net->classes * sizeof(*want));
	struct order order = {cu, seed, seed % VN_ENGINES};
	struct batch b;
	uint32_t i;
	int same;

	assert_non_null(want);
	assert_int_equal(vn_qnet_run(net, pixels, NULL, want, NULL), 0);
	assert_true(batch_new(p, 1, 0, &b));
	batch_set_image(&b, 0, pixels);
	for (i = p->entries[0].first; i < p->entries[0].first + p->entries[0].count; i++)
		((uint32_t *)(void *)b.desc)[(size_t)i * VN_DESC_WORDS + VN_D_ALL_WAIT_LOAD_WORD] =
		        0;
	assert_int_equal(batch_run(&b, &(struct executor){"decoupled", run_decoupled, &order},
	                           &p->entries[0]),
	                 0);
	same = !memcmp(batch_logits(&b, 0), want, (size_t)net->classes * sizeof(*want));
	batch_free(&b);
	free(want);
	return same;
}

/* The decoupled executor must be able to fail: programs robbed of their waits go wrong. */
static void test_waits_matter(void **unused)
{
	uint32_t state = 7, config[VN_CONFIG_WORDS], i;
	long wrong = 0;

	(void)unused;
	assert_int_equal(vn_config_for(8, 8, config, NULL), 0);
	for (i = 0; i < 50; i++) {
		struct vn_qnet *net = randnet(&state, 8, 8);
		uint8_t *pixels;
		struct vn_program *p;
		struct vn_refcu *cu;
		size_t n;

		assert_non_null(net);
		n = (size_t)net->in_c * net->in_h * net->in_w;
		pixels = malloc(n);
		assert_non_null(pixels);
		while (n--)
			pixels[n] = (uint8_t)rnd(&state);
		assert_int_equal(vn_assemble(net, config, 1, &p, NULL), 0);
		assert_int_equal(vn_refcu_new(config, &cu, NULL), 0);
		wrong += !right_without_waits(p, net, cu, pixels, i);
		vn_refcu_free(cu);
		vn_program_free(p);
		vn_qnet_free(net);
		free(pixels);
	}
	printf("without waits %ld of 50 programs go wrong\n", wrong);
	assert_true(wrong > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_random_programs),
	        cmocka_unit_test(test_waits_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
