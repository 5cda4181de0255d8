/* SPDX-License-Identifier: Apache-2.0
 *
 * refuse.h - what every refusal of a .vnx file must be like.
 */
#ifndef VN_REFUSE_H
#define VN_REFUSE_H

#include <stddef.h>
#include <stdint.h>

/* Fail the test unless @bytes of @file are refused with a sentence that holds @says, the file's
 * name, and a hint. */
void must_refuse(const uint8_t *file, size_t bytes, const char *says);

#endif /* VN_REFUSE_H */
