/* SPDX-License-Identifier: Apache-2.0
 *
 * int128.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
long f(long a, long b)
{
	return (long)(((__int128)a * b) >> 64);
}
