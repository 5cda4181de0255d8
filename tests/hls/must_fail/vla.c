/* SPDX-License-Identifier: Apache-2.0
 *
 * vla.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int n)
{
	int a[n];

	a[0] = n;
	return a[0];
}
