/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule goto: no goto. */
int f(int a)
{
	if (a < 0)
		goto out;
	a++;
out:
	return a;
}
