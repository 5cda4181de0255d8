#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libvn_xrtfix.so: it mends what it is for, in a made-up library that has the faults and in XRT's own, and changes nothing
# for other programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/lib.sh
FIX=$(realpath -m "$B")/sim/libvn_xrtfix.so
CALL=$B/tests/emulate/call_shim SCHEDULER=$B/tests/emulate/call_scheduler
[ -x "$CALL" ] || skip "$CALL is not built: this is no x86-64"

# ---- a library with the faults ----
# The checks must fail without it, or they prove nothing.
check "without it" 0 env SDACCEL_EM_RUN_DIR=/run-folder "$CALL" /nowhere/socket
cp "$T/err" "$T/verdicts"
for name in 'its buffer' 'its sleep\(1\)' 'its sleep\(2\)' 'its folder' 'its handlers'; do says "without it: $name" verdicts "$name bad"; done
[ "$(grep -c before "$T/out")" = 2 ] || failed "without it: its fork" "did not write 'before' twice: the check is wrong"
grep -q penguin "$T/out" || failed "without it: chatter" "none: the check is wrong"

check "with it" 0 env SDACCEL_EM_RUN_DIR=/run-folder LD_PRELOAD="$FIX" "$CALL" /nowhere/socket
grep -q bad "$T/err" && failed "with it" "$(grep bad "$T/err")"
[ "$(wc -l <"$T/err")" = 13 ] || failed "with it: all is checked" "$(cat "$T/err")"
printf 'before\nconfiguring is said here, too\nError opening exported BO file.\nafter 1\n' >"$T/want"
check "with it: output" 0 cmp "$T/want" <(env SDACCEL_EM_RUN_DIR=/run-folder LD_PRELOAD="$FIX" "$CALL" /nowhere/socket 2>/dev/null)
check "with it, without a run folder" 0 env -u SDACCEL_EM_RUN_DIR LD_PRELOAD="$FIX" "$CALL" /nowhere/socket
says "with it, without a run folder: the program's own" err 'its folder bad'

# ---- a scheduler with the faults ----
check "scheduler, without it" 0 "$SCHEDULER"
cp "$T/err" "$T/verdicts"
for name in 'its signal to the wrong one' 'its lost signal'; do says "scheduler, without it: $name" verdicts "$name bad"; done
check "scheduler, with it" 0 env LD_PRELOAD="$FIX" "$SCHEDULER"
cp "$T/err" "$T/verdicts"
for name in 'its signal to the wrong one' 'its lost signal' 'own signal to one' 'own wait'; do says "scheduler, with it: $name" verdicts "$name good"; done

# ---- other programs ----
same() { # NAME COMMAND...: prints the same with and without
	local name=$1
	shift
	"$@" >"$T/plain" 2>&1 </dev/null
	LD_PRELOAD=$FIX "$@" >"$T/loaded" 2>&1 </dev/null
	check "$name" 0 cmp "$T/plain" "$T/loaded"
}
same "sh" sh -c 'echo $((6 * 7)); (exit 3); echo $?; printf "%s\n" configuring a'
same "unzip" unzip -h
same "ls" ls -la /etc
# shellcheck disable=SC2086
same "gcc" ${CC:-gcc} --version
same "python" python3 -c '
import os, socket, subprocess, threading, multiprocessing
print("configuring penguin scheduler mode")
print(subprocess.run(["true"]).returncode, os.readlink("/proc/self/exe"))
a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1))
t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
p = multiprocessing.get_context("fork").Process(target=print, args=("child",)); p.start(); p.join()
s = socket.socket(socket.AF_UNIX)
try: s.connect("/nowhere/socket")
except OSError as e: print(e)'
same "vanillin" "$VANILLIN" info
check "unresolved symbols" 0 env LD_PRELOAD="$FIX" LD_BIND_NOW=1 true
[ ! -s "$T/err" ] || failed "unresolved symbols" "$(cat "$T/err")"

# ---- XRT's own ----
need_xrt
# Its heap is corrupted without: valgrind sees the first wrong write.
if command -v valgrind >/dev/null; then
	check "XRT's own, under valgrind" 0 emulate valgrind -q --error-exitcode=9 --exit-on-first-error=yes --undef-value-errors=no "$HOLD" "$XCLBIN" 0
else
	skip_part "XRT's own heap" "no valgrind (apt-get install valgrind)"
fi
finish
