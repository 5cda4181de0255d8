#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unbounded proof of vn_tokens: base case and induction step by yosys-smtbmc with z3; the seeded bugs must break it.
set -eu
out=${B:-build}/tests/formal/tokens
mkdir -p "$out"

model() { # NAME SOURCE
	yosys -q -p "read_verilog -formal -sv rtl/gen/vn_spec_pkg.sv rtl/vn_cu_pkg.sv $2 tests/formal/tokens.sv; prep -top tokens -flatten; \
		async2sync; dffunmap; write_smt2 -wires $out/$1.smt2" >"$out/$1.log" 2>&1
}
base() { yosys-smtbmc --unroll --noincr -s z3 -t "$2" "$out/$1.smt2" >"$out/$1.base.log" 2>&1; }
step() { yosys-smtbmc --unroll --noincr -s z3 -i -t 2 "$out/$1.smt2" >"$out/$1.step.log" 2>&1; }

model good rtl/vn_tokens.sv
asserts=$(grep -c '^; yosys-smt2-assert ' "$out/good.smt2")
base good 3 || { echo "formal tokens: FAIL, base case, see $out"; exit 1; }
step good || { echo "formal tokens: FAIL, induction, see $out"; exit 1; }
mutants=(TOKENS_LOST TOKENS_NARROW TOKENS_STALE)
for mutant in "${mutants[@]}"; do
	tests/rtl/mutate.py --only "$mutant" "$out/$mutant" vn_tokens
	model "$mutant" "$out/$mutant/vn_tokens.sv"
	if base "$mutant" 6 && step "$mutant" || ! grep -qs 'Assert failed' "$out/$mutant".{base,step}.log; then
		echo "formal tokens: FAIL, no failed assertion with seeded bug $mutant, see $out"
		exit 1
	fi
done
echo "formal tokens: pass, $asserts assertions proved by induction; ${#mutants[@]} seeded bugs found"
echo "PASS $((asserts + ${#mutants[@]})) checks"
