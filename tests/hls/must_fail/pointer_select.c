/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_select.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(const int a[8], const int b[8], int which)
{
	return (which ? a : b)[3];
}
