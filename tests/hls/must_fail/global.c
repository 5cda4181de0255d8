/* SPDX-License-Identifier: Apache-2.0
 *
 * global.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
static int count;

int f(void)
{
	return ++count;
}
