# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# mutants.sh - sourced by mutation scripts: a test must notice each of many small changes to what it tests.
#
# The script has a function that makes the test program out of changed files,
#
#     build FOLDER TEST FILE...      compile FOLDER/FILE..., link FOLDER/TEST with them in the place of the tree's
#
# names its mutants, FROM being a fixed string that stands in FILE exactly once, and has them judged:
#
#     mutant NAME TEST FILE FROM TO
#     judge_mutants "$@" || exit        arguments: names of mutants, all if none
#
# First the control: each test, built by the same function with the files unchanged, must pass and say that it ran something.
# Then the mutants, as many at a time as there are cores (LANES).  One is caught if a test of the program began, and
# failed, or the program died by a signal, or did not end (MUTANT_SECONDS).  That it does not compile, runs nothing, or ends
# with neither a failed test nor a signal is a failure of the script, as is a mutant that passes.
#
# Test programs are cmocka's.  They are killed at their first failed test unless MUTANTS_RUN_ON=1.

MUTANT_SECONDS=${MUTANT_SECONDS:-60} MUTANTS_RUN_ON=${MUTANTS_RUN_ON:-0} LANES=${LANES:-$(nproc)}
mutants_work=$(mktemp -d "${TMPDIR:-/tmp}/vn_mutants.XXXXXX") || exit 1
trap 'rm -rf "$mutants_work"' EXIT
# A sanitizer's finding is a signal, not an exit status that anything may have.
export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
# What is read after it was freed is not what it was.
export MALLOC_PERTURB_=165
mutant_name=() mutant_test=() mutant_file=() mutant_from=() mutant_to=()

mutant() {
	mutant_name+=("$1") mutant_test+=("$2") mutant_file+=("$3") mutant_from+=("$4") mutant_to+=("$5")
}

# Run FOLDER/TEST, output to FOLDER/log.  Sets outcome: passed, failed, died, hung or broken, and reason.
run_mutant() {
	local dir=$1 test=$2 line out pid status=0 began=0 passed=0 from=$SECONDS
	outcome=broken reason="it ran no test"
	exec {out}< <(exec env TMPDIR="$dir" timeout -k 2 "$MUTANT_SECONDS" "$dir/$test" 2>&1 </dev/null)
	pid=$!
	while IFS= read -r -t $((MUTANT_SECONDS + 5)) -u "$out" line; do
		printf '%s\n' "$line"
		case $line in
		*'[ RUN      ]'*) began=1 ;;
		*'[  FAILED  ] '[0-9]* | *'[  ERROR   ] ---'*) ;; # the count at the end, the message of a check
		*'[  FAILED  ] '* | *'[  ERROR   ] '*) # ERROR: of setting up or tearing down
			if [ $began = 1 ] && [ "$outcome" != failed ]; then
				outcome=failed reason=${line##*' ] '}
				[ "$MUTANTS_RUN_ON" = 1 ] || { kill "$pid" 2>/dev/null; break; }
			fi
			;;
		*'[  PASSED  ] '[1-9]*' test(s)'*) passed=${line##*'[  PASSED  ] '} passed=${passed%% *} ;;
		esac
	done >"$dir/log"
	exec {out}<&-
	wait "$pid" || status=$?
	if [ "$outcome" = failed ] || [ $began = 0 ]; then return; fi
	if [ $status = 0 ] && [ "$passed" != 0 ]; then
		outcome=passed reason="$passed tests pass"
	elif [ $status -ge 124 ] && [ $((SECONDS - from)) -ge "$MUTANT_SECONDS" ]; then
		outcome=hung reason="runs on after $MUTANT_SECONDS s"
	elif [ $status -gt 128 ]; then
		outcome=died reason="SIG$(kill -l $((status - 128)))$(sed -n 's/^SUMMARY: \([A-Za-z]*Sanitizer: [^ ]*\).*/, \1/p' "$dir/log" | head -n 1)"
	else
		reason="exit status $status without a failed test"
	fi
}

# The text of file $1 with the only $2 in it made $3.
change() {
	local text
	text=$(<"$1")
	[[ $text == *"$2"* && ${text#*"$2"} != *"$2"* ]] || return 1
	printf '%s\n' "${text/"$2"/"$3"}"
}

# Verdict of mutant number $1, in one line.
judge_mutant() {
	local name=${mutant_name[$1]} test=${mutant_test[$1]} file=${mutant_file[$1]} dir outcome reason
	dir=$mutants_work/$name
	mkdir -p "$dir/$(dirname "$file")"
	if ! change "$file" "${mutant_from[$1]}" "${mutant_to[$1]}" >"$dir/$file"; then
		echo "FAIL $name: '${mutant_from[$1]}' does not stand exactly once in $file"
	elif ! build "$dir" "$test" "$file" >"$dir/build.log" 2>&1; then
		echo "FAIL $name: does not compile: $(grep -m 1 -E 'error|undefined' "$dir/build.log")"
	else
		run_mutant "$dir" "$test"
		case $outcome in
		failed) echo "PASS $name: caught, $reason of $test failed" ;;
		died | hung) echo "PASS $name: caught, $test: $reason" ;;
		passed) echo "FAIL $name: $test does not notice it: $reason" ;;
		*) echo "FAIL $name: no verdict of $test: $reason" ;;
		esac
	fi
	rm -rf "$dir"
}

# The control of test $1; on failure the end of what was said.
judge_control() {
	local dir=$mutants_work/control-$1 files=() i outcome reason
	for i in "${!mutant_name[@]}"; do
		[[ ${mutant_test[i]} == "$1" && " ${files[*]} " != *" ${mutant_file[i]} "* ]] && files+=("${mutant_file[i]}")
	done
	mkdir -p "$dir"
	if ! cp --parents "${files[@]}" "$dir" || ! build "$dir" "$1" "${files[@]}" >"$dir/log" 2>&1; then
		echo "FAIL control: $1 does not compile without a change"
	else
		run_mutant "$dir" "$1"
		[ "$outcome" = passed ] && { echo "PASS control: $1: $reason without a change"; return; }
		echo "FAIL control: $1 without a change: $outcome, $reason"
	fi
	tail -n 20 "$dir/log" | sed 's/^/     /'
}

# Leave mutants that are not named by an argument out; those that are must be there.
choose_mutants() {
	local i name
	for name in "$@"; do
		[[ " ${mutant_name[*]} " == *" $name "* ]] || { echo "FAIL no mutant $name"; return 1; }
	done
	for i in "${!mutant_name[@]}"; do
		name=${mutant_name[i]}
		if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then unset "mutant_name[i]"; fi
	done
	if [ "$(printf '%s\n' "${mutant_name[@]}" | sort | uniq -d | wc -l)" != 0 ]; then
		echo "FAIL two mutants have the same name"
		return 1
	fi
	[ ${#mutant_name[@]} -gt 0 ] || { echo "FAIL no mutants"; return 1; }
}

# in_lanes COMMAND ARGUMENT...: COMMAND with each, LANES at a time, and what they print.
in_lanes() {
	local command=$1 running=0 argument
	shift
	for argument in "$@"; do
		if [ $running -ge "$LANES" ]; then wait -n; running=$((running - 1)); fi
		"$command" "$argument" &
		running=$((running + 1))
	done
	wait
}

judge_mutants() {
	local verdicts=$mutants_work/verdicts tests=() i good
	choose_mutants "$@" || return 1
	for i in "${!mutant_name[@]}"; do
		[[ " ${tests[*]} " == *" ${mutant_test[i]} "* ]] || tests+=("${mutant_test[i]}")
	done
	in_lanes judge_control "${tests[@]}" | tee "$verdicts"
	if [ "$(grep -c ^PASS "$verdicts")" != ${#tests[@]} ]; then
		echo "FAIL without a change"
		return 1
	fi
	in_lanes judge_mutant "${!mutant_name[@]}" | tee "$verdicts"
	# A lane that broke has left no verdict.
	good=$(grep -c ^PASS "$verdicts")
	if [ "$good" != ${#mutant_name[@]} ]; then
		echo "FAIL $((${#mutant_name[@]} - good)) of ${#mutant_name[@]} mutants"
		return 1
	fi
	echo "PASS $((good + ${#tests[@]})) checks"
}
