#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_axi_write between a random writer and a random memory; three seeded bugs must be found.
set -eu
seed=${SEED:-1}
build() { # NAME [VERILATOR ARGS]...
	tests/rtl/verilate.sh "$1" vn_axi_write rtl/vn_axi_write.sv tests/rtl/axi_write_tb.cpp -GTAG_W=7 "${@:2}"
}
exe=$(build axi_write)
"$exe" "$seed"
for mutant in WRITE_LAST WRITE_DONE BURST_GAP; do
	exe=$(build "axi_write_$mutant" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null 2>&1; then
		echo "test_axi_write: seeded bug $mutant was not found"
		exit 1
	fi
done
echo "axi_write: 3 seeded bugs found"
