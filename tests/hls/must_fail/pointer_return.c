/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_return.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
const int *f(const int a[8])
{
	return a + 1;
}
