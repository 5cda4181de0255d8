/* SPDX-License-Identifier: Apache-2.0
 *
 * card_json.c - see card_json.h.
 */
#include "bitstreams/mkxclbin/card_json.h"

#include <jansson.h>

#include "bitstreams/mkxclbin/kernel_xml.h"
#include "base/error.h"
#include "driver/xclbin.h"

static json_t *address_json(uint64_t address)
{
	return json_sprintf("0x%llx", (unsigned long long)address);
}

static json_t *units_json(const struct vb_recipe *recipe)
{
	json_t *units = json_array();

	for (int u = 0; u < recipe->n_units; u++)
		json_array_append_new(
		        units, json_pack("{s:s,s:o,s:i}", "name", recipe->unit[u].name, "base",
		                         address_json(VB_REGISTERS_BASE +
		                                      VB_REGISTERS_RANGE * (uint64_t)u),
		                         "range", VB_REGISTERS_RANGE));
	return units;
}

static json_t *banks_json(const struct vb_card *card)
{
	json_t *banks = json_array();

	for (int b = 0; b < card->n_banks; b++)
		json_array_append_new(banks,
		                      json_pack("{s:s,s:o,s:I}", "name", card->bank[b].tag, "base",
		                                address_json(card->bank[b].base), "bytes",
		                                1024 * (json_int_t)card->bank[b].kib));
	return banks;
}

int vb_print_card_json(FILE *out, const struct vb_card *card, const struct vb_recipe *recipe,
                       const uint32_t *config, const char *plugin, vn_error *err)
{
	json_t *words = json_array(), *root;
	int ok;

	for (int w = 0; w < VN_CONFIG_WORDS; w++)
		json_array_append_new(words, json_integer(config[w]));
	root = json_pack("{s:i,s:s,s:s,s:s,s:o,s:i,s:s,s:o,s:o}", "format", 1, "card", card->name,
	                 "platform", card->platform, "kernel", VN_KERNEL, "config", words,
	                 "clock_mhz", recipe->clock_mhz, "plugin", plugin, "units",
	                 units_json(recipe), "banks", banks_json(card));
	ok = root && json_dumpf(root, out, JSON_INDENT(1)) == 0 && putc('\n', out) != EOF;
	json_decref(root);
	return ok ? 0 : vn_fail(err, VN_EIO, NULL, "card.json cannot be written");
}
