#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vn_order against hls/vn_token.h; two seeded bugs must be found.
set -eu
seed=${SEED:-1}
build() { tests/rtl/verilate.sh "$1" vn_order rtl/vn_order.sv tests/rtl/order_tb.cpp "${@:2}"; }
"$(build order)" "$seed"
for mutant in ORDER_LIMIT ORDER_HOME; do
	exe=$(build "order_$mutant" "-DVN_MUTANT_$mutant")
	if "$exe" "$seed" >/dev/null; then
		echo "test_order: seeded bug $mutant was not found"
		exit 1
	fi
done
