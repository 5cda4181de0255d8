/* SPDX-License-Identifier: Apache-2.0
 *
 * asm.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
int f(int a)
{
	__asm__("nop");
	return a;
}
