/* SPDX-License-Identifier: Apache-2.0
 *
 * test_axi_mem.c - the memory model against a random master: data, order, latency, bandwidth,
 * errors, and nothing touched outside its regions; a checker looks on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/vn_axi_check.h"
#include "sim/vn_axi_mem.h"

enum { BYTES = 1 << 16, BASE = 0x40000000, AHEAD = 16, QUEUE = 64 };

/* A master with reads and writes under way at once, in halves of the memory of their own. */
struct bench {
	struct vn_axi_space *space;
	struct vn_axi_mem *mem;
	struct vn_axi_check check;
	struct vn_axi_pins pins;
	uint8_t *memory, *model;
	uint64_t cycle, random;
	uint32_t stall; /* of the master */
	struct {
		uint64_t addr, asked;
		unsigned beats;
	} reads[QUEUE], writes[QUEUE];
	unsigned read_in, read_out, read_beat;
	unsigned write_in, write_data, write_out, write_beat;
	uint32_t wdata[16];
	uint64_t least_latency;
	unsigned long read_beats, write_beats, errors;
};

static uint32_t draw(struct bench *b, uint32_t n)
{
	b->random = b->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(b->random >> 33) % n;
}

static void open_bench(struct bench *b, struct vn_axi_timing timing, uint32_t stall)
{
	memset(b, 0, sizeof(*b));
	b->random = timing.seed + 1;
	b->stall = stall;
	b->least_latency = UINT64_MAX;
	b->space = vn_axi_space_new();
	b->mem = vn_axi_mem_new(b->space, &timing);
	b->memory = malloc(3 * BYTES);
	b->model = malloc(BYTES);
	assert_true(b->space && b->mem && b->memory && b->model);
	for (int i = 0; i < 3 * BYTES; i++)
		b->memory[i] = (uint8_t)draw(b, 256);
	memcpy(b->model, b->memory + BYTES, BYTES);
	assert_int_equal(vn_axi_space_map(b->space, BASE, b->memory + BYTES, BYTES), 0);
	vn_axi_mem_reset(b->mem, &b->pins);
	vn_axi_check_init(&b->check, "bench");
}

static void close_bench(struct bench *b)
{
	assert_string_equal(b->check.verdict.text, "");
	vn_axi_mem_free(b->mem);
	vn_axi_space_free(b->space);
	free(b->memory);
	free(b->model);
}

/* A burst in one half of the memory, inside a page. */
static void choose(struct bench *b, uint64_t *addr, unsigned *beats, unsigned longest, int upper)
{
	const unsigned first = draw(b, BYTES / 128);
	const unsigned room = 64 - first % 64;

	*beats = 1 + draw(b, longest);
	if (*beats > room)
		*beats = room;
	*addr = BASE + (upper ? BYTES / 2 : 0) + 64 * first;
}

static void drive_reads(struct bench *b, unsigned longest)
{
	struct vn_axi_pins *p = &b->pins;

	if (p->arvalid && p->arready) {
		p->arvalid = 0;
		b->reads[b->read_in++ % QUEUE].asked = b->cycle;
	}
	if (!p->arvalid && longest && b->read_in - b->read_out < AHEAD &&
	    draw(b, b->stall + 1) == 0) {
		unsigned beats;

		choose(b, &p->araddr, &beats, longest, 0);
		p->arvalid = 1;
		p->arlen = (uint8_t)(beats - 1);
		p->arsize = VN_AXI_SIZE;
		p->arburst = VN_AXI_INCR;
		b->reads[b->read_in % QUEUE].addr = p->araddr;
		b->reads[b->read_in % QUEUE].beats = beats;
	}
	p->rready = draw(b, b->stall + 1) == 0;
}

static void take_read(struct bench *b)
{
	const struct vn_axi_pins *p = &b->pins;
	const unsigned at = b->read_out % QUEUE;

	if (!p->rvalid)
		return;
	if (b->read_beat == 0 && b->cycle - b->reads[at].asked < b->least_latency)
		b->least_latency = b->cycle - b->reads[at].asked;
	if (!p->rready)
		return;
	b->read_beats++;
	if (p->rresp == VN_AXI_OKAY)
		assert_memory_equal(p->rdata,
		                    b->model + (b->reads[at].addr - BASE) + 64 * b->read_beat, 64);
	else
		b->errors++;
	b->read_beat++;
	assert_int_equal(p->rlast, b->read_beat == b->reads[at].beats);
	if (p->rlast) {
		b->read_beat = 0;
		b->read_out++;
	}
}

static void model_write(struct bench *b, uint64_t addr)
{
	for (int i = 0; i < 64; i++)
		if (b->pins.wstrb >> i & 1)
			b->model[addr - BASE + (unsigned)i] = ((const uint8_t *)b->wdata)[i];
}

static void drive_writes(struct bench *b, unsigned longest)
{
	struct vn_axi_pins *p = &b->pins;
	const unsigned at = b->write_data % QUEUE;

	if (p->wvalid && p->wready) {
		model_write(b, b->writes[at].addr + 64 * b->write_beat);
		b->write_beats++;
		p->wvalid = 0;
		if (++b->write_beat == b->writes[at].beats) {
			b->write_beat = 0;
			b->write_data++;
		}
	}
	if (p->awvalid && p->awready) {
		p->awvalid = 0;
		b->write_in++;
	}
	if (!p->awvalid && longest && b->write_in - b->write_out < AHEAD &&
	    draw(b, b->stall + 1) == 0) {
		unsigned beats;

		choose(b, &p->awaddr, &beats, longest, 1);
		p->awvalid = 1;
		p->awlen = (uint8_t)(beats - 1);
		p->awsize = VN_AXI_SIZE;
		p->awburst = VN_AXI_INCR;
		b->writes[b->write_in % QUEUE].addr = p->awaddr;
		b->writes[b->write_in % QUEUE].beats = beats;
	}
	if (!p->wvalid && b->write_data < b->write_in + p->awvalid && draw(b, b->stall + 1) == 0) {
		for (int i = 0; i < 16; i++)
			b->wdata[i] = draw(b, UINT32_MAX);
		p->wvalid = 1;
		p->wdata = b->wdata;
		p->wstrb = draw(b, 4) ? ~(uint64_t)0 : (uint64_t)draw(b, UINT32_MAX) << 9;
		p->wlast = b->write_beat + 1 == b->writes[b->write_data % QUEUE].beats;
	}
	p->bready = draw(b, b->stall + 1) == 0;
}

/* One cycle.  Longest bursts to begin with; 0: none. */
static void step(struct bench *b, unsigned read, unsigned write)
{
	struct vn_axi_pins before = b->pins;
	struct vn_axi_pins next;

	vn_axi_check_clock(&b->check, &before, 1);
	take_read(b);
	if (before.bvalid && before.bready)
		b->write_out++;
	next = before;
	vn_axi_mem_clock(b->mem, &next);
	drive_reads(b, read); /* they see the slave's pins of before the edge */
	drive_writes(b, write);
	b->pins.arready = next.arready;
	b->pins.awready = next.awready;
	b->pins.wready = next.wready;
	b->pins.rvalid = next.rvalid;
	b->pins.rdata = next.rdata;
	b->pins.rresp = next.rresp;
	b->pins.rlast = next.rlast;
	b->pins.bvalid = next.bvalid;
	b->pins.bresp = next.bresp;
	b->cycle++;
}

static void drain(struct bench *b)
{
	for (int i = 0; i < 100000; i++) {
		step(b, 0, 0);
		if (vn_axi_mem_pending(b->mem) == 0 && !b->pins.arvalid && !b->pins.awvalid &&
		    b->write_data == b->write_in)
			return;
	}
	fail_msg("the memory does not come to rest");
}

static void test_random(void **state)
{
	static const uint32_t stalls[][2] = {{0, 0}, {0, 3}, {3, 0}, {5, 5}, {40, 1}, {100, 100}};
	unsigned long beats = 0;

	(void)state;
	for (uint32_t i = 0; i < 36; i++) {
		const struct vn_axi_timing timing = {
		        .read_latency = 1 + 17 * (i % 5),
		        .write_latency = 1 + 11 * (i % 3),
		        .bandwidth = 100 - i,
		        .stall = stalls[i % 6][0],
		        .seed = i,
		};
		struct bench b;
		uint64_t outside;

		open_bench(&b, timing, stalls[i % 6][1]);
		for (int n = 0; n < 20000; n++)
			step(&b, 1 + i % 64, 1 + (i * 7) % 64);
		drain(&b);
		assert_memory_equal(b.memory + BYTES, b.model, BYTES);
		assert_int_equal(vn_axi_space_outside(b.space, &outside), 0);
		assert_true(b.least_latency >= timing.read_latency);
		assert_true(b.read_beats > 50 && b.write_beats > 50);
		beats += b.read_beats + b.write_beats;
		close_bench(&b);
	}
	printf("seeds 0..35: %lu beats, each right\n", beats);
}

/* Full bursts, no stalls: the share of the beats is the bandwidth, the latency is exact. */
static void test_speed(void **state)
{
	(void)state;
	for (uint32_t percent = 25; percent <= 100; percent += 25) {
		const struct vn_axi_timing timing = {120, 60, percent, 0, 1};
		struct bench r, both;
		unsigned long got;

		open_bench(&r, timing, 0);
		open_bench(&both, timing, 0);
		for (int n = 0; n < 20000; n++) {
			step(&r, 64, 0);
			step(&both, 64, 64);
		}
		assert_int_equal(r.least_latency, 120);
		got = r.read_beats * 100 / 20000;
		assert_in_range(got, percent - 2, percent);
		got = (both.read_beats + both.write_beats) * 100 / 20000;
		assert_in_range(got, percent - 2, percent);
		assert_true(both.write_beats > both.read_beats / 3);
		drain(&r);
		drain(&both);
		close_bench(&r);
		close_bench(&both);
	}
}

/* One read or write without a checker, with any address and length; the worst response. */
static uint8_t access_at(struct bench *b, int is_write, uint64_t addr, unsigned beats)
{
	struct vn_axi_pins *p = &b->pins;
	uint8_t worst = 0;
	int done = 0;

	memset(b->wdata, 0x5a, sizeof(b->wdata));
	p->arvalid = !is_write;
	p->awvalid = is_write;
	p->araddr = p->awaddr = addr;
	p->arlen = p->awlen = (uint8_t)(beats - 1);
	p->rready = p->bready = 1;
	p->wvalid = is_write;
	p->wdata = b->wdata;
	p->wstrb = ~(uint64_t)0;
	for (int i = 0; i < 5000 && !done; i++) {
		const int ar = p->arvalid && p->arready, aw = p->awvalid && p->awready;

		if (p->rvalid && p->rresp > worst)
			worst = p->rresp;
		if (p->bvalid)
			worst = p->bresp;
		done = (p->rvalid && p->rlast) || p->bvalid;
		vn_axi_mem_clock(b->mem, p);
		p->arvalid = p->arvalid && !ar;
		p->awvalid = p->awvalid && !aw;
	}
	assert_true(done);
	return worst;
}

static void test_errors(void **state)
{
	const struct vn_axi_timing timing = {5, 5, 100, 0, 1};
	const struct vn_axi_fault on_read = {BASE + 128, 64, 3, VN_AXI_SLVERR, 1, 0};
	const struct vn_axi_fault on_write = {BASE + 4096, 4096, 1, VN_AXI_DECERR, 0, 1};
	struct bench b;
	uint64_t first;

	(void)state;
	open_bench(&b, timing, 0);
	assert_int_equal(vn_axi_space_fault(b.space, &on_read), 0);
	assert_int_equal(vn_axi_space_fault(b.space, &on_write), 0);
	assert_int_equal(access_at(&b, 0, BASE + 128, 1), VN_AXI_OKAY);
	assert_int_equal(access_at(&b, 0, BASE + 192, 1), VN_AXI_OKAY); /* not counted */
	assert_int_equal(access_at(&b, 0, BASE, 4), VN_AXI_OKAY);
	assert_int_equal(access_at(&b, 0, BASE + 64, 4), VN_AXI_SLVERR);
	assert_int_equal(access_at(&b, 0, BASE, 2), VN_AXI_OKAY);
	assert_int_equal(access_at(&b, 0, BASE + 128, 1), VN_AXI_SLVERR);
	assert_int_equal(access_at(&b, 1, BASE + 128, 1), VN_AXI_OKAY);
	assert_int_equal(access_at(&b, 1, BASE + 4096 - 64, 2), VN_AXI_DECERR);
	memset(b.model + 128, 0x5a, 64);
	memset(b.model + 4096 - 64, 0x5a, 64);
	assert_memory_equal(b.memory + BYTES, b.model, BYTES);
	assert_int_equal(vn_axi_space_outside(b.space, &first), 0);
	close_bench(&b);
}

static void test_outside(void **state)
{
	const struct vn_axi_timing timing = {5, 5, 100, 0, 1};
	struct bench b;
	uint8_t *copy = malloc(3 * BYTES);
	uint64_t first;

	(void)state;
	open_bench(&b, timing, 0);
	assert_non_null(copy);
	memcpy(copy, b.memory, 3 * BYTES);
	memset(copy + 2 * BYTES - 64, 0x5a, 64); /* the one beat that is inside */
	assert_int_equal(access_at(&b, 0, BASE - 64, 1), VN_AXI_DECERR);
	assert_int_equal(access_at(&b, 0, BASE + BYTES - 64, 2), VN_AXI_DECERR);
	assert_int_equal(access_at(&b, 1, BASE + BYTES - 64, 256), VN_AXI_DECERR);
	assert_int_equal(access_at(&b, 1, BASE - 128, 2), VN_AXI_DECERR);
	assert_int_equal(access_at(&b, 1, UINT64_MAX - 5, 256), VN_AXI_DECERR);
	assert_memory_equal(b.memory, copy, 3 * BYTES);
	assert_int_equal(vn_axi_space_outside(b.space, &first), 1 + 1 + 255 + 2 + 256 - 0);
	assert_int_equal(first, BASE - 64);
	free(copy);
	close_bench(&b);
}

static void test_regions(void **state)
{
	static uint8_t host[4096];
	struct vn_axi_space *s = vn_axi_space_new();

	(void)state;
	assert_non_null(s);
	assert_int_equal(vn_axi_space_map(s, 0x1000, host, 0x1000), 0);
	assert_int_equal(vn_axi_space_map(s, 0x3000, host, 0x1000), 0);
	assert_int_equal(vn_axi_space_map(s, 0x2000, host, 0x1000), 0);
	assert_int_equal(vn_axi_space_map(s, 0x1fc0, host, 0x40), -1);
	assert_int_equal(vn_axi_space_map(s, 0x0, host, 0x1040), -1);
	assert_int_equal(vn_axi_space_map(s, 0x8000, host, 0), -1);
	assert_int_equal(vn_axi_space_map(s, 0x8001, host, 64), -1);
	assert_int_equal(vn_axi_space_map(s, 0x8000, NULL, 64), -1);
	assert_int_equal(vn_axi_space_map(s, UINT64_MAX - 63, host, 128), -1);
	assert_int_equal(vn_axi_space_map(s, UINT64_MAX - 63, host, 64), 0);
	assert_int_equal(vn_axi_space_unmap(s, 0x2040), -1);
	assert_int_equal(vn_axi_space_unmap(s, 0x2000), 0);
	assert_int_equal(vn_axi_space_map(s, 0x2fc0, host, 0x40), 0);
	vn_axi_space_free(s);
}

/* A read sees memory as it was when its address was taken; a write counts from its response on. */
static void test_order(void **state)
{
	const struct vn_axi_timing timing = {50, 50, 100, 0, 1};
	struct bench b;
	struct vn_axi_pins *p = &b.pins;
	int before = 0, after = 0;

	(void)state;
	open_bench(&b, timing, 0);
	memset(b.wdata, 0x77, sizeof(b.wdata));
	vn_axi_mem_clock(b.mem, p);
	p->awvalid = p->wvalid = p->wlast = p->rready = p->bready = 1;
	p->awaddr = p->araddr = BASE;
	p->wdata = b.wdata;
	p->wstrb = ~(uint64_t)0;
	for (int i = 0; i < 200; i++) {
		const int aw = p->awvalid && p->awready, w = p->wvalid && p->wready;

		p->arvalid = 1;
		if (p->rvalid && p->rdata[0] == 0x77777777)
			after++;
		else if (p->rvalid)
			before++;
		if (b.memory[BYTES] == 0x77 && !p->bvalid)
			assert_true(p->bready == 0);
		if (p->bvalid)
			p->bready = 0; /* keep it there */
		vn_axi_mem_clock(b.mem, p);
		p->awvalid = p->awvalid && !aw;
		p->wvalid = p->wvalid && !w;
	}
	assert_true(before >= 30 && after > 30);
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_regions), cmocka_unit_test(test_random),
	        cmocka_unit_test(test_speed),   cmocka_unit_test(test_errors),
	        cmocka_unit_test(test_outside), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
