/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - the error list in words.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/c_locale.h"

const char *vn_err_name(int code)
{
	switch (code) {
	case VN_OK:
		return "VN_OK";
#define X(name, value, text)                                                                       \
	case VN_##name:                                                                            \
		return "VN_" #name;
		VN_ERR_MAP(X)
#undef X
	}
	return "VN_?";
}

const char *vn_strerror(int code)
{
	switch (code) {
	case VN_OK:
		return "success";
#define X(name, value, text)                                                                       \
	case VN_##name:                                                                            \
		return text;
		VN_ERR_MAP(X)
#undef X
	}
	return "unknown error";
}

void vn_error_set(vn_error *err, int code, const char *hint, const char *fmt, ...)
{
	locale_t before;
	va_list ap;

	if (!err)
		return;
	err->code = code;
	before = vn_c_locale_begin();
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	vn_c_locale_end(before);
	snprintf(err->hint, sizeof(err->hint), "%s", hint ? hint : "");
}
