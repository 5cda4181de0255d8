# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - sourced by shell tests, from the root: one line a check, the verdict, a temporary folder $T, small data sets.

VANILLIN=${VANILLIN:-${B:-build}/vanillin}
checks=0 failures=0
T=$(mktemp -d)
# A signal to the whole group comes twice: the second one must not end the removal.
trap 'trap "" INT TERM HUP; rm -rf "$T"' EXIT

pass() {
	echo "PASS $1"
	checks=$((checks + 1))
}
failed() { # NAME [WHY]
	echo "FAIL $1${2:+: $2}"
	failures=$((failures + 1))
}
# Of a check without a name of its own: CONDITION && ok || failed NAME WHY
ok() { checks=$((checks + 1)); }
# skip REASON: the whole test.  skip_part WHAT REASON: the rest of it goes on.
skip() {
	echo "$1"
	exit 77
}
skip_part() { echo "SKIP part: $1: $2"; }

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
# The last command of a test: its verdict.
finish() {
	if [ "$failures" = 0 ] && [ "$checks" -gt 0 ]; then
		echo "PASS $checks checks"
	else
		echo "FAIL $failures of $((checks + failures)) checks"
		exit 1
	fi
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
