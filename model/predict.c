/* SPDX-License-Identifier: Apache-2.0
 *
 * predict.c - the walk over an entry: tokens, passes, and where the cycles went.
 */
#include "model/predict.h"

#include <string.h>

#include "base/error.h"
#include "spec/check.h"

/* ---- a whole entry ---- */

struct tokens {
	uint64_t at[VN_TOKEN_MAX + 1]; /* when each was given, by number */
	uint64_t given, taken;
};

struct walk {
	const struct vn_predict_options *opt;
	struct vn_machine machine;
	struct tokens tokens[VN_ENGINES][VN_ENGINES]; /* from, to */
	struct vn_predict *out;
	uint32_t group;
	uint32_t last_stage; /* of the newest MM */
	uint64_t last_free;  /* when it had issued */
};

static int give(struct tokens *t, uint64_t at)
{
	if (t->given - t->taken > VN_TOKEN_MAX)
		return 0;
	t->at[t->given++ % (VN_TOKEN_MAX + 1)] = at;
	return 1;
}

/* Take @n; when the last of them was given. */
static int take(struct tokens *t, uint32_t n, uint64_t *at)
{
	if (t->given - t->taken < n)
		return 0;
	t->taken += n;
	if (n)
		*at = t->at[(t->taken - 1) % (VN_TOKEN_MAX + 1)];
	return 1;
}

/* What a wait of engine @e for engine @from means: for data, or for room. */
static enum vn_spent wait_kind(uint32_t e, uint32_t from)
{
	return from > e || e == VN_ENGINE_LOAD ? VN_SPENT_BLOCKED : VN_SPENT_INPUT;
}

/* Does descriptor @d do anything in this pass? */
static int skips(const struct walk *w, const uint32_t *d, uint32_t pass)
{
	const uint32_t op = VN_GET(d, ALL_OP);

	if (VN_FLAG_GET(d, TAP) && !VN_FLAG_GET(d, TAP_ON) && !w->opt->taps)
		return 1;
	return (op == VN_OP_LOAD || op == VN_OP_STORE) &&
	       pass * w->group + VN_GET(d, ALL_IMAGE) >= w->opt->images;
}

static void account(struct walk *w, uint32_t e, enum vn_spent wait, uint64_t before,
                    const struct vn_moment *t)
{
	uint64_t *spent = w->out->spent[e];

	/* From the last issue of the one before to its own: tokens, then parameters, then work. */
	spent[wait] += t->start > before ? t->start - before : 0;
	spent[e == VN_ENGINE_LOAD || e == VN_ENGINE_STORE ? VN_SPENT_INPUT : VN_SPENT_WEIGHTS] +=
	        t->begin - (t->start > before ? t->start : before);
	spent[VN_SPENT_WEIGHTS] += t->weights;
	spent[VN_SPENT_BUSY] += t->free - t->begin - t->weights;
	if (t->done > w->out->cycles)
		w->out->cycles = t->done;
}

static void account_stage(struct walk *w, const uint32_t *d, const struct vn_moment *t)
{
	const uint32_t s = VN_GET(d, ALL_STAGE), op = VN_GET(d, ALL_OP), e = vn_engine_of(op);
	struct vn_predict_stage *stage;

	if (s >= VN_PREDICT_STAGES)
		return;
	stage = &w->out->stages[s];
	*(op == VN_OP_LOAD || op == VN_OP_STORE ? &stage->maps : &stage->weights) +=
	        vn_machine_bytes(&w->machine, d);
	stage->busy[e] += t->free - t->begin - t->weights;
	if (op != VN_OP_MM)
		return;
	stage->cycles += t->free - w->last_free;
	w->last_free = t->free;
	w->last_stage = s;
	if (!stage->array)
		stage->first = t->begin;
	stage->last = t->free;
	stage->held += t->free - t->begin;
	stage->array += (uint64_t)VN_GET(d, MM_KTILES) * VN_GET(d, MM_N0) * VN_GET(d, MM_N1) *
	                VN_GET(d, MM_N2);
	if (s >= w->out->n_stages)
		w->out->n_stages = s + 1;
}

static int walk_one(struct walk *w, const uint32_t *d, uint32_t pass, uint32_t i, vn_error *err)
{
	const uint32_t e = vn_engine_of(VN_GET(d, ALL_OP));
	enum vn_spent kind = VN_SPENT_INPUT;
	uint64_t ready = 0, before;
	struct vn_moment t;
	int skip;
	uint32_t f;

	if (e >= VN_ENGINES)
		return vn_fail(err, VN_EPROGRAM, NULL, "descriptor %u: opcode %u", i,
		               VN_GET(d, ALL_OP));
	for (f = 0; f < VN_ENGINES; f++) {
		const uint32_t n = VN_WAIT(d, f);
		uint64_t at = 0;

		if (!take(&w->tokens[f][e], n, &at))
			return vn_fail(err, VN_EPROGRAM, NULL,
			               "descriptor %u waits for tokens that nothing gives", i);
		if (n && at + VN_T_TOKEN > ready) {
			ready = at + VN_T_TOKEN;
			kind = wait_kind(e, f);
		}
	}
	before = w->machine.engine[e].issued;
	skip = skips(w, d, pass);
	t = vn_machine_issue(&w->machine, d, skip, ready);
	account(w, e, t.dispatched >= ready ? VN_SPENT_INPUT : kind, before, &t);
	if (!skip)
		account_stage(w, d, &t);
	for (f = 0; f < VN_ENGINES; f++)
		if (((VN_GET(d, ALL_SIGNAL) >> f) & 1u) && !give(&w->tokens[e][f], t.done))
			return vn_fail(err, VN_EPROGRAM, NULL,
			               "descriptor %u gives a token too many", i);
	if (w->opt->event)
		w->opt->event(w->opt->ctx, pass, i, &t);
	return 0;
}

static void count_macs(const struct vn_program *p, uint32_t images, struct vn_predict *out)
{
	uint32_t s;

	for (s = 0; s <= p->n_stages && s < VN_PREDICT_STAGES; s++)
		out->stages[s].macs = vn_stage_array_macs(p, s) * images;
	for (s = 0; s < VN_PREDICT_STAGES; s++) {
		/* An entry of one stage does not compute the others. */
		if (!out->stages[s].array)
			out->stages[s].macs = 0;
		out->macs += out->stages[s].macs;
	}
}

int vn_predict(const uint32_t config[VN_CONFIG_WORDS], const uint32_t (*desc)[VN_DESC_WORDS],
               uint32_t count, const struct vn_predict_options *opt, struct vn_predict *out,
               vn_error *err)
{
	struct walk w = {.opt = opt, .out = out};
	uint32_t passes, pass, i, e, f, n;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	if (!opt->images || !count)
		return vn_fail(err, VN_EARG, NULL, "nothing to predict");
	w.group = VN_GET(desc[0], BEGIN_GROUP);
	if (VN_GET(desc[0], ALL_OP) != VN_OP_BEGIN || !w.group)
		return vn_fail(err, VN_EPROGRAM, NULL, "the entry does not begin with BEGIN");
	vn_machine_init(&w.machine, config);
	for (e = 0; e < VN_ENGINES; e++)
		for (f = 0; f < VN_ENGINES; f++)
			for (n = VN_INITIAL(desc[0], e, f); n; n--)
				(void)give(&w.tokens[e][f], 0);
	passes = (opt->images + w.group - 1) / w.group;
	for (pass = 0; pass < passes && !ret; pass++)
		for (i = 1; i < count && !ret; i++)
			ret = walk_one(&w, desc[i], pass, i, err);
	out->cycles += VN_T_END;
	w.out->stages[w.last_stage].cycles += out->cycles - w.last_free;
	/* What is left of the time an engine has nothing to do. */
	for (e = 0; e < VN_ENGINES; e++)
		out->spent[e][VN_SPENT_INPUT] += out->cycles - w.machine.engine[e].issued;
	if (!ret && opt->prog)
		count_macs(opt->prog, opt->images, out);
	return ret;
}

uint64_t vn_predict_demand(const struct vn_predict_stage *stage, enum vn_bound bound)
{
	const uint64_t in = stage->busy[VN_ENGINE_LOAD], out = stage->busy[VN_ENGINE_STORE];

	switch (bound) {
	case VN_BOUND_ARRAY:
		return stage->busy[VN_ENGINE_ARRAY];
	case VN_BOUND_WEIGHTS:
		return stage->weights * 100 / (VN_BEAT_BYTES * VN_T_PORT);
	case VN_BOUND_POST:
		return stage->busy[VN_ENGINE_POST];
	case VN_BOUND_DW:
		return stage->busy[VN_ENGINE_DW];
	default:
		return in > out ? in : out;
	}
}

enum vn_bound vn_predict_bound(const struct vn_predict_stage *stage)
{
	int best = 0;

	for (int b = 1; b < VN_BOUNDS; b++)
		if (vn_predict_demand(stage, (enum vn_bound)b) >
		    vn_predict_demand(stage, (enum vn_bound)best))
			best = b;
	return (enum vn_bound)best;
}

double vn_predict_use(const struct vn_predict *p, const uint32_t config[VN_CONFIG_WORDS])
{
	return (double)p->macs / ((double)p->cycles * config[VN_CFG_ROWS] * config[VN_CFG_COLS]);
}
