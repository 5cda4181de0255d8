# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - sourced by the tests of emulation, after tests/lib.sh: what they need, what may be left of a run.

B=${B:-build}
HOLD=$B/tests/emulate/hold_card DIE=$B/tests/emulate/die_with_card
XCLBIN=$(realpath -m "$B")/bitstreams/vn_cu-u50-8x8-x1.hw_emu.xclbin
# Run folders in a place of this test's own; their name is kept short, for it is also that of /tmp/$USER.
export TMPDIR=$T
emulate() { timeout -k 5 "${LIMIT:-60}" "$VANILLIN" emulate "$@"; }

need_xrt() {
	[ -e /usr/lib/x86_64-linux-gnu/libxrt_hwemu.so.2 ] || skip "no XRT with hardware emulation: apt-get install libxrt1"
	[ -x "$HOLD" ] && [ -x "$DIE" ] || skip "$HOLD is not built: apt-get install libxrt-dev uuid-dev, make tests-built"
	[ -s "$XCLBIN" ] || skip "$XCLBIN is not built: make xclbin SIZE=8x8 CUS=1"
}

# The folders of this test's runs, in TMPDIR and in /tmp
run_folders() { (cd "$T" && ls -d vanillin-emu.* 2>/dev/null); }
# Processes that were started under a launcher of this test.  A container may lack a process that reaps orphans.
run_processes() {
	local p
	for p in $(grep -lsz "^SDACCEL_EM_RUN_DIR=$T/" /proc/[0-9]*/environ); do
		grep -qs '^State:[[:space:]]*[^Z]' "${p%environ}status" && echo "$p"
	done
}
# nothing_left NAME: no folder, no socket, no process of a run.
nothing_left() {
	local left
	left=$(run_folders; run_processes)
	if [ -z "$left" ]; then
		pass "$1: nothing is left"
	else
		failed "$1" "left behind: $left"
	fi
}
# within NAME SECONDS COMMAND...: it takes no longer, whatever it exits with.
within() {
	local name=$1 limit=$2 start=$EPOCHREALTIME
	shift 2
	"$@"
	if awk "BEGIN{exit !($EPOCHREALTIME - $start <= $limit)}"; then
		pass "$name"
	else
		failed "$name" "took more than $limit s"
	fi
}
