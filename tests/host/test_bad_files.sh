#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hostile, damaged and missing files, and too little memory: a sentence with the file's name, exit code 1, never a signal.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
make_net || exit 1
N=$T/net.vnx

# ---- images: file, what the sentence must say ----
while read -r file words; do
	refuse "run $file" "$file.*$words" "$VANILLIN" run "$N" "$T/bad/$file"
done <<'TABLE'
missing.png No such file
empty empty
text.txt neither PNG, JPEG nor IDX
short.png damaged PNG
head.png damaged PNG
huge.png damaged PNG
large.png more than this program takes
zero.png damaged PNG
wide.png 56 x 28 pixels where the network takes 28 x 28
crc.png damaged PNG
head.jpg damaged JPEG
noise.jpg damaged JPEG
magic.idx magic
five.idx magic
head.idx dimension 1
lying.idx promises
tall.idx dimension 1
none.idx dimension 0 is zero
short.idx promises 18816 bytes of data, the file has 18815
long.idx longer than its header
small.idx 14 x 14 pixels
labels.idx images have three
cut.idx.gz promises|gzip
broken.idx.gz gzip
TABLE
refuse "run a number past the end" "there is no image 24" "$VANILLIN" run "$N" "$T/data/t10k-images-idx3-ubyte:24"
refuse "run a picture by number" "only an IDX file" "$VANILLIN" run "$N" "$T/good/grey.png:0"
refuse "run a pipe" "cannot be read from a pipe" "$VANILLIN" run "$N" <(cat "$T/good/grey.png")
refuse "run an empty folder" "no images" "$VANILLIN" run "$N" "$T/nothing"
refuse "run an unreadable path" "" "$VANILLIN" run "$N" "$T/good/grey.png/x"

# ---- labelled sets ----
while read -r data words; do
	refuse "eval $data" "$words" "$VANILLIN" eval "$N" --data "$T/$data"
done <<'TABLE'
missing no such file
nothing neither IDX files nor folders
fewer 23 labels, .* 24 images
range label 23 is 10; the network has 10 classes
alone labels was not found
swapped images have three
two 2 of 2 folders are no class .'a', 'b'.
hollow empty
good neither IDX files nor folders
bad/empty labels was not found
TABLE
refuse "eval a missing pair" "No such file" "$VANILLIN" eval "$N" --data "$T/pair/pictures,$T/pair/none"
refuse "eval a swapped pair" "images have three" "$VANILLIN" eval "$N" --data "$T/pair/classes,$T/pair/pictures"

# ---- programs, networks, devices ----
refuse "no program" "nowhere.vnx" "$VANILLIN" info nowhere.vnx
refuse "not a program" "text.txt" "$VANILLIN" info "$T/bad/text.txt"
head -c 5000 "$N" >"$T/cut.vnx"
refuse "cut program" "cut.vnx" "$VANILLIN" run "$T/cut.vnx" "$T/good/grey.png"
refuse "no such device" "xyz:" "$VANILLIN" run "$N" "$T/good/grey.png" --device xyz:
refuse "no such size" "12x12" "$VANILLIN" eval "$N" --data "$T/data" --device hls:12x12
refuse "another size" "8x8.*16x16" "$VANILLIN" verify "$N" --devices ref:,hls:16x16
C=("$VANILLIN" compile model/zoo/fashion.onnx --target 8x8 --images 2 -o "$T/x.vnx")
refuse "compile nothing" "nowhere.onnx" "$VANILLIN" compile nowhere.onnx --calib "$T/data" -o "$T/x.vnx"
refuse "compile rubbish" "text.txt" "$VANILLIN" compile "$T/bad/text.txt" --calib "$T/data" -o "$T/x.vnx"
refuse "compile bad calibration" "small.idx" "${C[@]}" --calib "$T/bad/small.idx"
refuse "compile impossible tile" "12 x 12" "${C[@]}" --calib "$T/data" --target 12x12
refuse "compile bad mean" "mean" "${C[@]}" --calib "$T/data" --mean 1,2
refuse "compile bad std" "std" "${C[@]}" --calib "$T/data" --std 0
for std in -0.5 inf -inf nan 1e-40 1e39 0.5x; do
	refuse "compile std of $std" "std: '$std' is not a list of normal positive numbers" "${C[@]}" --calib "$T/data" "--std=$std"
done
for mean in inf nan 1e39; do
	refuse "compile mean of $mean" "mean: '$mean' is not a list of numbers" "${C[@]}" --calib "$T/data" "--mean=$mean"
done
refuse "compile few labels" "9 lines" "${C[@]}" --calib "$T/data" --labels "$T/nine.txt"
for i in $(seq 11); do echo "thing $i"; done >"$T/eleven.txt"
refuse "compile many labels" "more lines than the network has classes, which is 10" "${C[@]}" --calib "$T/data" --labels "$T/eleven.txt"
sed "3s/.*/$(printf '%01024d' 0)/" "$T/labels.txt" >"$T/long.txt"
check "compile a label of 1024 bytes" 0 "${C[@]}" --calib "$T/data" --labels "$T/long.txt"
sed "3s/.*/$(printf '%01025d' 0)/" "$T/labels.txt" >"$T/long.txt"
refuse "compile a label of 1025 bytes" "line 3 is longer than 1024 bytes" "${C[@]}" --calib "$T/data" --labels "$T/long.txt"
refuse "compile labels without an end" "line 1 is longer than 1024 bytes" timeout 20 "${C[@]}" --calib "$T/data" --labels /dev/zero
refuse "compile lines without an end" "more lines" timeout 20 "${C[@]}" --calib "$T/data" --labels <(yes)
rm -f "$T/x.vnx"
refuse "compile empty label" "line 2 is empty" "${C[@]}" --calib "$T/data" --labels "$T/gap.txt"
refuse "compile a label that is not UTF-8" "line 1 is not UTF-8" "${C[@]}" --calib "$T/data" --labels "$T/latin.txt"
refuse "compile a label with a zero byte" "line 1 is not UTF-8" "${C[@]}" --calib "$T/data" --labels "$T/zero.txt"
refuse "compile small resize" "resize" "${C[@]}" --calib "$T/data" --resize 10
refuse "compile to nowhere" "nowhere" "${C[@]}" --calib "$T/data" -o "$T/nowhere/x.vnx"
mkfifo "$T/pipe"
refuse "compile into a pipe" "not an ordinary file" "${C[@]}" --calib "$T/data" -o "$T/pipe"
[ -p "$T/pipe" ] || failed "compile into a pipe" "the pipe is gone"
refuse "compile into a folder" "not an ordinary file" "${C[@]}" --calib "$T/data" -o "$T/nothing"
cp model/zoo/fashion.onnx "$T/own.onnx"
refuse "compile onto the network" "the network itself" "$VANILLIN" compile "$T/own.onnx" --calib "$T/data" -o "$T/own.onnx"
cmp -s model/zoo/fashion.onnx "$T/own.onnx" || failed "compile onto the network" "it was overwritten"
if [ -e "$T/x.vnx" ]; then failed "failed compilations leave no file" "$T/x.vnx"; fi
check "compile with everything" 0 "${C[@]}" --calib "$T/classes" --labels "$T/labels.txt" --mean 0.3 --std 0.3 --resize 32
check "run what was compiled" 0 "$VANILLIN" run "$T/x.vnx" "$T/bad/wide.png"
says "run: label of the file" out '.*: thing [0-9] .*'
refuse "run a thin picture" "thin.png: 3000 x 1 pixels are too narrow" "$VANILLIN" run "$T/x.vnx" "$T/named/thin.png"
check "compile labels with a mark" 0 "${C[@]}" --calib "$T/data" --labels "$T/mark.txt"
check "info of labels with a mark" 0 "$VANILLIN" info "$T/x.vnx" --json
grep -q '"first"' "$T/out" || failed "a byte order mark" "is part of the label"

# ---- memory ----
little_memory() {
	local kib=$1 rc=0
	shift
	(
		ulimit -v "$kib"
		exec "$VANILLIN" "$@"
	) >"$T/out" 2>"$T/err" </dev/null || rc=$?
	if [ $rc = 0 ] || { [ $rc = 1 ] && grep -q '^vanillin: .' "$T/err"; }; then
		pass "$1 in $kib KiB"
	elif [ $rc = 127 ] && ! grep -q '^vanillin' "$T/err"; then
		pass "$1 in $kib KiB (too little even to load the program)"
	else
		failed "$1 in $kib KiB" "exit code $rc: $(head -c 300 "$T/err")"
	fi
}
if [ -z "${SANITIZED:-}" ]; then
	for kib in 12000 16000 20000 24000 28000 32000 40000 50000 60000 80000 120000; do
		little_memory $kib info "$N"
		little_memory $kib run "$N" "$T/good/rgb.png"
		little_memory $kib eval "$N" --data "$T/data" --threads 4 --device hls:
		little_memory $kib verify "$N" --images 5
		little_memory $kib run "$N" "$T/bad/lying.idx"
		little_memory $kib compile model/zoo/fashion.onnx --calib "$T/data" --target 8x8 -o "$T/m.vnx"
	done
fi
finish
