/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_variable.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(const int a[8])
{
	const int *p = a + 1;

	return p[2];
}
