#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mutants.sh - the tests of hls/ find errors: each of these changes to a copy of hls/ must make the named test fail.
# Last line PASS or FAIL; exit status 0, 1.
set -u
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-gcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/vn_mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0 n=0

build() { # folder test [flag...]
	local dir=$1 test=$2 src=() f; shift 2
	for f in "$dir"/hls/*.c; do src+=("$f"); done
	"$CC" -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -I"$dir" -I. -DVN_R=16 -DVN_C=16 "$@" "${src[@]}" \
		tests/hls/"$test".c tests/hls/card.c -lcmocka -lpthread -o "$dir/$test"
}

copy() { # folder
	mkdir -p "$1" && cp -r hls "$1"/
	printf 'VN_HLS_SIZE(16, 16)\n#undef VN_HLS_SIZE\n' >"$1"/hls/sizes.def
}

mutant() { # name test file from to: one place of the file, as fixed strings
	local dir=$work/$1 test=$2 file=hls/$3 from=$4 to=$5 text
	n=$((n + 1))
	copy "$dir"
	text=$(<"$file")
	if [ "$(grep -cF -- "$from" "$file")" != 1 ]; then
		echo "$1: '$from' is not exactly once in $file"; bad=1; return
	fi
	printf '%s\n' "${text/"$from"/"$to"}" >"$dir/$file"
	judge "$1" "$test"
}

judge() { # name test [flag...]
	local dir=$work/$1 name=$1 test=$2; shift 2
	build "$dir" "$test" "$@" || { echo "$name: does not compile"; bad=1; return; }
	if timeout 60 "$dir/$test" >"$dir/log" 2>&1; then
		echo "$name: $test does not notice"; bad=1
	else
		echo "$name: caught, $(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$dir/log") failed in $test"
	fi
}

copy "$work/none"
for test in test_hls_array test_hls_cu test_hls_errors; do
	if ! build "$work/none" $test || ! "$work/none/$test" >"$work/none/log" 2>&1; then
		cat "$work/none/log"; echo "FAIL mutants: $test fails without a mutation"; exit 1
	fi
done

# The array reads a distant cell where it should read its neighbour.
copy "$work/no_shift"; n=$((n + 1))
judge no_shift test_hls_array -DVN_MUTANT_NO_SHIFT
mutant early_shift test_hls_array vn_array.c 's > r && s <= VN_R' 's > 0 && s <= VN_R'
mutant late_column test_hls_array vn_array.c 'lag_w[(t - c) % VN_C][c]' 'lag_w[t % VN_C][c]'
mutant no_half test_hls_cu vn_requant.h '(int64_t)((1ULL << shift) >> 1)' '0'
mutant relu_at_127 test_hls_cu vn_post.c 'req[c], 0, 255' 'req[c], 0, 127'
mutant padding_column test_hls_cu vn_dw.c 'map_w - x + n;' 'map_w - x + n - 1;'
mutant border_swapped test_hls_cu vn_post.c 'bias[border ? 3 * cy + cx : 0], best' \
	'bias[border ? 3 * cx + cy : 0], best'
mutant part_beat test_hls_cu vn_mem.c 'part == VN_BEAT_WORDS - 1 || i == words - 1' \
	'part == VN_BEAT_WORDS - 1'
mutant chunk_step test_hls_cu vn_mem.c 'VN_GET(d, LOAD_ACT_STEP)' 'VN_GET(d, LOAD_WORDS)'
mutant token_ignored test_hls_errors vn_token.h 'count[a][engine] < wait' '0'
mutant image_past_batch test_hls_errors vn_top.c '< b.images;' '<= b.images;'

[ $bad = 0 ] && echo "PASS mutants: $n of $n caught" && exit 0
echo "FAIL mutants"
exit 1
