/* SPDX-License-Identifier: Apache-2.0
 *
 * execute.h - run an entry of a program on a compute unit given as a function, and read its
 * results.
 */
#ifndef VN_EXECUTE_H
#define VN_EXECUTE_H

#include "model/program.h"
#include "model/refcu.h"

/* A compute unit: what refcu and hls/ have in common. */
struct executor {
	const char *name;
	void (*run)(void *ctx, const struct vn_cu_args *args);
	void *ctx;
};

/* Memories of a batch, 64-byte aligned and filled with a pattern; freed by batch_free. */
struct batch {
	const struct vn_program *prog;
	uint32_t images;
	uint8_t *desc, *input, *output, *scratch;
	uint32_t *status;
};

int batch_new(const struct vn_program *prog, uint32_t images, int taps, struct batch *b);
void batch_free(struct batch *b);
/* uint8 [h][w][c] into the input record of @image. */
void batch_set_image(struct batch *b, uint32_t image, const uint8_t *pixels);

/* Run entry @e; returns the status block's error code. */
uint32_t batch_run(struct batch *b, const struct executor *x, const struct vn_entry *e);
/* Run all stage entries in order; returns the first error code. */
uint32_t batch_run_stages(struct batch *b, const struct executor *x);

const int32_t *batch_logits(const struct batch *b, uint32_t image);
/* One value of a stage's output in the scratch record. */
int8_t batch_tap(const struct batch *b, uint32_t image, uint32_t stage, uint32_t c, uint32_t y,
                 uint32_t x);

#endif /* VN_EXECUTE_H */
