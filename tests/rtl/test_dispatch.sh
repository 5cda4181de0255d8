#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_dispatch.sh - vn_dispatch between a sequencer and the queues; a tile row of less than a beat, and of two.
. tests/rtl/lib.sh

build() { # NAME R C
	tests/rtl/verilate.sh "$1" vn_dispatch "rtl/vn_cu_pkg.sv rtl/vn_dispatch.sv" tests/rtl/dispatch_tb.cpp -GR="$2" -GC="$3" \
		-CFLAGS "-DVN_R=$2 -DVN_C=$3"
}
exe=$(MUTATE=vn_dispatch build dispatch 32 128)
mutants "$exe"
exe=$(build dispatch_8x8 8 8)
bench "$exe"
finish
