#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_tokens.sh - vn_tokens against a scoreboard.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_tokens tests/rtl/verilate.sh tokens vn_tokens "rtl/vn_cu_pkg.sv rtl/vn_tokens.sv" tests/rtl/tokens_tb.cpp)
mutants "$exe"
finish
