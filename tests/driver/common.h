/* SPDX-License-Identifier: Apache-2.0
 *
 * common.h - what the driver's tests share: cmocka, images, expected results of the tiny network.
 */
#ifndef TESTS_DRIVER_COMMON_H
#define TESTS_DRIVER_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "include/vanillin.h"
#include "tests/program/tiny.h"

enum { IMAGES_MAX = 40, STAGES = 3 };

/* Deterministic images, [n][8][8]; free. */
uint8_t *make_images(size_t n);

/* Hold a finished job against vn_qnet_run, logits and (if @taps) every stage. */
void check_job(const struct vn_qnet *net, const uint8_t *pixels, size_t images, const vn_job *job,
               int taps);

/* Submit, wait, check, free. */
void run_and_check(vn_device *dev, const struct vn_qnet *net, const uint8_t *pixels, size_t images,
                   int taps);

/* Switch this process to a locale with a decimal comma, made under @folder and removed again.  0:
 * there is none to be had. */
int comma_locale(const char *folder);

#endif /* TESTS_DRIVER_COMMON_H */
