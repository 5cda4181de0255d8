#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_dw with vn_mid against vn_dw and vn_wsum of hls/, at several sizes; seeded bugs must be found.
# SPEED=1: compiled to be fast, with cycles a second at 32x64.
set -eu
seed=${SEED:-1} B=${B:-build}
sources="rtl/vn_cu_pkg.sv rtl/vn_mid.sv rtl/vn_mid_bank.sv rtl/vn_requant.sv rtl/vn_dw.sv
	rtl/vn_dw_params.sv rtl/vn_dw_walk.sv rtl/vn_dw_lane.sv rtl/vn_dw_write.sv tests/rtl/dw_top.sv"
fast=-O0 global=-O0
[ -z "${SPEED:-}" ] || { fast=-O2 global=-O2; }

# build NAME R C MID_SLOTS ACT_WORDS MAX_N [VERILATOR ARGS]...: sets exe
build() {
	local name=$1 r=$2 c=$3 mid=$4 act=$5 n=$6 o=()
	local size="-DVN_R=$r -DVN_C=$c -DVN_MID_SLOTS=$mid -DVN_ACT_WORDS=$act -DVN_MAX_N=$n"
	local dir=$B/tests/rtl/$name
	shift 6
	mkdir -p "$dir"
	for f in vn_dw vn_mem; do
		gcc -std=c11 -O1 -I. $size -c "hls/$f.c" -o "$dir/$f.o"
		o+=("$dir/$f.o")
	done
	exe=$(B=$B tests/rtl/verilate.sh "$name" dw_top "$sources" "tests/rtl/dw_tb.cpp ${o[*]}" \
		"-GR=$r" "-GC=$c" "-GMID_SLOTS=$mid" "-GACT_WORDS=$act" "-GMAX_N=$n" -CFLAGS "$size" \
		-MAKEFLAGS "OPT_FAST=$fast" -MAKEFLAGS "OPT_GLOBAL=$global" "$@")
}

build dw_8x8 8 8 2048 2048 4
"$exe" "$seed" 600
build dw_8x16 8 16 1032 2000 2
"$exe" "$seed" 400
build dw_16x16 16 16 2048 4096 4
"$exe" "$seed" 200
build dw_32x64 32 64 16384 8192 4
"$exe" "$seed" 60
[ -z "${SPEED:-}" ] || "$exe" "$seed" 1 speed

for mutant in DW_CARRY DW_RING DW_ROOM; do
	build "dw_$mutant" 8 8 2048 2048 1 "-DVN_MUTANT_$mutant"
	if "$exe" "$seed" 300 >/dev/null; then
		echo "test_dw: seeded bug $mutant was not found"
		exit 1
	fi
done
