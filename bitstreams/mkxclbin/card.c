/* SPDX-License-Identifier: Apache-2.0
 *
 * card.c - the cards of cards.def as a table.
 */
#include "bitstreams/mkxclbin/card.h"

#include <stdio.h>
#include <string.h>
#include <xrt/xclbin.h>

#include "base/error.h"

static const struct {
	const char *name, *platform, *part;
} cards[] = {
#define VN_CARD(name, platform, part) {#name, platform, part},
#include "spec/cards.def"
};

static const struct {
	const char *card;
	struct vb_slr has;
} slrs[] = {
#define VN_SLR(card, index, lut, ff, bram36, uram, dsp) {#card, {lut, ff, bram36, uram, dsp}},
#include "spec/cards.def"
};

static const struct {
	const char *card, *tag;
	int n, type;
	uint64_t base, stride, kib;
} banks[] = {
#define VN_BANKS(card, tag, n, type, base, stride, kib)                                            \
	{#card, #tag, n, MEM_##type, base, stride, kib},
#include "spec/cards.def"
};

enum {
	N_CARDS = sizeof(cards) / sizeof(cards[0]),
	N_SLRS = sizeof(slrs) / sizeof(slrs[0]),
	N_BANKS = sizeof(banks) / sizeof(banks[0]),
};

static void add_banks(struct vb_card *card, int row)
{
	for (int i = 0; i < banks[row].n && card->n_banks < VB_BANKS_MAX; i++) {
		struct vb_bank *bank = &card->bank[card->n_banks++];

		snprintf(bank->tag, sizeof(bank->tag), "%.8s[%hhu]", banks[row].tag,
		         (unsigned char)i);
		bank->type = banks[row].type;
		bank->base = banks[row].base + banks[row].stride * (uint64_t)i;
		bank->kib = banks[row].kib;
	}
}

const char *vb_card_name(int i)
{
	return i < N_CARDS ? cards[i].name : NULL;
}

int vb_card_find(const char *name, struct vb_card *card, vn_error *err)
{
	char names[128] = "";

	memset(card, 0, sizeof(*card));
	for (int c = 0; c < N_CARDS; c++) {
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
		         cards[c].name);
		if (strcmp(cards[c].name, name) != 0)
			continue;
		card->name = cards[c].name;
		card->platform = cards[c].platform;
		card->part = cards[c].part;
		for (int row = 0; row < N_SLRS; row++)
			if (strcmp(slrs[row].card, name) == 0 && card->n_slrs < VB_SLRS_MAX)
				card->slr[card->n_slrs++] = slrs[row].has;
		for (int row = 0; row < N_BANKS; row++)
			if (strcmp(banks[row].card, name) == 0)
				add_banks(card, row);
		return 0;
	}
	return vn_fail(err, VN_ENODEV, "add it to spec/cards.def", "no card %s; there are:%s", name,
	               names);
}

int vb_card_bank(const struct vb_card *card, const char *tag, int index)
{
	char name[32];

	snprintf(name, sizeof(name), "%.8s[%d]", tag, index);
	for (int b = 0; b < card->n_banks; b++)
		if (strcmp(card->bank[b].tag, name) == 0)
			return b;
	return -1;
}
