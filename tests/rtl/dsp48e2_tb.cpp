// SPDX-License-Identifier: Apache-2.0
//
// dsp48e2_tb.cpp - rtl/sim/vn_dsp48e2_model.sv against the primitive as UG579 tells it, written
// here once more: numbers instead of wires, a step instead of assignments.  Random pins every
// cycle. The settings are those of dsp48e2_top.sv.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

#include "Vdsp48e2_top.h"
#include "tests/rtl/bench.h"

namespace
{

struct setting {
	int areg, acascreg, breg, bcascreg;
	bool a_cascade, b_cascade, a_ad, b_ad, pre_b;
	int creg, dreg, adreg, mreg, preg, modereg;
};

constexpr setting settings[] = {
        {2, 1, 1, 1, false, false, false, false, false, 1, 1, 1, 1, 1, 0}, // vn_dsp48e2, top
        {2, 1, 1, 1, true, false, false, false, false, 1, 1, 1, 1, 1, 0},  // vn_dsp48e2
        {1, 1, 1, 1, false, false, true, false, false, 1, 1, 1, 1, 1, 1},
        {0, 0, 0, 0, false, false, false, false, false, 0, 0, 1, 0, 1, 0},
        {2, 2, 1, 1, false, true, false, true, true, 1, 1, 1, 1, 1, 1},
        {1, 1, 2, 1, true, false, true, false, false, 1, 1, 0, 1, 0, 1},
};
constexpr int SETTINGS = sizeof(settings) / sizeof(settings[0]);

enum { A1, A2, B1, B2, CC, DD, AD, MM, PP, CTRL, ALU, IN, CARRY }; // bits of ce
enum { RA, RB, RC, RD, RM, RP, RCTRL, RALU, RIN, RCARRY };         // bits of reset
constexpr int64_t RND = 0x40000;

std::mt19937_64 rng;

int64_t sext(uint64_t v, int bits)
{
	return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

// Field @i of @bits of a packed vector of the top, sign extended.
template <typename T> int64_t field(const T &v, int i, int bits)
{
	uint64_t value = 0;

	for (int k = 0; k < bits; k++) {
		const int at = i * bits + k;

		value |= (uint64_t)(v[at / 32] >> (at % 32) & 1) << k;
	}
	return sext(value, bits);
}

// Registers, sign extended; a register of a chain of one or none is simply not looked at.
struct dsp {
	setting S{};
	int64_t a1 = 0, a2 = 0, b1 = 0, b2 = 0, c = 0, d = 0, ad = 0, m = 0, p = 0;
	unsigned opmode = 0, alumode = 0, inmode = 0, carry = 0;
	// Outputs.
	int64_t acout = 0, bcout = 0, pout = 0;
	// Between registers.
	int64_t next_ad = 0, next_m = 0, next_p = 0;

	void settle(const Vdsp48e2_top &t)
	{
		const int64_t ain = sext(S.a_cascade ? t.acin : t.a, 30);
		const int64_t bin = sext(S.b_cascade ? t.bcin : t.b, 18);
		const int64_t a = S.areg ? a2 : ain, b = S.breg ? b2 : bin;
		const int64_t cv = S.creg ? c : sext(t.c, 48), dv = S.dreg ? d : sext(t.d, 27);
		const unsigned in = S.modereg ? inmode : t.inmode;
		const unsigned op = S.modereg ? opmode : t.opmode;
		const unsigned alu = S.modereg ? alumode : t.alumode;
		const unsigned cin = S.modereg ? carry : t.carryin;
		int64_t a27 = sext((uint64_t)(in & 1 ? a1 : a), 27), b18 = in & 16 ? b1 : b;
		int64_t x = 0, y = 0, z = 0, w = 0, adder, ad_now, pre, product;

		if (in & 2)
			(S.pre_b ? b18 : a27) = 0;
		pre = S.pre_b ? b18 : a27;
		next_ad = sext((uint64_t)((in & 4 ? dv : 0) + (in & 8 ? -pre : pre)), 27);
		ad_now = S.adreg ? ad : next_ad;
		next_m = (S.a_ad ? ad_now : a27) * (S.b_ad ? sext((uint64_t)ad_now, 18) : b18);
		product = S.mreg ? m : next_m;

		if ((op & 15) == 5)
			x = product;
		else {
			x = (op & 3) == 2   ? p
			    : (op & 3) == 3 ? (int64_t)((uint64_t)a << 18) | (b & 0x3ffff)
			                    : 0;
			y = (op >> 2 & 3) == 2 ? -1 : (op >> 2 & 3) == 3 ? cv : 0;
		}
		switch (op >> 4 & 7) {
		case 1:
			z = sext(t.pcin, 48);
			break;
		case 2:
			z = p;
			break;
		case 3:
			z = cv;
			break;
		case 5:
			z = sext(t.pcin, 48) >> 17;
			break;
		case 6:
			z = p >> 17;
			break;
		}
		switch (op >> 7) {
		case 1:
			w = p;
			break;
		case 2:
			w = RND;
			break;
		case 3:
			w = cv;
			break;
		}
		adder = w + x + y + (int64_t)cin;
		switch (alu) {
		case 0:
			next_p = z + adder;
			break;
		case 1:
			next_p = -z + adder - 1;
			break;
		case 2:
			next_p = -z - adder - 1;
			break;
		case 3:
			next_p = z - adder;
			break;
		}
		next_p = sext((uint64_t)next_p, 48);
		acout = S.acascreg == S.areg ? a : a1;
		bcout = S.bcascreg == S.breg ? b : b1;
		pout = S.preg ? p : next_p;
	}

	void edge(const Vdsp48e2_top &t)
	{
		const dsp old = *this;
		const int64_t ain = sext(S.a_cascade ? t.acin : t.a, 30);
		const int64_t bin = sext(S.b_cascade ? t.bcin : t.b, 18);
		const auto load = [&t](int64_t &r, int ce, int reset, int64_t v) {
			if (t.reset >> reset & 1)
				r = 0;
			else if (t.ce >> ce & 1)
				r = v;
		};
		const auto mode = [&t](unsigned &r, int ce, int reset, unsigned v) {
			if (t.reset >> reset & 1)
				r = 0;
			else if (t.ce >> ce & 1)
				r = v;
		};

		load(a1, A1, RA, ain);
		load(a2, A2, RA, S.areg == 2 ? old.a1 : ain);
		load(b1, B1, RB, bin);
		load(b2, B2, RB, S.breg == 2 ? old.b1 : bin);
		load(c, CC, RC, sext(t.c, 48));
		load(d, DD, RD, sext(t.d, 27));
		load(ad, AD, RD, next_ad);
		load(m, MM, RM, next_m);
		load(p, PP, RP, next_p);
		mode(opmode, CTRL, RCTRL, t.opmode);
		mode(alumode, ALU, RALU, t.alumode);
		mode(inmode, IN, RIN, t.inmode);
		mode(carry, CARRY, RCARRY, t.carryin);
	}
};

uint64_t value(int bits)
{
	const uint64_t mask = (1ull << bits) - 1;

	switch (rng() % 6) {
	case 0:
		return 0;
	case 1:
		return mask;
	case 2:
		return 1ull << (bits - 1);
	case 3:
		return mask >> 1;
	default:
		return rng() & mask;
	}
}

unsigned opmode()
{
	static const unsigned xy[] = {5, 5, 5, 0, 2, 3, 8, 12, 10, 11, 14, 15};
	static const unsigned z[] = {0, 1, 1, 2, 3, 5, 6};

	return xy[rng() % 12] | z[rng() % 7] << 4 | (unsigned)(rng() % 4) << 7;
}

void drive(Vdsp48e2_top &t)
{
	t.a = (uint32_t)value(30);
	t.acin = (uint32_t)value(30);
	t.b = (uint32_t)value(18);
	t.bcin = (uint32_t)value(18);
	t.c = value(48);
	t.d = (uint32_t)value(27);
	t.pcin = value(48);
	t.carryin = rng() & 1;
	t.alumode = rng() % 4;
	t.inmode = rng() % 32;
	t.opmode = opmode();
	t.ce = (rng() | rng()) & 0x1fff;
	t.reset = rng() % 4 == 0 ? rng() & rng() & rng() & 0x3ff : 0;
}

} // namespace

int main(int argc, char **argv)
{
	const bench_options o = bench_begin(argc, argv, 50000);

	Verilated::threadContextp()->randReset(0); // the registers of a DSP begin with 0
	std::unique_ptr<Vdsp48e2_top> top{new Vdsp48e2_top};
	uint64_t bad = 0;
	dsp models[SETTINGS];

	rng.seed(o.seed);
	for (int i = 0; i < SETTINGS; i++)
		models[i].S = settings[i];
	top->clk = 0;
	top->reset = 0x3ff;
	top->eval();
	for (int i = 0; i < 3; i++) {
		top->clk = 1;
		top->eval();
		top->clk = 0;
		top->eval();
	}
	for (uint64_t cycle = 0; cycle < o.count && bad == 0; cycle++) {
		drive(*top);
		top->clk = 0;
		top->eval();
		for (int i = 0; i < SETTINGS; i++) {
			dsp &m = models[i];

			m.settle(*top);
			if ((field(top->p, i, 48) != m.pout || field(top->pcout, i, 48) != m.pout ||
			     field(top->acout, i, 30) != m.acout ||
			     field(top->bcout, i, 18) != m.bcout) &&
			    bad++ < 5)
				printf("setting %d: cycle %llu differs: opmode %03x alumode %x, p "
				       "%llx, not %llx\n",
				       i, (unsigned long long)cycle, (unsigned)top->opmode,
				       (unsigned)top->alumode,
				       (unsigned long long)field(top->p, i, 48),
				       (unsigned long long)m.pout);
			m.edge(*top);
		}
		top->clk = 1;
		top->eval();
	}
	printf("dsp48e2_tb: %d settings, %llu cycles\n", SETTINGS, (unsigned long long)o.count);
	return bench_end(bad == 0, SETTINGS * o.count);
}
