#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_array.sh [SEED] - the flavours of vn_array against dot products; then seeded errors, which must be found.
set -eu
B=${B:-build}; seed=${1:-1}

build() { # NAME R C [VERILATOR ARGS]...: prints the program
	local name=$1 r=$2 c=$3; shift 3
	tests/rtl/verilate.sh "$name" array_top "rtl/sim/vn_dsp48e2_model.sv tests/rtl/array_top.sv" \
		"tests/rtl/array_tb.cpp $dpi" -GR="$r" -GC="$c" -DVN_DPI -CFLAGS "-DVN_R=$r -DVN_C=$c" -MAKEFLAGS "OPT_FAST=-O0 OPT_GLOBAL=-O0" "$@"
}

mutant() { # NAME
	local program
	program=$(build "array_$1" 8 8 "-DVN_MUTANT_$1")
	if "$program" "$seed" >"$program.log"; then
		echo "mutant $1: not found"; exit 1
	fi
	echo "mutant $1: found"
}

# Building takes longer than running: no optimiser.
dpi=$B/tests/rtl/array/vn_array_dpi.o
mkdir -p "$B/tests/rtl/array"
${CC:-cc} -std=c11 -O3 -Wall -Wextra -Werror -c rtl/sim/vn_array_dpi.c -o "$dpi"
program=$(build array_8x8 8 8); "$program" "$seed"
program=$(build array_8x16 8 16); "$program" "$seed"
program=$(build array_16x16 16 16); "$program" "$seed"
program=$(build array_32x8 32 8); "$program" "$seed"
mutant ARRAY_BIAS
mutant ARRAY_OPEN
