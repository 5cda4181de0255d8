#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --emulate of the commands, on xrt: and ocl:: the answer is the reference's, stdout is clean, and every fault ends in time
# with one sentence and nothing left; then 24 runs at once in one folder, and many in a row (LONG=1: 200).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/lib.sh
need_xrt
make_data
make_net || exit 1
N=$T/net.vnx IMAGE=$T/good/grey.png
mkdir "$T/xclbin" && cp "$XCLBIN" "$T/xclbin/"
python3 - "$(dirname "$XCLBIN")/manifest.json" "$T/xclbin/manifest.json" <<'PY'
import json, sys
m = json.load(open(sys.argv[1]))
m["files"] = [f for f in m["files"] if f["file"] == "vn_cu-u50-8x8-x1.hw_emu.xclbin"]
json.dump(m, open(sys.argv[2], "w"))
PY
export VANILLIN_XCLBIN_DIR=$T/xclbin
limited() { timeout -k 5 "${LIMIT:-120}" "$VANILLIN" "$@"; }

# ---- answers ----
check "ref:" 0 limited run "$N" "$IMAGE" --top 3
cp "$T/out" "$T/want"
for d in xrt:0 ocl:0; do
	within "run $d: in time" 20 check "run $d" 0 limited run "$N" "$IMAGE" --top 3 --device $d --emulate
	check "run $d: the same answer and nothing else" 0 cmp "$T/want" <(limited run "$N" "$IMAGE" --top 3 --device $d --emulate)
	[ ! -s "$T/err" ] || failed "run $d: stderr" "$(head -c 300 "$T/err")"
	check "run $d --json" 0 limited run "$N" "$IMAGE" --device $d --emulate --json
	is_json "run $d --json: parses"
	check "verify $d" 0 limited verify "$N" --devices ref:,$d --images 2 --emulate
	says "verify $d: no mismatch" out "verify: devices=ref:,$d images=2 .* mismatches=0"
done
check "eval" 0 limited eval "$N" --data "$T/data" --images 4 --device=xrt:0 --emulate --card=u50
says "eval: line" out 'eval: device=xrt:0 images=4 .*'
check "a device in software" 0 limited run "$N" "$IMAGE" --top 3 --device hls: --emulate
check "under vanillin emulate, with --emulate" 0 emulate -- "$VANILLIN" run "$N" "$IMAGE" --device xrt:0 --emulate
check "the second card" 0 limited run "$N" "$IMAGE" --device xrt:1 --emulate
# The card follows the file.
if [ -s "$B/bitstreams/vn_cu-u250-8x8-x1.hw_emu.xclbin" ]; then
	check "a file for another card" 0 limited run "$N" "$IMAGE" --device "ocl:0;xclbin=$B/bitstreams/vn_cu-u250-8x8-x1.hw_emu.xclbin" --emulate
else
	skip_part "a file for another card" "no .xclbin for the u250 (make xclbin CARD=u250 SIZE=8x8 CUS=1)"
fi
check "usage errors come first" 2 limited run "$N" --device xrt:0 --emulate
nothing_left "answers"

# ---- without ----
refuse "not emulated" 'XILINX_XRT' env -u XILINX_XRT "$VANILLIN" run "$N" "$IMAGE" --device xrt:0
refuse "no such card" 'there is no card u51' limited run "$N" "$IMAGE" --device xrt:0 --emulate --card u51
refuse "no XRT" 'XRT is not installed' env VANILLIN_XRT_LIB="$T" "$VANILLIN" run "$N" "$IMAGE" --device xrt:0 --emulate
check "no XRT: rtl: still runs" 0 env VANILLIN_XRT_LIB="$T" "$VANILLIN" run "$N" "$IMAGE" --device rtl:

# ---- faults ----
# The driver may be the one to speak, or the launcher: one of them must, and the exit code is 1.
fault() { # NAME SECONDS REGEX COMMAND...
	local name=$1 limit=$2 regex=$3
	shift 3
	within "$name: in time" "$limit" check "$name" 1 "$@"
	grep -Eq "^vanillin: .*$regex" "$T/err" || failed "$name: sentence" "$(head -c 400 "$T/err")"
	nothing_left "$name"
}
for d in xrt:0 ocl:0; do
	fault "$d: the card's process ends at the load" 15 'card' env VANILLIN_CARD=die=5 "$VANILLIN" run "$N" "$IMAGE" --device $d --emulate
	fault "$d: the card's process ends in the run" 15 'card' env VANILLIN_CARD=die=60 "$VANILLIN" run "$N" "$IMAGE" --device $d --emulate
	fault "$d: a compute unit never ends" 20 '' env VANILLIN_CARD=hang=vn_cu_1:1 "$VANILLIN" run "$N" "$IMAGE" --device "$d;timeout_ms=2000;selftest=0" --emulate
done
check "the next run works" 0 limited run "$N" "$IMAGE" --device xrt:0 --emulate

# started SIGNAL: run a long job and send it when the card is open; sets rc.
started() {
	set -m # or it would start with SIGINT ignored
	"$VANILLIN" verify "$N" --devices xrt:0 --images 5000 --emulate >"$T/out" 2>"$T/err" &
	pid=$!
	set +m
	for _ in $(seq 200); do compgen -G "/tmp/vanillin-emu.$pid.*/device0_0_*" >/dev/null && break; sleep 0.05; done
	sleep 0.5
}
started
kill -INT $pid
wait $pid
rc=$?
[ $rc = 130 ] || failed "Ctrl-C" "exit code $rc: $(cat "$T/err")"
says "Ctrl-C: sentence" err 'vanillin: interrupted'
nothing_left "Ctrl-C"
started
kill -9 "$(pgrep -P $pid | head -1)"
wait $pid
rc=$?
[ $rc = 137 ] || failed "the program is killed" "exit code $rc: $(cat "$T/err")"
nothing_left "the program is killed"
started
card=$(pgrep -P "$(pgrep -P $pid | head -1)" -x vn_device)
kill -9 "$card"
wait $pid
rc=$?
[ $rc = 1 ] || failed "the card is killed" "exit code $rc: $(cat "$T/err")"
says "the card is killed: sentence" err 'vanillin: the emulated card.s process ended \(signal 9\) .*'
nothing_left "the card is killed"

# ---- 24 at once ----
pids=()
for i in $(seq 24); do
	(cd "$T/xclbin" && exec timeout 300 "$(realpath "$OLDPWD/$VANILLIN")" run "$N" "$IMAGE" --top 3 --device xrt:0 --emulate) >"$T/out.$i" 2>"$T/err.$i" &
	pids+=($!)
done
good=0
for i in $(seq 24); do
	if wait "${pids[$((i - 1))]}" && cmp -s "$T/want" "$T/out.$i"; then
		good=$((good + 1))
	else
		failed "24 at once: number $i" "$(head -c 300 "$T/err.$i")"
	fi
done
[ $good = 24 ] && pass "24 at once"
nothing_left "24 at once"
[ "$(ls -A "$T/xclbin" | sort | tr '\n' ' ')" = "manifest.json vn_cu-u50-8x8-x1.hw_emu.xclbin " ] || failed "24 at once" "left: $(ls -A "$T/xclbin")"

# ---- many in a row ----
rows=20
[ "${LONG:-0}" = 1 ] && rows=200
good=0
for i in $(seq $rows); do
	d=xrt:0
	[ $((i % 4)) = 0 ] && d=ocl:0
	limited run "$N" "$IMAGE" --top 3 --device $d --emulate >"$T/out" 2>"$T/err" && cmp -s "$T/want" "$T/out" && good=$((good + 1))
done
[ $good = $rows ] && pass "$rows in a row" || failed "$rows in a row" "$good are good"
nothing_left "$rows in a row"
finish
