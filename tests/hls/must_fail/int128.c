/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule int128: no integer wider than 64 bits. */
long f(long a, long b)
{
	return (long)(((__int128)a * b) >> 64);
}
