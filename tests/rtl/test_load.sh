#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_load.sh - vn_load, with vn_chunks and vn_address, between a reader and an activation buffer; eight words a beat, and one.
. tests/rtl/lib.sh

build() { # NAME R
	tests/rtl/verilate.sh "$1" vn_load "rtl/vn_cu_pkg.sv rtl/vn_load.sv rtl/vn_chunks.sv rtl/vn_address.sv" tests/rtl/load_tb.cpp \
		-GR="$2" -GACT_WORDS=1024 -CFLAGS "-DVN_R=$2"
}
exe=$(MUTATE="vn_load vn_chunks vn_address" build load 8)
mutants "$exe"
exe=$(build load_64 64)
bench "$exe"
finish
