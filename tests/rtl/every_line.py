#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks one module in every way of a fixed list, all in one copy as mutate.py makes it: each operator of a comparison, sum, and, or;
each condition of an if turned round; each assignment left out; in always blocks and assigns.

    every_line.py OUT MODULE      OUT/MODULE.sv, OUT/vn_mutant_pkg.sv and OUT/list: a number and LINE:WHAT a line
"""
import pathlib
import sys

import pyslang

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTHER = {"==": "!=", "!=": "==", "<": ">=", "<=": "<", ">": "<=", ">=": ">", "+": "-", "-": "+", "&&": "||", "||": "&&", "&": "|",
         "|": "&", "^": "|", "<<": ">>", ">>": "<<"}
SKIPPED = ("RangeSelect", "SimpleRangeSelect", "AscendingRangeSelect", "DescendingRangeSelect", "ImmediateAssertStatement", "FunctionDeclaration", "DataDeclaration", "ParameterDeclarationStatement", "CastExpression")
PACKAGE = """// Which mutant is at work: +mutant=N, none without.
package vn_mutant_pkg;
  int unsigned chosen = choose();
  function automatic int unsigned choose();
    if (!$value$plusargs("mutant=%d", choose)) choose = 0;
  endfunction
endpackage
"""


class Breaker:
    def __init__(self, text):
        self.text, self.found = text, []

    def chosen(self, line, what):
        self.found.append(f"{line}:{what}")
        return f"vn_mutant_pkg::chosen == {len(self.found)}"

    def line(self, node):
        return self.text.count("\n", 0, node.sourceRange.start.offset) + 1

    def emit(self, node, live):
        """The node's text with the mutants in it.  live: in an always block or on the right of an assign."""
        start, end = node.sourceRange.start.offset, node.sourceRange.end.offset
        kind = str(node.kind).rsplit(".", 1)[-1]
        live = (live or kind in ("AlwaysFFBlock", "AlwaysCombBlock", "ContinuousAssign")) and kind not in SKIPPED
        out, at = "", start
        for child in [node.statement] if kind == "ForLoopStatement" else node:
            if not isinstance(child, pyslang.syntax.SyntaxNode) or child.sourceRange.start.offset < at:
                continue  # a token, or nothing
            s, e = child.sourceRange.start.offset, child.sourceRange.end.offset
            if e > s:
                out += self.text[at:s] + self.emit(child, live)
                at = e
        out += self.text[at:end]
        return self.wrap(node, kind, out) if live else out

    def wrap(self, node, kind, out):
        plain = self.text[node.sourceRange.start.offset:node.sourceRange.end.offset]
        if isinstance(node, pyslang.syntax.BinaryExpressionSyntax):
            op = node.operatorToken.valueText
            if kind.endswith("AssignmentExpression") or op not in OTHER:
                return out
            left, right = (self.text[x.sourceRange.start.offset:x.sourceRange.end.offset] for x in (node.left, node.right))
            return f"({self.chosen(self.line(node), op)} ? ({left} {OTHER[op]} {right}) : ({out}))"
        if kind == "ConditionalPredicate":
            return f"({self.chosen(self.line(node), 'if')} ? !({plain}) : ({out}))"
        if kind == "ExpressionStatement":
            return f"begin if (!({self.chosen(self.line(node), 'statement')})) {out} end"
        return out


def main(out, module):
    path = ROOT / f"rtl/{module}.sv"
    text = path.read_text()
    breaker = Breaker(text)
    tree = pyslang.syntax.SyntaxTree.fromText(text)
    start = tree.root.sourceRange.start.offset
    body = text[:start] + breaker.emit(tree.root, False)
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{module}.sv").write_text(body + text[tree.root.sourceRange.end.offset:])
    (out / "vn_mutant_pkg.sv").write_text(PACKAGE)
    (out / "list").write_text("".join(f"{i + 1} {f}\n" for i, f in enumerate(breaker.found)))


main(*sys.argv[1:])
