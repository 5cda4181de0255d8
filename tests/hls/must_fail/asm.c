/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule asm: no inline assembly. */
int f(int a)
{
	__asm__("nop");
	return a;
}
