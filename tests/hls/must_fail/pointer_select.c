/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_select: no choice between two pointers. */
int f(const int a[8], const int b[8], int which)
{
	return (which ? a : b)[3];
}
