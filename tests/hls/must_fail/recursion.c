/* SPDX-License-Identifier: Apache-2.0
 *
 * recursion.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
static int odd(int n);

static int even(int n)
{
	return n == 0 ? 1 : odd(n - 1);
}

static int odd(int n)
{
	return n == 0 ? 0 : even(n - 1);
}

int f(int n)
{
	return even(n);
}
