#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_dsp48e2.sh [SEED] - the model of DSP48E2 at several settings; what it has not must stop it; then seeded errors.
set -eu
seed=${1:-1}

build() { # NAME [VERILATOR ARGS]...: prints the program
	local name=$1; shift
	tests/rtl/verilate.sh "$name" dsp48e2_top "rtl/sim/vn_dsp48e2_model.sv tests/rtl/dsp48e2_top.sv" \
		tests/rtl/dsp48e2_tb.cpp "$@"
}

must_fail() { # NAME TEXT [VERILATOR ARGS]...: the log must have TEXT
	local program name=$1 text=$2; shift 2
	program=$(build "dsp48e2_$name" "$@" -MAKEFLAGS "OPT_FAST=-O0 OPT_GLOBAL=-O0")
	if ("$program" "$seed" >"$program.log" 2>&1; exit $?) 2>/dev/null || ! grep -q "$text" "$program.log"; then
		echo "$name: not found"; exit 1
	fi
	echo "$name: found"
}

program=$(build dsp48e2); "$program" "$seed"
must_fail unsupported "is not modelled" -DVN_DSP48E2_SIMD
must_fail DSP_SHADOW FAIL -DVN_MUTANT_DSP_SHADOW
must_fail DSP_RND FAIL -DVN_MUTANT_DSP_RND
