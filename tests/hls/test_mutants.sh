#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mutants.sh - the tests of hls/ find errors: each of these changes to a file of it must make the named test fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
export CC=${CC:-gcc}
. tests/mutants.sh

compile() { # OBJECT SOURCE FLAG...
	local object=$1 source=$2
	shift 2
	$CC "$@" -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -I"$mutants_work/one_size" -I. -DVN_R=16 -DVN_C=16 -c "$source" -o "$object"
}
export -f compile
export mutants_work

# The compute unit of one size, and the tests; unchanged.
plain=$mutants_work/plain
mkdir -p "$plain" "$mutants_work/one_size/hls"
printf 'VN_HLS_SIZE(16, 16)\n#undef VN_HLS_SIZE\n' >"$mutants_work/one_size/hls/sizes.def"
for f in hls/*.c tests/hls/*.c; do echo "$plain/$(basename "$f" .c).o $f"; done | xargs -P "$(nproc)" -I{} bash -c 'compile {}' || exit 1

# A changed header changes all that may include it.
build() { # FOLDER TEST FILE...
	local dir=$1 test=$2 list=() f
	shift 2
	for f in hls/*.c; do
		if [[ " $* " == *.h\ * ]] && [ ! -e "$dir/$f" ]; then cp "$f" "$dir/hls/"; fi
		if [ -e "$dir/$f" ]; then
			compile "$dir/$(basename "$f" .c).o" "$dir/$f" -I"$dir" || return
			list+=("$dir/$(basename "$f" .c).o")
		else
			list+=("$plain/$(basename "$f" .c).o")
		fi
	done
	$CC -o "$dir/$test" "${list[@]}" "$plain/$test.o" "$plain/card.o" -lcmocka -lpthread
}

# A cell reads the edge where it should read its neighbour.
mutant no_shift test_hls_array hls/vn_array.c 'a[c + 1] = left[c];' 'a[c + 1] = c + 1 == VN_C / 2 ? left[0] : left[c];'
mutant early_shift test_hls_array hls/vn_array.c 's > r && s <= VN_R' 's > 0 && s <= VN_R'
mutant late_column test_hls_array hls/vn_array.c 'lag_w[(t - c) % VN_C][c]' 'lag_w[t % VN_C][c]'
mutant no_half test_hls_cu hls/vn_requant.h '(int64_t)((1ULL << shift) >> 1)' '0'
mutant relu_at_127 test_hls_cu hls/vn_post.c 'req[c], 0, 255' 'req[c], 0, 127'
mutant padding_column test_hls_cu hls/vn_dw.c 'map_w - x + n;' 'map_w - x + n - 1;'
mutant border_swapped test_hls_cu hls/vn_post.c 'bias[border ? 3 * cy + cx : 0], best' 'bias[border ? 3 * cx + cy : 0], best'
mutant part_beat test_hls_cu hls/vn_mem.c 'part == VN_BEAT_WORDS - 1 || i == words - 1' 'part == VN_BEAT_WORDS - 1'
mutant chunk_step test_hls_cu hls/vn_mem.c 'VN_GET(d, LOAD_ACT_STEP)' 'VN_GET(d, LOAD_WORDS)'
mutant token_ignored test_hls_errors hls/vn_token.h 'count[a][engine] < wait' '0'
mutant image_past_batch test_hls_errors hls/vn_top.c '< b.images;' '<= b.images;'
judge_mutants "$@"
