#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The runner refuses what must not pass: a tree of made-up tests, each with one fault, under the real tools/; then T=, RERUN= and
# SHARD= over the real list.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
command -v ctest >/dev/null || skip "no ctest (apt-get install cmake)"
tools=$PWD/tools tree=$T/tree
unset LONG SEED J B
mkdir -p "$tree"/tests/{x,empty,golden} "$tree"/build/tests/x
script() { # NAME BODY: tests/NAME.sh
	printf '#!/bin/sh\n%s\n' "$2" >"$tree/tests/$1.sh"
	chmod +x "$tree/tests/$1.sh"
}
program() { # NAME BODY: stands for the program of tests/x/test_NAME.c
	: >"$tree/tests/x/test_$1.c"
	printf '#!/bin/sh\n%s\n' "$2" >"$tree/build/tests/x/test_$1"
	chmod +x "$tree/build/tests/x/test_$1"
}
runner() { # NAME...
	(cd "$tree" && PATH=$T/bin:$PATH J=4 "$tools/runtests.sh" "$@")
}
choose() { (cd "$tree" && env "$@" "$tools/tests.sh" choose); }
verdict() { # NAME WORD [WHY]: of the last run; the line is in its output
	local got
	read -r got _ <"$tree/build/test-logs/$1.verdict"
	if [ "$got" = "$2" ] && grep -Eqx "$2 +[0-9]+ s  $1${3:+: $3}" "$T/out"; then pass "$1: $2"; else failed "$1" "$got: $(grep " $1" "$T/out")"; fi
}

script x/test_good 'echo PASS 3 checks'
script x/test_part 'echo "SKIP part: the card: there is none"; echo PASS 1 checks'
script x/test_skipped 'echo words; echo no such tool'
echo 'exit 77' >>"$tree/tests/x/test_skipped.sh"
program mocka 'echo "[  PASSED  ] 2 test(s)."; echo "[  PASSED  ] 1 test(s)."'
check "good ones alone" 0 runner x/good x/mocka x/part x/skipped
verdict x/good ok
verdict x/mocka ok
verdict x/skipped SKIP "no such tool"
says "the closing line" out '3 passed, 0 failed, 1 skipped'
says "the skip with its reason" out 'skipped: x/skipped: no such tool'
says "the partial skip with its reason" out 'part skipped: x/part: the card: there is none'
says "partial skips are counted" out '.*; partial skips: 1; .*'

script x/test_silent 'exit 0'
script x/test_early 'echo PASS 3 checks; echo more'
script x/test_zero 'echo PASS 0 checks'
program mocka_zero 'echo "[  PASSED  ] 0 test(s)."'
script x/test_quotes 'echo "[  PASSED  ] 2 test(s)."; exit 0'
script x/test_fails 'echo the first line; seq 200; echo the last line; exit 3'
script x/test_signal 'echo PASS 1 checks; kill -SEGV $$'
script x/test_hangs 'echo started; sleep 300'
script x/test_child 'sleep 301 & echo PASS 1 checks'
script x/test_session 'setsid sleep 302 >/dev/null 2>&1 & echo PASS 1 checks'
script x/test_dumb 'exit 77'
script x/test_norun 'echo PASS 1 checks' && chmod -x "$tree/tests/x/test_norun.sh"
script x/test_twice 'echo PASS 1 checks' && cp "$tree/tests/x/test_twice.sh" "$tree/tests/x/test_twice.py"
script x/test_long 'echo PASS 1 checks'
: >"$tree/tests/x/test_unbuilt.c"
: >"$tree/tests/x/test_odd.cpp"
script test_nowhere 'echo PASS 1 checks'
printf '%s\n' 'x/hangs 1 limit=1' 'x/long 500 lanes=2 lock=a' >"$tree/tests/schedule.txt"
mapfile -t all < <(choose)
check "bad ones" 1 runner "${all[@]}"
none="no verdict: .*"
while read -r name word why; do verdict "$name" "$word" "$why"; done <<LIST
x/good ok
x/part ok
x/long ok
x/silent FAIL $none
x/early FAIL $none
x/quotes FAIL $none
x/zero FAIL 0 checks were made
x/mocka_zero FAIL 0 checks were made
x/fails FAIL exit code 3
x/signal FAIL exit code 139
x/hangs TIMEOUT not done after 1 s
x/child FAIL left running: sleep 301 .*
x/session FAIL left running: sleep 302 .*
x/dumb FAIL skipped without a reason
x/norun FAIL tests/x/test_norun.sh has no run bit .*
x/twice FAIL two files have this name
x/unbuilt FAIL exit code 127
x/odd FAIL tests/x/test_odd.cpp: no rule runs it; .*
tests/nowhere FAIL tests/test_nowhere.sh: no rule runs it; .*
empty/empty FAIL tests/empty has no test
LIST
says "the closing line" out '4 passed, 17 failed, 1 skipped'
says "a failure's output from its first line" out 'the first line'
says "to its last" out 'the last line'
check "what was left running is ended" 1 pgrep -fx 'sleep 30[0-2]'
check "the longest first" 0 grep -m 1 -A 0 -E 'Start +[0-9]+: x/long' <(grep -m 1 Start "$tree/build/test-logs/ctest.log")
judge "JUnit" "$tree/build/test-results.xml" <<'PY'
import sys, xml.etree.ElementTree as ET
suite = ET.parse(sys.argv[1]).getroot()
assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("22", "17", "1"), suite.attrib
assert "SKIP part: the card: there is none" in suite.find("testcase[@name='x/part']/system-out").text
PY
# A test whose judge is ended is not forgotten.
script x/test_murder 'kill -KILL $PPID $(ps -o ppid= $PPID); sleep 1'
check "a judge that is killed" 1 runner x/murder x/good
says "a judge that is killed: closing line" out '1 passed, 1 failed, 0 skipped'
check "no test at all" 2 runner
script x/test_waits '(sleep 304; :) & setsid sleep 303'
set -m
(cd "$tree" && J=4 exec "$tools/runtests.sh" x/waits) >"$T/out" 2>&1 &
set +m
for _ in $(seq 200); do pgrep -fx 'sleep 303' >/dev/null && break; sleep 0.05; done
check "a test that waits is running" 0 pgrep -fx 'sleep 30[34]'
kill -INT -$!
wait $! 2>/dev/null
for _ in $(seq 100); do pgrep -fx 'sleep 30[34]' >/dev/null || break; sleep 0.05; done
check "an interrupted run ends its tests" 1 pgrep -fx 'sleep 30[34]'

# ---- RERUN ----
runner x/good x/fails >/dev/null 2>&1
check "RERUN=1" 0 choose RERUN=1
check "RERUN=1: what failed" 0 test "$(cat "$T/out")" = x/fails
runner x/good >/dev/null 2>&1
check "RERUN=1 after none failed" 2 choose RERUN=1

# ---- T and SHARD on the real list ----
real() { env "$@" tools/tests.sh choose; }
real >"$T/all"
check "every test_ file is listed" 0 test "$(grep -c . "$T/all")" -gt "$(find tests -mindepth 2 -name 'test_*' -not -path '*/__pycache__/*' | wc -l)"
check "none is refused" 1 grep '!' <(tools/tests.sh list)
check "T" 0 real T=rtl/d
check "T: from the start of the name" 0 test "$(grep -c '^rtl/d' "$T/out")" = "$(wc -l <"$T/out")"
check "T of two" 0 real T="spec host/cli"
check "T of two: both" 0 test "$(tr '\n' ' ' <"$T/out")" = "host/cli spec/generated "
check "a wrong T" 2 real T=driver/jbos
says "a wrong T: what is near" err 'error: T=driver/jbos is no test; near it: .*driver/jobs.*'
check "a wrong T beside a good one" 2 real T="driver/jobs nothing"
for shard in 5/4 0/4 4 a/b 1/4/2 -1/4 2/0; do check "SHARD=$shard" 2 real SHARD=$shard; done
for n in 1 2 4 9; do
	for i in $(seq $n); do real SHARD="$i/$n" >"$T/shard$i"; done
	check "the $n shards together are every test once" 0 diff "$T/all" <(for i in $(seq $n); do cat "$T/shard$i"; done | sort)
done
for i in 1 2 3 4; do real SHARD=$i/4 | awk 'NR == FNR { s[$1] = $2; next } { n += $1 in s ? s[$1] : 5 } END { print n }' tests/schedule.txt -; done >"$T/sums"
check "4 shards are near a quarter each" 0 awk '{ all += $1; if ($1 > most) most = $1 } END { exit !(most <= all / 4 * 1.15) }' "$T/sums"
check "make test T=" 2 make -s test T=nothing
says "make test T=: what is near" err 'error: T=nothing is no test; .*'
finish
