/* SPDX-License-Identifier: Apache-2.0
 *
 * variants.c - the table of variants, their names, and networks of such shapes.
 */
#include "model/variants.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "model/compile.h"
#include "spec/check.h"

/* Blocks 1 to 3, and the 2048 channels at 14x14 of which a deeper network has more. */
#define HEAD     512, 1024, 2048
#define IMAGENET .image = 224, .in_c = 3, .classes = 1000, .n = 3, .k = 4, .stride = 4

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
        /* The backbone of the official detectors; the paper's images are 800x1344. */
        {"vanillanet-13-det", .image = 224, .in_c = 3, .classes = 1000, .n = 4, .k = 4, .stride = 4,
         .stem = 512, .blocks = 11, .cout = {HEAD, 2048, 2048, 2048, 2048, 2048, 2048, 4096, 4096},
         .halve = {0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-13-1.5x", IMAGENET, .stem = 768, .blocks = 11,
         .cout = {768, 1536, 3072, 3072, 3072, 3072, 3072, 3072, 3072, 6144, 6144},
         .halve = {0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
        {"vanillanet-13-1.5x-ada-pool", .image = 224, .in_c = 3, .classes = 1000, .n = 3, .k = 4,
         .stride = 3, .pad = 1, .stem = 768, .blocks = 11,
         .cout = {768, 1536, 3072, 3072, 3072, 3072, 3072, 3072, 3072, 6144, 6144},
         .halve = {0, 38, 19, 0, 0, 0, 0, 0, 0, 10, 0}},
        {"fashion", .image = 28, .in_c = 1, .classes = 10, .n = 3, .k = 4, .stride = 2, .pad = 1,
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

/* ---- names ---- */

int vn_variant_named(const char *text)
{
	const size_t length = strcspn(text, "@#");
	const char *dot = strrchr(text, '.');

	if (strchr(text, '/') || (dot && (!strcmp(dot, ".onnx") || !strcmp(dot, ".vnx"))))
		return 0;
	return !strncasecmp(text, "vanilla", 7) || (length == 7 && !strncmp(text, "fashion", 7));
}

/* @text up to '@' or '#', in the table's spelling: the official one has "_" for "-" and "x1_5" for
 * "1.5x". */
static void plain_name(const char *text, char *name, size_t size)
{
	size_t n = 0;
	char *wide;

	for (; text[n] && !strchr("@#", text[n]) && n + 1 < size; n++)
		name[n] = text[n] == '_' ? '-' : (char)tolower((unsigned char)text[n]);
	name[n] = '\0';
	wide = strstr(name, "x1-5");
	for (int i = 0; wide && i < 4; i++)
		wide[i] = "1.5x"[i];
}

static int no_such_variant(const char *text, vn_error *err)
{
	char list[512] = "";
	const struct vn_variant *v;

	for (int i = 0; (v = vn_variant_at(i)) != NULL; i++) {
		const size_t at = strlen(list);

		snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", v->name);
	}
	return vn_fail(err, VN_EARG, "give one of them, or the path of a file",
	               "%.100s: there is no such network; those with a name are %s", text, list);
}

/* "@384x256" or "@384" */
static int parse_size(const char *text, const char *at, struct vn_variant_pick *pick, vn_error *err)
{
	char end = '\0', after = '\0';
	const int n = sscanf(at, "@%5d%c%5d%c", &pick->h, &end, &pick->w, &after);

	const int square = n == 1 || (n >= 2 && end == '#');
	const int both = end == 'x' && (n == 3 || (n == 4 && after == '#'));

	if (square)
		pick->w = pick->h;
	if ((!square && !both) || pick->h < 1 || pick->w < 1 || pick->h > VN_MAX_MAP ||
	    pick->w > VN_MAX_MAP)
		return vn_fail(err, VN_EARG, "give height x width, as in vanillanet-5@256x192",
		               "%.100s: the size is not two numbers from 1 to %d", text,
		               VN_MAX_MAP);
	return 0;
}

int vn_variant_parse(const char *text, struct vn_variant_pick *pick, vn_error *err)
{
	const char *size = strchr(text, '@'), *seed = strchr(text, '#');
	char name[64], *end;
	int rc;

	plain_name(text, name, sizeof(name));
	*pick = (struct vn_variant_pick){.v = vn_variant_find(name), .seed = 1};
	if (!pick->v)
		return no_such_variant(text, err);
	pick->n = pick->v->n;
	pick->h = pick->w = pick->v->image;
	rc = size && (!seed || size < seed) ? parse_size(text, size, pick, err) : 0;
	if (rc || !seed)
		return rc;
	errno = 0;
	pick->seed = strtoull(seed + 1, &end, 10);
	if (errno || *end || !isdigit((unsigned char)seed[1]))
		return vn_fail(err, VN_EARG,
		               "end the name with a whole number, as in vanillanet-5#7",
		               "%.100s: the seed is not a number", text);
	return 0;
}

/* ---- shapes ---- */

/* One axis: the map after a block's pooling, and what the windows divide. */
static int pool_axis(const struct vn_stage *st, int halve, int conv, int *out, int *pool,
                     vn_error *err)
{
	*out = halve == 1 ? conv / 2 : halve ? halve : conv;
	*pool = halve == 1 ? 2 * *out : conv;
	if (*out < 1)
		return vn_fail(err, VN_EMODEL, "choose a larger image",
		               "%s: its map of %d pixels cannot be halved", st->name, conv);
	if (*pool < *out || *pool > VN_POOL_RATIO * *out)
		return vn_fail(err, VN_EMODEL,
		               "choose an image for which the map is 1 to 3 times as large",
		               "%s: it pools %d pixels to %d, and the compute unit at most %d to 1",
		               st->name, *pool, *out, VN_POOL_RATIO);
	return 0;
}

static int block_shape(const struct vn_variant *v, int s, struct vn_stage *st, vn_error *err)
{
	const int halve = v->halve[s - 1];
	int rc;

	snprintf(st->name, sizeof(st->name), "block%d", s);
	st->cin = st[-1].cout;
	st->cout = v->cout[s - 1];
	st->k = st->stride = 1;
	st->in_h = st->conv_h = st[-1].out_h;
	st->in_w = st->conv_w = st[-1].out_w;
	rc = pool_axis(st, halve, st->conv_h, &st->out_h, &st->pool_h, err);
	return rc ? rc : pool_axis(st, halve, st->conv_w, &st->out_w, &st->pool_w, err);
}

static int stem_shape(const struct vn_variant_pick *pick, struct vn_stage *st, vn_error *err)
{
	const struct vn_variant *v = pick->v;

	*st = (struct vn_stage){.name = "stem",
	                        .cin = v->in_c,
	                        .cout = v->stem,
	                        .k = v->k,
	                        .stride = v->stride,
	                        .pad = v->pad,
	                        .in_h = pick->h,
	                        .in_w = pick->w};
	if (pick->h + 2 * v->pad < v->k || pick->w + 2 * v->pad < v->k)
		return vn_fail(err, VN_EMODEL, "choose a larger image",
		               "stem: an image of %d x %d is smaller than its kernel of %d",
		               pick->h, pick->w, v->k);
	st->conv_h = st->out_h = st->pool_h = (pick->h + 2 * v->pad - v->k) / v->stride + 1;
	st->conv_w = st->out_w = st->pool_w = (pick->w + 2 * v->pad - v->k) / v->stride + 1;
	return 0;
}

int vn_variant_stages(const struct vn_variant_pick *pick, struct vn_net **out, vn_error *err)
{
	const struct vn_variant *v = pick->v;
	struct vn_net *net = calloc(1, sizeof(*net));
	int rc;

	*out = NULL;
	if (net)
		net->stages = calloc((size_t)v->blocks + 1, sizeof(*net->stages));
	if (!net || !net->stages) {
		vn_net_free(net);
		return vn_fail_nomem(err, sizeof(*net->stages), "a network's shape");
	}
	net->in_c = v->in_c;
	net->in_h = pick->h;
	net->in_w = pick->w;
	net->classes = v->classes;
	net->n_stages = v->blocks + 1;
	rc = stem_shape(pick, &net->stages[0], err);
	for (int s = 1; !rc && s < net->n_stages; s++)
		rc = block_shape(v, s, &net->stages[s], err);
	for (int s = 0; s < net->n_stages; s++)
		net->stages[s].n = pick->n;
	if (rc)
		vn_net_free(net);
	else
		*out = net;
	return rc;
}

int vn_variant_shape(const struct vn_variant_pick *pick, struct vn_qnet **out, vn_error *err)
{
	struct vn_net *net;
	int rc = vn_variant_stages(pick, &net, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = vn_net_shape(net, out, err);
	for (int s = 0; !rc && s < net->n_stages; s++) {
		struct vn_qstage *q = &(*out)->stages[s];

		/* A stage without weights looks as if it had no depthwise kernel. */
		q->act = s == net->n_stages - 1 ? VN_QACT_WSUM : VN_QACT_DW;
		q->n = pick->n;
	}
	vn_net_free(net);
	return rc;
}
