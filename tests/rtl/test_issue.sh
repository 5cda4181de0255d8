#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_issue.sh - vn_issue between a dispatcher, token counters and an engine; as the queue of each of the five.
. tests/rtl/lib.sh

build() { # NAME ENGINE
	tests/rtl/verilate.sh "$1" vn_issue "rtl/vn_cu_pkg.sv rtl/vn_issue.sv" tests/rtl/issue_tb.cpp -GENGINE="$2" -CFLAGS "-DQUEUE_OF=$2"
}
exe=$(MUTATE=vn_issue build issue 2)
mutants "$exe"
for engine in 0 1 3 4; do
	exe=$(build issue_$engine $engine)
	bench "$exe" 20000
done
finish
