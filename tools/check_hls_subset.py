#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse C that docs/hls-subset.md does not allow.

    check_hls_subset.py [--rules] FILE.c ...

Reads each file the way Vitis HLS does (__SYNTHESIS__ defined): comments and strings stripped for the rules on text,
clang's syntax tree for the rest.  Prints `file:line: rule: what`, one line a finding.  Exit 0: nothing found, 1: findings,
2: a file does not compile.  --rules lists the rules.
"""
import json
import os
import re
import subprocess
import sys

RULES = {
    "include": "only <stdint.h>, hls/ and spec/ are included",
    "pragma": "pragmas stand in hls/vn_pragma.h only",
    "directive": "a pragma's words are those of Vitis HLS (a macro's parameter may have eaten one)",
    "malloc": "no memory is allocated",
    "library": "no function is called but those of hls/ and spec/",
    "recursion": "no function reaches itself",
    "function_pointer": "functions are called by name and never stored",
    "variadic": "functions have a fixed number of arguments",
    "pointer_cast": "a pointer keeps its type and never becomes a number, nor a number a pointer",
    "pointer_to_pointer": "no pointer to a pointer, no array of pointers",
    "pointer_variable": "pointers are parameters, never variables",
    "pointer_field": "no pointer inside a structure",
    "pointer_return": "no function returns a pointer",
    "pointer_select": "no choice between two pointers",
    "union": "no union",
    "bit_field": "no bit-field: mask and shift",
    "vla": "array sizes are constants",
    "float": "no floating point",
    "int128": "no integer wider than 64 bits",
    "volatile": "no volatile, no atomics",
    "thread": "no thread-local storage",
    "global": "file-scope variables are constants",
    "goto": "no goto",
    "endless": "every loop has a condition that can fail",
    "asm": "no inline assembly",
    "statement_expression": "no statement expression",
    "string": "no string but in a static assertion",
}

DIRECTIVES = {
    "inline": {"off"},
    "unroll": set(),
    "pipeline": {"II"},
    "array_partition": {"variable", "type", "dim"},
    "array_reshape": {"variable", "type", "dim"},
    "bind_storage": {"variable", "type", "impl"},
    "dependence": {"variable", "type", "dependent"},
    "aggregate": {"variable"},
    "interface": {"mode", "port", "offset", "bundle"},
}
ALLOCATORS = {"malloc", "calloc", "realloc", "free", "alloca", "aligned_alloc", "posix_memalign",
              "__builtin_alloca", "__builtin_malloc"}
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLANG = os.environ.get("CLANG", "clang")
FLAGS = ["-std=c11", "-D__SYNTHESIS__", "-I" + ROOT, "-w"]
os.environ["CCACHE_DISABLE"] = "1"  # ccache, where clang is a link to it, gives one file's tree for another's
INCLUDE = re.compile(r'\s*#\s*include\s*(<stdint\.h>|"(hls|spec)/[^"]*")')
INCLUDE_IN_SPEC = re.compile(r'\s*#\s*include "(spec\.h|[a-z]+\.def)"')


def strip_comments(text):
    """Comments become blanks, so that line numbers stay."""
    keep = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*', re.S)
    return keep.sub(lambda m: m[0] if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), text)


class Checker:
    def __init__(self):
        self.found = set()
        self.calls = {}   # function -> {function: (file, line)}

    def report(self, where, rule, what):
        self.found.add((where[0], where[1], rule, what))

    def check_text(self, path):
        with open(path, encoding="ascii") as f:
            lines = strip_comments(f.read()).split("\n")
        for n, line in enumerate(lines, 1):
            if re.match(r"\s*#\s*include", line) and not INCLUDE.match(line) and not (
                    os.path.dirname(path) == "spec" and INCLUDE_IN_SPEC.match(line)):
                self.report((path, n), "include", line.strip())
            if os.path.basename(path) != "vn_pragma.h" and \
                    re.search(r"^\s*#\s*pragma|\b_Pragma\b|\b__pragma\b", line):
                self.report((path, n), "pragma", line.strip())

    def check_directives(self, path):
        """The pragmas as Vitis HLS gets them, after the macros."""
        run = subprocess.run([CLANG, *FLAGS, "-E", path], stdout=subprocess.PIPE, text=True, check=False)
        where = (path, 0)
        for line in run.stdout.split("\n"):
            mark = re.match(r'# (\d+) "([^"]*)"', line)
            if mark:
                where = (mark[2], int(mark[1]))
            pragma = re.match(r"\s*#\s*pragma HLS (\w+)(.*)", line)
            if pragma:
                words = set(re.findall(r"(\w+)\s*=", pragma[2])) or set(pragma[2].split())
                if pragma[1] not in DIRECTIVES or words - DIRECTIVES[pragma[1]]:
                    self.report((os.path.relpath(where[0]), where[1]), "directive", line.strip())

    def check_tree(self, path):
        run = subprocess.run([CLANG, *FLAGS, "-fsyntax-only", "-ferror-limit=1", "-Xclang", "-ast-dump=json", path], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode != 0:
            print(run.stderr, file=sys.stderr)
            print(f"{path}: does not compile", file=sys.stderr)
            sys.exit(2)
        tree = Tree(self, path)
        tree.walk(json.loads(run.stdout))
        if path not in tree.files:
            print(f"{path}: {CLANG} gave the syntax tree of another file", file=sys.stderr)
            sys.exit(2)

    def check_recursion(self):
        for start in self.calls:
            todo, seen = list(self.calls[start]), set()
            while todo:
                name = todo.pop()
                if name == start:
                    where = next(iter(self.calls[start].values()))
                    self.report(where, "recursion", start.split(":")[-1])
                    break
                if name not in seen:
                    seen.add(name)
                    todo += self.calls.get(name, {})


class Tree:
    """One file's syntax tree.  clang prints a file or line only where it differs from the one printed before, which may
    be the end of the parent's range: both are carried along in that order."""

    def __init__(self, checker, path):
        self.checker, self.path = checker, path
        self.file, self.line = path, 0
        self.files = set()   # that the tree names
        self.function = None
        self.names = {}      # id of a declaration -> name, with the file in front for a static one

    def report(self, rule, what):
        if not self.file.startswith("/usr/") and not self.file.startswith("<"):
            self.checker.report((os.path.relpath(self.file, ROOT) if os.path.isabs(self.file) else self.file,
                                 self.line), rule, what)

    def place(self, loc):
        loc = loc or {}
        for part in ("spellingLoc", "expansionLoc"):
            if part in loc:
                self.place(loc[part])
        if "file" in loc:
            self.file = loc["file"]
            self.files.add(self.file)
        if "line" in loc:
            self.line = loc["line"]

    def walk(self, node):
        kind = node.get("kind")
        if kind is None:
            return
        self.place(node.get("loc"))
        self.place(node.get("range", {}).get("begin"))
        first = self.line
        self.place(node.get("range", {}).get("end"))
        last, self.line = self.line, first
        outer = self.function
        if kind == "FunctionDecl":
            self.enter_function(node)
        getattr(self, "see_" + kind, lambda n: None)(node)
        self.see_type(node, kind)
        self.line = last
        if kind != "StaticAssertDecl":
            for child in node.get("inner", []):
                self.walk(child)
        self.function = outer

    # -- declarations --

    def enter_function(self, node):
        name = node["name"]
        if node.get("storageClass") == "static":
            name = self.path + ":" + name
        self.names[node["id"]] = name
        self.function = name
        if node.get("variadic") and not node.get("isImplicit"):
            self.report("variadic", node["name"])
        returns = node["type"]["qualType"].split("(")[0]
        if "*" in returns and not node.get("isImplicit") and node["name"] not in ALLOCATORS:
            self.report("pointer_return", node["name"])

    def see_VarDecl(self, node):
        words = node["type"]["qualType"]
        if node.get("tls"):
            self.report("thread", node.get("name", ""))
        elif self.function is None and not words.startswith("const "):
            self.report("global", node.get("name", ""))
        if "*" in words and "**" not in words and "(*" not in words and "[" not in words:
            self.report("pointer_variable", node.get("name", ""))

    def see_FieldDecl(self, node):
        if node.get("isBitfield"):
            self.report("bit_field", node.get("name", ""))
        if "*" in node["type"]["qualType"] and "(*" not in node["type"]["qualType"]:
            self.report("pointer_field", node.get("name", ""))

    def see_RecordDecl(self, node):
        if node.get("tagUsed") == "union":
            self.report("union", node.get("name", ""))

    def see_type(self, node, kind):
        words = node.get("type", {}).get("desugaredQualType", node.get("type", {}).get("qualType", ""))
        written = node.get("type", {}).get("qualType", "")
        what = node.get("name", written)
        if node.get("isImplicit") or kind == "BuiltinType":
            return
        if re.search(r"\b(float|double)\b|_Complex", words):
            self.report("float", what)
        if "__int128" in words or "__int128" in written:
            self.report("int128", what)
        if kind in ("VarDecl", "ParmVarDecl", "FieldDecl", "TypedefDecl"):
            if re.search(r"\bvolatile\b|_Atomic", written + words):
                self.report("volatile", what)
            if re.search(r"\(\*[^)]*\)\s*\(", written + words):
                self.report("function_pointer", what)
            elif re.search(r"\*[^(]*\*|\*[^)]*\[", written):
                self.report("pointer_to_pointer", what)
            if re.search(r"\[[^\]]*[A-Za-z_][^\]]*\]", written) or written.endswith("[]") and kind == "FieldDecl":
                self.report("vla", what)

    # -- expressions and statements --

    def see_CallExpr(self, node):
        callee = node["inner"][0]
        while callee.get("kind") in ("ImplicitCastExpr", "ParenExpr"):
            callee = callee["inner"][0]
        target = callee.get("referencedDecl", {})
        if target.get("kind") != "FunctionDecl":
            self.report("function_pointer", "a call through a value")
            return
        name = target["name"]
        callee["called"] = True
        if name in ALLOCATORS:
            self.report("malloc", name)
        elif target["id"] not in self.names or name.startswith("__builtin"):
            self.report("library", name)
        elif self.function:
            self.checker.calls.setdefault(self.function, {})[self.names[target["id"]]] = (self.path, self.line)

    def see_DeclRefExpr(self, node):
        if node.get("referencedDecl", {}).get("kind") == "FunctionDecl" and not node.get("called"):
            self.report("function_pointer", node["referencedDecl"]["name"])

    def see_cast(self, node):
        if node.get("castKind") in ("BitCast", "IntegralToPointer", "PointerToIntegral", "NullToPointer"):
            self.report("pointer_cast", node["castKind"])

    see_CStyleCastExpr = see_cast

    def see_ImplicitCastExpr(self, node):
        if node.get("castKind") != "BuiltinFnToFnPtr":
            self.see_cast(node)

    def see_ConditionalOperator(self, node):
        if "*" in node["type"]["qualType"]:
            self.report("pointer_select", "?:")

    def see_GotoStmt(self, node):
        self.report("goto", "goto")

    see_IndirectGotoStmt = see_GotoStmt

    def endless(self, condition):
        if not condition.get("kind") or condition.get("kind") == "IntegerLiteral":
            self.report("endless", "no condition")

    def see_ForStmt(self, node):
        self.endless(node["inner"][2])

    def see_WhileStmt(self, node):
        self.endless(node["inner"][0])

    def see_DoStmt(self, node):
        condition = node["inner"][1]
        if condition.get("value") != "0":
            self.endless(condition)

    def see_GCCAsmStmt(self, node):
        self.report("asm", "asm")

    def see_StmtExpr(self, node):
        self.report("statement_expression", "({ })")

    def see_StringLiteral(self, node):
        self.report("string", node.get("value", ""))


def headers_of(path):
    """The project's own headers that @path includes, however deep."""
    run = subprocess.run([CLANG, *FLAGS, "-MM", "-MF", "-", path], stdout=subprocess.PIPE, text=True, check=False)
    names = run.stdout.replace("\\\n", " ").split(":", 1)[-1].split()
    return [n for n in names if n.endswith(".h") and "/usr/" not in n]


def main(args):
    if args == ["--rules"]:
        for rule, what in RULES.items():
            print(f"{rule:22}{what}")
        return 0
    if not args:
        print(__doc__, file=sys.stderr)
        return 2
    checker = Checker()
    texts = {}
    for path in args:
        for name in [path, *headers_of(path)]:
            texts[os.path.realpath(name)] = os.path.relpath(name)
        checker.check_tree(path)
        checker.check_directives(path)
    for path in texts.values():
        checker.check_text(path)
    checker.check_recursion()
    for name, line, rule, what in sorted(checker.found):
        print(f"{name}:{line}: {rule}: {what} ({RULES[rule]})")
    return 1 if checker.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
