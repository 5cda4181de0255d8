/* SPDX-License-Identifier: Apache-2.0
 *
 * classify.h - what the examples share, and it is nothing of the card: read a network and a
 * picture, check and print the answer.
 *
 * A call that fails prints why and ends the program.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "model/program.h"

/* A network and a picture as a compute unit takes them.  Sizes are in bytes. */
struct classify {
	struct vn_program *net;
	const char *picture;   /* its file */
	uint32_t first, count; /* the descriptors that compute one image */
	const void *descriptors;
	size_t descriptors_size;
	const void *weights;
	size_t weights_size;
	void *input; /* the picture, cut in the patches of the stem */
	size_t input_size;
	size_t output_size, scratch_size; /* for the compute unit to fill */
};

/* @net: a .vnx.  @picture: PNG or JPEG, or image N of an IDX file, "images.idx:N". */
void classify_read(const char *net, const char *picture, struct classify *c);
/* Print the class of @output, if the compute unit's status block says that it is complete. */
void classify_print(const struct classify *c, const uint32_t status[VN_STATUS_WORDS],
                    const void *output);
void classify_free(struct classify *c);

/* "error: what: why", then exit code 1. */
_Noreturn void stop(const char *what, const char *why);

#endif /* CLASSIFY_H */
