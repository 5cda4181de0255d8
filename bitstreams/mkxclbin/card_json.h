/* SPDX-License-Identifier: Apache-2.0
 *
 * card_json.h - card.json, which tells the device process (emulation/device/) what card it is.
 */
#ifndef VB_CARD_JSON_H
#define VB_CARD_JSON_H

#include <stdio.h>

#include "bitstreams/mkxclbin/recipe.h"

/* @plugin: the file of the simulated compute units, beside card.json.  VN_EIO. */
VN_MUST_CHECK int vb_print_card_json(FILE *out, const struct vb_card *card,
                                     const struct vb_recipe *recipe, const uint32_t *config,
                                     const char *plugin, vn_error *err);

#endif /* VB_CARD_JSON_H */
