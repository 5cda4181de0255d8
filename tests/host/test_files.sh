#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that options of a URI name: one whole file of all threads, or the earlier one and an exit code.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
make_net || exit 1
N=$T/net.vnx
LINE="ref:;timeline=$T/line.json"

check "timeline of eval's own threads" 0 "$VANILLIN" eval "$N" --data "$T/data" --device "$LINE"
judge "timeline of eval's own threads: whole" "$T/line.json" <<'PY'
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
images = sum(e["args"]["images"] for e in events if e["name"] == "start")
print(len(events), "events about", images, "images on", len({e["pid"] for e in events}), "units")
assert images == 24
PY
check "timeline of many threads" 0 "$VANILLIN" eval "$N" --data "$T/data" --device "$LINE" --threads 24
check "timeline of many threads: JSON" 0 python3 -m json.tool "$T/line.json"
check "timeline of verify" 0 "$VANILLIN" verify "$N" --devices "$LINE,hls:${LINE#ref:}" --images 9 --threads 2
check "timeline of verify: JSON" 0 python3 -m json.tool "$T/line.json"

# A limit of the size of files is a full disk; what the test itself writes is behind a pipe.
cp "$T/line.json" "$T/before"
for c in eval verify run; do
	case $c in
	run) rest=("$T/data/t10k-images-idx3-ubyte") ;;
	eval) rest=(--data "$T/data") ;;
	verify) rest=(--images 9) ;;
	esac
	# shellcheck disable=SC2016
	refuse "timeline of $c on a full disk" "line.json: cannot be written" \
		bash -c '(trap "" XFSZ; ulimit -f 0; exec "$@" 2>&1 >/dev/null) | cat >&2; exit "${PIPESTATUS[0]}"' - \
		"$VANILLIN" $c "$N" "${rest[@]}" --device "$LINE"
	check "timeline of $c on a full disk: the earlier one stays" 0 cmp "$T/before" "$T/line.json"
done
refuse "timeline on a device file" "/dev/full: cannot be written" "$VANILLIN" run "$N" "$T/good/grey.png" --device "ref:;timeline=/dev/full"

# A closed output is an error too, and no file that is opened takes its place.
# shellcheck disable=SC2016
closed() {
	local name=$1
	shift
	refuse "$name" "the output could not be written" bash -c '"$@" 2>&1 >&- | cat >&2; exit "${PIPESTATUS[0]}"' - "$VANILLIN" "$@"
}
closed "run with a closed output" run "$N" "$T/data/t10k-images-idx3-ubyte" --top 10 --device "$LINE"
check "run with a closed output: the time line is whole" 0 python3 -m json.tool "$T/line.json"
closed "run --json with a closed output" run "$N" "$T/good/grey.png" --json
closed "eval with a closed output" eval "$N" --data "$T/data"
closed "verify with a closed output" verify "$N" --images 1
closed "compile with a closed output" compile model/zoo/fashion.onnx --calib "$T/data" --images 2 --target 8x8 -o "$T/closed.vnx"
closed "info with a closed output" info
closed "info of a program with a closed output" info "$N"
closed "doctor with a closed output" doctor
closed "help with a closed output" --help
closed "version with a closed output" --version
# shellcheck disable=SC2016
check "all streams closed" 1 bash -c 'exec "$0" run "$1" "$2" <&- >&- 2>&-' "$VANILLIN" "$N" "$T/good/grey.png"
# shellcheck disable=SC2016
check "a broken pipe that nobody minds" 1 bash -c 'trap "" PIPE; "$0" run "$1" "$2" --top 10 | true; exit "${PIPESTATUS[0]}"' \
	"$VANILLIN" "$N" "$T/data/t10k-images-idx3-ubyte"
check "no temporary file is left" 1 compgen -G "$T/*.tmp"
finish
