#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ThreadSanitizer: the tests of what has threads (driver, runtimes, device process), and the program with several of them.
set -u
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-gcc}
NAME=tsan FLAGS='-O1 -g -fsanitize=thread'
. tests/system/sanitizers.sh

planted race 'ThreadSanitizer: data race' <<'C'
#include <pthread.h>
int x;
void *f(void *a) { x++; return a; }
int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); x++; pthread_join(t, 0); return 0; }
C
planted lock_order 'ThreadSanitizer: lock-order-inversion' <<'C'
#include <pthread.h>
pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
void take(pthread_mutex_t *m, pthread_mutex_t *n)
{
	pthread_mutex_lock(m); pthread_mutex_lock(n); pthread_mutex_unlock(n); pthread_mutex_unlock(m);
}
int main(void) { take(&a, &b); take(&b, &a); return 0; }
C

programs=(driver/test_{api,jobs,results,units} ocl/test_{ocl_api,ocl_card,backend_ocl} xrt/test_calls sim/test_backend_rtl
	device/test_{conversation,ends,parts,units})
build vanillin sim/vn_device "${programs[@]/#/tests/}"
inputs
tests "${programs[@]}"
for device in ref: hls: 'hls:;chunk_kib=64' "ref:;timeline=$T/timeline.json"; do
	run "eval --threads 3 on $device" "^eval: device=$device images=24 " \
		"$dir/vanillin" eval "$T/net.vnx" --data "$T/data" --device "$device" --threads 3
done
run 'eval --weights stream' '^eval: ' "$dir/vanillin" eval "$T/net.vnx" --data "$T/data" --device hls: --threads 2 --weights stream
run 'compile --threads 3' '^compile: .* images=32 ' "$dir/vanillin" compile fashion --target 8x8 --threads 3 -o "$T/fashion.vnx"
run verify '^verify: .* mismatches=0$' "$dir/vanillin" verify "$T/net.vnx" --devices ref:,hls: --data "$T/data" --images 4 --threads 2
finish
