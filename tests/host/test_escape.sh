#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Labels, file names and names in networks that a terminal would obey: escaped in every command's text and JSON.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
ESC=$'\e[31m' RLO=$'\u202e' CSI=$'\u009b1m'
for i in 0 1 2 3 4 5 6 7 8 9; do printf 'label %s\n' "$i$ESC$RLO$CSI"; done >"$T/labels.hostile"
C=(compile model/zoo/fashion.onnx --target 8x8 --images 2 --calib "$T/data")

# quiet NAME: nothing of $T/out and $T/err is for the terminal.
quiet() {
	if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]' "$T/out" "$T/err"; then
		failed "$1" "it is raw in: $(cat -v "$T/out" "$T/err" | head -c 300)"
	else
		pass "$1"
	fi
}
hostile() { # NAME EXIT-CODE ARGUMENTS...
	check "$1" "$2" "$VANILLIN" "${@:3}"
	quiet "$1: quiet"
}

hostile "compile" 0 "${C[@]}" --labels "$T/labels.hostile" -o "$T/net$ESC$RLO.vnx"
says "compile names its output" out 'compile: .*/net\\x1b\[31m\\u202e.vnx target=8x8 .*'
N=$T/net$ESC$RLO.vnx
I=$T/picture$ESC$RLO$'\n'eval:.png
cp "$T/good/grey.png" "$I"
hostile "run" 0 run "$N" "$I"
says "run: one line" out '.*/picture\\x1b\[31m\\u202e\\x0aeval:.png: label [0-9]\\x1b\[31m\\u202e\\u009b1m -?[0-9.]+'
hostile "run --json" 0 run "$N" "$I" --json
is_json "run --json: parses"
cp "$T/out" "$T/run.json"
judge "run --json: the names are as they were" "$T/run.json" "$I" "$ESC$RLO$CSI" <<'PY'
import json, sys
result = json.load(open(sys.argv[1]))["images"][0]
assert result["image"] == sys.argv[2], result
assert result["top"][0]["label"].endswith(sys.argv[3]), result
PY
for c in info "info --json" "verify --images 1" "verify --images 1 --json" "eval --data $T/data" "eval --data $T/data --json"; do
	# shellcheck disable=SC2086
	hostile "$c" 0 ${c%% *} "$N" ${c#"${c%% *}"}
done
hostile "no such program" 1 info "$T/none$ESC$RLO.vnx"
hostile "no such program, --json" 1 info "$T/none$ESC$RLO.vnx" --json
hostile "a name that is not UTF-8" 1 info "$T"/named/caf*.none$'\xe9'
hostile "no such option" 2 info "--$ESC"
hostile "no such device" 1 run "$N" "$I" --device "x$ESC:"
# The network's own names: an operation, and a name in it.
LC_ALL=C sed 's/LeakyRelu/Leak\x1b\x9b\xe2\x80\xae/g' model/zoo/fashion.onnx >"$T/op.onnx"
cmp -s "$T/op.onnx" model/zoo/fashion.onnx && failed "hostile operation" "sed changed nothing"
hostile "hostile operation" 1 "${C[@]/model\/zoo\/fashion.onnx/$T/op.onnx}" -o "$T/x.vnx"
hostile "hostile operation, --json" 1 "${C[@]/model\/zoo\/fashion.onnx/$T/op.onnx}" -o "$T/x.vnx" --json
is_json "hostile operation, --json: parses"
finish
