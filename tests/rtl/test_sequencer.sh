#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_sequencer.sh - vn_sequencer, with vn_fetch, vn_check and vn_order, against a walk over the list in C++.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_sequencer tests/rtl/verilate.sh sequencer vn_sequencer "rtl/vn_check_pkg.sv rtl/vn_sequencer.sv" tests/rtl/sequencer_tb.cpp \
	-GR=8 -GC=16 -GACT_WORDS=4096 -GMID_SLOTS=2048 -GPSUM_ENTRIES=512 -GMAX_N=3 -GMAX_KTILES=64 "-GHASH=32'h12345678" \
	-CFLAGS "-DVN_CFG=2,8,16,4096,2048,512,3,64,8,4 -DVN_HASH=0x12345678")
mutants "$exe"
finish
