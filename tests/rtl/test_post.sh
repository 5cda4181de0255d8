#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_post.sh - vn_post against the twin of hls/, at several sizes and numbers of lanes.
. tests/rtl/lib.sh

build() { # NAME LANES R C ACT_WORDS MID_SLOTS PSUM_ENTRIES
	local sizes="-DVN_R=$3 -DVN_C=$4 -DVN_ACT_WORDS=$5 -DVN_MID_SLOTS=$6 -DVN_PSUM_ENTRIES=$7 -DVN_LANES=$2" twin
	twin=$(hls "$1" "$sizes" vn_post vn_mem)
	tests/rtl/verilate.sh "$1" vn_post "rtl/vn_cu_pkg.sv rtl/vn_post.sv" "tests/rtl/post_tb.cpp $twin" \
		-GLANES="$2" -GR="$3" -GC="$4" -GACT_WORDS="$5" -GMID_SLOTS="$6" -GPSUM_ENTRIES="$7" -CFLAGS "$sizes"
}

mutated="vn_post vn_post_axis vn_post_param vn_post_place vn_post_plan vn_post_queue vn_post_walk vn_post_windows vn_pool_window vn_muldiv"
exe=$(build post_8x8 8 8 8 4096 4096 512)
bench "$exe"
exe=$(build post_8x16 8 8 16 4096 4096 512)
bench "$exe"
exe=$(build post_16x16 16 16 16 3000 2008 300)
bench "$exe"
exe=$(MUTATE=$mutated build post_16x32_l8 8 16 32 4096 4096 512)
mutants "$exe"
exe=$(build post_32x32_l32 32 32 32 8192 4096 512)
bench "$exe"
exe=$(build post_32x64 16 32 64 8192 4096 512)
bench "$exe"
exe=$(MUTATE=$mutated build post_32x64_l32 32 32 64 8192 4096 512)
mutants "$exe"
finish
