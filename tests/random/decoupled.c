/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/random/decoupled.h"

#include <string.h>

#include "model/refcu_ops.h"
#include "spec/check.h"
#include "tests/random/randnet.h"

struct machine {
	struct vn_refcu *cu;
	const struct vn_cu_args *args;
	const uint32_t (*list)[VN_DESC_WORDS]; /* BEGIN first */
	uint32_t passes, group;
	uint32_t pass[VN_ENGINES], next[VN_ENGINES]; /* where each engine is */
	uint32_t tokens[VN_ENGINES][VN_ENGINES];
};

/* Move engine @e to its next descriptor at or after next[e], over passes; 0 when it is done. */
static int seek(struct machine *m, uint32_t e)
{
	uint32_t turns;

	for (turns = 0; m->pass[e] < m->passes && turns < 2; m->pass[e]++, m->next[e] = 1, turns++)
		for (; m->next[e] < m->args->count; m->next[e]++)
			if (vn_engine_of(VN_GET(m->list[m->next[e]], ALL_OP)) == e)
				return 1;
	m->pass[e] = m->passes;
	return 0;
}

static void act(struct machine *m, const uint32_t *d, uint32_t pass)
{
	const uint32_t op = VN_GET(d, ALL_OP), image = pass * m->group + VN_GET(d, ALL_IMAGE);
	const uint32_t space = VN_GET(d, LOAD_SPACE);
	const size_t record = vn_beats((uint64_t)VN_GET(d, LOAD_RECORD) * image);
	uint8_t *base = space == VN_SPACE_OUTPUT ? m->args->output : m->args->scratch;

	if (VN_FLAG_GET(d, TAP) && !VN_FLAG_GET(d, TAP_ON))
		return;
	if (op == VN_OP_MM)
		vn_refcu_mm(m->cu, d, m->args->weights);
	else if (op == VN_OP_POST)
		vn_refcu_post(m->cu, d, m->args->weights);
	else if (op == VN_OP_DW)
		vn_refcu_dw(m->cu, d, m->args->weights);
	else if (op == VN_OP_WSUM)
		vn_refcu_wsum(m->cu, d, m->args->weights);
	else if (image < m->args->images && op == VN_OP_STORE)
		vn_refcu_store(m->cu, d, base + record);
	else if (image < m->args->images)
		vn_refcu_load(m->cu, d,
		              (space == VN_SPACE_INPUT ? (const uint8_t *)m->args->input : base) +
		                      record);
}

/* Execute engine @e's descriptor if its tokens are there. */
static int step(struct machine *m, uint32_t e)
{
	const uint32_t *d;
	uint32_t f;

	if (!seek(m, e))
		return 0;
	d = m->list[m->next[e]];
	for (f = 0; f < VN_ENGINES; f++)
		if (m->tokens[f][e] < VN_WAIT(d, f))
			return 0;
	for (f = 0; f < VN_ENGINES; f++)
		m->tokens[f][e] -= VN_WAIT(d, f);
	act(m, d, m->pass[e]);
	for (f = 0; f < VN_ENGINES; f++)
		m->tokens[e][f] += VN_SIGNALS(d, f);
	m->next[e]++;
	return 1;
}

int decoupled_run(struct vn_refcu *cu, const struct vn_cu_args *args, uint32_t seed,
                  uint32_t greedy)
{
	struct machine m = {.cu = cu, .args = args};
	uint32_t state = seed + 1, e, f, left;

	m.list = (const uint32_t(*)[VN_DESC_WORDS])args->program + args->first;
	m.group = VN_GET(m.list[0], BEGIN_GROUP);
	m.passes = (args->images + m.group - 1) / m.group;
	for (e = 0; e < VN_ENGINES; e++) {
		m.next[e] = 1;
		for (f = 0; f < VN_ENGINES; f++)
			m.tokens[e][f] = VN_INITIAL(m.list[0], e, f);
	}
	do {
		const uint32_t first = rnd(&state) % VN_ENGINES;
		int moved = greedy < VN_ENGINES && step(&m, greedy);

		for (f = 0; f < VN_ENGINES && !moved; f++)
			moved = step(&m, (first + f) % VN_ENGINES);
		for (left = 0, e = 0; e < VN_ENGINES; e++)
			left += (uint32_t)seek(&m, e);
		if (!moved && left)
			return 0;
	} while (left);
	return 1;
}
