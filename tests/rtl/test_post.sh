#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_post.sh - vn_post against the twin of hls/, at four sizes.
. tests/rtl/lib.sh

build() { # NAME R C ACT_WORDS MID_SLOTS PSUM_ENTRIES
	local sizes="-DVN_R=$2 -DVN_C=$3 -DVN_ACT_WORDS=$4 -DVN_MID_SLOTS=$5 -DVN_PSUM_ENTRIES=$6" twin
	twin=$(hls "$1" "$sizes" vn_post vn_mem)
	tests/rtl/verilate.sh "$1" vn_post "rtl/vn_cu_pkg.sv rtl/vn_post.sv" "tests/rtl/post_tb.cpp $twin" \
		-GR="$2" -GC="$3" -GACT_WORDS="$4" -GMID_SLOTS="$5" -GPSUM_ENTRIES="$6" -CFLAGS "$sizes"
}

exe=$(build post_8x8 8 8 4096 4096 512)
bench "$exe"
exe=$(MUTATE="vn_post vn_post_param vn_post_plan vn_post_walk vn_muldiv" build post_8x16 8 16 4096 4096 512)
mutants "$exe"
exe=$(build post_16x16 16 16 3000 2008 300)
bench "$exe"
exe=$(build post_32x64 32 64 8192 4096 512)
bench "$exe"
finish
