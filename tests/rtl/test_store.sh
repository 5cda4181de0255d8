#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_store.sh - vn_store, with vn_chunks, between an activation buffer and a writer; eight words a beat, and one.
. tests/rtl/lib.sh

build() { # NAME R
	tests/rtl/verilate.sh "$1" vn_store "rtl/vn_cu_pkg.sv rtl/vn_store.sv" tests/rtl/store_tb.cpp -GR="$2" -GACT_WORDS=1024 \
		-CFLAGS "-DVN_R=$2"
}
exe=$(MUTATE=vn_store build store 8)
mutants "$exe"
exe=$(build store_64 64)
bench "$exe"
finish
