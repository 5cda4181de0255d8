/* SPDX-License-Identifier: Apache-2.0
 *
 * golden.h - reader of golden vectors (*.gold), and of whole files.
 *
 * Layout, all little endian: "VNGOLD1\0", u32 version = 1, u32 seed, u32 count; then per tensor u32
 * name length, name, u32 dimensions, u32 each, float32 data in C order.  Tests run in the
 * repository's root.
 */
#ifndef TESTS_MODEL_GOLDEN_H
#define TESTS_MODEL_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_RANK = 4 };

struct golden_tensor {
	char name[64];
	uint32_t rank, dims[GOLDEN_RANK];
	size_t count;
	float *v; /* [count] */
};

struct golden {
	uint32_t seed, count;
	struct golden_tensor *tensors; /* [count] */
};

/* NULL where the file cannot be read or is not well formed. */
struct golden *golden_read(const char *path);
void golden_free(struct golden *g);
/* NULL where there is no such tensor. */
const struct golden_tensor *golden_find(const struct golden *g, const char *name);

/* A whole file, malloc'ed; NULL where it cannot be read. */
unsigned char *golden_file(const char *path, size_t *bytes);

/* max|a-b| / max|b| */
double golden_error(const float *a, const float *b, size_t count);

#endif /* TESTS_MODEL_GOLDEN_H */
