/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_hls.h - what the driver sees of hls/: one compiled compute unit per size of sizes.def.
 */
#ifndef VN_HLS_H
#define VN_HLS_H

#include <stdint.h>

#include "spec/spec.h"

struct vn_hls_cu {
	uint32_t config[VN_CONFIG_WORDS]; /* the configuration record */
	/* One start with the arguments of spec/cu.def, pointers for addresses.  Blocks until done;
	 * the verdict is in the status block.  Any number of threads may run at once.  Returns 0,
	 * or VN_ENOMEM: nothing was done and there is no status.  Unlike a card, an address that is
	 * not 64-byte aligned is reported by name. */
	int (*run)(const void *program, uint32_t first, uint32_t count, uint32_t images,
	           const void *weights, const void *input, void *output, void *scratch,
	           void *status);
};

/* The compute unit of @rows x @cols, or NULL. */
const struct vn_hls_cu *vn_hls_find(int rows, int cols);

/* Number @index of the list, or NULL past its end. */
const struct vn_hls_cu *vn_hls_at(int index);

#endif /* VN_HLS_H */
