/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule include: only <stdint.h>, hls/ and spec/ are included. */
#include <limits.h>

int f(int a)
{
	return a < INT_MAX ? a + 1 : a;
}
