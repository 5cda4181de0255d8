#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - what `make run` shows: compile the shipped network, look at it, classify real images on the HLS C compute unit,
# and prove that it gives the reference's bytes.  DATA: folder of the Fashion-MNIST files.
set -eu
DATA=${DATA:-/usr/share/datasets/fashion-mnist}
vn=build/vanillin
net=build/zoo/fashion-16x16.vnx
say() { printf '\n$ %s\n' "$*"; "$@"; }

mkdir -p build/zoo
say $vn compile model/zoo/fashion.onnx --calib "$DATA/train-images-idx3-ubyte.gz" --target 16x16 -o $net
say $vn info $net
say $vn run $net "$DATA/t10k-images-idx3-ubyte.gz:0" "$DATA/t10k-images-idx3-ubyte.gz:1" "$DATA/t10k-images-idx3-ubyte.gz:2" --top 3
say $vn eval $net --data "$DATA" --device ref:
say $vn eval $net --data "$DATA" --device hls:
say $vn eval $net --data "$DATA" --device hls: --weights stream --images 1000
say $vn eval $net --data "$DATA" --device rtl: --images 500
say $vn run $net "$DATA/t10k-images-idx3-ubyte.gz:0" --device rtl: --counters
say $vn verify $net --devices ref:,hls:,rtl: --data "$DATA" --images 50
say $vn verify $net --devices ref:,hls: --data "$DATA" --images 10000 --weights resident
