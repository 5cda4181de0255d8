#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_requant.sh [SEED] - one lane of the requantiser against 128-bit integers; two seeded bugs must
# be found.
set -eu
seed=${1:-1}
build() { tests/rtl/verilate.sh "$1" vn_requant rtl/vn_requant.sv tests/rtl/requant_tb.cpp "${@:2}"; }
"$(build requant)" "$seed"
for mutant in REQUANT_TIE REQUANT_EDGE; do
	exe=$(build "requant_$mutant" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null; then
		echo "test_requant: seeded bug $mutant was not found"
		exit 1
	fi
done
