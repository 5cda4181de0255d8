/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_variable: pointers are parameters, never variables. */
int f(const int a[8])
{
	const int *p = a + 1;

	return p[2];
}
