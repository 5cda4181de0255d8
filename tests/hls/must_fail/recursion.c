/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule recursion: no function reaches itself. */
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
