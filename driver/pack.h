/* SPDX-License-Identifier: Apache-2.0
 *
 * pack.h - between the arrays of the API and the records of card memory (docs/program-format.md,
 * end).
 */
#ifndef VN_PACK_H
#define VN_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "model/program.h"

/* Makes input records for one program; holds one image, shifted and bordered. */
struct vn_packer;

/* @prog must outlive it.  VN_ENOMEM. */
VN_MUST_CHECK int vn_packer_new(const struct vn_program *prog, struct vn_packer **packer,
                                vn_error *err);
void vn_packer_free(struct vn_packer *packer); /* NULL allowed */

/* @pixels: uint8 [in_h][in_w][in_c].  @record: whole, entry->input beats. */
void vn_pack(struct vn_packer *packer, const uint8_t *pixels, uint8_t *record);

/* int8 [cout][out_h][out_w] of a stage from its region in scratch.
 * @region: from the stage's first beat on.  @rows: R. */
void vn_unpack_stage(const struct vn_pstage *stage, uint32_t rows, const uint8_t *region,
                     int8_t *tensor);

/* Bytes of that region. */
uint64_t vn_region_bytes(const struct vn_pstage *stage, uint32_t rows);

#endif /* VN_PACK_H */
