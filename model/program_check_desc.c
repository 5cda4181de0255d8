/* SPDX-License-Identifier: Apache-2.0
 *
 * program_check_desc.c - every descriptor of every entry: its form, the memory it reaches, its
 * parameters, tokens.
 */
#include "model/program_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/program_words.h"
#include "spec/check.h"

static const char HINT[] = "compile the network again";

/* One entry under inspection. */
struct pass {
	const struct vn_program *prog;
	const struct vn_entry *entry;
	uint32_t index; /* descriptor, from the start of the program */
	const uint32_t *d;
	const uint32_t *bad; /* [weight_beats + 1] beats with a -128 before it */
	uint32_t initial[VN_ENGINES][VN_ENGINES]; /* tokens: giver, receiver */
	uint32_t tokens[VN_ENGINES][VN_ENGINES];
	vn_error *err;
};

/* "net.vnx: section DESC, descriptor 17 (MM), word 6 (KTILES): @what" */
static int fault(const struct pass *p, uint32_t word, const char *what)
{
	const uint32_t op = VN_GET(p->d, ALL_OP);
	char field[96];

	vn_field_name(op, word, field, sizeof(field));
	return vn_fail(p->err, VN_EPROGRAM, HINT,
	               "%.200s: section DESC, descriptor %u (%s), word %u (%s): %s",
	               vn_program_name(p->prog), p->index, vn_op_name(op), word, field, what);
}

/* ---- memory ---- */

static int check_move(const struct pass *p)
{
	const uint32_t *d = p->d, space = VN_GET(d, LOAD_SPACE);
	const struct vn_entry *e = p->entry;
	const uint32_t record = space == VN_SPACE_INPUT    ? e->input
	                        : space == VN_SPACE_OUTPUT ? e->output
	                                                   : e->scratch;
	const uint64_t chunk = (uint64_t)VN_GET(d, LOAD_WORDS) * p->prog->config[VN_CFG_ROWS];
	const uint64_t end = VN_GET(d, LOAD_OFFSET) +
	                     (uint64_t)(VN_GET(d, LOAD_CHUNKS) - 1) * VN_GET(d, LOAD_MEM_STEP) +
	                     vn_to_beats(chunk);

	if (VN_GET(d, LOAD_RECORD) != record)
		return fault(p, VN_D_LOAD_RECORD_WORD, "not the size of the entry's record");
	if (end > record)
		return fault(p, VN_D_LOAD_OFFSET_WORD,
		             "the chunks reach past the end of the record");
	return 0;
}

/* Where @beats beats at beat @at of the entry's segment begin in WGHT. */
static int find_block(const struct pass *p, uint32_t word, uint64_t at, uint64_t beats,
                      uint64_t *begin)
{
	const struct vn_segment *s = &p->prog->segments[p->entry->segment];

	if (at > s->beats || beats > s->beats - at)
		return fault(p, word, "the block reaches past the end of the weight segment");
	*begin = s->offset + at;
	return 0;
}

static int check_weights(const struct pass *p, uint32_t word, uint64_t begin, uint64_t beats)
{
	if (p->bad[begin + beats] != p->bad[begin])
		return fault(p, word, "a weight is -128; weights are in [-127, 127]");
	return 0;
}

/* C requantiser words at beat @at. */
static int check_requantiser(const struct pass *p, uint32_t word, uint64_t at)
{
	const uint8_t *w = p->prog->weights + at * VN_BEAT_BYTES;

	for (uint32_t c = 0; c < p->prog->config[VN_CFG_COLS]; c++) {
		uint32_t v;

		memcpy(&v, w + 4 * (size_t)c, 4);
		if ((v & VN_MASK(VN_REQ_S_LSB)) >> VN_REQ_M_BITS != 0 ||
		    v >> VN_REQ_S_LSB < VN_REQ_S_MIN || v >> VN_REQ_S_LSB > VN_REQ_S_MAX)
			return fault(p, word,
			             "a requantiser word is impossible (M below 2^17, S in 1..47)");
	}
	return 0;
}

/* A block of @biases bias vectors, requantiser words unless @raw, and @vectors of C weights. */
static int check_params(const struct pass *p, uint32_t word, uint64_t biases, int raw,
                        uint64_t vectors)
{
	const uint32_t cols = p->prog->config[VN_CFG_COLS];
	const uint64_t vector = vn_to_beats(4 * (uint64_t)cols);
	const uint64_t head = (biases + !raw) * vector, tail = vectors * vn_to_beats(cols);
	uint64_t at = 0;
	int rc = find_block(p, word, p->d[word], head + tail, &at);

	if (!rc && !raw)
		rc = check_requantiser(p, word, at + biases * vector);
	if (!rc)
		rc = check_weights(p, word, at + head, tail);
	return rc;
}

static int check_mm(const struct pass *p)
{
	const uint32_t *config = p->prog->config;
	const uint64_t tile = (uint64_t)config[VN_CFG_ROWS] * config[VN_CFG_COLS] / VN_BEAT_BYTES;
	const uint64_t beats = tile * VN_GET(p->d, MM_KTILES);
	uint64_t at = 0;
	int rc = find_block(p, VN_D_MM_WEIGHTS_WORD, VN_GET(p->d, MM_WEIGHTS), beats, &at);

	return rc ? rc : check_weights(p, VN_D_MM_WEIGHTS_WORD, at, beats);
}

static int check_memory(const struct pass *p)
{
	const uint32_t *d = p->d;
	uint64_t side;

	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_MM:
		return check_mm(p);
	case VN_OP_POST:
		return check_params(p, VN_D_POST_PARAM_WORD,
		                    VN_FLAG_GET(d, BORDER) ? VN_BORDER_CASES : 1,
		                    (int)VN_FLAG_GET(d, RAW), 0);
	case VN_OP_DW:
		side = 2 * VN_GET(d, DW_N) + 1;
		return check_params(p, VN_D_DW_PARAM_WORD, 1, 0, side * side);
	case VN_OP_WSUM:
		return check_params(p, VN_D_WSUM_PARAM_WORD, 1, 0,
		                    (uint64_t)VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W));
	default:
		return check_move(p);
	}
}

/* ---- tokens ---- */

static const char *const engines[VN_ENGINES] = {
#define VN_ENGINE(name, index, doc) [index] = #name,
#include "spec/engines.def"
};

static int check_tokens(struct pass *p)
{
	const uint32_t engine = vn_engine_of(VN_GET(p->d, ALL_OP));

	for (uint32_t e = 0; e < VN_ENGINES; e++) {
		const uint32_t wait = VN_WAIT(p->d, e);

		if (p->tokens[e][engine] < wait)
			return fault(p, 1, "waits for a token that no earlier descriptor gives");
		p->tokens[e][engine] -= wait;
	}
	for (uint32_t e = 0; e < VN_ENGINES; e++) {
		p->tokens[engine][e] += VN_SIGNALS(p->d, e);
		if (p->tokens[engine][e] > VN_TOKEN_MAX)
			return fault(p, 2, "a token counter passes 63");
	}
	return 0;
}

static int check_balance(const struct pass *p)
{
	for (uint32_t a = 0; a < VN_ENGINES; a++)
		for (uint32_t b = 0; b < VN_ENGINES; b++)
			if (p->tokens[a][b] != p->initial[a][b])
				return vn_fail(p->err, VN_EPROGRAM, HINT,
				               "%.200s: section DESC, entry at descriptor %u: %u "
				               "tokens from "
				               "%s to %s after a pass, %u before it",
				               vn_program_name(p->prog), p->entry->first,
				               p->tokens[a][b], engines[a], engines[b],
				               p->initial[a][b]);
	return 0;
}

/* ---- entries ---- */

static void goto_desc(struct pass *p, uint32_t i)
{
	p->index = p->entry->first + i;
	p->d = p->prog->desc[p->index];
}

static int check_begin(struct pass *p)
{
	vn_verdict v;

	goto_desc(p, 0);
	v = vn_check_begin(p->d, p->prog->hash);
	if (v.code != VN_CU_NONE)
		return fault(p, v.field, vn_cu_error_text(v.code));
	if (VN_GET(p->d, BEGIN_GROUP) != p->entry->group)
		return fault(p, VN_D_BEGIN_GROUP_WORD, "not the GROUP of the entry");
	for (uint32_t a = 0; a < VN_ENGINES; a++)
		for (uint32_t b = 0; b < VN_ENGINES; b++)
			p->initial[a][b] = VN_INITIAL(p->d, a, b);
	memcpy(p->tokens, p->initial, sizeof(p->tokens));
	return 0;
}

static int check_desc(struct pass *p)
{
	const vn_verdict v = vn_check_desc(p->d, p->entry->group, p->prog->config);
	int rc;

	if (v.code != VN_CU_NONE)
		return fault(p, v.field, vn_cu_error_text(v.code));
	if (VN_GET(p->d, ALL_STAGE) > p->prog->n_stages)
		return fault(p, VN_D_ALL_STAGE_WORD, "STAGE: no such stage");
	rc = check_memory(p);
	return rc ? rc : check_tokens(p);
}

static int check_entry(const struct vn_program *prog, const struct vn_entry *entry,
                       const uint32_t *bad, vn_error *err)
{
	struct pass p = {.prog = prog, .entry = entry, .bad = bad, .err = err};
	int rc = check_begin(&p);

	for (uint32_t i = 1; !rc && i < entry->count; i++) {
		goto_desc(&p, i);
		rc = check_desc(&p);
	}
	return rc ? rc : check_balance(&p);
}

/* Running count of beats that hold a -128, so that a block is looked at once however many
 * descriptors read it. */
static uint32_t *count_bad(const struct vn_program *prog)
{
	uint32_t *bad = malloc((size_t)(prog->weight_beats + 1) * sizeof(*bad));
	const int8_t *w = (const int8_t *)prog->weights;

	if (!bad)
		return NULL;
	bad[0] = 0;
	for (uint64_t i = 0; i < prog->weight_beats; i++, w += VN_BEAT_BYTES) {
		uint32_t n = 0;

		for (int j = 0; j < VN_BEAT_BYTES; j++)
			n += w[j] < -VN_WEIGHT_MAX;
		bad[i + 1] = bad[i] + (n != 0);
	}
	return bad;
}

int vn_program_check_entries(const struct vn_program *prog, vn_error *err)
{
	uint32_t *bad = count_bad(prog);
	int rc = 0;

	if (!bad)
		return vn_fail_nomem(err, (size_t)prog->weight_beats * sizeof(*bad),
		                     "checking weights");
	for (uint32_t i = 0; !rc && i < prog->n_entries; i++)
		rc = check_entry(prog, &prog->entries[i], bad, err);
	free(bad);
	return rc;
}
