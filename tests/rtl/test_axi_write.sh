#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_axi_write.sh - vn_axi_write between a random writer and a random memory.
. tests/rtl/lib.sh

exe=$(MUTATE="vn_axi_write vn_burst" tests/rtl/verilate.sh axi_write vn_axi_write "rtl/vn_cu_pkg.sv rtl/vn_axi_write.sv" \
	tests/rtl/axi_write_tb.cpp -GTAG_W=7)
mutants "$exe"
finish
