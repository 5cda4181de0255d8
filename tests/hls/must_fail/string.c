/* SPDX-License-Identifier: Apache-2.0
 *
 * string.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int i)
{
	return "vanillin"[i & 7];
}
