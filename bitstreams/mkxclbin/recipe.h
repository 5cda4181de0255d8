/* SPDX-License-Identifier: Apache-2.0
 *
 * recipe.h - how compute units are linked onto a card: the v++ configuration file CARD.cfg.
 *
 * Read of it: kernel_frequency, and in [connectivity] nk, slr and sp.  v++ reads the same file, so
 * that an .xclbin made here has the units, names and banks that one made by v++ has.
 */
#ifndef VB_RECIPE_H
#define VB_RECIPE_H

#include <stdio.h>

#include "bitstreams/mkxclbin/card.h"
#include "driver/backend.h"

enum vb_master { VB_PROGRAM, VB_WEIGHTS, VB_MAPS, VB_MASTERS };

struct vb_unit {
	char name[32]; /* "vn_cu_1" */
	int slr;
	int bank[VB_MASTERS]; /* of the card; -1: not given */
};

struct vb_recipe {
	int clock_mhz;
	int n_units;
	struct vb_unit unit[VN_UNITS_MAX];
};

/* "program", "weights", "maps": of m_axi_program and so on, and of VN_ARG in spec/cu.def. */
extern const char *const vb_master_names[VB_MASTERS];

/* Read @path for @card, and keep the first @units of its compute units (0: all).
 * Errors, with file and line: VN_EIO; VN_EARG for a line that is not understood, a bank or SLR that
 * the card has not, a compute unit without slr or sp, or more @units than the file has.  A range of
 * banks (HBM[0:3]) is refused: v++ would make a memory group of it, which this writer does not. */
VN_MUST_CHECK int vb_recipe_read(const char *path, const struct vb_card *card, int units,
                                 struct vb_recipe *recipe, vn_error *err);

/* The text of @path, which @recipe was read from, less the compute units that it has not.  VN_EIO.
 */
VN_MUST_CHECK int vb_recipe_print(FILE *out, const char *path, const struct vb_recipe *recipe,
                                  vn_error *err);

#endif /* VB_RECIPE_H */
