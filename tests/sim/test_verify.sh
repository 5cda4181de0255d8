#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The network of the zoo on rtl:, every size that is built, under easy and hard memory, every stage against ref:; then memory
# that refuses, and a limit: each must fail with the right sentence.
set -u
B=${B:-build} SEED=${SEED:-1} LONG=${LONG:-0}
. tests/lib.sh

verify() { # size options images
	check "verify $1 $2" 0 "$VANILLIN" verify "$B/zoo/fashion-$1.vnx" --devices "ref:,rtl:;$2" --images "$3" --seed "$SEED"
	says "verify $1 $2: no mismatch" out 'verify: .* mismatches=0'
}

refuses() { # what-it-says options
	check "$2" 1 "$VANILLIN" verify "$B/zoo/fashion-8x8.vnx" --devices "ref:,rtl:;$2" --images 1
	says "$2: sentence" err ".*$1.*"
}

echo "seed=$SEED"
[ -f "$B/sim/libvn_rtl_8x8.so" ] && [ -f "$B/zoo/fashion-8x8.vnx" ] || skip "rtl:8x8 is not built: make sim-8x8 zoo"
verify 8x8 "seed=$SEED" 5
verify 8x8 "latency=1;bandwidth=100;seed=$SEED" 1
verify 8x8 "stall=4;bandwidth=50;seed=$SEED" 1
verify 8x8 "stall=100;seed=$SEED" 1
for size in 16x16 32x32 32x64; do
	if [ -f "$B/sim/libvn_rtl_$size.so" ] && [ -f "$B/zoo/fashion-$size.vnx" ]; then
		verify $size "stall=3;seed=$SEED" 1
	else
		skip_part "$size" "not built (make sim-$size zoo)"
	fi
done
for stall in 0 13; do
	refuses 'BEGIN of stem.*memory answered' "error=program:read:slverr:1;stall=$stall"
	refuses 'LOAD of stem.*memory answered' "error=input:read:decerr:1;stall=$stall"
	refuses 'MM of stem.*memory answered' "error=weights:read:slverr:1;stall=$stall"
	refuses 'STORE of stem.*memory answered' "error=scratch:write:decerr:2;stall=$stall"
	refuses 'LOAD of block1.*memory answered' "error=scratch:read:slverr:1;stall=$stall"
	refuses 'STORE of FC.*memory answered' "error=output:write:slverr:1;stall=$stall"
	refuses 'STATUS.*memory answered' "error=status:write:slverr:1;stall=$stall"
done
refuses 'not done after 1000 cycles' 'cycles=1000'
finish
