/* SPDX-License-Identifier: Apache-2.0
 *
 * predict_machine.c - one compute unit in time: what each descriptor costs (spec/timing.def).
 */
#include <string.h>

#include "model/plan.h"
#include "model/predict.h"
#include "spec/check.h"

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

/* Words and beats of a LOAD or STORE, whichever takes longer. */
static uint64_t move_work(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t words = VN_GET(d, LOAD_WORDS), chunks = VN_GET(d, LOAD_CHUNKS);

	return most(chunks * words, port_cycles(chunks * beats(words * m->rows)));
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

static uint64_t post_work(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t turns = m->cols / m->lanes, words = 4 * m->cols / m->rows;
	const uint64_t raw = (uint64_t)VN_GET(d, POST_ROWS) * VN_GET(d, POST_COLS);

	if (VN_FLAG_GET(d, RAW))
		return raw * most(turns, words);
	return turns *
	       window_sum(VN_GET(d, POST_OY0), VN_GET(d, POST_ROWS), VN_GET(d, POST_IN_H),
	                  VN_GET(d, POST_OUT_H)) *
	       window_sum(VN_GET(d, POST_OX0), VN_GET(d, POST_COLS), VN_GET(d, POST_IN_W),
	                  VN_GET(d, POST_OUT_W));
}

/* Parameters go into their memories by groups of LANES. */
static uint64_t post_setup(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t vectors =
	        (VN_FLAG_GET(d, BORDER) ? VN_BORDER_CASES : 1) + (VN_FLAG_GET(d, RAW) ? 0 : 1);

	return most(VN_T_POST_SETUP, vectors * m->cols / m->lanes + 1);
}

static uint64_t dw_params(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t side = 2 * (uint64_t)VN_GET(d, DW_N) + 1;

	return 2 * beats(4 * (uint64_t)m->cols) + side * side * beats(m->cols);
}

static uint64_t dw_work(const struct vn_machine *m, const uint32_t *d)
{
	const uint64_t n = VN_GET(d, DW_N), side = 2 * n + 1, turns = m->cols / m->dw_ch;
	const uint64_t x0 = VN_GET(d, DW_X0), past = x0 + VN_GET(d, DW_COLS) + n;
	const uint64_t width = VN_GET(d, DW_MAP_W);
	const uint64_t columns = (past < width ? past : width) - (x0 > n ? x0 - n : 0);
	/* A column of nine rows takes two reads. */
	const uint64_t steps = VN_GET(d, DW_ROWS) * columns * (n == 4 ? 2 : 1);

	/* The next channels' taps move in meanwhile; the last columns lie outside the map. */
	return turns * most(steps, side * side + 2) + (past > width ? past - width : 0);
}

static uint64_t wsum_params(const struct vn_machine *m, const uint32_t *d)
{
	return 2 * beats(4 * (uint64_t)m->cols) +
	       (uint64_t)VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W) * beats(m->cols);
}

static uint64_t wsum_work(const struct vn_machine *m, const uint32_t *d)
{
	return (uint64_t)VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W) * m->cols / m->dw_ch;
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
	m->lanes = config[VN_CFG_LANES];
	m->dw_ch = config[VN_CFG_DW_CH];
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

/* Cycles from a pixel's address to its sum in the buffer. */
static uint64_t mm_drain(const struct vn_machine *m)
{
	const uint32_t chain = m->rows < VN_T_CHAIN ? m->rows : VN_T_CHAIN;
	uint32_t levels = 0;

	while (chain << levels < m->rows)
		levels++;
	return chain + m->cols / 2 + levels + VN_T_MM_DRAIN;
}

uint64_t vn_machine_bytes(const struct vn_machine *m, const uint32_t d[VN_DESC_WORDS])
{
	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_MM:
		return (uint64_t)VN_GET(d, MM_KTILES) * m->rows * m->cols;
	case VN_OP_POST:
		return VN_BEAT_BYTES * post_params(m, d);
	case VN_OP_DW:
		return VN_BEAT_BYTES * dw_params(m, d);
	case VN_OP_WSUM:
		return VN_BEAT_BYTES * wsum_params(m, d);
	default:
		return VN_BEAT_BYTES * (uint64_t)VN_GET(d, LOAD_CHUNKS) *
		       beats((uint64_t)VN_GET(d, LOAD_WORDS) * m->rows);
	}
}

/* An MM from @t->begin: its turns, or its weights if they take longer. */
static void issue_mm(struct vn_machine *m, const uint32_t *d, struct vn_moment *t)
{
	const uint64_t tiles = VN_GET(d, MM_KTILES);
	const uint64_t turn = most(mm_pixels(d), m->rows + VN_T_MM_TURN);
	const int64_t need = 100 * (int64_t)(tiles * m->rows * m->cols / VN_BEAT_BYTES);
	uint64_t span = tiles * turn;

	t->begin = most(t->begin, t->dispatched + VN_T_WEIGHT_LATENCY);
	refill(m, t->begin);
	if (need > m->level) {
		const uint64_t wait = ((uint64_t)(need - m->level) + VN_T_PORT - 1) / VN_T_PORT;

		t->weights = wait > span ? wait - span : 0;
		span += t->weights;
	}
	m->level += (int64_t)span * VN_T_PORT - need;
	m->level_at = t->begin + span;
	if (m->level > 100 * VN_T_WEIGHT_FIFO)
		m->level = 100 * VN_T_WEIGHT_FIFO;
	t->free = t->begin + span;
	t->done = t->free + mm_drain(m);
}

/* What an engine does with a descriptor: @setup until it can issue, its @work, and the @drain. */
struct cost {
	uint64_t setup, work, drain;
};

static struct cost cost_of(struct vn_machine *m, const uint32_t *d)
{
	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_POST:
		read_params(m, post_params(m, d));
		return (struct cost){post_setup(m, d), post_work(m, d),
		                     VN_FLAG_GET(d, RAW) ? VN_T_RAW_DRAIN : VN_T_POST_DRAIN};
	case VN_OP_DW:
		read_params(m, dw_params(m, d));
		return (struct cost){most(VN_T_DW_SETUP, dw_params(m, d) + 2), dw_work(m, d),
		                     VN_T_DW_DRAIN};
	case VN_OP_WSUM:
		read_params(m, wsum_params(m, d));
		return (struct cost){most(VN_T_DW_SETUP, 2 * beats(4 * (uint64_t)m->cols) + 2),
		                     wsum_work(m, d), VN_T_DW_DRAIN};
	case VN_OP_LOAD:
		return (struct cost){VN_T_LOAD_LATENCY, move_work(m, d), 1};
	default:
		return (struct cost){0, move_work(m, d), VN_T_STORE_LATENCY};
	}
}

static void execute(struct vn_machine *m, const uint32_t *d, struct vn_moment *t)
{
	const uint32_t op = VN_GET(d, ALL_OP), e = vn_engine_of(op);
	struct cost cost;

	t->begin = most(t->start, m->engine[e].issued);
	if (op == VN_OP_MM) {
		issue_mm(m, d, t);
		return;
	}
	cost = cost_of(m, d);
	t->begin = most(t->start + cost.setup, m->engine[e].issued);
	t->free = t->begin + cost.work;
	t->done = t->free + cost.drain;
}

/* When engine @e can take the descriptor after @t: POST and DW prepare one while they issue
 * another; the array takes it with the last pixel; LOAD and STORE have one at a time. */
static uint64_t next_start(uint32_t e, const struct vn_moment *t)
{
	if (e == VN_ENGINE_POST || e == VN_ENGINE_DW)
		return t->begin + 1;
	return e == VN_ENGINE_ARRAY ? t->free : t->done;
}

static uint32_t fetch_cycles(uint32_t op)
{
	switch (op) {
	case VN_OP_MM:
		return VN_T_FETCH_MM;
	case VN_OP_POST:
		return VN_T_FETCH_POST;
	case VN_OP_DW:
	case VN_OP_WSUM:
		return VN_T_FETCH_DW;
	default:
		return VN_T_FETCH_MOVE;
	}
}

struct vn_moment vn_machine_issue(struct vn_machine *m, const uint32_t d[VN_DESC_WORDS], int skip,
                                  uint64_t ready)
{
	const uint32_t op = VN_GET(d, ALL_OP), e = vn_engine_of(op);
	uint64_t *taken = &m->engine[e].taken[m->engine[e].count++ % VN_T_QUEUE];
	struct vn_moment t = {0};

	/* The queue has room once the descriptor QUEUE places before has left it. */
	m->fetched = most(m->fetched + fetch_cycles(op), *taken);
	t.dispatched = m->fetched;
	t.start = most(most(t.dispatched, ready), m->engine[e].free);
	if (skip) {
		/* Its tokens pass after everything before it. */
		t.start = t.begin = t.free = most(t.start, m->engine[e].issued);
		t.done = t.free + 1;
		m->engine[e].free = t.done;
	} else {
		execute(m, d, &t);
		m->engine[e].free = next_start(e, &t);
	}
	*taken = t.start;
	m->engine[e].issued = t.free;
	return t;
}
