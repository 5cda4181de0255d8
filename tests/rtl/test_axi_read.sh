#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_axi_read between random readers and a random memory, with 3 clients (FIFOs of 256, 64 and 4 beats) and with 1;
# three seeded bugs must be found.
set -eu
seed=${SEED:-1}
build() { # NAME CLIENTS DEPTHS [VERILATOR ARGS]...
	tests/rtl/verilate.sh "$1" vn_axi_read rtl/vn_axi_read.sv tests/rtl/axi_read_tb.cpp \
		"-GCLIENTS=$2" -GTAG_W=7 "-GDEPTHS=$3" -CFLAGS "-DCLIENTS=$2" "${@:4}"
}
three="96'h000000040000004000000100"
exe=$(build axi_read 3 "$three")
"$exe" "$seed"
exe=$(build axi_read_1 1 "32'h100")
"$exe" "$seed" 60000
for mutant in CREDIT_ONE BURST_CROSS READ_ERROR; do
	exe=$(build "axi_read_$mutant" 3 "$three" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null 2>&1; then
		echo "test_axi_read: seeded bug $mutant was not found"
		exit 1
	fi
done
echo "axi_read: 3 seeded bugs found"
