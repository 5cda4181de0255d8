/* SPDX-License-Identifier: Apache-2.0
 *
 * predict.c - costs of descriptors, and the walk over a list (spec/timing.def).
 */
#include "model/predict.h"

#include <string.h>

#include "driver/error.h"
#include "model/plan.h"
#include "spec/check.h"

/* ---- cost of one descriptor ---- */

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t beats(uint64_t bytes)
{
	return (bytes + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES;
}

/* Cycles in which a memory port delivers @n beats. */
static uint64_t port_cycles(uint64_t n)
{
	return (n * 100 + VN_T_PORT - 1) / VN_T_PORT;
}

static uint64_t move_cycles(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t words = VN_GET(d, LOAD_WORDS), chunks = VN_GET(d, LOAD_CHUNKS);

	return VN_T_LATENCY + most(chunks * words, port_cycles(chunks * beats(words * m->rows)));
}

/* Window elements of @n outputs from @first along one axis. */
static uint64_t window_sum(uint32_t first, uint32_t n, uint32_t in, uint32_t out)
{
	uint64_t sum = 0;
	uint32_t i;

	if (in == out)
		return n;
	for (i = first; i < first + n; i++)
		sum += vn_window_past(i, in, out) - vn_window_first(i, in, out);
	return sum;
}

static uint64_t post_params(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t vectors =
	        (VN_FLAG_GET(d, BORDER) ? VN_BORDER_CASES : 1) + (VN_FLAG_GET(d, RAW) ? 0 : 1);

	return vectors * beats(4 * (uint64_t)m->cols);
}

static uint64_t post_cycles(const struct vn_machine *m, const uint32_t *d)
{
	const uint32_t lanes = m->rows < VN_T_LANES ? m->rows : VN_T_LANES;
	const uint64_t turns = m->cols / lanes, words = 4 * m->cols / m->rows;
	const uint64_t raw = (uint64_t)VN_GET(d, POST_ROWS) * VN_GET(d, POST_COLS);

	if (VN_FLAG_GET(d, RAW))
		return VN_T_POST_SETUP + post_params(m, d) + raw * most(turns, words) +
		       VN_T_POST_DRAIN;
	return VN_T_POST_SETUP + post_params(m, d) +
	       turns *
	               window_sum(VN_GET(d, POST_OY0), VN_GET(d, POST_ROWS), VN_GET(d, POST_IN_H),
	                          VN_GET(d, POST_OUT_H)) *
	               window_sum(VN_GET(d, POST_OX0), VN_GET(d, POST_COLS), VN_GET(d, POST_IN_W),
	                          VN_GET(d, POST_OUT_W)) +
	       VN_T_POST_DRAIN;
}

static uint64_t dw_params(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t side = 2 * (uint64_t)VN_GET(d, DW_N) + 1;

	return 2 * beats(4 * (uint64_t)m->cols) + side * side * beats(m->cols);
}

static uint64_t dw_cycles(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t n = VN_GET(d, DW_N), turns = m->cols / VN_T_DW_CHANNELS;
	const uint64_t columns = VN_GET(d, DW_COLS) + n + (VN_GET(d, DW_X0) ? n : 0);

	/* A column of nine rows takes two reads. */
	return VN_T_DW_SETUP + dw_params(m, d) +
	       turns * VN_GET(d, DW_ROWS) * columns * (n == 4 ? 2 : 1) + VN_T_DW_DRAIN;
}

static uint64_t wsum_params(const struct vn_machine *m, const uint32_t *d)
{
	return 2 * beats(4 * (uint64_t)m->cols) +
	       (uint64_t)VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W) * beats(m->cols);
}

static uint64_t wsum_cycles(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t turns = m->cols / VN_T_DW_CHANNELS;
	const uint64_t pixels = (uint64_t)VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W);

	return VN_T_DW_SETUP + 2 * beats(4 * (uint64_t)m->cols) + (pixels + 1) * turns +
	       VN_T_DW_DRAIN;
}

static uint64_t mm_pixels(const uint32_t *d)
{
	return (uint64_t)VN_GET(d, MM_N0) * VN_GET(d, MM_N1) * VN_GET(d, MM_N2);
}

/* ---- one compute unit in time ---- */

void vn_machine_init(struct vn_machine *m, const uint32_t config[VN_CONFIG_WORDS])
{
	memset(m, 0, sizeof(*m));
	m->rows = config[VN_CFG_ROWS];
	m->cols = config[VN_CFG_COLS];
	m->fetched = VN_T_START;
	m->level_at = VN_T_START;
}

/* The weights port at work until @now; it rests when the FIFO is full. */
static void refill(struct vn_machine *m, uint64_t now)
{
	if (now <= m->level_at)
		return;
	m->level += (int64_t)(now - m->level_at) * VN_T_PORT;
	m->level_at = now;
	if (m->level > 100 * VN_T_WEIGHT_FIFO)
		m->level = 100 * VN_T_WEIGHT_FIFO;
}

/* Parameter blocks have FIFOs of their own, but take beats from the same port. */
static void read_params(struct vn_machine *m, uint64_t n)
{
	m->level -= 100 * (int64_t)n;
}

/* An MM from @t->start: its turns, or its weights if they take longer. */
static void issue_mm(struct vn_machine *m, const uint32_t *d, struct vn_moment *t)
{
	const uint64_t tiles = VN_GET(d, MM_KTILES);
	const uint64_t turn = most(mm_pixels(d), m->rows + VN_T_MM_TURN);
	const int64_t need = 100 * (int64_t)(tiles * m->rows * m->cols / VN_BEAT_BYTES);
	uint64_t span = tiles * turn;

	refill(m, t->start);
	if (need > m->level) {
		const uint64_t wait = ((uint64_t)(need - m->level) + VN_T_PORT - 1) / VN_T_PORT;

		t->weights = wait > span ? wait - span : 0;
		span += t->weights;
	}
	m->level += (int64_t)span * VN_T_PORT - need;
	m->level_at = t->start + span;
	if (m->level > 100 * VN_T_WEIGHT_FIFO)
		m->level = 100 * VN_T_WEIGHT_FIFO;
	t->free = t->start + span;
	t->done = t->free + m->rows + m->cols / 2 + VN_T_MM_DRAIN;
}

static void execute(struct vn_machine *m, const uint32_t *d, struct vn_moment *t)
{
	uint64_t cycles = 0;

	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_MM:
		issue_mm(m, d, t);
		return;
	case VN_OP_POST:
		read_params(m, post_params(m, d));
		cycles = post_cycles(m, d);
		break;
	case VN_OP_DW:
		read_params(m, dw_params(m, d));
		cycles = dw_cycles(m, d);
		break;
	case VN_OP_WSUM:
		read_params(m, wsum_params(m, d));
		cycles = wsum_cycles(m, d);
		break;
	default:
		cycles = move_cycles(m, d);
	}
	t->free = t->done = t->start + cycles;
}

struct vn_moment vn_machine_issue(struct vn_machine *m, const uint32_t d[VN_DESC_WORDS], int skip,
                                  uint64_t ready)
{
	const uint32_t op = VN_GET(d, ALL_OP), e = vn_engine_of(op);
	uint64_t *taken = &m->engine[e].taken[m->engine[e].count++ % VN_T_QUEUE];
	struct vn_moment t = {0};

	/* The queue has room once the descriptor QUEUE places before has left it. */
	m->fetched = most(m->fetched + (op == VN_OP_POST ? VN_T_FETCH_POST : VN_T_FETCH), *taken);
	t.dispatched = m->fetched;
	t.start = most(most(t.dispatched, ready), m->engine[e].free);
	if (skip)
		t.free = t.done = t.start + 1;
	else
		execute(m, d, &t);
	*taken = t.start;
	m->engine[e].free = t.free;
	return t;
}

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

	spent[wait] += t->start - before;
	spent[VN_SPENT_WEIGHTS] += t->weights;
	spent[VN_SPENT_BUSY] += t->free - t->start - t->weights;
	if (t->done > w->out->cycles)
		w->out->cycles = t->done;
}

static void account_stage(struct walk *w, const uint32_t *d, const struct vn_moment *t)
{
	const uint32_t s = VN_GET(d, ALL_STAGE);
	struct vn_predict_stage *stage;

	if (s >= VN_PREDICT_STAGES)
		return;
	stage = &w->out->stages[s];
	if (!stage->array)
		stage->first = t->start;
	stage->last = t->start;
	stage->array += VN_GET(d, MM_KTILES) * mm_pixels(d);
	if (s >= w->out->n_stages)
		w->out->n_stages = s + 1;
}

static int walk_one(struct walk *w, const uint32_t *d, uint32_t pass, uint32_t i, vn_error *err)
{
	const uint32_t e = vn_engine_of(VN_GET(d, ALL_OP));
	enum vn_spent kind = VN_SPENT_INPUT;
	uint64_t ready = 0, before;
	struct vn_moment t;
	uint32_t f;

	if (e >= VN_ENGINES)
		return vn_fail(err, VN_EPROGRAM, NULL, "descriptor %u: opcode %u", i,
		               VN_GET(d, ALL_OP));
	for (f = 0; f < VN_ENGINES; f++) {
		const uint32_t n = (d[VN_D_ALL_WAIT_LOAD_WORD] >> (6 * f)) & VN_MASK(6);
		uint64_t at = 0;

		if (!take(&w->tokens[f][e], n, &at))
			return vn_fail(err, VN_EPROGRAM, NULL,
			               "descriptor %u waits for tokens that nothing gives", i);
		if (n && at + VN_T_TOKEN > ready) {
			ready = at + VN_T_TOKEN;
			kind = wait_kind(e, f);
		}
	}
	before = w->machine.engine[e].free;
	t = vn_machine_issue(&w->machine, d, skips(w, d, pass), ready);
	account(w, e, t.dispatched >= ready ? VN_SPENT_INPUT : kind, before, &t);
	if (VN_GET(d, ALL_OP) == VN_OP_MM)
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

	for (s = 0; s < p->n_stages && s < VN_PREDICT_STAGES - 1; s++)
		out->stages[s].macs = (uint64_t)p->stages[s].cin * p->stages[s].cout *
		                      p->stages[s].conv_h * p->stages[s].conv_w * images;
	out->stages[s].macs =
	        (uint64_t)p->stages[p->n_stages - 1].cout * (uint32_t)p->classes * images;
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
			for (n = (desc[0][VN_D_BEGIN_TOKENS_LOAD_WORD + e] >> (6 * f)) & VN_MASK(6);
			     n; n--)
				(void)give(&w.tokens[e][f], 0);
	passes = (opt->images + w.group - 1) / w.group;
	for (pass = 0; pass < passes && !ret; pass++)
		for (i = 1; i < count && !ret; i++)
			ret = walk_one(&w, desc[i], pass, i, err);
	/* What is left of the time an engine has nothing to do. */
	for (e = 0; e < VN_ENGINES; e++)
		out->spent[e][VN_SPENT_INPUT] += out->cycles - w.machine.engine[e].free;
	if (!ret && opt->prog)
		count_macs(opt->prog, opt->images, out);
	return ret;
}

double vn_predict_use(const struct vn_predict *p, const uint32_t config[VN_CONFIG_WORDS])
{
	return (double)p->macs / ((double)p->cycles * config[VN_CFG_ROWS] * config[VN_CFG_COLS]);
}
