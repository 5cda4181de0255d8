/* SPDX-License-Identifier: Apache-2.0
 *
 * card.h - the cards of cards.def, with their memory.
 */
#ifndef VB_CARD_H
#define VB_CARD_H

#include <stdint.h>

#include "include/vanillin.h"

enum {
	VB_BANKS_MAX = 64,
	VB_SLRS_MAX = 8,
	VB_TAG_MAX = 16, /* bytes of a bank's name in an .xclbin, the zero included */
};

struct vb_bank {
	char tag[VB_TAG_MAX]; /* "HBM[0]" */
	int type;             /* enum MEM_TYPE of XRT's xclbin.h */
	uint64_t base, kib;
};

/* What the platform leaves of an SLR. */
struct vb_slr {
	int lut, ff, bram36, uram, dsp;
};

struct vb_card {
	const char *name;     /* "u50" */
	const char *platform; /* VBNV */
	const char *part;     /* "xcu50-fsvh2104-2-e" */
	struct vb_slr slr[VB_SLRS_MAX];
	int n_slrs;
	struct vb_bank bank[VB_BANKS_MAX];
	int n_banks;
};

/* The name of card @i of the list; NULL: there are no more. */
const char *vb_card_name(int i);

/* Fill @card with card @name.  VN_ENODEV names the cards there are. */
VN_MUST_CHECK int vb_card_find(const char *name, struct vb_card *card, vn_error *err);

/* The number of bank "TAG[@index]" of @card; -1: it has none. */
int vb_card_bank(const struct vb_card *card, const char *tag, int index);

#endif /* VB_CARD_H */
