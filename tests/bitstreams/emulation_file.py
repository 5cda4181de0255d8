# SPDX-License-Identifier: Apache-2.0
"""Read an hw_emu .xclbin independently and hold it against the recipe, cards.def, spec/cu.def and its manifest.

emulation_file.py FILE CARD RxC UNITS"""
import io
import json
import re
import struct
import sys
import xml.etree.ElementTree as ET
import zipfile

import axlf
import recipes

PARTS = ["card.json", "libvn_rtl_%s.so", "simulate.sh", "vn_device"]
TYPES = {"HBM": 6, "DDR": 1}  # MEM_HBM, MEM_DDR4


def fnv1a(words):
    h = 2166136261
    for b in struct.pack("<%dI" % len(words), *words):
        h = ((h ^ b) * 16777619) & 0xffffffff
    return h


def spec():
    """Arguments in order: name, port, offset, bytes."""
    with open("spec/cu.def") as f:
        text = f.read()
    regs = {n: (int(o, 16), int(b)) for n, o, b in re.findall(r"^VN_REG\((\w+), *(0x\w+), (\d+),", text, re.M)}
    args = re.findall(r"^VN_ARG\((\w+), *(\d), (\w+), *(.*)\)$", text, re.M)
    assert [int(i) for _, i, _, _ in args] == list(range(9))
    return [(n.lower(), port, regs[n][0], regs[n][1]) for n, _, port, _ in args]


def check_kernel(kernel, args):
    assert kernel.get("name") == "vn_cu" and kernel.get("vlnv") == "vanillin:kernel:vn_cu:1.0"
    assert kernel.get("hwControlProtocol") == "ap_ctrl_hs"
    ports = {p.get("name"): p for p in kernel.iter("port")}
    assert set(ports) == {"s_axi_control", "m_axi_program", "m_axi_weights", "m_axi_maps"}
    control = int(ports["s_axi_control"].get("range"), 16)
    assert ports["s_axi_control"].get("mode") == "slave"
    found = list(kernel.iter("arg"))
    assert len(found) == len(args)
    for i, (a, (name, port, offset, size)) in enumerate(zip(found, args)):
        scalar = port == "control"
        assert a.get("name") == name and int(a.get("id")) == i
        assert a.get("port") == ("s_axi_control" if scalar else "m_axi_" + port), name
        assert int(a.get("offset"), 16) == offset and int(a.get("size"), 16) == size == int(a.get("hostSize"), 16)
        assert a.get("addressQualifier") == ("0" if scalar else "1") and offset + size <= control


def main(path, card, size, n):
    n, x, args = int(n), axlf.read(path), spec()
    facts = recipes.cards()[card]
    with open("bitstreams/%s.cfg" % card) as f:
        units, clock = recipes.parse(f.read())
    names = list(units)[:n]

    assert x["mode"] == 4 and x["platform"] == facts["platform"] and x["n"] == 6
    memory = axlf.memory(x["MEM_TOPOLOGY"])
    assert [m["tag"] for m in memory] == list(facts["bank"])
    spans = sorted((m["base"], m["base"] + 1024 * m["kib"]) for m in memory)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:])), "banks overlap"
    used = {units[u][m] for u in names for m in recipes.MASTERS}
    assert {m["tag"] for m in memory if m["used"]} == used
    assert all(m["type"] == TYPES[m["tag"][:3]] for m in memory)

    ip = axlf.units(x["IP_LAYOUT"])
    assert [u["name"] for u in ip] == ["vn_cu:" + u for u in names] and all(u["type"] == 1 for u in ip)
    assert all(b["base"] - a["base"] == 0x10000 for a, b in zip(ip, ip[1:]))
    expected = [(i, u, [m["tag"] for m in memory].index(units[name][a[1]]))
                for u, name in enumerate(names) for i, a in enumerate(args) if a[1] != "control"]
    assert axlf.connections(x["CONNECTIVITY"]) == expected
    assert axlf.clocks(x["CLOCK_FREQ_TOPOLOGY"]) == [("DATA_CLK", 1, clock)]

    kernel = ET.fromstring(x["EMBEDDED_METADATA"]).find("platform/device/core/kernel")
    check_kernel(kernel, args)
    instances = [(i.get("name"), int(i.find("addrRemap").get("base"), 16)) for i in kernel.iter("instance")]
    assert instances == [(name, u["base"]) for name, u in zip(names, ip)]

    with zipfile.ZipFile(io.BytesIO(x["BITSTREAM"])) as z:
        assert z.testzip() is None
        folder = "behav_waveform/xsim/"
        assert z.namelist() == [folder + (p % size if "%s" in p else p) for p in PARTS], z.namelist()
        assert all(i.external_attr >> 16 & 0o111 for i in z.infolist() if i.filename.endswith(("simulate.sh", "vn_device")))
        tells = json.loads(z.read(folder + "card.json"))
    rows, cols = map(int, size.split("x"))
    assert tells["format"] == 1 and tells["card"] == card and tells["platform"] == facts["platform"] and tells["kernel"] == "vn_cu"
    assert tells["config"][:3] == [2, rows, cols] and tells["clock_mhz"] == clock and tells["plugin"] == PARTS[1] % size
    assert [(u["name"], int(u["base"], 16), u["range"]) for u in tells["units"]] == [(n, u["base"], 0x10000) for n, u in zip(names, ip)]
    assert [(b["name"], int(b["base"], 16), b["bytes"]) for b in tells["banks"]] == [(m["tag"], m["base"], 1024 * m["kib"]) for m in memory]

    with open(path.rsplit("/", 1)[0] + "/manifest.json") as f:
        manifest = json.load(f)
    entry = [e for e in manifest["files"] if e["file"] == path.rsplit("/", 1)[1]]
    assert manifest["format"] == 1 and entry == [{
        "file": path.rsplit("/", 1)[1], "card": card, "platform": facts["platform"], "mode": "hw_emu", "made_from": "rtl",
        "config": tells["config"], "hash": "%08x" % fnv1a(tells["config"]), "units": n, "clock_mhz": clock, "uuid": x["uuid"]}]


if __name__ == "__main__":
    if sys.argv[1] == "kernel":  # kernel.xml on stdin
        check_kernel(ET.fromstring(sys.stdin.read()).find("kernel"), spec())
    else:
        main(*sys.argv[1:])
