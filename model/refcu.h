/* SPDX-License-Identifier: Apache-2.0
 *
 * refcu.h - the reference compute unit: walks a descriptor list in plain C, for any R and C.
 *
 * The bit-exact oracle of hls/ and rtl/.  Its arithmetic is written for this file's readers and is
 * shared with nobody; it follows docs/number-formats.md and docs/program-format.md.
 */
#ifndef VN_REFCU_H
#define VN_REFCU_H

#include <stdint.h>

#include "include/vanillin.h"
#include "spec/spec.h"

struct vn_refcu; /* one compute unit: its three buffers.  Not thread safe; use one per thread. */

/* VN_ENOMEM; VN_EARG for a record that no compute unit can have. */
VN_MUST_CHECK int vn_refcu_new(const uint32_t config[VN_CONFIG_WORDS], struct vn_refcu **cu,
                               vn_error *err);
void vn_refcu_free(struct vn_refcu *cu);

/* Kernel arguments (spec/cu.def), with pointers for addresses. */
struct vn_cu_args {
	const void *program; /* descriptor 0 */
	uint32_t first, count, images;
	const void *weights;
	const void *input;
	void *output;
	void *scratch;
	void *status; /* VN_STATUS_WORDS words */
};

/* Execute one start, to the end or to the first error.  The verdict is in the status block, as on a
 * card. Memory extents are the caller's care (vn_program_check). */
void vn_refcu_run(struct vn_refcu *cu, const struct vn_cu_args *args);

#endif /* VN_REFCU_H */
