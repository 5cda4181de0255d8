/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule float: no floating point. */
int f(int a)
{
	return (int)(a * 0.5f);
}
