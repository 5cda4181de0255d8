/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_to_pointer: no pointer to a pointer, no array of pointers. */
int f(int **rows)
{
	return rows[1][2];
}
