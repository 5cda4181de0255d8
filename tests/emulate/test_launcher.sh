#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vanillin emulate with ordinary programs: exit codes, streams, signals, time-out, what is left, what it asks of the machine.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/lib.sh
[ -e /usr/lib/x86_64-linux-gnu/libxrt_hwemu.so.2 ] || skip "no XRT with hardware emulation: apt-get install libxrt1"
sockets=$(ls -d /tmp/vanillin-emu.* 2>/dev/null)

# ---- exit codes and streams ----
check "no program" 2 emulate
check "help" 0 emulate --help
check "true" 0 emulate true
check "exit code" 7 emulate sh -c 'exit 7'
check "ended by a signal" 137 emulate sh -c 'kill -9 $$'
check "no such program" 127 emulate no-such-program
says "no such program: sentence" err 'vanillin: no-such-program cannot be started: No such file or directory'
check "no program to start" 126 emulate /etc/passwd
says "no program to start: sentence" err 'vanillin: /etc/passwd cannot be started: Permission denied'
check "options of the program" 0 emulate -- sh -c 'echo "$@"' sh --json --help -- --timeout
says "options of the program reach it" out '--json --help -- --timeout'
check "options end at the program" 0 emulate echo --keep -h
says "options end at the program: output" out '--keep -h'
echo 'one two' | emulate cat >"$T/out"
says "stdin and stdout" out 'one two'
check "stderr" 0 emulate sh -c 'echo words >&2'
says "stderr passes" err 'words'
check "closed output" 0 bash -c "'$VANILLIN' emulate seq 100000 | head -1 >/dev/null; exit 0"
nothing_left "ordinary programs"

# ---- what the program finds ----
check "environment" 0 emulate env
for v in 'XCL_EMULATION_MODE=hw_emu' "XILINX_XRT=$T/vanillin-emu.*/xrt" 'USER=vanillin-emu\.[0-9]+\.[A-Za-z0-9]{6}' \
	"LD_PRELOAD=$T/vanillin-emu.*/libvn_xrtfix.so" 'VANILLIN_EMULATED=1'; do
	says "environment: ${v%%=*}" out "$v"
done
check "an LD_PRELOAD stays" 0 env LD_PRELOAD=libm.so.6 "$VANILLIN" emulate env
says "an LD_PRELOAD stays: both" out "LD_PRELOAD=$T/vanillin-emu.*/libvn_xrtfix.so:libm.so.6"
# shellcheck disable=SC2016
check "files" 0 emulate sh -c 'test -e $XILINX_XRT/lib/libxrt_hwemu.so.2 && test -d /tmp/$USER && cat $XRT_INI_PATH $EMCONFIG_PATH/emconfig.json $OCL_ICD_VENDORS/*'
says "files: emconfig" out '.*"Name":"xilinx_u50_gen3x16_xdma_5_202210_1".*'
says "files: the OpenCL driver" out '/.*/libxilinxopencl.so.2'
# shellcheck disable=SC2016
check "two cards" 0 emulate --devices 2 sh -c 'grep -o Name $EMCONFIG_PATH/emconfig.json'
[ "$(wc -l <"$T/out")" = 2 ] || failed "two cards" "$(cat "$T/out")"
# shellcheck disable=SC2016
check "a platform" 0 emulate --card xilinx_u250_gen3x16_xdma_4_1_202210_1 sh -c 'cat $EMCONFIG_PATH/emconfig.json'
says "a platform: its name" out '.*"xilinx_u250_gen3x16_xdma_4_1_202210_1".*'
check "unknown card" 125 emulate --card u1 true
says "unknown card: sentence" err 'vanillin: there is no card u1; there are u50.*'
# shellcheck disable=SC2016
check "USER is short enough for a socket" 0 emulate sh -c 'test ${#USER} -lt 40'
# Waiting for children must work however this process was started: XRT fails else.
check "SIGCHLD is not ignored" 0 bash -c "trap '' CHLD; exec '$VANILLIN' emulate sh -c '[ \$((0x\$(sed -n s/^SigIgn:.//p /proc/self/status) & 0x10000)) = 0 ]'"
check "no signal is blocked" 0 emulate sh -c 'grep SigBlk /proc/self/status | grep -q 0000000000000000'
check "its own session" 0 emulate python3 -c 'import os; assert os.getsid(0) == os.getpid()'

# ---- --keep ----
check "keep" 0 emulate --keep true
says "keep: where" err "vanillin: the run folder is $T/vanillin-kept\.[0-9]+\..*"
check "keep: the next run leaves it" 0 emulate true
[ -s "$(echo "$T"/vanillin-kept.*/xrt.ini)" ] || failed "keep" "no xrt.ini in it"
nothing_left "keep"

# ---- time-out ----
within "time-out: in time" 4 check "time-out" 124 emulate --timeout 1 sleep 30
says "time-out: sentence" err 'vanillin: sleep did not end within 1 seconds and was ended'
within "time-out of a deaf program: in time" 8 check "time-out of a deaf program" 124 emulate --timeout 1 sh -c 'trap "" TERM; while :; do sleep 0.1; done'
check "a time-out that is not reached" 3 emulate --timeout 60 sh -c 'exit 3'
nothing_left "time-out"

# ---- what a program leaves running ----
within "left-over children end: in time" 8 check "left-over children" 5 emulate sh -c 'sleep 300 & (trap "" TERM; sleep 301) & exit 5'
nothing_left "left-over children"

# ---- signals ----
# signal NAME EXIT-CODE SENT-TO-THE-LAUNCHER SCRIPT: $T/ready appears when the script may get it.
signal() {
	local name=$1 want=$2 number=$3 script=$4 pid rc
	rm -f "$T/ready"
	set -m # or it would start with SIGINT ignored
	T=$T "$VANILLIN" emulate sh -c "$script" >"$T/out" 2>"$T/err" &
	pid=$!
	set +m
	for _ in $(seq 100); do [ -e "$T/ready" ] && break; sleep 0.05; done
	kill "-$number" $pid
	wait $pid 2>/dev/null
	rc=$?
	if [ $rc = "$want" ]; then pass "$name"; else failed "$name" "exit code $rc, not $want: $(head -c 300 "$T/err")"; fi
}
for s in INT TERM HUP QUIT USR1 USR2; do
	signal "SIG$s passes" 9 $s "trap 'exit 9' $s; touch \$T/ready; while :; do sleep 0.05; done"
done
signal "SIGTERM ends it" 143 TERM 'touch $T/ready; exec sleep 30'
signal "SIGINT reaches children as from a terminal" 130 INT 'sh -c "touch \$T/ready; exec sleep 30"; exit $?'
nothing_left "signals"
# stopped PID: it and its program are
stopped() {
	local p
	for p in "$1" $(pgrep -P "$1"); do grep -q '^State:[[:space:]]*T' "/proc/$p/status" || return 1; done
}
set -m
"$VANILLIN" emulate sh -c 'touch $TMPDIR/ready1; while [ ! -e $TMPDIR/go ]; do sleep 0.1; done; exit 11' &
pid=$!
set +m
for _ in $(seq 100); do [ -e "$T/ready1" ] && break; sleep 0.05; done
kill -TSTP $pid
for _ in $(seq 200); do stopped $pid && break; sleep 0.05; done
check "SIGTSTP stops both" 0 stopped $pid
touch "$T/go"
kill -CONT $pid
wait $pid
[ $? = 11 ] || failed "continued" "not to its end"

# ---- a launcher that is killed ----
# runs PID: a process, and no zombie
runs() { grep -qs '^State:[[:space:]]*[^Z]' "/proc/$1/status" || return 1; }
"$VANILLIN" emulate sh -c 'sleep 302 & echo $$ >$TMPDIR/ready2; exec sleep 303' &
pid=$!
for _ in $(seq 100); do [ -s "$T/ready2" ] && break; sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
[ -n "$(run_folders)" ] || failed "killed launcher" "no folder to be cleaned: the test is wrong"
program=$(cat "$T/ready2")
for _ in $(seq 40); do runs "$program" || break; sleep 0.05; done
check "killed launcher: its program ends" 1 runs "$program"
check "killed launcher: the next run" 0 emulate true
for _ in $(seq 40); do [ -z "$(run_processes)" ] && break; sleep 0.05; done
nothing_left "killed launcher"
# A folder in use stays, also while another run begins.
emulate sh -c 'touch $TMPDIR/ready3; sleep 2; test -s $XRT_INI_PATH' &
pid=$!
for _ in $(seq 100); do [ -e "$T/ready3" ] && break; sleep 0.05; done
check "another run" 0 emulate true
wait $pid || failed "a folder in use" "it was removed"
mkdir "$T/vanillin-emu.1.ab" "$T/vanillin-emulation"
check "other folders" 0 emulate true
rmdir "$T/vanillin-emu.1.ab" "$T/vanillin-emulation" || failed "other folders" "removed"

# ---- the machine ----
mkdir "$T/nowhere" "$T/bin"
check "no XRT" 125 env VANILLIN_XRT_LIB="$T/nowhere" "$VANILLIN" emulate true
says "no XRT: sentence" err 'vanillin: XRT is not installed: .*'
says "no XRT: hint" err 'hint: apt-get install libxrt1 unzip'
touch "$T/nowhere/libxrt_core.so.2"
check "no emulation in XRT" 125 env VANILLIN_XRT_LIB="$T/nowhere" "$VANILLIN" emulate true
says "no emulation in XRT: sentence" err 'vanillin: this XRT has no hardware emulation: .*'
for p in true chmod cp; do ln -s "$(command -v $p)" "$T/bin/$p"; done
check "no unzip" 125 env PATH="$T/bin" "$VANILLIN" emulate true
says "no unzip: sentence" err 'vanillin: there is no unzip in PATH, and XRT needs it .*'
says "no unzip: hint" err 'hint: apt-get install unzip'
cp "$VANILLIN" "$T/bin/vanillin"
check "no preload" 125 "$T/bin/vanillin" emulate true
says "no preload: sentence" err 'vanillin: libvn_xrtfix.so is not built: .*'
check "TMPDIR that is not there" 125 env TMPDIR="$T/none" "$VANILLIN" emulate true
says "TMPDIR that is not there: sentence" err "vanillin: the run folder $T/none/.*: No such file or directory"
mkdir "$T/with blank"
check "TMPDIR that XRT cannot use" 0 env TMPDIR="$T/with blank" "$VANILLIN" emulate sh -c 'case $XILINX_XRT in /tmp/vanillin-emu.*) ;; *) exit 1 ;; esac'
check "--json" 127 "$VANILLIN" emulate --json no-such-program
is_json "--json: parses"
nothing_left "the machine"

# ---- many at once ----
pids=()
for i in $(seq 24); do
	emulate sh -c "test -s \$XRT_INI_PATH && exit $i" &
	pids+=($!)
done
for i in $(seq 24); do
	wait "${pids[$((i - 1))]}"
	[ $? = "$i" ] || failed "24 at once" "number $i"
done
pass "24 at once"
nothing_left "24 at once"
[ "$(ls -d /tmp/vanillin-emu.* 2>/dev/null)" = "$sockets" ] || echo "note: /tmp has other run folders than before: another test may be running"
finish
