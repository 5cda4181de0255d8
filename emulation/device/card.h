/* SPDX-License-Identifier: Apache-2.0
 *
 * card.h - the card that is simulated: its compute units' addresses and its memory, from card.json.
 *
 *     {"format": 1, "card": "u50", "platform": "xilinx_u50_...", "kernel": "vn_cu",
 *      "config": [8 words], "clock_mhz": 300, "plugin": "libvn_rtl_16x16.so",
 *      "units": [{"name": "vn_cu_1", "base": "0x1800000", "range": 65536}],
 *      "banks": [{"name": "HBM[0]", "base": "0x0", "bytes": 268435456}]}
 *
 * Numbers are JSON integers or strings in C's notation.  Registers and memory are two address
 * spaces.  Memory is zero at first and takes none of the machine's until it is written.
 */
#ifndef VD_CARD_H
#define VD_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "emulation/device/clock.h"
#include "emulation/device/options.h"
#include "spec/spec.h"

enum {
	VD_BANKS_MAX = 64,
	VD_CARD_FORMAT = 1,
};

struct vd_bank {
	char name[VD_NAME_MAX];
	uint64_t base, bytes;
	uint8_t *memory;
};

/* Where the host sees a compute unit. */
struct vd_slot {
	char name[VD_NAME_MAX];
	uint64_t base, range;
};

struct vd_card {
	char name[VD_NAME_MAX], platform[VD_NAME_MAX], plugin[VD_NAME_MAX];
	uint32_t config[VN_CONFIG_WORDS];
	double clock_mhz;
	struct vd_slot units[VD_UNITS_MAX];
	int n_units;
	struct vd_bank banks[VD_BANKS_MAX];
	int n_banks;
};

/* Read @path and reserve the memory.  VN_EIO (not readable), VN_EARG (not as above: names the
 * field), VN_ENOMEM.  @card can be freed after any outcome. */
VN_MUST_CHECK int vd_card_load(const char *path, struct vd_card *card, vn_error *err);
void vd_card_free(struct vd_card *card);

/* The memory of [address, address + bytes); NULL: it is not within one bank. */
uint8_t *vd_card_memory(const struct vd_card *card, uint64_t address, uint64_t bytes);
/* The compute unit whose registers hold [address, address + bytes), and the offset in them; -1:
 * none. */
int vd_card_unit(const struct vd_card *card, uint64_t address, uint64_t bytes, uint32_t *offset);

#endif /* VD_CARD_H */
