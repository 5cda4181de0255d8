/* SPDX-License-Identifier: Apache-2.0
 *
 * malloc.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
void *malloc(unsigned long bytes);

void f(void)
{
	malloc(64);
}
