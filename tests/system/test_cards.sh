#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Through real XRT and OpenCL on an emulated U50 with default-size compute units: every byte as the reference's,
# VanillaNet-5 at 224x224 among them.  LONG=1: 1,000 images, every way.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/emulate/cards.sh
. tests/emulate/cards.sh
PYTHON=${PYTHON:-/usr/bin/python3} LONG=${LONG:-0}
need "$B"/sim/libvn_rtl_32x64.so
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || skip "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"
make_xclbin 2 "$T/cards" 32x64 || exit 1
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
