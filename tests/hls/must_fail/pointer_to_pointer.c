/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_to_pointer.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int **rows)
{
	return rows[1][2];
}
