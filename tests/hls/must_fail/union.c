/* SPDX-License-Identifier: Apache-2.0
 *
 * union.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
union word {
	int i;
	unsigned u;
};

int f(union word w)
{
	return w.i;
}
