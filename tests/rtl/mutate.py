#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeded bugs of rtl/: all those of some modules in one copy, of which +mutant=N chooses one at run time.

    mutate.py OUT MODULE...               OUT/MODULE.sv with every mutant of tests/rtl/mutants/MODULE, OUT/vn_mutant_pkg.sv,
                                          and OUT/list: a number and a name a line
    mutate.py --only NAME OUT MODULE...   OUT/MODULE.sv with that mutant alone and for good, as yosys reads it

A list of mutants is text; what stands before the first name is a comment:

    NAME
    - the text to replace, which must stand in the module exactly once; blanks and line ends all count as one blank
    + the text in its place

Either may have several such lines.  Text that ends with `;` is statements, other text is an expression of its own.  To tell two
places apart, write more of the line and mark what is replaced @like this@.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = ROOT / "tests/rtl/mutants"


class Mutant:
    def __init__(self, name, module, old, new, text):
        self.name, self.new = name, new
        before, marked, after = (old.split("@") if old.count("@") == 2 else ["", old, ""])
        parts = [r"\s*".join(re.escape(t) for t in re.findall(r"\w+|\S", p)) for p in (before, marked, after)]
        found = list(re.finditer(r"{}\s*({})\s*{}".format(*parts), text))
        if len(found) != 1:
            sys.exit(f"mutate: {name}: its text stands {len(found)} times in {module}: {old}")
        self.start, self.end = found[0].span(1)
        self.statement = marked.rstrip().endswith(";")


def source(module):
    path = ROOT / f"rtl/{module}.sv"
    return (path if path.exists() else ROOT / f"rtl/sim/{module}.sv").read_text()


def read_list(module, text):
    blocks = []
    for line in (LISTS / module).read_text().splitlines():
        if line[:1] in "-+" and line and blocks:
            blocks[-1][line[0]].append(line[1:].strip())
        elif re.fullmatch(r"[A-Z][A-Z0-9_]*", line):
            blocks.append({"name": line, "-": [], "+": []})
    return [Mutant(b["name"], module, " ".join(b["-"]), "\n".join(b["+"]), text) for b in blocks]


def choice(number, mutant, old):
    chosen = f"vn_mutant_pkg::chosen == {number}"
    if mutant.statement:
        return f"begin if ({chosen}) begin {mutant.new} end else begin {old} end end"
    return f"({chosen} ? ({mutant.new}) : ({old}))"


def render(text, start, end, mutants, numbers):
    """text[start:end] with its mutants; one may lie inside another."""
    out, at, rest = "", start, sorted(mutants, key=lambda m: (m.start, -m.end))
    while rest:
        outer = rest[0]
        same = [m for m in rest if (m.start, m.end) == (outer.start, outer.end)]
        inner = [m for m in rest if m not in same and m.start < outer.end]
        for m in inner:
            if m.end > outer.end:
                sys.exit(f"mutate: {outer.name} and {m.name} overlap")
        part = render(text, outer.start, outer.end, inner, numbers)
        for m in same:
            part = choice(numbers[m], m, part)
        out += text[at:outer.start] + part
        at, rest = outer.end, [m for m in rest if m not in same and m not in inner]
    return out + text[at:end]


PACKAGE = """// Which mutant is at work: +mutant=N, none without.
package vn_mutant_pkg;
  int unsigned chosen = choose();
  function automatic int unsigned choose();
    if (!$value$plusargs("mutant=%d", choose)) choose = 0;
  endfunction
endpackage
"""


def main(args):
    only = None
    if args[0] == "--only":
        only, args = args[1], args[2:]
    out, modules = pathlib.Path(args[0]), args[1:]
    out.mkdir(parents=True, exist_ok=True)
    numbers, lines = {}, []
    for module in modules:
        text = source(module)
        mutants = read_list(module, text)
        if only:
            for m in (m for m in mutants if m.name == only):
                lines.append(m.name)
                text = text[:m.start] + m.new + text[m.end:]
        else:
            for m in mutants:
                numbers[m] = len(numbers) + 1
                lines.append(f"{numbers[m]} {m.name}")
            text = render(text, 0, len(text), mutants, numbers)
        (out / f"{module}.sv").write_text(text)
    if only and len(lines) != 1:
        sys.exit(f"mutate: {len(lines)} mutants {only} of {' '.join(modules)}")
    if not only:
        (out / "vn_mutant_pkg.sv").write_text(PACKAGE)
        (out / "list").write_text("".join(f"{line}\n" for line in lines))


main(sys.argv[1:])
