# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# sanitizers.sh - sourced by the tests that run programs once more under a sanitizer: build, planted faults, verdicts.
#
# The script sets NAME (of the folder $B/NAME of its build), CC and FLAGS.  A program has passed if it says so, and no process
# that it started has left a report.  LONG=1: everything; else what is worth its time.

export B=${B:-build} LONG=${LONG:-0}
. tests/lib.sh
dir=$B/$NAME reports=$T/reports
mkdir -p "$dir" "$reports" || exit 1
log=$reports/report
export ASAN_OPTIONS="allocator_may_return_null=1:log_path=$log" # tests that take memory away must see malloc fail
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$log"
export TSAN_OPTIONS="allocator_may_return_null=1:exitcode=66:second_deadlock_stack=1:log_path=$log"
export MSAN_OPTIONS="allocator_may_return_null=1:exit_code=66:poison_in_malloc=0:poison_in_free=0:log_path=$log"
# The shadow memory wants the program where it has always been.
fixed=()
if setarch -R true 2>/dev/null; then fixed=(setarch -R); fi

complain() { # NAME WHY: with the reports and the end of the output
	failed "$1" "$2"
	tail -q -n 40 "$reports"/report.* 2>/dev/null | head -n 120
	if [ -e "$T/out" ]; then tail -n 20 "$T/out"; fi
}

# build TARGET...: in $dir.  Plug-ins, the stand-in for XRT and the zoo are those of the plain build.
build() {
	make --no-print-directory -s -j"$(nproc)" B="$dir" CC="$CC" MARCH=x86-64-v3 WERROR= CFLAGS="$FLAGS" "${@/#/$dir/}" >"$dir/build.log" 2>&1 && return
	tail -n 20 "$dir/build.log"
	failed "the programs for $NAME are built"
	finish
}

# planted NAME REPORT <<C: a program with a fault, which must be reported.
planted() {
	local rc=0
	cat >"$T/planted.c"
	rm -f "$reports"/*
	# shellcheck disable=SC2086
	if ! $CC -w $FLAGS -pthread -o "$T/planted" "$T/planted.c" -lz -ljansson -lpng -ljpeg -lprotobuf-c >"$T/out" 2>&1; then
		complain "planted $1" "does not compile"
		return
	fi
	timeout 60 "${fixed[@]}" "$T/planted" >"$T/out" 2>&1 || rc=$?
	if [ $rc != 0 ] && grep -Eqs -- "$2" "$reports"/report.* "$T/out"; then
		pass "planted $1 is reported"
	else
		complain "planted $1" "is not reported, exit status $rc"
	fi
}

# run NAME REGEX COMMAND...: exits 0 with a line that matches, and nothing is reported.
run() {
	local name=$1 regex=$2 rc=0
	shift 2
	rm -f "$reports"/*
	timeout 600 "${fixed[@]}" "$@" >"$T/out" 2>&1 </dev/null || rc=$?
	if [ -n "$(ls "$reports")" ]; then
		complain "$name" "reports"
	elif [ $rc = 77 ]; then
		skip_part "$name" "$(tail -n 1 "$T/out")"
	elif [ $rc != 0 ]; then
		complain "$name" "exit status $rc"
	elif ! grep -Eq -- "$regex" "$T/out"; then
		complain "$name" "no line '$regex'"
	else
		pass "$name"
	fi
}
# tests PROGRAM...: of $dir/tests, as driver/test_jobs.
tests() {
	local t
	for t in "$@"; do run "$t" '^\[  PASSED  \] [1-9][0-9]* test' "$dir/tests/$t"; done
}

# The shipped network for the smallest compute unit, and noise to feed it.
inputs() {
	make_data && VANILLIN=$B/vanillin make_net && return
	failed "$B/vanillin compiles the network"
	finish
}
