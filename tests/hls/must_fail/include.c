/* SPDX-License-Identifier: Apache-2.0
 *
 * include.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
#include <limits.h>

int f(int a)
{
	return a < INT_MAX ? a + 1 : a;
}
