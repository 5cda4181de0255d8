#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The network of the zoo on rtl:, every size that is built, under easy and hard memory, every stage against ref:; then memory
# that refuses, and a limit: each must fail with the right sentence.
set -u
B=${B:-build} VANILLIN=${VANILLIN:-$B/vanillin} SEED=${SEED:-1} LONG=${LONG:-0}
fails=0 runs=0

verify() { # size options images
	runs=$((runs + 1))
	"$VANILLIN" verify "$B/zoo/fashion-$1.vnx" --devices "ref:,rtl:;$2" --images "$3" --seed "$SEED" || fails=$((fails + 1))
}

refuses() { # what-it-says options
	local text
	runs=$((runs + 1))
	text=$("$VANILLIN" verify "$B/zoo/fashion-8x8.vnx" --devices "ref:,rtl:;$2" --images 1 2>&1) &&
		{ echo "$2: no error"; fails=$((fails + 1)); return; }
	grep -q "$1" <<<"$text" || { echo "$2: does not say '$1': $text"; fails=$((fails + 1)); }
}

[ -f "$B/sim/libvn_rtl_8x8.so" ] && [ -f "$B/zoo/fashion-8x8.vnx" ] || { echo "rtl:8x8 is not built: make sim-8x8 zoo"; exit 77; }
verify 8x8 "seed=$SEED" 5
verify 8x8 "latency=1;bandwidth=100;seed=$SEED" 1
verify 8x8 "stall=4;bandwidth=50;seed=$SEED" 1
verify 8x8 "stall=100;seed=$SEED" 1
for size in 16x16 32x32 32x64; do
	[ -f "$B/sim/libvn_rtl_$size.so" ] && [ -f "$B/zoo/fashion-$size.vnx" ] && verify $size "stall=3;seed=$SEED" 1
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
echo "seed $SEED: $runs runs, $fails wrong"
[ $fails -eq 0 ]
