/* SPDX-License-Identifier: Apache-2.0
 *
 * pragma.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(const int a[8])
{
	int i, sum = 0;

	for (i = 0; i < 8; i++) {
#pragma HLS unroll
		sum += a[i];
	}
	return sum;
}
