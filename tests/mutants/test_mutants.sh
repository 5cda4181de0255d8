#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/mutants.sh believes nothing: scripts whose test runs nothing, does not compile or notices nothing must fail, and say why.
set -u
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-gcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/vn_mutants_test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/tests"
cp tests/mutants.sh "$work/tests/"
cd "$work" || exit 1
checks=0 failures=0

cat >sum.c <<'C'
#include <stdlib.h>
int sum(int a, int b);
int sum(int a, int b)
{
	int never = 0;
	while (never)
		;
	return a + b;
}
C
# The test; a program that has no tests; one that ends before its test; one whose test fails in what it sets up.
cat >head.h <<'C'
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
int sum(int a, int b);
static void test_sum(void **state) { (void)state; assert_int_equal(sum(2, 3), 5); }
static int set_up(void **state) { (void)state; return sum(2, 3) != 5; }
C
main() { printf '#include "head.h"\nint main(void) { %s }\n' "$2" >"$1.c"; }
main test_sum 'const struct CMUnitTest t[] = {cmocka_unit_test(test_sum)}; (void)set_up; return cmocka_run_group_tests(t, NULL, NULL);'
main test_set_up 'const struct CMUnitTest t[] = {cmocka_unit_test_setup(test_sum, set_up)}; return cmocka_run_group_tests(t, NULL, NULL);'
main test_blind 'const struct CMUnitTest t[] = {cmocka_unit_test(test_sum)}; (void)set_up; if (sum(2, 3) != 5) return 0; return cmocka_run_group_tests(t, NULL, NULL);'
main test_status 'const struct CMUnitTest t[] = {cmocka_unit_test(test_sum)}; (void)set_up; int f = sum(2, 3) != 5; t[0].name ? (void)0 : abort(); return f ? f : cmocka_run_group_tests(t, NULL, NULL);'
main test_late 'const struct CMUnitTest t[] = {cmocka_unit_test(test_sum)}; (void)set_up; (void)cmocka_run_group_tests(t, NULL, NULL); return sum(3, 3) != 6;'
main test_empty '(void)test_sum; (void)set_up; return 0;'
main test_none 'const struct CMUnitTest t[] = {{0}}; (void)test_sum; (void)set_up; return _cmocka_run_group_tests("t", t, 0, NULL, NULL);'
main test_fails 'const struct CMUnitTest t[] = {cmocka_unit_test(test_sum)}; (void)set_up; (void)t; return 1;'

# script TEXT: a mutation script, run; its exit status in rc, its output in ./out.
script() {
	cat >script.sh <<SH
. tests/mutants.sh
build() { # FOLDER TEST FILE...
	$CC -w -I. -o "\$1/\$2" "\$1/\$3" "\$2.c" -lcmocka
}
$1
judge_mutants
SH
	rc=0
	MUTANT_SECONDS=1 LANES=2 bash script.sh >out 2>&1 </dev/null || rc=$?
}
verdict() { # NAME GOOD REGEX: a line of the output matches
	checks=$((checks + 1))
	if [ "$2" = 1 ] && grep -Eq -- "$3" out; then
		echo "PASS $1"
	else
		echo "FAIL $1: exit status $rc, no '$3' in:"; sed 's/^/     /' out; failures=$((failures + 1))
	fi
}
caught() { script "$2"; verdict "$1" $((rc == 0 && $(tail -n 1 out | grep -Ecx 'PASS [1-9][0-9]* checks'))) "$3"; }
refused() { script "$2"; verdict "$1" $((rc == 1 && $(tail -n 1 out | grep -c ^FAIL))) "$3"; }

caught failed_check "mutant minus test_sum sum.c 'a + b' 'a - b'" '^PASS minus: caught, test_sum of test_sum failed$'
caught failed_setup "mutant minus test_set_up sum.c 'a + b' 'a - b'" '^PASS minus: caught, test_sum of test_set_up failed$'
caught signal "mutant abort test_sum sum.c 'return a' 'abort(); return a'" '^PASS abort: caught, test_sum: SIGABRT$'
caught no_end "mutant loop test_sum sum.c 'never = 0' 'never = 1'" '^PASS loop: caught, test_sum: runs on after 1 s$'
caught control_counts "mutant a test_sum sum.c 'a + b' 'a - b'
mutant b test_sum sum.c 'a + b' 'b - a - a'" '^PASS 3 checks$'

refused not_noticed "mutant twice test_sum sum.c 'a + b' 'b + a'" '^FAIL twice: test_sum does not notice it: 1 tests pass$'
refused not_compiled "mutant bad test_sum sum.c 'a + b' 'a + c'" "^FAIL bad: does not compile: .*error.*'?c"
refused not_linked "mutant bad test_sum sum.c 'int sum(int a, int b)
{' 'int som(int a, int b)
{'" '^FAIL bad: does not compile: .*undefined'
refused no_test_run "mutant minus test_empty sum.c 'a + b' 'a - b'" '^FAIL control: test_empty without a change: broken, it ran no test$'
refused empty_group "mutant minus test_none sum.c 'a + b' 'a - b'" '^FAIL control: test_none without a change: broken, it ran no test$'
refused control_fails "mutant minus test_fails sum.c 'a + b' 'a - b'" '^FAIL control: test_fails without a change: broken'
refused control_not_compiled "mutant minus test_absent sum.c 'a + b' 'a - b'" '^FAIL control: test_absent does not compile'
refused mutant_ran_nothing "mutant minus test_blind sum.c 'a + b' 'a - b'" '^FAIL minus: no verdict of test_blind: it ran no test$'
refused failed_before_tests "mutant minus test_status sum.c 'a + b' 'a - b'" '^FAIL minus: no verdict of test_status: it ran no test$'
refused status_without_failure "mutant three test_late sum.c 'a + b' 'a + b - (a == 3)'" '^FAIL three: no verdict of test_late: exit status 1 without a failed test$'
refused died_before_tests "mutant minus test_status sum.c 'a + b' 'a - b + (abort(), 0)'" '^FAIL minus: no verdict of test_status: it ran no test$'
refused absent "mutant gone test_sum sum.c 'a * b' 'a - b'" "^FAIL gone: 'a \\* b' does not stand exactly once in sum.c$"
refused two_places "mutant int test_sum sum.c 'int sum' 'int som'" "^FAIL int: 'int sum' does not stand exactly once in sum.c$"
refused same_name "mutant a test_sum sum.c 'a + b' 'a - b'
mutant a test_sum sum.c 'a + b' 'b - a'" '^FAIL two mutants have the same name$'
refused none_at_all '' '^FAIL no mutants$'

if [ $failures != 0 ]; then echo "FAIL $failures of $checks checks"; exit 1; fi
echo "PASS $checks checks"
