/* SPDX-License-Identifier: Apache-2.0
 *
 * variant_net.c - a variant with random weights.
 *
 * Random weights alone die within a few layers: means pile up, and every image gives the same
 * logits.  Training keeps layers alive by batch normalisation, so each convolution and depthwise
 * kernel is followed by one here, whose statistics are those of some scenes, and which is then
 * merged into the weights.
 *
 * Reading order: vn_variant_net(), make_weights(), make_stage(), then the steps above it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/splitmix.h"
#include "include/vanillin_compile.h"
#include "model/net_gemm.h"
#include "model/scene.h"
#include "model/variants.h"

enum {
	SCENES = 4,
	SAMPLES = 64, /* pixels of a map that a convolution's statistics are taken from */
	COLUMNS = SCENES * SAMPLES,
};

/* The scenes on their way through the network. */
struct scenes {
	float *map[SCENES]; /* [cin][in_h][in_w] of the stage that is next */
	float *patch;       /* [cin*k*k][COLUMNS] */
	float *sums;        /* [cout][COLUMNS] */
	void *pack;         /* VN_GEMM_PACK */
	uint64_t state;     /* of the random numbers */
};

/* ---- random numbers ---- */

/* Mean 0, variance 1: four uniform ones, so that no logarithm is needed. */
static float normal(uint64_t *state)
{
	const uint64_t r = vn_splitmix(state);
	const int32_t sum = (int32_t)(r & 0xffff) + (int32_t)(r >> 16 & 0xffff) +
	                    (int32_t)(r >> 32 & 0xffff) + (int32_t)(r >> 48) - 2 * 65535;

	return (float)sum * (1.7320508f / 65536);
}

static float between(uint64_t *state, float least, float most)
{
	return least + (most - least) * (float)(vn_splitmix(state) >> 40) / (float)(1 << 24);
}

static void fill(uint64_t *state, float *v, size_t n, float deviation)
{
	for (size_t i = 0; i < n; i++)
		v[i] = deviation * normal(state);
}

/* ---- statistics ---- */

static size_t area(int h, int w)
{
	return (size_t)h * (size_t)w;
}

/* What merged batch normalisation does to a channel: y = gain*x + shift. */
struct norm {
	float gain, shift;
};

/* @x: the channel's values, [n] in each of @parts runs.  Its mean becomes @mean, its deviation
 * @deviation.  A channel that never changes is left at that mean. */
static struct norm normalise(const float *const *x, int parts, size_t n, float mean,
                             float deviation)
{
	double sum = 0, square = 0, count = (double)n * parts, variance;
	float gain;

	for (int p = 0; p < parts; p++)
		for (size_t i = 0; i < n; i++) {
			sum += x[p][i];
			square += (double)x[p][i] * x[p][i];
		}
	sum /= count;
	variance = square / count - sum * sum;
	gain = variance > 1e-6 * (sum * sum + 1e-6) ? deviation / (float)sqrt(variance) : 1;
	return (struct norm){gain, mean - gain * (float)sum};
}

/* ---- the convolution ---- */

/* One column of the patches: what the convolution sees at (y, x). */
static void sample(const struct vn_stage *st, const float *in, int y, int x, float *patch)
{
	for (int c = 0; c < st->cin; c++, in += area(st->in_h, st->in_w))
		for (int ky = 0; ky < st->k; ky++)
			for (int kx = 0; kx < st->k; kx++, patch += COLUMNS) {
				const int iy = y * st->stride + ky - st->pad,
				          ix = x * st->stride + kx - st->pad;
				const int inside =
				        iy >= 0 && ix >= 0 && iy < st->in_h && ix < st->in_w;

				*patch = inside ? in[area(iy, st->in_w) + (size_t)ix] : 0;
			}
}

static void make_conv(const struct vn_stage *st, struct scenes *sc)
{
	const size_t patch = area(st->k, st->k) * (size_t)st->cin,
	             pixels = area(st->conv_h, st->conv_w);
	const struct vn_gemm_size size = {(size_t)st->cout, COLUMNS, patch, patch,
	                                  COLUMNS,          COLUMNS};

	fill(&sc->state, st->w, (size_t)st->cout * patch, 1 / sqrtf((float)patch));
	for (int s = 0; s < SCENES; s++)
		for (int i = 0; i < SAMPLES; i++) {
			const size_t at = vn_splitmix(&sc->state) % pixels;

			sample(st, sc->map[s], (int)(at / (size_t)st->conv_w),
			       (int)(at % (size_t)st->conv_w), sc->patch + s * SAMPLES + i);
		}
	memset(sc->sums, 0, (size_t)st->cout * COLUMNS * sizeof(*sc->sums));
	vn_gemm_f32(&size, st->w, sc->patch, sc->sums, sc->pack);
	for (int c = 0; c < st->cout; c++) {
		const float *x = sc->sums + (size_t)c * COLUMNS;
		const float deviation = between(&sc->state, 0.6f, 1.4f);
		const float mean = between(&sc->state, 0, 1.5f) * deviation;
		const struct norm norm = normalise(&x, 1, COLUMNS, mean, deviation);

		for (size_t i = 0; i < patch; i++)
			st->w[(size_t)c * patch + i] *= norm.gain;
		st->b[c] = norm.shift;
	}
}

/* ---- the depthwise kernel ---- */

static void make_taps(const struct vn_stage *st, struct scenes *sc)
{
	const size_t side = 2 * (size_t)st->n + 1, taps = side * side;

	fill(&sc->state, st->act_w, (size_t)st->cout * taps, 0.3f / (float)side);
	for (int c = 0; c < st->cout; c++) {
		st->act_w[(size_t)c * taps + taps / 2] += 1;
		st->act_b[c] = 0;
	}
}

/* @map: what the raw kernel gave for each scene, [cout][out_h][out_w]; normalised as well. */
static void merge_taps(const struct vn_stage *st, struct scenes *sc, float *const *map)
{
	const size_t side = 2 * (size_t)st->n + 1, taps = side * side,
	             pixels = area(st->out_h, st->out_w);

	for (int c = 0; c < st->cout; c++) {
		const float *x[SCENES];
		const float deviation = between(&sc->state, 0.6f, 1.4f);
		const float mean = between(&sc->state, -0.5f, 0.5f) * deviation;
		struct norm norm;

		for (int s = 0; s < SCENES; s++)
			x[s] = map[s] + (size_t)c * pixels;
		norm = normalise(x, SCENES, pixels, mean, deviation);
		for (size_t i = 0; i < taps; i++)
			st->act_w[(size_t)c * taps + i] *= norm.gain;
		st->act_b[c] = norm.shift;
		for (int s = 0; s < SCENES; s++)
			for (size_t i = 0; i < pixels; i++) {
				float *v = &map[s][(size_t)c * pixels + i];

				*v = norm.gain * *v + norm.shift;
			}
	}
}

/* ---- one stage ---- */

static int alloc_stage(struct vn_stage *st)
{
	const size_t side = 2 * (size_t)st->n + 1, c = (size_t)st->cout;

	st->w = malloc(c * area(st->k, st->k) * (size_t)st->cin * sizeof(*st->w));
	st->b = malloc(c * sizeof(*st->b));
	st->act_w = malloc(c * side * side * sizeof(*st->act_w));
	st->act_b = malloc(c * sizeof(*st->act_b));
	return st->w && st->b && st->act_w && st->act_b;
}

/* Give the stage its weights and send the scenes through it. */
static int make_stage(struct vn_stage *st, struct scenes *sc, vn_error *err)
{
	const struct vn_net one = {.n_stages = 1, .stages = st};
	const size_t values = (size_t)st->cout * area(st->out_h, st->out_w);
	const size_t patch = area(st->k, st->k) * (size_t)st->cin;
	int rc = 0;

	sc->patch = malloc(patch * COLUMNS * sizeof(*sc->patch));
	sc->sums = malloc((size_t)st->cout * COLUMNS * sizeof(*sc->sums));
	if (!alloc_stage(st) || !sc->patch || !sc->sums)
		rc = vn_fail_nomem(err, patch * (size_t)st->cout * sizeof(*st->w), st->name);
	if (!rc) {
		make_conv(st, sc);
		make_taps(st, sc);
	}
	for (int s = 0; !rc && s < SCENES; s++) {
		float *out[2] = {malloc(values * sizeof(float)), NULL};

		rc = out[0] ? vn_net_run(&one, sc->map[s], out, NULL, err)
		            : vn_fail_nomem(err, values * sizeof(float), st->name);
		free(sc->map[s]);
		sc->map[s] = out[0];
	}
	if (!rc)
		merge_taps(st, sc, sc->map);
	free(sc->patch);
	free(sc->sums);
	return rc;
}

/* ---- the classifier ---- */

/* Logits have mean 0 over the scenes, so that no class wins them all, and few of them are large, so
 * that the best is ahead of the next as in a trained network. */
static int make_classifier(struct vn_net *net, struct scenes *sc, vn_error *err)
{
	const struct vn_stage *st = &net->stages[net->n_stages - 1];
	const size_t pixels = area(st->out_h, st->out_w), cin = (size_t)st->cout;
	float *mean = calloc(cin, sizeof(*mean));

	net->fc_w = malloc((size_t)net->classes * cin * sizeof(*net->fc_w));
	net->fc_b = malloc((size_t)net->classes * sizeof(*net->fc_b));
	if (!mean || !net->fc_w || !net->fc_b) {
		free(mean);
		return vn_fail_nomem(err, (size_t)net->classes * cin * sizeof(float), "the FC");
	}
	for (size_t c = 0; c < cin; c++)
		for (int s = 0; s < SCENES; s++)
			for (size_t i = 0; i < pixels; i++)
				mean[c] += sc->map[s][c * pixels + i] / (float)(SCENES * pixels);
	for (int k = 0; k < net->classes; k++) {
		float *w = net->fc_w + (size_t)k * cin;
		const float u = between(&sc->state, 0, 1), u4 = u * u * u * u;
		double sum = 0;

		fill(&sc->state, w, cin, (1 + 7 * u4 * u4) / sqrtf((float)cin));
		for (size_t c = 0; c < cin; c++)
			sum += (double)w[c] * mean[c];
		net->fc_b[k] = (float)-sum;
	}
	free(mean);
	return 0;
}

/* ---- the network ---- */

/* What exporters assume where nothing is told (model/onnx_recipe.c), but told. */
static void tell_recipe(struct vn_net *net)
{
	static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};
	const int least = net->in_h < net->in_w ? net->in_h : net->in_w;

	for (int c = 0; c < net->in_c; c++) {
		net->mean[c] = net->in_c == 3 ? mean[c] : 0.5f;
		net->std[c] = net->in_c == 3 ? std[c] : 0.25f;
	}
	net->normalised = 1;
	if (net->in_c == 3 && least * 8 / 7 <= VN_RESIZE_MAX)
		net->recipe.resize = least * 8 / 7;
}

static int make_scenes(const struct vn_net *net, uint64_t seed, struct scenes *sc, vn_error *err)
{
	const size_t bytes = area(net->in_h, net->in_w) * (size_t)net->in_c;
	uint8_t *pixels = malloc(bytes);
	int ok = pixels != NULL;

	for (int s = 0; ok && s < SCENES; s++) {
		sc->map[s] = malloc(bytes * sizeof(float));
		ok = sc->map[s] != NULL;
		if (!ok)
			break;
		vn_scene(seed, (uint64_t)s, net->in_h, net->in_w, net->in_c, pixels);
		vn_net_normalise(net, pixels, sc->map[s]);
	}
	free(pixels);
	return ok ? 0 : vn_fail_nomem(err, bytes * sizeof(float), "a picture");
}

static int make_weights(struct vn_net *net, uint64_t seed, vn_error *err)
{
	struct scenes sc = {.state = vn_mix(seed), .pack = aligned_alloc(64, VN_GEMM_PACK)};
	int rc = sc.pack ? make_scenes(net, seed, &sc, err)
	                 : vn_fail_nomem(err, VN_GEMM_PACK, "a matrix product");

	for (int s = 0; !rc && s < net->n_stages; s++)
		rc = make_stage(&net->stages[s], &sc, err);
	if (!rc)
		rc = make_classifier(net, &sc, err);
	for (int s = 0; s < SCENES; s++)
		free(sc.map[s]);
	free(sc.pack);
	return rc;
}

static void move_weights(struct vn_stage *to, struct vn_stage *from)
{
	to->w = from->w;
	to->b = from->b;
	to->act_w = from->act_w;
	to->act_b = from->act_b;
	from->w = from->b = from->act_w = from->act_b = NULL;
}

/* Weights do not depend on the image's size: an image larger than the variant's own gets those of
 * that, in the time of that. */
static int make_smaller(const struct vn_variant_pick *pick, struct vn_net *net, vn_error *err)
{
	struct vn_variant_pick own = *pick;
	struct vn_net *small;
	int rc;

	own.h = own.w = pick->v->image;
	rc = vn_variant_net(&own, &small, err);
	if (rc)
		return rc;
	for (int s = 0; s < net->n_stages; s++)
		move_weights(&net->stages[s], &small->stages[s]);
	net->fc_w = small->fc_w;
	net->fc_b = small->fc_b;
	small->fc_w = small->fc_b = NULL;
	vn_net_free(small);
	return 0;
}

int vn_variant_net(const struct vn_variant_pick *pick, struct vn_net **out, vn_error *err)
{
	const struct vn_variant *v = pick->v;
	struct vn_net *net;
	int rc = vn_variant_stages(pick, &net, err);

	*out = NULL;
	if (rc)
		return rc;
	tell_recipe(net);
	rc = pick->h * pick->w > v->image * v->image ? make_smaller(pick, net, err)
	                                             : make_weights(net, pick->seed, err);
	if (rc) {
		vn_net_free(net);
		return rc;
	}
	vn_net_note(net, "%s with random weights of seed %llu: its answers mean nothing", v->name,
	            (unsigned long long)pick->seed);
	*out = net;
	return 0;
}

int vn_net_variant(const char *name, struct vn_net **net, vn_error *err)
{
	struct vn_variant_pick pick;
	int rc;

	if (net)
		*net = NULL;
	if (!name || !net)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_net_variant: no name or no place for the network");
	rc = vn_variant_parse(name, &pick, err);
	return rc ? rc : vn_variant_net(&pick, net, err);
}
