#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_dsp48e2.sh - the model of DSP48E2 at several settings; what it has not must stop it.
. tests/rtl/lib.sh

build() { # NAME [VERILATOR ARGS]...
	tests/rtl/verilate.sh "$1" dsp48e2_top "rtl/sim/vn_dsp48e2_model.sv tests/rtl/dsp48e2_top.sv" \
		tests/rtl/dsp48e2_tb.cpp "${@:2}"
}

exe=$(MUTATE=vn_dsp48e2_model build dsp48e2)
mutants "$exe"
exe=$(build dsp48e2_unsupported -DVN_DSP48E2_SIMD -MAKEFLAGS "OPT_FAST=-O0")
if ("$exe" >"$exe.log" 2>&1; exit $?) 2>/dev/null || ! grep -q "is not modelled" "$exe.log"; then
	failed "a setting that the model has not was taken" "$exe.log"
fi
checks=$((checks + 1))
finish
