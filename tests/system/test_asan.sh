#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# AddressSanitizer (leaks included) and UndefinedBehaviorSanitizer: all C tests, and the program's hostile files.
set -u
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-gcc}
NAME=asan FLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
. tests/system/sanitizers.sh

planted out_of_bounds 'AddressSanitizer: heap-buffer-overflow' <<'C'
#include <stdlib.h>
int main(int n, char **v) { char *volatile p = malloc(8); (void)v; return p[7 + n] == 3; }
C
planted use_after_free 'AddressSanitizer: heap-use-after-free' <<'C'
#include <stdlib.h>
int main(int n, char **v) { char *p = malloc(8); (void)v; free(p); return p[n] == 3; }
C
planted leak 'LeakSanitizer: detected memory leaks' <<'C'
#include <stdlib.h>
void *volatile p;
int main(void) { p = malloc(8); p = NULL; return 0; }
C
planted overflow 'runtime error: signed integer overflow' <<'C'
int main(int n, char **v) { (void)v; return 0x7fffffff + n == 3; }
C

# Left out unless LONG=1: a schedule of VanillaNet-5 at 224x224, the same network on the CPU, networks by name: minutes.  host/test_bench_answers has
# the CPU on small networks.
programs=()
for t in tests/*/test_*.c; do
	t=${t#tests/} t=${t%.c}
	case $t in
	*_speed) continue ;;
	program/test_schedule | program/test_variant_net | cpu/test_cpu) [ "$LONG" = 1 ] || continue ;;
	esac
	programs+=("$t")
done
build vanillin sim/vn_device "${programs[@]/#/tests/}"
# Of random programs as few as will do: test_random wants to have seen everything that a list may hold.
for t in "${programs[@]}"; do
	case $t in
	random/test_random) PROGRAMS=$((LONG ? 200 : 40)) tests "$t" ;;
	random/test_random_rtl) PROGRAMS=$((LONG ? 200 : 3)) tests "$t" ;;
	# LeakSanitizer 12 faults itself while it stops the threads of oneDNN's OpenMP.
	cpu/test_cpu) ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 tests "$t" ;;
	*) PROGRAMS=$((LONG ? 200 : 8)) tests "$t" ;;
	esac
done
run host/test_bad_files '^PASS [0-9]+ checks$' env SANITIZED=1 VANILLIN="$dir/vanillin" tests/host/test_bad_files.sh
finish
