#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_requant.sh - one lane of the requantiser against 128-bit integers.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_requant tests/rtl/verilate.sh requant vn_requant rtl/vn_requant.sv tests/rtl/requant_tb.cpp)
mutants "$exe"
finish
