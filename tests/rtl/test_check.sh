#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_check.sh - vn_check against spec/check.h, in four configurations.
. tests/rtl/lib.sh

build() { # NAME R C ACT_WORDS MID_SLOTS PSUM_ENTRIES MAX_N MAX_KTILES
	tests/rtl/verilate.sh "$1" vn_check "rtl/vn_check_pkg.sv rtl/vn_check.sv" tests/rtl/check_tb.cpp -GR="$2" -GC="$3" \
		-GACT_WORDS="$4" -GMID_SLOTS="$5" -GPSUM_ENTRIES="$6" -GMAX_N="$7" -GMAX_KTILES="$8" \
		-CFLAGS "-DVN_CFG=2,$2,$3,$4,$5,$6,$7,$8,8,4"
}

exe=$(MUTATE="vn_check vn_check_alu vn_check_form vn_check_program" build check_32x64 32 64 65536 16384 2048 4 1024)
mutants "$exe" 100000
exe=$(build check_8x8 8 8 4096 2048 512 3 64)
bench "$exe" 50000
exe=$(build check_16x16 16 16 1048576 1048576 65536 4 65535)
bench "$exe" 50000
exe=$(build check_tiny 8 64 1024 1024 128 0 1)
bench "$exe" 50000
finish
