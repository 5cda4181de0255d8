#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runtests.sh TEST_PROGRAM... - run them and every test script; list failures, skips with reasons, and slow tests.
# LONG=1: the long campaigns.  Exit 0 only if nothing failed.
set -u
B=${B:-build} LONG=${LONG:-0} SEED=${SEED:-1} PYTHON=${PYTHON:-/usr/bin/python3}
export B LONG SEED PYTHON VANILLIN=${VANILLIN:-$B/vanillin}
logs=$B/test-logs; rm -rf "$logs"; mkdir -p "$logs"
passed=0 failed=0 skipped=0

run() { # name seconds command...
	local name=$1 limit=$2 log start rc took; shift 2
	log=$logs/$(echo "$name" | tr '/ ' '__').log
	start=$SECONDS
	timeout -k 10 "$limit" "$@" >"$log" 2>&1; rc=$?; took=$((SECONDS - start))
	case $rc in
	0) passed=$((passed + 1)); printf 'ok    %4d s  %s\n' $took "$name" ;;
	77) skipped=$((skipped + 1)); printf 'SKIP  %4d s  %s: %s\n' $took "$name" "$(tail -n 1 "$log")" ;;
	124 | 137) failed=$((failed + 1)); printf 'TIMEOUT %d s  %s\n' $took "$name"; tail -n 20 "$log" ;;
	*) failed=$((failed + 1)); printf 'FAIL  %4d s  %s (exit %d)\n' $took "$name" $rc; tail -n 40 "$log" ;;
	esac
}

limit=1800; fuzz=60
[ "$LONG" = 1 ] && limit=7200 fuzz=3600
for t in "$@"; do run "${t#"$B"/}" $limit "$t"; done
for t in tests/*/test_*.sh tests/hls/mutants.sh tests/hls/check_subset.sh; do
	[ -x "$t" ] && run "$t" $limit "$t"
done
[ -f tests/vectors/test_self.py ] && run tests/vectors/test_self.py $limit "$PYTHON" tests/vectors/test_self.py
for t in tests/train/test_*.py; do
	[ -f "$t" ] && run "$t" $limit env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$PYTHON" "$t"
done
for t in "$B"/fuzz/fuzz_*; do
	[ -x "$t" ] || continue
	name=$(basename "$t"); corpus=$B/corpus/$name; mkdir -p "$corpus"
	seconds=$fuzz
	case $name in
	*onnx*) seeds=(tests/golden/*.onnx) ;;
	*xclbin*) seeds=() seconds=$((fuzz / 3)) ;;
	*) seeds=("$B"/zoo/*.vnx) ;;
	esac
	for s in "${seeds[@]}"; do [ -f "$s" ] && [ "$(stat -c %s "$s")" -lt 400000 ] && cp "$s" "$corpus/"; done
	run "$name ${seconds}s" $((seconds + 120)) "$t" -max_total_time=$seconds -timeout=20 -rss_limit_mb=3000 -max_len=600000 \
		-seed="$SEED" -print_final_stats=1 "$corpus"
	sed -n 's/^stat::number_of_executed_units: */      runs: /p' "$logs/${name}_${seconds}s.log"
done
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed -eq 0 ]
