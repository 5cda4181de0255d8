#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of ocl: find errors: each of these changes to its sources must make the named test fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build}
CC=${CC:-gcc} MUTANT_SECONDS=20
others=("$B"/tests/ocl/fake_cl.o "$B"/tests/program/tiny.o "$B"/tests/program/tiny_program.o "$B"/tests/driver/{common,one_run}.o
	"$B"/tests/bitstreams/sample.o)
for f in "$B"/libvanillin.a "$B"/tests/ocl/test_{ocl_card,backend_ocl}.o "${others[@]}"; do
	[ -e "$f" ] || { echo "$f is not built: make tests-built"; exit 77; }
done
. tests/mutants.sh

build() { # FOLDER TEST FILE...: their objects come before the library's
	local dir=$1 test=$2 objects=() f
	shift 2
	for f in "$@"; do
		objects+=("$dir/${f%.c}.o")
		$CC -std=c11 -D_POSIX_C_SOURCE=200809L -w -O1 -I. -I"$B/gen" -isystem /usr/include/xrt -pthread -c "$dir/$f" -o "$dir/${f%.c}.o" || return
	done
	$CC -o "$dir/$test" "$B/tests/ocl/$test.o" "${objects[@]}" "${others[@]}" "$B/libvanillin.a" -lcmocka -lprotobuf-c -ljansson -lz -lm -lpthread -ldl
}

mutant unchained_write test_ocl_card driver/ocl_unit.c 'events[n++] = b->written;' ';'
mutant hasty_start test_ocl_card driver/ocl_unit.c 'before[n++] = named[i]->written;' ';'
mutant overtaking_write test_ocl_card driver/ocl_unit.c 'unit->start && i < VN_BUFFER_KINDS' 'unit->start && i < 1'
mutant all_transfers_wait test_ocl_card driver/ocl_unit.c 'if (unit->named[i] == b) {' 'if (unit->named[i] != b) {'
mutant early_free test_ocl_card driver/ocl_unit.c 'vn_ocl->clWaitForEvents(1, &b->written);' ';'
mutant trusting_read test_ocl_card driver/ocl_unit.c 'code = event_status(ended);' ';'
mutant any_block test_ocl_card driver/ocl_unit.c 'if (b->kind != VN_BUFFER_STATUS || offset != 0 ||' 'if (1 ||'
mutant wrong_bank test_ocl_card driver/buffer.c '[VN_BUFFER_WEIGHTS] = VN_ARG_WEIGHTS' '[VN_BUFFER_WEIGHTS] = VN_ARG_INPUT'
mutant any_unit test_ocl_card driver/ocl_unit.c '"%s:{%s}", VN_KERNEL, unit->name' '"%s", VN_KERNEL'
mutant swapped_arguments test_ocl_card driver/ocl_unit.c '&s->output->mem' '&s->scratch->mem'
mutant failed_is_done test_ocl_card driver/ocl_unit.c 'status == CL_COMPLETE ? VN_RUN_DONE : VN_RUN_FAILED' 'VN_RUN_DONE'
mutant kept_event test_ocl_card driver/ocl_unit.c 'drop_event(&named[i]->written);' 'named[i]->written = NULL;'
mutant first_platform test_ocl_card driver/ocl_card.c 'if (strstr(name, "Xilinx"))' 'if (name[0])'
mutant unheld_bell test_ocl_card driver/ocl_unit.c 'vn_bell_hold(unit->bell);' ';'
mutant deaf_bell test_ocl_card driver/bell.c 'bell->rung |= ring;' ';'
mutant asked_each_time test_backend_ocl driver/backend_cards.c 'be->is_asked = rc == 0;' ';'
mutant never_asked_again test_backend_ocl driver/backend_cards.c 'if (!rc && !be->is_asked)' 'if (!rc && be->record[0] == 0)'
mutant other_units test_backend_ocl driver/backend_cards.c 'memcmp(record, other, sizeof(other)) != 0' '0'
mutant any_version test_backend_ocl driver/card_unit.c 'status[VN_ST_VERSION] != VN_CONTRACT' '0'
mutant same_file test_backend_ocl driver/backend_cards.c 'memcmp(found.uuid, card->xclbin.uuid, sizeof(found.uuid)) == 0' '1'
mutant any_clock test_backend_ocl driver/backend_cards.c 'want == 0 ||' '1 ||'
mutant exact_clock test_backend_ocl driver/ocl_runtime.c '.clock_is_most = 1,' ''
mutant emulated_clock test_backend_ocl driver/ocl_card.c 'if (!vn_xrt_emulation())' ''
mutant kept_card test_backend_ocl driver/backend_cards.c 'vn_xrt_give_card(be->cards[i].number);' ';'
mutant hung_is_idle test_backend_ocl driver/card_unit.c 'if (u->rt->state(u->cu, &name) != VN_RUN_UNDER_WAY)' 'if (u->rt->state(u->cu, &name) != VN_RUN_UNDER_WAY || 1)'
judge_mutants "$@"
