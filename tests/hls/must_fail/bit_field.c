/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule bit_field: no bit-field: mask and shift. */
struct word {
	unsigned low : 6;
};

unsigned f(struct word w)
{
	return w.low;
}
