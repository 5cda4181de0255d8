#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shipped network on real images: int8 within 0.3 points of the float accuracy in its manifest over all 10,000, the same answers
# whatever the size, the device and the way of the weights, and every byte of every stage the same on ref: and hls:.
# LONG=1: all 10,000 everywhere.
set -u
B=${B:-build} DATA=${DATA:-/usr/share/datasets/fashion-mnist} LONG=${LONG:-0}
. tests/lib.sh
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || skip "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"
answers=500 bytes=300 others=60
[ "$LONG" = 1 ] && answers=10000 bytes=10000 others=200
T1= # of the last eval
eval_top1() { # NAME SIZE IMAGES OPTION...
	check "$1" 0 "$VANILLIN" eval "$B/zoo/fashion-$2.vnx" --data "$DATA" --images "$3" "${@:4}"
	T1=$(sed -n 's/^eval: .* top1=\([0-9.]*\) .*/\1/p' "$T/out")
}
near() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a != "" && a - b <= d && b - a <= d) }'; }

float=$(python3 -c 'import json; print(json.load(open("model/zoo/fashion.json"))["test_top1"]["deploy_form"])')
check "float top-1 $float is at least 92.8" 0 awk -v f="$float" 'BEGIN { exit !(f >= 92.8) }'
eval_top1 "10,000 images at 16x16" 16x16 10000 --device ref:
check "int8 $T1 within 0.3 of float $float" 0 near "$T1" "$float" 0.3
eval_top1 "$answers images at 16x16" 16x16 "$answers" --device ref:
want=$T1
for size in 8x8 32x32 32x64; do
	eval_top1 "$answers images at $size" $size "$answers" --device ref:
	check "the same top-1 at $size ($T1) as at 16x16 ($want)" 0 test "$T1" = "$want"
done
eval_top1 "ref:, streamed" 16x16 "$answers" --device ref: --weights stream
check "the same top-1 on ref: streamed ($T1)" 0 test "$T1" = "$want"
eval_top1 "hls:, resident" 16x16 "$answers" --device hls:
check "the same top-1 on hls: resident ($T1)" 0 test "$T1" = "$want"

for one in "16x16 $bytes" "8x8 $others" "32x32 $others" "32x64 $others"; do
	read -r size images <<<"$one"
	check "every byte at $size" 0 "$VANILLIN" verify "$B/zoo/fashion-$size.vnx" --devices ref:,hls: --data "$DATA" --images "$images"
	says "no mismatch at $size" out "verify: devices=ref:,hls: images=$images .* mismatches=0"
done
finish
