/* SPDX-License-Identifier: Apache-2.0
 *
 * function_pointer.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
static int twice(int a)
{
	return 2 * a;
}

int f(int a)
{
	int (*op)(int) = twice;

	return op(a);
}
