/* SPDX-License-Identifier: Apache-2.0
 *
 * directive.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
#include "hls/vn_pragma.h"

int f(const int a[8])
{
	VN_HLS(array_partition a = a type = complete)
	return a[0] + a[7];
}
