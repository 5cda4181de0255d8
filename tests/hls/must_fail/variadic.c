/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule variadic: functions have a fixed number of arguments. */
int f(int n, ...)
{
	return n;
}
