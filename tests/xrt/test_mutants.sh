#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# test_calls finds errors: each of these changes to the driver's files of xrt: must make it fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build}
CC=${CC:-gcc}
TEST=$B/tests/xrt/test_calls
[ -x "$TEST" ] || { echo "$TEST is not built"; exit 77; }
. tests/mutants.sh

build() { # FOLDER TEST FILE...: their objects come before the library's
	local dir=$1 test=$2 objects=() f
	shift 2
	for f in "$@"; do
		objects+=("$dir/${f%.c}.o")
		$CC -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -I. -I"$B/gen" -isystem /usr/include/xrt -w -c "$dir/$f" -o "$dir/${f%.c}.o" || return
	done
	$CC -o "$dir/$test" "${objects[@]}" "$B/tests/xrt/$test.o" "$B"/tests/program/tiny.o "$B"/tests/program/tiny_program.o \
		"$B"/tests/driver/{common,inherit,one_run}.o "$B/tests/bitstreams/sample.o" "$B/libvanillin.a" -lcmocka -lprotobuf-c -ljansson -lz -lm -lpthread -ldl
}

mutant uuid test_calls driver/xrt_card.c 'memcmp(there, card->xclbin.uuid, sizeof(there)) == 0' '1'
mutant bank test_calls driver/buffer.c '[VN_BUFFER_SCRATCH] = VN_ARG_SCRATCH' '[VN_BUFFER_SCRATCH] = VN_ARG_INPUT'
mutant bank_error test_calls driver/xrt_card.c 'unit->bank[kind] < 0' '0'
mutant offset test_calls driver/xrt_card.c 'XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, (size_t)offset' 'XCL_BO_SYNC_BO_TO_DEVICE, (size_t)bytes, 0'
mutant freed_early test_calls driver/xrt_card.c 'if (buffer->unit->is_busy)' 'if (0)'
mutant old_status test_calls driver/xrt_card.c 's->status->is_kept = 0;' ''
mutant card_open test_calls driver/xrt_card.c 'if (card->device)' 'if (card->platform[0])'
mutant not_given test_calls driver/backend_cards.c 'vn_xrt_give_card(be->cards[i].number);' ''
mutant run_open test_calls driver/xrt_card.c 'if (unit->run)' 'if (0)'
mutant signals test_calls driver/xrt_env.c 'sigfillset(&all);' 'sigemptyset(&all);'
mutant twice test_calls driver/xrt_env.c 'was = taken[card];' 'was = 0;'
mutant user test_calls driver/xrt_env.c '!variable("USER")' '0'
mutant cards test_calls driver/xrt_env.c 'cards[i] >= there' '0'
mutant mirror test_calls driver/xrt_card.c '!rc && words[VN_ST_MAGIC] != VN_STATUS_MAGIC' '0'
mutant register test_calls driver/xrt_runtime.c 'is_last && vn_xrt_register' '!is_last && vn_xrt_register'
mutant still_hangs test_calls driver/backend_cards.c 'if (be->rt->is_busy(be->units[i].cu))' 'if (0)'
mutant clock_above test_calls driver/backend_cards.c 'want >= is - CLOCK_SLACK_MHZ' '1'
mutant clock_below test_calls driver/backend_cards.c 'want <= is + CLOCK_SLACK_MHZ &&' ''
mutant records test_calls driver/backend_cards.c 'memcmp(record, other, sizeof(other)) != 0' '0'
mutant no_block test_calls driver/card_unit.c 'vn_config_hash(&status[VN_ST_CONFIG]))' 'vn_config_hash(&status[VN_ST_CONFIG])) return 0; if (0)'
mutant loaded_twice test_calls driver/backend_cards.c 'card->is_loaded = rc == 0;' ''
mutant emulated_clock test_calls driver/xrt_card.c '!vn_xrt_emulation() && ' ''
judge_mutants "$@"
