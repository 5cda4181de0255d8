#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# judge.sh NAME SECONDS COMMAND... - run one test (of COMMAND "!WHY" it is known that it cannot run) and hold it to the protocol of docs/testing.md:
# exit 0 with a verdict of more than 0 checks, 77 with a reason, anything else is a failure; so is a process left behind.
# The verdict goes to B/test-logs/NAME.verdict ("ok|SKIP|FAIL|TIMEOUT wall cpu"), and as a line to descriptor 3 where it is open.
set -u
name=$1 limit=$2; shift 2
logs=${B:-build}/test-logs log=$logs/$name.log why=
mkdir -p "$(dirname "$log")"
rm -f "$logs/$name".*
mark=VANILLIN_TEST=$name.$$ # in the environment of whatever the test starts

left() { # processes of the test that live, zombies not among them
	grep -lszFx -- "$mark" /proc/[0-9]*/environ | grep -o '[0-9]*'
}
sweep() {
	local pids
	for _ in {1..20}; do
		pids=$(left)
		[ -n "$pids" ] || return 0
		sleep 0.1
	done
	running=$(for p in $pids; do tr '\0' ' ' <"/proc/$p/cmdline"; echo -n "; "; done 2>/dev/null)
	# shellcheck disable=SC2086 # numbers
	kill -KILL $pids 2>/dev/null
	return 1
}
# Interrupted: nothing of the test may outlive the run.
trap 'kill -KILL $(left) 2>/dev/null; exit 130' INT TERM HUP

# checks IS_SCRIPT: how many the log says were made; a program may leave that to cmocka.
checks() {
	awk -v script="$1" '{ if (NF) last = $0 } /^\[  PASSED  \] [0-9]+ test/ { n += $4 }
		END { if (last ~ /^PASS [0-9]+ checks$/) { split(last, f, " "); print f[2] } else if (!script && n != "") print n }' "$log"
}
judge() { # exit-code: sets verdict, why
	local n script=0
	case ${command[0]} in *.sh | *.py) script=1 ;; esac
	case ${command[1]:-} in *.py) script=1 ;; esac
	verdict=FAIL
	case $1 in
	0)
		n=$(checks $script)
		if [ -z "$n" ]; then why="no verdict: a test ends with 'PASS N checks' or cmocka's '[  PASSED  ] N test(s).'"
		elif [ "$n" -eq 0 ]; then why="0 checks were made"
		else verdict=ok; fi
		;;
	77)
		why=$(grep -v '^ *$' "$log" | tail -n 1)
		if [ -n "$why" ]; then verdict=SKIP; else why="skipped without a reason"; fi
		;;
	124 | 137) verdict=TIMEOUT why="not done after $limit s" ;;
	*) why="exit code $1" ;;
	esac
}

command=("$@")
start=$EPOCHREALTIME
TIMEFORMAT='%U %S'
if [ "${1#!}" = "$1" ]; then
	# In a job of its own, which leaves the shell free for a signal and the test its SIGINT.
	set -m
	{ time { env "$mark" timeout -k 10 "$limit" "$@" </dev/null >"$log" 2>&1 3>&- & wait $!; }; } 2>"$logs/$name.cpu"
	judge $?
	# A test that failed leaves what it likes; its failure is the news.
	if ! sweep && [ "$verdict" = ok ]; then verdict=FAIL why="left running: $running"; fi
else
	verdict=FAIL why=${1#!}
	: >"$log"
	echo 0 0 >"$logs/$name.cpu"
fi
wall=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $start }")
cpu=$(tail -n 1 "$logs/$name.cpu" | awk '{ printf "%.1f", $1 + $2 }')
rm -f "$logs/$name.cpu"
grep '^SKIP part: ' "$log" >"$logs/$name.parts" ||
	sed -n 's/^\[  SKIPPED \] \([A-Za-z_]*\)$/SKIP part: \1: its test gives no reason/p' "$log" >"$logs/$name.parts"
[ -s "$logs/$name.parts" ] || rm -f "$logs/$name.parts"
[ -z "$why" ] || echo "$why" >"$logs/$name.why"
echo "$verdict $wall $cpu" >"$logs/$name.verdict"

line=$(printf '%-7s %4.0f s  %s%s' "$verdict" "$wall" "$name" "${why:+: $why}")
report() {
	echo "$line"
	case $verdict in FAIL | TIMEOUT)
		cat "$log"
		echo "repeat: make test T=$name SEED=${SEED:-1}$([ "${LONG:-0}" = 1 ] && echo ' LONG=1')"
		;;
	esac
}
{ true >&3; } 2>/dev/null && flock "$logs" bash -c 'cat >&3' < <(report)
cat "$log"
echo "$line"
case $verdict in ok) exit 0 ;; SKIP) exit 77 ;; esac
exit 1
