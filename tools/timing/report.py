# SPDX-License-Identifier: Apache-2.0
"""What an analysis says, for people and as JSON."""
from collections import Counter, defaultdict

from .sta import bus


def causes(analysis, most):
    """The worst path of each cause: one for each pair of buses that a path starts and ends at, and one an end."""
    seen, rows = set(), []
    for at, net, cell, pin in analysis.ends:
        end = analysis.end_name(cell, pin)
        if bus(end) in seen:
            continue
        seen.add(bus(end))
        nets = analysis.path(net)
        kinds = analysis.levels(nets)
        rows.append({"ns": round(at, 3), "start": analysis.start_name(nets[0]), "end": end, "at": analysis.where(cell),
                     "levels": kinds["LUT"] + kinds["LUTRAM"] + kinds["SRL"] + kinds["DSP"], "carry": kinds["CARRY"],
                     "fanout": max(len(analysis.graph.sinks[n]) for n in nets),
                     "nets": [(round(analysis.arrival[n], 2), len(analysis.graph.sinks[n]), analysis.graph.name.get(n, "?"))
                              for n in nets]})
        if len(rows) == most:
            break
    return rows


def fanouts(graph, least):
    """Nets of more than @least sinks, clocks apart: [(sinks, name, {pins})]."""
    rows = []
    for net, sinks in graph.sinks.items():
        if len(sinks) > least and net not in graph.clocks:
            pins = Counter(p if graph.cells[c]["type"].startswith("FD") else f"{graph.cells[c]['type']}.{p.rstrip('0123456789')}"
                           for c, p in sinks)
            rows.append((len(sinks), graph.name.get(net, "?"), dict(pins.most_common(3))))
    return sorted(rows, reverse=True)


def control_sets(graph):
    """Flip-flops and the distinct pairs of enable and reset that they hang on."""
    sets = defaultdict(int)
    for cell in graph.cells.values():
        if cell["type"].startswith("FD"):
            pins = cell["connections"]
            sets[str((pins.get("CE"), pins.get("R") or pins.get("S") or pins.get("CLR") or pins.get("PRE")))] += 1
    return sum(sets.values()), len(sets)


def summary(name, analysis, period, most):
    """Everything about one module or unit, as JSON holds it."""
    graph = analysis.graph
    flops, sets = control_sets(graph)
    bare = Counter((bus(cell.split("$")[0]), kind) for cell, kind, _ in graph.bare)
    return {"module": name, "nets": analysis.model, "worst_ns": round(analysis.ends[0][0], 3) if analysis.ends else 0.0,
            "end_points": len(analysis.ends), "period_ns": period,
            "over_period": sum(e[0] > period for e in analysis.ends),
            "causes": causes(analysis, most), "fanout": fanouts(graph, 256),
            "unregistered_outputs": [{"cell": c, "type": k, "pins": n} for (c, k), n in sorted(bare.items())],
            "flip_flops": flops, "control_sets": sets, "clocks": [graph.name.get(c, "?") for c in graph.clocks],
            "unknown_cells": sorted(graph.unknown)}


def show(s, detail):
    print(f"{s['module']}: worst path {s['worst_ns']:.2f} ns ({s['nets']} nets), {s['over_period']} of {s['end_points']} end points "
          f"over {s['period_ns']:.2f} ns")
    for c in s["causes"]:
        print(f"  {c['ns']:5.2f} ns  {c['levels']:2d} LUT {c['carry']:2d} carry  {c['start']} -> {c['end']}  fan-out {c['fanout']}"
              + (f"  [{c['at']}]" if c["at"] else ""))
        for at, sinks, name in c["nets"] if detail else ():
            print(f"          {at:5.2f}  {sinks:5d}  {name}")
    for sinks, name, pins in s["fanout"]:
        print(f"  fan-out {sinks}: {name} {pins}")
    for b in s["unregistered_outputs"]:
        print(f"  no output register: {b['cell']} ({b['type']}), {b['pins']} pins")
    print(f"  {s['flip_flops']} flip-flops in {s['control_sets']} control sets; clocks: {', '.join(s['clocks']) or 'none'}")
    if len(s["clocks"]) > 1:
        print("  MORE THAN ONE CLOCK: paths between them are not analysed")
    if s["unknown_cells"]:
        print(f"  cells without delays: {' '.join(s['unknown_cells'])}")
