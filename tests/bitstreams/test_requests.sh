#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What make is asked for and cannot make: one sentence that names the field, a hint, an exit code, and nothing built for it.
set -u
. tests/lib.sh
work=$T

# refused NAME REGEX MAKE-ARGUMENT...
refused() {
	local name=$1 regex=$2
	shift 2
	# Into an empty folder: whatever is built would show.
	if make -s B="$work/build" "$@" >"$work/out" 2>"$work/err"; then
		failed "$name" "exit code 0"
	elif ! head -n 1 "$work/err" | grep -Eq -- "^error: $regex"; then
		failed "$name" "no '$regex' at once in: $(head -n 3 "$work/err")"
	elif ! sed -n 2p "$work/err" | grep -q '^hint: .'; then
		failed "$name" "no hint: $(head -n 3 "$work/err")"
	elif [ "$(grep -cv '^make' "$work/err")" != 2 ] || [ -s "$work/out" ]; then
		failed "$name" "more is said than one sentence: $(cat "$work/out" "$work/err")"
	elif [ -n "$(find "$work/build" -name 'libvn_rtl*' -o -name '*.xclbin' 2>/dev/null)" ]; then
		failed "$name" "something was built: $(find "$work/build" -type f)"
	else
		pass "$name"
	fi
}
# Of no interest here: what a plug-in is linked with.
ready=()
for f in sim/vn_axi_mem.o sim/vn_axi_check.o rtl/sim/vn_array_dpi.o; do
	mkdir -p "$(dirname "$work/build/$f")" && touch "$work/build/$f"
	ready+=(-o "$work/build/$f")
done

size="rows are a power of two from 8 to 64, columns one from 8 to 128 and not below the rows"
words="ACT_WORDS MID_SLOTS PSUM_ENTRIES MAX_N MAX_KTILES LANES DW_CH"
for s in 17x17 64x32 4x8 8x256 8x0 99999999999x8; do
	refused "xclbin SIZE=$s" "SIZE=$s: no compute unit has such an array: $size" xclbin SIZE=$s
	refused "bitstream SIZE=$s" "SIZE=$s: no compute unit has such an array" bitstream SIZE=$s
done
for s in 8 x8 8x 8x8x8 8X8 ""; do
	refused "xclbin SIZE=$s" "SIZE=$s: not ROWSxCOLUMNS; $size" xclbin SIZE=$s
	refused "bitstream SIZE=$s" "SIZE=$s: not ROWSxCOLUMNS" bitstream SIZE=$s
done
refused "sim-17x17" "SIZE=17x17: no compute unit" "${ready[@]}" sim-17x17
refused "sim-abc" "SIZE=abc: not ROWSxCOLUMNS" "${ready[@]}" sim-abc
refused "sim-fst SIZE=17x17" "SIZE=17x17: no compute unit" "${ready[@]}" sim-fst SIZE=17x17
for target in xclbin bitstream; do
	refused "$target CUS=99" "CUS=99: the recipe of u50 has 2 compute units: CUS is a number from 1 to 2, or 0 for all" $target CUS=99
	refused "$target CUS=-1" "CUS=-1: " $target CUS=-1
	refused "$target CUS=two" "CUS=two: " $target CUS=two
	refused "$target CUS=" "CUS=: " $target CUS=
	refused "$target CARD=u30" "CARD=u30: there is no card u30; there are: u50 " $target CARD=u30
	for p in FOO=1 ROWS=8 VERSION=1 MAX_N ACT_WORDS; do
		refused "$target RTL_PARAMS=$p" "RTL_PARAMS: $p: the compute unit has no such parameter; there are: $words\$" $target SIM="$work/sim" RTL_PARAMS="MAX_N=3 $p"
	done
	for p in "MAX_N=5|0 to 4" "MAX_N=-1|0 to 4" "MAX_N=|0 to 4" "MAX_N=0x3|0 to 4" "ACT_WORDS=1023|1024 to 1048576" "MAX_KTILES=65536|1 to 65535" \
		"LANES=64|8 to 32" "DW_CH=2|4 to 16" \
		"PSUM_ENTRIES=129|128 to 65536, a multiple of 2" "MID_SLOTS=1028|1024 to 1048576, a multiple of 8"; do
		refused "$target RTL_PARAMS=$p" "RTL_PARAMS: ${p%|*}: ${p%%=*} is a number from ${p#*|}\$" $target SIM="$work/sim" RTL_PARAMS="${p%|*}"
	done
	for p in "LANES=32" "LANES=12" "LANES=8 DW_CH=16" "DW_CH=12"; do
		refused "$target RTL_PARAMS=$p" "RTL_PARAMS: LANES=[0-9]* DW_CH=[0-9]* with 16 rows: they are powers of two, DW_CH <= LANES <= rows <= 4 [*] LANES\$" \
			$target SIM="$work/sim" SIZE=16x16 RTL_PARAMS="$p"
	done
	refused "$target RTL_PARAMS=LANES=8, 64 rows" "RTL_PARAMS: LANES=8 DW_CH=8 with 64 rows: they are powers of two, DW_CH <= LANES <= rows <= 4 [*] LANES\$" \
		$target SIM="$work/sim" SIZE=64x64 RTL_PARAMS=LANES=8
done
refused "xclbin CARD=" "CARD is empty; the cards are: u50 " xclbin CARD=
refused "bitstream CARD=" "make bitstream: neither PLATFORM nor CARD is given" bitstream CARD=
refused "bitstream KERNEL=vhdl" "KERNEL=vhdl: a kernel is made from rtl or from hls" bitstream KERNEL=vhdl
refused "bitstream PLATFORM=x" "PLATFORM=x names no card" bitstream PLATFORM=x
# A folder of plug-ins has one configuration: another one beside it would never be built, or stay for all.
refused "xclbin RTL_PARAMS in the same folder" "RTL_PARAMS: .*/sim is for compute units that differ in size only" xclbin RTL_PARAMS=MAX_N=3
refused "sim-8x8 RTL_PARAMS in the same folder" "RTL_PARAMS: .*/sim is for compute units that differ in size only" "${ready[@]}" sim-8x8 RTL_PARAMS=MAX_N=3

# All that the words can be is accepted, at their ends and at every shape.
accepted() {
	if tools/check_config.sh "$@"; then pass "$*"; else failed "$*" "is refused"; fi
}
for r in 8 16 32 64; do for c in 8 16 32 64 128; do ((c < r)) || accepted size ${r}x$c ""; done; done
accepted size 8x8 "ACT_WORDS=1024 MID_SLOTS=1024 PSUM_ENTRIES=128 MAX_N=0 MAX_KTILES=1"
accepted size 32x64 "LANES=32 DW_CH=16"
accepted size 16x16 "DW_CH=16"
accepted size 8x8 "LANES=8 DW_CH=8"
accepted size 8x8 "ACT_WORDS=1048576 MID_SLOTS=1048576 PSUM_ENTRIES=65536 MAX_N=4 MAX_KTILES=65535"
for f in bitstreams/*.cfg; do
	n=$(sed -n 's/^nk=vn_cu:\([0-9]*\).*/\1/p' "$f")
	accepted card "$(basename "$f" .cfg)" 0
	accepted card "$(basename "$f" .cfg)" "$n"
done
finish
