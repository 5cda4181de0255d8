# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - sourced by the scripts of tests/rtl, from the root: benches, their mutants, and the sum of their checks as the verdict.

set -eu
export B=${B:-build} SEED=${SEED:-1}
checks=0 mutants=0 failures=0
subject=$(basename "$0" .sh) subject=${subject#test_}

failed() { # WHAT [LOG]
	echo "FAIL $1; repeat it with: make test T=rtl/$subject SEED=$SEED"
	[ -z "${2:-}" ] || sed 's/^/     /' "$2" | tail -n 20
	failures=$((failures + 1))
}

# hls NAME "DEFINES" FILE...: compiles hls/FILE.c for a bench, prints the objects.
hls() {
	local dir=$B/tests/rtl/$1 defines=$2 f
	shift 2
	mkdir -p "$dir"
	for f in "$@"; do
		${OBJCACHE:-} ${CC:-cc} -std=c11 -O2 -I. $defines -c "hls/$f.c" -o "$dir/hls_$f.o"
		echo "$dir/hls_$f.o"
	done
}

# bench EXE [ARGUMENT]...: it must pass and say how many checks it made.
bench() { passes "$@" || :; }
passes() {
	local log=$1.log n
	if timeout 300 "$@" >"$log" 2>&1 && n=$(sed -n '$s/^PASS \([1-9][0-9]*\) checks$/\1/p' "$log") && [ -n "$n" ]; then
		checks=$((checks + n))
		grep -v '^PASS' "$log" | tail -n 1
	else
		failed "$(basename "$1")" "$log"
		return 1
	fi
}

# mutants EXE [ARGUMENT]...: the bench must pass, and fail with each of the mutants that verilate.sh built into it.
mutants() {
	local number name status found=
	passes "$@" || return 0
	while read -r number name; do
		status=0
		(timeout 60 "$@" "+mutant=$number" >"$1.$name.log" 2>&1; exit $?) 2>/dev/null || status=$?
		mutants=$((mutants + 1))
		case $status in
		0) failed "mutant $name was not found" "$1.$name.log" ;;
		124) failed "mutant $name: no end within 60 s" "$1.$name.log" ;;
		*) found+=" $name" ;;
		esac
	done <"$(dirname "$1")/mutants/list"
	echo "     found:$found"
}

finish() {
	echo "$subject: $mutants mutants"
	if [ "$failures" = 0 ] && [ "$checks" -gt 0 ]; then
		echo "PASS $((checks + mutants)) checks"
	else
		echo "FAIL $failures"
		exit 1
	fi
}
