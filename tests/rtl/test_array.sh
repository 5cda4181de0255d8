#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_array.sh - the flavours of vn_array against dot products, at four sizes.
. tests/rtl/lib.sh

build() { # NAME R C; building takes longer than running: no optimiser
	tests/rtl/verilate.sh "$1" array_top "rtl/sim/vn_dsp48e2_model.sv tests/rtl/array_top.sv" \
		"tests/rtl/array_tb.cpp $dpi" -GR="$2" -GC="$3" -DVN_DPI -CFLAGS "-DVN_R=$2 -DVN_C=$3" -MAKEFLAGS "OPT_FAST=-O0"
}

dpi=$B/tests/rtl/vn_array_dpi.o
mkdir -p "$B/tests/rtl"
${OBJCACHE:-} ${CC:-cc} -std=c11 -O3 -Wall -Wextra -Werror -c rtl/sim/vn_array_dpi.c -o "$dpi"
exe=$(MUTATE="vn_array_dsp vn_array_pair vn_array_flat" build array_8x8 8 8)
mutants "$exe"
for size in 8x16 16x16 32x8; do
	exe=$(build array_$size ${size%x*} ${size#*x})
	bench "$exe"
done
finish
