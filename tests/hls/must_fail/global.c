/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule global: file-scope variables are constants. */
static int count;

int f(void)
{
	return ++count;
}
