/* SPDX-License-Identifier: Apache-2.0
 *
 * escape.c - see escape.h.
 */
#include "base/escape.h"

size_t vn_utf8(const char *text, uint32_t *code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least; /* fewer bytes would do for what is below */
	} forms[] = {
	        {0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	const unsigned char *s = (const unsigned char *)text;
	size_t more = 0;

	while (more < 4 && (*s & forms[more].mask) != forms[more].lead)
		more++;
	if (more == 4)
		return 0;
	*code = *s & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < forms[more].least || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return more + 1;
}

static int in(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

static int is_harmless(uint32_t code)
{
	return !(in(code, 0, 0x1f) || in(code, 0x7f, 0x9f) || /* control characters */
	         code == 0x61c || in(code, 0x200e, 0x200f) || /* marks of direction */
	         in(code, 0x2028, 0x202e) || in(code, 0x2066, 0x2069));
}

static void put(FILE *file, const char *text, int json)
{
	const char *from = text; /* of what is not printed yet */

	while (*text) {
		uint32_t code = (unsigned char)*text;
		const size_t n = vn_utf8(text, &code);

		if (n && (is_harmless(code) || (json && code == '\n'))) {
			text += n;
			continue;
		}
		fwrite(from, 1, (size_t)(text - from), file);
		if (json || (n && code >= 0x80))
			fprintf(file, "\\u%04x", (unsigned)code);
		else
			fprintf(file, "\\x%02x", (unsigned char)*text);
		text += n ? n : 1;
		from = text;
	}
	fwrite(from, 1, (size_t)(text - from), file);
}

void vn_put(FILE *file, const char *text)
{
	put(file, text, 0);
}

void vn_put_json(FILE *file, const char *json)
{
	put(file, json, 1);
}
