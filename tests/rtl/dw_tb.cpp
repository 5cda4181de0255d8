/* SPDX-License-Identifier: Apache-2.0
 *
 * dw_tb.cpp - vn_dw and vn_mid against vn_dw and vn_wsum of hls/: random legal descriptors, a few
 * at a time, with random stalls; without stalls every `done` must come in the predicted cycle.
 * Arguments: runs; with a second, "speed", only cycles a second of a large DW.
 */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <random>
#include <vector>

#define _Static_assert static_assert
#include "Vdw_top.h"
#include "tests/rtl/bench.h"
#include "hls/vn_config.h"

#define SYM_OF(name, r, c) name##_##r##x##c
#define SYM(name, r, c)    SYM_OF(name, r, c)
#define hls_dw             SYM(vn_dw, VN_R, VN_C)
#define hls_wsum           SYM(vn_wsum, VN_R, VN_C)
extern "C" {
void hls_dw(const uint32_t *d, const void *weights, uint8_t *mid, int8_t *act);
void hls_wsum(const uint32_t *d, const void *weights, uint8_t *mid, int8_t *act);
}

enum { IDLE, BUSY, WEIGHTS, INPUT, BLOCKED };
enum { LANES = VN_LANES, CHANNEL_GROUPS = VN_C / VN_DW_CH };
enum { LATENCY = 26 }; /* from a descriptor's last step to done */

/* With one word of output the ports of Verilator are plain integers, else arrays. */
template <typename T> static uint8_t *bytes_of(T &port)
{
	return (uint8_t *)&port;
}

struct job {
	uint32_t d[VN_DESC_WORDS];
	std::vector<uint8_t> params;
	bool wsum;
};

static unsigned ceil_log2(uint64_t v)
{
	unsigned bits = 0;

	while ((1ULL << bits) < v)
		bits++;
	return bits;
}

/* The cycles of a row of descriptors that are offered from cycle 0 on, nothing ever waiting. */
struct predictor {
	long k = 0, idle = 0, last = -1, taps_free = 0;
	long done[2] = {-1, -1};

	static long least(const job &j)
	{
		const long place = 12 + (ceil_log2(VN_MID_SLOTS / 8) + 1) / 2;
		const long beats = (long)(j.params.size() / VN_BEAT_BYTES);
		const long taken = j.wsum ? 2 * VN_WORD_BEATS : beats;

		return taken + 1 > place ? taken + 1 : place;
	}

	/* From when on the first group may begin: its last vector of taps was read, or the
	 * fourth last when all were there already. */
	static long taps_ready(long accepted, long from, long vectors)
	{
		const long first = accepted + 2 * VN_WORD_BEATS + 3;
		const long all = first + vectors * VN_BYTE_BEATS;
		long at = from - 1;

		for (long v = 0; v < vectors; v++) {
			const long there = first + (v + 1) * VN_BYTE_BEATS;

			at = at + 1 > there ? at + 1 : there;
			if (v == vectors - 4 && at >= all)
				break;
		}
		return at + 1;
	}

	long run(const job &j)
	{
		const long accepted = idle > done[k % 2] + 1 ? idle : done[k % 2] + 1;
		const long ready = accepted + least(j);
		const long take = ready > last ? ready : last;
		long t = take + 1;

		if (j.wsum) {
			last = t +
			       (long)VN_GET(j.d, WSUM_MAP_H) * VN_GET(j.d, WSUM_MAP_W) *
			               CHANNEL_GROUPS -
			       1;
			idle = last + 1;
		} else {
			const long n = VN_GET(j.d, DW_N), w = VN_GET(j.d, DW_MAP_W);
			const long x0 = VN_GET(j.d, DW_X0), end = x0 + VN_GET(j.d, DW_COLS) + n;
			const long first = x0 > n ? x0 - n : 0, lack = end > w ? end - w : 0;
			const long vectors = (2 * n + 1) * (2 * n + 1);
			const long group =
			        VN_GET(j.d, DW_ROWS) * (end - lack - first) * (n == 4 ? 2 : 1);
			const long pick = accepted + 1 > taps_free ? accepted + 1 : taps_free;
			const long taps = taps_ready(accepted, pick + 3, vectors);
			const long least_group = vectors > 4 ? vectors : 4;

			t = t > taps ? t : taps;
			t += (CHANNEL_GROUPS - 1) * (group > least_group ? group : least_group);
			taps_free = t + 3;
			last = t + group + lack - 1;
			idle = take + 1;
		}
		done[k++ % 2] = last + LATENCY;
		return last + LATENCY;
	}
};

struct bench {
	std::mt19937 rng;
	Vdw_top &dut = bench_model<Vdw_top>();
	std::vector<uint8_t> mid;
	std::vector<int8_t> act, twin;
	unsigned long cycles = 0, dws = 0, wsums = 0, timed = 0, words = 0, failures = 0;
	unsigned long by_n[VN_MAX_N + 1] = {}, states[5] = {};

	uint32_t below(uint32_t n)
	{
		return (uint32_t)(rng() % n);
	}
	uint32_t between(uint32_t a, uint32_t b)
	{
		return a + below(b - a + 1);
	}

	bench(unsigned seed)
	    : rng(seed), mid((size_t)VN_MID_SLOTS * VN_C), act((size_t)VN_ACT_WORDS * VN_R),
	      twin(act.size())
	{
		dut.clk = 0;
		dut.rst = 1;
		dut.d_valid = dut.p_valid = dut.m_we = 0;
		dut.eval();
		for (int i = 0; i < 3; i++)
			clock();
		dut.rst = 0;
		for (auto &b : act)
			b = (int8_t)rng();
		twin = act;
	}

	void clock()
	{
		dut.clk = 1;
		dut.eval();
		dut.clk = 0;
		dut.eval();
		cycles++;
	}

	void fail(const char *what, unsigned long a, unsigned long b)
	{
		if (failures++ < 10)
			printf("dw %dx%d: %s: %lu, not %lu\n", VN_R, VN_C, what, a, b);
	}

	/* Random slots, all 255, or few values; everything through the write port. */
	void fill_mid()
	{
		const uint32_t kind = below(4);

		for (auto &b : mid)
			b = kind == 0 ? 255 : kind == 1 ? (below(2) ? 255 : 0) : (uint8_t)rng();
		for (uint32_t bank = 0; bank < 8; bank++)
			for (uint32_t slot = 0; slot < VN_BANK_SLOTS; slot++)
				for (uint32_t g = 0; g < VN_C / LANES; g++) {
					const size_t at =
					        ((size_t)bank * VN_BANK_SLOTS + slot) * VN_C;

					dut.m_we = 1;
					dut.m_bank = bank;
					dut.m_slot = slot;
					dut.m_group = g;
					memcpy(bytes_of(dut.m_data), &mid[at + g * LANES], LANES);
					clock();
				}
		dut.m_we = 0;
	}

	/* One of the two ends more often than not. */
	uint32_t edgy(uint32_t low, uint32_t high)
	{
		const uint32_t kind = below(3);

		return kind == 0 ? low : kind == 1 ? high : between(low, high);
	}

	int8_t weight(uint32_t kind)
	{
		return (int8_t)(kind == 0   ? 127
		                : kind == 1 ? -127
		                : kind == 2 ? (below(2) ? 127 : -127)
		                            : (int)between(0, 254) - 127);
	}

	void make_params(job &j, uint32_t vectors)
	{
		const uint32_t kind = below(6), word_bytes = VN_WORD_BEATS * VN_BEAT_BYTES;
		const uint32_t byte_bytes = VN_BYTE_BEATS * VN_BEAT_BYTES;
		const uint32_t wide = below(4) == 0;

		j.params.assign(2 * word_bytes + (size_t)vectors * byte_bytes, 0);
		for (auto &b : j.params)
			b = (uint8_t)rng(); /* padding must not matter */
		for (uint32_t c = 0; c < VN_C; c++) {
			const uint32_t bias = wide ? (uint32_t)rng() : between(0, 60000) - 30000;
			const uint32_t s = wide ? between(1, 47) : between(20, 30),
			               m = below(1 << 17);
			const uint32_t req = m | s << VN_REQ_S_LSB;

			memcpy(&j.params[4 * c], &bias, 4);
			memcpy(&j.params[word_bytes + 4 * c], &req, 4);
			for (uint32_t v = 0; v < vectors; v++)
				j.params[2 * word_bytes + v * byte_bytes + c] =
				        (uint8_t)weight(kind);
		}
	}

	/* A ring and a map in it that fit the middle buffer. */
	void make_map(job &j, uint32_t most_h)
	{
		const uint32_t ring = 8 * between(1, VN_MID_SLOTS >= 2048 ? 3 : 2);
		const uint32_t most_pitch = VN_MID_SLOTS / ring < 40 ? VN_MID_SLOTS / ring : 40;
		const uint32_t w = edgy(1, below(2) ? 12 : most_pitch);
		const uint32_t pitch = between(w, w + 3 < most_pitch ? w + 3 : most_pitch);

		VN_SET(j.d, DW_MAP_W, w);
		VN_SET(j.d, DW_MAP_H, edgy(1, most_h ? most_h : ring));
		VN_SET(j.d, DW_PITCH, pitch);
		VN_SET(j.d, DW_RING, ring);
		VN_SET(j.d, DW_MID, 8 * edgy(0, (VN_MID_SLOTS - ring * pitch) / 8));
	}

	void place(job &j, uint32_t rows, uint32_t pitch, uint32_t cols)
	{
		const uint32_t words = (rows - 1) * pitch + cols, groups = VN_C / VN_R;
		const uint32_t most = groups == 1 ? 100000 : (VN_ACT_WORDS - words) / (groups - 1);
		const uint32_t step = words + below(most - words < 50 ? most - words + 1 : 50);

		VN_SET(j.d, DW_DST_STEP, step);
		VN_SET(j.d, DW_ACT, edgy(0, VN_ACT_WORDS - (groups - 1) * step - words));
	}

	job make_dw()
	{
		job j = {};
		uint32_t w, h, n, y0, rows, x0, cols, pitch;

		j.wsum = false;
		VN_SET(j.d, ALL_OP, VN_OP_DW);
		make_map(j, below(8) == 0 ? 65535 : below(2) ? 40 : 12);
		w = VN_GET(j.d, DW_MAP_W);
		h = VN_GET(j.d, DW_MAP_H);
		n = below(VN_MAX_N + 1);
		y0 = edgy(0, h - 1);
		rows = below(6) ? 9 : 30; /* thirty: past several octets of rows */
		rows = between(1, h - y0 < rows ? h - y0 : rows);
		if (below(2) && h > rows)
			y0 = below(2) ? h - rows : y0;
		x0 = edgy(0, w - 1);
		cols = edgy(1, w - x0);
		pitch = cols + below(4);
		VN_SET(j.d, DW_N, n);
		VN_SET(j.d, DW_Y0, y0);
		VN_SET(j.d, DW_ROWS, rows);
		VN_SET(j.d, DW_X0, x0);
		VN_SET(j.d, DW_COLS, cols);
		VN_SET(j.d, DW_DST_PITCH, pitch);
		place(j, rows, pitch, cols);
		make_params(j, (2 * n + 1) * (2 * n + 1));
		dws++;
		by_n[n]++;
		return j;
	}

	job make_wsum()
	{
		job j = {};

		j.wsum = true;
		VN_SET(j.d, ALL_OP, VN_OP_WSUM);
		make_map(j, 0);
		place(j, 1, 1, 1);
		make_params(j, VN_GET(j.d, WSUM_MAP_H) * VN_GET(j.d, WSUM_MAP_W));
		wsums++;
		return j;
	}

	struct stream {
		const std::vector<job> &jobs;
		size_t index = 0, at = 0;
		bool offered = false;
	};

	/* The next beat of the parameters, if it shall be offered in this cycle. */
	void offer_beat(stream &p, uint32_t stall)
	{
		if (!p.offered) {
			while (p.index < p.jobs.size() && p.at == p.jobs[p.index].params.size()) {
				p.index++;
				p.at = 0;
			}
			if (p.index < p.jobs.size() && below(100) >= stall) {
				memcpy(bytes_of(dut.p_data), &p.jobs[p.index].params[p.at],
				       VN_BEAT_BYTES);
				p.offered = true;
			}
		}
		dut.p_valid = p.offered;
	}

	void write_act()
	{
		const uint8_t *data = bytes_of(dut.y_data), *strb = bytes_of(dut.y_strb);

		for (uint32_t b = 0; b < VN_R; b++)
			if (strb[b / 8] >> (b % 8) & 1)
				act[(size_t)dut.y_addr * VN_R + b] = (int8_t)data[b];
	}

	/* A blocked word must not change. */
	struct held_word {
		bool held = false;
		uint32_t addr;
		uint8_t strb[VN_R / 8], data[VN_R];
	};

	void check_held(held_word &h, bool taken)
	{
		if (h.held && (!dut.y_valid || dut.y_addr != h.addr ||
		               memcmp(bytes_of(dut.y_strb), h.strb, sizeof(h.strb)) != 0 ||
		               memcmp(bytes_of(dut.y_data), h.data, sizeof(h.data)) != 0))
			fail("an offered word changed at", dut.y_addr, h.addr);
		h.held = dut.y_valid && !taken;
		h.addr = dut.y_addr;
		memcpy(h.strb, bytes_of(dut.y_strb), sizeof(h.strb));
		memcpy(h.data, bytes_of(dut.y_data), sizeof(h.data));
	}

	/* Runs the jobs; stalls in percent.  The cycle of each done. */
	std::vector<long> run(const std::vector<job> &jobs, uint32_t p_stall, uint32_t y_stall,
	                      uint32_t d_stall, long abandoned = 0)
	{
		stream p = {jobs};
		held_word held;
		std::vector<long> dones;
		std::deque<long> seen; /* cycles in which last words can be read */
		size_t next = 0;
		bool d_offered = false;
		long cycle = 0, limit = 100000;

		for (const job &j : jobs)
			limit += (long)(j.params.size() + 65536u * 4);
		if (abandoned)
			limit = abandoned;
		for (; dones.size() < jobs.size() && cycle < limit; cycle++) {
			if (!d_offered && next < jobs.size() && below(100) >= d_stall) {
				memcpy(bytes_of(dut.d), jobs[next].d, sizeof(jobs[next].d));
				d_offered = true;
			}
			dut.d_valid = d_offered;
			dut.y_done = !seen.empty() && seen.front() == cycle;
			offer_beat(p, p_stall);
			dut.y_ready = below(100) >= y_stall && (y_stall < 50 || dut.y_valid);
			dut.eval();
			states[dut.state]++;
			if (dut.m_en && dut.state != BUSY)
				fail("state of a step", dut.state, BUSY);
			if (dut.done != dut.y_done)
				fail("done", dut.done, dut.y_done);
			if (dut.done) {
				dones.push_back(cycle);
				seen.pop_front();
			}
			const bool d_taken = d_offered && dut.d_ready,
			           p_taken = p.offered && dut.p_ready;
			const bool y_taken = dut.y_valid && dut.y_ready;
			check_held(held, y_taken);
			words += y_taken;
			if (y_taken)
				write_act();
			if (y_taken && dut.y_last)
				seen.push_back(std::max(cycle + 3 + (y_stall ? (long)below(9) : 0),
				                        seen.empty() ? 0 : seen.back() + 1));
			clock();
			if (d_taken) {
				d_offered = false;
				next++;
			}
			if (p_taken) {
				p.offered = false;
				p.at += VN_BEAT_BYTES;
			}
		}
		if (abandoned)
			return dones;
		if (dones.size() != jobs.size())
			fail("descriptors done", dones.size(), jobs.size());
		if (p.offered || (p.index < jobs.size() && p.at != jobs[p.index].params.size()))
			fail("parameters left over after beat", p.at / VN_BEAT_BYTES, 0);
		dut.p_valid = dut.y_done = 0;
		for (int i = 0; i < 20; i++) {
			dut.eval();
			if (dut.y_valid || dut.done || dut.state != IDLE || dut.m_en)
				fail("state after the last done", dut.state, IDLE);
			clock();
		}
		return dones;
	}

	void compare(const std::vector<job> &jobs)
	{
		for (const job &j : jobs)
			(j.wsum ? hls_wsum : hls_dw)(j.d, j.params.data(), mid.data(), twin.data());
		for (size_t i = 0; i < act.size(); i++)
			if (act[i] != twin[i]) {
				fail("activation byte", (uint8_t)act[i], (uint8_t)twin[i]);
				fail("  word and byte of it", i / VN_R, i % VN_R);
				for (const job &j : jobs)
					for (int w = 0; w < VN_DESC_WORDS && failures < 4; w++)
						printf("%08x%c", j.d[w],
						       w == VN_DESC_WORDS - 1 ? '\n' : ' ');
				break;
			}
		act = twin;
	}

	void one()
	{
		const uint32_t stalls[] = {0, 20, 60, 95}, quiet = below(3) == 0;
		const uint32_t p_stall = quiet ? 0 : stalls[below(4)];
		const uint32_t y_stall = quiet ? 0 : stalls[below(4)];
		const uint32_t d_stall = quiet || below(2) ? 0 : 90;
		std::vector<job> jobs;

		for (uint32_t i = between(1, 4); i > 0; i--)
			jobs.push_back(below(5) == 0 ? make_wsum() : make_dw());
		const std::vector<long> dones = run(jobs, p_stall, y_stall, d_stall);
		compare(jobs);
		if (p_stall || y_stall || d_stall)
			return;
		predictor pr;
		for (size_t i = 0; i < dones.size(); i++) {
			const long expected = pr.run(jobs[i]);

			timed++;
			if (dones[i] != expected)
				fail("cycle of done", dones[i], expected);
		}
	}

	/* Some descriptors that are left somewhere on the way. */
	void abandon()
	{
		std::vector<job> jobs;

		for (int i = 0; i < 4; i++)
			jobs.push_back(i == 2 ? make_wsum() : make_dw());
		run(jobs, 0, 20, 0, (long)between(100, 1200));
	}

	/* 8 rows of 56 columns, n = 3: cycles a second of processor time. */
	void speed()
	{
		std::vector<job> jobs(40);
		const uint32_t w = VN_MID_SLOTS / 16 < 56 ? VN_MID_SLOTS / 16 : 56;

		for (job &j : jobs) {
			VN_SET(j.d, ALL_OP, VN_OP_DW);
			VN_SET(j.d, DW_MAP_W, w);
			VN_SET(j.d, DW_MAP_H, 56);
			VN_SET(j.d, DW_PITCH, w);
			VN_SET(j.d, DW_RING, 16);
			VN_SET(j.d, DW_N, 3);
			VN_SET(j.d, DW_Y0, 8);
			VN_SET(j.d, DW_ROWS, 8);
			VN_SET(j.d, DW_COLS, w);
			VN_SET(j.d, DW_DST_PITCH, w);
			VN_SET(j.d, DW_DST_STEP, 8 * w);
			make_params(j, 49);
		}
		stream p = {jobs};
		size_t next = 0, done = 0;
		unsigned long from = cycles;
		const std::clock_t start = std::clock();

		dut.y_ready = 1;
		while (done < jobs.size()) {
			if (!dut.d_valid && next < jobs.size())
				memcpy(bytes_of(dut.d), jobs[next].d, sizeof(jobs[next].d));
			dut.d_valid = next < jobs.size();
			offer_beat(p, 0);
			if (p.offered && dut.p_ready) {
				p.offered = false;
				p.at += VN_BEAT_BYTES;
			}
			next += dut.d_valid && dut.d_ready;
			done += dut.done;
			clock();
		}
		const std::clock_t middle = std::clock();
		const double busy = (double)(cycles - from);
		const int idle = 300000;
		for (int i = 0; i < idle; i++)
			clock();
		const std::clock_t end = std::clock();
		printf("dw %dx%d: %zu DW of 8 x %u pixels, n = 3: %.0f cycles each, %.0f cycles/s, "
		       "idle %.0f\n",
		       VN_R, VN_C, jobs.size(), w, busy / (double)jobs.size(),
		       busy * CLOCKS_PER_SEC / (double)(middle - start),
		       idle * (double)CLOCKS_PER_SEC / (double)(end - middle));
	}
};

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 100);
	unsigned long failures = 0;

	for (unsigned life = 0; life < 2 * BENCH_LIVES; life++) {
		bench b((unsigned)o.seed + 1 + life);

		b.fill_mid();
		b.one();
		b.abandon();
		failures += b.failures;
	}
	bench *b = new bench((unsigned)o.seed);

	b->failures = failures;
	b->fill_mid();
	if (argc > 2 && strcmp(argv[2], "speed") == 0) {
		b->speed();
		return 0;
	}
	for (uint64_t i = 0; i < o.count && b->failures == 0; i++) {
		if (i % 16 == 15)
			b->fill_mid();
		b->one();
	}
	printf("dw %dx%d: %lu DW (n:", VN_R, VN_C, b->dws);
	for (unsigned long n : b->by_n)
		printf(" %lu", n);
	printf("), %lu WSUM, %lu timed, %lu cycles (idle %lu, busy %lu, weights %lu, blocked "
	       "%lu)\n",
	       b->wsums, b->timed, b->cycles, b->states[IDLE], b->states[BUSY], b->states[WEIGHTS],
	       b->states[BLOCKED]);
	const bool good = b->failures == 0 && b->dws && b->wsums && b->timed;
	const unsigned long checks = b->words + b->timed;
	delete b;
	return bench_end(good, checks);
}
