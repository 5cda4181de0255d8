#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_order.sh - vn_order against hls/vn_token.h.
. tests/rtl/lib.sh

exe=$(MUTATE=vn_order tests/rtl/verilate.sh order vn_order rtl/vn_order.sv tests/rtl/order_tb.cpp)
mutants "$exe"
finish
