#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shipped network on all 10,000 test images: int8 within 0.3 points of the float accuracy in its manifest, and every byte
# of every stage the same on ref: and hls:, resident and streamed.
set -u
B=${B:-build} DATA=${DATA:-/usr/share/datasets/fashion-mnist} VANILLIN=${VANILLIN:-$B/vanillin}
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || { echo "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"; exit 77; }
field() { sed -n "s/.*[ :]$1=\([0-9.]*\).*/\1/p" <<<"$2"; }
failed=0
check() { # sentence condition...
	local what=$1; shift
	if "$@"; then echo "ok   $what"; else echo "FAIL $what"; failed=1; fi
}
near() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a - b <= d && b - a <= d) }'; }

float=$(python3 -c 'import json; print(json.load(open("model/zoo/fashion.json"))["test_top1"]["deploy_form"])')
check "float top-1 $float is at least 92.8" awk -v f="$float" 'BEGIN { exit !(f >= 92.8) }'
for size in 8x8 16x16 32x64; do
	line=$("$VANILLIN" eval "$B/zoo/fashion-$size.vnx" --data "$DATA" --device ref: | tail -n 1)
	echo "$size $line"
	check "int8 at $size within 0.3 of float $float" near "$(field top1 "$line")" "$float" 0.3
done
ref=$(field top1 "$("$VANILLIN" eval "$B/zoo/fashion-16x16.vnx" --data "$DATA" --device ref: --weights stream | tail -n 1)")
hls=$(field top1 "$("$VANILLIN" eval "$B/zoo/fashion-16x16.vnx" --data "$DATA" --device hls: | tail -n 1)")
check "the same top-1 on ref: streamed ($ref) and hls: resident ($hls)" test "$ref" = "$hls"
line=$("$VANILLIN" verify "$B/zoo/fashion-16x16.vnx" --devices ref:,hls: --data "$DATA" --images 10000 | tail -n 1)
echo "$line"
check "no mismatch on 10,000 images" grep -q '^verify: devices=ref:,hls: images=10000 .* mismatches=0$' <<<"$line"
for size in 8x8 32x32 32x64; do
	line=$("$VANILLIN" verify "$B/zoo/fashion-$size.vnx" --devices ref:,hls: --data "$DATA" --images 200 | tail -n 1)
	check "no mismatch at $size" grep -q 'images=200 .* mismatches=0$' <<<"$line"
done
exit $failed
