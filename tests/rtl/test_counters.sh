#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_counters.sh - vn_counters against counters in C++.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_counters tests/rtl/verilate.sh counters vn_counters rtl/vn_counters.sv tests/rtl/counters_tb.cpp --public-flat-rw)
mutants "$exe"
finish
