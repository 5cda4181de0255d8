/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule function_pointer: functions are called by name and never stored. */
static int twice(int a)
{
	return 2 * a;
}

int f(int a)
{
	int (*op)(int) = twice;

	return op(a);
}
