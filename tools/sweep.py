#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Choose the default compute unit: cycles of every variant by build/sweep, resources by a model of what
yosys says of the modules, and how many units fit the SLRs of the cards.  Writes docs/sweep.md and spec/units.def.

Cycles do not depend on MAX_N nor on what RAM holds the partial sums, as long as the networks have n = 3.
"""
import argparse
import collections
import csv
import itertools
import math
import os
import re
import subprocess
import sys

ROWS, COLS = 32, 64
KINDS = ("DSP", "LUT", "FF", "BRAM36", "URAM")
DW_CH, LANES, MAX_N = (4, 8, 16), (16, 32), (3, 4)
ACT_MIB, PSUM = (2, 3, 4), ("BRAM", "URAM")
# Of a variant at batch 1 and 8, and of the shipped network over a stream, in per cent.
BARS, STREAM_BAR = (95, 97), 60
STREAM = "64/8"
SHIPPED, ODD = "fashion", "vanillanet-13-1.5x-ada-pool"
SHARES = (0.80, 0.90)
DDR_BYTES = 64  # a cycle: 19.2 GB/s at 300 MHz, DDR4-2400 of 64 bits
PORT = 0.85     # of its peak that a memory reaches, as in spec/timing.def

Unit = collections.namedtuple("Unit", "dw lanes n act psum")


def params(unit):
    return f"DW_CH={unit.dw} LANES={unit.lanes} MAX_N={unit.n} ACT_WORDS={unit.act * (1 << 20) // ROWS}"


# ---- cycles ----

def predict(sweep, configurations, nets, images, stages=False):
    """{(params, net, images): row} of build/sweep; with stages [(net, stage, ...)] of the first."""
    command = [sweep, f"{ROWS}x{COLS}", nets, images] + ["--stages"] * stages + configurations
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
    rows = list(csv.reader(done.stdout.splitlines()))
    if stages:
        return [row[1:] for row in rows if row[3] != "all"]
    return {(row[0], row[1], int(row[2])): (int(row[4]), float(row[5])) for row in rows}


# ---- resources ----

def reported(path):
    """{module: {kind: number}} of docs/rtl-report.md, the default unit's modules."""
    number = lambda s: 0.0 if s.strip() == "–" else float(s.strip(" *").replace(",", ""))
    with open(path, encoding="utf-8") as f:
        rows = re.findall(r"^\| \**(vn_\w+)\** \| \d+ \|(.*)\|$", f.read(), re.M)
    return {name: dict(zip(KINDS, map(number, row.split("|")))) for name, row in rows}


def resources(unit, base):
    """What a unit takes.  @base: modules that do not depend on these parameters, as reported."""
    sums = collections.Counter()
    for name, kinds in base.items():
        if name not in ("vn_cu", "vn_act", "vn_dw", "vn_mid", "vn_post", "vn_psum"):
            sums.update(kinds)
    lane, banks = unit.lanes / 16 - 1, 2
    # Fitted to yosys: vn_post at 16 and 32 lanes, vn_act at 2, 3 and 4 MiB, vn_dw at DW_CH = 4, and one of its lanes with two
    # window rows in DSPs at MAX_N = 3 and 4.
    sums.update({"DSP": 2 * unit.lanes + 2, "LUT": 7849 + 6098 * lane, "FF": 8087 + 6021 * lane,
                 "BRAM36": 7.5 + 7.5 * lane})
    sums.update(base["vn_mid"])
    # Words of C int32 in two banks; an URAM is 72 bits wide.
    wide = math.ceil(COLS * 32 / 72)
    sums.update({"LUT": base["vn_psum"]["LUT"], "FF": base["vn_psum"]["FF"],
                 "BRAM36": base["vn_psum"]["BRAM36"] if unit.psum == "BRAM" else 0,
                 "URAM": banks * wide if unit.psum == "URAM" else 0})
    # Whole URAM of 4096 words of eight bytes; yosys packs nine bytes in each, Vivado does not.
    sums.update({"URAM": unit.act * (1 << 20) // ROWS // 4096 * ROWS // 8, "LUT": 1240 * unit.act + 2400, "FF": 530})
    rows, side = min(8, 2 * unit.n + 1), 2 * unit.n + 1
    in_dsp = min(rows, 32 // unit.dw)  # window rows whose products are DSPs, two a DSP
    dsps, luts = in_dsp * side, (rows - in_dsp) * side
    sums.update({"DSP": unit.dw * (in_dsp * (unit.n + 1) + 2), "BRAM36": 7.5 * unit.dw / 4,
                 "LUT": 3000 + unit.dw * (387 + 37 * dsps + 98.5 * luts),
                 "FF": 1000 + unit.dw * (632 + 45 * dsps + 93 * luts)})
    return {kind: sums[kind] for kind in KINDS}


def slrs(path):
    """[(card, slr, {kind: number})] of spec/cards.def"""
    with open(path) as f:
        found = re.findall(r"^VN_SLR\((\w+), (\d+), (.*)\)$", f.read(), re.M)
    return [(card, int(slr), dict(zip(("LUT", "FF", "BRAM36", "URAM", "DSP"), map(int, sizes.split(",")))))
            for card, slr, sizes in found]


def fits(need, slr, share):
    return min(int(share * slr[kind] / need[kind]) for kind in KINDS if need[kind])


# ---- the page ----

def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows] + [""]


def nets_of(results):
    return list(dict.fromkeys(net for _, net, _ in results))


def use(results, unit, net, images):
    return results[params(unit._replace(n=3, psum="BRAM")), net, images][1]


def reaches(results, unit):
    """Whether every variant and the shipped network is above its bar."""
    variants = [n for n in nets_of(results) if n not in (SHIPPED, ODD)]
    return all(use(results, unit, net, images) >= bar
               for net in variants for images, bar in zip((1, 8), BARS)) and \
        use(results, unit, SHIPPED, 64) >= STREAM_BAR


def short(net):
    return net.replace("vanillanet-", "V").replace("-ada-pool", " ada")


def cycles_table(results, units):
    nets = nets_of(results)
    rows = []
    for u in units:
        cells = [f"{use(results, u, n, 1):.1f} / {use(results, u, n, 8):.1f}" for n in nets if n != SHIPPED]
        stream = "%.1f / %.1f" % tuple(use(results, u, SHIPPED, i) for i in (1, 64))
        rows.append([u.dw, u.lanes, u.act, *cells, stream, "yes" if reaches(results, u) else ""])
    return table(["DW_CH", "LANES", "MiB", *(short(n) for n in nets if n != SHIPPED), "shipped, 1 / 64", "above"], rows)


def resource_table(results, units, base, slr, chosen):
    rows = []
    for u in units:
        need = resources(u, base)
        share = max(2 * need[k] / slr[k] for k in KINDS)
        row = [u.dw, u.lanes, u.n, u.act, u.psum, *(f"{need[k]:,.0f}" for k in KINDS),
               *(fits(need, slr, s) for s in SHARES), f"{100 * share:.0f}",
               "yes" if reaches(results, u) else ""]
        rows.append([f"**{cell}**" for cell in row] if u == chosen else row)
    return table(["DW_CH", "LANES", "MAX_N", "MiB", "psum", *KINDS, "units at 80 %", "at 90 %",
                  "two units, % of the scarcest", "above"], rows)


def card_table(units, base, found):
    rows = []
    for card in dict.fromkeys(c for c, _, _ in found):
        mine = [(s, sizes) for c, s, sizes in found if c == card]
        for name, u in units:
            need = resources(u, base)
            counts = [[fits(need, sizes, share) for _, sizes in mine] for share in SHARES]
            rows.append([card, name, *(f"{' + '.join(map(str, c))} = {sum(c)}" for c in counts)])
    return table(["card", "unit", "units an SLR at 80 %", "at 90 %"], rows)


def byte_table(rows):
    """Stages that ask for more than half of what a DDR gives, and the widest of the rest."""
    cells = []
    for net, images, stage, cycles, _, weights, maps in rows:
        asks = float(weights) + float(maps)
        cells.append([short(net), stage, f"{int(cycles) // int(images):,}", weights, maps,
                      int(PORT * DDR_BYTES / asks) if asks else "any"])
    return table(["network", "stage", "cycles", "weights, B a cycle", "maps, B a cycle", "units a DDR feeds"], cells)


def choose(results, units, base, slr):
    """Above every bar, two in an SLR of a U250 under 90 %; of these n = 4 first, then what leaves most of the scarcest."""
    good = [u for u in units if reaches(results, u) and fits(resources(u, base), slr, SHARES[1]) >= 2]
    if not good:
        sys.exit("no unit reaches the bars and fits twice")
    return max(good, key=lambda u: (u.n, -max(resources(u, base)[k] / slr[k] for k in KINDS), -u.dw, -u.lanes))


def page(args):
    units = all_units()
    timed = [u for u in units if u.n == 3 and u.psum == "BRAM"]
    results = predict(args.sweep, [params(u) for u in timed], "all", f"1,8,{STREAM}")
    base, found = reported(args.report), slrs(args.cards)
    u250 = next(sizes for card, _, sizes in found if card == "u250")
    chosen, small = choose(results, units, base, u250), Unit(4, 16, 4, 2, "BRAM")
    stages = predict(args.sweep, [params(chosen)], "vanillanet-5,vanillanet-9,vanillanet-13", "1", stages=True)
    cells = []
    for net in nets_of(results):
        many = 64 if net == SHIPPED else 8
        one, batch = (results[params(chosen._replace(n=3, psum="BRAM")), net, i] for i in (1, many))
        cells.append([short(net), f"{one[0]:,}", f"{one[1]:.2f}", f"{batch[0] // many:,}", f"{batch[1]:.2f}"])
    lines = [
        "# Choosing the default compute unit", "",
        "Generated by `make sweep` (tools/sweep.py). All of it is **predicted**: cycles by the compiler's predictor "
        "(model/predict.c), memory at 85 % of its peak; resources by a model of what yosys reports "
        "([rtl-report.md](rtl-report.md), and modules by themselves at other sizes), before placement. "
        f"R x C = {ROWS} x {COLS}, MID_SLOTS and PSUM_ENTRIES as by default.", "",
        "**Chosen: " + params(chosen) + f", partial sums in {chosen.psum}.** Above the bars, two in an SLR of a U250 "
        "under 90 % of every kind; of those the largest MAX_N, then what leaves most of the scarcest kind.", "",
        f"The bars: {BARS[0]} % of the array's cycles useful at batch 1 and {BARS[1]} % over 8 images for VanillaNet-5 to -13 "
        f"and -13-1.5x at 224x224, {STREAM_BAR} % for the shipped network over a stream of 64 images. The variant with adaptive "
        "pooling is outside: its 75x75, 38x38 and 19x19 maps are no whole bands and its first maps pass through card memory, "
        "whatever the unit.", "",
        "## The chosen unit", ""]
    lines += table(["network", "cycles, one image", "useful, %", "cycles an image, 8 (shipped: 64)", "useful, %"], cells)
    lines += ["## Useful cycles of the array, %, batch 1 / 8", "",
              "MAX_N and where partial sums lie change no cycle of these networks. MiB: of the activation buffer.", ""]
    lines += cycles_table(results, timed)
    lines += ["## Resources, and units in an SLR of a U250", ""]
    lines += resource_table(results, units, base, u250, chosen)
    modelled, named = resources(small, base), "DW_CH=4 LANES=16 MAX_N=4, 2 MiB"
    lines += ["The model against yosys, the unit of rtl-report.md (" + named + "):", ""]
    lines += table(["", *KINDS], [["yosys", *(f"{base['vn_cu'][k]:,.0f}" for k in KINDS)],
                                  ["model", *(f"{modelled[k]:,.0f}" for k in KINDS)]])
    lines += ["Its URAM are whole ones of eight bytes a word (yosys packs nine); its products of DW in DSPs are as rtl/ has them for "
              "wide units. A product of LUTs is 98.5 of yosys' LUTs, sums included.", ""]
    lines += ["## Units that fit, by card", "",
              "Of what the platform leaves to kernels (spec/cards.def), every kind at once, SLR by SLR. "
              f"*small*: {named}.", ""]
    lines += card_table([("chosen", chosen), ("small", small)], base, found)
    lines += ["## What each stage asks of card memory", "",
              f"The chosen unit at batch 1, while the array is at the stage. A DDR gives {DDR_BYTES} bytes a cycle at its peak "
              f"(19.2 GB/s at 300 MHz), {100 * PORT:.0f} % of them here. Units that run in step starve in stages where fewer units "
              "than share a DDR are fed; the FC of one image is bound by weights in any case. Over 8 images the FC's weights "
              "are read once.", ""]
    lines += byte_table(stages)
    return "\n".join(lines).rstrip() + "\n"


def units_def(units, base):
    """spec/units.def: what C takes of the resource model."""
    lines = ["/* SPDX-License-Identifier: Apache-2.0", " *",
             " * units.def - what compute units take of a card.  Generated by `make sweep` (tools/sweep.py) from docs/rtl-report.md; do not edit.",
             " *", " * VN_UNIT(rows, cols, dw_ch, lanes, max_n, act_words, dsp, lut, ff, bram36, uram)   before placement; partial sums in BRAM",
             " */", "#ifndef VN_UNIT",
             "#define VN_UNIT(rows, cols, dw_ch, lanes, max_n, act_words, dsp, lut, ff, bram36, uram)", "#endif"]
    for u in units:
        if u.psum == "BRAM":
            need = ", ".join(f"{resources(u, base)[k]:.0f}" for k in KINDS)
            lines.append(f"VN_UNIT({ROWS}, {COLS}, {u.dw}, {u.lanes}, {u.n}, {u.act * (1 << 20) // ROWS}, {need})")
    return "\n".join(lines + ["#undef VN_UNIT"]) + "\n"


def all_units():
    return [Unit(*x) for x in itertools.product(DW_CH, LANES, MAX_N, ACT_MIB, PSUM)]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--sweep", default="build/sweep")
    p.add_argument("--report", default="docs/rtl-report.md")
    p.add_argument("--cards", default="spec/cards.def")
    p.add_argument("--out", help="the Markdown page")
    p.add_argument("--units", help="spec/units.def")
    args = p.parse_args()
    if args.units:
        with open(args.units, "w", encoding="utf-8") as f:
            f.write(units_def(all_units(), reported(args.report)))
    if not args.out:
        return
    text = page(args)
    with open(args.out, "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    main()
