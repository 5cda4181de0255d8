# SPDX-License-Identifier: Apache-2.0
"""Hold every link recipe against cards.def and docs/rtl-report.md; then plant faults and see that each is noticed."""
import os
import re
import subprocess
import sys
import tempfile

MASTERS = ("program", "weights", "maps")
BUDGET = 0.86  # of what an SLR leaves to kernels: two default units are 85.1 % of a U250 SLR's DSP


def number(s):
    return 0.0 if s == "–" else float(s.strip("*").replace(",", ""))


def unit_resources():
    """LUT, FF, BRAM36, URAM, DSP of the default compute unit."""
    with open("docs/rtl-report.md", encoding="utf-8") as f:
        row = re.search(r"^\| \*\*vn_cu\*\* \|(.*)\|$", f.read(), re.M).group(1)
    _, dsp, lut, ff, bram, uram = (number(c.strip()) for c in row.split("|"))
    return {"lut": lut, "ff": ff, "bram36": bram, "uram": uram, "dsp": dsp}


def cards():
    with open("spec/cards.def") as f:
        text = re.sub(r"/\*.*?\*/|^#.*?$", "", f.read(), flags=re.S | re.M)
    found = {}
    for macro, args in re.findall(r"^(VN_\w+)\((.*)\)$", text, re.M):
        a = [x.strip().strip('"') for x in args.split(",")]
        if macro == "VN_CARD":
            found[a[0]] = {"platform": a[1], "part": a[2], "slr": {}, "bank": {}}
        elif macro == "VN_SLR":
            found[a[0]]["slr"][int(a[1])] = dict(zip(("lut", "ff", "bram36", "uram", "dsp"), map(int, a[2:])))
        elif macro == "VN_BANKS":
            for i in range(int(a[2])):
                found[a[0]]["bank"]["%s[%d]" % (a[1], i)] = 0
        elif macro == "VN_BANK_SLR":
            found[a[0]]["bank"]["%s[%s]" % (a[1], a[2])] = int(a[3])
        elif a[0] in found:  # VN_CARD_PCI
            found[a[0]]["pci"] = [int(x, 16) for x in a[1:]]
    return found


def parse(text):
    """{unit: {"slr": n, "program": bank, ...}}, clock in MHz"""
    units, section, clock = {}, "", 0
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        key, value = line.split("=", 1)
        if not section and key == "kernel_frequency":
            clock = int(value)
        elif key == "nk":
            kernel, n, names = value.split(":")
            assert kernel == "vn_cu" and len(names.split(".")) == int(n), value
            units = {name: {} for name in names.split(".")}
        elif key == "slr":
            unit, slr = re.fullmatch(r"(\w+):SLR(\d)", value).groups()
            units[unit]["slr"] = int(slr)
        elif key == "sp":
            unit, master, bank = re.fullmatch(r"(\w+)\.m_axi_(\w+):(.+)", value).groups()
            units[unit][master] = bank
        else:
            raise AssertionError(line)
    return units, clock


def check(card, text, need):
    """Sentences, none if the recipe is good."""
    units, clock = parse(text)
    faults = []
    load, hbm = {}, {}
    if not 100 <= clock <= 300:
        faults.append("clock %d" % clock)
    for name, u in units.items():
        if u.get("slr") not in card["slr"]:
            faults.append("%s: no such SLR" % name)
            continue
        load[u["slr"]] = load.get(u["slr"], 0) + 1
        for m in MASTERS:
            bank = u.get(m)
            if bank not in card["bank"]:
                faults.append("%s.%s: no such bank" % (name, m))
            elif bank.startswith("DDR") and card["bank"][bank] != u["slr"]:
                faults.append("%s.%s: memory of another SLR" % (name, m))
            elif bank.startswith("HBM"):
                if bank in hbm:
                    faults.append("%s.%s: %s has %s" % (name, m, bank, hbm[bank]))
                hbm[bank] = name
        switches = {int(u[m][4:-1]) // 4 for m in MASTERS if u.get(m, "").startswith("HBM")}
        if len(switches) > 1:
            faults.append("%s: HBM of several switches" % name)
    for slr, n in load.items():
        for what, each in need.items():
            if n * each > BUDGET * card["slr"][slr][what]:
                faults.append("SLR%d: %d units take %d of %d %s" % (slr, n, n * each, card["slr"][slr][what], what))
    return faults


def tool(mkxclbin, card, text):
    """What mkxclbin says of a recipe; empty if it takes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as f:
        f.write(text)
        f.flush()
        r = subprocess.run([mkxclbin, "recipe", "--card", card, "--recipe", f.name], capture_output=True, text=True)
    assert r.returncode in (0, 1), r.stderr
    return r.stderr if r.returncode else ""


# card, from, to, what the checks above say, what mkxclbin says (None: it is not its business)
PLANTED = [
    ("u50", "slr=vn_cu_2:SLR1", "slr=vn_cu_2:SLR0", "SLR0: 2 units take 2448 of 2580 dsp", None),
    ("u50", "HBM[16]", "HBM[32]", "vn_cu_2.program: no such bank", "a bank that the card has not"),
    ("u50", "HBM[16]", "HBM[1]", "vn_cu_2.program: HBM[1] has vn_cu_1", None),
    ("u50", "HBM[2]", "HBM[4]", "vn_cu_1: HBM of several switches", None),
    ("u50", "slr=vn_cu_2:SLR1", "slr=vn_cu_2:SLR2", "vn_cu_2: no such SLR", "an SLR that the card has not"),
    ("u50", "sp=vn_cu_2.m_axi_maps:HBM[18]\n", "", "vn_cu_2.maps: no such bank", "no sp=vn_cu_2.m_axi_maps:BANK"),
    ("u50", "slr=vn_cu_2:SLR1\n", "", "vn_cu_2: no such SLR", "no slr=vn_cu_2:SLRn"),
    ("u50", "kernel_frequency=300\n", "", "clock 0", "no kernel_frequency"),
    ("u250", "slr=vn_cu_3:SLR2", "slr=vn_cu_3:SLR1", "SLR1: 3 units", None),
    ("u250", "vn_cu_4.m_axi_maps:DDR[3]", "vn_cu_4.m_axi_maps:DDR[2]", "vn_cu_4.maps: memory of another SLR", None),
    ("u200", "slr=vn_cu_2:SLR2", "slr=vn_cu_2:SLR1", "SLR1: 1 units take", None),
]
# Lines that mkxclbin refuses, in place of u50's "slr=vn_cu_2:SLR1".
REFUSED = [
    ("slr=vn_cu_3:SLR1", "not UNIT:SLRn of a unit of nk"), ("slr=vn_cu_2:SLRx", "not UNIT:SLRn"), ("slr=vn_cu_2:SLR1x", "not UNIT:SLRn"),
    ("slr=vn_cu_2:SLR-1", "an SLR that the card has not"), ("slr", "not key=value"), ("stream=a:b", "not nk, slr or sp"),
    ("sp=vn_cu_2.m_axi_gmem:HBM[3]", "not UNIT.m_axi_program|weights|maps:BANK"), ("sp=vn_cu_9.m_axi_maps:HBM[3]", "not UNIT.m_axi"),
    ("sp=vn_cu_2.m_axi_maps:HBM[3:5]", "not one bank"), ("sp=vn_cu_2.m_axi_maps:HBM", "not one bank"), ("sp=vn_cu_2.m_axi_maps", "not UNIT.m_axi"),
    ("sp=vn_cu_2.m_axi_maps:DDR[0]", "a bank that the card has not"), ("sp=vn_cu_2.m_axi_maps:HBM[4294967296]", "not one bank"),
    ("nk=vadd:1:vadd_1", "not vn_cu:NUMBER"), ("nk=vn_cu:0", "not vn_cu:NUMBER"), ("nk=vn_cu:1:vn_cu_1", "not a new name"),
    ("nk=vn_cu:1:a.b", "more names than compute units"), ("nk=vn_cu:2:a", "not a new name"), ("nk=vn_cu:40", "not a new name"),
    ("nk=vn_cu:31:" + ".".join("u%d" % i for i in range(31)), "too many compute units"),
]


def main():
    mkxclbin = os.environ["B"] + "/mkxclbin"
    found, need, bad = cards(), unit_resources(), 0
    texts = {}

    def expect(ok, sentence):
        nonlocal bad
        if not ok:
            bad += 1
            print("FAIL " + sentence)

    files = {f[:-4] for f in os.listdir("bitstreams") if f.endswith(".cfg")}
    expect(set(found) == files and found, "cards %s, recipes %s" % (sorted(found), sorted(files)))
    for name, card in found.items():
        with open("bitstreams/%s.cfg" % name) as f:
            texts[name] = f.read()
        faults = check(card, texts[name], need)
        expect(not faults, "%s.cfg: %s" % (name, "; ".join(faults)))
        expect(card["platform"].split("_")[1] == name and ("xc" + name).startswith(card["part"].split("-")[0]), "%s: platform or part of another card" % name)
        expect(card["pci"][0] > 0, "%s: no PCI device" % name)
        expect(tool(mkxclbin, name, texts[name]) == "", "%s.cfg: mkxclbin refuses it" % name)
        print("%s: %d units on %d SLRs" % (name, len(parse(texts[name])[0]), len(card["slr"])))
    for name, old, new, ours, its in PLANTED:
        assert old in texts[name], old
        text = texts[name].replace(old, new, 1)
        expect(any(f.startswith(ours) for f in check(found[name], text, need)), "planted %s=>%s was not noticed" % (old, new))
        said = tool(mkxclbin, name, text)
        expect(its in said if its else not said, "mkxclbin of %s=>%s: %s" % (old, new, said))
    for line, its in REFUSED:
        said = tool(mkxclbin, "u50", texts["u50"].replace("slr=vn_cu_2:SLR1", line))
        expect(its in said and ".cfg:" in said, "mkxclbin of %s: %s" % (line, said))
    print("%d planted faults, %d lines refused" % (len(PLANTED), len(REFUSED)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
