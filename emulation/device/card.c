/* SPDX-License-Identifier: Apache-2.0
 *
 * card.c - card.json, card memory, addresses.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "emulation/device/card.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "sim/vn_axi.h"

enum {
	RANGE_LEAST = 0x1000, /* of a compute unit's registers */
	RANGE_MOST = 0x100000,
};

static int refuse(vn_error *err, const char *path, const char *field, const char *what)
{
	return vn_fail(err, VN_EARG, "it is written by make xclbin", "%s: %s: %s", path, field,
	               what);
}

/* ---- fields ---- */

static int get_text(const char *path, const json_t *object, const char *field,
                    char text[VD_NAME_MAX], vn_error *err)
{
	const char *value = json_string_value(json_object_get(object, field));

	if (!value || !value[0] || strlen(value) >= VD_NAME_MAX)
		return refuse(err, path, field, "not a text of 1 to 63 characters");
	snprintf(text, VD_NAME_MAX, "%s", value);
	return 0;
}

static int get_number(const char *path, const json_t *object, const char *field, uint64_t *number,
                      vn_error *err)
{
	const json_t *value = json_object_get(object, field);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*number = (uint64_t)json_integer_value(value);
		return 0;
	}
	errno = 0;
	if (text && text[0] >= '0' && text[0] <= '9') {
		*number = strtoull(text, &end, 0);
		if (!*end && !errno)
			return 0;
	}
	return refuse(err, path, field, "not an integer, nor a string that holds one");
}

static int get_config(const char *path, const json_t *root, uint32_t config[VN_CONFIG_WORDS],
                      vn_error *err)
{
	const json_t *array = json_object_get(root, "config");

	if (json_array_size(array) != VN_CONFIG_WORDS)
		return refuse(err, path, "config",
		              "not the record of this contract version; make the .xclbin anew");
	for (size_t i = 0; i < VN_CONFIG_WORDS; i++) {
		const json_t *word = json_array_get(array, i);

		if (!json_is_integer(word) || json_integer_value(word) < 0 ||
		    json_integer_value(word) > UINT32_MAX)
			return refuse(err, path, "config", "not an array of integers");
		config[i] = (uint32_t)json_integer_value(word);
	}
	return 0;
}

static int get_head(const char *path, const json_t *root, struct vd_card *card, vn_error *err)
{
	const json_t *clock = json_object_get(root, "clock_mhz");
	uint64_t format = 0;
	int rc = get_number(path, root, "format", &format, err);

	if (!rc && format != VD_CARD_FORMAT)
		rc = refuse(err, path, "format", "not 1, the one that this program reads");
	if (!rc)
		rc = get_text(path, root, "card", card->name, err);
	if (!rc)
		rc = get_text(path, root, "platform", card->platform, err);
	if (!rc)
		rc = get_text(path, root, "plugin", card->plugin, err);
	if (!rc && strchr(card->plugin, '/'))
		rc = refuse(err, path, "plugin", "not the name of a file in the same folder");
	if (!rc)
		rc = get_config(path, root, card->config, err);
	card->clock_mhz = json_number_value(clock);
	if (!rc && (!json_is_number(clock) || card->clock_mhz < 1 || card->clock_mhz > 10000))
		rc = refuse(err, path, "clock_mhz", "not a number from 1 to 10000");
	return rc;
}

/* ---- places: compute units and banks ---- */

/* [base, base + bytes) ends before the end of addresses. */
static int fits(uint64_t base, uint64_t bytes)
{
	return bytes != 0 && base + (bytes - 1) >= base;
}

static int overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a < a_bytes : a - b < b_bytes;
}

static int get_unit(const char *path, const json_t *object, struct vd_card *card, vn_error *err)
{
	struct vd_slot *slot = &card->units[card->n_units];
	int rc = get_text(path, object, "name", slot->name, err);

	if (!rc)
		rc = get_number(path, object, "base", &slot->base, err);
	if (!rc)
		rc = get_number(path, object, "range", &slot->range, err);
	if (rc)
		return rc;
	if (slot->range < RANGE_LEAST || slot->range > RANGE_MOST ||
	    !fits(slot->base, slot->range) || slot->base % 4 != 0)
		return refuse(err, path, slot->name,
		              "base and range are not those of registers (4 KiB to 1 MiB)");
	for (int i = 0; i < card->n_units; i++)
		if (overlap(slot->base, slot->range, card->units[i].base, card->units[i].range))
			return refuse(err, path, slot->name,
			              "its registers overlap those of another compute unit");
	card->n_units++;
	return 0;
}

static int get_bank(const char *path, const json_t *object, struct vd_card *card, vn_error *err)
{
	struct vd_bank *bank = &card->banks[card->n_banks];
	int rc = get_text(path, object, "name", bank->name, err);

	if (!rc)
		rc = get_number(path, object, "base", &bank->base, err);
	if (!rc)
		rc = get_number(path, object, "bytes", &bank->bytes, err);
	if (rc)
		return rc;
	if (!fits(bank->base, bank->bytes) || (bank->base | bank->bytes) % VN_AXI_PAGE)
		return refuse(err, path, bank->name, "base and bytes are not whole pages of 4 KiB");
	for (int i = 0; i < card->n_banks; i++)
		if (overlap(bank->base, bank->bytes, card->banks[i].base, card->banks[i].bytes))
			return refuse(err, path, bank->name, "it overlaps another bank");
	card->n_banks++;
	return 0;
}

static int get_places(const char *path, const json_t *root, struct vd_card *card, vn_error *err)
{
	const json_t *units = json_object_get(root, "units"), *banks;
	int rc = 0;

	banks = json_object_get(root, "banks");
	if (json_array_size(units) < 1 || json_array_size(units) > VD_UNITS_MAX)
		return refuse(err, path, "units", "not an array of 1 to 32 compute units");
	if (json_array_size(banks) < 1 || json_array_size(banks) > VD_BANKS_MAX)
		return refuse(err, path, "banks", "not an array of 1 to 64 banks");
	for (size_t i = 0; !rc && i < json_array_size(units); i++)
		rc = get_unit(path, json_array_get(units, i), card, err);
	for (size_t i = 0; !rc && i < json_array_size(banks); i++)
		rc = get_bank(path, json_array_get(banks, i), card, err);
	return rc;
}

/* ---- memory ---- */

static int reserve(const char *path, struct vd_card *card, vn_error *err)
{
	for (int i = 0; i < card->n_banks; i++) {
		struct vd_bank *bank = &card->banks[i];
		void *memory = mmap(NULL, (size_t)bank->bytes, PROT_READ | PROT_WRITE,
		                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (memory == MAP_FAILED)
			return vn_fail(err, VN_ENOMEM,
			               "it need not be there, but addresses for it must: see "
			               "ulimit -v and vm.overcommit_memory",
			               "%s: %s: no address space for its %llu bytes: %s", path,
			               bank->name, (unsigned long long)bank->bytes,
			               strerror(errno));
		bank->memory = memory;
	}
	return 0;
}

int vd_card_load(const char *path, struct vd_card *card, vn_error *err)
{
	json_error_t why;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	int rc;

	memset(card, 0, sizeof(*card));
	if (!root)
		return vn_fail(err, VN_EIO, "it belongs in the folder that vn_device starts in",
		               "%s: line %d: %s", path, why.line, why.text);
	rc = get_head(path, root, card, err);
	if (!rc)
		rc = get_places(path, root, card, err);
	json_decref(root);
	return rc ? rc : reserve(path, card, err);
}

void vd_card_free(struct vd_card *card)
{
	for (int i = 0; i < card->n_banks; i++)
		if (card->banks[i].memory)
			munmap(card->banks[i].memory, (size_t)card->banks[i].bytes);
	card->n_banks = 0;
}

/* ---- addresses ---- */

/* The second range is within the first; neither need make sense. */
static int within(uint64_t base, uint64_t bytes, uint64_t address, uint64_t wanted)
{
	return address >= base && address - base <= bytes && wanted <= bytes - (address - base);
}

uint8_t *vd_card_memory(const struct vd_card *card, uint64_t address, uint64_t bytes)
{
	for (int i = 0; i < card->n_banks; i++) {
		const struct vd_bank *bank = &card->banks[i];

		if (within(bank->base, bank->bytes, address, bytes))
			return bank->memory + (address - bank->base);
	}
	return NULL;
}

int vd_card_unit(const struct vd_card *card, uint64_t address, uint64_t bytes, uint32_t *offset)
{
	for (int i = 0; i < card->n_units; i++) {
		const struct vd_slot *slot = &card->units[i];

		if (!within(slot->base, slot->range, address, bytes))
			continue;
		*offset = (uint32_t)(address - slot->base);
		return i;
	}
	return -1;
}
