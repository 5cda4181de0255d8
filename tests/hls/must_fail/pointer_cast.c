/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_cast: a pointer keeps its type and never becomes a number, nor a number a pointer. */
int f(const unsigned *a)
{
	return ((const short *)a)[1];
}
