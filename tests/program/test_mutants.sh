#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of configurations, variants and prediction find errors: each of these changes must make the named test fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
export B=${B:-build}
CC=${CC:-gcc} MUTANT_SECONDS=20
others=("$B"/tests/program/{cu_bench,refuse,tiny,tiny_program}.o)
for f in "$B"/libvanillin.a "$B"/tests/program/test_{predict,program,program_refuse,variants}.o "${others[@]}"; do
	[ -e "$f" ] || { echo "$f is not built: make tests-built"; exit 77; }
done
. tests/mutants.sh

build() { # FOLDER TEST FILE...: their objects come before the library's
	local dir=$1 test=$2 objects=() f
	shift 2
	for f in "$@"; do
		objects+=("$dir/${f%.c}.o")
		$CC -std=c11 -D_POSIX_C_SOURCE=200809L -w -O1 -I. -I"$B/gen" -pthread -c "$dir/$f" -o "$dir/${f%.c}.o" || return
	done
	$CC -o "$dir/$test" "$B/tests/program/$test.o" "${objects[@]}" "${others[@]}" "$B/libvanillin.a" -lcmocka -lprotobuf-c -ljansson -lz -lm -lpthread -ldl
}

mutant any_version test_program_refuse model/program_file.c 'get32(d) != VN_CONTRACT)' '0)'
mutant wide_lanes test_program_refuse model/program.c 'lanes > r ||' ''
mutant any_lanes test_program model/program.c '!is_power_of_two(lanes) ||' ''
mutant few_lanes test_program model/program.c '|| 4 * lanes < r' ''
mutant wide_dw test_program model/program.c 'dw > lanes)' '0)'
mutant any_dw test_program_refuse model/program.c '!is_power_of_two(dw) ||' ''
mutant uncut_lanes test_program model/program.c 'least(config[VN_CFG_LANES], config[VN_CFG_ROWS])' 'config[VN_CFG_LANES]'
mutant any_number test_program model/program.c '|| digits > 9 ||' '||'
mutant any_tail test_program model/program.c '(number[digits] && number[digits] != '"' '"')' '0'
mutant any_word test_program model/program.c 'int w = VN_CFG_ACT_WORDS;' 'int w = 0;'
mutant unchecked test_program model/program.c 'if (vn_config_check(config, "no' 'if (0 && vn_config_check(config, "no'
mutant narrow_post test_predict model/predict_machine.c 'turns = m->cols / m->lanes, words' 'turns = m->cols / 16, words'
mutant narrow_dw test_predict model/predict_machine.c 'turns = m->cols / m->dw_ch;' 'turns = m->cols / 4;'
mutant free_taps test_predict model/predict_machine.c 'most(steps, side * side + 2)' 'steps'
mutant free_params test_predict model/predict_machine.c 'return VN_BEAT_BYTES * dw_params(m, d);' 'return 0;'
mutant first_tile test_predict model/predict_machine.c '(uint64_t)VN_GET(d, MM_KTILES) * m->rows * m->cols;' '(uint64_t)m->rows * m->cols;'
mutant mixed_ports test_variants model/predict.c 'op == VN_OP_LOAD || op == VN_OP_STORE ?' 'op == VN_OP_STORE ?'
mutant shallow test_variants model/variants.c '.cout = {HEAD, 2048, 2048, 4096, 4096}' '.cout = {HEAD, 2048, 1024, 4096, 4096}'
mutant unpooled test_variants model/variants.c 'halve == 1 ? conv / 2' 'halve == 1 ? conv'
mutant any_taps test_variants model/compile.c 'if (net->stages[s].n > most)' 'if (net->stages[s].n > most + 2)'
mutant any_name test_variants model/variants.c '!strcmp(v->name, name)' '!strncmp(v->name, name, 11)'
judge_mutants "$@"
