#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How busy the array is: VanillaNet-5 at 224x224 (random weights) on the default compute unit, cycle by cycle, memory at 85 % of
# its peak beats and 120 cycles away.  MACs of stem, 1x1 convolutions and FC / (cycles x R x C), first start to last done: at
# least 93 % for one image, 97 % for a stream of four (LONG=1: of eight); predicted within 1 %, stage by stage; and every byte
# as the reference's.
set -u
B=${B:-build} DATA=${DATA:-/usr/share/datasets/fashion-mnist} LONG=${LONG:-0} PYTHON=${PYTHON:-/usr/bin/python3}
. tests/lib.sh
[ -f "$B/sim/libvn_rtl_32x64.so" ] || skip "no simulated compute unit of 32x64 (make sim)"
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || skip "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"
"$PYTHON" -c 'import torch' 2>/dev/null || skip "no PyTorch to write the network with (apt-get install python3-torch)"
device='rtl:;latency=120;bandwidth=85'
stream=4
[ "$LONG" = 1 ] && stream=8

OMP_NUM_THREADS=1 "$PYTHON" train/export.py --random 1 --arch vanillanet_5 --form deploy --out "$T/net.onnx" >/dev/null || exit 1
"$PYTHON" - "$DATA/t10k-images-idx3-ubyte.gz" "$T" $stream <<'PY'
import gzip, struct, sys
data = gzip.open(sys.argv[1]).read(16 + 8 * 784)[16:]
for n in (1, int(sys.argv[3])):
    open(f"{sys.argv[2]}/{n}.idx", "wb").write(struct.pack(">IIII", 0x803, n, 28, 28) + data[:n * 784])
PY
"$VANILLIN" compile "$T/net.onnx" --calib "$T/$stream.idx" --target 32x64 --group $stream -o "$T/net.vnx" || exit 1
for images in 1 $stream; do
	# Without --weights the counters of each stage, started by itself, come after those of the whole network.
	how=(); [ $images = 1 ] || how=(--weights resident)
	"$VANILLIN" run "$T/net.vnx" "$T/$images.idx" --device "$device" "${how[@]}" --counters --json >"$T/$images.json" || exit 1
	"$VANILLIN" run "$T/net.vnx" "$T/$images.idx" --device ref: --json >"$T/ref.json" || exit 1
	judge "$images images: predicted within 1 %, answers as the reference's" "$T/$images.json" "$T/ref.json" <<'PY'
import json, sys
rtl, ref = (json.load(open(p)) for p in sys.argv[1:])
for row in rtl["counters"]:
    difference = row["predicted"] / row["cycles"] - 1
    print(f"{row['stage']}: {row['cycles']} cycles, predicted {row['predicted']} ({100 * difference:+.2f} %)")
    assert abs(difference) <= 0.01, "the prediction is more than 1 % off"
assert rtl["images"] == [dict(r, image=i["image"]) for r, i in zip(ref["images"], rtl["images"])], "answers differ"
PY
	share=$("$PYTHON" -c 'import json,sys; print("%.2f" % (100 * json.load(open(sys.argv[1]))["counters"][0]["utilisation"]))' "$T/$images.json")
	least=93; [ $images = 1 ] || least=97
	check "$images images: $share % of the array's cycles, at least $least %" 0 awk -v s="$share" -v l=$least 'BEGIN { exit !(s >= l) }'
done
check "every byte of every stage" 0 "$VANILLIN" verify "$T/net.vnx" --devices "ref:,$device" --data "$T/1.idx" --images 1 --weights resident
says "no mismatch" out 'verify: .* mismatches=0'
finish
