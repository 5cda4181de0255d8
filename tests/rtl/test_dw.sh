#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_dw.sh - vn_dw with vn_mid against vn_dw and vn_wsum of hls/, at several sizes.
# SPEED=1: compiled to be fast, with cycles a second at 32x64.
. tests/rtl/lib.sh

sources="rtl/vn_cu_pkg.sv rtl/vn_mid.sv rtl/vn_mid_bank.sv rtl/vn_requant.sv rtl/vn_dw.sv
	rtl/vn_dw_params.sv rtl/vn_dw_plan.sv rtl/vn_dw_walk.sv rtl/vn_dw_out.sv rtl/vn_dw_lane.sv
	rtl/vn_dw_write.sv tests/rtl/dw_top.sv"
fast=-O0
[ -z "${SPEED:-}" ] || fast=-O2

build() { # NAME R C MID_SLOTS ACT_WORDS MAX_N LANES DW_CH DSP_ROWS
	local size="-DVN_R=$2 -DVN_C=$3 -DVN_MID_SLOTS=$4 -DVN_ACT_WORDS=$5 -DVN_MAX_N=$6 -DVN_LANES=$7 -DVN_DW_CH=$8" twin
	twin=$(hls "$1" "$size" vn_dw vn_mem)
	tests/rtl/verilate.sh "$1" dw_top "$sources" "tests/rtl/dw_tb.cpp $twin" \
		"-GR=$2" "-GC=$3" "-GMID_SLOTS=$4" "-GACT_WORDS=$5" "-GMAX_N=$6" "-GLANES=$7" "-GDW_CH=$8" "-GDSP_ROWS=$9" \
		-CFLAGS "$size" -MAKEFLAGS "OPT_FAST=$fast"
}

exe=$(MUTATE="vn_dw vn_dw_lane vn_dw_plan vn_dw_walk vn_dw_out vn_dw_params vn_dw_write vn_mid vn_mid_bank" build dw_8x16 8 16 2048 2048 4 8 4 7)
mutants "$exe" 400
exe=$(build dw_8x8 8 8 1032 2000 2 8 8 0)
bench "$exe" 400
exe=$(build dw_16x16 16 16 2048 4096 3 16 16 2)
bench "$exe" 300
exe=$(build dw_16x128 16 128 1024 4096 4 16 8 4)
bench "$exe" 60
exe=$(build dw_32x64 32 64 16384 8192 4 16 4 8)
bench "$exe" 60
exe=$(build dw_32x64_8 32 64 8192 8192 3 32 8 4)
bench "$exe" 60
[ -z "${SPEED:-}" ] || "$exe" 1 speed
finish
