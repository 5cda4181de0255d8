#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verilate.sh NAME TOP "SOURCES.sv" "TB.cpp OBJECTS" [VERILATOR ARGS]... - build build/tests/rtl/NAME/NAME, print its path.
# Flags are those of the product but for x, which is anything; warnings are errors.  MUTATE="MODULE ...": with the mutants of these modules,
# see mutate.py; with EVERY_LINE=MODULE as well, that module broken in every way of every_line.py instead.
set -eu
name=$1 top=$2 sources=$3 tb=$4; shift 4
B=${B:-build}; out=$B/tests/rtl/$name; mkdir -p "$out"
objects=(); for f in $tb; do objects+=("$(realpath "$f")"); done
if [ -n "${MUTATE:-}" ] && [ -n "${EVERY_LINE:-}" ]; then
	MUTATE=$EVERY_LINE
	"${PYTHON:-/usr/bin/python3}" tests/rtl/every_line.py "$out/mutants" "$MUTATE"
	set -- -Wno-lint "$@"
elif [ -n "${MUTATE:-}" ]; then
	tests/rtl/mutate.py "$out/mutants" $MUTATE
fi
if [ -n "${MUTATE:-}" ]; then
	sources=" $(echo $sources) "
	for m in $MUTATE; do sources=${sources// rtl\/$m.sv / }; sources=${sources// rtl\/sim\/$m.sv / }; done
	sources="$out/mutants/vn_mutant_pkg.sv $sources $(printf "$out/mutants/%s.sv " $MUTATE)"
fi
runtime=$(sim/runtime.sh "$B/tests/rtl/verilated.a" -O2)
verilator --cc --exe --build -j 1 -Wall -Wno-DECLFILENAME -Wno-UNUSEDSIGNAL -Wno-UNUSEDPARAM -Wno-PINCONNECTEMPTY -Irtl -O3 --x-assign unique --x-initial unique \
	--unroll-count 4096 --unroll-stmts 10000000 --assert -DVN_ASSERT \
	--top-module "$top" --Mdir "$out" -o "$name" -CFLAGS "-I$(pwd)" -MAKEFLAGS "OPT_FAST=-O2" -MAKEFLAGS "VM_GLOBAL_FAST= VM_GLOBAL_SLOW=" \
	"$@" rtl/gen/vn_spec_pkg.sv $sources "${objects[@]}" "$runtime" >"$out/build.log" 2>&1 ||
	{ cat "$out/build.log" >&2; exit 1; }
echo "$out/$name"
