#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_act.sh - the activation buffer against an array; two seeded bugs must be found.
set -eu
seed=${SEED:-1}

# NAME R WORDS ADDR_BITS [VERILATOR ARGS]...
build()
{
	tests/rtl/verilate.sh "$1" vn_act rtl/vn_act.sv tests/rtl/act_tb.cpp -GR="$2" -GACT_WORDS="$3" \
		-CFLAGS "-DACT_R=$2 -DACT_DEPTH=$3 -DACT_ADDR_BITS=$4" "${@:5}"
}

exe=$(build act_8 8 4096 12); "$exe" "$seed"
exe=$(build act_32 32 5000 13); "$exe" "$seed"
exe=$(build act_64 64 1024 10); "$exe" "$seed" 50000
for mutant in ACT_STROBE ACT_TURN; do
	exe=$(build "act_$mutant" 8 1024 10 "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null; then
		echo "test_act: seeded bug $mutant was not found"
		exit 1
	fi
done
