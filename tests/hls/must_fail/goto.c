/* SPDX-License-Identifier: Apache-2.0
 *
 * goto.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int a)
{
	if (a < 0)
		goto out;
	a++;
out:
	return a;
}
