# SPDX-License-Identifier: Apache-2.0
"""A flat netlist as a graph: where signals start, how they pass cells, where they end."""
import re
from collections import defaultdict

from . import delays as d


class Graph:
    """start {net: (delay, cell, pin)}; arcs {net: [(net before, delay, cell, pin, kind)]}; ends [(net, setup, cell, pin)];
    sinks {net: [(cell, pin)]}; driver {net: cell}; unknown: types of cells without delays."""

    def __init__(self, netlist, pins):
        self.cells, self.ports = netlist["cells"], netlist["ports"]
        self.start, self.arcs, self.ends = {}, defaultdict(list), []
        self.sinks, self.driver = defaultdict(list), {}
        self.clocks, self.unknown = defaultdict(int), set()
        self.bare = []  # RAMs and DSPs without their output register
        self._name(netlist["names"])
        for name, cell in self.cells.items():
            self._connect(name, cell)
        for name, cell in self.cells.items():
            self._cell(name, cell)
        if pins:
            self._pins()

    def _name(self, names):
        """The best name of each net: not yosys' own, few dots, short."""
        best = {}
        self.name = {}
        for name, v in names.items():
            rank = (v["hidden"], name.count("$"), name.count("."), len(name))
            wide = len(v["bits"]) > 1
            for i, b in enumerate(v["bits"]):
                if isinstance(b, int) and (b not in best or rank < best[b]):
                    best[b] = rank
                    self.name[b] = f"{name}[{i}]" if wide else name

    def _connect(self, name, cell):
        for pin, bits in cell["connections"].items():
            way = cell["port_directions"].get(pin)
            for b in bits:
                if isinstance(b, int):
                    if way == "output":
                        self.driver[b] = name
                    else:
                        self.sinks[b].append((name, pin))

    def _pins(self):
        for port, v in self.ports.items():
            for b in v["bits"]:
                if not isinstance(b, int):
                    continue
                if v["direction"] == "input":
                    self.start.setdefault(b, (d.PIN_IN, f"pin {port}", port))
                else:
                    self.ends.append((b, d.PIN_OUT, f"pin {port}", port))

    # --- cells -------------------------------------------------------------------------------
    @staticmethod
    def bits(cell, *pins):
        return [b for p in pins for b in cell["connections"].get(p, []) if isinstance(b, int)]

    @staticmethod
    def parameter(cell, name):
        value = str(cell["parameters"].get(name, "0")).strip()
        if value in ("TRUE", "FALSE"):
            return int(value == "TRUE")
        return int(value, 2) if value and set(value) <= set("01") else 0

    def _inputs(self, cell):
        return [p for p, way in cell["port_directions"].items() if way == "input"]

    def _outputs(self, cell):
        return [p for p, way in cell["port_directions"].items() if way == "output"]

    def _end(self, name, cell, pin, setup):
        self.ends += [(b, setup, name, pin) for b in self.bits(cell, pin)]

    def _start(self, name, cell, pin, delay):
        for b in self.bits(cell, pin):
            self.start[b] = (delay, name, pin)

    def _arc(self, name, before, after, delay, pin, kind):
        for b in after:
            self.arcs[b] += [(a, delay, name, pin, kind) for a in before]

    def _clock(self, cell, *pins):
        for b in self.bits(cell, *pins):
            self.clocks[b] += 1

    def _cell(self, name, cell):
        kind = cell["type"]
        for pattern, method in (("FD|LD", self._flop), (r"LUT\d$|INV$|BUF$", self._lut), ("MUXF", self._muxf),
                                ("CARRY", self._carry), ("RAMB", self._bram), ("URAM", self._uram),
                                ("RAM", self._lutram), ("SRL", self._srl), ("DSP48E2", self._dsp)):
            if re.match(pattern, kind):
                method(name, cell)
                return
        if kind not in ("VCC", "GND", "$scopeinfo"):
            self.unknown.add(kind)

    def _flop(self, name, cell):
        self._clock(cell, "C")
        self._start(name, cell, "Q", d.FF_OUT)
        self._end(name, cell, "D", d.FF_D)
        for pin in ("CE", "R", "S", "CLR", "PRE"):
            self._end(name, cell, pin, d.FF_CONTROL)

    def _lut(self, name, cell):
        for pin in self._inputs(cell):
            self._arc(name, self.bits(cell, pin), self.bits(cell, "O"), d.LUT, pin, "LUT")

    def _muxf(self, name, cell):
        for pin in ("I0", "I1", "S"):
            self._arc(name, self.bits(cell, pin), self.bits(cell, "O"), d.MUXF, pin, "MUXF")

    def _carry(self, name, cell):
        n = len(cell["connections"]["O"])
        pin = {p: cell["connections"].get(p, []) for p in ("S", "DI", "O", "CO", "CI", "CYINIT")}

        def one(p, i):
            return [pin[p][i]] if i < len(pin[p]) and isinstance(pin[p][i], int) else []

        for i in range(n):
            for j in range(i + 1):
                later = d.CARRY_GENERATE + d.CARRY_BIT * (i - j)
                self._arc(name, one("S", j), one("O", i), d.CARRY_SUM if i == j else later, "S", "CARRY")
                self._arc(name, one("S", j), one("CO", i), later, "S", "CARRY")
                self._arc(name, one("DI", j), one("CO", i), later, "DI", "CARRY")
                if j < i:
                    self._arc(name, one("DI", j), one("O", i), later, "DI", "CARRY")
            for p in ("CI", "CYINIT"):
                self._arc(name, one(p, 0), one("O", i), d.CARRY_IN_SUM, p, "CARRY")
                self._arc(name, one(p, 0), one("CO", i), d.CARRY_IN_OUT if i == n - 1 else d.CARRY_IN_SUM, p, "CARRY")

    def _lutram(self, name, cell):
        self._clock(cell, "WCLK")
        outputs = self._outputs(cell)
        for pin in outputs:
            self._start(name, cell, pin, d.LUTRAM_OUT)
        for pin in self._inputs(cell):
            if pin == "WCLK":
                continue
            read = re.match(r"ADDR([A-H])$|(DPRA)\d*$|(A)\d*$", pin)
            for out in outputs if read else ():
                # RAM32M: ADDRx reads DOx; RAM64X1D: DPRA reads DPO, A reads SPO.
                if out in ("DPO", "SPO") and (out == "DPO") != bool(read.group(2)):
                    continue
                if out.startswith("DO") and read.group(1) and out[2] != read.group(1):
                    continue
                self._arc(name, self.bits(cell, pin), self.bits(cell, out), d.LUT, pin, "LUTRAM")
            if not pin.startswith("DPRA") and not (read and read.group(1) and read.group(1) not in "DH"):
                self._end(name, cell, pin, d.LUTRAM_WRITE if pin.startswith("WE") else d.LUTRAM_DATA)

    def _srl(self, name, cell):
        self._clock(cell, "CLK")
        for pin in ("Q", "Q31", "Q15"):
            self._start(name, cell, pin, d.SRL_OUT)
        self._end(name, cell, "D", d.SRL_DATA)
        self._end(name, cell, "CE", d.SRL_ENABLE)
        for pin in self._inputs(cell):
            if re.match(r"A\d?$", pin):
                self._arc(name, self.bits(cell, pin), self.bits(cell, "Q"), d.LUT, pin, "SRL")

    def _bram(self, name, cell):
        registered = {side: self.parameter(cell, f"DO{side}_REG") for side in "AB"}
        for pin in self._outputs(cell):
            side = "B" if re.match(r"(CAS)?DOUTP?B|DOBDO|DOPB", pin) else "A"
            self._start(name, cell, pin, d.BRAM_OUT_REGISTERED if registered[side] else d.BRAM_OUT)
            if not registered[side] and self.bits(cell, pin):
                self.bare.append((name, cell["type"], pin))
        for pin in self._inputs(cell):
            if pin.startswith("CLK"):
                self._clock(cell, pin)
            else:
                self._end(name, cell, pin, d.BRAM_DATA if pin.startswith("DIN") else d.BRAM_SETUP)

    def _uram(self, name, cell):
        self._clock(cell, "CLK")
        for pin in self._outputs(cell):
            side = "A" if pin.endswith("_A") else "B"
            registered = self.parameter(cell, f"OREG_{side}")
            self._start(name, cell, pin, (d.URAM_OUT_REGISTERED if registered else d.URAM_OUT)[side])
            if not registered and pin.startswith("DOUT") and self.bits(cell, pin):
                self.bare.append((name, cell["type"], pin))
        for pin in self._inputs(cell):
            if pin != "CLK":
                self._end(name, cell, pin, d.URAM_ADDRESS if pin.startswith(("ADDR", "BWE")) else d.URAM_SETUP)

    def _dsp(self, name, cell):
        self._clock(cell, "CLK")
        reg = {p: self.parameter(cell, f"{p}REG") for p in "ABCDMP"}
        out = ("P", "PCOUT")
        if reg["P"] or reg["M"] or reg["A"] or reg["B"]:
            for pin in out:
                self._start(name, cell, pin, d.DSP_P if reg["P"] else d.DSP_M if reg["M"] else d.DSP_INPUT)
        for pin in ("ACOUT", "BCOUT"):
            self._start(name, cell, pin, d.DSP_P)
        if not reg["P"] and self.bits(cell, *out):
            self.bare.append((name, "DSP48E2", "P"))
        for pin in self._inputs(cell):
            if pin == "CLK":
                continue
            if pin in ("PCIN", "ACIN", "BCIN", "CARRYCASCIN", "MULTSIGNIN"):
                self._end(name, cell, pin, d.DSP_CASCADE)
            elif reg.get(pin):
                self._end(name, cell, pin, d.DSP_SETUP)
            elif pin not in ("A", "B", "C", "D"):
                self._end(name, cell, pin, d.DSP_CONTROL)
            elif reg["M"] and pin != "C":
                self._end(name, cell, pin, d.DSP_TO_M)
            elif reg["P"]:
                self._end(name, cell, pin, d.DSP_C_TO_P if pin == "C" else d.DSP_TO_P)
            else:
                delay = d.DSP_C_THROUGH if pin == "C" else d.DSP_THROUGH
                self._arc(name, self.bits(cell, pin), self.bits(cell, *out), delay, pin, "DSP")

    # --- nets --------------------------------------------------------------------------------
    def routing(self, model, net, cell, pin):
        """Delay of @net to that sink."""
        fanout = len(self.sinks[net])
        if cell not in self.cells:
            return 0.0
        to = self.cells[cell]["type"]
        driver = self.driver.get(net)
        source = self.cells[driver]["type"].replace("INV", "LUT1") if driver else ""  # an inverter is a LUT, placed as one
        if to.startswith("CARRY") and (pin == "CI" or (pin in ("S", "DI") and source.startswith("LUT") and fanout <= 2)):
            return d.NET_IN_SLICE
        if to.startswith("MUXF") and pin != "S":
            return d.NET_TO_MUXF
        if to.startswith("FD") and pin == "D" and fanout == 1 and source.startswith(("LUT", "CARRY", "MUXF")):
            return d.NET_TO_OWN_FF
        if to == "DSP48E2" and pin in ("PCIN", "ACIN", "BCIN"):
            return 0.0
        column = d.NET_TO_COLUMN if to.startswith(("URAM", "RAMB", "DSP")) else 0.0
        return d.net(model, fanout) + column
