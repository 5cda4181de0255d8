/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule union: no union. */
union word {
	int i;
	unsigned u;
};

int f(union word w)
{
	return w.i;
}
