#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_mm.sh [SEED] - vn_mm and vn_psum against the twin of hls/; then seeded errors, which must be found.
set -eu
B=${B:-build}; seed=${1:-1}

build() { # NAME R C FLAVOUR [VERILATOR ARGS]...: prints the program
	local name=$1 r=$2 c=$3 flavour=$4; shift 4
	local out=$B/tests/rtl/$name
	local sizes="-DVN_R=$r -DVN_C=$c -DVN_ACT_WORDS=1024 -DVN_PSUM_ENTRIES=256"
	mkdir -p "$out"
	for f in vn_array vn_mem; do
		${CC:-cc} -std=c11 -O2 -I. $sizes -c "hls/$f.c" -o "$out/hls_$f.o"
	done
	tests/rtl/verilate.sh "$name" mm_top "rtl/vn_cu_pkg.sv rtl/sim/vn_dsp48e2_model.sv tests/rtl/mm_top.sv" \
		"tests/rtl/mm_tb.cpp $out/hls_vn_array.o $out/hls_vn_mem.o" \
		-GR="$r" -GC="$c" -GFLAVOUR="$flavour" -GACT_WORDS=1024 -GPSUM_ENTRIES=256 -CFLAGS "$sizes" "$@"
}

mutant() { # NAME
	local program
	program=$(build "mm_$1" 8 8 1 "-DVN_MUTANT_$1" -MAKEFLAGS "OPT_FAST=-O0 OPT_GLOBAL=-O0")
	if "$program" "$seed" >"$program.log"; then
		echo "mutant $1: not found"; exit 1
	fi
	echo "mutant $1: found"
}

program=$(build mm_8x8 8 8 1); "$program" "$seed" 200
program=$(build mm_16x64 16 64 1); "$program" "$seed"
program=$(build mm_8x128 8 128 1); "$program" "$seed"
program=$(build mm_8x8_dsp 8 8 0); "$program" "$seed"
mutant MM_NEAR
mutant MM_DONE
mutant PSUM_READY
