/* SPDX-License-Identifier: Apache-2.0
 *
 * xclbin.h - inside the driver: which .xclbin to load onto a card, and whether it is the right one.
 *
 * Each folder of .xclbin files has a manifest.json (bitstreams/README.md) that says of every file
 * its card, the configuration of its compute units, how many there are, and its UUID.  Nothing here
 * calls XRT.  Files come from users: any bytes end in an error, never in a crash.
 */
#ifndef VN_XCLBIN_H
#define VN_XCLBIN_H

#include <limits.h>
#include <stdint.h>

#include "driver/backend.h"
#include "include/vanillin.h"

#define VN_KERNEL "vn_cu"

struct vn_xclbin {
	char path[PATH_MAX];
	uint8_t uuid[16];  /* of the file's header */
	char platform[64]; /* VBNV of the file's header: "xilinx_u50_gen3x16_xdma_5_202210_1" */
	int emulation;     /* the header's mode: for hw_emu, not for a card */
	/* Whether the manifest beside the file knows it.  If not (a named file only), @card is the
	 * platform's, @made_from is empty and @config is what was wanted: nothing but the compute
	 * unit's own record, in its first status block, can then tell whether it fits. */
	int listed;
	char card[16];                    /* "u50" */
	char made_from[8];                /* "rtl", "hls" */
	uint32_t config[VN_CONFIG_WORDS]; /* of the manifest */
	double clock_mhz; /* the file's CLOCK_FREQ_TOPOLOGY, else the manifest's; 0: neither */
	int units;        /* compute units of kernel vn_cu, from IP_LAYOUT; at least 1 */
	char unit[VN_UNITS_MAX][64];    /* their names, "vn_cu_1" */
	uint64_t address[VN_UNITS_MAX]; /* of their registers */
};

/* Find the file for a card.  @named: its path; NULL: that of the manifests in $VANILLIN_XCLBIN_DIR,
 * else in bitstreams/ and ../lib/vanillin/ beside the running program or library, which fits
 * @platform (the card's name as XRT tells it), @emulation and @wanted; of several, the one with
 * most compute units, then the highest clock, then the first by name.  Blocks on files only.
 * Errors, each naming file and field: VN_EIO (not readable), VN_ERUNTIME (truncated, not an
 * .xclbin, without vn_cu, not what its manifest says: UUID, platform, mode, units, clock; or the
 * manifest is damaged), VN_ENODEV (none fits; or the named one is for another card or not for
 * emulation), VN_ECONFIG (the named one's compute units are of another configuration), VN_ENOMEM.
 */
VN_MUST_CHECK int vn_xclbin_find(const char *named, const char *platform, int emulation,
                                 const uint32_t wanted[VN_CONFIG_WORDS], struct vn_xclbin *xclbin,
                                 vn_error *err);

/* ---- parts of it ---- */

enum { VN_XCLBIN_FOLDER_MAX = PATH_MAX + 32 };

/* Folder number @index of those whose manifests are searched; 0 past the last. */
int vn_xclbin_folder(int index, char folder[VN_XCLBIN_FOLDER_MAX]);

/* What the file @path says of itself; the fields of the manifest stay empty.  VN_EIO, VN_ERUNTIME,
 * VN_ENOMEM as above. */
VN_MUST_CHECK int vn_xclbin_read(const char *path, struct vn_xclbin *xclbin, vn_error *err);

/* An entry of a manifest; see struct vn_xclbin. */
struct vn_xclbin_entry {
	char file[NAME_MAX + 1];
	char card[16], platform[64], made_from[8];
	int emulation, units;
	uint32_t config[VN_CONFIG_WORDS];
	double clock_mhz;
	uint8_t uuid[16];
};

/* All of @folder/manifest.json; the caller frees @entries.  Where there is no manifest, @n is 0.
 * VN_EIO, VN_ERUNTIME (names what is wrong with it), VN_ENOMEM. */
VN_MUST_CHECK int vn_xclbin_manifest(const char *folder, struct vn_xclbin_entry **entries, int *n,
                                     vn_error *err);

/* The card that a platform's name is of: "u50" of "xilinx_u50_gen3x16_xdma_5_202210_1" or of a
 * card's shell, "xilinx_u50_gen3x16_xdma_base_5".  Empty where there is none. */
void vn_xclbin_card(const char *platform, char card[16]);

#endif /* VN_XCLBIN_H */
