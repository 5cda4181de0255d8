#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Threads of one XRT program share an emulated card, of one unit and of two: every run ends.  LONG=1: 200 runs a thread, 30
# times.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/lib.sh
. tests/emulate/cards.sh
SHARE=$B/tests/emulate/share_card
need
[ -x "$SHARE" ] || skip "$SHARE is not built: apt-get install libxrt-dev uuid-dev, make tests-built"
runs=40 times=1
[ "${LONG:-0}" = 0 ] || runs=200 times=30

for units in 1 2; do make_xclbin $units "$T/x"; done
for n in $(seq $times); do
	for units in 1 2; do
		for threads in 1 2 3 4 8; do
			name="$threads threads, $units units, $n"
			within "$name: in time" 30 check "$name" 0 emulate --timeout 30 "$SHARE" "$T/x/vn_cu-u50-8x8-x$units.hw_emu.xclbin" $threads $runs
			says "$name: all" out "$threads x $runs, 0 wrong"
		done
	done
done
nothing_left "threads"
finish
