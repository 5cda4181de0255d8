# SPDX-License-Identifier: Apache-2.0
# What `make run` and `make test` need, from Debian's packages.  tools/packages.sh lists what is missing, then installs it.
# PKG_MORE: where one of these cannot be had, what needs it is skipped, and said.
PKG_RUN := gcc make libc6-dev protobuf-c-compiler libprotobuf-c-dev libpng-dev libjpeg-dev zlib1g-dev libjansson-dev \
           dataset-fashion-mnist g++ verilator libdnnl-dev libxrt1 libxrt-dev uuid-dev ocl-icd-opencl-dev zip unzip
PKG_TEST := $(PKG_RUN) libcmocka-dev cmake python3 pkgconf
PKG_MORE := ccache clang libclang-rt-14-dev clang-format clang-tidy python3-torch python3-onnx libopenblas0-pthread yosys z3

.PHONY: packages packages-test
packages:
	$(Q)tools/packages.sh $(PKG_RUN)
packages-test:
	$(Q)tools/packages.sh $(PKG_TEST)
	$(Q)tools/packages.sh $(PKG_MORE) || echo "note: tests that need these packages are skipped"
