#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_calls finds errors: each of these changes to the driver's files of xrt: must make it fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build} CC=${CC:-gcc}
TEST=$B/tests/xrt/test_calls
[ -x "$TEST" ] || { echo "$TEST is not built"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vn_mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
n=0

# The object of a changed file comes before the library's.
judge() { # name file
	local o=$work/$1.o
	if ! "$CC" -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -I. -I"$B/gen" -isystem /usr/include/xrt -w -c "$work/$1.c" -o "$o" ||
		! "$CC" -o "$work/$1" "$o" "$TEST.o" "$B"/tests/program/tiny.o "$B"/tests/program/tiny_program.o "$B"/tests/driver/{common,one_run}.o \
			"$B/libvanillin.a" -lcmocka -lprotobuf-c -ljansson -lz -lm -lpthread -ldl; then
		echo "FAIL $1: does not compile"
	elif (B=$B timeout 60 "$work/$1" >"$work/$1.log" 2>&1) 2>/dev/null; then
		echo "FAIL $1: not noticed"
	else
		echo "PASS $1: caught: $(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1 failed/p' "$work/$1.log")"
	fi
}
mutant() { # name file from to: one place of the file, as fixed strings
	local file=driver/$2 text
	n=$((n + 1))
	text=$(<"$file")
	if [ "$(grep -cF -- "$3" "$file")" != 1 ]; then
		echo "FAIL $1: '$3' is not exactly once in $file"
		return
	fi
	printf '%s\n' "${text/"$3"/"$4"}" >"$work/$1.c"
	judge "$1" 2>/dev/null &
	[ $((n % 4)) = 0 ] && wait
}

{
	mutant uuid xrt_card.c 'memcmp(there, card->xclbin.uuid, sizeof(there)) == 0' '1'
	mutant bank xrt_card.c '[VN_BUFFER_SCRATCH] = VN_ARG_SCRATCH' '[VN_BUFFER_SCRATCH] = VN_ARG_INPUT'
	mutant bank_error xrt_card.c 'unit->bank[kind] < 0' '0'
	mutant offset xrt_card.c 'XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, (size_t)offset' 'XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, 0'
	mutant freed_early xrt_card.c 'if (buffer->unit->is_busy)' 'if (0)'
	mutant old_status xrt_card.c 's->status->is_kept = 0;' ''
	mutant card_open xrt_card.c 'if (card->device)' 'if (card->platform[0])'
	mutant not_given backend_cards.c 'vn_xrt_give_card(be->cards[i].number);' ''
	mutant run_open xrt_card.c 'if (unit->run)' 'if (0)'
	mutant signals xrt_env.c 'sigfillset(&all);' 'sigemptyset(&all);'
	mutant twice xrt_env.c 'was = taken[card];' 'was = 0;'
	mutant user xrt_env.c '!variable("USER")' '0'
	mutant cards xrt_env.c 'cards[i] >= there' '0'
	mutant mirror xrt_card.c '!rc && words[VN_ST_MAGIC] != VN_STATUS_MAGIC' '0'
	mutant register xrt_runtime.c 'is_last && vn_xrt_register' '!is_last && vn_xrt_register'
	mutant still_hangs backend_cards.c 'if (be->rt->is_busy(be->units[i].cu))' 'if (0)'
	mutant clock_above backend_cards.c 'want >= is - CLOCK_SLACK_MHZ' '1'
	mutant clock_below backend_cards.c 'want <= is + CLOCK_SLACK_MHZ &&' ''
	mutant records backend_cards.c 'memcmp(record, other, sizeof(other)) != 0' '0'
	mutant no_block card_unit.c 'return vn_fail(err, VN_ERUNTIME, "make the' 'return 0 && vn_fail(err, VN_ERUNTIME, "make the'
	mutant loaded_twice backend_cards.c 'card->is_loaded = rc == 0;' ''
	wait
} | tee "$work/verdicts"
if grep -q ^FAIL "$work/verdicts"; then exit 1; fi
