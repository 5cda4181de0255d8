/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_top.c - the compute unit: the buffers, the walk over the descriptor list, the status block.
 *
 * It only connects: vn_mem.c moves, vn_array.c, vn_post.c and vn_dw.c compute, spec/check.h judges
 * descriptors and vn_token.h counts tokens.  The list is executed in order, which gives the results
 * of any overlap that tokens allow.
 */
#include "hls/vn_array.h"
#include "hls/vn_dw.h"
#include "hls/vn_mem.h"
#include "hls/vn_post.h"
#include "hls/vn_status.h"
#include "hls/vn_token.h"
#include "hls/vn_types.h"

/* Which part of a batch a pass computes. */
typedef struct {
	uint64_t first;  /* image 0 of the pass */
	uint32_t images; /* of the batch */
} batch;

static const uint32_t config[VN_CONFIG_WORDS] = VN_CONFIG_RECORD;

/* Flags and image of descriptor @d: does it act in this pass? */
static int acts(const uint32_t d[VN_DESC_WORDS], batch b)
{
	const uint32_t op = VN_GET(d, ALL_OP);
	const int moves = op == VN_OP_LOAD || op == VN_OP_STORE;

	if (VN_FLAG_GET(d, TAP) && !VN_FLAG_GET(d, TAP_ON))
		return 0;
	return !moves || b.first + VN_GET(d, ALL_IMAGE) < b.images;
}

/* Give descriptor @d to its engine. */
static void execute(const uint32_t d[VN_DESC_WORDS], uint64_t image, const vn_beat *weights,
                    const vn_beat *input, vn_beat *output, vn_beat *scratch)
{
	VN_BUFFER(int8_t, act, VN_ACT_WORDS, [VN_R]);
	VN_BUFFER(uint8_t, mid, VN_RING_ROWS, [VN_BANK_SLOTS][VN_C]);
	VN_BUFFER(int32_t, psum, VN_PSUM_ENTRIES, [VN_C]);

	VN_RAM(act, 2, uram)
	VN_PARTITION(mid, 1)
	VN_RAM(mid, 3, uram)
	VN_RAM(psum, 2, bram)
	switch (VN_GET(d, ALL_OP)) {
	case VN_OP_LOAD:
		if (VN_GET(d, LOAD_SPACE) == VN_SPACE_INPUT)
			vn_mem_load(d, image, input, act);
		else
			vn_mem_load(d, image, scratch, act);
		break;
	case VN_OP_STORE:
		if (VN_GET(d, STORE_SPACE) == VN_SPACE_OUTPUT)
			vn_mem_store(d, image, act, output);
		else
			vn_mem_store(d, image, act, scratch);
		break;
	case VN_OP_MM:
		vn_array_mm(d, weights, act, psum);
		break;
	case VN_OP_POST:
		vn_post(d, weights, psum, act, mid);
		break;
	case VN_OP_DW:
		vn_dw(d, weights, mid, act);
		break;
	default:
		vn_wsum(d, weights, mid, act);
		break;
	}
}

/* The passes of an entry whose BEGIN is good; @o carries the counts and the first fault. */
static void run_passes(const vn_beat *program, uint32_t first, uint32_t count, uint32_t images,
                       const uint32_t begin[VN_DESC_WORDS], const vn_beat *weights,
                       const vn_beat *input, vn_beat *output, vn_beat *scratch, vn_outcome *o)
{
	const uint32_t group = VN_GET(begin, BEGIN_GROUP);
	uint32_t tokens[VN_ENGINES][VN_ENGINES], d[VN_DESC_WORDS];
	batch b = {0, images};
	uint32_t i;

	vn_token_begin(begin, tokens);
	VN_LOOP(pass)
	while (b.first < images) {
		VN_LOOP(descriptor)
		for (i = 1; i < count; i++) {
			o->desc = first + i;
			vn_mem_desc(program, (uint64_t)first + i, d);
			o->verdict = vn_check_desc(d, group, config);
			if (o->verdict.code != VN_CU_NONE)
				return;
			if (!vn_token_take(d, tokens)) {
				o->verdict = vn_verdict_of(VN_CU_TOKEN, VN_D_ALL_WAIT_LOAD_WORD);
				return;
			}
			if (acts(d, b))
				execute(d, b.first + VN_GET(d, ALL_IMAGE), weights, input, output,
				        scratch);
			if (!vn_token_give(d, tokens)) {
				o->verdict = vn_verdict_of(VN_CU_TOKEN, VN_D_ALL_SIGNAL_WORD);
				return;
			}
			o->executed++;
		}
		if (!vn_token_home(begin, tokens)) {
			o->verdict = vn_verdict_of(VN_CU_TOKEN, VN_D_ALL_SIGNAL_WORD);
			return;
		}
		b.first += group;
		o->images = b.first < images ? (uint32_t)b.first : images;
	}
	o->desc = 0;
}

void vn_cu(const vn_beat *program, uint32_t first, uint32_t count, uint32_t images,
           const vn_beat *weights, const vn_beat *input, vn_beat *output, vn_beat *scratch,
           vn_beat *status)
{
	VN_MASTER(program, program)
	VN_SCALAR(first)
	VN_SCALAR(count)
	VN_SCALAR(images)
	VN_MASTER(weights, weights)
	VN_MASTER(input, maps)
	VN_MASTER(output, maps)
	VN_MASTER(scratch, maps)
	VN_MASTER(status, program)
	VN_CONTROL
	vn_outcome o = {{VN_CU_NONE, 0}, 0, 0, 0};
	uint32_t begin[VN_DESC_WORDS], words[VN_STATUS_WORDS];

	if (count == 0 || images == 0) {
		o.verdict =
		        vn_verdict_of(VN_CU_ARGUMENT, count == 0 ? VN_REG_COUNT : VN_REG_IMAGES);
	} else {
		o.desc = first;
		vn_mem_desc(program, first, begin);
		o.verdict = vn_check_begin(begin, vn_record_hash(config));
		if (o.verdict.code == VN_CU_NONE)
			run_passes(program, first, count, images, begin, weights, input, output,
			           scratch, &o);
	}
	vn_status_words(o, config, words);
	vn_mem_status(status, words);
}
