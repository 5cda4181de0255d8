/* SPDX-License-Identifier: Apache-2.0
 *
 * program.c - a program in memory: configuration records, and what include/vanillin.h tells of it.
 */
#include "model/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/program_parts.h"

/* ---- configuration ---- */

uint32_t vn_config_hash(const uint32_t config[VN_CONFIG_WORDS])
{
	uint32_t hash = 0x811c9dc5u;

	for (int i = 0; i < VN_CONFIG_WORDS; i++)
		for (int shift = 0; shift < 32; shift += 8)
			hash = (hash ^ ((config[i] >> shift) & 0xff)) * 0x01000193u;
	return hash;
}

static int is_power_of_two(uint32_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

int vn_config_check(const uint32_t config[VN_CONFIG_WORDS], const char *file, vn_error *err)
{
	const uint32_t r = config[VN_CFG_ROWS], c = config[VN_CFG_COLS];
	const uint32_t lanes = config[VN_CFG_LANES], dw = config[VN_CFG_DW_CH];
	int rc = vn_rules_check(&VN_RULES_CONF, file, 0, config, err);

	if (rc)
		return rc;
	if (!is_power_of_two(r) || !is_power_of_two(c) || c < r)
		return vn_fail(err, VN_EPROGRAM, "use a tile such as 8x8, 16x16, 32x64 or 64x128",
		               "%.200s: section CONF, ROWS and COLS: no compute unit has a tile of "
		               "%u x %u",
		               file, r, c);
	if (!is_power_of_two(lanes) || lanes > r || 4 * lanes < r || !is_power_of_two(dw) ||
	    dw > lanes)
		return vn_fail(err, VN_EPROGRAM, "as in LANES=16 and DW_CH=4",
		               "%.200s: section CONF, LANES and DW_CH: %u and %u are not powers of "
		               "two, DW_CH <= LANES <= ROWS <= 4 * LANES",
		               file, lanes, dw);
	return 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int vn_config_for(int rows, int cols, uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	vn_error why;

#define VN_CONFIG(name, word, value, least, most, doc) config[word] = (value);
#include "spec/cu.def"
	config[VN_CFG_ROWS] = (uint32_t)rows;
	config[VN_CFG_COLS] = (uint32_t)cols;
	config[VN_CFG_LANES] = least(config[VN_CFG_LANES], config[VN_CFG_ROWS]);
	config[VN_CFG_DW_CH] = least(config[VN_CFG_DW_CH], config[VN_CFG_LANES]);
	if (vn_config_check(config, "", &why))
		return vn_fail(err, VN_EARG,
		               "rows and columns are powers of two, 8 <= rows <= 64, rows <= "
		               "columns <= 128",
		               "no compute unit has a tile of %d x %d", rows, cols);
	return 0;
}

/* Set the word of @text's first "NAME=number"; what follows it, or NULL. */
static const char *set_word(const char *text, uint32_t *config)
{
	static const char *const names[VN_CONFIG_WORDS] = {
#define VN_CONFIG(name, word, value, least, most, doc) [word] = #name,
#include "spec/cu.def"
	};
	const size_t length = strcspn(text, "=");

	for (int w = VN_CFG_ACT_WORDS; w < VN_CONFIG_WORDS; w++)
		if (text[length] && strlen(names[w]) == length &&
		    memcmp(text, names[w], length) == 0) {
			const char *number = text + length + 1;
			const size_t digits = strspn(number, "0123456789");

			config[w] = (uint32_t)strtoul(number, NULL, 10);
			return digits == 0 || digits > 9 ||
			                       (number[digits] && number[digits] != ' ')
			               ? NULL
			               : number + digits;
		}
	return NULL;
}

int vn_config_set(const char *params, uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	const char *rest = params ? params : "";
	vn_error why;

	for (rest += strspn(rest, " "); *rest; rest += strspn(rest, " ")) {
		rest = set_word(rest, config);
		if (!rest)
			return vn_fail(err, VN_EARG,
			               "as in \"DW_CH=8 ACT_WORDS=131072\"; docs/contract.md, "
			               "Configuration record, has the names",
			               "'%.200s' are not parameters of a compute unit and numbers",
			               params);
	}
	if (vn_config_check(config, "no compute unit has it", &why))
		return vn_fail(err, VN_EARG,
		               "docs/contract.md, Configuration record, says what each can be",
		               "'%.200s': %.300s", params ? params : "", why.message);
	return 0;
}

/* ---- what a program says of itself ---- */

const char *vn_program_name(const struct vn_program *prog)
{
	return prog->name ? prog->name : "program";
}

const struct vn_entry *vn_program_entry(const struct vn_program *prog, enum vn_entry_kind kind,
                                        uint32_t stage)
{
	for (uint32_t i = 0; i < prog->n_entries; i++) {
		const struct vn_entry *e = &prog->entries[i];

		if (e->kind == (uint32_t)kind && (kind != VN_ENTRY_STAGE || e->stage == stage))
			return e;
	}
	return NULL;
}

uint64_t vn_stage_array_macs(const struct vn_program *prog, uint32_t stage)
{
	const struct vn_pstage *s = &prog->stages[stage];

	if (stage == prog->n_stages)
		return (uint64_t)s[-1].cout * (uint64_t)prog->classes;
	return (uint64_t)s->cin * s->cout * s->conv_h * s->conv_w;
}

static uint64_t array_macs_of(const struct vn_program *prog)
{
	uint64_t macs = 0;

	for (uint32_t i = 0; i <= prog->n_stages; i++)
		macs += vn_stage_array_macs(prog, i);
	return macs;
}

/* As vn_net_macs counts: convolutions, depthwise convolutions, FC. */
static uint64_t macs_of(const struct vn_program *prog)
{
	uint64_t macs = array_macs_of(prog);

	for (uint32_t i = 0; i < prog->n_stages; i++) {
		const struct vn_pstage *s = &prog->stages[i];
		const uint64_t taps = s->dw ? (uint64_t)(2 * s->n + 1) * (2 * s->n + 1) : 0;

		macs += taps * s->cout * s->out_h * s->out_w;
	}
	return macs;
}

void vn_program_get_info(const vn_program *prog, vn_program_info *info)
{
	const struct vn_entry *group;

	if (info)
		*info = (vn_program_info){0};
	if (!prog || !info)
		return;
	group = vn_program_entry(prog, VN_ENTRY_GROUP, 0);
	*info = (vn_program_info){
	        .version = VN_VNX_VERSION,
	        .config_hash = prog->hash,
	        .in_c = prog->in_c,
	        .in_h = prog->in_h,
	        .in_w = prog->in_w,
	        .recipe = prog->recipe,
	        .classes = prog->classes,
	        .stages = (int)prog->n_stages,
	        .descriptors = (int)prog->n_desc,
	        .group = group ? (int)group->group : 1,
	        .weight_bytes = prog->weight_beats * VN_BEAT_BYTES,
	        .macs = macs_of(prog),
	        .array_macs = array_macs_of(prog),
	};
	memcpy(info->config, prog->config, sizeof(info->config));
	memcpy(info->mean, prog->mean, sizeof(info->mean));
	memcpy(info->std, prog->std, sizeof(info->std));
}

int vn_program_stage(const vn_program *prog, int stage, vn_stage_info *info)
{
	const struct vn_pstage *s;

	if (!prog || !info || stage < 0 || (uint32_t)stage >= prog->n_stages)
		return VN_EARG;
	s = &prog->stages[stage];
	*info = (vn_stage_info){
	        .name = s->name,
	        .c = (int)s->cout,
	        .h = (int)s->out_h,
	        .w = (int)s->out_w,
	        .scale = s->scale,
	        .centre = s->centre,
	        .factor = s->factor,
	        .array_macs = vn_stage_array_macs(prog, (uint32_t)stage),
	};
	return 0;
}

const char *vn_program_label(const vn_program *prog, int cls)
{
	return prog && prog->labels && cls >= 0 && cls < prog->classes ? prog->labels[cls] : NULL;
}

float vn_program_logit_scale(const vn_program *prog, int cls)
{
	return prog && cls >= 0 && cls < prog->classes ? prog->logit_scale[cls] : 0;
}

int vn_program_top(const vn_program *prog, const int32_t *logits, int k, int *classes)
{
	int n = 0;

	if (!prog || !logits || !classes || k < 1 || k > prog->classes)
		return VN_EARG;
	for (int c = 0; c < prog->classes; c++) {
		const double v = (double)logits[c] * prog->logit_scale[c];
		int at = n < k ? n++ : k;

		while (at > 0 &&
		       v > (double)logits[classes[at - 1]] * prog->logit_scale[classes[at - 1]]) {
			if (at < k)
				classes[at] = classes[at - 1];
			at--;
		}
		if (at < k)
			classes[at] = c;
	}
	return 0;
}

/* Programs are immutable but for the count of those who hold them. */
void vn_program_hold(const struct vn_program *prog)
{
	atomic_fetch_add(&((struct vn_program *)(uintptr_t)prog)->holders, 1);
}

void vn_program_release(const struct vn_program *prog)
{
	vn_program_free((struct vn_program *)(uintptr_t)prog);
}

void vn_program_free(vn_program *prog)
{
	if (!prog || atomic_fetch_sub(&prog->holders, 1) > 0)
		return;
	for (uint32_t i = 0; prog->stages && i < prog->n_stages; i++) {
		free(prog->stages[i].centre);
		free(prog->stages[i].factor);
	}
	for (int i = 0; prog->labels && i < prog->classes; i++)
		free(prog->labels[i]);
	free(prog->name);
	free(prog->stages);
	free(prog->logit_scale);
	free(prog->labels);
	free(prog->entries);
	free(prog->segments);
	free(prog->desc);
	free(prog->weights);
	free(prog);
}
