#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_mm.sh - vn_mm and vn_psum against the twin of hls/, at three sizes and with two flavours of the array.
. tests/rtl/lib.sh

build() { # NAME R C FLAVOUR
	local sizes="-DVN_R=$2 -DVN_C=$3 -DVN_ACT_WORDS=1024 -DVN_PSUM_ENTRIES=256" twin
	twin=$(hls "$1" "$sizes" vn_array vn_mem)
	tests/rtl/verilate.sh "$1" mm_top "rtl/vn_cu_pkg.sv rtl/sim/vn_dsp48e2_model.sv tests/rtl/mm_top.sv" \
		"tests/rtl/mm_tb.cpp $twin" -GR="$2" -GC="$3" -GFLAVOUR="$4" -GACT_WORDS=1024 -GPSUM_ENTRIES=256 -CFLAGS "$sizes"
}

exe=$(MUTATE="vn_mm vn_mm_walk vn_psum vn_psum_group" build mm_8x8 8 8 1)
mutants "$exe" 200
exe=$(MUTATE=vn_mm_rows build mm_16x64 16 64 1)
mutants "$exe"
exe=$(build mm_8x128 8 128 1)
bench "$exe"
exe=$(build mm_8x8_dsp 8 8 0)
bench "$exe"
finish
