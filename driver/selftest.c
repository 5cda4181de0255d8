/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.c - prove a compute unit by a small network: every stage's output and the logits equal
 * those of the fixed reference, bit by bit.
 *
 * The network is made for the unit's tile: it has more channels than rows and columns, a depthwise
 * kernel, pooling and the weighted sum, so every engine and every column of the array takes part;
 * it takes a few thousand cycles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/device.h"
#include "base/error.h"
#include "model/compile.h"
#include "model/fixed.h"
#include "model/net.h"

enum {
	STAGES = 3,
	IMAGES = 2,
	SIDE = 8, /* pixels along an image */
	PIXELS = SIDE * SIDE,
	CLASSES = 11,
};

/* ---- the network ---- */

/* Deterministic noise in [-1, 1]. */
static float noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

static float *noises(uint32_t *state, int n, float size)
{
	float *x = malloc((size_t)n * sizeof(*x));

	for (int i = 0; x && i < n; i++)
		x[i] = size * noise(state);
	return x;
}

/* A stage on a map of @side; @pool: 1, or 2 to halve it. */
static int make_stage(struct vn_stage *s, uint32_t *state, int cin, int cout, int side, int pool,
                      int n)
{
	const int k = s->k, taps = (2 * n + 1) * (2 * n + 1), conv = side / s->stride;

	s->cin = cin;
	s->cout = cout;
	s->in_h = s->in_w = side;
	s->conv_h = s->conv_w = conv;
	s->out_h = s->out_w = conv / pool;
	s->pool_h = s->pool_w = conv;
	s->n = n;
	s->w = noises(state, cout * cin * k * k, 2.0f / (float)(cin * k));
	s->b = noises(state, cout, 0.3f);
	s->act_w = noises(state, cout * taps, 0.5f);
	s->act_b = noises(state, cout, 0.3f);
	return s->w && s->b && s->act_w && s->act_b ? 0 : -1;
}

static struct vn_net *make_net(const uint32_t config[VN_CONFIG_WORDS])
{
	const int wide = (int)config[VN_CFG_COLS] + 1, deep = (int)config[VN_CFG_ROWS] + 3;
	const int n = config[VN_CFG_MAX_N] > 0;
	struct vn_net *net = calloc(1, sizeof(*net));
	uint32_t state = 1;
	struct vn_stage *s;

	if (!net)
		return NULL;
	s = net->stages = calloc(STAGES, sizeof(*s));
	if (!s)
		goto fail;
	*net = (struct vn_net){.in_c = 1,
	                       .in_h = SIDE,
	                       .in_w = SIDE,
	                       .std = {1, 1, 1, 1},
	                       .normalised = 1,
	                       .n_stages = STAGES,
	                       .stages = s,
	                       .classes = CLASSES};
	for (int i = 0; i < STAGES; i++) {
		snprintf(s[i].name, sizeof(s[i].name), i ? "block%d" : "stem", i);
		s[i].k = s[i].stride = i ? 1 : 2;
	}
	if (make_stage(&s[0], &state, 1, deep, SIDE, 1, n) ||
	    make_stage(&s[1], &state, deep, wide, SIDE / 2, 2, n) ||
	    make_stage(&s[2], &state, wide, deep, SIDE / 4, 1, n))
		goto fail;
	net->fc_w = noises(&state, CLASSES * deep, 1);
	net->fc_b = noises(&state, CLASSES, 1);
	if (net->fc_w && net->fc_b)
		return net;
fail:
	vn_net_free(net);
	return NULL;
}

static size_t map_bytes(const struct vn_qstage *q)
{
	return (size_t)q->cout * (size_t)q->out_h * (size_t)q->out_w;
}

/* ---- one unit ---- */

struct test {
	struct vn_qnet *net;
	struct vn_program *prog;
	uint8_t pixels[IMAGES * PIXELS];
	int8_t *taps[IMAGES][STAGES]; /* what they must be */
	int32_t logits[IMAGES][CLASSES];
};

static int mismatch(const struct vn_unit *unit, const char *where, vn_error *err)
{
	return vn_fail(err, VN_EMISMATCH,
	               "the card, its memory or its bitstream is at fault; selftest=0 of the URI "
	               "switches this test off",
	               "%s: compute unit %d fails its self-test: %s differs from the reference",
	               unit->dev->uri, unit->index, where);
}

static int compare(const struct vn_unit *unit, const struct test *t, const struct vn_job *job,
                   vn_error *err)
{
	for (size_t i = 0; i < IMAGES; i++) {
		for (int s = 0; s < STAGES; s++) {
			const struct vn_qstage *q = &t->net->stages[s];
			const int8_t *got = job->tensors + i * job->tap_bytes + job->tap_at[s];

			if (memcmp(t->taps[i][s], got, map_bytes(q)) != 0)
				return mismatch(unit, q->name, err);
		}
		if (memcmp(t->logits[i], job->logits + i * CLASSES, sizeof(t->logits[i])) != 0)
			return mismatch(unit, "FC", err);
	}
	return 0;
}

static int test_unit(struct vn_unit *unit, const struct test *t, vn_error *err)
{
	struct vn_job *job = vn_job_make(t->prog, t->pixels, IMAGES, VN_TAPS);
	struct vn_slot *slot = &unit->slots[0];
	int rc;

	if (!job)
		return vn_fail_nomem(err, sizeof(t->pixels), "the self-test");
	slot->piece =
	        (struct vn_piece){job, vn_program_entry(t->prog, VN_ENTRY_SINGLE, 0), 0, IMAGES};
	rc = vn_piece_send(unit, slot, err);
	if (!rc)
		rc = vn_piece_compute(unit, slot, NULL, err);
	if (!rc)
		rc = vn_piece_fetch(unit, slot, err);
	if (!rc)
		rc = compare(unit, t, job, err);
	slot->piece.job = NULL;
	vn_job_drop(job);
	return rc;
}

/* ---- the test ---- */

static int expect(struct test *t, vn_error *err)
{
	for (int i = 0; i < IMAGES; i++) {
		int rc;

		for (int s = 0; s < STAGES; s++) {
			const size_t bytes = map_bytes(&t->net->stages[s]);

			t->taps[i][s] = malloc(bytes);
			if (!t->taps[i][s])
				return vn_fail_nomem(err, bytes, "the self-test");
		}
		rc = vn_qnet_run(t->net, t->pixels + i * PIXELS, t->taps[i], t->logits[i], err);
		if (rc)
			return rc;
	}
	return 0;
}

static int prepare(struct test *t, const uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	const struct vn_calib calib = {t->pixels, IMAGES};
	const struct vn_compile_options options = {
	        .rows = (int)config[VN_CFG_ROWS], .cols = (int)config[VN_CFG_COLS], .group = 1};
	struct vn_net *net = make_net(config);
	uint32_t state = 2;
	int rc;

	if (!net)
		return vn_fail_nomem(err, sizeof(*net), "the self-test");
	for (size_t i = 0; i < sizeof(t->pixels); i++)
		t->pixels[i] = (uint8_t)(127.5f + 127.5f * noise(&state));
	rc = vn_quantise(net, &calib, &options, &t->net, err);
	vn_net_free(net);
	if (!rc)
		rc = vn_assemble(t->net, config, 1, &t->prog, err);
	return rc ? rc : expect(t, err);
}

int vn_self_test(struct vn_device *dev, const uint32_t config[VN_CONFIG_WORDS], vn_error *err)
{
	struct test t = {0};
	int rc = prepare(&t, config, err);

	if (!rc)
		rc = vn_loaded_put(dev, t.prog, VN_RESIDENT, err);
	for (int i = 0; !rc && i < dev->on.n_units; i++)
		rc = test_unit(&dev->on.units[i], &t, err);
	if (!rc)
		dev->proven = t.prog->hash;
	vn_loaded_free(dev);
	vn_program_free(t.prog);
	vn_qnet_free(t.net);
	for (int i = 0; i < IMAGES; i++)
		for (int s = 0; s < STAGES; s++)
			free(t.taps[i][s]);
	return rc;
}
