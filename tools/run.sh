#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - what `make run` shows: compile the shipped network, look at it, classify real images on the HLS C compute unit, on the
# Verilated one, and through XRT and OpenCL on a card that XRT emulates; and prove that all give the reference's bytes.  At the end this CPU for comparison.
# DATA: folder of the Fashion-MNIST files.
set -eu
DATA=${DATA:-/usr/share/datasets/fashion-mnist}
vn=build/vanillin
net=build/zoo/fashion-16x16.vnx
card=build/bitstreams/vn_cu-u50-16x16-x1.hw_emu.xclbin
say() { printf '\n$ %s\n' "$*"; "$@"; }

mkdir -p build/zoo
say $vn compile model/zoo/fashion.onnx --calib "$DATA/train-images-idx3-ubyte.gz" --target 16x16 -o $net
say $vn info $net
say $vn run $net "$DATA/t10k-images-idx3-ubyte.gz:0" "$DATA/t10k-images-idx3-ubyte.gz:1" "$DATA/t10k-images-idx3-ubyte.gz:2" --top 3
say $vn eval $net --data "$DATA" --device ref:
say $vn eval $net --data "$DATA" --device hls:
say $vn eval $net --data "$DATA" --device hls: --weights stream --images 1000
say $vn eval $net --data "$DATA" --device rtl: --images 150
say $vn run $net "$DATA/t10k-images-idx3-ubyte.gz:0" --device rtl: --counters
say $vn verify $net --devices ref:,hls:,rtl: --data "$DATA" --images 30
say $vn verify $net --devices ref:,hls: --data "$DATA" --images 10000 --weights resident
say $vn eval $net --data "$DATA" --device xrt:0 --images 150 --emulate
say $vn eval $net --data "$DATA" --device ocl:0 --images 50 --emulate
say $vn emulate build/examples/xrt_classify $card $net "$DATA/t10k-images-idx3-ubyte.gz:0"
say $vn verify $net --devices ref:,xrt:0 --data "$DATA" --images 10 --weights resident --emulate
say $vn verify $net --devices ref:,ocl:0 --data "$DATA" --images 10 --weights resident --emulate
say $vn bench model/zoo/fashion.onnx --devices cpu:f32,cpu:int8,ref:,hls: --target 16x16 --data "$DATA" --batch 8 --seconds 1 --threads 1
