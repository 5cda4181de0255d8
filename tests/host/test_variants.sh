#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks by name wherever a network is taken; a file of that name; what cannot be.
# LONG=1: every variant compiled and run, and one of full size on ref: and hls:.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

# compiled NAME ARGUMENT...: its program in $T/net.vnx, what was told in $T/out
compiled() {
	check "compile $*" 0 "$VANILLIN" compile "$@" -o "$T/net.vnx" --json
}
# agrees NAME: ref: and hls: on every value
agrees() {
	check "verify $1" 0 "$VANILLIN" verify "$T/net.vnx" --devices ref:,hls: --images 1 --threads 1
	says "verify $1: no mismatch" out 'verify: .* mismatches=0'
}

# ---- int8 follows the float network ----
compiled vanillanet-5@64 --target 16x16 --images 16
cp "$T/out" "$T/told"
judge "int8 follows vanillanet-5@64" "$T/told" <<'PY'
import json, sys
told = json.load(open(sys.argv[1]))
q = told["quality"]
print(f"agreement {q['agreement']} %, logits {q['logits_sqnr_db']:.1f} dB, worst stage {q['worst_sqnr_db']:.1f} dB")
assert told["calibration_images"] == 16 and "random weights of seed 1" in told["notes"][0]
assert q["agreement"] >= 75 and q["logits_sqnr_db"] > 20 and q["worst_sqnr_db"] > 18
PY
agrees vanillanet-5@64

# ---- the same name is the same network, in every command and spelling ----
check "compile fashion" 0 "$VANILLIN" compile fashion --target 8x8 -o "$T/a.vnx"
says "compile: a note" out 'compile: note: fashion with random weights of seed 1: its answers mean nothing'
check "compile Fashion#1" 0 "$VANILLIN" compile fashion@28x28#1 --target 8x8 -o "$T/b.vnx"
check "the same program" 0 cmp "$T/a.vnx" "$T/b.vnx"
for threads in 1 3; do
	check "compile on $threads threads" 0 "$VANILLIN" compile fashion --target 8x8 --threads $threads -o "$T/b.vnx"
	check "$threads threads: the same program" 0 cmp "$T/a.vnx" "$T/b.vnx"
done
check "compile fashion#2" 0 "$VANILLIN" compile fashion#2 --target 8x8 -o "$T/b.vnx"
check "another seed, another program" 1 cmp -s "$T/a.vnx" "$T/b.vnx"
make_data
check "compare" 0 "$VANILLIN" compare fashion "$T/a.vnx" --data "$T/data/t10k-images-idx3-ubyte"
check "compare with another seed" 0 "$VANILLIN" compare fashion#2 "$T/a.vnx" --data "$T/data/t10k-images-idx3-ubyte" --json
cp "$T/out" "$T/told"
judge "another seed is another network" "$T/told" <<'PY'
import json, sys
assert json.load(open(sys.argv[1]))["logits_sqnr_db"] < 3
PY
check "run by name" 0 "$VANILLIN" run fashion "$T/good/grey.png" --device hls:8x8
cp "$T/out" "$T/by-name"
says "run by name: a note" err 'vanillin: note: fashion with random weights .*'
check "run its program" 0 "$VANILLIN" run "$T/a.vnx" "$T/good/grey.png"
cp "$T/out" "$T/by-file"
check "the same answer" 0 diff "$T/by-file" "$T/by-name"
check "eval by name" 0 "$VANILLIN" eval fashion#3 --data "$T/data" --device hls:16x16
check "verify by name" 0 "$VANILLIN" verify fashion@20x36 --devices ref:,hls:8x8 --images 2
says "verify by name: no mismatch" out 'verify: .* mismatches=0'
check "info by name" 0 "$VANILLIN" info fashion@20x36
says "info: height x width in the name, width x height as pictures are told" out 'image +36 x 20, .*'

# ---- a file of that name wins ----
cp model/zoo/fashion.onnx "$T/fashion"
program=$(realpath "$VANILLIN")
check "a file named so" 0 env -C "$T" "$program" compile fashion --calib data --target 8x8 -o c.vnx
says "a file named so: a note" err 'vanillin: note: fashion is taken for the file of that name; .*'
check "another network" 1 cmp -s "$T/a.vnx" "$T/c.vnx"
check "a file named so needs a calibration" 2 env -C "$T" "$program" compile fashion -o c.vnx

# ---- what cannot be ----
refuse "no such variant" 'vanillanet-4: there is no such network; those with a name are vanillanet-5, .*, fashion$' \
	"$VANILLIN" compile vanillanet-4 -o "$T/x.vnx"
refuse "no such variant to eval" 'vanillanet-14: there is no such network' "$VANILLIN" eval vanillanet-14 --data "$T/data"
refuse "too small" 'block10: its map of 1 pixels cannot be halved' "$VANILLIN" compile vanillanet-13@16 -o "$T/x.vnx"
refuse "a ratio of pooling" 'block2: it pools 128 pixels to 38, and the compute unit at most 3 to 1' \
	"$VANILLIN" compile vanillanet_13_x1_5_ada_pool@384 -o "$T/x.vnx"
refuse "no size" 'fashion@7y: the size is not two numbers' "$VANILLIN" info fashion@7y
refuse "no file" 'vanillanet-5.onnx' "$VANILLIN" compile ./vanillanet-5.onnx --calib "$T/data" -o "$T/x.vnx"
check "nothing written" 1 test -e "$T/x.vnx"

if [ "${LONG:-0}" = 1 ]; then
	for n in 5 6 7 8 9 10 11 12 13 13-1.5x 13-det; do
		compiled "vanillanet-$n@64" --images 4
		agrees "vanillanet-$n@64"
	done
	compiled vanillanet-13-1.5x-ada-pool@120 --images 2
	agrees vanillanet-13-1.5x-ada-pool@120
	compiled vanillanet-5 --images 4
	agrees vanillanet-5
fi
finish
