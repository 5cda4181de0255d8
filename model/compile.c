/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.c - put a program together: layout, entries, weights, names.
 */
#include "model/compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/schedule.h"

/* Where a program's sizes must stay for the 32-bit beat offsets of its descriptors. */
static const uint64_t most_weight_beats = 1ull << 31;

static int copy_stages(const struct vn_qnet *net, const struct vn_layout *lay, struct vn_program *p)
{
	uint32_t s;

	p->stages = calloc((size_t)net->n_stages, sizeof(*p->stages));
	if (!p->stages)
		return 0;
	p->n_stages = (uint32_t)net->n_stages;
	for (s = 0; s < p->n_stages; s++) {
		const struct vn_qstage *q = &net->stages[s];
		struct vn_pstage *t = &p->stages[s];

		memcpy(t->name, q->name, sizeof(t->name));
		t->cin = (uint32_t)(q->k * q->k * q->cin);
		t->cout = (uint32_t)q->cout;
		t->conv_h = (uint32_t)q->conv_h;
		t->conv_w = (uint32_t)q->conv_w;
		t->out_h = (uint32_t)q->out_h;
		t->out_w = (uint32_t)q->out_w;
		t->pool_h = (uint32_t)q->pool_h;
		t->pool_w = (uint32_t)q->pool_w;
		t->dw = q->act != VN_QACT_NONE;
		t->n = (uint32_t)q->n;
		t->offset = lay->region[s];
		t->step = lay->step[s];
		t->scale = q->scale;
		t->centre = malloc((size_t)q->cout * sizeof(*t->centre));
		t->factor = malloc((size_t)q->cout * sizeof(*t->factor));
		if (!t->centre || !t->factor)
			return 0;
		memcpy(t->centre, q->centre, (size_t)q->cout * sizeof(*t->centre));
		for (int c = 0; c < q->cout; c++)
			t->factor[c] = q->factor ? q->factor[c] : 1;
	}
	return 1;
}

static int copy_net(const struct vn_qnet *net, struct vn_program *p)
{
	const size_t n = (size_t)net->classes;
	int k;

	p->in_c = net->in_c;
	p->in_h = net->in_h;
	p->in_w = net->in_w;
	p->k = net->stages[0].k;
	p->stride = net->stages[0].stride;
	p->pad = net->stages[0].pad;
	p->classes = net->classes;
	p->recipe = net->recipe;
	p->assumed = net->assumed;
	memcpy(p->mean, net->mean, sizeof(p->mean));
	memcpy(p->std, net->std, sizeof(p->std));
	p->logit_scale = malloc(n * sizeof(*p->logit_scale));
	p->name = calloc(1, 16);
	if (!p->logit_scale || !p->name)
		return 0;
	memcpy(p->logit_scale, net->logit_scale, n * sizeof(*p->logit_scale));
	strcpy(p->name, "program");
	if (!net->labels)
		return 1;
	p->labels = calloc(n, sizeof(*p->labels));
	for (k = 0; p->labels && k < net->classes; k++) {
		p->labels[k] = malloc(strlen(net->labels[k]) + 1);
		if (!p->labels[k])
			return 0;
		strcpy(p->labels[k], net->labels[k]);
	}
	return p->labels != NULL;
}

static int copy_weights(const struct vn_qnet *net, const struct vn_layout *lay,
                        struct vn_program *p)
{
	const uint32_t parts = (uint32_t)net->n_stages + 1;
	uint32_t s;

	p->weight_beats = lay->segment[parts];
	p->weights = aligned_alloc(VN_BEAT_BYTES, p->weight_beats * VN_BEAT_BYTES);
	p->segments = calloc(parts + 1, sizeof(*p->segments));
	if (!p->weights || !p->segments)
		return 0;
	memset(p->weights, 0, p->weight_beats * VN_BEAT_BYTES);
	vn_layout_pack(net, lay, p->weights);
	p->n_segments = parts + 1;
	p->segments[0] = (struct vn_segment){0, p->weight_beats};
	for (s = 0; s < parts; s++)
		p->segments[s + 1] =
		        (struct vn_segment){lay->segment[s], lay->segment[s + 1] - lay->segment[s]};
	return 1;
}

static int add_entry(const struct vn_qnet *net, const struct vn_layout *lay,
                     const struct vn_entry_plan *plan, struct vn_list *list, struct vn_program *p,
                     vn_error *err)
{
	struct vn_entry *e = &p->entries[p->n_entries];
	int ret;

	e->first = list->count;
	ret = vn_schedule(net, lay, plan, list, err);
	if (ret)
		return ret;
	e->kind = plan->kind;
	e->stage = plan->stage;
	e->count = list->count - e->first;
	e->group = plan->group;
	e->segment = plan->kind == VN_ENTRY_STAGE ? plan->stage + 1 : 0;
	e->input = lay->input;
	e->output = lay->output;
	e->scratch = lay->scratch;
	p->n_entries++;
	return 0;
}

/* The entry of @group images a pass; 0: of as many as fit, up to eight, which is enough for the
 * weights of the FC to cost next to nothing. */
static int add_group(const struct vn_qnet *net, const struct vn_layout *lay, int group,
                     struct vn_list *list, struct vn_program *p, vn_error *err)
{
	struct vn_entry_plan plan = {VN_ENTRY_GROUP, 0, (uint32_t)group};
	const uint32_t first = list->count;
	int ret;

	if (group)
		return group > 1 ? add_entry(net, lay, &plan, list, p, err) : 0;
	for (plan.group = 8; plan.group > 1; plan.group /= 2) {
		ret = add_entry(net, lay, &plan, list, p, err);
		if (ret != VN_EFIT)
			return ret;
		list->count = first;
	}
	return 0;
}

static int add_entries(const struct vn_qnet *net, const struct vn_layout *lay, int group,
                       struct vn_program *p, vn_error *err)
{
	const uint32_t parts = (uint32_t)net->n_stages + 1;
	struct vn_entry_plan plan = {VN_ENTRY_SINGLE, 0, 1};
	struct vn_list list = {0};
	int ret;

	p->entries = calloc(parts + 2, sizeof(*p->entries));
	if (!p->entries)
		return vn_fail_nomem(err, (parts + 2) * sizeof(*p->entries), "entries");
	ret = add_entry(net, lay, &plan, &list, p, err);
	if (!ret)
		ret = add_group(net, lay, group, &list, p, err);
	for (plan = (struct vn_entry_plan){VN_ENTRY_STAGE, 0, 1}; !ret && plan.stage < parts;
	     plan.stage++)
		ret = add_entry(net, lay, &plan, &list, p, err);
	if (ret) {
		vn_list_free(&list);
		return ret;
	}
	p->desc = list.desc;
	p->n_desc = list.count;
	free(list.access);
	return 0;
}

int vn_check_taps(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	const int most = (int)config[VN_CFG_MAX_N];

	for (int s = 0; s < net->n_stages; s++)
		if (net->stages[s].n > most)
			return vn_fail(err, VN_EFIT,
			               "choose a compute unit with a larger MAX_N, as in --params "
			               "MAX_N=4",
			               "%s: its depthwise convolution has n = %d, the compute "
			               "unit at most %d",
			               net->stages[s].name, net->stages[s].n, most);
	return 0;
}

int vn_assemble(const struct vn_qnet *net, const uint32_t config[VN_CONFIG_WORDS], int group,
                struct vn_program **out, vn_error *err)
{
	struct vn_program *p = calloc(1, sizeof(*p));
	struct vn_layout lay;
	int ret;

	if (!p)
		return vn_fail_nomem(err, sizeof(*p), "a program");
	if (group < 0 || group > 255) {
		free(p);
		return vn_fail(err, VN_EARG, "give 1 to 255", "a pass of %d images is impossible",
		               group);
	}
	memcpy(p->config, config, sizeof(p->config));
	p->hash = vn_config_hash(config);
	ret = vn_check_taps(net, config, err);
	if (!ret)
		ret = vn_layout_make(net, config, &lay, err);
	if (ret) {
		free(p);
		return ret;
	}
	if (lay.segment[net->n_stages + 1] > most_weight_beats)
		ret = vn_fail(err, VN_EFIT, "use a smaller network", "its weights pass 128 GiB");
	else if (!copy_stages(net, &lay, p) || !copy_net(net, p) || !copy_weights(net, &lay, p))
		ret = vn_fail_nomem(err, lay.segment[net->n_stages + 1] * VN_BEAT_BYTES,
		                    "a program");
	else
		ret = add_entries(net, &lay, group, p, err);
	vn_layout_free(&lay);
	if (!ret)
		ret = vn_program_check(p, err);
	if (ret) {
		vn_program_free(p);
		return ret;
	}
	*out = p;
	return 0;
}

int vn_compile(struct vn_net *net, const struct vn_calib *calib,
               const struct vn_compile_options *opt, struct vn_program **prog, vn_error *err)
{
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_qnet *q;
	int ret = vn_config_for(opt->rows, opt->cols, config, err);

	if (!ret)
		ret = vn_config_set(opt->params, config, err);
	if (!ret)
		ret = vn_quantise(net, calib, opt, &q, err);
	if (ret)
		return ret;
	ret = vn_assemble(q, config, opt->group, prog, err);
	vn_qnet_free(q);
	return ret;
}
