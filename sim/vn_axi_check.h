/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_axi_check.h - do the two sides of a port keep AXI's rules (ARM IHI 0022), and ours?
 *
 * Ours: whole beats of 64 bytes, INCR, aligned, at most 64 beats, write data not before its
 * address.  The first violation is kept as a sentence; the checker says nothing more after it.
 */
#ifndef VN_AXI_CHECK_H
#define VN_AXI_CHECK_H

#include "sim/vn_axi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	VN_AXI_CHECK_MAX = 256,  /* bursts under way in one direction */
	VN_AXI_CHECK_RESET = 16, /* cycles of reset after which every valid must be low */
};

/* What a channel offered at an edge at which it was not taken. */
struct vn_axi_held {
	int waiting;
	uint64_t a, b;
	uint32_t data[16];
};

struct vn_axi_verdict {
	const char *port;
	uint64_t cycle;   /* counts calls */
	char text[192];   /* "m_axi_maps: AR: valid fell before ready (cycle 7)"; empty: none */
	int reset_cycles; /* so far; -1: not in reset */
};

struct vn_axi_check {
	struct vn_axi_verdict verdict;
	struct vn_axi_held ar, r, aw, w, b;
	uint8_t read_len[VN_AXI_CHECK_MAX], write_len[VN_AXI_CHECK_MAX];
	uint32_t reads, reads_done;                /* bursts: addresses taken, last beats taken */
	uint32_t writes, writes_full, writes_done; /* addresses, last beats, responses taken */
	uint32_t read_beat, write_beat;            /* of the burst under way */
};

struct vn_axil_check {
	struct vn_axi_verdict verdict;
	struct vn_axi_held ar, r, aw, w, b;
	uint32_t reads, reads_done, writes, data, writes_done;
};

/* @port is used in sentences, and not copied. */
void vn_axi_check_init(struct vn_axi_check *check, const char *port);
void vn_axil_check_init(struct vn_axil_check *check, const char *port);
/* One rising edge, the pins and the reset as they are at it. */
void vn_axi_check_clock(struct vn_axi_check *check, const struct vn_axi_pins *pins, int reset_n);
void vn_axil_check_clock(struct vn_axil_check *check, const struct vn_axil_pins *pins, int reset_n);
/* Something is under way or offered: not so when a compute unit says that it is done. */
int vn_axi_check_busy(const struct vn_axi_check *check, const struct vn_axi_pins *pins);

#ifdef __cplusplus
}
#endif

#endif /* VN_AXI_CHECK_H */
