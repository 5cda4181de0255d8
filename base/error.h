/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h - how code inside the libraries fills a vn_error.
 */
#ifndef VN_ERROR_H
#define VN_ERROR_H

#include "include/vanillin.h"

/* Fill @err (may be NULL): @code, a sentence, and how to mend it.  @hint: NULL: none. */
__attribute__((format(printf, 4, 5))) void vn_error_set(vn_error *err, int code, const char *hint,
                                                        const char *fmt, ...);

/* Fill @err and be @code, so that `return vn_fail(...)` reads as one act.  A macro, so that an
 * analyser sees that the value is not 0. */
#define vn_fail(err, code, hint, ...) (vn_error_set((err), (code), (hint), __VA_ARGS__), (code))

/* The same for a failed allocation of @bytes for @what. */
static inline int vn_fail_nomem(vn_error *err, size_t bytes, const char *what)
{
	vn_error_set(err, VN_ENOMEM, "free memory, or use fewer images at a time",
	             "no memory for %s (%zu bytes)", what, bytes);
	return VN_ENOMEM;
}

#endif /* VN_ERROR_H */
