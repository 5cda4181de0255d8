# SPDX-License-Identifier: Apache-2.0
"""Budgets: what each module may take, and the hash of what was measured.

A row is "module ns hash": the longest path with pins, nominal nets, of the slowest instance.  A module whose hash is the file's was
measured when the row was written, so --check looks at what has changed only; --all measures everything again.
"""
import hashlib
import os

HEAD = """# Nominal ns of each module's longest path with its pins, and the hash of what was measured: rtl_timing.py --write-budgets.
# A module that takes more than its row fails the test: mend the path.  Raise a row by hand only, and say why in the commit.
"""
SLACK = 0.005  # of rounding


def named(design):
    """[(name, its elaborated modules)] of all units in the design."""
    rows = [(name, design.modules(name)) for name in sorted(design.units)]
    return [(name, found) for name, found in rows if found and name != "vn_cu"]


def digest(design, modules):
    return hashlib.sha256("".join(sorted(design.digest(m, lines=False) for m in modules)).encode()).hexdigest()[:12]


def read(path):
    rows = {}
    if not os.path.exists(path):
        return rows
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, ns, seen = line.split()
                rows[name] = (float(ns), seen)
    return rows


def worst(measure, modules):
    """The slowest of them: (ns, analysis)."""
    found = [measure(m) for m in modules]
    best = max(found, key=lambda a: a.ends[0][0] if a.ends else 0.0)
    return (best.ends[0][0] if best.ends else 0.0), best


def write(design, measure, path, _all):
    """All rows; a run that was cut off goes on where the cache of netlists ends."""
    rows, todo = [], named(design)
    for i, (name, modules) in enumerate(todo, 1):
        ns, _ = worst(measure, modules)
        print(f"{i}/{len(todo)} {name} {ns:.2f}", flush=True)
        rows.append(f"{name} {ns:.2f} {digest(design, modules)}\n")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.writelines([HEAD, *rows])
    os.replace(path + ".new", path)
    return 0


def check(design, measure, path, everything):
    rows, bad, measured = read(path), 0, 0
    for name, modules in named(design):
        if name not in rows:
            print(f"FAIL {name} has no budget: rtl_timing.py --module {name}, then a row in {path}")
            bad += 1
            continue
        most, seen = rows.pop(name)
        if seen == digest(design, modules) and not everything:
            continue
        ns, analysis = worst(measure, modules)
        measured += 1
        if ns > most + SLACK:
            at, net, cell, pin = analysis.ends[0]
            print(f"FAIL {name}: {ns:.2f} ns, at most {most:.2f}: {analysis.start_name(analysis.path(net)[0])} -> "
                  f"{analysis.end_name(cell, pin)} [{analysis.where(cell)}]")
            bad += 1
        else:
            print(f"ok {name}: {ns:.2f} ns, at most {most:.2f}")
    for name in rows:
        print(f"FAIL {name} has a budget and is no module")
        bad += 1
    print(f"timing: {measured} modules measured, {bad} too slow or unknown")
    return 1 if bad else 0
