# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# cards.sh - sourced by the tests of xrt: and ocl: on emulated cards, after tests/lib.sh: .xclbin files of the test's own, one
# image, faults.

B=${B:-build}
DATA=${DATA:-/usr/share/datasets/fashion-mnist}
IMAGE=$DATA/t10k-images-idx3-ubyte.gz:0
LIBS=/usr/lib/x86_64-linux-gnu
NET=$B/zoo/fashion-8x8.vnx
# shellcheck disable=SC2034 # of the tests
OTHER=$B/zoo/fashion-16x16.vnx # for units of another size
# shellcheck disable=SC2034
BOOT=".*: Ankle boot [0-9.]+"  # what the image is
export TMPDIR=$T               # of the run folders

# need FILE...: what `make build sim device examples` makes.
need() {
	local f
	[ -e $LIBS/libxrt_hwemu.so.2 ] || skip "no XRT with hardware emulation: apt-get install libxrt1"
	for f in "$B"/sim/{vn_device,libvn_xrtfix.so,libvn_rtl_8x8.so} "$B"/mkxclbin "$@"; do
		[ -e "$f" ] || skip "$f is not built: make build sim device examples"
	done
}
# make_xclbin UNITS FOLDER [SIZE]: of 8x8, for the U50.
make_xclbin() {
	MKXCLBIN=$B/mkxclbin VN_DEVICE=$B/sim/vn_device bitstreams/emulation.sh u50 "$B/sim/libvn_rtl_${3:-8x8}.so" "$1" "$2" >/dev/null
}
limited() { timeout -k 5 60 "$@"; }
# run URI [ARGUMENT...]: one image
run() {
	local uri=$1
	shift
	limited "$VANILLIN" run "$NET" "$IMAGE" --device "$uri" --emulate "$@"
}
# fault NAME SECONDS REGEX COMMAND...: exit 1 in time, with a line on stderr that matches; XRT may add lines of its own.  Nothing stays.
fault() {
	local name=$1 limit=$2 regex=$3 start=$EPOCHREALTIME
	shift 3
	check "$name" 1 "$@"
	if ! grep -Eq -- "^vanillin: .*$regex" "$T/err"; then
		failed "$name: sentence" "no '$regex' in: $(tail -c 600 "$T/err")"
	fi
	if ! awk "BEGIN{exit !($EPOCHREALTIME - $start <= $limit)}"; then
		failed "$name: in time" "took more than $limit s"
	fi
	if [ -n "$(ls -d "$T"/vanillin-emu.* 2>/dev/null)" ]; then
		failed "$name: cleaned up" "left: $(ls "$T")"
	fi
}
# hint NAME REGEX: of the last fault.
hint() {
	if grep -Eq -- "^hint: .*$2" "$T/err"; then
		pass "$1"
	else
		failed "$1" "no hint '$2' in: $(tail -c 600 "$T/err")"
	fi
}
