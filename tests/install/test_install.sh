#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make install` puts in place serves programs of others: in C and C++, shared and static, with one library or both.
set -u
# shellcheck source=tests/lib.sh
. tests/lib.sh
B=${B:-build} CC=${CC:-gcc} CXX=${CXX:-g++}
here=tests/install
prefix=$T/usr
check "make install" 0 make --no-print-directory -s B="$B" DESTDIR="$T" PREFIX=/usr install
for f in bin/vanillin include/vanillin{,_compile}.h lib/libvanillin{,-compile}.{a,so,so.0} lib/pkgconfig/vanillin{,-compile}.pc share/man/man1/vanillin.1; do
	check "installed: $f" 0 test -s "$prefix/$f"
done
make_data
images=$T/data/train-images-idx3-ubyte

# The names that a header declares are the names that its library shows, shared and static.
for l in vanillin vanillin-compile; do
	sed -n 's/.*VN_API[^(]*[ *]\(vn_[a-z_]*\)(.*/\1/p' "$prefix/include/${l/-/_}.h" | sort >"$T/declared"
	nm -D --defined-only "$prefix/lib/lib$l.so" | awk '{print $3}' | sort >"$T/shared"
	nm -g --defined-only "$prefix/lib/lib$l.a" | awk 'NF == 3 {print $3}' | sort >"$T/static"
	check "$l: names in the header" 0 test "$(wc -l <"$T/declared")" -gt 10
	check "$l: names of the shared library" 0 diff "$T/declared" "$T/shared"
	check "$l: names of the archive" 0 diff "$T/declared" "$T/static"
	check "$l: its soname" 0 grep -q "\[lib$l.so.0\]" <(readelf -d "$prefix/lib/lib$l.so")
done

# pkg NAME... : flags of the installed files, and of no others.
pkg() {
	PKG_CONFIG_SYSROOT_DIR=$T PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config "$@"
}
# build COMPILER KIND PROGRAM PACKAGE...: $T/PROGRAM
build() {
	local language=("-std=c11") how=() kind=$2 program=$3 compiler=$1
	shift 3
	[ "$compiler" = "$CC" ] || language=(-x c++ -std=c++11)
	# Only ours: a whole program without shared libraries would want the C library's archive too.
	[ "$kind" = shared ] || how=(-Wl,-Bstatic)
	# shellcheck disable=SC2046
	$compiler "${language[@]}" -Wall -Wextra -Wpedantic -Werror $(pkg --cflags "$@") $here/"$program".c -x none -o "$T/$program" \
		"${how[@]}" $(pkg --libs-only-L "$@") $(for p in "$@"; do echo "-l$p"; done) -Wl,-Bdynamic \
		$([ "$kind" = shared ] || pkg --static --libs "$@" | tr ' ' '\n' | grep -v '^-lvanillin')
}
# loads PROGRAM LIBRARY: whether it would
loads() { LD_LIBRARY_PATH=$prefix/lib ldd "$T/$1" | grep -q "$2"; }
not() { ! "$@"; }
use() { # NAME PROGRAM ARGUMENT...
	local name=$1 program=$2
	shift 2
	check "$name" 0 env LD_LIBRARY_PATH="$prefix/lib" "$T/$program" "$@"
	says "$name: its checks" out 'PASS [1-9][0-9]* checks'
}

for compiler in "$CC" "$CXX"; do
	for kind in shared static; do
		how="$compiler, $kind"
		check "$how: build what compiles" 0 build "$compiler" $kind use_compile vanillin-compile
		check "$how: build what runs" 0 build "$compiler" $kind use_run vanillin
		check "$how: build what does both" 0 build "$compiler" $kind use_both vanillin-compile vanillin
		rm -f "$T/net.vnx"
		use "$how: compile" use_compile model/zoo/fashion.onnx "$images" "$T/net.vnx"
		use "$how: run" use_run "$T/net.vnx" "$images"
		use "$how: both" use_both model/zoo/fashion.onnx "$images"
		check "$how: the compiler loads protobuf-c" 0 loads use_compile libprotobuf-c
		check "$how: what only runs does not" 0 not loads use_run libprotobuf-c
		for l in libvanillin.so libvanillin-compile.so; do
			[ $kind = shared ] || check "$how: $l is inside" 0 not loads use_both $l
		done
	done
done

# The program and the library are one compiler.
seq 0 9 >"$T/names"
check "vanillin compile" 0 "$prefix/bin/vanillin" compile model/zoo/fashion.onnx --calib "$images" --target 8x8 --mean 0.25 --std 0.5 \
	--labels "$T/names" -o "$T/program.vnx"
check "the same bytes" 0 cmp "$T/net.vnx" "$T/program.vnx"
finish
