#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unbounded proof of vn_tokens: base case and induction step by yosys-smtbmc with z3; both seeded bugs must break it.
set -eu
out=${B:-build}/tests/formal/tokens
mkdir -p "$out"

model() { # NAME [YOSYS READ OPTIONS]...
	yosys -q -p "read_verilog -formal -sv ${*:2} rtl/vn_tokens.sv tests/formal/tokens.sv; prep -top tokens -flatten; \
		async2sync; dffunmap; write_smt2 -wires $out/$1.smt2" >"$out/$1.log" 2>&1
}
base() { yosys-smtbmc --unroll --noincr -s z3 -t "$2" "$out/$1.smt2" >"$out/$1.base.log" 2>&1; }
step() { yosys-smtbmc --unroll --noincr -s z3 -i -t 2 "$out/$1.smt2" >"$out/$1.step.log" 2>&1; }

model good
base good 3 || { echo "formal tokens: FAIL, base case, see $out"; exit 1; }
step good || { echo "formal tokens: FAIL, induction, see $out"; exit 1; }
for mutant in TOKENS_LOST TOKENS_NARROW; do
	model "$mutant" "-DVN_MUTANT_$mutant"
	if base "$mutant" 6 && step "$mutant"; then
		echo "formal tokens: FAIL, seeded bug $mutant was proved right"
		exit 1
	fi
done
echo "formal tokens: pass, proved by induction; 2 seeded bugs found"
