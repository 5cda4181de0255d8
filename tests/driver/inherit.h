/* SPDX-License-Identifier: Apache-2.0
 *
 * inherit.h - what a child that a fork made does with its parent's devices, and with its own.
 */
#ifndef TESTS_DRIVER_INHERIT_H
#define TESTS_DRIVER_INHERIT_H

#include "tests/driver/common.h"

struct inherited {
	const char *uri; /* for a device of the child's own */
	const vn_program *prog;
	const uint8_t *pixels;
	const int32_t *logits; /* of the first image */
	vn_device *dev;        /* of the parent; NULL: none */
	vn_job *job;           /* likewise */
};

/* First in a test that uses in_child with threads: they end ThreadSanitizer. */
void skip_without_fork(void);

/* Run @f(arg) in a child; what it returns (NULL: all is well) fails the test. */
void in_child(const char *(*f)(const void *arg), const void *arg);

/* For in_child: every call on the inherited device and job is refused at once, and they can be
 * freed. */
const char *use_inherited(const void *arg);
/* For in_child: a device of its own computes what the parent's does. */
const char *use_own(const void *arg);

#endif /* TESTS_DRIVER_INHERIT_H */
