/* SPDX-License-Identifier: Apache-2.0
 *
 * forecast.c - see forecast.h.
 */
#include "host/forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/net.h"
#include "model/compile.h"
#include "model/variants.h"

/* ---- of a program ---- */

static struct vh_entry entry_of(const struct vn_program *p, enum vn_entry_kind kind)
{
	const struct vn_entry *e = vn_program_entry(p, kind, 0);

	if (!e)
		return (struct vh_entry){0};
	return (struct vh_entry){(const uint32_t(*)[VN_DESC_WORDS])(p->desc + e->first), e->count,
	                         e->group};
}

void vh_forecast_program(const vn_program *prog, struct vh_forecast *f)
{
	*f = (struct vh_forecast){.n_stages = prog->n_stages};
	memcpy(f->config, prog->config, sizeof(f->config));
	for (uint32_t s = 0; s <= f->n_stages; s++) {
		memcpy(f->name[s], s < f->n_stages ? prog->stages[s].name : "fc",
		       s < f->n_stages ? sizeof(f->name[s]) : 3);
		f->macs[s] = vn_stage_array_macs(prog, s);
	}
	f->single = entry_of(prog, VN_ENTRY_SINGLE);
	f->group = entry_of(prog, VN_ENTRY_GROUP);
}

static int open_program(const char *text, int rows, int cols, const char *params,
                        struct vh_forecast *f, vn_error *err)
{
	vn_program *prog;
	int rc = vn_program_load(text, &prog, err);

	if (rc)
		return rc;
	vh_forecast_program(prog, f);
	f->prog = prog;
	if (params || (rows && ((uint32_t)rows != f->config[VN_CFG_ROWS] ||
	                        (uint32_t)cols != f->config[VN_CFG_COLS])))
		return vn_fail(err, VN_EARG,
		               "leave --target and --params out, or give the network that it was "
		               "compiled from",
		               "%.200s is compiled for %ux%u and what else its configuration says",
		               text, f->config[VN_CFG_ROWS], f->config[VN_CFG_COLS]);
	return 0;
}

/* ---- of a shape ---- */

static int schedule(const struct vn_qnet *net, const struct vn_layout *lay,
                    const struct vn_entry_plan *plan, struct vn_list *list, struct vh_entry *entry,
                    vn_error *err)
{
	int rc = vn_schedule(net, lay, plan, list, err);

	*entry = (struct vh_entry){(const uint32_t(*)[VN_DESC_WORDS])list->desc, list->count,
	                           rc ? 0 : plan->group};
	return rc;
}

/* As many images a pass as fit, up to eight, as the compiler has it. */
static int schedule_group(const struct vn_qnet *net, const struct vn_layout *lay,
                          struct vh_forecast *f, vn_error *err)
{
	struct vn_entry_plan plan = {VN_ENTRY_GROUP, 0, 8};
	int rc;

	for (; plan.group > 1; plan.group /= 2) {
		rc = schedule(net, lay, &plan, &f->lists[1], &f->group, err);
		if (rc != VN_EFIT)
			return rc;
		vn_list_free(&f->lists[1]);
		f->lists[1] = (struct vn_list){0};
	}
	return 0;
}

static void name_stages(const struct vn_qnet *net, struct vh_forecast *f)
{
	f->n_stages = (uint32_t)net->n_stages;
	for (int s = 0; s < net->n_stages; s++)
		memcpy(f->name[s], net->stages[s].name, sizeof(f->name[s]));
	memcpy(f->name[f->n_stages], "fc", 3);
	for (int s = 0; s <= net->n_stages; s++)
		f->macs[s] = vn_qnet_array_macs(net, s);
}

static int open_shape(const struct vn_qnet *net, struct vh_forecast *f, vn_error *err)
{
	const struct vn_entry_plan one = {VN_ENTRY_SINGLE, 0, 1};
	struct vn_layout lay;
	int rc = vn_layout_make(net, f->config, &lay, err);

	if (rc)
		return rc;
	name_stages(net, f);
	rc = schedule(net, &lay, &one, &f->lists[0], &f->single, err);
	rc = rc ? rc : schedule_group(net, &lay, f, err);
	vn_layout_free(&lay);
	return rc;
}

static int shape_of(const char *text, struct vn_qnet **net, vn_error *err)
{
	struct vn_variant_pick pick;
	vn_net *real;
	int rc;

	if (vh_is_variant(text)) {
		rc = vn_variant_parse(text, &pick, err);
		return rc ? rc : vn_variant_shape(&pick, net, err);
	}
	rc = vh_net_load(text, &real, err);
	if (rc)
		return rc;
	rc = vn_net_shape(real, net, err);
	vn_net_free(real);
	return rc;
}

int vh_forecast_open(const char *text, int rows, int cols, const char *params,
                     struct vh_forecast *f, vn_error *err)
{
	struct vn_qnet *net = NULL;
	int rc;

	*f = (struct vh_forecast){0};
	if (vh_is_program(text))
		return open_program(text, rows, cols, params, f, err);
	rc = vn_config_for(rows ? rows : 32, rows ? cols : 64, f->config, err);
	rc = rc ? rc : vn_config_set(params, f->config, err);
	rc = rc ? rc : shape_of(text, &net, err);
	rc = rc ? rc : vn_check_taps(net, f->config, err);
	rc = rc ? rc : open_shape(net, f, err);
	vn_qnet_free(net);
	return rc;
}

void vh_forecast_free(struct vh_forecast *f)
{
	vn_program_free(f->prog);
	vn_list_free(&f->lists[0]);
	vn_list_free(&f->lists[1]);
	*f = (struct vh_forecast){0};
}

/* ---- cycles ---- */

static void add(struct vn_predict *to, const struct vn_predict *p)
{
	to->cycles += p->cycles;
	to->n_stages = p->n_stages;
	for (int e = 0; e < VN_ENGINES; e++)
		for (int k = 0; k < VN_SPENTS; k++)
			to->spent[e][k] += p->spent[e][k];
	for (int s = 0; s < VN_PREDICT_STAGES; s++) {
		to->stages[s].array += p->stages[s].array;
		to->stages[s].held += p->stages[s].held;
		to->stages[s].cycles += p->stages[s].cycles;
		to->stages[s].weights += p->stages[s].weights;
		to->stages[s].maps += p->stages[s].maps;
		for (int e = 0; e < VN_ENGINES; e++)
			to->stages[s].busy[e] += p->stages[s].busy[e];
	}
}

static int start(const struct vh_forecast *f, const struct vh_entry *entry, uint32_t images,
                 struct vn_predict *out, vn_error *err)
{
	const struct vn_predict_options opt = {.images = images};
	struct vn_predict p;
	int rc;

	if (!images)
		return 0;
	rc = vn_predict(f->config, entry->desc, entry->count, &opt, &p, err);
	if (!rc)
		add(out, &p);
	return rc;
}

int vh_forecast_run(const struct vh_forecast *f, uint32_t images, struct vn_predict *out,
                    vn_error *err)
{
	const uint32_t grouped = f->group.group ? images / f->group.group * f->group.group : 0;
	int rc;

	*out = (struct vn_predict){0};
	rc = start(f, &f->group, grouped, out, err);
	rc = rc ? rc : start(f, &f->single, images - grouped, out, err);
	for (uint32_t s = 0; !rc && s <= f->n_stages; s++) {
		out->stages[s].macs = f->macs[s] * images;
		out->macs += out->stages[s].macs;
	}
	return rc;
}
