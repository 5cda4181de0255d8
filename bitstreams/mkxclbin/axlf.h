/* SPDX-License-Identifier: Apache-2.0
 *
 * axlf.h - write an .xclbin for hw_emu (the format: XRT's xclbin.h).
 */
#ifndef VB_AXLF_H
#define VB_AXLF_H

#include "bitstreams/mkxclbin/recipe.h"

/* Write @path: compute units of @recipe on @card, and @zip (a file) as the "bitstream", which XRT's
 * emulation unpacks.  The UUID is a hash of all else in the file: the same input makes the same
 * file.  VN_EIO, VN_ENOMEM. */
VN_MUST_CHECK int vb_axlf_write(const char *path, const struct vb_card *card,
                                const struct vb_recipe *recipe, const char *zip, uint8_t uuid[16],
                                vn_error *err);

#endif /* VB_AXLF_H */
