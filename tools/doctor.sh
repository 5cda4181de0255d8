#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# doctor.sh - which tools and packages are here, and what an absence costs.  Never fails.
have() { # what test cost
	if eval "$2" >/dev/null 2>&1; then echo "ok      $1"; else echo "absent  $1: $3"; fi
}
pkg() { have "$1" "dpkg-query -W -f '\${Status}' $1 | grep -q 'ok installed'" "$2"; }
have gcc "command -v gcc" "nothing can be built"
pkg protobuf-c-compiler "nothing can be built (make run installs it)"
pkg libprotobuf-c-dev "nothing can be built (make run installs it)"
pkg libpng-dev "nothing can be built (make run installs it)"
pkg libjpeg-dev "nothing can be built (make run installs it)"
pkg libjansson-dev "nothing can be built (make run installs it)"
pkg dataset-fashion-mnist "no images for make run"
pkg libcmocka-dev "make test cannot build the tests"
have clang "command -v clang" "no fuzzing, no check of the HLS subset"
have clang-tidy "command -v clang-tidy" "make lint is incomplete"
have torch "/usr/bin/python3 -c 'import torch'" "no training; the train tests are skipped"
have vitis_hls "command -v vitis_hls" "the HLS kernel is run by gcc only; no bitstream"
have v++ "command -v v++" "no bitstream"
have "card" "ls /dev/dri/renderD*" "no run on hardware"
