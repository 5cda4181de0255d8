/* SPDX-License-Identifier: Apache-2.0
 *
 * xclbin.h - inside the driver: which .xclbin to load onto a card, and whether it is the right one.
 *
 * Each folder of .xclbin files has a manifest.json (bitstreams/README.md) that says of every file
 * its card, the configuration of its compute units, how many there are, and its UUID.  Nothing here
 * calls XRT.
 */
#ifndef VN_XCLBIN_H
#define VN_XCLBIN_H

#include <limits.h>
#include <stdint.h>

#include "driver/backend.h"
#include "driver/vanillin.h"

#define VN_KERNEL "vn_cu"

struct vn_xclbin {
	char path[PATH_MAX];
	uint8_t uuid[16];  /* of the file's header */
	char platform[64]; /* VBNV of the file's header: "xilinx_u50_gen3x16_xdma_5_202210_1" */
	int emulation;     /* the header's mode: for hw_emu, not for a card */
	char card[16];     /* "u50": of the manifest */
	char made_from[8]; /* "rtl", "hls" */
	uint32_t config[VN_CONFIG_WORDS]; /* of the manifest */
	double clock_mhz; /* of the manifest; the file's own where it has CLOCK_FREQ_TOPOLOGY */
	int units;        /* compute units of kernel vn_cu, from IP_LAYOUT */
	char unit[VN_UNITS_MAX][64];    /* their names, "vn_cu_1" */
	uint64_t address[VN_UNITS_MAX]; /* of their registers */
};

/* Find the file for a card.  @named: its path; NULL: that of the manifests in $VANILLIN_XCLBIN_DIR,
 * else in bitstreams/ and ../lib/vanillin/ beside the running program or library, which fits
 * @platform (the card's name as XRT tells it), @emulation and @wanted.
 * Errors, each naming file and field: VN_EIO (not readable), VN_ERUNTIME (truncated, not an
 * .xclbin, without vn_cu, not what its manifest says: UUID, platform, units, clock), VN_ENODEV
 * (none fits; or the named one is for another card or not for emulation), VN_ECONFIG (the named
 * one's compute units are of another configuration), VN_ENOMEM. */
VN_MUST_CHECK int vn_xclbin_find(const char *named, const char *platform, int emulation,
                                 const uint32_t wanted[VN_CONFIG_WORDS], struct vn_xclbin *xclbin,
                                 vn_error *err);

#endif /* VN_XCLBIN_H */
