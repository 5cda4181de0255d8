#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# emulation.sh CARD PLUGIN CUS FOLDER - write FOLDER/vn_cu-CARD-RxC-xN.hw_emu.xclbin and its entry in FOLDER/manifest.json.
# PLUGIN: build/sim/libvn_rtl_RxC.so; CUS 0: all of the recipe.  MKXCLBIN, VN_DEVICE: the programs.
set -eu
[ $# = 4 ] || { echo "usage: emulation.sh CARD PLUGIN CUS FOLDER" >&2; exit 2; }
card=$1 plugin=$2 cus=$3 folder=$4
here=$(dirname "$0")
size=$(basename "$plugin" .so); size=${size#libvn_rtl_}
options=(--card "$card" --recipe "$here/$card.cfg" --plugin "$plugin" --units "$cus")

mkdir -p "$folder"
work=$(mktemp -d "$folder/.make.XXXXXX")
trap 'rm -rf "$work"' EXIT
# What XRT's shim runs: it looks for this folder, and in it for simulate.sh.
run=$work/zip/behav_waveform/xsim
mkdir -p "$run"
printf '#!/bin/sh\nexec ./vn_device "$@"\n' > "$run/simulate.sh"
cp "$VN_DEVICE" "$run/vn_device"
strip -o "$run/${plugin##*/}" "$plugin"
"$MKXCLBIN" card "${options[@]}" > "$run/card.json"
chmod 755 "$run/simulate.sh" "$run/vn_device"
# The same input makes the same bytes: times, order and extra fields would differ.
find "$work/zip" -exec touch -d '2000-01-01 00:00:00 UTC' {} +
(cd "$work/zip" && find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ ../sim.zip)
[ "$cus" -gt 0 ] || cus=$(grep -c '"range"' "$run/card.json")
out=$folder/vn_cu-$card-$size-x$cus.hw_emu.xclbin
"$MKXCLBIN" emu "${options[@]}" --zip "$work/sim.zip" --out "$out"
echo "XCLBIN $out"
