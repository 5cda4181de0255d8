/* SPDX-License-Identifier: Apache-2.0
 *
 * cu_bench.h - a reference compute unit with small memories around it, and descriptors to fill in.
 *
 * The helpers that add a descriptor give its simplest form and return it.  Keep the pointer: VN_SET
 * evaluates its first argument more than once.
 */
#ifndef VN_CU_BENCH_H
#define VN_CU_BENCH_H

#include <stdint.h>

#include "model/refcu.h"

enum {
	R = 8,
	C = 16,
	FIRST = 3,        /* of the entry, so that DESC is seen to count from the program's start */
	MEMORY = 1 << 16, /* bytes behind each base */
};

struct cu_bench {
	struct vn_refcu *cu;
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t (*program)[VN_DESC_WORDS];
	uint32_t (*d)[VN_DESC_WORDS]; /* the entry: d[0] is BEGIN */
	uint32_t count;
	uint8_t *weights, *input, *output, *scratch;
	uint32_t status[VN_STATUS_WORDS + 1];
	struct vn_cu_args args;
};

/* cmocka fixture: *@state is a struct cu_bench whose list holds BEGIN. */
int cu_set_up(void **state);
int cu_tear_down(void **state);

/* Run the list (or args.count descriptors of it), and expect this of the status block. */
void cu_run(struct cu_bench *b, uint32_t code, uint32_t desc, uint32_t field);
void cu_run_well(struct cu_bench *b);

uint32_t *cu_add(struct cu_bench *b, uint32_t op, uint32_t flags);
uint32_t *cu_load(struct cu_bench *b, uint32_t act, uint32_t words);
uint32_t *cu_store(struct cu_bench *b, uint32_t act, uint32_t words);
uint32_t *cu_mm(struct cu_bench *b, uint32_t flags, uint32_t act, uint32_t n0, uint32_t psum);
/* One row of @cols pixels without pooling. */
uint32_t *cu_post(struct cu_bench *b, uint32_t flags, uint32_t param, uint32_t cols, uint32_t dst);
uint32_t *cu_dw(struct cu_bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t n,
                uint32_t act);
uint32_t *cu_wsum(struct cu_bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t act);

/* Word @i of the vector at beat @beat of the weights. */
void cu_set_word(struct cu_bench *b, uint32_t beat, uint32_t i, uint32_t v);
void cu_set_requantiser(struct cu_bench *b, uint32_t beat, uint32_t m, uint32_t s);
/* Output channel c is input channel c mod R. */
void cu_set_identity(struct cu_bench *b, uint32_t beat);

#endif /* VN_CU_BENCH_H */
