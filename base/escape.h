/* SPDX-License-Identifier: Apache-2.0
 *
 * escape.h - text of strangers for a terminal: labels, file names, names in networks and archives.
 *
 * Escaped is what a terminal would obey or what would make text look like other text: control
 * characters, marks that change the direction of writing, line separators, and bytes that are not
 * UTF-8.
 */
#ifndef VN_ESCAPE_H
#define VN_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes of the UTF-8 character that @text begins with, and its number in @code; 0: it begins with
 * none. */
size_t vn_utf8(const char *text, uint32_t *code);

/* Print @text, with "\x1b" in the place of the byte 1b, "\u202e" in that of the character. */
void vn_put(FILE *file, const char *text);
/* Print a JSON text, escaped as JSON has it: the value stays the same. */
void vn_put_json(FILE *file, const char *json);

#endif /* VN_ESCAPE_H */
