#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Verilated compute unit behind the program: real images bit for bit, streamed and tapped, slow and stalling memory, and
# every way a start can go wrong: one sentence, exit code 1, and the next run works.  LONG=1: all 10,000 images.
set -u
B=${B:-build} DATA=${DATA:-/usr/share/datasets/fashion-mnist} LONG=${LONG:-0}
# shellcheck source=tests/lib.sh
. tests/lib.sh
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || skip "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"
[ -f "$B/sim/libvn_rtl_8x8.so" ] || skip "no simulated compute unit (make sim)"
image=$DATA/t10k-images-idx3-ubyte.gz:0
net() { echo "$B/zoo/fashion-$1.vnx"; }

for size in 8x8 16x16 32x32 32x64; do
	check "verify at $size" 0 "$VANILLIN" verify "$(net $size)" --devices ref:,hls:,rtl: --data "$DATA" --images 12
	says "no mismatch at $size" out 'verify: devices=ref:,hls:,rtl: images=12 tensors=[0-9]+ values=[0-9]+ mismatches=0'
done
for array in dsp dpi; do
	[ -f "$B/sim/libvn_rtl_8x8_$array.so" ] || { skip_part "array=$array" "not built (make sim-$array SIZE=8x8)"; continue; }
	check "verify with array=$array" 0 "$VANILLIN" verify "$(net 8x8)" --devices "ref:,rtl:;array=$array" --data "$DATA" --images 2
	says "no mismatch with array=$array" out '.* mismatches=0'
done
for options in 'stall=100' 'latency=1;bandwidth=100' 'latency=900;bandwidth=12;stall=7;seed=5'; do
	check "verify with $options" 0 "$VANILLIN" verify "$(net 8x8)" --devices "ref:,rtl:;$options" --data "$DATA" --images 2
	says "no mismatch with $options" out '.* mismatches=0'
done
check "eval" 0 "$VANILLIN" eval "$(net 16x16)" --device rtl: --data "$DATA" --images 200 --threads 2
says "eval's line" out 'eval: device=rtl: images=200 top1=[0-9.]+ top5=[0-9.]+ images_per_s=[0-9.]+'
top1=$(sed -n 's/.* top1=\([0-9.]*\) .*/\1/p' "$T/out")
check "the same eval on ref:" 0 "$VANILLIN" eval "$(net 16x16)" --device ref: --data "$DATA" --images 200
says "top-1 agrees" out "eval: .* top1=$top1 .*"

check "counters" 0 "$VANILLIN" run "$(net 8x8)" "$image" --device rtl: --counters --json
is_json "counters as JSON"
cp "$T/out" "$T/counters.json"
judge "every engine's four counters sum to the cycles" "$T/counters.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))["counters"]
assert [r["stage"] for r in rows] == ["all", "stem", "block1", "block2", "block3", "fc"], rows
for r in rows:
    for engine in ("load", "array", "post", "dw", "store"):
        assert sum(r[engine].values()) == r["cycles"], (r["stage"], engine)
PY
refuse "counters need a clock" "no clock" "$VANILLIN" run "$(net 8x8)" "$image" --device hls: --counters

# Faults of memory: the buffer, the descriptor and the word are named; status and mirror both tell.
while read -r where sentence; do
	refuse "bus error: $where" "$sentence" "$VANILLIN" run "$(net 8x8)" "$image" --device "rtl:;error=$where:slverr:1"
done <<'LIST'
program:read descriptor [0-9]+ .*: card memory answered a transfer with an error
weights:read descriptor [0-9]+ \(MM of stem\), word 3 \(WEIGHTS\): card memory answered a transfer with an error
input:read descriptor [0-9]+ \(LOAD of stem\), word 3 \(OFFSET\): card memory answered a transfer with an error
output:write descriptor [0-9]+ \(STORE of FC\), word 3 \(OFFSET\): card memory answered a transfer with an error
status:write register STATUS: card memory answered a transfer with an error
LIST
refuse "bus error, late" "descriptor [0-9]+ \(.*\), word 3 .*: card memory" \
	"$VANILLIN" run "$(net 8x8)" "$image" --device "rtl:;error=weights:read:decerr:40"
refuse "too many cycles" "not done after 5000 cycles" "$VANILLIN" run "$(net 8x8)" "$image" --device "rtl:;cycles=5000"
refuse "a size that is not built" "libvn_rtl_64x8.so|64x8" "$VANILLIN" run "$(net 8x8)" "$image" --device rtl:64x8
refuse "another size than the program's" "16x16" "$VANILLIN" run "$(net 8x8)" "$image" --device rtl:16x16
check "and the next run works" 0 "$VANILLIN" run "$(net 8x8)" "$image" --device rtl:

if [ "$LONG" = 1 ]; then
	check "all 10,000 images at 16x16" 0 "$VANILLIN" verify "$(net 16x16)" --devices ref:,rtl: --data "$DATA" --images 10000 --weights resident
	says "no mismatch on 10,000 images" out 'verify: devices=ref:,rtl: images=10000 .* mismatches=0'
fi
finish
