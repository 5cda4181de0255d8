/* SPDX-License-Identifier: Apache-2.0
 *
 * host_table.c - the compute units of sizes.def by size.  Host code, compiled once, outside the HLS
 * subset.
 */
#include <stddef.h>

#include "hls/vn_hls.h"

#define VN_HLS_SIZE(r, c) extern const struct vn_hls_cu vn_hls_entry_##r##x##c;
#include "hls/sizes.def"

static const struct vn_hls_cu *const table[] = {
#define VN_HLS_SIZE(r, c) &vn_hls_entry_##r##x##c,
#include "hls/sizes.def"
};

const struct vn_hls_cu *vn_hls_at(int index)
{
	const int n = (int)(sizeof(table) / sizeof(table[0]));

	return index >= 0 && index < n ? table[index] : NULL;
}

const struct vn_hls_cu *vn_hls_find(int rows, int cols)
{
	const struct vn_hls_cu *cu;
	int i;

	for (i = 0; (cu = vn_hls_at(i)) != NULL; i++)
		if ((int)cu->config[VN_CFG_ROWS] == rows && (int)cu->config[VN_CFG_COLS] == cols)
			return cu;
	return NULL;
}
