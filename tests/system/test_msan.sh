#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# MemorySanitizer: import, quantiser, compiler, loader, driver in software, the device process, the program's readers of files.
# The libraries below are not built with it; msan_shim.c stands between.  Plug-ins and XRT are not looked into either.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v "${CLANG:-clang}" >/dev/null || { echo "no clang, whose MemorySanitizer this is"; exit 77; }
NAME=msan CC=${CLANG:-clang}
FLAGS='-O1 -g -fsanitize=memory -fsanitize-memory-track-origins'
. tests/system/sanitizers.sh

# The shim goes into every program by way of the linker's arguments.
{
	$CC -O1 -g -I. -c tests/system/msan_shim.c -o "$dir/shim.o" || exit 1
	echo "$dir/shim.o"
	sed -n 's/^WRAP([^,]*, *\([a-zA-Z_]*\),.*/--wrap=\1/p' tests/system/msan_shim.c
} >"$dir/link"
FLAGS+=" -Wl,@$dir/link -Wno-unused-command-line-argument -Wno-unknown-pragmas"

planted uninitialised_heap 'MemorySanitizer: use-of-uninitialized-value' <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int n, char **v) { int *volatile p = malloc(8); (void)v; if (p[n]) puts("x"); free(p); return 0; }
C
planted uninitialised_growth 'MemorySanitizer: use-of-uninitialized-value' <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int n, char **v) { int *volatile p = realloc(calloc(1, 4), 64); (void)v; if (p[n]) puts("x"); free(p); return 0; }
C
planted uninitialised_stack 'MemorySanitizer: use-of-uninitialized-value' <<'C'
#include <stdio.h>
void g(int *p);
__attribute__((noinline)) void g(int *p) { *(volatile int *)p; }
int main(int n, char **v) { int p[4]; (void)v; g(p); if (p[n]) puts("x"); return 0; }
C

programs=(model/test_{float,onnx,onnx_accept,onnx_refuse,onnx_refuse_file}
	program/test_{fixed,predict,program,program_check,program_refuse,refcu,refcu_faults,refcu_net} vectors/test_vectors
	driver/test_{api,jobs,pack,results,units} ocl/test_{ocl_api,ocl_card,backend_ocl} hls/test_{hls_cu,hls_errors}
	device/test_{conversation,ends,parts,units} host/test_image bitstreams/test_xclbin_{file,find} sim/test_axi_{check,mem})
[ "$LONG" = 1 ] && programs+=(program/test_schedule hls/test_hls_array random/test_random)
build vanillin sim/vn_device "${programs[@]/#/tests/}"
inputs
tests "${programs[@]}"
run compile '.' "$dir/vanillin" compile model/zoo/fashion.onnx --calib "$T/data/train-images-idx3-ubyte" --images 8 --target 8x8 -o "$T/its_own.vnx"
for device in ref: hls:; do
	run "eval on $device" "^eval: device=$device images=6 " "$dir/vanillin" eval "$T/net.vnx" --data "$T/data" --device "$device" --images 6
done
run host/test_bad_files '^PASS [0-9]+ checks$' env SANITIZED=1 VANILLIN="$dir/vanillin" tests/host/test_bad_files.sh
finish
