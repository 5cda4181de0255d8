#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_control.sh - vn_control against a register model that is exact to the cycle.
. tests/rtl/lib.sh

# `interrupt` is a port's name of Vitis
exe=$(MUTATE=vn_control tests/rtl/verilate.sh control vn_control rtl/vn_control.sv tests/rtl/control_tb.cpp -Wno-SYMRSVDWORD)
mutants "$exe"
finish
