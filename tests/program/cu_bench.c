/* SPDX-License-Identifier: Apache-2.0
 *
 * cu_bench.c - a reference compute unit with small memories around it, and descriptors to fill in.
 */
#include "tests/program/cu_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program.h"
#include "tests/program/tiny.h"

uint32_t *cu_add(struct cu_bench *b, uint32_t op, uint32_t flags)
{
	uint32_t *d = b->d[b->count++];

	VN_SET(d, ALL_OP, op);
	VN_SET(d, ALL_FLAGS, flags);
	return d;
}

int cu_set_up(void **state)
{
	struct cu_bench *b = tiny_alloc(sizeof(*b));
	uint32_t *d;

	assert_int_equal(vn_config_for(R, C, b->config, NULL), 0);
	assert_int_equal(vn_refcu_new(b->config, &b->cu, NULL), 0);
	b->program = tiny_alloc(64 * sizeof(*b->program));
	b->d = b->program + FIRST;
	b->weights = tiny_alloc(MEMORY);
	b->input = tiny_alloc(MEMORY);
	b->output = tiny_alloc(MEMORY);
	b->scratch = tiny_alloc(MEMORY);
	b->args = (struct vn_cu_args){b->program, FIRST,     0,          1,        b->weights,
	                              b->input,   b->output, b->scratch, b->status};
	d = cu_add(b, VN_OP_BEGIN, 0);
	VN_SET(d, BEGIN_HASH, vn_config_hash(b->config));
	VN_SET(d, BEGIN_GROUP, 1);
	VN_SET(d, BEGIN_VERSION, VN_CONTRACT);
	*state = b;
	return 0;
}

int cu_tear_down(void **state)
{
	struct cu_bench *b = *state;

	vn_refcu_free(b->cu);
	free(b->program);
	free(b->weights);
	free(b->input);
	free(b->output);
	free(b->scratch);
	free(b);
	return 0;
}

/* Run, and expect this of the status block. */
void cu_run(struct cu_bench *b, uint32_t code, uint32_t desc, uint32_t field)
{
	uint32_t *s = b->status;

	memset(s, 0xee, sizeof(b->status));
	if (b->args.count == 0)
		b->args.count = b->count;
	vn_refcu_run(b->cu, &b->args);
	assert_int_equal(s[VN_ST_MAGIC], 0x54534e56);
	assert_int_equal(s[VN_ST_VERSION], VN_CONTRACT);
	assert_int_equal(s[VN_ST_HASH], vn_config_hash(b->config));
	assert_memory_equal(s + VN_ST_CONFIG, b->config, sizeof(b->config));
	for (int i = VN_ST_CYCLES; i < VN_STATUS_WORDS; i++)
		assert_int_equal(s[i], 0);
	assert_int_equal(s[VN_STATUS_WORDS], 0xeeeeeeee);
	assert_int_equal(s[VN_ST_ERROR], code);
	assert_int_equal(s[VN_ST_DESC], desc);
	assert_int_equal(s[VN_ST_FIELD], field);
}

void cu_run_well(struct cu_bench *b)
{
	cu_run(b, VN_CU_NONE, 0, 0);
	assert_int_equal(b->status[VN_ST_IMAGES], b->args.images);
}

/* ---- descriptors ---- */

uint32_t *cu_load(struct cu_bench *b, uint32_t act, uint32_t words)
{
	uint32_t *d = cu_add(b, VN_OP_LOAD, 0);

	VN_SET(d, LOAD_ACT, act);
	VN_SET(d, LOAD_WORDS, words);
	VN_SET(d, LOAD_CHUNKS, 1);
	return d;
}

uint32_t *cu_store(struct cu_bench *b, uint32_t act, uint32_t words)
{
	uint32_t *d = cu_add(b, VN_OP_STORE, 0);

	VN_SET(d, STORE_ACT, act);
	VN_SET(d, STORE_WORDS, words);
	VN_SET(d, STORE_CHUNKS, 1);
	VN_SET(d, STORE_SPACE, VN_SPACE_OUTPUT);
	return d;
}

uint32_t *cu_mm(struct cu_bench *b, uint32_t flags, uint32_t act, uint32_t n0, uint32_t psum)
{
	uint32_t *d = cu_add(b, VN_OP_MM, flags);

	VN_SET(d, MM_ACT, act);
	VN_SET(d, MM_KTILES, 1);
	VN_SET(d, MM_N0, n0);
	VN_SET(d, MM_N1, 1);
	VN_SET(d, MM_N2, 1);
	VN_SET(d, MM_PSUM, psum);
	return d;
}

/* One row of @cols pixels without pooling. */
uint32_t *cu_post(struct cu_bench *b, uint32_t flags, uint32_t param, uint32_t cols, uint32_t dst)
{
	uint32_t *d = cu_add(b, VN_OP_POST, flags);

	VN_SET(d, POST_PARAM, param);
	VN_SET(d, POST_PITCH, cols);
	VN_SET(d, POST_IN_H, 1);
	VN_SET(d, POST_OUT_H, 1);
	VN_SET(d, POST_IN_W, cols);
	VN_SET(d, POST_OUT_W, cols);
	VN_SET(d, POST_ROWS, 1);
	VN_SET(d, POST_COLS, cols);
	VN_SET(d, POST_DST, dst);
	VN_SET(d, POST_DST_PITCH, cols);
	VN_SET(d, POST_RING, flags & VN_BIT(MID) ? VN_RING_ROWS : 0);
	return d;
}

uint32_t *cu_dw(struct cu_bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t n,
                uint32_t act)
{
	uint32_t *d = cu_add(b, VN_OP_DW, 0);

	VN_SET(d, DW_PARAM, param);
	VN_SET(d, DW_PITCH, w);
	VN_SET(d, DW_RING, VN_RING_ROWS);
	VN_SET(d, DW_MAP_H, h);
	VN_SET(d, DW_MAP_W, w);
	VN_SET(d, DW_ROWS, h);
	VN_SET(d, DW_COLS, w);
	VN_SET(d, DW_ACT, act);
	VN_SET(d, DW_DST_PITCH, w);
	VN_SET(d, DW_N, n);
	VN_SET(d, DW_DST_STEP, h * w);
	return d;
}

uint32_t *cu_wsum(struct cu_bench *b, uint32_t param, uint32_t h, uint32_t w, uint32_t act)
{
	uint32_t *d = cu_add(b, VN_OP_WSUM, 0);

	VN_SET(d, WSUM_PARAM, param);
	VN_SET(d, WSUM_PITCH, w);
	VN_SET(d, WSUM_RING, VN_RING_ROWS);
	VN_SET(d, WSUM_MAP_H, h);
	VN_SET(d, WSUM_MAP_W, w);
	VN_SET(d, WSUM_ACT, act);
	VN_SET(d, WSUM_DST_STEP, 1);
	return d;
}

/* Word @i of the vector at beat @beat of the weights. */
void cu_set_word(struct cu_bench *b, uint32_t beat, uint32_t i, uint32_t v)
{
	memcpy(b->weights + beat * 64 + 4 * i, &v, 4);
}

void cu_set_requantiser(struct cu_bench *b, uint32_t beat, uint32_t m, uint32_t s)
{
	for (uint32_t c = 0; c < C; c++)
		cu_set_word(b, beat, c, m | s << VN_REQ_S_LSB);
}

/* The identity: output channel c is input channel c mod R. */
void cu_set_identity(struct cu_bench *b, uint32_t beat)
{
	for (uint32_t c = 0; c < C; c++)
		b->weights[beat * 64 + c % R * C + c] = 1;
}
