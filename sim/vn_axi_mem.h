/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_axi_mem.h - card memory behind AXI4 ports: regions of host memory at addresses, read latency,
 * limited bandwidth, random stalls, injected errors.
 *
 * A vn_axi_space is the memory, shared by the ports of one compute unit; a vn_axi_mem is the slave
 * at one port.  Ordering is the least that AXI promises: a read sees the memory as it was when its
 * address was taken, a write changes it when its response is offered.  A compute unit that does
 * not wait for a response reads old data.
 *
 * The master is not trusted: any burst is taken as INCR of whole beats, and nothing outside a
 * region is touched.
 */
#ifndef VN_AXI_MEM_H
#define VN_AXI_MEM_H

#include "sim/vn_axi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vn_axi_space;
struct vn_axi_mem;

/* Accesses (bursts) that touch [base, base + bytes) are counted; from the @nth on (from 1) their
 * beats in that range are answered with @resp, move nothing, and read as poison. */
struct vn_axi_fault {
	uint64_t base, bytes;
	uint64_t nth;
	uint8_t resp; /* VN_AXI_SLVERR or VN_AXI_DECERR */
	uint8_t on_read, on_write;
};

struct vn_axi_timing {
	uint32_t read_latency;  /* cycles from the address to the first beat, at least 1 */
	uint32_t write_latency; /* from the last beat to the response, at least 1 */
	uint32_t bandwidth;     /* percent of the cycles that may move a beat, either way; 1..100 */
	uint32_t stall;         /* a random wait of 0..stall cycles before each transfer */
	uint64_t seed;          /* of the waits */
};

struct vn_axi_stats {
	uint64_t read_bursts, read_beats, write_bursts, write_beats;
	uint64_t read_stalls;  /* cycles in which a beat was asked for and none was there */
	uint64_t write_stalls; /* cycles in which a beat was offered and not taken */
	uint64_t read_held;    /* cycles in which a beat was there and the master did not take it */
};

/* NULL without memory. */
struct vn_axi_space *vn_axi_space_new(void);
void vn_axi_space_free(struct vn_axi_space *space); /* NULL allowed */
/* @base and @bytes: whole beats.  -1: not so, it overlaps a region, or no memory. */
int vn_axi_space_map(struct vn_axi_space *space, uint64_t base, void *host, uint64_t bytes);
/* -1: no region begins there. */
int vn_axi_space_unmap(struct vn_axi_space *space, uint64_t base);
/* -1: too many. */
int vn_axi_space_fault(struct vn_axi_space *space, const struct vn_axi_fault *fault);
/* Beats that met no region, and the first of their addresses. */
uint64_t vn_axi_space_outside(const struct vn_axi_space *space, uint64_t *first);

/* NULL without memory, or with impossible timing. */
struct vn_axi_mem *vn_axi_mem_new(struct vn_axi_space *space, const struct vn_axi_timing *timing);
void vn_axi_mem_free(struct vn_axi_mem *mem); /* NULL allowed */
/* Forget what is under way; the slave's pins are idle. */
void vn_axi_mem_reset(struct vn_axi_mem *mem, struct vn_axi_pins *pins);
/* One rising edge.  @pins: as they are at it; the slave's pins are left as they are after it.
 * rdata then points into @mem until the next call. */
void vn_axi_mem_clock(struct vn_axi_mem *mem, struct vn_axi_pins *pins);
/* Bursts whose last beat or response has not been taken. */
unsigned vn_axi_mem_pending(const struct vn_axi_mem *mem);
void vn_axi_mem_stats(const struct vn_axi_mem *mem, struct vn_axi_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* VN_AXI_MEM_H */
