# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - sourced by the shell tests of the program: one line a check, a temporary folder, small data sets.

VANILLIN=${VANILLIN:-build/vanillin}
failures=0
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

pass() { echo "PASS $1"; }
failed() {
	echo "FAIL $1: $2"
	failures=$((failures + 1))
}

# check NAME EXIT-CODE COMMAND...: runs it, output to $T/out and $T/err.
check() {
	local name=$1 want=$2 got=0
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
	if [ "$got" = "$want" ]; then
		pass "$name"
	else
		failed "$name" "exit code $got, not $want: $(head -c 300 "$T/err")"
	fi
}
# judge NAME ARGUMENT... <<'PY': a Python script that must not raise; what it prints is shown.
judge() {
	local name=$1 script
	shift
	script=$(cat)
	check "$name" 0 "${PYTHON:-/usr/bin/python3}" -c "$script" "$@"
	sed 's/^/     /' "$T/out"
}
# says NAME FILE REGEX: some line of $T/FILE matches, whole.
says() {
	if grep -Eqx -- "$3" "$T/$2"; then
		pass "$1"
	else
		failed "$1" "no line '$3' in: $(head -c 300 "$T/$2")"
	fi
}
# refuse NAME REGEX COMMAND...: exit 1, one sentence that matches, at most one hint, nothing else.
refuse() {
	local name=$1 regex=$2
	shift 2
	check "$name" 1 "$@"
	if ! head -1 "$T/err" | grep -Eq -- "^vanillin: .*$regex"; then
		failed "$name: sentence" "no '$regex' in: $(head -c 300 "$T/err")"
	fi
	if [ "$(grep -vc '^hint: ' "$T/err")" != 1 ] || [ "$(wc -l <"$T/err")" -gt 2 ]; then
		failed "$name: one sentence" "$(head -c 300 "$T/err")"
	fi
}
is_json() {
	if python3 -m json.tool "$T/out" >/dev/null 2>&1; then
		pass "$1"
	else
		failed "$1" "not one JSON object: $(head -c 300 "$T/out")"
	fi
}
finish() {
	echo "$0: $failures failures"
	[ "$failures" = 0 ]
}

# Files that the tests use: see make_data.py.
make_data() {
	python3 tests/host/make_data.py "$T"
}
# The shipped network for the smallest compute unit, calibrated with noise.
make_net() {
	"$VANILLIN" compile model/zoo/fashion.onnx --calib "$T/data/train-images-idx3-ubyte" --images 8 \
		--target 8x8 -o "$T/net.vnx" >/dev/null
}
