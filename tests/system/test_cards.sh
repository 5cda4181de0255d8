#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Through real XRT and OpenCL on an emulated U50 with default-size compute units: every byte as the reference's, two units near
# twice one in the card's own time, transfers beside computing, VanillaNet-5 at 224x224.  LONG=1: 1,000 images, every way.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/emulate/cards.sh
. tests/emulate/cards.sh
PYTHON=${PYTHON:-/usr/bin/python3} LONG=${LONG:-0}
need "$B"/sim/libvn_rtl_{16x16,32x64}.so
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || skip "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"
for size in 16x16 32x64; do
	MKXCLBIN=$B/mkxclbin VN_DEVICE=$B/sim/vn_device bitstreams/emulation.sh u50 "$B/sim/libvn_rtl_$size.so" 2 "$T/cards" >/dev/null || exit 1
done
export VANILLIN_XCLBIN_DIR=$T/cards
net=$B/zoo/fashion-32x64.vnx
images=60 few=24 how=(--weights resident)
[ "$LONG" = 1 ] && images=1000 few=1000 how=()

for device in xrt:0 ocl:0; do
	check "$images images on $device" 0 "$VANILLIN" verify "$net" --devices "ref:,$device" --data "$DATA" --images $images "${how[@]}" --emulate
	says "no mismatch on $device" out "verify: devices=ref:,$device images=$images .* mismatches=0"
	check "$few images on $device, weights streamed" 0 "$VANILLIN" verify "$net" --devices "ref:,$device" --data "$DATA" --images $few --weights stream --emulate
	says "no mismatch on $device, weights streamed" out "verify: devices=ref:,$device images=$few .* mismatches=0"
done

# 32 batches of 24 images with one unit and with both (the last ones may not come out even); the device process reports its
# own cycles.  At 16x16 a batch is long
# beside what the host needs between two, which passes as time of the card while the other unit computes.
for cus in 1 2; do
	VANILLIN_CARD="report=$T/report$cus.json" check "768 images on $cus of the units" 0 \
		"$VANILLIN" eval "$B/zoo/fashion-16x16.vnx" --data "$DATA" --images 768 --device "xrt:0;cus=$cus;selftest=0;timeline=$T/timeline$cus.json" --emulate
	cp "$T/out" "$T/eval$cus"
done
judge "the same accuracy" "$T/eval1" "$T/eval2" <<'PY'
import re, sys
one, two = (re.search(r"top1=\S+ top5=\S+", open(p).read())[0] for p in sys.argv[1:])
assert one == two, (one, two)
PY
judge "two units: both busy, near twice as fast in the card's time" "$T/report1.json" "$T/report2.json" <<'PY'
import json, sys
one, two = (json.load(open(p)) for p in sys.argv[1:])
busy = [u["busy_cycles"] / two["card_cycles"] for u in two["units"]]
gain = one["card_cycles"] / two["card_cycles"]
print(f"{one['card_cycles']} cycles with one unit, {two['card_cycles']} with two: {gain:.3f} times as fast; busy {busy}")
assert gain >= 1.8 and min(busy) >= 0.9, (gain, busy)
PY
judge "records move while the unit computes" "$T/timeline1.json" <<'PY'
import sys
sys.path.insert(0, "tools")
from host_overhead import load, overlapped
total, hidden = overlapped(load(sys.argv[1])[0])
print(f"{hidden} of {total} bytes of records moved while the unit computed")
assert hidden >= 0.7 * total
PY

if "$PYTHON" -c 'import torch' 2>/dev/null; then
	OMP_NUM_THREADS=1 "$PYTHON" train/export.py --random 1 --arch vanillanet_5 --form deploy --out "$T/net.onnx" >/dev/null || exit 1
	"$PYTHON" - "$DATA/t10k-images-idx3-ubyte.gz" "$T/1.idx" <<'PY'
import gzip, struct, sys
data = gzip.open(sys.argv[1]).read(16 + 784)[16:]
open(sys.argv[2], "wb").write(struct.pack(">IIII", 0x803, 1, 28, 28) + data)
PY
	"$VANILLIN" compile "$T/net.onnx" --calib "$T/1.idx" --target 32x64 -o "$T/net.vnx" >/dev/null || exit 1
	# The untapped run alone, but for LONG=1.
	for device in xrt:0 ocl:0; do
		if [ "$LONG" = 1 ]; then
			check "VanillaNet-5 on $device" 0 "$VANILLIN" verify "$T/net.vnx" --devices "ref:,$device" --data "$T/1.idx" --images 1 --emulate
			says "no mismatch in VanillaNet-5 on $device" out "verify: .* mismatches=0"
		else
			"$VANILLIN" run "$T/net.vnx" "$T/1.idx" --top 1000 --device ref: >"$T/ref"
			check "VanillaNet-5 on $device" 0 "$VANILLIN" run "$T/net.vnx" "$T/1.idx" --top 1000 --device "$device;cus=1" --emulate
			mv "$T/out" "$T/card"
			check "VanillaNet-5 on $device: all logits" 0 cmp "$T/ref" "$T/card"
		fi
	done
else
	skip_part "VanillaNet-5" "no PyTorch to write the network with (apt-get install python3-torch)"
fi
finish
