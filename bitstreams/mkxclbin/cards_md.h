/* SPDX-License-Identifier: Apache-2.0
 *
 * cards_md.h - docs/cards.md: cards.def and the recipes as tables for people.
 */
#ifndef VB_CARDS_MD_H
#define VB_CARDS_MD_H

#include <stdio.h>

#include "include/vanillin.h"

/* Print the page, by the recipes CARD.cfg of @folder.  Errors: of vb_recipe_read, or VN_EIO. */
VN_MUST_CHECK int vb_print_cards(FILE *out, const char *folder, vn_error *err);

#endif /* VB_CARDS_MD_H */
