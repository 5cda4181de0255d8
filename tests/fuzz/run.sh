#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh FUZZER - run build/fuzz/FUZZER from good files for FUZZ_SECONDS: 15, or with LONG=1 an hour (.xclbin files: a third).
set -u
B=${B:-build} SEED=${SEED:-1} LONG=${LONG:-0} name=$1
fuzzer=$B/fuzz/$name corpus=$B/corpus/$name
[ -x "$fuzzer" ] || { echo "$fuzzer is not built: no clang (apt-get install clang libclang-rt-14-dev)"; exit 77; }
seconds=15
[ "$LONG" = 1 ] && seconds=3600
seeds=()
case $name in
*onnx*) seeds=(tests/golden/*.onnx) ;;
*xclbin*) [ "$LONG" = 1 ] && seconds=1200 ;; # makes its own
*) seeds=("$B"/zoo/*.vnx) ;;
esac
mkdir -p "$corpus"
for s in "${seeds[@]}"; do [ "$(stat -c %s "$s")" -lt 400000 ] && cp "$s" "$corpus/"; done
echo "seed=$SEED"
"$fuzzer" -max_total_time="${FUZZ_SECONDS:-$seconds}" -timeout=20 -rss_limit_mb=3000 -max_len=600000 -seed="$SEED" -print_final_stats=1 \
	-artifact_prefix="$corpus-" "$corpus" 2>&1 | tee "$corpus.log" | grep -v '^#'
[ "${PIPESTATUS[0]}" = 0 ] || { echo "repeat: SEED=$SEED make test T=fuzz/${name#fuzz_}, or $fuzzer with the file above"; exit 1; }
echo "PASS $(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log") checks"
