/* SPDX-License-Identifier: Apache-2.0
 *
 * variants.c - the table of variants, and a network of such a shape.
 */
#include "model/variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Blocks 1 to 3, and the 2048 channels at 14x14 of which a deeper network has more. */
#define HEAD     512, 1024, 2048
#define IMAGENET .image = 224, .in_c = 3, .classes = 1000, .k = 4, .stride = 4

static const struct vn_variant variants[] = {
        {"vanillanet-5", IMAGENET, .stem = 512, .blocks = 3, .cout = {1024, 2048, 4096},
         .halve = {1, 1, 1}},
        {"vanillanet-6", IMAGENET, .stem = 512, .blocks = 4, .cout = {1024, 2048, 4096, 4096},
         .halve = {1, 1, 1, 0}},
        {"vanillanet-7", IMAGENET, .stem = 512, .blocks = 5, .cout = {HEAD, 4096, 4096},
         .halve = {0, 1, 1, 1, 0}},
        {"vanillanet-8", IMAGENET, .stem = 512, .blocks = 6, .cout = {HEAD, 2048, 4096, 4096},
         .halve = {0, 1, 1, 0, 1, 0}},
        {"vanillanet-9", IMAGENET, .stem = 512, .blocks = 7, .cout = {HEAD, 2048, 2048, 4096, 4096},
         .halve = {0, 1, 1, 0, 0, 1, 0}},
        {"vanillanet-10", IMAGENET, .stem = 512, .blocks = 8,
         .cout = {HEAD, 2048, 2048, 2048, 4096, 4096}, .halve = {0, 1, 1, 0, 0, 0, 1, 0}},
        {"vanillanet-11", IMAGENET, .stem = 512, .blocks = 9,
         .cout = {HEAD, 2048, 2048, 2048, 2048, 4096, 4096}, .halve = {0, 1, 1, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-12", IMAGENET, .stem = 512, .blocks = 10,
         .cout = {HEAD, 2048, 2048, 2048, 2048, 2048, 4096, 4096},
         .halve = {0, 1, 1, 0, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-13", IMAGENET, .stem = 512, .blocks = 11,
         .cout = {HEAD, 2048, 2048, 2048, 2048, 2048, 2048, 4096, 4096},
         .halve = {0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-13-1.5x", IMAGENET, .stem = 768, .blocks = 11,
         .cout = {768, 1536, 3072, 3072, 3072, 3072, 3072, 3072, 3072, 6144, 6144},
         .halve = {0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-13-1.5x-ada-pool", .image = 224, .in_c = 3, .classes = 1000, .k = 4,
         .stride = 3, .pad = 1, .stem = 768, .blocks = 11,
         .cout = {768, 1536, 3072, 3072, 3072, 3072, 3072, 3072, 3072, 6144, 6144},
         .halve = {0, 38, 19, 0, 0, 0, 0, 0, 0, 10, 0}},
        {"fashion", .image = 28, .in_c = 1, .classes = 10, .k = 4, .stride = 2, .pad = 1,
         .stem = 64, .blocks = 3, .cout = {128, 192, 256}, .halve = {1, 0, 0}},
};

const struct vn_variant *vn_variant_at(int index)
{
	const int n = (int)(sizeof(variants) / sizeof(variants[0]));

	return index >= 0 && index < n ? &variants[index] : NULL;
}

const struct vn_variant *vn_variant_find(const char *name)
{
	const struct vn_variant *v;

	for (int i = 0; (v = vn_variant_at(i)) != NULL; i++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

static void block_shape(const struct vn_variant *v, int s, struct vn_qstage *q)
{
	const int side = q[-1].out_h, halve = v->halve[s - 1];

	q->cin = q[-1].cout;
	q->cout = v->cout[s - 1];
	q->k = q->stride = 1;
	q->in_h = q->conv_h = side;
	q->out_h = halve == 1 ? side / 2 : halve ? halve : side;
	q->pool_h = halve == 1 ? 2 * q->out_h : side;
}

int vn_variant_shape(const struct vn_variant *v, int n, struct vn_qnet **out, vn_error *err)
{
	struct vn_qnet *net = calloc(1, sizeof(*net));

	*out = NULL;
	if (net)
		net->stages = calloc((size_t)v->blocks + 1, sizeof(*net->stages));
	if (!net || !net->stages) {
		free(net);
		return vn_fail_nomem(err, sizeof(*net->stages), "a network's shape");
	}
	net->in_c = v->in_c;
	net->in_h = net->in_w = v->image;
	net->classes = v->classes;
	net->n_stages = v->blocks + 1;
	for (int s = 0; s < net->n_stages; s++) {
		struct vn_qstage *q = &net->stages[s];

		snprintf(q->name, sizeof(q->name), s ? "block%d" : "stem", s);
		if (s == 0) {
			*q = (struct vn_qstage){.name = "stem",
			                        .cin = v->in_c,
			                        .cout = v->stem,
			                        .k = v->k,
			                        .stride = v->stride,
			                        .pad = v->pad,
			                        .in_h = v->image};
			q->conv_h = (v->image + 2 * v->pad - v->k) / v->stride + 1;
			q->out_h = q->pool_h = q->conv_h;
		} else {
			block_shape(v, s, q);
		}
		q->in_w = q->in_h;
		q->conv_w = q->conv_h;
		q->out_w = q->out_h;
		q->pool_w = q->pool_h;
		q->cases = s == 0 && v->pad ? 9 : 1;
		q->act = s == net->n_stages - 1 ? VN_QACT_WSUM : VN_QACT_DW;
		q->n = n;
	}
	*out = net;
	return 0;
}
