#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_post.sh - vn_post against the twin of hls/ at four sizes; three seeded bugs must be found.
set -eu
B=${B:-build} seed=${SEED:-1}

# NAME R C ACT_WORDS MID_SLOTS PSUM_ENTRIES [VERILATOR ARGS]...
build()
{
	local name=$1 r=$2 c=$3 act=$4 mid=$5 psum=$6; shift 6
	local out=$B/tests/rtl/$name
	local sizes="-DVN_R=$r -DVN_C=$c -DVN_ACT_WORDS=$act -DVN_MID_SLOTS=$mid -DVN_PSUM_ENTRIES=$psum"
	mkdir -p "$out"
	for f in vn_post vn_mem; do
		${CC:-cc} -std=c11 -O2 -I. $sizes -c "hls/$f.c" -o "$out/hls_$f.o"
	done
	tests/rtl/verilate.sh "$name" vn_post rtl/vn_post.sv \
		"tests/rtl/post_tb.cpp $out/hls_vn_post.o $out/hls_vn_mem.o" \
		-GR="$r" -GC="$c" -GACT_WORDS="$act" -GMID_SLOTS="$mid" -GPSUM_ENTRIES="$psum" \
		-CFLAGS "$sizes" "$@"
}

exe=$(build post_8x8 8 8 4096 4096 512); "$exe" "$seed"
exe=$(build post_8x16 8 16 4096 4096 512); "$exe" "$seed"
exe=$(build post_16x16 16 16 3000 2008 300); "$exe" "$seed"
exe=$(build post_32x64 32 64 8192 4096 512); "$exe" "$seed"
for mutant in POST_OVERLAP POST_ROOM POST_HOLD; do
	exe=$(build "post_$mutant" 8 8 4096 4096 512 "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null; then
		echo "test_post: seeded bug $mutant was not found"
		exit 1
	fi
done
