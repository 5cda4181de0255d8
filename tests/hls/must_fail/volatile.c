/* SPDX-License-Identifier: Apache-2.0
 *
 * volatile.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(volatile int a[8])
{
	return a[0];
}
