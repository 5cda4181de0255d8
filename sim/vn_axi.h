/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_axi.h - the pins of an AXI4 port of 512 bits without IDs, and of the AXI4-Lite control port,
 * as they are at one rising clock edge.
 *
 * Plain values, so that the memory model and the protocol checkers know nothing of a simulator.
 * Once a clock: take what the master drives, let the checker look (vn_axi_check), let the memory
 * set what it drives from the next edge on (vn_axi_mem).
 */
#ifndef VN_AXI_H
#define VN_AXI_H

#include <stdint.h>

enum {
	VN_AXI_BEAT = 64,       /* bytes of a beat */
	VN_AXI_SIZE = 6,        /* its AxSIZE */
	VN_AXI_INCR = 1,        /* AxBURST */
	VN_AXI_BURST_MAX = 256, /* beats that AxLEN can ask for */
	VN_AXI_BURST_OURS = 64, /* beats that a compute unit may ask for */
	VN_AXI_PAGE = 4096,     /* no burst crosses a multiple of this */
};
enum { VN_AXI_OKAY = 0, VN_AXI_EXOKAY = 1, VN_AXI_SLVERR = 2, VN_AXI_DECERR = 3 };

/* rdata and wdata: 16 words of 32 bits, lowest first. */
struct vn_axi_pins {
	uint64_t araddr, awaddr, wstrb;
	const uint32_t *rdata, *wdata;
	uint8_t arlen, arsize, arburst, arvalid, arready;
	uint8_t rresp, rlast, rvalid, rready;
	uint8_t awlen, awsize, awburst, awvalid, awready;
	uint8_t wlast, wvalid, wready;
	uint8_t bresp, bvalid, bready;
};

struct vn_axil_pins {
	uint32_t awaddr, araddr, wdata, rdata;
	uint8_t awvalid, awready;
	uint8_t wstrb, wvalid, wready;
	uint8_t bresp, bvalid, bready;
	uint8_t arvalid, arready;
	uint8_t rresp, rvalid, rready;
};

#endif /* VN_AXI_H */
