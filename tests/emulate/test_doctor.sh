#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vanillin doctor: what it says of this machine, and of made-up ones.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
R=$T/root
doctor() { env VANILLIN_DOCTOR_ROOT="$R" "$VANILLIN" doctor "$@"; }

check "this machine" 0 "$VANILLIN" doctor
says "this machine: last line" out 'doctor: cards=[0-9]+ broken=[0-9]+ emulation=.*'
check "this machine in JSON" 0 "$VANILLIN" doctor --json
is_json "this machine in JSON: parses"

for p in $(sed -n '/^PKG_/,/[^\\]$/p' mk/packages.mk | sed 's/^PKG_[A-Z]* := //; s/\$([A-Z_]*)//; s/\\//'); do
	grep -q "\"what\": \"$p\"" "$T/out" || failed "mk/packages.mk" "$p is not looked for"
done
check "operands" 2 "$VANILLIN" doctor more
check "help" 0 "$VANILLIN" doctor --help

# ---- a machine without anything ----
mkdir -p "$R"
check "an empty machine" 0 doctor
says "an empty machine: packages are not known" out '  unknown gcc: nothing can be built \(apt-get install gcc\)'
says "an empty machine: cards" out '  absent  Alveo cards: no run on hardware; .*'
says "an empty machine: platforms" out '  absent  /opt/xilinx/platforms: .*'
says "an empty machine: v++" out '  absent  v\+\+: no bitstream for a card'
check "an empty machine: nothing is broken" 0 doctor --strict

# ---- packages ----
mkdir -p "$R/var/lib/dpkg"
printf 'Package: gcc\nStatus: install ok installed\n\nPackage: make\nStatus: deinstall ok config-files\n' >"$R/var/lib/dpkg/status"
check "packages" 0 doctor
says "packages: installed" out '  ok +gcc'
says "packages: removed" out '  absent  make: nothing can be built \(apt-get install make\)'
says "packages: absent" out '  absent  unzip: XRT cannot start an emulated card \(apt-get install unzip\)'

# ---- tools, platforms ----
mkdir -p "$R/tools/Xilinx/Vitis/2022.2/bin" "$R/opt/xilinx/platforms/xilinx_u50_gen3x16_xdma_5_202210_1" "$R/etc/OpenCL/vendors"
touch "$R/tools/Xilinx/Vitis/2022.2/bin/v++" "$R/etc/OpenCL/vendors/xilinx.icd"
check "tools" 0 doctor
says "tools: not in PATH" out "  absent  v\+\+: no bitstream for a card \(source $R/tools/Xilinx/Vitis/2022.2/settings64.sh\)"
says "tools: platform" out '  ok +xilinx_u50_gen3x16_xdma_5_202210_1'
says "tools: OpenCL" out '  ok +/etc/OpenCL/vendors/xilinx.icd'

# ---- cards ----
# pci ADDRESS DEVICE DRIVER|-
pci() {
	local at=$R/sys/bus/pci/devices/$1
	mkdir -p "$at"
	echo "${4:-0x10ee}" >"$at/vendor"
	echo "$2" >"$at/device"
	[ "$3" = - ] || ln -s "../../../bus/pci/drivers/$3" "$at/driver"
}
pci 0000:3b:00.0 0x5020 xclmgmt
pci 0000:3b:00.1 0x5021 xocl
mkdir -p "$R/sys/bus/pci/devices/0000:3b:00.1/drm/renderD128" "$R/sys/bus/pci/devices/0000:3b:00.1/rom.u.15728640" "$R/dev/dri"
echo xilinx_u50_gen3x16_xdma_base_5 >"$R/sys/bus/pci/devices/0000:3b:00.1/rom.u.15728640/VBNV"
touch "$R/dev/dri/renderD128"
pci 0000:01:00.0 0x5021 xocl 0x8086
check "a card" 0 doctor --strict
says "a card: management" out '  ok +u50 at 0000:3b:00.0: management function'
says "a card: user" out '  ok +u50 at 0000:3b:00.1: xilinx_u50_gen3x16_xdma_base_5, /dev/dri/renderD128'
says "a card: counted" out 'doctor: cards=1 broken=0 .*'
pci 0000:5e:00.0 0x505c -
pci 0000:5e:00.1 0x505d -
pci 0000:af:00.0 0xd004 -
check "cards that cannot be used" 0 doctor
says "no driver for management" out '  absent  u55c at 0000:5e:00.0: .*'
says "no driver for the user function" out '  broken  u55c at 0000:5e:00.1: no driver xocl serves it: .*'
says "a factory image" out '  broken  u250 at 0000:af:00.0: the card has no shell yet, .*'
says "broken ones are counted" out 'doctor: cards=1 broken=2 .*'
check "strict" 1 doctor --strict
rm "$R/dev/dri/renderD128"
check "a node that may not be opened" 0 doctor
says "a node that may not be opened: sentence" out '  broken  u50 at 0000:3b:00.1: .*; /dev/dri/renderD128 may not be opened by this user \(join the group render\)'

# ---- what is built ----
mkdir "$T/files"
check "no .xclbin" 0 env VANILLIN_XCLBIN_DIR="$T/files" "$VANILLIN" doctor
says "no .xclbin: sentence" out '  absent  .xclbin files: .*'
says "no .xclbin: not ready" out 'doctor: .* emulation=not ready: .*'
echo '{' >"$T/files/manifest.json"
check "a damaged manifest" 1 env VANILLIN_XCLBIN_DIR="$T/files" "$VANILLIN" doctor --strict
says "a damaged manifest: sentence" out '  broken  manifest.json: .*'
X=${B:-build}/bitstreams
if [ -s "$X/vn_cu-u50-8x8-x1.hw_emu.xclbin" ]; then
	cp "$X"/manifest.json "$X"/vn_cu-u50-8x8-x1.hw_emu.xclbin "$T/files"
	python3 - "$T/files/manifest.json" <<'PY'
import json, sys
m = json.load(open(sys.argv[1]))
m["files"] = [f for f in m["files"] if f["file"] == "vn_cu-u50-8x8-x1.hw_emu.xclbin"]
json.dump(m, open(sys.argv[1], "w"))
PY
	check "an .xclbin" 0 env VANILLIN_XCLBIN_DIR="$T/files" "$VANILLIN" doctor
	says "an .xclbin: what it is" out '  ok +vn_cu-u50-8x8-x1.hw_emu.xclbin: emulation of u50, 8x8, 1 compute unit, 300 MHz, by rtl'
	head -c 400 "$X/vn_cu-u50-8x8-x1.hw_emu.xclbin" >"$T/files/vn_cu-u50-8x8-x1.hw_emu.xclbin"
	check "a cut .xclbin" 1 env VANILLIN_XCLBIN_DIR="$T/files" "$VANILLIN" doctor --strict
	says "a cut .xclbin: sentence" out '  broken  vn_cu-u50-8x8-x1.hw_emu.xclbin: .*'
	rm "$T/files/vn_cu-u50-8x8-x1.hw_emu.xclbin"
	check "an .xclbin that is gone" 1 env VANILLIN_XCLBIN_DIR="$T/files" "$VANILLIN" doctor --strict
else
	skip_part "a built .xclbin" "it is not built (make xclbin CARD=u50 SIZE=8x8 CUS=1)"
fi
check "no XRT" 0 env VANILLIN_XRT_LIB="$T/files" "$VANILLIN" doctor
says "no XRT: sentence" out '  absent  libxrt_core.so.2: .*'
says "no XRT: not ready" out 'doctor: .* emulation=not ready: XRT is not installed: .*'
check "a wrong XILINX_XRT" 1 env XILINX_XRT="$T/files" "$VANILLIN" doctor --strict
says "a wrong XILINX_XRT: sentence" out '  broken  XILINX_XRT: .*'
finish
