# SPDX-License-Identifier: Apache-2.0
"""Longest paths from register to register."""
import re
from collections import Counter


class Analysis:
    """Arrival at every end of @graph under net model @model: paths, the longest first."""

    def __init__(self, graph, model):
        self.graph, self.model = graph, model
        self.arrival, self.before = {}, {}
        ends = []
        for net, setup, cell, pin in graph.ends:
            at = self._reach(net)
            if at is not None:
                ends.append((at + graph.routing(model, net, cell, pin) + setup, net, cell, pin))
        self.ends = sorted(ends, key=lambda e: (-e[0], e[2], e[3]))

    def _reach(self, goal):
        """Latest time at which net @goal settles at its driver; None: it starts nowhere.  A loop of logic is cut where it closes."""
        arrival, before, graph = self.arrival, self.before, self.graph
        stack, open_ = [goal], set()
        while stack:
            net = stack[-1]
            if net in arrival:
                stack.pop()
                continue
            arcs = graph.arcs.get(net, ())
            missing = [a[0] for a in arcs if a[0] not in arrival and a[0] not in open_]
            if missing and net not in open_:
                open_.add(net)
                stack.extend(missing)
                continue
            start = graph.start.get(net)
            best, how = (start[0], None) if start else (None, None)
            for source, delay, cell, pin, kind in arcs:
                at = arrival.get(source)
                if at is None:
                    continue
                at += graph.routing(self.model, source, cell, pin) + delay
                if best is None or at > best:
                    best, how = at, (source, kind)
            arrival[net], before[net] = best, how
            open_.discard(net)
            stack.pop()
        return arrival[goal]

    def path(self, net):
        """The nets of the longest path to @net, its start first."""
        nets = [net]
        while self.before.get(nets[-1]):
            nets.append(self.before[nets[-1]][0])
        return nets[::-1]

    def levels(self, nets):
        """How many cells of each kind lie between them."""
        return Counter(self.before[n][1] for n in nets if self.before.get(n))

    # --- words ---------------------------------------------------------------------------------
    def end_name(self, cell, pin):
        """register.CE, memory(RAMB36E2).ADDR..., pin y_ready"""
        if cell not in self.graph.cells:
            return cell
        c = self.graph.cells[cell]
        if c["type"].startswith(("FD", "SRL")):
            q = self.graph.bits(c, "Q")
            return f"{self.graph.name.get(q[0], cell) if q else cell}.{pin}"
        return f"{cell.split('$')[0].rstrip('.') or cell}({c['type']}).{pin}"

    def start_name(self, net):
        start = self.graph.start.get(net)
        if start and start[1].startswith("pin "):
            return start[1]
        return self.graph.name.get(net, "?")

    def where(self, cell):
        """file.sv:line of the end, of yosys' src attribute; mapped RAMs have none of ours."""
        src = self.graph.cells.get(cell, {}).get("attributes", {}).get("src", "")
        found = re.search(r"(\w+\.sv):(\d+)", src)
        return f"{found.group(1)}:{found.group(2)}" if found else ""


def bus(name):
    """All bits, copies and instances of a thing are one."""
    return re.sub(r"\d+", "#", re.sub(r"\$.*", "$", name))
