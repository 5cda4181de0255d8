#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_fetch.sh - vn_fetch between a sequencer and a reader.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_fetch tests/rtl/verilate.sh fetch vn_fetch rtl/vn_fetch.sv tests/rtl/fetch_tb.cpp)
mutants "$exe"
finish
