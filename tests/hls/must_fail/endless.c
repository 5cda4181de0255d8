/* SPDX-License-Identifier: Apache-2.0
 *
 * endless.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int a)
{
	for (;;) {
		if (a > 9)
			return a;
		a++;
	}
}
