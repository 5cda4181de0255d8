/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/random/execute.h"

#include <stdlib.h>
#include <string.h>

static void *beats(size_t n)
{
	void *p = aligned_alloc(VN_BEAT_BYTES, n * VN_BEAT_BYTES);

	if (p)
		memset(p, 0xa5, n * VN_BEAT_BYTES);
	return p;
}

int batch_new(const struct vn_program *prog, uint32_t images, int taps, struct batch *b)
{
	const struct vn_entry *e = &prog->entries[0];
	uint32_t i;

	*b = (struct batch){.prog = prog, .images = images};
	b->desc = beats(prog->n_desc);
	b->input = beats((size_t)e->input * images);
	b->output = beats((size_t)e->output * images);
	b->scratch = beats((size_t)e->scratch * images);
	b->status = beats(VN_STATUS_WORDS * 4 / VN_BEAT_BYTES);
	if (!b->desc || !b->input || !b->output || !b->scratch || !b->status)
		return 0;
	memcpy(b->desc, prog->desc, (size_t)prog->n_desc * VN_BEAT_BYTES);
	for (i = 0; taps && i < prog->n_desc; i++) {
		uint32_t *d = (uint32_t *)(void *)b->desc + (size_t)i * VN_DESC_WORDS;

		if (VN_FLAG_GET(d, TAP))
			VN_SET(d, ALL_FLAGS, VN_GET(d, ALL_FLAGS) | VN_BIT(TAP_ON));
	}
	return 1;
}

void batch_free(struct batch *b)
{
	free(b->desc);
	free(b->input);
	free(b->output);
	free(b->scratch);
	free(b->status);
}

void batch_set_image(struct batch *b, uint32_t image, const uint8_t *pixels)
{
	const struct vn_program *p = b->prog;
	const uint32_t rows = p->config[VN_CFG_ROWS], w = p->stages[0].conv_w,
	               area = p->stages[0].conv_h * w;
	const size_t group =
	        ((size_t)area * rows + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES * VN_BEAT_BYTES;
	const size_t record = (size_t)p->entries[0].input * VN_BEAT_BYTES;
	uint8_t *out = b->input + image * record;
	uint32_t px;

	memset(out, 0, record);
	for (px = 0; px < area; px++) {
		uint32_t t = 0;
		int i, j, c;

		for (i = 0; i < p->k; i++)
			for (j = 0; j < p->k; j++)
				for (c = 0; c < p->in_c; c++, t++) {
					const int y = (int)(px / w) * p->stride + i - p->pad;
					const int x = (int)(px % w) * p->stride + j - p->pad;

					if (y >= 0 && x >= 0 && y < p->in_h && x < p->in_w)
						out[t / rows * group + px * rows + t % rows] =
						        (uint8_t)(pixels[(y * p->in_w + x) *
						                                 p->in_c +
						                         c] -
						                  128);
				}
	}
}

uint32_t batch_run(struct batch *b, const struct executor *x, const struct vn_entry *e)
{
	const struct vn_cu_args args = {b->desc,
	                                e->first,
	                                e->count,
	                                b->images,
	                                b->prog->weights + b->prog->segments[e->segment].offset *
	                                                           VN_BEAT_BYTES,
	                                b->input,
	                                b->output,
	                                b->scratch,
	                                b->status};

	memset(b->output, 0xa5, (size_t)e->output * b->images * VN_BEAT_BYTES);
	x->run(x->ctx, &args);
	return b->status[VN_ST_ERROR];
}

uint32_t batch_run_stages(struct batch *b, const struct executor *x)
{
	uint32_t s, code = 0;

	for (s = 0; s <= b->prog->n_stages && !code; s++)
		code = batch_run(b, x, vn_program_entry(b->prog, VN_ENTRY_STAGE, s));
	return code;
}

const int32_t *batch_logits(const struct batch *b, uint32_t image)
{
	return (const int32_t *)(const void *)(b->output + (size_t)image *
	                                                           b->prog->entries[0].output *
	                                                           VN_BEAT_BYTES);
}

int8_t batch_tap(const struct batch *b, uint32_t image, uint32_t stage, uint32_t c, uint32_t y,
                 uint32_t x)
{
	const struct vn_pstage *s = &b->prog->stages[stage];
	const uint32_t rows = b->prog->config[VN_CFG_ROWS];
	const size_t base = (size_t)image * b->prog->entries[0].scratch + s->offset +
	                    (size_t)(c / rows) * s->step;

	return (int8_t)
	        b->scratch[base * VN_BEAT_BYTES + (size_t)(y * s->out_w + x) * rows + c % rows];
}
