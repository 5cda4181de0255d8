#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_act.sh - the activation buffer against an array, at three sizes.
. tests/rtl/lib.sh

build() { # NAME R WORDS ADDR_BITS
	tests/rtl/verilate.sh "$1" vn_act "rtl/vn_cu_pkg.sv rtl/vn_pair.sv rtl/vn_act_bank.sv rtl/vn_act.sv" tests/rtl/act_tb.cpp -GR="$2" -GACT_WORDS="$3" \
		-CFLAGS "-DACT_R=$2 -DACT_DEPTH=$3 -DACT_ADDR_BITS=$4"
}

exe=$(MUTATE="vn_act vn_act_bank vn_pair" build act_8 8 8192 13)
mutants "$exe"
exe=$(build act_32 32 5000 13)
bench "$exe"
exe=$(build act_64 64 1024 10)
bench "$exe" 50000
finish
