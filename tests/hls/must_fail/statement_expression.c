/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule statement_expression: no statement expression. */
int f(int a)
{
	return ({
		int b = a;
		b + 1;
	});
}
