/* SPDX-License-Identifier: Apache-2.0
 *
 * golden.c - reader of golden vectors.
 */
#include "tests/model/golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_u32(FILE *f, uint32_t *out)
{
	unsigned char b[4];

	if (fread(b, 1, 4, f) != 4)
		return -1;
	*out = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
	return 0;
}

static int read_tensor(FILE *f, struct golden_tensor *t)
{
	uint32_t len;

	if (read_u32(f, &len) || len >= sizeof(t->name) || fread(t->name, 1, len, f) != len)
		return -1;
	if (read_u32(f, &t->rank) || t->rank > GOLDEN_RANK)
		return -1;
	t->count = 1;
	for (uint32_t i = 0; i < t->rank; i++) {
		if (read_u32(f, &t->dims[i]) || t->dims[i] > 1 << 20)
			return -1;
		t->count *= t->dims[i];
	}
	t->v = t->count < 1 << 28 ? malloc(t->count * sizeof(*t->v)) : NULL;
	return t->v && fread(t->v, sizeof(*t->v), t->count, f) == t->count ? 0 : -1;
}

static int read_all(FILE *f, struct golden *g)
{
	char magic[8];
	uint32_t version, count;

	if (fread(magic, 1, 8, f) != 8 || memcmp(magic, "VNGOLD1", 8))
		return -1;
	if (read_u32(f, &version) || version != 1 || read_u32(f, &g->seed) || read_u32(f, &count))
		return -1;
	g->tensors = count < 4096 ? calloc(count + 1, sizeof(*g->tensors)) : NULL;
	if (!g->tensors)
		return -1;
	for (; g->count < count; g->count++)
		if (read_tensor(f, &g->tensors[g->count])) {
			free(g->tensors[g->count].v);
			return -1;
		}
	return 0;
}

struct golden *golden_read(const char *path)
{
	struct golden *g = calloc(1, sizeof(*g));
	FILE *f = fopen(path, "rb");

	if (!g || !f || read_all(f, g)) {
		golden_free(g);
		g = NULL;
	}
	if (f)
		fclose(f);
	return g;
}

void golden_free(struct golden *g)
{
	if (!g)
		return;
	for (uint32_t i = 0; i < g->count; i++)
		free(g->tensors[i].v);
	free(g->tensors);
	free(g);
}

const struct golden_tensor *golden_find(const struct golden *g, const char *name)
{
	for (uint32_t i = 0; i < g->count; i++)
		if (!strcmp(g->tensors[i].name, name))
			return &g->tensors[i];
	return NULL;
}

unsigned char *golden_file(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = NULL;
	long size;

	if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) > 0 && !fseek(f, 0, SEEK_SET)) {
		data = malloc((size_t)size);
		if (data && fread(data, 1, (size_t)size, f) != (size_t)size) {
			free(data);
			data = NULL;
		}
		*bytes = (size_t)size;
	}
	if (f)
		fclose(f);
	return data;
}

double golden_error(const float *a, const float *b, size_t count)
{
	double diff = 0, top = 0;

	for (size_t i = 0; i < count; i++) {
		double d = fabs((double)a[i] - b[i]), m = fabs((double)b[i]);

		/* Written so that a NaN fails. */
		if (!(d <= diff))
			diff = d;
		if (!(m <= top))
			top = m;
	}
	return top > 0 ? diff / top : diff;
}
