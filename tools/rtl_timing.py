#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rtl_timing.py - a static timing estimate of rtl/ before placement (docs/timing.md).

  rtl_timing.py --module vn_post           one module with its pins (more than one: repeat it)
  rtl_timing.py --unit                     all of vn_cu in one
  rtl_timing.py --check                    every module of the budget file: exit 1 if one is slower than it may be
  rtl_timing.py --write-budgets            measure them all and write the file
"""
import argparse
import glob
import json
import os
import sys

from timing import budget, netlist, report
from timing.graph import Graph
from timing.sta import Analysis

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--module", action="append", default=[], metavar="NAME")
    p.add_argument("--unit", action="store_true", help="all of --top")
    p.add_argument("--check", action="store_true")
    p.add_argument("--write-budgets", action="store_true")
    p.add_argument("--all", action="store_true", help="with --check: measure what has not changed too")
    p.add_argument("--rtl", default=os.path.join(HERE, "..", "rtl"), metavar="FOLDER")
    p.add_argument("--source", action="append", default=[], metavar="FILE", help="instead of --rtl's files")
    p.add_argument("--top", default="vn_cu")
    p.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="of the top")
    p.add_argument("--nets", default="nominal", choices=["optimistic", "nominal", "pessimistic"])
    p.add_argument("--period", type=float, default=3.333, metavar="NS")
    p.add_argument("--paths", type=int, default=12, metavar="N")
    p.add_argument("--detail", action="store_true", help="every net of a path")
    p.add_argument("--json", action="store_true")
    p.add_argument("--cache", default=os.environ.get("VN_TIMING_CACHE", "build/timing"), metavar="FOLDER")
    p.add_argument("--budgets", default=os.path.join(HERE, "timing", "budgets.txt"), metavar="FILE")
    return p.parse_args()


def sources(folder):
    """Packages first; without what only simulation has."""
    packages = [os.path.join(folder, f) for f in ("gen/vn_spec_pkg.sv", "vn_check_pkg.sv", "vn_cu_pkg.sv")]
    return packages + [f for f in sorted(glob.glob(os.path.join(folder, "vn_*.sv")))
                       if f not in packages and not f.endswith(("_flat.sv", "_dpi.sv"))]


def analyse(design, module, nets, pins):
    return Analysis(Graph(netlist.flatten(design, module), pins), nets)


def main():
    a = arguments()
    parameters = dict(x.split("=", 1) for x in a.param)
    if a.top == "vn_cu":
        parameters = {"R": 32, "C": 64, "ARRAY_FLAVOUR": 0, **parameters}
    try:
        design = netlist.Design(a.source or sources(a.rtl), a.top, parameters, a.cache, also=a.module)
        if a.check or a.write_budgets:
            def measure(module):
                return analyse(design, module, "nominal", True)
            return (budget.write if a.write_budgets else budget.check)(design, measure, a.budgets, a.all)
        results = []
        for name in a.module:
            found = design.modules(name)
            if not found:
                print(f"rtl_timing: {a.top} contains no module {name}", file=sys.stderr)
                return 2
            results += [report.summary(name, analyse(design, m, a.nets, True), a.period, a.paths) for m in found]
        if a.unit:
            results.append(report.summary(a.top, analyse(design, design.top, a.nets, True), a.period, a.paths))
    except netlist.Failed as e:
        print(f"rtl_timing: {e}", file=sys.stderr)
        return 1
    if a.json:
        print(json.dumps(results))
    else:
        for r in results:
            report.show(r, a.detail)
    return 0


if __name__ == "__main__":
    sys.exit(main())
