#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ocl: through real XRT's OpenCL on emulated cards: answers, several units and cards, and faults, each of which must give one clear
# sentence within its deadline and leave the next run working.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
. tests/emulate/cards.sh
need "$B"/examples/ocl_classify $LIBS/libOpenCL.so.1

make_xclbin 1 "$T/one"
make_xclbin 2 "$T/two"
ONE=$T/one/vn_cu-u50-8x8-x1.hw_emu.xclbin
TWO=$T/two/vn_cu-u50-8x8-x2.hw_emu.xclbin
export VANILLIN_XCLBIN_DIR=$T/one

# ---- answers ----
check "one image" 0 run ocl:0
says "one image: its class" out "$BOOT"
check "example" 0 limited "$VANILLIN" emulate -- "$B"/examples/ocl_classify "$ONE" "$NET" "$IMAGE"
says "example: its class" out "$BOOT"
check "example on one unit of two" 0 limited "$VANILLIN" emulate -- "$B"/examples/ocl_classify "$TWO" "$NET" "$IMAGE"
check "resident, streamed, tapped" 0 limited "$VANILLIN" verify "$NET" --devices ref:,ocl:0 --images 2 --data "$DATA" --emulate
says "resident, streamed, tapped: no mismatch" out "verify: .* mismatches=0"
check "two units" 0 limited "$VANILLIN" verify "$NET" --devices "ref:,ocl:0;xclbin=$TWO" --images 4 --emulate
says "two units: no mismatch" out "verify: .* mismatches=0"
check "two cards of two units" 0 limited "$VANILLIN" emulate --devices 2 -- \
	"$VANILLIN" verify "$NET" --devices "ref:,ocl:0+1;xclbin=$TWO" --images 4
says "two cards of two units: no mismatch" out "verify: .* mismatches=0"
check "beside xrt:, a card each" 0 limited "$VANILLIN" emulate --devices 2 -- \
	"$VANILLIN" verify "$NET" --devices "ref:,xrt:0,ocl:1" --images 1
says "beside xrt: no mismatch" out "verify: .* mismatches=0"
check "XRT's own scheduler" 0 env XRTFIX_KDS=true timeout -k 5 60 "$VANILLIN" run "$NET" "$IMAGE" --device ocl:0 --emulate

# ---- the compute unit hangs ----
HANGS='ocl:0: kernel vn_cu, compute unit vn_cu_1: not done after [0-9]+ ms; .* CL_RUNNING; its register CTRL at 0x00 cannot be read'
VANILLIN_CARD="hang=vn_cu_1:1" fault "hang when asked what it is" 8 "$HANGS" run ocl:0
VANILLIN_CARD="hang=vn_cu_1:2" fault "hang in the self-test" 6 "$HANGS" run "ocl:0;timeout_ms=2000"
VANILLIN_CARD="hang=vn_cu_1:2" fault "hang in a batch" 6 "$HANGS" run "ocl:0;timeout_ms=2000;selftest=0"
hint "hang: what next" "run the command again.*xrt: "
check "after a hang" 0 run ocl:0

# ---- card memory fails ----
VANILLIN_CARD="error=read:slverr:3" fault "a read fails" 6 'descriptor .*card memory answered a transfer with an error' \
	run "ocl:0;selftest=0"
VANILLIN_CARD="error=write:decerr:1" fault "the status block is refused" 6 \
	'ocl:0: compute unit vn_cu_1 ended without a status block: card memory refused it' run ocl:0
hint "the status block: where to see it" "open the card as xrt:"

# ---- the card's process ends ----
VANILLIN_CARD="die=60" fault "the card dies" 6 "the emulated card's process ended" run ocl:0

# ---- the wrong file ----
fault "a unit of another size" 6 'has compute units of 8x8 .*the program is for 16x16' \
	limited "$VANILLIN" run "$OTHER" "$IMAGE" --device "ocl:0;xclbin=$ONE" --emulate
fault "no file fits" 6 '16x16' limited "$VANILLIN" run "$OTHER" "$IMAGE" --device ocl:0 --emulate
head -c 20000 "$ONE" >"$T/short.xclbin"
fault "a truncated file" 6 "short.xclbin: truncated" run "ocl:0;xclbin=$T/short.xclbin"
fault "no such file" 6 "none.xclbin: cannot be opened" run "ocl:0;xclbin=$T/none.xclbin"
fault "more units than there are" 6 "option cus: 3 is more than the 2 of " run "ocl:0;xclbin=$TWO;cus=3"
fault "an option that there is not" 6 "has no option 'cu'" run "ocl:0;cu=1"
fault "a card that there is not" 6 "ocl:1: no such card" limited "$VANILLIN" emulate -- "$VANILLIN" run "$NET" "$IMAGE" --device ocl:1

# ---- what ocl: needs is not here ----
alone() { limited "$VANILLIN" run "$NET" "$IMAGE" --device ocl:0; }
mkdir "$T/xrt" "$T/broken"
ln -s $LIBS "$T/xrt/lib"
: >"$T/broken/libOpenCL.so.1"
unset XILINX_XRT XCL_EMULATION_MODE
fault "no XRT in the environment" 3 "ocl: .*XILINX_XRT is not set" alone
XILINX_XRT=$T fault "no XRT where it says" 3 "ocl: XILINX_XRT is $T, but there is no " alone
XILINX_XRT=$T/xrt OCL_ICD_VENDORS=$T/none fault "no .icd file" 3 "ocl: OpenCL's loader is not told of XRT's OpenCL" alone
hint "no .icd file: what to write" "libxilinxopencl.so.2 into /etc/OpenCL/vendors/xilinx.icd"
XILINX_XRT=$T/xrt OCL_ICD_VENDORS=libxilinxopencl.so.2 fault "no card" 5 "ocl:0: no such card" alone
XILINX_XRT=$T/xrt LD_LIBRARY_PATH=$T/broken fault "no OpenCL" 3 "ocl: no OpenCL here: .*libOpenCL.so.1" alone
check "no OpenCL: the other devices work" 0 env LD_LIBRARY_PATH="$T/broken" "$VANILLIN" run "$NET" "$IMAGE" --device rtl:
finish
