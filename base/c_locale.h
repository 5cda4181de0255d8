/* SPDX-License-Identifier: Apache-2.0
 *
 * c_locale.h - numbers with a decimal point, whatever locale the program around this library has
 * chosen.
 *
 *     const locale_t before = vn_c_locale_begin();
 *     ... printf, strtod ...
 *     vn_c_locale_end(before);
 */
#ifndef VN_C_LOCALE_H
#define VN_C_LOCALE_H

#include <locale.h>

/* Give this thread the C locale.  Returns what it had. */
static inline locale_t vn_c_locale_begin(void)
{
	return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

static inline void vn_c_locale_end(locale_t before)
{
	const locale_t c = uselocale(before);

	if (c != before) /* it is, without memory for another */
		freelocale(c);
}

#endif /* VN_C_LOCALE_H */
