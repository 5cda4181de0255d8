/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h - manifest.json: what each .xclbin of a folder is (README.md has the format).
 */
#ifndef VB_MANIFEST_H
#define VB_MANIFEST_H

#include "bitstreams/mkxclbin/recipe.h"

struct vb_entry {
	const char *card, *platform;
	const char *mode;       /* "hw_emu", "hw" */
	const char *made_from;  /* "rtl", "hls" */
	const uint32_t *config; /* VN_CONFIG_WORDS words */
	int units;
	double clock_mhz;
	const uint8_t *uuid; /* 16 bytes */
};

/* Put @entry for the file @xclbin into the manifest.json beside it, instead of what it said of that
 * file.  @from: a file of the same folder that becomes @xclbin at that moment; NULL: it is there
 * already.  Waits while another process does the same.  VN_EIO, VN_ENOMEM; VN_ERUNTIME: the
 * manifest that is there is not one. */
VN_MUST_CHECK int vb_manifest_put(const char *xclbin, const char *from,
                                  const struct vb_entry *entry, vn_error *err);

#endif /* VB_MANIFEST_H */
