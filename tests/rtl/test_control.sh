#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_control against a register model that is exact to the cycle; three seeded bugs must be found.
set -eu
seed=${SEED:-1}
build() { # NAME [VERILATOR ARGS]...; `interrupt` is a port's name of Vitis
	tests/rtl/verilate.sh "$1" vn_control rtl/vn_control.sv tests/rtl/control_tb.cpp -Wno-SYMRSVDWORD "${@:2}"
}
exe=$(build control)
"$exe" "$seed"
for mutant in CONTROL_QUEUE CONTROL_ISR CONTROL_LIVE; do
	exe=$(build "control_$mutant" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null 2>&1; then
		echo "test_control: seeded bug $mutant was not found"
		exit 1
	fi
done
echo "control: 3 seeded bugs found"
