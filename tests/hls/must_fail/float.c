/* SPDX-License-Identifier: Apache-2.0
 *
 * float.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int a)
{
	return (int)(a * 0.5f);
}
