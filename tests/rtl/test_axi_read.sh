#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_axi_read.sh - vn_axi_read between random readers and a random memory, with 3 clients (FIFOs of 256, 64 and 4 beats)
# and with 1.
. tests/rtl/lib.sh

build() { # NAME CLIENTS DEPTHS
	tests/rtl/verilate.sh "$1" vn_axi_read "rtl/vn_cu_pkg.sv rtl/vn_axi_read.sv" tests/rtl/axi_read_tb.cpp \
		"-GCLIENTS=$2" -GTAG_W=7 "-GDEPTHS=$3" -CFLAGS "-DCLIENTS=$2"
}

exe=$(MUTATE="vn_axi_read vn_credit vn_burst" build axi_read 3 "96'h000000040000004000000100")
mutants "$exe"
exe=$(build axi_read_1 1 "32'h100")
bench "$exe" 60000
finish
