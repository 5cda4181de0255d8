#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vanillin emulate with a plain XRT program: it works, its output is its own, and every way for the card or the program to
# die ends in time, with a sentence, and leaves nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/lib.sh
need_xrt
cp "$XCLBIN" "$T/card.xclbin"
X=$T/card.xclbin

# ---- it works ----
within "a run: in time" 5 check "a run" 0 emulate "$HOLD" "$X" 0.1
[ "$(cat "$T/out")" = "$(printf 'open\ngood')" ] || failed "a run: its output, once, and nothing else" "$(cat "$T/out")"
[ ! -s "$T/err" ] || failed "a run: stderr" "$(head -c 300 "$T/err")"
nothing_left "a run"
# XRT leaves an emulation_debug.log beside the program.
cp "$HOLD" "$T/hold_card"
check "a run elsewhere" 0 bash -c "cd '$T' && '$(realpath "$VANILLIN")' emulate ./hold_card card.xclbin 0"
[ "$(cd "$T" && ls -A)" = "$(printf 'card.xclbin\nerr\nhold_card\nout')" ] || failed "a run elsewhere" "left: $(ls -A "$T")"
check "a run with a log" 0 emulate --log "$T/log" "$HOLD" "$X" 0
grep -q 'LoadBitstream\|SetEnvironment\|AllocDeviceBuffer' "$T/log" || failed "a run with a log" "$(head -3 "$T/log")"
check "TMPDIR in /tmp's stead, and a long one" 0 env TMPDIR="$(mkdir -p "$T/a-rather/long-folder/to-hold/the-run-folder/of-an-emulated/card" && cd "$T"/a-* && find "$PWD" -name card)" \
	"$VANILLIN" emulate "$HOLD" "$X" 0
check "the second of two cards" 0 emulate --devices 2 "$HOLD" "$X" 0

# ---- the card's process ends ----
sentence='vanillin: the emulated card.s process ended \(signal 9\) while .*hold_card was using it'
within "killed: in time" 8 check "killed" 125 emulate "$HOLD" "$X" 2 kill
says "killed: sentence" err "$sentence"
nothing_left "killed"
check "killed under a shell" 125 emulate sh -c "'$HOLD' '$X' 2 kill; exit \$?"
says "killed under a shell: sentence" err 'vanillin: the emulated card.s process ended \(signal 9\) while sh was using it'
within "ends abruptly: in time" 8 check "ends abruptly" 125 env VANILLIN_CARD=die=20 "$VANILLIN" emulate "$HOLD" "$X" 2
says "ends abruptly: sentence" err 'vanillin: the emulated card.s process ended \(.*\) while .*'
within "refuses its options: in time" 8 check "refuses its options" 125 env VANILLIN_CARD=wings=2 "$VANILLIN" emulate "$HOLD" "$X" 2
says "refuses its options: sentence" err 'vanillin: the emulated card.s process ended \(exit code .*\) while .*'
says "refuses its options: its own words" err '.*VANILLIN_CARD.*wings.*'
nothing_left "the card's process ends"

# ---- the program ends ----
check "killed with the card open" 137 emulate "$HOLD" "$X" 1 abort
[ ! -s "$T/err" ] || failed "killed with the card open: stderr" "$(head -c 300 "$T/err")"
nothing_left "killed with the card open"
# Exit codes are those without XRT, whose handlers would say 1 or 143, and the card is not to blame.
dies() { # CODE HOW [PROGRAM...]
	local code=$1 how=$2
	shift 2
	check "dies: ${*:-alone}, $how" "$code" emulate "$@" "$DIE" "$X" "$how"
	! grep -q '^vanillin:' "$T/err" && ok || failed "dies: ${*:-alone}, $how: blamed" "$(head -c 300 "$T/err")"
}
for d in 134:uncaught 134:assert 134:ABRT 139:fault 136:FPE 132:ILL 135:BUS 137:KILL 143:TERM 130:INT 138:group 9:own 6:exit 1:not; do
	dies "${d%:*}" "${d#*:}"
done
dies 134 uncaught sh -c '"$@"; exit $?' -
dies 138 group sh -c 'trap : USR1; "$@"; exit $?' -
# A child of its own that a signal has ended is no card; one that is slow to see its program's end has not died before it.
dies 134 stalled sh -c 'kill -9 "$(sleep 300 >&2 & echo $!)"; sleep 0.2; exec "$@"' -
nothing_left "dies"
within "time-out: in time" 8 check "time-out" 124 emulate --timeout 1 "$HOLD" "$X" 60
nothing_left "time-out"
for s in INT TERM KILL; do
	: >"$T/out" # or what the last run said would be found
	set -m      # or it would start with SIGINT ignored
	"$VANILLIN" emulate "$HOLD" "$X" 60 >"$T/out" 2>"$T/err" &
	pid=$!
	set +m
	for _ in $(seq 200); do grep -q open "$T/out" && break; sleep 0.05; done
	kill -$s $pid
	wait $pid 2>/dev/null
	rc=$?
	case $s$rc in INT130 | TERM143 | KILL137) pass "SIG$s" ;; *) failed "SIG$s" "exit code $rc: $(head -c 300 "$T/err")" ;; esac
	check "SIG$s: the next run" 0 emulate "$HOLD" "$X" 0
	nothing_left "SIG$s"
done

# ---- the file ----
check "no .xclbin" 1 emulate "$HOLD" "$T/none" 0
head -c 2000 "$X" >"$T/cut.xclbin"
# XRT itself may end the program here.
within "a truncated .xclbin: in time" 10 emulate "$HOLD" "$T/cut.xclbin" 0 >"$T/out" 2>"$T/err"
nothing_left "the file"

# ---- the disk ----
if mkdir "$T/small" && mount -t tmpfs -o size=72m tmpfs "$T/small" 2>/dev/null; then
	trap 'umount "$T/small"; rm -rf "$T"' EXIT
	export TMPDIR=$T/small
	check "a small disk" 0 emulate "$HOLD" "$X" 0
	check "a disk that fills up later" 0 emulate sh -c "'$HOLD' '$X' 0 && head -c 100000000 /dev/zero >'$T/small/fill' 2>/dev/null; true"
	rm -f "$T/small/fill"
	within "a disk that is full at the load: in time" 8 check "a disk that is full at the load" 1 \
		emulate sh -c "head -c 100000000 /dev/zero >'$T/small/fill' 2>/dev/null; '$HOLD' '$X' 0"
	says "a disk that is full at the load: sentence" err 'vanillin: the disk of the run folder .* is full, .*'
	check "a disk without room" 125 emulate true
	says "a disk without room: sentence" err 'vanillin: the run folder .* has 0 MiB of free disk; an emulated card needs 64'
	says "a disk without room: hint" err 'hint: free some room, or set TMPDIR to a folder on another disk'
	rm -f "$T/small/fill"
	check "a disk with room again" 0 emulate "$HOLD" "$X" 0
	mount -o remount,noexec "$T/small"
	check "a disk without programs" 125 emulate true
	says "a disk without programs: sentence" err 'vanillin: the run folder .* is on a disk mounted noexec; .*'
	[ -z "$(ls -A "$T/small")" ] || failed "a small disk" "left: $(ls -A "$T/small")"
else
	skip_part "a full disk" "mounting one takes root"
fi
finish
