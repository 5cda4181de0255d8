/* SPDX-License-Identifier: Apache-2.0
 *
 * statement_expression.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int a)
{
	return ({
		int b = a;
		b + 1;
	});
}
