#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tools/lint_slang.py finds what the other readers of rtl/ let pass, lets pass what it waives.
set -eu
B=${B:-build} python=${PYTHON:-/usr/bin/python3}
[ -x "$B/venv/bin/python" ] && python=$B/venv/bin/python
"$python" -c 'import pyslang.driver' 2>/dev/null || { echo "pyslang is not installed: make lint-venv"; exit 77; }
checks=0
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
# expect EXIT-CODE REGEX FILE: what it says of $T/FILE; no REGEX: nothing
expect() {
	local got=0 said=1
	"$python" tools/lint_slang.py "$T/$3" >"$T/out" 2>&1 || got=$?
	if [ "$2" ]; then grep -Eq -- "$2" "$T/out" || said=0; elif [ -s "$T/out" ]; then said=0; fi
	[ "$got $said" = "$1 1" ] || { echo "FAIL $3: exit code $got, not $1, or not '$2': $(cat "$T/out")"; exit 1; }
	checks=$((checks + 1))
}
module() { echo "module ${1%.sv} (input logic [1:0] a, output logic [1:0] q);"$'\n'"$2"$'\n'endmodule >"$T/$1"; }
module good.sv 'logic [1:0] x; assign x = a; assign q = x;'
module early.sv 'assign q = x; logic [1:0] x; assign x = a;'
module cast.sv "assign q = 2'(a);"
module vn_credit.sv "assign q = 2'(a);"
module broken.sv 'assign q = ;'
expect 0 '' good.sv
expect 1 "early.sv:2:12: error: identifier 'x' used before its declaration" early.sv
expect 1 'cast.sv:.*-Wuseless-cast' cast.sv
expect 0 '' vn_credit.sv
expect 1 'broken.sv:2:12: error' broken.sv
expect 1 'absent.sv' absent.sv
echo "PASS $checks checks"
