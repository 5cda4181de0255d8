/* SPDX-License-Identifier: Apache-2.0
 *
 * one_run.h - what the tests of back ends for cards share: the tiny network on a device, from open
 * to close.
 */
#ifndef TESTS_DRIVER_ONE_RUN_H
#define TESTS_DRIVER_ONE_RUN_H

#include "tests/driver/common.h"

extern struct tiny {
	struct vn_qnet *net;
	struct vn_program *prog; /* for 8x8 */
	uint8_t *pixels;
} tiny;

void tiny_make(void);
void tiny_drop(void);

/* One batch of taps on a device that has the program; what went wrong, if anything. */
int run_loaded(vn_device *dev, vn_error *err);
/* The same from open to close. */
int run(const char *uri, enum vn_weights mode, vn_error *err);
/* The run goes well. */
void expect_run(const char *uri, enum vn_weights mode);
/* The run fails with @code, and its error has each of the @words in its sentence or hint. */
void expect_failure(const char *uri, int code, const char *const *words);

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif /* TESTS_DRIVER_ONE_RUN_H */
