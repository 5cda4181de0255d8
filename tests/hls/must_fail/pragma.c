/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pragma: pragmas stand in hls/vn_pragma.h only. */
int f(const int a[8])
{
	int i, sum = 0;

	for (i = 0; i < 8; i++) {
#pragma HLS unroll
		sum += a[i];
	}
	return sum;
}
