#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the device process find errors: each of these changes to a copy of one of its files must make the named
# test fail.
set -u
CC=${CC:-gcc} B=${B:-build}
[ -e "$B/sim/libvn_rtl_8x8.so" ] || { echo "no simulated compute unit 8x8 has been built (make sim-8x8)"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vn_mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
asan="-fsanitize=address,undefined -fno-sanitize-recover=all"
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -I. -I$B/gen -pthread -g -O1"
libs="-lcmocka -lprotobuf-c -ljansson -lpthread -ldl"
export LIMIT=6 # seconds, of which a mutant may waste many
bad=0 n=0

objects() { # folder flag... : all of the device process, and what the hostile host needs
	local dir=$1 f; shift
	mkdir -p "$dir"
	for f in sim/device/*.c "$B"/gen/sim/device/*.c base/error.c tests/device/message.c tests/device/test_hostile.c; do
		# shellcheck disable=SC2086
		echo "$CC" $flags "$@" -c "$f" -o "$dir/$(basename "$f" .c).o"
	done | xargs -P "$(nproc)" -I{} sh -c '{}'
}

link() { # test objects of the mutant's folder: build/sim/vn_device beside the test, or the hostile host itself
	local dir=$1 test=$2 from=$3 skip=$4 list=() f
	for f in "$from"/*.o; do
		case $(basename "$f" .o) in
		"$skip") ;;
		main) [ "$test" = test_hostile ] || list+=("$f") ;;
		message | test_hostile) [ "$test" = test_hostile ] && list+=("$f") ;;
		*) list+=("$f") ;;
		esac
	done
	[ -n "$skip" ] && list+=("$dir/$skip.o")
	mkdir -p "$dir/sim" "$dir/tests/device"
	if [ "$test" = test_hostile ]; then
		# shellcheck disable=SC2086
		"$CC" $asan -o "$dir/tests/device/$test" "${list[@]}" $libs
	else
		# shellcheck disable=SC2086
		"$CC" -o "$dir/sim/vn_device" "${list[@]}" $libs && cp "$B/tests/device/$test" "$dir/tests/device/"
	fi
}

mutant() { # name test file from to: one place of the file, as fixed strings
	local dir=$work/$1 name=$1 test=$2 file=sim/device/$3 from=$4 to=$5 text objects=$work/plain more=
	n=$((n + 1))
	if [ "$(grep -cF -- "$from" "$file")" != 1 ]; then
		echo "$name: '$from' is not exactly once in $file"; bad=1; return
	fi
	mkdir -p "$dir"
	text=$(<"$file")
	printf '%s\n' "${text/"$from"/"$to"}" >"$dir/$3"
	[ "$test" = test_hostile ] && objects=$work/asan more=$asan
	# shellcheck disable=SC2086
	if ! "$CC" $flags $more -c "$dir/$3" -o "$dir/${3%.c}.o" || ! link "$dir" "$test" "$objects" "${3%.c}"; then
		echo "$name: does not compile"; bad=1; return
	fi
	if timeout 100 "$dir/tests/device/$test" >"$dir/log" 2>&1; then
		echo "$name: $test does not notice"; bad=1
	else
		echo "$name: caught by $test, $SECONDS s"
	fi
	rm -rf "$dir"
}

objects "$work/plain"
# shellcheck disable=SC2086
objects "$work/asan" $asan

mutant no_seek test_conversation serve_memory.c 'address = b->address + b->offset' 'address = b->address'
mutant wraps test_conversation serve_memory.c 'if (address >= b->address)' 'if (1)'
mutant one_past_a_bank test_conversation card.c 'wanted <= bytes - (address - base)' 'wanted <= bytes - (address - base) + 1'
mutant no_last_word test_conversation serve.c 'vd_wire_no_requests(s->wire);' ''
mutant control_word_first test_units serve_registers.c 'if (offset + i != VN_REG_CTRL)' 'if (i < bytes)'
mutant done_stays test_units unit.c 'u->done = 0;' ''
mutant dead_holds_up test_units unit.c 'if (u->busy && !u->dead)' 'if (0)'
mutant own_time test_units clock.c 'if (c->time[unit] < c->now)' 'if (0)'
mutant socket_stays test_ends wire.c 'if (remove)' 'if (0)'
mutant sigterm_is_an_end test_ends main.c 'if (end == VD_END_SIGNAL)' 'tell_pid(" end"); if (end == VD_END_SIGNAL)'
mutant short_data test_ends serve_memory.c '|| b.data_bytes < b.bytes' ''
mutant long_field test_hostile bulk.c 'if (bytes > (uint64_t)(c->end - c->at))' 'if (0)'
mutant long_varint test_hostile bulk.c 'if (c->at == c->end)' 'if (0)'
mutant half_a_register test_hostile serve_registers.c '(*offset | bytes) % WORD == 0' '1'
mutant any_length test_hostile wire.c 'if (bytes > VD_BODY_MAX)' 'if (0)'
echo "$n mutants"
exit $bad
