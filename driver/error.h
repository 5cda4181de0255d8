/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h - how code inside the library fills a vn_error.
 */
#ifndef VN_ERROR_H
#define VN_ERROR_H

#include "driver/vanillin.h"

/* Fill @err (may be NULL) and return @code, so that `return vn_fail(...)` reads as one act.
 * @hint: static text or NULL. */
__attribute__((format(printf, 4, 5))) int vn_fail(vn_error *err, int code, const char *hint,
						   const char *fmt, ...);

/* The same for a failed allocation of @bytes for @what. */
int vn_fail_nomem(vn_error *err, size_t bytes, const char *what);

#endif /* VN_ERROR_H */
