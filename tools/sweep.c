/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep.c - predicted cycles of networks on compute units that are only wished for.
 *
 *   sweep SIZE NETS IMAGES [--stages] PARAMS...
 *
 * SIZE: 32x64.  NETS: names of model/variants.h, or "all" (whose kernels are 7x7), separated by commas.  IMAGES: images of a
 * start and of a pass, "1,8,64/8"; without the second a start is one pass.  PARAMS: of a compute unit, each one argument: "DW_CH=8 LANES=32"; "" is
 * the default.  --stages: a line a stage as well.  Weights are not needed and not made.
 * Prints CSV, cycles of the whole start, utilisation of the array in per cent:
 *   params,net,images,all,cycles,utilisation, and the cycles that each engine is busy
 *   params,net,images,stage,cycles,utilisation,weights,maps: while the array is at the stage, and
 *   the bytes a cycle that it asks of the weights and of the maps port meanwhile
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/predict.h"
#include "model/schedule.h"
#include "model/variants.h"

struct want {
	int rows, cols, stages;
	const char *nets, *images;
};

/* Whether @word is in the list @words, whose parts are separated by commas. */
static int listed(const char *words, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = words; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && !memcmp(at, word, length))
			return 1;
	return 0;
}

static void print(const struct vn_qnet *net, const struct vn_layout *lay, const char *params,
                  const char *name, uint32_t images, const struct want *want,
                  const struct vn_predict *p)
{
	const double cells = (double)lay->rows * lay->cols;
	uint64_t macs = 0;

	for (int s = 0; s <= net->n_stages; s++)
		macs += vn_qnet_array_macs(net, s) * images;
	printf("%s,%s,%u,all,%llu,%.2f", params, name, images, (unsigned long long)p->cycles,
	       100 * (double)macs / ((double)p->cycles * cells));
	for (int e = 0; e < VN_ENGINES; e++)
		printf(",%llu", (unsigned long long)p->spent[e][VN_SPENT_BUSY]);
	printf("\n");
	for (int s = 0; want->stages && s <= net->n_stages; s++) {
		const struct vn_predict_stage *t = &p->stages[s];

		const double cycles = (double)t->held;

		printf("%s,%s,%u,%s,%.0f,%.2f,%.1f,%.1f\n", params, name, images,
		       s < net->n_stages ? net->stages[s].name : "fc", cycles,
		       100 * (double)vn_qnet_array_macs(net, s) * images / (cycles * cells),
		       (double)t->weights / cycles, (double)t->maps / cycles);
	}
}

/* A start of @images images of @net, @group a pass. */
static int predict(const struct vn_qnet *net, const struct vn_layout *lay, uint32_t images,
                   uint32_t group, struct vn_predict *p, vn_error *err)
{
	const struct vn_entry_plan plan = {group > 1 ? VN_ENTRY_GROUP : VN_ENTRY_SINGLE, 0, group};
	const struct vn_predict_options opt = {.images = images};
	struct vn_list list = {0};
	int ret = vn_schedule(net, lay, &plan, &list, err);

	if (!ret)
		ret = vn_predict(lay->config, (const uint32_t(*)[VN_DESC_WORDS])list.desc,
		                 list.count, &opt, p, err);
	vn_list_free(&list);
	return ret;
}

static int sweep(const struct want *want, const struct vn_variant *v, const char *params,
                 vn_error *err)
{
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_qnet *net = NULL;
	struct vn_layout lay = {0};
	struct vn_predict p;
	const char *at = want->images;
	struct vn_variant_pick pick = {.v = v, .h = v->image, .w = v->image};
	int ret = vn_config_for(want->rows, want->cols, config, err);

	if (!ret)
		ret = vn_config_set(params, config, err);
	if (ret)
		return ret;
	pick.n = config[VN_CFG_MAX_N] < 3 ? (int)config[VN_CFG_MAX_N] : 3;
	ret = vn_variant_shape(&pick, &net, err);
	if (!ret)
		ret = vn_layout_make(net, config, &lay, err);
	while (!ret && *at) {
		char *end;
		const uint32_t images = (uint32_t)strtoul(at, &end, 10);
		const uint32_t group = *end == '/' ? (uint32_t)strtoul(end + 1, &end, 10) : images;

		ret = predict(net, &lay, images, group, &p, err);
		if (!ret)
			print(net, &lay, params, v->name, images, want, &p);
		at = *end == ',' ? end + 1 : end;
	}
	vn_layout_free(&lay);
	vn_qnet_free(net);
	return ret;
}

int main(int argc, char **argv)
{
	struct want want = {0};
	const struct vn_variant *v;
	vn_error err;
	int first = 4, ret = 0;

	if (argc < 5 || sscanf(argv[1], "%dx%d", &want.rows, &want.cols) != 2) {
		fprintf(stderr, "usage: sweep RxC NETS IMAGES [--stages] PARAMS...\n");
		return 2;
	}
	want.nets = argv[2];
	want.images = argv[3];
	want.stages = !strcmp(argv[4], "--stages");
	for (first += want.stages; first < argc && !ret; first++)
		for (int i = 0; (v = vn_variant_at(i)) != NULL && !ret; i++)
			if (listed(want.nets, v->name) || (v->n == 3 && listed(want.nets, "all")))
				ret = sweep(&want, v, argv[first], &err);
	if (!ret)
		return 0;
	fprintf(stderr, "sweep: %s\n", err.message);
	return 1;
}
