#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make bitstream without Vivado and v++: what it says is missing; and with tools that only look at their command lines.
set -u
B=${B:-build}; root=$PWD
PYTHON=${PYTHON:-/usr/bin/python3}
. tests/lib.sh
work=$T
fail() { failed "$*"; }
expect() { if grep -qF -- "$1" "$work/out"; then pass "$1"; else failed "no \"$1\" in" "$(cat "$work/out")"; fi; }
platform=xilinx_u250_gen3x16_xdma_4_1_202210_1
build() { # VARIABLE=value...
	env B="$work/build" MKXCLBIN="$B/mkxclbin" "$@" bitstreams/build.sh >"$work/out" 2>&1
}

# ---- nothing is here ----
nowhere=(VIVADO=absent-vivado "VPP=absent-v++" "PLATFORM_REPO_PATHS=$work/platforms")
build "${nowhere[@]}" CARD=u250; [ $? = 2 ] && ok || fail "exit code without tools"
expect "error: make bitstream for $platform, KERNEL=rtl, cannot run here:"
expect "  - absent-v++ is not on PATH: install Vitis 2022.2"
expect "  - absent-vivado is not on PATH"
expect "platform $platform is not installed (looked for $work/platforms/$platform/$platform.xpfm, /opt/xilinx/platforms/"
expect "hint: make xclbin CARD=u250"
build "${nowhere[@]}" PLATFORM=/absent/$platform.xpfm KERNEL=hls; [ $? = 2 ] && ok || fail "exit code without tools"
expect "(looked for /absent/$platform.xpfm;"
grep -q vivado "$work/out" && fail "hls does not need Vivado" || ok
for case in "CARD=u30|no card u30" "PLATFORM=xilinx_u30_gen3|no link recipe for u30" "PLATFORM=x|PLATFORM=x names no card" "|neither PLATFORM nor CARD" \
	"CARD=u50 PLATFORM=$platform|is for u250, not for u50" "CARD=u50 KERNEL=vhdl|KERNEL=vhdl" "CARD=u50 SIZE=32|SIZE=32"; do
	build "${nowhere[@]}" ${case%|*}; [ $? = 2 ] && ok || fail "exit code of $case"
	expect "${case#*|}"
done

# ---- tools that look at their command lines ----
mkdir -p "$work/platforms/$platform" && : >"$work/platforms/$platform/$platform.xpfm"
export FAKE_ROOT=$root FAKE_LOG=$work/log PLATFORM_REPO_PATHS=$work/elsewhere:$work/platforms
fakes=("VIVADO=$root/tests/bitstreams/fake/vivado" "VPP=$root/tests/bitstreams/fake/v++")
entry() { # file key
	$PYTHON -c 'import json, sys
for e in json.load(open(sys.argv[1]))["files"]:
	if e["file"] == sys.argv[2]: print(e[sys.argv[3]])' "$work/build/bitstreams/manifest.json" "$1" "$2"
}
made() { # file: the driver's reader takes it; what the manifest says of it
	[ -f "$work/build/bitstreams/$1" ] || fail "$1 was not made: $(cat "$work/out")"
	echo "$(entry "$1" card) $(entry "$1" mode) $(entry "$1" made_from) $(entry "$1" units) $(entry "$1" clock_mhz) $(entry "$1" config)"
}
build "${fakes[@]}" PLATFORM=$platform && ok || { fail "rtl"; cat "$work/out"; }
expect "vn_cu-u250-32x64-x8-rtl.hw.xclbin: u250, 8 compute units of 32x64, 300 MHz"
[ "$(made vn_cu-u250-32x64-x8-rtl.hw.xclbin)" = "u250 hw rtl 8 300.0 [2, 32, 64, 98304, 16384, 2048, 4, 1024, 32, 16]" ] && ok || fail "$(made vn_cu-u250-32x64-x8-rtl.hw.xclbin)"
[ "$(cut -d' ' -f1 "$work/log" | tr '\n' ' ')" = "vivado v++ " ] && ok || fail "calls: $(cat "$work/log")"
grep -q 'vn_cu #(.R(32), .C(64), .ARRAY_FLAVOUR(0)) cu' "$work"/build/bitstreams/tmp/*/top.v && ok || fail "parameters of the top"

build "${fakes[@]}" CARD=u250 SIZE=16x16 CUS=3 PARAMS="ACT_WORDS=2048 MAX_N=3" && ok || { fail "rtl, small"; cat "$work/out"; }
[ "$(made vn_cu-u250-16x16-x3-rtl.hw.xclbin)" = "u250 hw rtl 3 300.0 [2, 16, 16, 2048, 16384, 2048, 3, 1024, 16, 16]" ] && ok || fail "$(made vn_cu-u250-16x16-x3-rtl.hw.xclbin)"
grep -q '.R(16), .C(16), .ARRAY_FLAVOUR(0), .ACT_WORDS(2048), .MAX_N(3)) cu' "$work"/build/bitstreams/tmp/*16x16/top.v && ok || fail "parameters of the small top"

for version in 2022.2 2024.1; do
	build "${fakes[@]}" FAKE_VERSION=$version PLATFORM="$work/platforms/$platform/$platform.xpfm" KERNEL=hls SIZE=16x16 CUS=2 PARAMS="MAX_N=3" && ok || { fail "hls $version"; cat "$work/out"; }
	[ "$(made vn_cu-u250-16x16-x2-hls.hw.xclbin)" = "u250 hw hls 2 300.0 [2, 16, 16, 98304, 16384, 2048, 3, 1024, 16, 16]" ] && ok || fail "$(made vn_cu-u250-16x16-x2-hls.hw.xclbin)"
	[ "$(cat "$work"/build/bitstreams/tmp/*-hls-16x16/vn_cu.xo)" = "hls -DVN_R=16 -DVN_C=16 -DVN_MAX_N=3" ] && ok || fail "defines of hls $version"
	rm "$work"/build/bitstreams/*hls.hw.xclbin
done
grep -c -- '--mode hls' "$work/log" | grep -qx 1 && ok || fail "the unified command is for 2023.2 and later"

# ---- tools that are too old, or fail, or make something else ----
build "${fakes[@]}" FAKE_VERSION=2021.1 CARD=u250; [ $? = 2 ] && ok || fail "exit code of an old v++"
expect "is version 2021.1: Vitis 2022.2 or later is needed"
cp "$work/build/bitstreams/manifest.json" "$work/before"
build "${fakes[@]}" FAKE_VIVADO_FAILS=1 CARD=u250; [ $? = 1 ] && ok || fail "exit code when Vivado fails"
expect "ERROR: [fake vivado] as asked"; expect "error: package: vivado failed"
if ! command -v tclsh >/dev/null; then
	skip_part "an interface that Vivado does not find" "no tclsh (apt-get install tcl)"
else # the fake Vivado then runs package_xo.tcl
	build "${fakes[@]}" FAKE_NO_BUSIF=m_axi_maps CARD=u250; [ $? = 1 ] && ok || fail "exit code without an interface"
	expect "Vivado found no AXI interface m_axi_maps"
fi
build "${fakes[@]}" FAKE_KERNEL=vadd CARD=u250; [ $? = 1 ] && ok || fail "exit code for another kernel"
expect "no compute unit of kernel vn_cu"
cmp -s "$work/before" "$work/build/bitstreams/manifest.json" && ok || fail "a failed build changed the manifest"

# ---- a link that misses its clock: v++ lowers it and succeeds ----
build "${fakes[@]}" FAKE_MHZ=271 CARD=u250; [ $? = 1 ] && ok || fail "exit code when the clock is missed"
expect "271 MHz, 300 were asked for"; expect "ALLOW_SLOW_CLOCK=1"
cmp -s "$work/before" "$work/build/bitstreams/manifest.json" && ok || fail "a link that missed its clock changed the manifest"
build "${fakes[@]}" FAKE_MHZ=271 ALLOW_SLOW_CLOCK=1 CARD=u250 && ok || fail "a slow clock that is allowed"
expect "271 MHz, 300 were asked for"; expect "warning: "
[ "$(entry vn_cu-u250-32x64-x8-rtl.hw.xclbin clock_mhz)" = 271.0 ] && ok || fail "the clock in the manifest"
build "${fakes[@]}" ALLOW_SLOW_CLOCK=1 CARD=u250 && ok || fail "a clock that is met"
grep -q warning "$work/out" && fail "a warning though the clock is met" || ok
# The check itself, broken: without the clock that was asked for, the slow link passes.
mkdir "$work/broken" && cp -r bitstreams rtl hls spec tools "$work/broken/"
sed -i 's/ --least-mhz "$mhz"//' "$work/broken/bitstreams/build.sh"
env B="$work/build" MKXCLBIN="$B/mkxclbin" "${fakes[@]}" FAKE_MHZ=271 CARD=u250 "$work/broken/bitstreams/build.sh" >"$work/out" 2>&1 &&
	pass "a build.sh that does not ask for the clock" || fail "the broken build.sh: $(cat "$work/out")"

# ---- Vivado's strategy ----
build "${fakes[@]}" CARD=u250 && grep '^v++ -l' "$work/log" | tail -n 1 | grep -q -- '--vivado.prop run.impl_1.strategy=Performance_' && ok || fail "strategy"
build "${fakes[@]}" STRATEGY=Flow_Quick CARD=u250 && tail -n 1 "$work/log" | grep -q 'strategy=Flow_Quick' && ok || fail "another strategy"
build "${fakes[@]}" STRATEGY= CARD=u250 && tail -n 1 "$work/log" | grep -q 'vivado.prop' && fail "no strategy" || ok

# ---- the Verilog top around vn_cu: Verilator takes it, and notices a pin that is connected wrongly ----
if command -v verilator >/dev/null; then
	lint() { # top
		verilator --lint-only -Wall -Wno-DECLFILENAME -Wno-UNUSEDSIGNAL -Wno-UNUSEDPARAM -Wno-PINCONNECTEMPTY -Wno-SYMRSVDWORD -Irtl \
			--top-module vn_cu_kernel --unroll-count 4096 --unroll-stmts 10000000 rtl/gen/vn_spec_pkg.sv rtl/*_pkg.sv \
			$(find rtl -maxdepth 1 -name '*.sv' ! -name '*_pkg.sv' ! -name '*_dpi.sv') rtl/sim/*.sv "$1" >"$work/out" 2>&1
	}
	bitstreams/wrapper.sh rtl/vn_cu.sv R=8 C=8 ARRAY_FLAVOUR=0 >"$work/top.v"
	lint "$work/top.v" && ok || { fail "the top"; cat "$work/out"; }
	sed 's/\.m_axi_maps_wlast(m_axi_maps_wlast)/.m_axi_maps_wlast(m_axi_maps_bready)/' "$work/top.v" >"$work/planted.v"
	if lint "$work/planted.v"; then fail "a pin connected wrongly was not noticed"; else pass "a pin connected wrongly"; fi
else
	skip_part "the Verilog top" "no verilator (apt-get install verilator)"
fi
bitstreams/wrapper.sh /dev/null R=8 >"$work/out" 2>&1 && fail "a top without ports" || ok
expect "no ports found"

# ---- the make target ----
make -s B="$B" bitstream PLATFORM=$platform VIVADO=x VPP=absent-v++ >"$work/out" 2>&1 && fail "make bitstream" || ok
expect "make bitstream for $platform, KERNEL=rtl, cannot run here:"
finish
