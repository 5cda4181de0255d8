/* SPDX-License-Identifier: Apache-2.0
 *
 * program_record.c - the records of a .vnx as words: their range rules, and the way to and from
 * structs.
 */
#include "model/program_parts.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

const char VN_VNX_MAGIC[8] = {'V', 'N', 'X', '1', '\r', '\n', '\x1a', '\n'};

const struct vn_section VN_SECTION_LIST[VN_VNX_SECTIONS] = {
#define VN_SECTION(name, fourcc, doc) {#name, fourcc},
#include "spec/vnx.def"
};

/* ---- rules ---- */

enum { TYPE_u32 = 0, TYPE_f32 = 1 };

static const struct vn_rule conf_rules[] = {
#define VN_CONFIG(name, word, value, least, most, doc) {#name, word, 0, least, most},
#include "spec/cu.def"
};

/* An array of words has a rule each. */
#define RULES_1(name, word, type, least, most) {name, word, TYPE_##type, least, most},
#define RULES_4(name, word, type, least, most)                                                     \
	RULES_1(name "[0]", (word), type, least, most)                                             \
	RULES_1(name "[1]", (word) + 1, type, least, most)                                         \
	RULES_1(name "[2]", (word) + 2, type, least, most)                                         \
	RULES_1(name "[3]", (word) + 3, type, least, most)

static const struct vn_rule netw_rules[] = {
#define VN_NETW(name, word, words, type, least, most, doc)                                         \
	RULES_##words(#name, word, type, least, most)
#include "spec/vnx.def"
};

/* The name is text; vn_program_check looks at it. */
#define STGS_RULES_1(name, word, type, least, most) RULES_1(name, word, type, least, most)
#define STGS_RULES_4(name, word, type, least, most)

static const struct vn_rule stgs_rules[] = {
#define VN_STGS(name, word, words, type, least, most, doc)                                         \
	STGS_RULES_##words(#name, word, type, least, most)
#include "spec/vnx.def"
};

static const struct vn_rule entr_rules[] = {
#define VN_ENTR(name, word, least, most, doc) {#name, word, 0, least, most},
#include "spec/vnx.def"
};

#define RULES(section, list)                                                                       \
	{                                                                                          \
		section, list, sizeof(list) / sizeof((list)[0])                                    \
	}

const struct vn_rules VN_RULES_CONF = RULES("CONF", conf_rules);
const struct vn_rules VN_RULES_NETW = RULES("NETW", netw_rules);
const struct vn_rules VN_RULES_STGS = RULES("STGS", stgs_rules);
const struct vn_rules VN_RULES_ENTR = RULES("ENTR", entr_rules);

static float as_float(uint32_t word)
{
	float f;

	memcpy(&f, &word, sizeof(f));
	return f;
}

static uint32_t as_word(float f)
{
	uint32_t word;

	memcpy(&word, &f, sizeof(word));
	return word;
}

int vn_rules_check(const struct vn_rules *r, const char *file, uint32_t index,
                   const uint32_t *words, vn_error *err)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct vn_rule *rule = &r->rules[i];
		const uint32_t v = words[rule->word];

		if (rule->is_float && !isfinite(as_float(v)))
			return vn_fail(err, VN_EPROGRAM, "compile the network again",
			               "%.200s: section %s, record %u, %s: not a finite number",
			               file, r->section, index, rule->name);
		if (!rule->is_float && (v < rule->least || v > rule->most))
			return vn_fail(err, VN_EPROGRAM, "compile the network again",
			               "%.200s: section %s, record %u, %s: %u is not in %u..%u",
			               file, r->section, index, rule->name, v, rule->least,
			               rule->most);
	}
	return 0;
}

/* ---- records ---- */

static uint32_t recipe_word(const vn_recipe *r)
{
	return (uint32_t)r->resize | (uint32_t)r->squash << 16 | (uint32_t)r->bilinear << 17 |
	       (uint32_t)r->bgr << 18;
}

static vn_recipe recipe_of(uint32_t word)
{
	return (vn_recipe){
	        .resize = (int)(word & 0xffff),
	        .squash = word >> 16 & 1,
	        .bilinear = word >> 17 & 1,
	        .bgr = word >> 18 & 1,
	};
}

void vn_netw_put(const struct vn_program *prog, uint32_t w[VN_NETW_WORDS])
{
	w[VN_NETW_IN_C] = (uint32_t)prog->in_c;
	w[VN_NETW_IN_H] = (uint32_t)prog->in_h;
	w[VN_NETW_IN_W] = (uint32_t)prog->in_w;
	w[VN_NETW_K] = (uint32_t)prog->k;
	w[VN_NETW_STRIDE] = (uint32_t)prog->stride;
	w[VN_NETW_PAD] = (uint32_t)prog->pad;
	w[VN_NETW_CLASSES] = (uint32_t)prog->classes;
	w[VN_NETW_STAGES] = prog->n_stages;
	w[VN_NETW_RESIZE] = recipe_word(&prog->recipe);
	w[VN_NETW_ASSUMED] = (uint32_t)prog->assumed;
	for (int c = 0; c < 4; c++) {
		w[VN_NETW_MEAN + c] = as_word(prog->mean[c]);
		w[VN_NETW_STD + c] = as_word(prog->std[c]);
	}
}

void vn_netw_get(struct vn_program *prog, const uint32_t w[VN_NETW_WORDS])
{
	prog->in_c = (int)w[VN_NETW_IN_C];
	prog->in_h = (int)w[VN_NETW_IN_H];
	prog->in_w = (int)w[VN_NETW_IN_W];
	prog->k = (int)w[VN_NETW_K];
	prog->stride = (int)w[VN_NETW_STRIDE];
	prog->pad = (int)w[VN_NETW_PAD];
	prog->classes = (int)w[VN_NETW_CLASSES];
	prog->n_stages = w[VN_NETW_STAGES];
	prog->recipe = recipe_of(w[VN_NETW_RESIZE]);
	prog->assumed = (int)w[VN_NETW_ASSUMED];
	for (int c = 0; c < 4; c++) {
		prog->mean[c] = as_float(w[VN_NETW_MEAN + c]);
		prog->std[c] = as_float(w[VN_NETW_STD + c]);
	}
}

/* The u32 fields of a stage and the words they go to. */
#define STAGE_FIELDS(X)                                                                            \
	X(cin, CIN)                                                                                \
	X(cout, COUT)                                                                              \
	X(conv_h, CONV_H)                                                                          \
	X(conv_w, CONV_W)                                                                          \
	X(out_h, OUT_H)                                                                            \
	X(out_w, OUT_W)                                                                            \
	X(pool_h, POOL_H)                                                                          \
	X(pool_w, POOL_W)                                                                          \
	X(dw, DW)                                                                                  \
	X(n, N)                                                                                    \
	X(offset, OFFSET)                                                                          \
	X(step, STEP)

void vn_stgs_put(const struct vn_pstage *s, uint32_t w[VN_STGS_WORDS])
{
	memcpy(w + VN_STGS_NAME, s->name, sizeof(s->name));
#define X(field, name) w[VN_STGS_##name] = s->field;
	STAGE_FIELDS(X)
#undef X
	w[VN_STGS_SCALE] = as_word(s->scale);
}

void vn_stgs_get(struct vn_pstage *s, const uint32_t w[VN_STGS_WORDS])
{
	memcpy(s->name, w + VN_STGS_NAME, sizeof(s->name));
#define X(field, name) s->field = w[VN_STGS_##name];
	STAGE_FIELDS(X)
#undef X
	s->scale = as_float(w[VN_STGS_SCALE]);
}

#define ENTRY_FIELDS(X)                                                                            \
	X(kind, KIND)                                                                              \
	X(stage, STAGE)                                                                            \
	X(first, FIRST)                                                                            \
	X(count, COUNT)                                                                            \
	X(group, GROUP)                                                                            \
	X(segment, SEGMENT)                                                                        \
	X(input, INPUT)                                                                            \
	X(output, OUTPUT)                                                                          \
	X(scratch, SCRATCH)

void vn_entr_put(const struct vn_entry *e, uint32_t w[VN_ENTR_WORDS])
{
#define X(field, name) w[VN_ENTR_##name] = e->field;
	ENTRY_FIELDS(X)
#undef X
}

void vn_entr_get(struct vn_entry *e, const uint32_t w[VN_ENTR_WORDS])
{
#define X(field, name) e->field = w[VN_ENTR_##name];
	ENTRY_FIELDS(X)
#undef X
}
