/* SPDX-License-Identifier: Apache-2.0
 *
 * program_words.h - names for messages: opcodes, descriptor fields, what a compute unit's error
 * codes mean.
 */
#ifndef VN_PROGRAM_WORDS_H
#define VN_PROGRAM_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* "MM"; "?" for a code that is no opcode. */
const char *vn_op_name(uint32_t op);

/* Fields of word @word of opcode @op, lowest first, as "N0, N1"; "word 15" where it has none.
 * @text: [size] */
void vn_field_name(uint32_t op, uint32_t word, char *text, size_t size);

/* The sentence of spec/cu.def for an error code; never NULL. */
const char *vn_cu_error_text(uint32_t code);

#endif /* VN_PROGRAM_WORDS_H */
