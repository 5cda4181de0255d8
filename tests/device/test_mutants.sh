#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the device process find errors: each of these changes to one of its files must make the named test fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build} LIMIT=6 # seconds, of which a mutant may waste many
CC=${CC:-gcc}
# A test that is killed would leave its folder in /tmp.
MUTANT_SECONDS=100 MUTANTS_RUN_ON=1
[ -e "$B/sim/libvn_rtl_8x8.so" ] || { echo "no simulated compute unit 8x8 has been built (make sim-8x8)"; exit 77; }
. tests/mutants.sh

asan="-fsanitize=address,undefined -fno-sanitize-recover=all"
compile() { # OBJECT SOURCE FLAG...
	local object=$1 source=$2
	shift 2
	$CC -std=c11 -D_POSIX_C_SOURCE=200809L -I. -I"$B/gen" -pthread -g -O1 "$@" -c "$source" -o "$object"
}
link() { $CC "$@" -lcmocka -lprotobuf-c -ljansson -lpthread -ldl; }

# A whole program is made of the objects of the folders plain, or asan, but for those of the files that were changed.
objects() { # FOLDER FLAG...
	local dir=$1 f
	shift
	mkdir -p "$dir"
	for f in emulation/device/*.c "$B"/gen/emulation/device/*.c base/{error,escape}.c; do
		echo "$dir/$(basename "$f" .c).o $f $*"
	done | xargs -P "$(nproc)" -I{} bash -c 'compile {}'
}

# The hostile host, which is one program with the device process and judged by sanitizers, or build/sim/vn_device beside the test.
build() { # FOLDER TEST FILE...
	local dir=$1 test=$2 from=$mutants_work/plain flags='' list=() f
	shift 2
	[ "$test" = test_hostile ] && from=$mutants_work/asan flags=$asan
	for f in "$@"; do
		# shellcheck disable=SC2086
		compile "$dir/$(basename "$f" .c).o" "$dir/$f" $flags || return
	done
	for f in "$from"/*.o; do
		[ "$test $(basename "$f")" = "test_hostile main.o" ] && continue
		[ -e "$dir/$(basename "$f")" ] || list+=("$f")
	done
	if [ "$test" = test_hostile ]; then
		# shellcheck disable=SC2086
		link $asan -o "$dir/$test" "$dir"/*.o "${list[@]}" "$mutants_work"/hostile/*.o
	else
		mkdir -p "$dir/sim" "$dir/tests/device"
		link -o "$dir/sim/vn_device" "$dir"/*.o "${list[@]}" && cp "$B/tests/device/$test" "$dir/tests/device/" &&
			ln -s "tests/device/$test" "$dir/$test"
	fi
}

export -f compile
export CC
objects "$mutants_work/plain"
# shellcheck disable=SC2086
objects "$mutants_work/asan" $asan
mkdir "$mutants_work/hostile"
for f in message test_hostile; do
	# shellcheck disable=SC2086
	compile "$mutants_work/hostile/$f.o" tests/device/$f.c $asan || exit 1
done

mutant no_seek test_conversation emulation/device/serve_memory.c 'address = b->address + b->offset' 'address = b->address'
mutant wraps test_conversation emulation/device/serve_memory.c 'if (address >= b->address)' 'if (1)'
mutant one_past_a_bank test_conversation emulation/device/card.c 'wanted <= bytes - (address - base)' 'wanted <= bytes - (address - base) + 1'
mutant no_last_word test_conversation emulation/device/serve.c 'vd_wire_no_requests(s->wire);' ''
mutant control_word_first test_units emulation/device/serve_registers.c 'if (offset + i != VN_REG_CTRL)' 'if (i < bytes)'
mutant done_stays test_units emulation/device/unit.c 'u->done = 0;' ''
mutant dead_holds_up test_units emulation/device/unit.c 'if (u->busy && !u->dead)' 'if (0)'
mutant own_time test_units emulation/device/clock.c 'if (c->time[unit] < c->now)' 'if (0)'
mutant socket_stays test_ends emulation/device/wire.c 'if (remove)' 'if (0)'
mutant sigterm_is_an_end test_ends emulation/device/main.c 'if (end == VD_END_SIGNAL)' 'tell_pid(" end"); if (end == VD_END_SIGNAL)'
mutant short_data test_ends emulation/device/serve_memory.c '|| b.data_bytes < b.bytes' ''
mutant long_field test_hostile emulation/device/bulk.c 'if (bytes > (uint64_t)(c->end - c->at))' 'if (0)'
mutant long_varint test_hostile emulation/device/bulk.c 'if (c->at == c->end)' 'if (0)'
mutant half_a_register test_hostile emulation/device/serve_registers.c '(*offset | bytes) % WORD == 0' '1'
mutant any_length test_hostile emulation/device/wire.c 'if (bytes > VD_BODY_MAX)' 'if (0)'
judge_mutants "$@"
