/* SPDX-License-Identifier: Apache-2.0
 *
 * bit_field.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
struct word {
	unsigned low : 6;
};

unsigned f(struct word w)
{
	return w.low;
}
