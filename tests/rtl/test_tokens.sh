#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_tokens against a scoreboard; two seeded bugs must be found.
set -eu
seed=${SEED:-1}
build() { tests/rtl/verilate.sh "$1" vn_tokens rtl/vn_tokens.sv tests/rtl/tokens_tb.cpp "${@:2}"; }
"$(build tokens)" "$seed"
for mutant in TOKENS_LOST TOKENS_NARROW; do
	exe=$(build "tokens_$mutant" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null; then
		echo "test_tokens: seeded bug $mutant was not found"
		exit 1
	fi
done
