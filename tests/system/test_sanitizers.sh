#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All C tests and the program's hostile files once more, built with AddressSanitizer (leaks included) and UndefinedBehaviorSanitizer.
set -u
B=${B:-build}
make --no-print-directory -s -j"$(nproc)" B="$B/asan" MARCH=x86-64-v3 WERROR= \
	CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' tests-built "$B/asan/vanillin" >"$B/asan-build.log" 2>&1 ||
	{ tail -n 20 "$B/asan-build.log"; exit 1; }
failed=0 run=0
export UBSAN_OPTIONS=print_stacktrace=1 PROGRAMS=40
# Tests that take memory away on purpose must see malloc fail, not the sanitizer stop.
export ASAN_OPTIONS=allocator_may_return_null=1
for t in "$B"/asan/tests/*/test_*; do
	case $t in *.o | *.d | *_speed) continue ;; esac
	run=$((run + 1))
	if ! timeout 600 "$t" >"$B/asan-test.log" 2>&1; then
		echo "FAIL $t"; tail -n 30 "$B/asan-test.log"; failed=1
	fi
done
if ! SANITIZED=1 VANILLIN=$B/asan/vanillin tests/host/test_bad_files.sh >"$B/asan-test.log" 2>&1; then
	grep -v '^PASS' "$B/asan-test.log"; failed=1
fi
echo "$run programs under ASan and UBSan"
[ $run -gt 0 ] && exit $failed
