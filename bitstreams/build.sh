#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# build.sh - an .xclbin for a card, by Vivado and v++ (Vitis 2022.2 or later), and its entry in the manifest.
#
#   PLATFORM   VBNV or .xpfm file; or empty: the default platform of CARD
#   CARD       empty: the one that PLATFORM names
#   KERNEL     rtl or hls        SIZE  RxC        PARAMS  "NAME=VALUE..." of the configuration
#   CUS        0: all compute units of the recipe
#   B          where results go: $B/bitstreams/        MKXCLBIN  the program
#   STRATEGY   of Vivado's implementation (UG904); empty: Vivado's default
#   ALLOW_SLOW_CLOCK  not empty: a link that misses its clock is taken, with a warning
#   VIVADO, VPP: the tools' names
#   CHECK_ONLY not empty: only say what is wrong or missing
#
# Takes hours.  Exit 2 and a list of all that is missing when tools or the platform are not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd); root=$(dirname "$here")
PLATFORM=${PLATFORM:-} CARD=${CARD:-} KERNEL=${KERNEL:-rtl} SIZE=${SIZE-32x64} PARAMS=${PARAMS:-} CUS=${CUS-0}
STRATEGY=${STRATEGY-Performance_ExplorePostRoutePhysOpt} ALLOW_SLOW_CLOCK=${ALLOW_SLOW_CLOCK:-}
VIVADO=${VIVADO:-vivado} VPP=${VPP:-v++}

fail() { # text hint
	echo "error: $1" >&2
	[ -z "${2:-}" ] || echo "hint: $2" >&2
	exit 2
}

# ---- which card, which platform ----
cards=$(sed -n 's/^VN_CARD(\([a-z0-9]*\),.*/\1/p' "$here/../spec/cards.def" | xargs)
example=$(sed -n 's/^VN_CARD(.*, "\(xilinx[^"]*\)".*/\1/p' "$here/../spec/cards.def" | head -n 1)
[ -n "$PLATFORM$CARD" ] || fail "make bitstream: neither PLATFORM nor CARD is given" "make bitstream CARD=${cards%% *}, or PLATFORM=$example; cards: $cards"
if [ -z "$PLATFORM" ]; then
	"$root/tools/check_config.sh" card "$CARD" 0
	PLATFORM=$(sed -n "s/^VN_CARD($CARD, \"\([^\"]*\)\".*/\1/p" "$here/../spec/cards.def")
fi
name=$(basename "$PLATFORM" .xpfm)
of_platform=$(echo "$name" | sed -n 's/^[^_]*_\([^_]*\)_.*/\1/p')
[ -n "$of_platform" ] || fail "PLATFORM=$PLATFORM names no card" "as in $example; cards: $cards"
CARD=${CARD:-$of_platform}
[ "$CARD" = "$of_platform" ] || fail "platform $name is for $of_platform, not for $CARD" "give PLATFORM or CARD alone"
recipe=$here/$CARD.cfg
[ -f "$recipe" ] || fail "no link recipe for $CARD: $recipe" "cards with one: $cards"
part=$(sed -n "s/^VN_CARD($CARD, .*, \"\([^\"]*\)\")/\1/p" "$here/../spec/cards.def")
case $KERNEL in rtl | hls) ;; *) fail "KERNEL=$KERNEL: a kernel is made from rtl or from hls" "as in KERNEL=rtl" ;; esac
"$root/tools/check_config.sh" card "$CARD" "$CUS"
"$root/tools/check_config.sh" size "$SIZE" "$PARAMS"

# ---- what is missing ----
missing=()
version= # of v++: 2022.2
if ! command -v "$VPP" >/dev/null; then
	missing+=("$VPP is not on PATH: install Vitis 2022.2 or later (https://www.xilinx.com/support/download.html) and source its settings64.sh")
else
	version=$("$VPP" --version 2>/dev/null | sed -n 's/.*v++ v\([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
	[ "$(printf '%s\n' 2022.2 "${version:-0}" | sort -V | head -n 1)" = 2022.2 ] ||
		missing+=("$VPP is version ${version:-unknown}: Vitis 2022.2 or later is needed")
fi
[ "$KERNEL" = hls ] || command -v "$VIVADO" >/dev/null ||
	missing+=("$VIVADO is not on PATH: it comes with Vitis; source its settings64.sh")
xpfm=
if [[ $PLATFORM == *.xpfm ]]; then
	[ ! -f "$PLATFORM" ] || xpfm=$(realpath "$PLATFORM")
	looked=$PLATFORM
else
	IFS=: read -r -a folders <<<"${PLATFORM_REPO_PATHS:-}:/opt/xilinx/platforms"
	looked=
	for f in "${folders[@]}"; do
		[ -n "$f" ] || continue
		looked+="${looked:+, }$f/$name/$name.xpfm"
		[ -n "$xpfm" ] || [ ! -f "$f/$name/$name.xpfm" ] || xpfm=$f/$name/$name.xpfm
	done
fi
[ -n "$xpfm" ] || missing+=("platform $name is not installed (looked for $looked; PLATFORM_REPO_PATHS is ${PLATFORM_REPO_PATHS:-not set}): install the card's development target platform (https://www.xilinx.com/products/boards-and-kits/alveo/$CARD.html, Getting Started)")
if [ ${#missing[@]} -gt 0 ]; then
	echo "error: make bitstream for $name, KERNEL=$KERNEL, cannot run here:" >&2
	printf '  - %s\n' "${missing[@]}" >&2
	echo "hint: make xclbin CARD=$CARD makes one for emulation, which needs none of these" >&2
	exit 2
fi
[ -z "${CHECK_ONLY:-}" ] || exit 0

# ---- kernel ----
folder=$B/bitstreams; mkdir -p "$folder"; folder=$(realpath "$folder")
MKXCLBIN=$(realpath "$MKXCLBIN")
work=$folder/tmp/$name-$KERNEL-$SIZE; rm -rf "$work"; mkdir -p "$work"
rows=${SIZE%x*} cols=${SIZE#*x}
"$MKXCLBIN" recipe --card "$CARD" --recipe "$recipe" --units "$CUS" >"$work/link.cfg"
units=$(sed -n 's/^nk=vn_cu:\([0-9]*\):.*/\1/p' "$work/link.cfg")
mhz=$(sed -n 's/^kernel_frequency=//p' "$work/link.cfg")
xo=$work/vn_cu.xo

step() { # name command...: in the work folder, quietly; on failure the end of its log
	local name=$1 log=$work/$1.log; shift
	echo "$name: ${1##*/} (log: $log)"
	(cd "$work" && "$@") >"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	echo "error: $name: ${1##*/} failed" >&2
	echo "hint: see $log" >&2
	exit 1
}

package_rtl() {
	local top=$work/vn_cu_kernel.v packages modules
	"$here/wrapper.sh" "$root/rtl/vn_cu.sv" "R=$rows" "C=$cols" ARRAY_FLAVOUR=0 $PARAMS >"$top"
	"$MKXCLBIN" kernel >"$work/kernel.xml"
	packages=("$root"/rtl/gen/vn_spec_pkg.sv "$root"/rtl/*_pkg.sv)
	# The array in C is for simulation only.
	mapfile -t modules < <(find "$root/rtl" -maxdepth 1 -name '*.sv' ! -name '*_pkg.sv' ! -name '*_dpi.sv' | LC_ALL=C sort)
	constant() { sed -n "s/.* $1 = \([0-9]*\);.*/\1/p" "$root/rtl/vn_cu_pkg.sv"; }
	step package "$VIVADO" -mode batch -nojournal -log vivado.log -source "$here/package_xo.tcl" \
		-tclargs "$xo" "$part" "$work/kernel.xml" "$work/package" "$(constant OUTSTANDING)" "$(constant BURST)" "${packages[@]}" "${modules[@]}" "$top"
}

compile_hls() {
	local defines=("-DVN_R=$rows" "-DVN_C=$cols") sources p
	for p in $PARAMS; do defines+=("-DVN_$p"); done
	mapfile -t sources < <(find "$root/hls" -maxdepth 1 -name 'vn_*.c' | LC_ALL=C sort)
	if [ "$(printf '%s\n' 2023.2 "$version" | sort -V | head -n 1)" = 2023.2 ]; then # the unified command (UG1399)
		{
			echo "part=$part"
			echo "[hls]"
			echo "flow_target=vitis"
			echo "clock=$(awk "BEGIN { printf \"%.3f\", 1000 / $mhz }")"
			echo "syn.top=vn_cu"
			printf 'syn.file=%s\n' "${sources[@]}"
			echo "syn.cflags=-I$root ${defines[*]}"
			echo "package.output.format=xo"
			echo "package.output.file=$xo"
		} >"$work/hls.cfg"
		step compile "$VPP" -c --mode hls --config hls.cfg --work_dir hls
	else
		step compile "$VPP" -c -t hw --platform "$xpfm" -k vn_cu --hls.clock "${mhz}000000:vn_cu" --temp_dir hls --save-temps \
			"-I$root" "${defines[@]}" -o "$xo" "${sources[@]}"
	fi
}

if [ "$KERNEL" = rtl ]; then package_rtl; else compile_hls; fi
[ -f "$xo" ] || { echo "error: $xo was not written" >&2; exit 1; }

# ---- link, manifest ----
out=$folder/vn_cu-$CARD-$SIZE-x$units-$KERNEL.hw.xclbin
strategy=() # UG1393, "Using the -vivado and -advanced Options"
[ -z "$STRATEGY" ] || strategy=(--vivado.prop "run.impl_1.strategy=$STRATEGY")
step link "$VPP" -l -t hw --platform "$xpfm" --config link.cfg "${strategy[@]}" --temp_dir link --save-temps -o "$out" "$xo"

# v++ lowers a clock that it misses, and succeeds.
entry=(add --size "$SIZE" --params "$PARAMS" --made-from "$KERNEL" --out "$out")
"$MKXCLBIN" "${entry[@]}" --least-mhz "$mhz" && exit 0
if [ -z "$ALLOW_SLOW_CLOCK" ]; then
	printf 'hint: another STRATEGY=, fewer CUS=, or ALLOW_SLOW_CLOCK=1; to take this file as it is: %s %s\n' "$MKXCLBIN" "${entry[*]@Q}" >&2
	exit 1
fi
echo "warning: taken with the clock that it has, as ALLOW_SLOW_CLOCK says" >&2
"$MKXCLBIN" "${entry[@]}"
