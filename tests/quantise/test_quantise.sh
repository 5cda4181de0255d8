#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What int8 may cost: rescaled networks, calibration that misleads, constants, outliers, kinds of range, and what compile and
# compare say of it.  2,000 test images; LONG=1: all 10,000.
set -u
B=${B:-build} DATA=${DATA:-/usr/share/datasets/fashion-mnist} VANILLIN=${VANILLIN:-$B/vanillin} PYTHON=${PYTHON:-/usr/bin/python3}
[ -f "$DATA/t10k-images-idx3-ubyte.gz" ] || { echo "no Fashion-MNIST in $DATA (apt-get install dataset-fashion-mnist)"; exit 77; }
"$PYTHON" -c 'import numpy, onnx' 2>/dev/null || { echo "no python3-onnx, python3-numpy"; exit 77; }
# An int8 network and its like disagree on some 0.5 % of the images: three standard errors of the difference are 0.5 points of
# 2,000 images, and 0.2 of 10,000.
IMAGES=2000 CHANCE=0.5; [ "${LONG:-0}" = 1 ] && IMAGES=10000 CHANCE=0.2
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
TRAIN=$DATA/train-images-idx3-ubyte.gz HERE=tests/quantise NET=model/zoo/fashion.onnx
checks=0 failed=0
check() { # sentence condition...
	local what=$1; shift
	checks=$((checks + 1))
	if "$@"; then echo "ok   $what"; else echo "FAIL $what"; failed=1; fi
}
holds() { awk "BEGIN { exit !($1) }"; }
field() { sed -n "s/.*[ :]$1=\([-a-z0-9.]*\).*/\1/p" <<<"$2" | tail -n 1; }
compile() { "$VANILLIN" compile "$1" --calib "$2" -o "$T/net.vnx" "${@:3}" 2>"$T/err" >"$T/out"; }
top1() { field top1 "$("$VANILLIN" eval "$T/net.vnx" --data "$DATA" --images $IMAGES 2>/dev/null)"; }
compare() { "$VANILLIN" compare "$NET" "$T/net.vnx" --data "$DATA" --images 500 "$@" 2>/dev/null; }

compile "$NET" "$TRAIN"
line=$(tail -n 1 "$T/out") plain=$(top1) plain_db=$(field logits_db "$line") plain_worst=$(field worst_db "$line")
echo "$line"
check "compile tells its quality" grep -Eq 'int8 against float: images=256 agree=[0-9.]+ logits_db=[0-9.]+ worst_stage=(stem|block[1-3]) worst_db=[0-9.]+ over' "$T/out"
check "the shipped network is quiet" test ! -s "$T/err"
check "agreement and dB of the shipped network" holds "$(field agree "$line") >= 98 && $plain_db >= 30 && $plain_worst >= 22"
[ "$IMAGES" = 10000 ] && check "top-1 $plain of the shipped network" holds "$plain >= 94.31"

# The same function, other scales: the same integers but for ties.
rescaled() { # network factor stage channels...
	"$PYTHON" $HERE/make_nets.py "$1" "$T/r.onnx" rescale "${@:2}" && compile "$T/r.onnx" "$TRAIN"
	local line now; line=$(tail -n 1 "$T/out") now=$(top1)
	check "$1, stage $3 times $2: top-1 $now as $plain" holds "$now - $plain <= 0.1 && $plain - $now <= 0.1"
	check "its taps in real units" holds "$(field worst_db "$line") > $plain_worst - 0.5"
}
rescaled model/zoo/fashion.onnx 100 0 0 1 2 3
rescaled model/zoo/fashion.onnx 1e6 1 3 5 77
rescaled model/zoo/fashion-deploy.onnx 1e6 0 0 63
rescaled model/zoo/fashion-deploy.onnx 1e-6 3 0 100

for set in pair noise; do
	"$PYTHON" $HERE/make_calib.py "$TRAIN" "$T/c.idx" $set && compile "$NET" "$T/c.idx"
	now=$(top1)
	check "calibrated on one picture ($set): top-1 $now" holds "$plain - $now <= $CHANCE"
	check "and a note that names the stage" grep -q 'note: block3 tells only 1 of' "$T/out"
done
"$PYTHON" $HERE/make_calib.py "$TRAIN" "$T/c.idx" black && compile "$NET" "$T/c.idx" --check "$DATA/t10k-images-idx3-ubyte.gz"
check "calibrated on nothing: a warning that names the stage" grep -q 'warning: int8 follows the float network badly, from stem on' "$T/err"

# A stage that never changes: logits are right to the rounding of the FC's biases.
for stage in 0 1 2 3; do
	"$PYTHON" $HERE/make_nets.py model/zoo/fashion-deploy.onnx "$T/c.onnx" constant $stage && compile "$T/c.onnx" "$TRAIN" --images 32
	check "constant stage $stage: exact logits" holds "$(field logits_db "$(tail -n 1 "$T/out")") >= 90"
	check "and a note of it" grep -q "tells only 1 of 32" "$T/out"
done

"$PYTHON" $HERE/make_calib.py "$TRAIN" "$T/c.idx" outliers
for kind in minmax percentile mse; do
	compile "$NET" "$T/c.idx" --range $kind; cp "$T/net.vnx" "$T/$kind.vnx"
	now=$(top1)
	check "an outlier in 1,000, $kind: top-1 $now" holds "$plain - $now <= $CHANCE"
	db[${#kind}]=$(field logits_db "$(compare)")
	check "and ${db[${#kind}]} dB" holds "${db[${#kind}]} >= 31"
done
check "mse (${db[3]} dB) clips the outlier that minmax (${db[6]} dB) covers" holds "${db[3]} > ${db[6]} + 0.5"
check "percentile does something else" test "$(cmp "$T/percentile.vnx" "$T/mse.vnx" | wc -l)" = 1
compile "$NET" "$TRAIN" --bias-correction off
off=$(field logits_db "$(tail -n 1 "$T/out")")
check "bias correction pays: $plain_db dB, without $off" holds "$plain_db > $off + 3"
compile "$NET" "$TRAIN" --images 8 --range widest; check "a kind that is none" test $? = 2
compile "$NET" "$TRAIN" --bias-correction maybe; check "a switch that is none" test $? = 2

compile "$NET" "$TRAIN" --json
"$PYTHON" - "$T/out" <<'PY'
import json, sys
j = json.load(open(sys.argv[1]))
q = j["quality"]
assert q["images"] == 256 and q["agreement"] >= 98 and not q["bad"], q
assert q["worst_sqnr_db"] == min(s["sqnr_db"] for s in q["stages"]), q
assert [s["name"] for s in q["stages"]] == ["stem", "block1", "block2", "block3"]
assert (j["range"], j["bias_correction"]) == ("minmax", True)
PY
check "compile --json tells the same" test $? = 0
line=$(compare --json | tr -d '\n'); eval_top1=$(field top1 "$("$VANILLIN" eval "$T/net.vnx" --data "$DATA" --images 500 2>/dev/null)")
check "compare's int8 top-1 is eval's" "$PYTHON" -c 'import json, sys; q = json.loads(sys.argv[1]); sys.exit(abs(q["top1_int8"] - float(sys.argv[2])) > 0.006 or not 90 < q["top1_float"] < 99)' "$line" "$eval_top1"
"$VANILLIN" compare "$NET" "$T/net.vnx" --data "$DATA/t10k-images-idx3-ubyte.gz:3" >"$T/out" 2>"$T/err"
check "one image without labels" test $? = 0 -a -z "$(field top1_int8 "$(cat "$T/out")")"
check "and a note that there are none" grep -q 'without top-1' "$T/err"
"$VANILLIN" compare tests/golden/n3_deploy.onnx "$T/net.vnx" --data "$DATA" >"$T/out" 2>"$T/err"
check "another network is refused" test $? = 1
check "with the reason" grep -q 'was not made of .*n3_deploy.onnx: their sizes differ' "$T/err"
"$VANILLIN" compare "$NET" "$T/net.vnx" >/dev/null 2>&1; check "no data is a usage error" test $? = 2
[ $failed = 0 ] && echo "PASS $checks checks"
exit $failed
