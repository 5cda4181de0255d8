/* SPDX-License-Identifier: Apache-2.0
 *
 * program_check.c - vn_program_check: the network's own consistency, records and segments.
 *
 * What the descriptors do with them is checked in program_check_desc.c.
 */
#include "model/program_parts.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

static const char HINT[] = "compile the network again";

/* ---- stages ---- */

static int stage_fault(const struct vn_program *prog, uint32_t i, const char *field, vn_error *err)
{
	return vn_fail(err, VN_EPROGRAM, HINT,
	               "%.200s: section STGS, record %u, %s: does not follow from the stage before "
	               "it or from "
	               "the stage's own sizes",
	               vn_program_name(prog), i, field);
}

/* Printable, ended, and zero after its end. */
static int is_stage_name(const char name[16])
{
	const size_t n = strnlen(name, 16);

	for (size_t i = 0; i < 16; i++)
		if (i < n ? name[i] < 0x20 || name[i] > 0x7e : name[i] != 0)
			return 0;
	return n > 0 && n < 16;
}

/* The three poolings of docs/number-formats.md, "One stage". */
static int is_pooling(uint32_t conv, uint32_t pool, uint32_t out)
{
	if (pool == conv && out <= conv)
		return 1;
	return pool == 2 * out && conv / 2 == out;
}

static uint32_t conv_size(int in, const struct vn_program *prog)
{
	const int span = in + 2 * prog->pad - prog->k;

	return span < 0 ? 0 : (uint32_t)(span / prog->stride + 1);
}

/* What enters stage @i: channels and the size of the convolution's output. */
struct entering {
	uint32_t cin, conv_h, conv_w;
};

static struct entering entering_of(const struct vn_program *prog, uint32_t i)
{
	const struct vn_pstage *before = &prog->stages[i ? i - 1 : 0];

	if (i == 0)
		return (struct entering){(uint32_t)(prog->k * prog->k * prog->in_c),
		                         conv_size(prog->in_h, prog), conv_size(prog->in_w, prog)};
	return (struct entering){before->cout, before->out_h, before->out_w};
}

static int check_sizes(const struct vn_program *prog, uint32_t i, vn_error *err)
{
	const struct vn_pstage *s = &prog->stages[i];
	const struct entering in = entering_of(prog, i);
	const uint64_t rows = prog->config[VN_CFG_ROWS];

	if (!is_stage_name(s->name))
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section STGS, record %u, NAME: not a printable name of 1 "
		               "to 15 bytes",
		               vn_program_name(prog), i);
	if (s->cin != in.cin)
		return stage_fault(prog, i, "CIN", err);
	if (s->conv_h != in.conv_h)
		return stage_fault(prog, i, "CONV_H", err);
	if (s->conv_w != in.conv_w)
		return stage_fault(prog, i, "CONV_W", err);
	if (!is_pooling(s->conv_h, s->pool_h, s->out_h))
		return stage_fault(prog, i, "POOL_H", err);
	if (!is_pooling(s->conv_w, s->pool_w, s->out_w))
		return stage_fault(prog, i, "POOL_W", err);
	if (s->dw && s->n > prog->config[VN_CFG_MAX_N])
		return stage_fault(prog, i, "N", err);
	if (s->step < vn_to_beats(rows * s->out_h * s->out_w))
		return stage_fault(prog, i, "STEP", err);
	return 0;
}

/* A number to divide by or to multiply with: above zero, and with all its bits. */
static int is_scale(float v)
{
	return isnormal(v) && v > 0;
}

static int check_centre(const struct vn_program *prog, uint32_t i, vn_error *err)
{
	const struct vn_pstage *s = &prog->stages[i];

	if (!is_scale(s->scale))
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section STGS, record %u, SCALE: not a normal number above "
		               "zero",
		               vn_program_name(prog), i);
	for (uint32_t c = 0; c < s->cout; c++)
		if (!isfinite(s->centre[c]))
			return vn_fail(
			        err, VN_EPROGRAM, HINT,
			        "%.200s: section CENT, stage %u, channel %u: not a finite number",
			        vn_program_name(prog), i, c);
		else if (!(s->factor[c] > 0 && s->factor[c] <= 1))
			return vn_fail(err, VN_EPROGRAM, HINT,
			               "%.200s: section CENT, stage %u, channel %u: a factor that "
			               "is not above 0 and at most 1",
			               vn_program_name(prog), i, c);
	return 0;
}

static int check_stages(const struct vn_program *prog, vn_error *err)
{
	for (uint32_t i = 0; i < prog->n_stages; i++) {
		uint32_t w[VN_STGS_WORDS];
		int rc;

		vn_stgs_put(&prog->stages[i], w);
		rc = vn_rules_check(&VN_RULES_STGS, vn_program_name(prog), i, w, err);
		if (!rc)
			rc = check_sizes(prog, i, err);
		if (!rc)
			rc = check_centre(prog, i, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- network ---- */

static int check_network(const struct vn_program *prog, vn_error *err)
{
	const char *name = vn_program_name(prog);
	uint32_t w[VN_NETW_WORDS];
	int rc;

	vn_netw_put(prog, w);
	rc = vn_rules_check(&VN_RULES_NETW, name, 0, w, err);
	if (rc)
		return rc;
	if (prog->recipe.resize > VN_RESIZE_MAX)
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section NETW, record 0, RESIZE: a short side of %d, more "
		               "than %d",
		               name, prog->recipe.resize, VN_RESIZE_MAX);
	for (int c = 0; c < prog->in_c; c++)
		if (!is_scale(prog->std[c]))
			return vn_fail(err, VN_EPROGRAM, HINT,
			               "%.200s: section NETW, record 0, STD[%d]: not a normal "
			               "number above zero",
			               name, c);
	for (int i = 0; i < prog->classes; i++)
		if (!is_scale(prog->logit_scale[i]))
			return vn_fail(err, VN_EPROGRAM, HINT,
			               "%.200s: section CENT, scale of class %d: not a normal "
			               "number above zero",
			               name, i);
	return 0;
}

static int check_config(const struct vn_program *prog, vn_error *err)
{
	const uint32_t hash = vn_config_hash(prog->config);
	int rc = vn_config_check(prog->config, vn_program_name(prog), err);

	if (!rc && prog->hash != hash)
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section CONF, hash: %08x; the record's is %08x",
		               vn_program_name(prog), prog->hash, hash);
	return rc;
}

/* ---- segments and entries ---- */

static int check_segments(const struct vn_program *prog, vn_error *err)
{
	const char *name = vn_program_name(prog);

	if (prog->n_segments != prog->n_stages + 2)
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section SEGM: %u segments instead of %u", name,
		               prog->n_segments, prog->n_stages + 2);
	for (uint32_t i = 0; i < prog->n_segments; i++) {
		const struct vn_segment *s = &prog->segments[i];

		if (s->offset > prog->weight_beats || s->beats > prog->weight_beats - s->offset)
			return vn_fail(err, VN_EPROGRAM, HINT,
			               "%.200s: section SEGM, segment %u: reaches past the %llu "
			               "beats of WGHT",
			               name, i, (unsigned long long)prog->weight_beats);
	}
	if (prog->segments[0].offset != 0 || prog->segments[0].beats != prog->weight_beats)
		return vn_fail(err, VN_EPROGRAM, HINT,
		               "%.200s: section SEGM, segment 0: not the whole of WGHT", name);
	return 0;
}

static int record_fault(const struct vn_program *prog, uint32_t i, const char *field, uint64_t has,
                        uint64_t needs, vn_error *err)
{
	return vn_fail(
	        err, VN_EPROGRAM, HINT,
	        "%.200s: section ENTR, record %u, %s: %llu beats where the network needs %llu",
	        vn_program_name(prog), i, field, (unsigned long long)has,
	        (unsigned long long)needs);
}

/* Beats from the start of a scratch record to the end of the last stage's region in it. */
static uint64_t scratch_beats(const struct vn_program *prog)
{
	const uint64_t rows = prog->config[VN_CFG_ROWS];
	uint64_t most = 0;

	for (uint32_t i = 0; i < prog->n_stages; i++) {
		const struct vn_pstage *s = &prog->stages[i];
		const uint64_t groups = vn_ceil_div(s->cout, rows);
		const uint64_t end = s->offset + (groups - 1) * s->step +
		                     vn_to_beats(rows * s->out_h * s->out_w);

		most = end > most ? end : most;
	}
	return most;
}

static uint64_t input_beats(const struct vn_program *prog)
{
	const struct vn_pstage *stem = &prog->stages[0];
	const uint64_t rows = prog->config[VN_CFG_ROWS];

	return vn_ceil_div(stem->cin, rows) * vn_to_beats(rows * stem->conv_h * stem->conv_w);
}

static uint64_t output_beats(const struct vn_program *prog)
{
	const uint64_t cols = prog->config[VN_CFG_COLS];

	return vn_to_beats(4 * cols * vn_ceil_div((uint64_t)prog->classes, cols));
}

/* A record that an entry does not touch may be of size 0. */
static int check_records(const struct vn_program *prog, uint32_t i, vn_error *err)
{
	const struct vn_entry *e = &prog->entries[i];
	const uint64_t input = input_beats(prog), output = output_beats(prog);
	const int stem = e->kind != VN_ENTRY_STAGE || e->stage == 0;
	const int fc = e->kind != VN_ENTRY_STAGE || e->stage == prog->n_stages;

	if (e->input != input && (stem || e->input != 0))
		return record_fault(prog, i, "INPUT", e->input, input, err);
	if (e->output != output && (fc || e->output != 0))
		return record_fault(prog, i, "OUTPUT", e->output, output, err);
	if (e->scratch < scratch_beats(prog) || e->scratch != prog->entries[0].scratch)
		return record_fault(prog, i, "SCRATCH", e->scratch, scratch_beats(prog), err);
	return 0;
}

static int check_entry(const struct vn_program *prog, uint32_t i, vn_error *err)
{
	const struct vn_entry *e = &prog->entries[i];
	const char *name = vn_program_name(prog), *field = NULL;
	uint32_t w[VN_ENTR_WORDS];
	int rc;

	vn_entr_put(e, w);
	rc = vn_rules_check(&VN_RULES_ENTR, name, i, w, err);
	if (rc)
		return rc;
	if (vn_program_entry(prog, (enum vn_entry_kind)e->kind, e->stage) != e)
		field = "KIND: this entry is there twice";
	else if (e->stage > (e->kind == VN_ENTRY_STAGE ? prog->n_stages : 0))
		field = "STAGE: no such stage";
	else if (e->first >= prog->n_desc || e->count > prog->n_desc - e->first)
		field = "FIRST, COUNT: reach past section DESC";
	else if (e->kind == VN_ENTRY_SINGLE && e->group != 1)
		field = "GROUP: kind 0 computes one image a pass";
	else if (e->segment >= prog->n_segments)
		field = "SEGMENT: no such segment";
	if (field)
		return vn_fail(err, VN_EPROGRAM, HINT, "%.200s: section ENTR, record %u, %s", name,
		               i, field);
	return check_records(prog, i, err);
}

static int check_entries(const struct vn_program *prog, vn_error *err)
{
	for (uint32_t i = 0; i < prog->n_entries; i++) {
		int rc = check_entry(prog, i, err);

		if (rc)
			return rc;
	}
	if (!vn_program_entry(prog, VN_ENTRY_SINGLE, 0))
		return vn_fail(
		        err, VN_EPROGRAM, HINT,
		        "%.200s: section ENTR: the entry of the whole network (kind 0) is missing",
		        vn_program_name(prog));
	for (uint32_t s = 0; s <= prog->n_stages; s++)
		if (!vn_program_entry(prog, VN_ENTRY_STAGE, s))
			return vn_fail(
			        err, VN_EPROGRAM, HINT,
			        "%.200s: section ENTR: the entry of stage %u (kind 2) is missing",
			        vn_program_name(prog), s);
	return 0;
}

int vn_program_check(const struct vn_program *prog, vn_error *err)
{
	int rc = check_config(prog, err);

	if (!rc)
		rc = check_network(prog, err);
	if (!rc)
		rc = check_stages(prog, err);
	if (!rc)
		rc = check_segments(prog, err);
	if (!rc)
		rc = check_entries(prog, err);
	if (!rc)
		rc = vn_program_check_entries(prog, err);
	return rc;
}
