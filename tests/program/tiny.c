/* SPDX-License-Identifier: Apache-2.0
 *
 * tiny.c - random numbers for the tiny net, its records, and its file with repaired checksums.
 */
#include "tests/program/tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "model/program_parts.h"

void *tiny_alloc(size_t bytes)
{
	const size_t size = (bytes + 63) / 64 * 64 + 64;
	void *p = aligned_alloc(64, size);

	if (!p)
		abort();
	memset(p, 0, size);
	return p;
}

int tiny_random(uint32_t *state, int low, int high)
{
	*state = *state * 1664525u + 1013904223u;
	return low + (int)((uint64_t)(*state >> 4) * (uint64_t)(high - low + 1) >> 28);
}

/* ---- the net ---- */

static int8_t *random_weights(uint32_t *state, int n)
{
	int8_t *w = tiny_alloc((size_t)n);

	for (int i = 0; i < n; i++)
		w[i] = (int8_t)tiny_random(state, -127, 127);
	return w;
}

static int32_t *random_bias(uint32_t *state, int n, int most)
{
	int32_t *b = tiny_alloc((size_t)n * sizeof(*b));

	for (int i = 0; i < n; i++)
		b[i] = tiny_random(state, -most, most);
	return b;
}

/* Multipliers and shifts that bring accumulators of about @size to about 128. */
static void random_requantiser(uint32_t *state, int n, double size, uint32_t **m, uint8_t **s)
{
	int shift = 9;

	while (size > 1 && shift < VN_REQ_S_MAX) {
		size /= 2;
		shift++;
	}
	*m = tiny_alloc((size_t)n * sizeof(**m));
	*s = tiny_alloc((size_t)n);
	for (int i = 0; i < n; i++) {
		(*m)[i] = i == 3 ? 0 : (uint32_t)tiny_random(state, 0x10000, 0x1ffff);
		(*s)[i] = (uint8_t)(shift + tiny_random(state, -1, 1));
	}
}

static void fill_stage(struct vn_qstage *s, uint32_t *state)
{
	const int depth = s->k * s->k * s->cin, area = s->out_h * s->out_w;
	const int taps = (2 * s->n + 1) * (2 * s->n + 1);

	s->cases = s->pad ? VN_BORDER_CASES : 1;
	s->w = random_weights(state, depth * s->cout);
	s->b = random_bias(state, s->cout * s->cases, 5000);
	random_requantiser(state, s->cout, depth * 2000.0, &s->m1, &s->s1);
	s->scale = 0.25f;
	s->centre = tiny_alloc((size_t)s->cout * sizeof(*s->centre));
	if (s->act == VN_QACT_NONE)
		return;
	s->dw = random_weights(state, taps * s->cout);
	s->b2 = random_bias(state, s->cout, 5000);
	random_requantiser(state, s->cout, taps * 2000.0, &s->m2, &s->s2);
	if (s->act != VN_QACT_WSUM)
		return;
	s->g = random_weights(state, area * s->cout);
	s->bg = random_bias(state, s->cout, 5000);
	random_requantiser(state, s->cout, area * 2000.0, &s->mg, &s->sg);
}

/* A block on top of stage @from; @pool: 1 or 2. */
static struct vn_qstage block(const struct vn_qstage *from, const char *name, int cout, int pool,
                              int act, int n)
{
	struct vn_qstage s = {
	        .cin = from->cout, .cout = cout, .k = 1, .stride = 1, .act = act, .n = n};

	snprintf(s.name, sizeof(s.name), "%s", name);
	s.in_h = s.conv_h = from->out_h;
	s.in_w = s.conv_w = from->out_w;
	s.out_h = s.conv_h / pool;
	s.out_w = s.conv_w / pool;
	s.pool_h = pool * s.out_h;
	s.pool_w = pool * s.out_w;
	return s;
}

struct vn_qnet *tiny_net(unsigned seed, int padded)
{
	struct vn_qnet *net = tiny_alloc(sizeof(*net));
	uint32_t state = seed * 2654435761u + 1;
	struct vn_qstage *s = tiny_alloc(3 * sizeof(*s));

	net->in_c = 1;
	net->in_h = net->in_w = TINY_IMAGE;
	for (int c = 0; c < 4; c++)
		net->std[c] = 1;
	net->n_stages = 3;
	net->stages = s;
	net->classes = TINY_CLASSES;
	s[0] = (struct vn_qstage){.name = "stem",
	                          .cin = 1,
	                          .cout = 12,
	                          .k = padded ? 3 : 2,
	                          .stride = 2,
	                          .pad = padded ? 1 : 0,
	                          .in_h = 8,
	                          .in_w = 8,
	                          .conv_h = 4,
	                          .conv_w = 4,
	                          .out_h = 4,
	                          .out_w = 4,
	                          .pool_h = 4,
	                          .pool_w = 4,
	                          .act = VN_QACT_DW,
	                          .n = 1};
	s[1] = block(&s[0], "block1", 20, 1, VN_QACT_NONE, 0);
	s[2] = block(&s[1], "block2", 17, 2, VN_QACT_WSUM, 2);
	for (int i = 0; i < net->n_stages; i++)
		fill_stage(&s[i], &state);
	net->fc_w = random_weights(&state, net->classes * s[2].cout);
	net->fc_b = random_bias(&state, net->classes, 1000);
	net->logit_scale = tiny_alloc((size_t)net->classes * sizeof(float));
	for (int i = 0; i < net->classes; i++)
		net->logit_scale[i] = 0.01f;
	return net;
}

struct vn_program *tiny_default(void)
{
	struct vn_qnet *net = tiny_net(1, 0);
	struct vn_program *prog = tiny_program(net, 8, 8);

	vn_qnet_free(net);
	return prog;
}

/* ---- records ---- */

void tiny_input(const struct vn_program *prog, const uint8_t *pixels, uint8_t *record)
{
	const struct vn_pstage *stem = &prog->stages[0];
	const size_t rows = prog->config[VN_CFG_ROWS];
	const size_t group = vn_to_beats(rows * stem->conv_h * stem->conv_w) * VN_BEAT_BYTES;

	memset(record, 0, prog->entries[0].input * (size_t)VN_BEAT_BYTES);
	for (int p = 0; p < (int)(stem->conv_h * stem->conv_w); p++) {
		for (int t = 0; t < prog->k * prog->k; t++) {
			const int y =
			        p / (int)stem->conv_w * prog->stride + t / prog->k - prog->pad;
			const int x =
			        p % (int)stem->conv_w * prog->stride + t % prog->k - prog->pad;
			uint8_t *at = record + (size_t)t / rows * group + (size_t)p * rows +
			              (size_t)t % rows;

			if (y >= 0 && y < prog->in_h && x >= 0 && x < prog->in_w)
				*at = (uint8_t)(pixels[y * prog->in_w + x] - 128);
		}
	}
}

void tiny_tap(const struct vn_program *prog, const uint8_t *record, int stage, int8_t *out)
{
	const struct vn_pstage *s = &prog->stages[stage];
	const size_t rows = prog->config[VN_CFG_ROWS], area = (size_t)s->out_h * s->out_w;

	for (size_t c = 0; c < s->cout; c++)
		for (size_t p = 0; p < area; p++)
			out[c * area + p] =
			        (int8_t)record[(s->offset + c / rows * s->step) * VN_BEAT_BYTES +
			                       p * rows + c % rows];
}

/* ---- files ---- */

uint8_t *tiny_file(const struct vn_program *prog, size_t *bytes)
{
	char path[64];
	uint8_t *data;
	long size;
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/vn_tiny_%ld.vnx", (long)getpid());
	if (vn_program_save(prog, path, NULL) || !(f = fopen(path, "rb")))
		abort();
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		abort();
	data = malloc((size_t)size);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		abort();
	fclose(f);
	unlink(path);
	*bytes = (size_t)size;
	return data;
}

void tiny_repair(uint8_t *file, size_t bytes)
{
	const size_t table = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS);
	uint32_t crc;

	if (bytes < table)
		return;
	for (int i = 1; i <= VN_VNX_SECTIONS; i++) {
		uint8_t *row = file + VN_VNX_HEADER * i;
		uint64_t at, size;

		memcpy(&at, row + 8, sizeof(at));
		memcpy(&size, row + 16, sizeof(size));
		if (at > bytes || size > bytes - at)
			continue;
		crc = (uint32_t)crc32_z(0, file + at, (size_t)size);
		memcpy(row + 4, &crc, sizeof(crc));
	}
	memset(file + 16, 0, 4);
	crc = (uint32_t)crc32_z(0, file, table);
	memcpy(file + 16, &crc, sizeof(crc));
}
