/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_xml.h - the kernel vn_cu in XML, from spec/cu.def: for Vivado's package_xo, and as the
 * EMBEDDED_METADATA of an .xclbin.
 */
#ifndef VB_KERNEL_XML_H
#define VB_KERNEL_XML_H

#include <stdio.h>

#include "bitstreams/mkxclbin/recipe.h"

enum {
	VB_REGISTERS_BASE = 0x1800000, /* of the first compute unit, in an hw_emu .xclbin */
	VB_REGISTERS_RANGE = 0x10000,  /* from one to the next */
};

/* kernel.xml as package_xo takes it (UG1393, "RTL Kernel XML File"). */
void vb_print_kernel(FILE *out);

/* The metadata that XRT reads arguments and their offsets from. */
void vb_print_metadata(FILE *out, const struct vb_card *card, const struct vb_recipe *recipe);

#endif /* VB_KERNEL_XML_H */
