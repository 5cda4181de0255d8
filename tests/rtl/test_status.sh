#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_status.sh - vn_status between a sequencer, counters, the mirror and a writer.
. tests/rtl/lib.sh

config=320\'h000002090000010800000008000000070000000600000005000000040000000300000002f0000001
exe=$(MUTATE=vn_status tests/rtl/verilate.sh status vn_status rtl/vn_status.sv tests/rtl/status_tb.cpp "-GCONFIG=$config" "-GHASH=32'hfeedbeef" \
	-CFLAGS "-DVN_CFG=0xf0000001,2,3,4,5,6,7,8,0x108,0x209 -DVN_HASH=0xfeedbeef")
mutants "$exe"
finish
