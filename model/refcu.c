/* SPDX-License-Identifier: Apache-2.0
 *
 * refcu.c - the reference compute unit's sequencer: arguments, passes, checks, tokens and the
 * status block.
 *
 * Reading order: vn_refcu_run, run_pass, step; what an opcode computes is in refcu_ops.c and
 * refcu_mm.c.
 */
#include "model/refcu.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/program_parts.h"
#include "model/refcu_ops.h"
#include "spec/check.h"

_Static_assert(VN_ST_COUNTERS + 40 <= VN_STATUS_WORDS, "the status block holds all words");

/* One start under way. */
struct start {
	struct vn_refcu *cu;
	const struct vn_cu_args *args;
	uint32_t group;
	uint64_t base;                            /* first image of the pass */
	uint32_t initial[VN_ENGINES][VN_ENGINES]; /* tokens: giver, receiver */
	uint32_t tokens[VN_ENGINES][VN_ENGINES];
	uint32_t images, executed;
	vn_verdict verdict;
	uint32_t desc; /* that the verdict is about */
};

/* ---- life ---- */

static void *zeroed(size_t count, size_t size)
{
	const size_t bytes = vn_pad(count * size);
	void *p = aligned_alloc(VN_BEAT_BYTES, bytes);

	if (p)
		memset(p, 0, bytes);
	return p;
}

int vn_refcu_new(const uint32_t config[VN_CONFIG_WORDS], struct vn_refcu **out, vn_error *err)
{
	struct vn_refcu *cu;
	vn_error why;

	*out = NULL;
	if (vn_config_check(config, "configuration", &why))
		return vn_fail(err, VN_EARG, why.hint, "%s", why.message);
	cu = calloc(1, sizeof(*cu));
	if (!cu)
		return vn_fail_nomem(err, sizeof(*cu), "a compute unit");
	memcpy(cu->config, config, sizeof(cu->config));
	cu->hash = vn_config_hash(config);
	cu->rows = config[VN_CFG_ROWS];
	cu->cols = config[VN_CFG_COLS];
	cu->act = zeroed(config[VN_CFG_ACT_WORDS], cu->rows);
	cu->mid = zeroed(config[VN_CFG_MID_SLOTS], 4 * (size_t)cu->cols);
	cu->psum = zeroed(config[VN_CFG_PSUM_ENTRIES], 4 * (size_t)cu->cols);
	cu->mm = vn_refcu_mm_new(config[VN_CFG_PSUM_ENTRIES] / 2);
	if (!cu->act || !cu->mid || !cu->psum || !cu->mm) {
		vn_refcu_free(cu);
		return vn_fail(err, VN_ENOMEM, "free memory, or use fewer compute units",
		               "no memory for the buffers of a compute unit");
	}
	*out = cu;
	return 0;
}

void vn_refcu_free(struct vn_refcu *cu)
{
	if (!cu)
		return;
	free(cu->act);
	free(cu->mid);
	free(cu->psum);
	vn_refcu_mm_free(cu->mm);
	free(cu);
}

/* ---- verdicts ---- */

static int fail(struct start *s, uint32_t desc, vn_verdict verdict)
{
	s->verdict = verdict;
	s->desc = desc;
	return -1;
}

static int is_aligned(const void *p)
{
	return (uintptr_t)p % VN_BEAT_BYTES == 0;
}

static int check_args(struct start *s)
{
	const struct vn_cu_args *a = s->args;
	const struct {
		uint32_t offset;
		int good;
	} args[] = {
	        {VN_REG_PROGRAM, is_aligned(a->program)}, {VN_REG_COUNT, a->count != 0},
	        {VN_REG_IMAGES, a->images != 0},          {VN_REG_WEIGHTS, is_aligned(a->weights)},
	        {VN_REG_INPUT, is_aligned(a->input)},     {VN_REG_OUTPUT, is_aligned(a->output)},
	        {VN_REG_SCRATCH, is_aligned(a->scratch)},
	};

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		if (!args[i].good)
			return fail(s, 0, vn_verdict_of(VN_CU_ARGUMENT, args[i].offset));
	return 0;
}

static void write_status(const struct start *s)
{
	uint32_t status[VN_STATUS_WORDS] = {0};

	status[VN_ST_MAGIC] = VN_STATUS_MAGIC;
	status[VN_ST_VERSION] = VN_CONTRACT;
	status[VN_ST_HASH] = s->cu->hash;
	status[VN_ST_ERROR] = s->verdict.code;
	status[VN_ST_DESC] = s->desc;
	status[VN_ST_FIELD] = s->verdict.field;
	status[VN_ST_IMAGES] = s->images;
	status[VN_ST_EXECUTED] = s->executed;
	memcpy(status + VN_ST_CONFIG, s->cu->config, sizeof(s->cu->config));
	memcpy(s->args->status, status, sizeof(status));
}

/* ---- tokens ---- */

static int take_tokens(struct start *s, const uint32_t *d, uint32_t engine)
{
	for (uint32_t from = 0; from < VN_ENGINES; from++) {
		const uint32_t wait = VN_WAIT(d, from);

		if (s->tokens[from][engine] < wait)
			return -1;
		s->tokens[from][engine] -= wait;
	}
	return 0;
}

static int give_tokens(struct start *s, const uint32_t *d, uint32_t engine)
{
	for (uint32_t to = 0; to < VN_ENGINES; to++) {
		if (((VN_GET(d, ALL_SIGNAL) >> to) & 1) == 0)
			continue;
		if (s->tokens[engine][to] == VN_TOKEN_MAX)
			return -1;
		s->tokens[engine][to]++;
	}
	return 0;
}

/* ---- execution ---- */

static void move(struct start *s, const uint32_t *d)
{
	const struct vn_cu_args *a = s->args;
	const uint64_t image = s->base + VN_GET(d, ALL_IMAGE);
	const size_t at = vn_beats(image * VN_GET(d, LOAD_RECORD));
	const int scratch = VN_GET(d, LOAD_SPACE) == VN_SPACE_SCRATCH;

	if (image >= a->images)
		return;
	if (VN_GET(d, ALL_OP) == VN_OP_LOAD)
		vn_refcu_load(s->cu, d, (const uint8_t *)(scratch ? a->scratch : a->input) + at);
	else
		vn_refcu_store(s->cu, d, (uint8_t *)(scratch ? a->scratch : a->output) + at);
}

static void act(struct start *s, const uint32_t *d)
{
	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_MM:
		vn_refcu_mm(s->cu, d, s->args->weights);
		break;
	case VN_OP_POST:
		vn_refcu_post(s->cu, d, s->args->weights);
		break;
	case VN_OP_DW:
		vn_refcu_dw(s->cu, d, s->args->weights);
		break;
	case VN_OP_WSUM:
		vn_refcu_wsum(s->cu, d, s->args->weights);
		break;
	default:
		move(s, d);
	}
}

static const uint32_t *descriptor(const struct start *s, uint32_t i)
{
	return (const uint32_t *)s->args->program + ((size_t)s->args->first + i) * VN_DESC_WORDS;
}

static int begin(struct start *s)
{
	const uint32_t *d = descriptor(s, 0);
	const vn_verdict v = vn_check_begin(d, s->cu->hash);

	if (v.code != VN_CU_NONE)
		return fail(s, s->args->first, v);
	s->group = VN_GET(d, BEGIN_GROUP);
	for (uint32_t from = 0; from < VN_ENGINES; from++)
		for (uint32_t to = 0; to < VN_ENGINES; to++)
			s->initial[from][to] = VN_INITIAL(d, from, to);
	memcpy(s->tokens, s->initial, sizeof(s->tokens));
	return 0;
}

/* Descriptor @i of the entry: check, take tokens, act, give tokens. */
static int step(struct start *s, uint32_t i)
{
	const uint32_t *d = descriptor(s, i), desc = s->args->first + i;
	const vn_verdict v = vn_check_desc(d, s->group, s->cu->config);
	uint32_t engine;

	if (v.code != VN_CU_NONE)
		return fail(s, desc, v);
	engine = vn_engine_of(VN_GET(d, ALL_OP));
	if (take_tokens(s, d, engine))
		return fail(s, desc, vn_verdict_of(VN_CU_TOKEN, 1));
	if (!VN_FLAG_GET(d, TAP) || VN_FLAG_GET(d, TAP_ON))
		act(s, d);
	if (give_tokens(s, d, engine))
		return fail(s, desc, vn_verdict_of(VN_CU_TOKEN, 2));
	s->executed++;
	return 0;
}

static int run_pass(struct start *s)
{
	for (uint32_t i = 1; i < s->args->count; i++) {
		int rc = step(s, i);

		if (rc)
			return rc;
	}
	if (memcmp(s->tokens, s->initial, sizeof(s->tokens)) != 0)
		return fail(s, s->args->first + s->args->count - 1, vn_verdict_of(VN_CU_TOKEN, 2));
	return 0;
}

void vn_refcu_run(struct vn_refcu *cu, const struct vn_cu_args *args)
{
	struct start s = {.cu = cu, .args = args, .verdict = vn_verdict_of(VN_CU_NONE, 0)};
	int rc = check_args(&s);

	if (!rc)
		rc = begin(&s);
	for (; !rc && s.base < args->images; s.base += s.group) {
		rc = run_pass(&s);
		if (!rc)
			s.images = s.base + s.group < args->images ? (uint32_t)(s.base + s.group)
			                                           : args->images;
	}
	write_status(&s);
}
