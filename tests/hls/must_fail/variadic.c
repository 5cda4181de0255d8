/* SPDX-License-Identifier: Apache-2.0
 *
 * variadic.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int n, ...)
{
	return n;
}
