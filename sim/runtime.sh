#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runtime.sh ARCHIVE [CXX FLAGS]... - Verilator's runtime compiled once for every model that has these flags; prints the archive's path.
# Models link it in the place of compiling it again: make ... VM_GLOBAL_FAST= VM_GLOBAL_SLOW=.  Any number may ask at once.
set -eu
archive=$(realpath -m "$1"); shift
[ -n "${VERILATOR_ROOT:-}" ] || VERILATOR_ROOT=$(verilator --getenv VERILATOR_ROOT)
from=$VERILATOR_ROOT/include
flags=(-I"$from" -I"$from/vltstd" -faligned-new -fcf-protection=none -Wno-unused-parameter -DVM_SC=0 -DVM_COVERAGE=0 -DVM_TRACE=0 "$@")

mkdir -p "$(dirname "$archive")"
exec 9>"$archive.lock"
flock 9
if [ "$archive" -ot "$from/verilated.cpp" ] || [ "$(cat "$archive.flags" 2>&1)" != "${flags[*]}" ]; then
	objects=()
	for f in verilated verilated_threads verilated_dpi; do
		${OBJCACHE:-} "${CXX:-g++}" "${flags[@]}" -c "$from/$f.cpp" -o "$archive.$f.o"
		objects+=("$archive.$f.o")
	done
	rm -f "$archive"
	ar rcs "$archive" "${objects[@]}"
	rm "${objects[@]}"
	echo "${flags[*]}" >"$archive.flags"
fi
echo "$archive"
