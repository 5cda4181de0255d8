/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule vla: array sizes are constants. */
int f(int n)
{
	int a[n];

	a[0] = n;
	return a[0];
}
