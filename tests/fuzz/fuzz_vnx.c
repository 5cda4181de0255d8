/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_vnx.c - libFuzzer on the .vnx loader.
 *
 * A mutated file almost never has fitting checksums, so the mutator mends them; every other time it
 * leaves them, so that the checksums' own paths are met too.  Without a corpus it starts from the
 * tiny program.  What is accepted is run on the reference compute unit: a program that passes every
 * check must do no harm there.
 *
 *     make build/fuzz/fuzz_vnx && build/fuzz/fuzz_vnx CORPUS
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/program_parts.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

/* Multiply-accumulates and bytes beyond which a run is not worth its time. */
static const uint64_t WORK_MAX = 1u << 24;
static const uint64_t BEATS_MAX = 1u << 16;

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- mutation ---- */

static size_t seed_file(uint8_t *data, size_t max_size)
{
	struct vn_program *prog = tiny_default();
	size_t bytes;
	uint8_t *file = tiny_file(prog, &bytes);

	vn_program_free(prog);
	if (bytes <= max_size)
		memcpy(data, file, bytes);
	free(file);
	return bytes <= max_size ? bytes : 0;
}

/* One word of one section gets a value that boundaries like. */
static void change_word(uint8_t *data, size_t size, unsigned seed)
{
	static const uint32_t values[] = {0,      1,      7,          8,          63,        64,
	                                  0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
	uint32_t state = seed, v, change;
	const int sec = tiny_random(&state, 0, VN_VNX_SECTIONS - 1);
	uint64_t at, bytes;

	if (size < VN_VNX_HEADER * (1 + VN_VNX_SECTIONS))
		return;
	memcpy(&at, data + VN_VNX_HEADER * (sec + 1) + 8, sizeof(at));
	memcpy(&bytes, data + VN_VNX_HEADER * (sec + 1) + 16, sizeof(bytes));
	if (at > size || bytes > size - at || bytes < 4)
		return;
	at += 4 * (uint64_t)tiny_random(&state, 0, (int)(bytes / 4 - 1));
	change = values[tiny_random(&state, 0, (int)(sizeof(values) / sizeof(values[0])) - 1)];
	memcpy(&v, data + at, sizeof(v));
	v = seed % 3 ? v ^ 1u << tiny_random(&state, 0, 31) : change;
	memcpy(data + at, &v, sizeof(v));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (size < VN_VNX_HEADER * (1 + VN_VNX_SECTIONS))
		return seed_file(data, max_size);
	if (seed % 4)
		change_word(data, size, seed / 4);
	else
		size = LLVMFuzzerMutate(data, size, max_size);
	if (seed % 8 != 1)
		tiny_repair(data, size);
	return size;
}

/* ---- execution ---- */

static uint64_t work_of(const struct vn_program *p, const struct vn_entry *e)
{
	const uint64_t tile = (uint64_t)p->config[VN_CFG_ROWS] * p->config[VN_CFG_COLS];
	uint64_t work = 0;

	for (uint32_t i = e->first + 1; i < e->first + e->count; i++) {
		const uint32_t *d = p->desc[i];

		switch (VN_GET(d, ALL_OP)) {
		case VN_OP_MM:
			work += tile * VN_GET(d, MM_KTILES) * VN_GET(d, MM_N0) * VN_GET(d, MM_N1) *
			        VN_GET(d, MM_N2);
			break;
		case VN_OP_POST:
			work += 16 * tile * VN_GET(d, POST_ROWS) * VN_GET(d, POST_COLS);
			break;
		case VN_OP_DW:
			work += 81 * tile * VN_GET(d, DW_ROWS) * VN_GET(d, DW_COLS);
			break;
		case VN_OP_WSUM:
			work += tile * VN_GET(d, WSUM_MAP_H) * VN_GET(d, WSUM_MAP_W);
			break;
		default:
			work += tile * VN_GET(d, LOAD_CHUNKS) * VN_GET(d, LOAD_WORDS);
		}
	}
	return work;
}

static void run_entry(const struct vn_program *p, const struct vn_entry *e, struct vn_refcu *cu)
{
	const size_t images = e->group;
	/* Records of exactly the size that the entry states: the sanitizer sees what reaches past
	 * them. */
	uint8_t *in = aligned_alloc(64, 64 * (images * e->input + 1));
	uint8_t *out = aligned_alloc(64, 64 * (images * e->output + 1));
	uint8_t *scratch = aligned_alloc(64, 64 * (images * e->scratch + 1));
	uint32_t status[VN_STATUS_WORDS];
	const struct vn_cu_args args = {
	        .program = p->desc,
	        .first = e->first,
	        .count = e->count,
	        .images = e->group,
	        .weights = p->weights + p->segments[e->segment].offset * VN_BEAT_BYTES,
	        .input = in,
	        .output = out,
	        .scratch = scratch,
	        .status = status,
	};

	if (!in || !out || !scratch)
		abort();
	memset(in, 5, 64 * images * e->input);
	memset(scratch, 6, 64 * images * e->scratch);
	vn_refcu_run(cu, &args);
	/* The loader's checks are the compute unit's and more. */
	if (status[VN_ST_ERROR] != VN_CU_NONE || status[VN_ST_IMAGES] != images)
		abort();
	free(in);
	free(out);
	free(scratch);
}

static void run_program(const struct vn_program *p)
{
	struct vn_refcu *cu;

	if (p->config[VN_CFG_ACT_WORDS] > 98304 || p->config[VN_CFG_MID_SLOTS] > 16384 ||
	    p->config[VN_CFG_PSUM_ENTRIES] > 2048)
		return;
	if (vn_refcu_new(p->config, &cu, NULL))
		abort();
	for (uint32_t i = 0; i < p->n_entries; i++) {
		const struct vn_entry *e = &p->entries[i];
		const uint64_t beats = (uint64_t)e->input + e->output + e->scratch;

		if (work_of(p, e) < WORK_MAX && beats * e->group < BEATS_MAX)
			run_entry(p, e, cu);
	}
	vn_refcu_free(cu);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vn_program *prog;
	vn_error err;

	if (vn_program_parse("fuzz.vnx", data, size, &prog, &err) == 0)
		run_program(prog);
	vn_program_free(prog);
	return 0;
}
