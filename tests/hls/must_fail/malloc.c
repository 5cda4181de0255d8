/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule malloc: no memory is allocated. */
void *malloc(unsigned long bytes);

void f(void)
{
	malloc(64);
}
