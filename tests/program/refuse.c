/* SPDX-License-Identifier: Apache-2.0
 *
 * refuse.c - what every refusal of a .vnx file must be like.
 */
#include "tests/program/refuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "include/vanillin.h"

void must_refuse(const uint8_t *file, size_t bytes, const char *says)
{
	/* A block of its own size: a sanitizer sees every byte too far. */
	uint8_t *copy = malloc(bytes ? bytes : 1);
	vn_program *prog;
	vn_error err = {0};
	int rc;

	assert_non_null(copy);
	memcpy(copy, file, bytes);
	rc = vn_program_parse("bad.vnx", copy, bytes, &prog, &err);
	free(copy);
	assert_int_equal(rc, VN_EPROGRAM);
	assert_int_equal(err.code, VN_EPROGRAM);
	assert_null(prog);
	assert_ptr_equal(strstr(err.message, "bad.vnx: "), err.message);
	assert_true(err.hint[0] != 0);
	if (!strstr(err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", err.message, says);
}
