# SPDX-License-Identifier: Apache-2.0
"""Netlists by yosys: rtl/ is elaborated once, each unit (a module of UNITS) is synthesised apart and kept by the hash of what it is
made of, and the units are put together again.

A module that is no unit is flattened into the unit that contains it, as Vivado would: a hierarchy of small modules costs levels.
"""
import hashlib
import json
import os
import re
import subprocess
import tempfile

# Modules that are synthesised apart: engines, shared parts, and what occurs many times.
UNITS = ("vn_cu vn_control vn_sequencer vn_check vn_check_program vn_dispatch vn_issue vn_tokens vn_status vn_counters "
         "vn_axi_read vn_axi_write vn_load vn_store vn_act vn_mm vn_array_dsp vn_array_pair vn_chain_add "
         "vn_psum vn_psum_add vn_post vn_requant vn_dw vn_dw_lane vn_mid").split()
CELLS = "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v"
SYNTHESIS = ("synth_xilinx -family xcup -flatten -noiopad -noclkbuf -abc9 -top {top}; proc =*FD*; clean; "
             "write_json {out}")


class Failed(Exception):
    """yosys did not do it; the message is its last words."""


def yosys(script, folder):
    """Run @script; yosys' warnings are its own affair."""
    log = os.path.join(folder, "yosys.log")
    with open(os.path.join(folder, "script.ys"), "w", encoding="utf-8") as f:
        f.write(script.replace("; ", "\n") + "\n")
    done = subprocess.run(["yosys", "-q", "-l", log, os.path.join(folder, "script.ys")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Failed(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"yosys: exit {done.returncode}")


def base(name):
    """vn_fifo of $paramod$0123\\vn_fifo or $paramod\\vn_fifo\\WIDTH=..."""
    found = re.search(r"vn_\w+", name)
    return found.group() if found else name.lstrip("\\")


class Design:
    """The elaborated design: text of each module in yosys' RTLIL, and who contains whom."""

    def __init__(self, sources, top, parameters, cache, also=()):
        self.cache = cache
        self.units = set(UNITS) | set(also) | {top}
        version = subprocess.run(["yosys", "-V"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("(")[0]
        self.version = version.strip()
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "design.il")
            sets = "".join(f" -set {k} {v}" for k, v in parameters.items())
            yosys(f"{CELLS}; read_verilog -sv -noassert -DSYNTHESIS {' '.join(sources)}; "
                  + (f"chparam{sets} {top}; " if sets else "")
                  + f"hierarchy -check -top {top}; write_rtlil {out}", folder)
            with open(out, encoding="utf-8") as f:
                self._split(f.read())
        self.top = "\\" + top

    def _split(self, text):
        """Modules of @text, under names that a script of yosys can hold: vn_fifo_1a2b3c of $paramod\\vn_fifo\\WIDTH=..."""
        found = {m: body for m, body in re.findall(r"(?ms)^module (\S+)\n(.*?^end)$", text) if "vn_" in m}
        alias = {m: m if m == "\\" + base(m) else f"\\{base(m)}_{hashlib.sha256(m.encode()).hexdigest()[:8]}" for m in found}

        def renamed(line):
            return f"  cell {alias.get(line.group(1), line.group(1))} "

        self.text = {alias[m]: f"module {alias[m]}\n" + re.sub(r"(?m)^  cell (\S+) ", renamed, body) + "\n"
                     for m, body in found.items()}
        self.kind = {alias[m]: base(m) for m in found}
        self.children = {m: sorted({t for t in re.findall(r"(?m)^  cell (\S+) ", body) if t in self.text})
                         for m, body in self.text.items()}

    def modules(self, name):
        """The elaborated modules called @name, below the top."""
        seen, todo = [], [self.top]
        while todo:
            m = todo.pop()
            if m not in seen:
                seen.append(m)
                todo += self.children[m]
        return [m for m in seen if self.kind[m] == name]

    def cone(self, module):
        """What is synthesised together with @module, and the units inside it."""
        inside, below, todo = [], set(), [module]
        while todo:
            m = todo.pop()
            if m != module and self.kind[m] in self.units:
                below.add(m)
            elif m not in inside:
                inside.append(m)
                todo += self.children[m]
        return sorted(inside), sorted(below)

    def digest(self, module, lines=True):
        """Hash of all that the netlist of @module, units below included, is made of; @lines: with line numbers."""
        inside, below = self.cone(module)
        h = hashlib.sha256(f"{self.version} {SYNTHESIS} {module}".encode())
        for m in inside:
            text = self.text[m]
            if not lines:
                text = re.sub(r"(?m)^ *attribute .*\n", "", text)
                text = re.sub(r"[\w/.$-]*\.sv:\d+(\.\d+)?(-\d+(\.\d+)?)?(\$\d+)?", "", text)
                text = re.sub(r"\$\d+", "", text)
            h.update(text.encode())
        for m in below:
            h.update(self.digest(m, lines).encode())
        return h.hexdigest()[:20]

    def netlist(self, module):
        """The synthesised @module as yosys' JSON has it, from the cache or made."""
        path = os.path.join(self.cache, f"{self.kind[module]}-{self.digest(module)}.json")
        if not os.path.exists(path):
            self._synthesise(module, path)
        with open(path, encoding="utf-8") as f:
            return json.load(f)

    def _synthesise(self, module, path):
        os.makedirs(self.cache, exist_ok=True)
        inside, below = self.cone(module)
        with tempfile.TemporaryDirectory() as folder:
            design, out = os.path.join(folder, "in.il"), os.path.join(folder, "out.json")
            with open(design, "w", encoding="utf-8") as f:
                f.write("".join(self.text[m] for m in inside + below))
            boxes = "".join(f"blackbox {m[1:]}; " for m in below)
            yosys(f"{CELLS}; read_rtlil {design}; {boxes}" + SYNTHESIS.format(top=module[1:], out=out), folder)
            with open(out, encoding="utf-8") as f:
                found = json.load(f)["modules"]
            with open(path + f".{os.getpid()}", "w", encoding="utf-8") as f:
                json.dump(found[module[1:]], f)
            os.replace(path + f".{os.getpid()}", path)


def flatten(design, module):
    """One netlist of @module and all units below: cells {path: cell}, names {path: bits}, ports."""
    cells, names, counter = {}, {}, [2]

    def add(mod, prefix, pins):
        net = design.netlist(mod)
        bits = {}
        for port, bound in pins.items():
            if port in net["ports"]:
                for b, outer in zip(net["ports"][port]["bits"], bound):
                    if isinstance(b, int):
                        bits.setdefault(b, outer)

        def bit(b):
            if not isinstance(b, int):
                return b
            if b not in bits:
                bits[b] = counter[0]
                counter[0] += 1
            return bits[b]

        for name, v in net["netnames"].items():
            names[prefix + name] = {"bits": [bit(b) for b in v["bits"]], "hidden": v.get("hide_name", 0)}
        for name, cell in net["cells"].items():
            pins_of = {p: [bit(b) for b in bs] for p, bs in cell["connections"].items()}
            below = "\\" + cell["type"]
            if below in design.text:
                add(below, f"{prefix}{name}.", pins_of)
            else:
                cells[prefix + name] = dict(cell, connections=pins_of)
        return {p: [bit(b) for b in v["bits"]] for p, v in net["ports"].items()}, net["ports"]

    bound, ports = add(module, "", {})
    return {"cells": cells, "names": names,
            "ports": {p: {"direction": ports[p]["direction"], "bits": bits} for p, bits in bound.items()}}
