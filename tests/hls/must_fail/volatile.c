/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule volatile: no volatile, no atomics. */
int f(volatile int a[8])
{
	return a[0];
}
