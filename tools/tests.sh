#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests.sh list             - every test: "NAME FILE"; what can never run: "NAME !WHY", which is a failure by that name
# tests.sh choose           - the names that T, RERUN and SHARD leave of them, a line each
# T: extended regular expressions, each from the start of a name.  RERUN=1: what failed last.  SHARD=I/N: a share of N.
set -u
B=${B:-build} T=${T:-} RERUN=${RERUN:-0} SHARD=${SHARD:-} PYTHON=${PYTHON:-/usr/bin/python3}
DATA_FOLDERS=" golden " # of tests/: files for tests, no tests

refuse() {
	printf '%s\n' "error: $1" >&2
	exit 2
}
# The folder is the subject: tests/driver/test_jobs.c is driver/jobs.
name_of() {
	local base=${1##*/} folder=${1%/*}
	base=${base#test_}
	echo "${folder#tests/}/${base%.*}"
}
list() {
	local file subject
	for file in tests/*/fuzz_*.c; do [ -e "$file" ] && echo "fuzz/$(basename "$file" .c | sed s/fuzz_//) $file"; done
	find tests -name '__pycache__' -prune -o -name 'test_*' -type f -print | while read -r file; do
		case $file in
		tests/fuzz/* | tests/*/*/* | tests/test_*) echo "$(name_of "$file") !$file: no rule runs it; a test is tests/SUBJECT/test_*.c, .sh or .py" ;;
		*.c) echo "$(name_of "$file") $file" ;;
		*.sh | *.py)
			[ -x "$file" ] || { echo "$(name_of "$file") !$file has no run bit (chmod +x)"; continue; }
			echo "$(name_of "$file") $file"
			;;
		*) echo "$(name_of "$file") !$file: no rule runs it; a test is tests/SUBJECT/test_*.c, .sh or .py" ;;
		esac
	done
	for subject in tests/*/; do
		subject=$(basename "$subject")
		case $DATA_FOLDERS in *" $subject "*) continue ;; esac
		find "tests/$subject" -name 'test_*' -o -name 'fuzz_*' | grep -q . || echo "$subject/empty !tests/$subject has no test"
	done
}
# Two files of one name would share a log and a verdict.
unique() {
	sort | awk '{ n[$1]++; line[NR] = $0; name[NR] = $1 }
		END { for (i = 1; i <= NR; i++) if (n[name[i]] == 1) print line[i]; else if (!said[name[i]]++) print name[i], "!two files have this name" }'
}

nearest() { # name; names on stdin
	"$PYTHON" -c 'import difflib, sys
names = sys.stdin.read().split()
print(*(difflib.get_close_matches(sys.argv[1], names, 6, 0.5) or sorted({n.split("/")[0] + "/" for n in names})))' "$1"
}
# Longest first, each to the shard that has least; the committed seconds, so that every machine divides alike.
shard() { # I N; names on stdin
	awk -v seconds=tests/schedule.txt 'BEGIN { while ((getline line < seconds) > 0) { split(line, f, /[ \t]+/); cost[f[1]] = f[2] } }
		{ print ($1 in cost ? cost[$1] : 5), $1 }' | sort -k1,1nr -k2 | awk -v i="$1" -v n="$2" '
		{ least = 1; for (s = 2; s <= n; s++) if (sum[s] < sum[least]) least = s
		  sum[least] += $1 + 0.001; if (least == i) print $2 }' | sort
}
choose() {
	local names chosen
	names=$(list | unique | cut -d' ' -f1)
	if [ -n "$T" ]; then
		for one in $T; do
			chosen=$(grep -E -- "^($one)" <<<"$names")
			[ -n "$chosen" ] || refuse "T=$one is no test; near it: $(nearest "$one" <<<"$names")"
		done
		names=$(grep -E -- "^(${T// /|})" <<<"$names")
	fi
	if [ "$RERUN" = 1 ]; then
		[ -s "$B/test-logs/failed" ] || refuse "RERUN=1: no test failed in the last run"
		names=$(grep -Fx -f "$B/test-logs/failed" <<<"$names") || refuse "RERUN=1: none of those that failed last is chosen"
	fi
	if [ -n "$SHARD" ]; then
		[[ $SHARD =~ ^([1-9][0-9]?)/([1-9][0-9]?)$ ]] && [ "${BASH_REMATCH[1]}" -le "${BASH_REMATCH[2]}" ] ||
			refuse "SHARD=$SHARD: want I/N with 1 <= I <= N, as in SHARD=2/4"
		names=$(shard "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" <<<"$names")
		[ -n "$names" ] || refuse "SHARD=$SHARD: more shards than tests"
	fi
	printf '%s\n' "$names"
}

case ${1:-} in
list) list | unique ;;
choose) choose ;;
*) refuse "usage: tools/tests.sh list|choose" ;;
esac
