#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of this folder, and others that use its sample, leave nothing in /tmp and /dev/shm, however they end.
set -u
B=${B:-build}
# Alone with these two folders, so that others' files are not seen and not blamed.
if [ "${1:-}" != alone ]; then
	for namespace in -m -Urm; do
		unshare "$namespace" true 2>/dev/null && exec unshare "$namespace" "$0" alone
	done
	echo "no mount namespace of one's own can be made here"
	exit 77
fi
shared=(/dev/shm)
case $(realpath "$PWD") in /tmp/*) ;; *) shared+=(/tmp) ;; esac
for folder in "${shared[@]}"; do mount -t tmpfs none "$folder" || exit 1; done
unset TMPDIR
failed=0 checks=0
left() { find "${shared[@]}" -mindepth 1 ! -name 'vn_leftovers*'; }
# nothing NAME: at once, or as soon as the last process of a killed test has seen it
nothing() {
	local until=$((SECONDS + 10))
	checks=$((checks + 1))
	while [ -n "$(left)" ] && ((SECONDS < until)); do sleep 0.05; done
	[ -z "$(left)" ] && return
	echo "FAIL $1: left: $(left | head -n 5 | xargs)"
	failed=1
	find "${shared[@]}" -mindepth 1 -delete
}

programs=()
for p in bitstreams/test_xclbin_file bitstreams/test_xclbin_find ocl/test_backend_ocl; do
	[ -x "$B/tests/$p" ] || { echo "$B/tests/$p is not built: make tests-built"; exit 77; }
	programs+=("$B/tests/$p")
done
for p in "${programs[@]}" tests/bitstreams/test_recipes.sh; do
	"$p" >/dev/null 2>&1 || { echo "FAIL $p"; failed=1; }
	nothing "$p"
done
# Ended early: the programs when they have their folder, the scripts when they have begun.
for signal in TERM HUP KILL; do
	for p in "${programs[@]}"; do
		"$p" >/dev/null 2>&1 &
		until [ -n "$(left)" ] || ! kill -0 $! 2>/dev/null; do :; done
		kill -s $signal $! 2>/dev/null
		wait $! 2>/dev/null
		nothing "$p, SIG$signal"
	done
done
for signal in INT TERM; do
	for p in bitstream emulation_file requests; do
		timeout -s $signal -k 60 1.5 "tests/bitstreams/test_$p.sh" >/dev/null 2>&1
		nothing "test_$p.sh, SIG$signal"
	done
done
[ $failed = 0 ] || exit 1
echo "PASS $checks checks"
