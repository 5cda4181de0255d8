/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_compare.c - vanillin compare: what int8 costs, the float network against its program.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/cli.h"
#include "host/net.h"
#include "host/out.h"
#include "host/pictures.h"
#include "host/quality.h"
#include "host/quality_data.h"
#include "host/work.h"

struct compare {
	struct vh_common common;
	const char *data_path;
	long images; /* 0: all */
	int first, by_order;
	struct vh_pictures pictures;
	enum vh_alpha alpha;
	struct vn_net *net;
	vn_program *prog;
	vn_program_info info;
	struct vh_data data;
	struct vh_quality quality;
};

/* The same sizes, stage by stage; and then the program's normalisation, which --mean and --std may
 * have set. */
static int match(struct compare *c, const char *net, const char *vnx, vn_error *err)
{
	const vn_program_info *i = &c->info;
	const struct vn_net *n = c->net;
	int same = n->in_c == i->in_c && n->in_h == i->in_h && n->in_w == i->in_w &&
	           n->classes == i->classes && n->n_stages == i->stages;

	for (int s = 0; same && s < i->stages; s++) {
		vn_stage_info t;

		same = vn_program_stage(c->prog, s, &t) == 0 && t.c == n->stages[s].cout &&
		       t.h == n->stages[s].out_h && t.w == n->stages[s].out_w;
	}
	if (!same)
		return vn_fail(err, VN_EARG, "give the network that it was compiled from",
		               "%.200s was not made of %.200s: their sizes differ", vnx, net);
	memcpy(c->net->mean, i->mean, sizeof(c->net->mean));
	memcpy(c->net->std, i->std, sizeof(c->net->std));
	return 0;
}

static int compare(struct compare *c, const char *net, const char *vnx, vn_error *err)
{
	const struct vh_quality_source from = {
	        .path = c->data_path,
	        .images = (size_t)c->images,
	        .first = c->first,
	        .by_order = c->by_order,
	        .skip_bad = c->pictures.skip_bad,
	        .alpha = c->alpha,
	};
	struct vh_quality_set set = {.data = &c->data};
	int rc = vh_net_load(net, &c->net, err);

	if (!rc)
		rc = vn_program_load(vnx, &c->prog, err);
	if (rc)
		return rc;
	vn_program_get_info(c->prog, &c->info);
	rc = match(c, net, vnx, err);
	if (!rc)
		rc = vh_quality_data(&from, c->prog, &c->data, err);
	if (rc)
		return rc;
	set.images = c->data.n;
	return vh_quality(c->net, c->prog, &set, "compare", vh_threads(&c->common, "ref:"),
	                  &c->quality, err);
}

static int print(const struct compare *c, const char *net, const char *vnx)
{
	const struct vh_quality *q = &c->quality;
	if (c->common.json) {
		json_t *o = vh_quality_json(q, c->prog);

		if (o) {
			json_object_set_new(o, "network", vh_json_text(net));
			json_object_set_new(o, "program", vh_json_text(vnx));
			json_object_set_new(o, "data", vh_json_text(c->data_path));
		}
		return vh_print_json(o);
	}
	printf("compare: ");
	vh_quality_print(q, c->prog);
	printf("\n");
	return VH_OK;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct compare c = {0};
	const struct vh_option options[] = {
	        {"data", 0, VH_TEXT, "PATH",
	         "images as in run or eval; with labels, top-1 of both is told (required)",
	         &c.data_path, 0, 0},
	        {"images", 0, VH_NUMBER, "N", "only N images, spread over the set", &c.images, 1,
	         0x7fffffff},
	        {"first", 0, VH_FLAG, NULL, "with --images: the first ones", &c.first, 0, 0},
	        {"by-order", 0, VH_FLAG, NULL,
	         "take folders for classes in sorted order, whatever they are called", &c.by_order,
	         0, 0},
	        VH_PICTURE_OPTIONS(&c.pictures),
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &c.common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (!c.data_path)
		return vh_usage(self->name, "--data is missing");
	rc = vh_pictures_parse(&c.pictures, self->name, &c.alpha);
	if (rc != VH_GO_ON)
		return rc;
	vh_catch_interrupt();
	rc = vh_exit_code(compare(&c, argv[0], argv[1], &err), &err);
	if (rc == VH_OK) {
		rc = print(&c, argv[0], argv[1]);
		vh_quality_warn(&c.quality, c.prog);
	}
	vh_data_free(&c.data);
	vn_program_free(c.prog);
	vn_net_free(c.net);
	return rc;
}

const struct vh_command VH_COMPARE = {
        .name = "compare",
        .operands = "NET NET.vnx --data PATH",
        .summary = "what int8 costs: the float network against its program",
        .least = 2,
        .most = 2,
        .kind = VH_ASKS_MACHINE,
        .more = VH_NET_HELP,
        .run = run,
};
