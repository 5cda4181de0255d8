#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage of rtl/ from Verilator's data files, file by file, as a Markdown table.

A point counts as covered when some instance of its module reached it.  --missing lists the lines
that nothing reached.
"""
import argparse
import collections
import re


def read(paths):
    """{(file, line, column, kind, what): count}, summed over instances and files."""
    points = collections.Counter()
    for path in paths:
        with open(path, encoding="latin-1") as f:
            for line in f:
                m = re.match(r"C '(.*)' (\d+)$", line.rstrip("\n"))
                if not m:
                    continue
                fields = dict(x.split("\x02", 1) for x in m.group(1).split("\x01") if "\x02" in x)
                kind = fields.get("page", "").split("/")[0]
                key = (fields.get("f"), int(fields.get("l", 0)), fields.get("n"), kind,
                       fields.get("o"))
                points[key] += int(m.group(2))
    return points


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("data", nargs="+")
    p.add_argument("--out", help="write the table here")
    p.add_argument("--missing", action="store_true", help="list lines that nothing reached")
    args = p.parse_args()
    covered, every = collections.Counter(), collections.Counter()
    missing = collections.defaultdict(set)
    for (name, line, _, kind, _), count in read(args.data).items():
        if not name or "rtl/" not in name or kind not in ("v_line", "v_branch", "v_toggle"):
            continue
        name = name[name.index("rtl/"):]
        kind = "toggle" if kind == "v_toggle" else "line"
        every[name, kind] += 1
        covered[name, kind] += count > 0
        if kind == "line" and not count:
            missing[name].add(line)

    def share(names, kind):
        all_points = sum(every[n, kind] for n in names)
        done = sum(covered[n, kind] for n in names)
        return f"{done} of {all_points} ({100 * done / all_points:.1f} %)" if all_points else "–"

    names = sorted({n for n, _ in every})
    lines = ["| file | lines and branches | toggles |", "|---|---|---|"]
    lines += [f"| {n[4:]} | {share([n], 'line')} | {share([n], 'toggle')} |" for n in names]
    lines.append(f"| **all** | **{share(names, 'line')}** | **{share(names, 'toggle')}** |")
    text = "\n".join(lines) + "\n"
    if args.out:
        with open(args.out, "w") as f:
            f.write(text)
    print(text if not args.out else lines[-1])
    if args.missing:
        for name in names:
            if missing[name]:
                print(f"{name}: {' '.join(map(str, sorted(missing[name])))}")


if __name__ == "__main__":
    main()
