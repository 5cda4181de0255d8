/* SPDX-License-Identifier: Apache-2.0
 *
 * library.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(unsigned a)
{
	return __builtin_popcount(a);
}
