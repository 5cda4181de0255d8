/* SPDX-License-Identifier: Apache-2.0
 *
 * test_escape.c - UTF-8 against jansson's idea of it, and what is left of hostile text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/escape.h"

static size_t encode(uint32_t code, char text[5])
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n - 1; i > 0; i--, code >>= 6)
		text[i] = (char)(0x80 | (code & 0x3f));
	text[0] = (char)(lead[n] | code);
	text[n] = '\0';
	return n;
}

static void test_every_character(void **state)
{
	(void)state;
	for (uint32_t code = 1; code < 0x110000; code++) {
		const int surrogate = code >= 0xd800 && code < 0xe000;
		char text[5];
		uint32_t found = 0;
		const size_t n = encode(code, text), got = vn_utf8(text, &found);

		if (got != (surrogate ? 0 : n) || (got && found != code))
			fail_msg("U+%04x: %zu bytes, U+%04x", (unsigned)code, got, (unsigned)found);
	}
}

/* Three bytes of any kind, with an ASCII character behind: what begins them is UTF-8 for both or
 * for none. */
static void test_every_beginning(void **state)
{
	(void)state;
	for (uint32_t bytes = 0; bytes < 1 << 24; bytes += 1 + (bytes & 0xff) % 3) {
		char text[6] = {(char)(bytes >> 16), (char)(bytes >> 8), (char)bytes, 'x', 'y', 0};
		uint32_t code;
		size_t n;

		if (!text[0])
			continue;
		n = vn_utf8(text, &code);
		for (size_t length = 1; length <= 3; length++) {
			json_t *good = memchr(text, 0, length) ? NULL : json_stringn(text, length);

			/* One character of just this length. */
			if ((good && n == length) != (n == length && length <= strlen(text)) ||
			    (good && n == 0))
				fail_msg("%06x: %zu", (unsigned)bytes, n);
			json_decref(good);
		}
	}
}

static char *printed(void (*print)(FILE *, const char *), const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	assert_non_null(file);
	print(file, text);
	fclose(file);
	return out;
}

static void expect(void (*print)(FILE *, const char *), const char *text, const char *wanted)
{
	char *out = printed(print, text);

	assert_string_equal(out, wanted);
	free(out);
}

static void test_text(void **state)
{
	(void)state;
	expect(vn_put, "", "");
	expect(vn_put, "Ankle boot", "Ankle boot");
	expect(vn_put, "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x91\xa2",
	       "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x91\xa2");
	expect(vn_put, "\x1b[31mred\n\t\x7f", "\\x1b[31mred\\x0a\\x09\\x7f");
	expect(vn_put, "caf\xe9", "caf\\xe9");
	expect(vn_put, "\xc0\x80 \xed\xa0\x80", "\\xc0\\x80 \\xed\\xa0\\x80");
	expect(vn_put, "cut \xe6\x97", "cut \\xe6\\x97");
	expect(vn_put,
	       "\xc2\x9b"
	       "31m",
	       "\\u009b31m");
	expect(vn_put,
	       "a\xe2\x80\xae"
	       "b\xe2\x81\xa6"
	       "c\xe2\x80\xa8\xd8\x9c\xe2\x80\x8f",
	       "a\\u202eb\\u2066c\\u2028\\u061c\\u200f");
}

/* Escaped or not it is the same value. */
static void test_json(void **state)
{
	static const char text[] =
	        "\x1b[0m \\ \" \n \x7f \xc2\x9b \xe2\x80\xae caf\xc3\xa9 \xf0\x9f\x91\xa2";
	json_t *before = json_pack("{s:s}", text, text), *after;
	char *plain = json_dumps(before, JSON_INDENT(2)), *out = printed(vn_put_json, plain);

	(void)state;
	after = json_loads(out, 0, NULL);
	assert_non_null(after);
	assert_true(json_equal(before, after));
	for (const char *c = out; *c; c++)
		assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
	assert_null(strstr(out, "\xc2\x9b"));
	assert_null(strstr(out, "\xe2\x80\xae"));
	json_decref(before);
	json_decref(after);
	free(plain);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_character),
	        cmocka_unit_test(test_every_beginning),
	        cmocka_unit_test(test_text),
	        cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
