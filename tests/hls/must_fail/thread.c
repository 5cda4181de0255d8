/* SPDX-License-Identifier: Apache-2.0
 *
 * thread.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
static _Thread_local int count;

int f(void)
{
	return ++count;
}
