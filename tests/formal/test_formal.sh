#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proofs of rtl/ by yosys-smtbmc with z3; a line each.  Arguments: names of proofs, all if none.
#
#   unbounded  no assertion fails in the first DEPTH cycles after reset (base case), and none fails in the cycle after K that
#              were right, from whatever state (temporal induction): so none ever fails
#   bounded    no assertion fails in the first DEPTH cycles after reset
#
# Each proof is repeated on a module with a seeded bug (a mutant of tests/rtl/mutants): the base case must find a trace to a failed
# assertion.  Checks are assertions proved and seeded bugs found.
#
# To add a proof: write tests/formal/HARNESS.sv, a module HARNESS whose inputs are free, with `assume` on them and `assert` on what
# the module shows, immediate ones in always_comb.  Hold rst for the first cycle as the others do.  State that the induction
# must know comes out of the module through ports in `ifdef FORMAL, named probe.  Then add a line at the end:
#   proof NAME HARNESS KIND DEPTH K "MODULES" "DEFINES" MUTANT...
# and put the trace that a failure leaves into gtkwave: build/tests/formal/NAME/*.vcd.
set -eu
B=${B:-build}
chosen=" $* "
checks=0 failures=0

# model FOLDER NAME HARNESS "SOURCES" [DEFINES]...
model() {
	local dir=$1 name=$2 harness=$3
	yosys -q -p "read_verilog -formal -sv ${*:5} $4 tests/formal/$harness.sv; prep -top $harness -flatten; \
		async2sync; dffunmap; write_smt2 -wires $dir/$name.smt2" >"$dir/$name.log" 2>&1 || return 1
	! grep -E 'implicitly declared|no driver' "$dir/$name.log"
}
base() { timeout 60 yosys-smtbmc --noprogress -s z3 -t "$3" --dump-vcd "$1/$2.vcd" "$1/$2.smt2" >"$1/$2.base.log"; }
step() { timeout 60 yosys-smtbmc --noprogress -s z3 -i -t "$3" --dump-vcd "$1/$2.step.vcd" "$1/$2.smt2" >"$1/$2.step.log"; }

# proof NAME HARNESS KIND DEPTH K "MODULES" "DEFINES" MUTANT...
proof() {
	local name=$1 harness=$2 kind=$3 depth=$4 k=$5 modules=$6 defines=$7 mutant from=$SECONDS found= sources asserts
	[[ $chosen == "  " || $chosen == *" $name "* ]] || return 0
	local dir=$B/tests/formal/$name
	mkdir -p "$dir"
	wrong() { echo "formal $name: FAIL, $1, see $dir"; failures=$((failures + 1)); }
	sources=$(printf 'rtl/%s.sv ' $modules)
	model "$dir" good "$harness" "$sources" $defines || { wrong "yosys"; return 0; }
	asserts=$(grep -c '^; yosys-smt2-assert ' "$dir/good.smt2") || { wrong "no assertion"; return 0; }
	base "$dir" good "$depth" || { wrong "an assertion fails within $depth cycles, or it takes too long"; return 0; }
	if [ "$kind" = unbounded ]; then
		step "$dir" good "$k" || { wrong "not inductive with k = $k, or it takes too long"; return 0; }
	fi
	local seconds=$((SECONDS - from))
	for mutant in "${@:8}"; do
		tests/rtl/mutate.py --only "$mutant" "$dir/$mutant" $modules || { wrong "$mutant"; return 0; }
		model "$dir" "$mutant" "$harness" "$(printf "$dir/$mutant/%s.sv " $modules)" $defines || { wrong "yosys"; return 0; }
		if base "$dir" "$mutant" "$depth" || ! grep -q 'Assert failed' "$dir/$mutant.base.log"; then
			wrong "seeded bug $mutant not found"
			return 0
		fi
		found+=" $mutant"
	done
	checks=$((checks + asserts + $# - 7))
	[ "$kind" = unbounded ] && kind="unbounded (k = $k)"
	printf 'formal %-21s pass, %d assertions %s, depth %d, %d s, seeded bug found:%s\n' "$name:" "$asserts" "$kind" "$depth" "$seconds" "$found"
}

proof fifo              fifo    unbounded 10 2 vn_fifo "" FIFO_FULL FIFO_STALL FIFO_SOME FIFO_ROOM
proof fifo_block        fifo    unbounded 10 2 vn_fifo "-DBLOCK" FIFO_FULL FIFO_STALL_BLOCK
proof fifo_registered   fifo    unbounded 10 2 vn_fifo "-DREGISTERED" FIFO_FULL FIFO_STALL_BLOCK
proof fifo_data         fifo    bounded   10 0 vn_fifo "-DDATA" FIFO_STALL
proof fifo_block_data   fifo    bounded   10 0 vn_fifo "-DDATA -DBLOCK" FIFO_STALL_BLOCK
proof fifo_registered_data fifo bounded   10 0 vn_fifo "-DDATA -DREGISTERED" FIFO_STALL_BLOCK
proof skid              skid    unbounded 10 2 vn_skid "" SKID_READY
proof skid_data         skid    bounded   10 0 vn_skid "-DDATA" SKID_DATA
proof pair              skid    unbounded 10 2 vn_pair "-DPAIR" PAIR_FULL PAIR_LAST
proof pair_data         skid    bounded   10 0 vn_pair "-DPAIR -DDATA" PAIR_PLACE
proof arbiter           arbiter unbounded 10 2 vn_arbiter "" ARBITER_STUCK ARBITER_ANY
proof arbiter_1         arbiter unbounded 6  1 vn_arbiter "-DREQUESTERS=1" ARBITER_ANY
proof credit            credit  unbounded 10 2 "vn_credit vn_fifo" "" CREDIT_ONE CREDIT_AGAIN CREDIT_GIVEN
proof burst             burst   unbounded 8  2 vn_burst "" BURST_CROSS BURST_GAP BURST_MORE
proof burst_16          burst   unbounded 8  2 vn_burst "-DMOST_BEATS=16" BURST_CROSS BURST_GAP
if [ "$failures" = 0 ] && [ "$checks" -gt 0 ]; then
	echo "PASS $checks checks"
else
	echo "FAIL $failures proofs"
	exit 1
fi
