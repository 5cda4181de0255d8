#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runtests.sh NAME... - run these tests of `tools/tests.sh list` under CTest: J lanes, longest first.  docs/testing.md
# Exit 0 only if each of them passed, or was skipped with a reason.
set -u
here=$(realpath "$(dirname "$0")")
B=${B:-build} J=${J:-$(nproc)} LONG=${LONG:-0} SEED=${SEED:-1} PYTHON=${PYTHON:-/usr/bin/python3}
# A lane is a core.
export B LONG SEED PYTHON VANILLIN=${VANILLIN:-$B/vanillin} OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Of the make above: a test that calls make gets none of it.
unset MAKEFLAGS MFLAGS MAKELEVEL T RERUN SHARD
logs=$B/test-logs
remembered=$B/Testing/Temporary/CTestCostData.txt
command -v ctest >/dev/null || { echo "error: ctest is not installed (apt-get install cmake)" >&2; exit 2; }
[ $# -gt 0 ] || { echo "error: no test is chosen" >&2; exit 2; }

quoted() { printf ' [=[%s]=]' "$@"; }
# one NAME FILE SECONDS OPTION...: its lines of CTestTestfile.cmake
one() {
	local name=$1 file=$2 seconds=$3 limit=900 labels=${1%%/*} properties=() command option
	[ "$LONG" = 1 ] && limit=7200
	case $file in
	!*) command=("$file") ;;
	tests/fuzz/*) command=(tests/fuzz/run.sh "$(basename "$file" .c)") ;;
	*.c) command=("$B/${file%.c}") ;;
	*.py) command=("$PYTHON" "$file") ;;
	*) command=("$file") ;;
	esac
	for option in "${@:4}"; do
		case $option in
		alone) properties+=(RUN_SERIAL TRUE) ;;
		lanes=*) properties+=(PROCESSORS "${option#*=}") ;;
		lock=*) properties+=(RESOURCE_LOCK "${option#*=}") ;;
		limit=*) [ "$LONG" = 1 ] || limit=${option#*=} ;;
		*) echo "error: tests/schedule.txt: $name has no option $option" >&2; exit 2 ;;
		esac
	done
	# CTest prefers what it is told to what it remembers.
	grep -qs "^$name " "$remembered" || properties+=(COST "$seconds")
	[ -z "${chosen[$name]:-}" ] || labels+=";chosen"
	echo "add_test($(quoted "$name" "$here/judge.sh" "$name" "$limit" "${command[@]}"))"
	echo "set_tests_properties($(quoted "$name") PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT $((limit + 60)) WORKING_DIRECTORY$(quoted "$PWD") LABELS$(quoted "$labels") ${properties[*]})"
}
generate() {
	local name file seconds options
	declare -A chosen cost more
	for name in "$@"; do chosen[$name]=1; done
	if [ -e tests/schedule.txt ]; then
		while read -r name seconds options; do
			case $name in \#* | '') continue ;; esac
			cost[$name]=$seconds more[$name]=$options
		done <tests/schedule.txt
	fi
	"$here/tests.sh" list | while read -r name file; do
		# shellcheck disable=SC2086 # options are words
		one "$name" "$file" "${cost[$name]:-5}" ${more[$name]:-}
	done
}

mkdir -p "$logs"
for name in "$@"; do rm -f "$logs/$name".*; done
generate "$@" >"$B/CTestTestfile.cmake" || exit 2
started=$EPOCHREALTIME
# Judges speak through descriptor 3; what CTest itself says is for those who look for it.
ctest --test-dir "$B" -j "$J" -L '^chosen$' --no-tests=error --output-junit "$(realpath "$B")/test-results.xml" \
	--test-output-size-passed 100000000 --test-output-size-failed 100000000 3>&1 >"$logs/ctest.log" 2>&1
rc=$?
sed -i '2s/(empty)/vanillin/' "$B/test-results.xml" 2>/dev/null

# What was chosen is counted, not what came back.
passed=0 skipped=0 cpu=0 failed=() skips=() parts=()
for name in "$@"; do
	verdict='' seconds=0
	[ -e "$logs/$name.verdict" ] && read -r verdict _ seconds <"$logs/$name.verdict"
	cpu=$(awk "BEGIN { print $cpu + $seconds }")
	case $verdict in
	ok) passed=$((passed + 1)) ;;
	SKIP) skipped=$((skipped + 1)); skips+=("$name: $(cat "$logs/$name.why")") ;;
	'') failed+=("$name"); echo "FAIL       0 s  $name: it was not run, or was ended from outside; see $logs/ctest.log" ;;
	*) failed+=("$name") ;;
	esac
	[ "$verdict" != SKIP ] && [ -e "$logs/$name.parts" ] && while read -r line; do parts+=("$name: ${line#SKIP part: }"); done <"$logs/$name.parts"
done
printf '%s\n' "${failed[@]}" | grep . >"$logs/failed"
if [ $rc -ne 0 ] && [ ${#failed[@]} -eq 0 ]; then
	tail -n 20 "$logs/ctest.log"
	failed+=(ctest)
fi

echo
[ ${#skips[@]} -eq 0 ] || printf 'skipped: %s\n' "${skips[@]}"
[ ${#parts[@]} -eq 0 ] || printf 'part skipped: %s\n' "${parts[@]}"
[ ${#failed[@]} -eq 0 ] || { printf 'failed: %s\n' "${failed[@]}"; echo "hint: make test RERUN=1 runs these again; their output: $logs/NAME.log"; }
awk "BEGIN { printf \"%.0f s, %.0f CPU seconds; partial skips: %d; $B/test-results.xml\\n\", $EPOCHREALTIME - $started, $cpu, ${#parts[@]} }"
echo "$passed passed, ${#failed[@]} failed, $skipped skipped"
[ ${#failed[@]} -eq 0 ]
