/* SPDX-License-Identifier: Apache-2.0
 *
 * fit.h - how many compute units a card has room for: spec/cards.def against spec/units.def, before
 * placement.
 */
#ifndef VH_FIT_H
#define VH_FIT_H

#include <stdint.h>

#include "spec/spec.h"

enum { VH_SLRS = 4 };

/* Of one SLR as its platform leaves it, or of one compute unit; in halves where there are such. */
struct vh_resources {
	double dsp, lut, ff, bram36, uram;
};

struct vh_card_room {
	const char *name;
	int slrs, ddr; /* ddr: memories of type DDR4, where there is no HBM */
	struct vh_resources slr[VH_SLRS];
};

/* The cards in order; NULL past the last. */
const struct vh_card_room *vh_card_at(int index);
/* NULL: there is none of that name. */
const struct vh_card_room *vh_card_find(const char *name);

/* What a unit of that configuration takes; 0: it is not known. */
int vh_unit_takes(const uint32_t config[VN_CONFIG_WORDS], struct vh_resources *takes);

/* Units that fit each SLR when @share of every kind may be taken; returns their sum. */
int vh_fit(const struct vh_card_room *card, const struct vh_resources *takes, double share,
           int units[VH_SLRS]);
double vh_card_dsp(const struct vh_card_room *card);

#endif /* VH_FIT_H */
