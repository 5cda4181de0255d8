/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_cast.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(const unsigned *a)
{
	return ((const short *)a)[1];
}
