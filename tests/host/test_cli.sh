#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program prints and exits with: usage, last lines, JSON, pipes, interrupts.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
make_net || exit 1
N=$T/net.vnx

# ---- usage ----
check "no command" 2 "$VANILLIN"
says "no command: sentence" err 'vanillin: no command'
check "unknown command" 2 "$VANILLIN" fly
check "program help" 0 "$VANILLIN" --help
check "program version" 0 "$VANILLIN" --version
says "version line" out 'vanillin [0-9]+\.[0-9]+\.[0-9]+'
for c in compile run eval verify info; do
	check "$c --help" 0 "$VANILLIN" $c --help
	says "$c --help: usage" out "usage: vanillin $c .*"
	for o in device weights threads json help version; do
		grep -q -- "--$o" "$T/out" || failed "$c --help" "no --$o"
	done
	check "$c --version" 0 "$VANILLIN" $c --version
	check "$c unknown option" 2 "$VANILLIN" $c --wings
	says "$c unknown option: sentence" err 'vanillin: unknown option --wings'
	says "$c unknown option: hint" err "hint: vanillin $c --help"
	check "$c option without value" 2 "$VANILLIN" $c --device
	check "$c bad threads" 2 "$VANILLIN" $c "$N" --threads 0
	check "$c bad weights" 2 "$VANILLIN" $c "$N" --weights sideways
done
check "compile without operand" 2 "$VANILLIN" compile
check "compile without calib" 2 "$VANILLIN" compile x.onnx -o y
check "compile without output" 2 "$VANILLIN" compile x.onnx --calib y
check "compile bad target" 2 "$VANILLIN" compile x.onnx --calib y -o z --target 16
check "run without image" 2 "$VANILLIN" run "$N"
check "eval without data" 2 "$VANILLIN" eval "$N"
check "eval two operands" 2 "$VANILLIN" eval "$N" "$N" --data x
check "flag with value" 2 "$VANILLIN" info --json=yes
check "number with rubbish" 2 "$VANILLIN" verify "$N" --images 3x

# ---- results ----
check "info" 0 "$VANILLIN" info
says "info: hls sizes" out 'hls: .*16x16.*'
check "info of a program" 0 "$VANILLIN" info "$N"
says "info: image" out 'image +28 x 28, 1 channel, .*'
check "run" 0 "$VANILLIN" run "$N" "$T/good/grey.png" --top 3
[ "$(wc -l <"$T/out")" = 3 ] || failed "run: three lines" "$(cat "$T/out")"
says "run: line" out ".*/grey.png: .+ -?[0-9]+\.[0-9]{4}"
check "run all formats" 0 "$VANILLIN" run "$N" "$T"/good/*.png "$T/data/t10k-images-idx3-ubyte:3" \
	--device=hls: --weights=stream
[ "$(wc -l <"$T/out")" = 6 ] || failed "run: six lines" "$(cat "$T/out")"
check "run an IDX file" 0 "$VANILLIN" run "$N" "$T/zipped/t10k-images-idx3-ubyte.gz"
[ "$(wc -l <"$T/out")" = 24 ] || failed "run: 24 lines" "$(wc -l <"$T/out")"
check "run --index" 0 "$VANILLIN" run "$N" "$T/data/t10k-images-idx3-ubyte" --index 23
[ "$(wc -l <"$T/out")" = 1 ] || failed "run --index: one line" "$(cat "$T/out")"
for d in "$T/data" "$T/zipped" "$T/classes" "$T/pair/pictures,$T/pair/classes" \
	"$T/zipped/t10k-images-idx3-ubyte.gz"; do
	check "eval ${d#"$T/"}" 0 "$VANILLIN" eval "$N" --data "$d"
	tail -1 "$T/out" >"$T/last"
	says "eval last line" last \
		'eval: device=ref: images=(24|20) top1=[0-9]+\.[0-9]{2} top5=[0-9]+\.[0-9]{2} images_per_s=[0-9.]+( skipped=0 bad=0)?'
done
check "eval hls" 0 "$VANILLIN" eval "$N" --data "$T/data" --device 'hls:8x8;chunk_kib=64' --images 7 \
	--threads 3 --weights stream
says "eval names the URI as given" out 'eval: device=hls:8x8;chunk_kib=64 images=7 .*'
check "eval twice alike" 0 "$VANILLIN" eval "$N" --data "$T/data" --threads 1
a=$(sed 's/ images_per_s.*//' "$T/out")
check "eval twice alike" 0 "$VANILLIN" eval "$N" --data "$T/data" --threads 4
[ "$a" = "$(sed 's/ images_per_s.*//' "$T/out")" ] || failed "eval: threads change the result" "$a"
check "verify" 0 "$VANILLIN" verify "$N" --devices ref:,hls: --images 7
tail -1 "$T/out" >"$T/last"
says "verify last line" last 'verify: devices=ref:,hls: images=7 tensors=133 values=[0-9]+ mismatches=0'
check "verify with data" 0 "$VANILLIN" verify "$N" --devices hls: --images 5 --data "$T/data" --weights stream
says "verify one device" out 'verify: devices=hls: images=5 tensors=5 values=50 mismatches=0'

[ -n "${SANITIZED:-}" ] || check "more threads than batches" 0 timeout 5 bash -c 'ulimit -v 400000; "$0" eval "$1" --data "$2" --images 2 --threads 1024' \
	"$VANILLIN" "$N" "$T/data"

# ---- a mismatch ----
python3 tests/host/break_net.py "$N" "$T/broken.vnx"
check "verify finds a mismatch" 1 "$VANILLIN" verify "$T/broken.vnx" --devices ref:,hls: --images 3
says "verify names it" err \
	'vanillin: ref: \(stream, tapped\) has -?[0-9]+ where ref: has -?[0-9]+: image 0 \(synthetic\), block1, channel [0-9]+, y [0-9]+, x [0-9]+'
says "verify counts it" out 'verify: devices=ref:,hls: images=3 tensors=57 values=[0-9]+ mismatches=[1-9][0-9]*'
check "verify of one mode" 0 "$VANILLIN" verify "$T/broken.vnx" --devices ref:,hls: --images 3 --weights resident
check "verify --json with a mismatch" 1 "$VANILLIN" verify "$T/broken.vnx" --images 3 --json
is_json "verify --json with a mismatch: parses"

# ---- JSON ----
for c in "info" "info $N" "run $N $T/good/grey.png" "eval $N --data $T/data" "verify $N --images 2" \
	"compile model/zoo/fashion.onnx --calib $T/data --images 2 --target 8x8 -o $T/again.vnx"; do
	# shellcheck disable=SC2086
	check "--json ${c%% *}" 0 "$VANILLIN" $c --json
	is_json "--json ${c%% *}: parses"
done
check "--json error" 1 "$VANILLIN" info nowhere.vnx --json
is_json "--json error: parses"
for c in "eval $N" "eval --wings" "eval $N --threads 0" "fly" ""; do
	# shellcheck disable=SC2086
	check "--json usage: $c" 2 "$VANILLIN" $c --json
	is_json "--json usage: $c: parses"
done
check "--json name that is not UTF-8" 0 "$VANILLIN" run "$N" "$T"/named/caf*.png --json
is_json "--json name that is not UTF-8: parses"
grep -q '"logit"' "$T/out" || failed "--json name that is not UTF-8" "no result"
check "--json error of a name that is not UTF-8" 1 "$VANILLIN" run "$N" "$T"/named/caf*.png.none --json
is_json "--json error of a name that is not UTF-8: parses"

# ---- pipes, full disks, interrupts ----
"$VANILLIN" eval "$N" --data "$T/data" 2>"$T/piped" | cat >"$T/out"
check "nothing on stderr in a pipe" 1 test -s "$T/piped"
# shellcheck disable=SC2016
check "full disk" 1 bash -c '"$0" info >/dev/full' "$VANILLIN"
python3 - "$T" <<'PY'
import struct, sys
with open(sys.argv[1] + "/many", "wb") as f:
    f.write(struct.pack(">4I", 0x803, 60000, 28, 28) + bytes(60000 * 784))
with open(sys.argv[1] + "/many-labels", "wb") as f:
    f.write(struct.pack(">2I", 0x801, 60000) + bytes(60000))
PY
"$VANILLIN" eval "$N" --data "$T/many,$T/many-labels" --device hls: >"$T/out" 2>"$T/err" &
pid=$!
sleep 1
kill -INT $pid
wait $pid
rc=$?
if [ $rc = 130 ] && grep -qx 'vanillin: interrupted' "$T/err"; then
	pass "interrupt"
else
	failed "interrupt" "exit code $rc: $(cat "$T/err")"
fi
finish
