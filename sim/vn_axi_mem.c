/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_axi_mem.c - card memory behind AXI4 ports.
 */
#include "sim/vn_axi_mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	READS = 32,  /* bursts under way */
	WRITES = 16, /* likewise */
	FAULTS = 16,
	BEAT_COST = 100,  /* a cycle earns timing.bandwidth */
	CREDIT_MAX = 200, /* so that an idle port does not save up a burst */
};

static const uint8_t poison[VN_AXI_BEAT] = {0xde, 0xad, 0xbe, 0xef};

struct region {
	uint64_t base, bytes;
	uint8_t *host;
};

struct fault {
	struct vn_axi_fault f;
	uint64_t seen; /* accesses */
};

struct vn_axi_space {
	struct region *regions; /* by base */
	size_t n, room;
	struct fault faults[FAULTS];
	int n_faults;
	uint64_t outside, first_outside;
};

struct burst {
	uint64_t addr;
	uint32_t beats, done;            /* done: presented to, or taken from, the master */
	uint64_t ready;                  /* cycle of the first beat, or of the response */
	uint16_t fault;                  /* bit i: fault number i strikes */
	uint8_t resp;                    /* of a write */
	uint8_t resps[VN_AXI_BURST_MAX]; /* of a read's beats */
	uint64_t strb[VN_AXI_BURST_MAX];
	uint8_t data[VN_AXI_BURST_MAX][VN_AXI_BEAT];
};

struct vn_axi_mem {
	struct vn_axi_space *space;
	struct vn_axi_timing timing;
	struct vn_axi_stats stats;
	uint64_t cycle, random;
	uint32_t credit;
	uint32_t hold_ar, hold_r, hold_aw, hold_w, hold_b; /* cycles of the waits left */
	int write_first; /* who is asked first for the next beat's credit */
	/* Rings: numbers only grow, the slot is the number modulo the size. */
	uint32_t read_in, read_out;               /* bursts taken, answered */
	uint32_t write_in, write_full, write_out; /* addresses taken, data complete, responded */
	struct burst reads[READS], writes[WRITES];
};

/* ---- the memory ---- */

struct vn_axi_space *vn_axi_space_new(void)
{
	return calloc(1, sizeof(struct vn_axi_space));
}

void vn_axi_space_free(struct vn_axi_space *space)
{
	if (!space)
		return;
	free(space->regions);
	free(space);
}

/* The first region that ends after @addr. */
static size_t find_region(const struct vn_axi_space *space, uint64_t addr)
{
	size_t low = 0, high = space->n;

	while (low < high) {
		const size_t mid = (low + high) / 2;

		if (space->regions[mid].base + (space->regions[mid].bytes - 1) < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int vn_axi_space_map(struct vn_axi_space *space, uint64_t base, void *host, uint64_t bytes)
{
	const size_t at = find_region(space, base);

	if (!host || bytes == 0 || (base | bytes) % VN_AXI_BEAT || base + (bytes - 1) < base)
		return -1;
	if (at < space->n && space->regions[at].base <= base + (bytes - 1))
		return -1;
	if (space->n == space->room) {
		const size_t room = space->room ? 2 * space->room : 16;
		struct region *regions = realloc(space->regions, room * sizeof(*regions));

		if (!regions)
			return -1;
		space->regions = regions;
		space->room = room;
	}
	memmove(&space->regions[at + 1], &space->regions[at],
	        (space->n - at) * sizeof(space->regions[0]));
	space->regions[at] = (struct region){base, bytes, host};
	space->n++;
	return 0;
}

int vn_axi_space_unmap(struct vn_axi_space *space, uint64_t base)
{
	const size_t at = find_region(space, base);

	if (at == space->n || space->regions[at].base != base)
		return -1;
	space->n--;
	memmove(&space->regions[at], &space->regions[at + 1],
	        (space->n - at) * sizeof(space->regions[0]));
	return 0;
}

int vn_axi_space_fault(struct vn_axi_space *space, const struct vn_axi_fault *fault)
{
	if (space->n_faults == FAULTS)
		return -1;
	space->faults[space->n_faults++] = (struct fault){.f = *fault};
	return 0;
}

uint64_t vn_axi_space_outside(const struct vn_axi_space *space, uint64_t *first)
{
	*first = space->first_outside;
	return space->outside;
}

/* Host memory of the beat at @addr (a multiple of a beat); NULL: there is none, which is counted.
 */
static uint8_t *beat_at(struct vn_axi_space *space, uint64_t addr)
{
	const size_t at = find_region(space, addr);

	if (at < space->n && space->regions[at].base <= addr)
		return space->regions[at].host + (addr - space->regions[at].base);
	if (space->outside++ == 0)
		space->first_outside = addr;
	return NULL;
}

static int overlap(const struct vn_axi_fault *f, uint64_t addr, uint64_t bytes)
{
	return addr - f->base < f->bytes || f->base - addr < bytes;
}

/* Count an access; bit i of the result: fault i strikes it. */
static uint16_t strike(struct vn_axi_space *space, uint64_t addr, uint32_t beats, int is_write)
{
	uint16_t struck = 0;

	for (int i = 0; i < space->n_faults; i++) {
		struct fault *fault = &space->faults[i];

		if (!(is_write ? fault->f.on_write : fault->f.on_read))
			continue;
		if (!overlap(&fault->f, addr, (uint64_t)beats * VN_AXI_BEAT))
			continue;
		if (++fault->seen >= fault->f.nth)
			struck |= (uint16_t)(1u << i);
	}
	return struck;
}

/* The injected response of the beat at @addr; OKAY: none. */
static uint8_t injected(const struct vn_axi_space *space, uint16_t struck, uint64_t addr)
{
	for (int i = 0; struck >> i; i++)
		if ((struck >> i & 1) && overlap(&space->faults[i].f, addr, VN_AXI_BEAT))
			return space->faults[i].f.resp;
	return VN_AXI_OKAY;
}

/* ---- a port ---- */

static struct burst *read_slot(struct vn_axi_mem *m, uint32_t number)
{
	return &m->reads[number % READS];
}

static struct burst *write_slot(struct vn_axi_mem *m, uint32_t number)
{
	return &m->writes[number % WRITES];
}

struct vn_axi_mem *vn_axi_mem_new(struct vn_axi_space *space, const struct vn_axi_timing *timing)
{
	struct vn_axi_mem *m;

	if (timing->bandwidth < 1 || timing->bandwidth > 100)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->space = space;
	m->timing = *timing;
	m->random = timing->seed * 0x9e3779b97f4a7c15u | 1;
	return m;
}

void vn_axi_mem_free(struct vn_axi_mem *mem)
{
	free(mem);
}

void vn_axi_mem_reset(struct vn_axi_mem *m, struct vn_axi_pins *pins)
{
	m->read_in = m->read_out = 0;
	m->write_in = m->write_full = m->write_out = 0;
	m->hold_ar = m->hold_r = m->hold_aw = m->hold_w = m->hold_b = 0;
	m->credit = 0;
	pins->arready = pins->rvalid = pins->rlast = pins->rresp = 0;
	pins->awready = pins->wready = pins->bvalid = pins->bresp = 0;
	pins->rdata = (const uint32_t *)(const void *)m->reads[0].data[0];
}

/* Half of the waits are none, so that runs of transfers occur as well. */
static uint32_t draw(struct vn_axi_mem *m)
{
	if (m->timing.stall == 0)
		return 0;
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random >> 63 ? 0 : (uint32_t)(m->random >> 20) % (m->timing.stall + 1);
}

/* Count a wait down while @asked for; true once it is over.  A ready that waits thus comes after
 * its valid, and one that does not before. */
static int pass(uint32_t *hold, int asked)
{
	if (*hold == 0)
		return 1;
	*hold -= asked != 0;
	return 0;
}

static int take_credit(struct vn_axi_mem *m)
{
	if (m->credit < BEAT_COST)
		return 0;
	m->credit -= BEAT_COST;
	return 1;
}

static void accept_read(struct vn_axi_mem *m, const struct vn_axi_pins *p)
{
	struct burst *b = read_slot(m, m->read_in++);

	b->addr = p->araddr & ~(uint64_t)(VN_AXI_BEAT - 1);
	b->beats = p->arlen + 1u;
	b->done = 0;
	b->ready = m->cycle + (m->timing.read_latency ? m->timing.read_latency : 1);
	b->fault = strike(m->space, b->addr, b->beats, 0);
	for (uint32_t i = 0; i < b->beats; i++) {
		const uint64_t addr = b->addr + (uint64_t)i * VN_AXI_BEAT;
		const uint8_t *host = beat_at(m->space, addr);
		const uint8_t resp = host ? injected(m->space, b->fault, addr) : VN_AXI_DECERR;

		b->resps[i] = resp;
		memcpy(b->data[i], resp == VN_AXI_OKAY ? host : poison, VN_AXI_BEAT);
	}
	m->stats.read_bursts++;
	m->hold_ar = draw(m);
}

static void accept_write(struct vn_axi_mem *m, const struct vn_axi_pins *p)
{
	struct burst *b = write_slot(m, m->write_in++);

	b->addr = p->awaddr & ~(uint64_t)(VN_AXI_BEAT - 1);
	b->beats = p->awlen + 1u;
	b->done = 0;
	b->fault = strike(m->space, b->addr, b->beats, 1);
	m->stats.write_bursts++;
	m->hold_aw = draw(m);
}

static void accept_data(struct vn_axi_mem *m, const struct vn_axi_pins *p)
{
	struct burst *b = write_slot(m, m->write_full);

	memcpy(b->data[b->done], p->wdata, VN_AXI_BEAT);
	b->strb[b->done++] = p->wstrb;
	m->stats.write_beats++;
	m->hold_w = draw(m);
	if (b->done < b->beats)
		return;
	b->ready = m->cycle + (m->timing.write_latency ? m->timing.write_latency : 1);
	m->write_full++;
}

static void copy_strobed(uint8_t *to, const uint8_t *from, uint64_t strb)
{
	if (strb == ~(uint64_t)0) {
		memcpy(to, from, VN_AXI_BEAT);
		return;
	}
	for (int i = 0; i < VN_AXI_BEAT; i++)
		if (strb >> i & 1)
			to[i] = from[i];
}

/* The worst response of its beats is the burst's. */
static uint8_t commit(struct vn_axi_mem *m, const struct burst *b)
{
	uint8_t worst = VN_AXI_OKAY;

	for (uint32_t i = 0; i < b->beats; i++) {
		const uint64_t addr = b->addr + (uint64_t)i * VN_AXI_BEAT;
		uint8_t *host = beat_at(m->space, addr);
		const uint8_t resp = host ? injected(m->space, b->fault, addr) : VN_AXI_DECERR;

		if (resp == VN_AXI_OKAY)
			copy_strobed(host, b->data[i], b->strb[i]);
		else if (resp > worst)
			worst = resp;
	}
	return worst;
}

/* ---- one edge ---- */

/* What was transferred at this edge. */
static void take(struct vn_axi_mem *m, struct vn_axi_pins *p)
{
	if (p->rvalid && p->rready) {
		m->stats.read_beats++;
		m->read_out += p->rlast;
		p->rvalid = 0;
		m->hold_r = draw(m);
	} else if (p->rvalid) {
		m->stats.read_held++;
	} else if (m->read_in != m->read_out) {
		m->stats.read_stalls++;
	}
	if (p->bvalid && p->bready) {
		m->write_out++;
		p->bvalid = 0;
		m->hold_b = draw(m);
	}
	if (p->wvalid && p->wready)
		accept_data(m, p);
	else if (p->wvalid)
		m->stats.write_stalls++;
	if (p->arvalid && p->arready)
		accept_read(m, p);
	if (p->awvalid && p->awready)
		accept_write(m, p);
}

static void offer_read(struct vn_axi_mem *m, struct vn_axi_pins *p)
{
	struct burst *b = read_slot(m, m->read_out);

	if (p->rvalid || m->read_in == m->read_out || m->cycle + 1 < b->ready)
		return;
	if (!pass(&m->hold_r, 1) || !take_credit(m))
		return;
	p->rvalid = 1;
	p->rdata = (const uint32_t *)(const void *)b->data[b->done];
	p->rresp = b->resps[b->done];
	p->rlast = ++b->done == b->beats;
}

/* wready, once up, stays until a beat comes: its credit is spent. */
static void offer_write(struct vn_axi_mem *m, struct vn_axi_pins *p)
{
	const int was_used = p->wready && p->wvalid;

	if (m->write_full == m->write_in)
		p->wready = 0; /* data waits for its address */
	else if (!p->wready || was_used)
		p->wready = pass(&m->hold_w, p->wvalid) && take_credit(m);
}

static void offer_response(struct vn_axi_mem *m, struct vn_axi_pins *p)
{
	struct burst *b = write_slot(m, m->write_out);

	if (p->bvalid || m->write_out == m->write_full || m->cycle + 1 < b->ready)
		return;
	if (!pass(&m->hold_b, 1))
		return;
	p->bvalid = 1;
	p->bresp = commit(m, b);
}

void vn_axi_mem_clock(struct vn_axi_mem *m, struct vn_axi_pins *p)
{
	take(m, p);
	m->credit += m->timing.bandwidth;
	if (m->credit > CREDIT_MAX)
		m->credit = CREDIT_MAX;
	if (m->write_first)
		offer_write(m, p);
	offer_read(m, p);
	if (!m->write_first)
		offer_write(m, p);
	m->write_first = !m->write_first;
	offer_response(m, p);
	p->arready = m->read_in - m->read_out < READS && pass(&m->hold_ar, p->arvalid);
	p->awready = m->write_in - m->write_out < WRITES && pass(&m->hold_aw, p->awvalid);
	m->cycle++;
}

unsigned vn_axi_mem_pending(const struct vn_axi_mem *m)
{
	return (m->read_in - m->read_out) + (m->write_in - m->write_out);
}

void vn_axi_mem_stats(const struct vn_axi_mem *m, struct vn_axi_stats *stats)
{
	*stats = m->stats;
}
