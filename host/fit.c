/* SPDX-License-Identifier: Apache-2.0
 *
 * fit.c - see fit.h.
 */
#include "host/fit.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/program.h"

static const char *const names[] = {
#define VN_CARD(name, platform, part) #name,
#include "spec/cards.def"
};

enum { CARDS = sizeof(names) / sizeof(names[0]) };

static const struct {
	const char *card;
	int slr;
	struct vh_resources has;
} slrs[] = {
#define VN_SLR(card, index, lut, ff, bram36, uram, dsp)                                            \
	{#card, index, {dsp, lut, ff, bram36, uram}},
#include "spec/cards.def"
};

static const struct {
	const char *card, *type;
	int n;
} banks[] = {
#define VN_BANKS(card, tag, n, type, base, stride, kib) {#card, #type, n},
#include "spec/cards.def"
};

static const struct {
	uint32_t rows, cols, dw_ch, lanes, max_n, act_words;
	struct vh_resources takes;
} units[] = {
#define VN_UNIT(rows, cols, dw_ch, lanes, max_n, act_words, dsp, lut, ff, bram36, uram)            \
	{rows, cols, dw_ch, lanes, max_n, act_words, {dsp, lut, ff, bram36, uram}},
#include "spec/units.def"
};

static struct vh_card_room cards[CARDS];

/* The tables of spec/cards.def, card by card. */
static void gather(struct vh_card_room *card, const char *name)
{
	int hbm = 0;

	*card = (struct vh_card_room){.name = name};
	for (size_t i = 0; i < sizeof(slrs) / sizeof(slrs[0]); i++)
		if (!strcmp(slrs[i].card, name) && card->slrs < VH_SLRS)
			card->slr[card->slrs++] = slrs[i].has;
	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++)
		if (!strcmp(banks[i].card, name)) {
			hbm |= !strcmp(banks[i].type, "HBM");
			card->ddr += !strcmp(banks[i].type, "DDR4") ? banks[i].n : 0;
		}
	if (hbm)
		card->ddr = 0;
}

const struct vh_card_room *vh_card_at(int index)
{
	if (index < 0 || index >= CARDS)
		return NULL;
	gather(&cards[index], names[index]);
	return &cards[index];
}

const struct vh_card_room *vh_card_find(const char *name)
{
	for (int i = 0; i < CARDS; i++)
		if (!strcmp(names[i], name))
			return vh_card_at(i);
	return NULL;
}

/* Memories and limits that spec/units.def does not tell are the default's. */
static int is_usual(const uint32_t config[VN_CONFIG_WORDS])
{
	uint32_t usual[VN_CONFIG_WORDS];

	return !vn_config_for((int)config[VN_CFG_ROWS], (int)config[VN_CFG_COLS], usual, NULL) &&
	       config[VN_CFG_MID_SLOTS] == usual[VN_CFG_MID_SLOTS] &&
	       config[VN_CFG_PSUM_ENTRIES] == usual[VN_CFG_PSUM_ENTRIES];
}

int vh_unit_takes(const uint32_t config[VN_CONFIG_WORDS], struct vh_resources *takes)
{
	for (size_t i = 0; is_usual(config) && i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].rows == config[VN_CFG_ROWS] && units[i].cols == config[VN_CFG_COLS] &&
		    units[i].dw_ch == config[VN_CFG_DW_CH] &&
		    units[i].lanes == config[VN_CFG_LANES] &&
		    units[i].max_n == config[VN_CFG_MAX_N] &&
		    units[i].act_words == config[VN_CFG_ACT_WORDS]) {
			*takes = units[i].takes;
			return 1;
		}
	return 0;
}

static int fit_slr(const struct vh_resources *has, const struct vh_resources *takes, double share)
{
	const double most[] = {has->dsp / takes->dsp, has->lut / takes->lut, has->ff / takes->ff,
	                       has->bram36 / takes->bram36, has->uram / takes->uram};
	double least = most[0];

	for (size_t i = 1; i < sizeof(most) / sizeof(most[0]); i++)
		least = fmin(least, most[i]);
	return (int)(share * least);
}

int vh_fit(const struct vh_card_room *card, const struct vh_resources *takes, double share,
           int fitting[VH_SLRS])
{
	int sum = 0;

	for (int s = 0; s < card->slrs; s++)
		sum += fitting[s] = fit_slr(&card->slr[s], takes, share);
	return sum;
}

double vh_card_dsp(const struct vh_card_room *card)
{
	double sum = 0;

	for (int s = 0; s < card->slrs; s++)
		sum += card->slr[s].dsp;
	return sum;
}
