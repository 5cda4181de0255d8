/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_return: no function returns a pointer. */
const int *f(const int a[8])
{
	return a + 1;
}
