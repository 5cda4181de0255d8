#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# xrt: through real XRT on emulated cards: answers, several units and cards, and faults, each of which must give one clear sentence
# within its deadline and leave the next run working.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/cards.sh
need "$B/examples/xrt_classify"
make_xclbin 1 "$T/one"
make_xclbin 2 "$T/two"
ONE=$T/one/vn_cu-u50-8x8-x1.hw_emu.xclbin
export VANILLIN_XCLBIN_DIR=$T/one

# ---- answers ----
check "one image" 0 run xrt:0
says "one image: its class" out "$BOOT"
check "example" 0 limited "$VANILLIN" emulate -- "$B"/examples/xrt_classify "$ONE" "$NET" "$IMAGE"
says "example: its class" out "$BOOT"
check "verify" 0 limited "$VANILLIN" verify "$NET" --devices ref:,xrt:0 --images 3 --data "$DATA" --emulate
says "verify: no mismatch" out "verify: .* mismatches=0"
check "verify, streamed, one of two units" 0 env VANILLIN_XCLBIN_DIR="$T/two" timeout -k 5 60 \
	"$VANILLIN" verify "$NET" --devices 'ref:,xrt:0;cus=1' --images 2 --weights stream --emulate
says "verify, streamed: no mismatch" out "verify: .* mismatches=0"
check "two cards of two units" 0 env VANILLIN_XCLBIN_DIR="$T/two" timeout -k 5 60 \
	"$VANILLIN" eval "$NET" --data "$DATA" --images 8 --device xrt:0+1 --emulate
check "a card of a higher number" 0 run xrt:2
# On a card XRT schedules in the kernel and in threads of its own; the launcher's way is in the program.
cat >"$T/kds.sh" <<'S'
sed 's/^kds=false/kds=true/' "$XRT_INI_PATH" >"$EMCONFIG_PATH/kds.ini" && XRT_INI_PATH=$EMCONFIG_PATH/kds.ini exec "$@"
S
check "XRT's other scheduler" 0 limited "$VANILLIN" emulate -- sh "$T/kds.sh" "$VANILLIN" run "$NET" "$IMAGE" --device xrt:0
says "XRT's other scheduler: class" out "$BOOT"

# ---- the compute unit hangs ----
HANGS='xrt:0.*kernel vn_cu, compute unit vn_cu_1: not done after [0-9]+ ms; register CTRL at 0x00: 0x00000001'
VANILLIN_CARD="hang=vn_cu_1:2" fault "hang in the self-test" 5 "$HANGS" run "xrt:0;timeout_ms=1000"
VANILLIN_CARD="hang=vn_cu_1:2" fault "hang in a batch" 5 "$HANGS" run "xrt:0;timeout_ms=1000;selftest=0"
VANILLIN_CARD="hang=vn_cu_1:1" fault "hang when asked what it is" 8 "$HANGS" run xrt:0

# ---- the card dies ----
VANILLIN_CARD="die=60" fault "the card dies" 5 "the emulated card's process ended" run xrt:0

# ---- card memory fails ----
VANILLIN_CARD="error=read:slverr:3" fault "a read fails" 5 'descriptor .*card memory answered a transfer with an error' \
	run "xrt:0;selftest=0"
# The status block of the first start is the first write; of the others the registers tell.
VANILLIN_CARD="error=write:decerr:1" fault "a status block fails" 5 'could not write its status block: card memory' run xrt:0
VANILLIN_CARD="error=write:slverr:3" fault "a write fails" 5 'card memory answered a transfer with an error' run "xrt:0;selftest=0"
check "the next run" 0 run xrt:0

# ---- wrong files ----
head -c 20000 "$ONE" >"$T/short.xclbin"
fault "a truncated file" 5 'short.xclbin' run "xrt:0;xclbin=$T/short.xclbin"
cp "$NET" "$T/no.xclbin"
fault "no .xclbin" 5 'no.xclbin' run "xrt:0;xclbin=$T/no.xclbin"
fault "a file of another size" 5 '8x8 .*16x16' \
	limited "$VANILLIN" run "$OTHER" "$IMAGE" --device "xrt:0;xclbin=$ONE" --emulate
fault "no file of the size" 5 'no .xclbin for xilinx_u50.* 16x16' limited "$VANILLIN" run "$OTHER" "$IMAGE" --device xrt:0 --emulate
fault "a file of another card" 5 'is for u50.*xilinx_u200' run "xrt:0;xclbin=$ONE" --card xilinx_u200_gen3x16_xdma_2_202110_1
cp -r "$T/one" "$T/uuid" && sed -i 's/"uuid": *"[0-9a-f]\{4\}/"uuid": "dead/' "$T/uuid/manifest.json"
VANILLIN_XCLBIN_DIR=$T/uuid fault "another UUID than the manifest's" 5 'UUID|uuid' run xrt:0
fault "more units than there are" 5 'cus: 3' run "xrt:0;cus=3"

# ---- XRT as it is found ----
plain() { # [NAME=VALUE...]: xrt:0 without a launcher
	limited env "$@" "$VANILLIN" run "$NET" "$IMAGE" --device xrt:0
}
fault "no environment" 2 'XILINX_XRT is not set' plain -u XILINX_XRT
fault "a wrong environment" 2 'XILINX_XRT is /usr, but there is no /usr/lib/libxrt_core.so.2' plain XILINX_XRT=/usr
mkdir "$T/xrt" && ln -s $LIBS "$T/xrt/lib"
fault "no card" 5 'xrt:0: no such card' plain XILINX_XRT="$T/xrt"
fault "another kind of emulation" 2 'XCL_EMULATION_MODE is sw_emu' plain XILINX_XRT="$T/xrt" XCL_EMULATION_MODE=sw_emu
fault "no emconfig.json" 2 'emconfig.json' plain XILINX_XRT="$T/xrt" XCL_EMULATION_MODE=hw_emu USER=me EMCONFIG_PATH="$T"
# A library that cannot be loaded stands for one that is not there.
mkdir "$T/none" && : >"$T/none/libxrt_coreutil.so.2"
fault "no XRT" 2 'XRT is not installed' plain LD_LIBRARY_PATH="$T/none" XILINX_XRT="$T"
check "no XRT: other devices work" 0 env LD_LIBRARY_PATH="$T/none" "$VANILLIN" run "$NET" "$IMAGE" --device rtl:
says "no XRT: rtl: answers" out "$BOOT"

# ---- two programs at once have a card each ----
run xrt:0 >"$T/first" 2>&1 &
run xrt:0 >"$T/second" 2>&1
wait $!
for f in first second; do
	if grep -Eqx "$BOOT" "$T/$f"; then pass "$f of two"; else failed "$f of two" "$(head -c 300 "$T/$f")"; fi
done

# ---- the example ----
if grep -il emu examples/*; then failed "example" "knows of emulation"; else pass "example knows of no emulation"; fi
check "example without its file" 1 limited "$VANILLIN" emulate -- "$B"/examples/xrt_classify "$T/no.xclbin" "$NET" "$IMAGE"
check "example without arguments" 2 "$B"/examples/xrt_classify
finish
