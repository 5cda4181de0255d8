/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule library: no function is called but those of hls/ and spec/. */
int f(unsigned a)
{
	return __builtin_popcount(a);
}
