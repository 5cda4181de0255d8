# SPDX-License-Identifier: Apache-2.0
# Every target that a person may type carries a "## " line; `make` prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# Knobs (a comment on the same line would leave blanks in the value):
# compilers; PYTHON: Debian's, which has torch
CC ?= gcc
CLANG ?= clang
PYTHON ?= /usr/bin/python3
# MARCH: instruction set to build for; native is fastest on this machine, x86-64-v2 runs nearly everywhere
MARCH ?= native
CFLAGS ?= -O3 -g
# PREFIX, DESTDIR: where `make install` puts things
PREFIX ?= /usr/local
# DATA: the Fashion-MNIST folder        SEED: of the random tests
DATA ?= /usr/share/datasets/fashion-mnist
SEED ?= 1
# V=1 shows commands
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

B := build
VERSION := $(shell sed -n 's/.*VN_VERSION "\(.*\)".*/\1/p' include/vanillin.h)

include mk/packages.mk
include mk/build.mk
include mk/sim.mk
include mk/bitstreams.mk
include mk/emulation.mk
include mk/examples.mk
include mk/xrt.mk
include mk/test.mk
include mk/lint.mk

##@ Everyday
help: ## print this list
	@awk 'BEGIN{FS=":.*## "} /^##@/{printf "\n%s\n",substr($$0,5)} \
	  /^[a-z][a-z0-9_-]*:.*## /{printf "  %-12s %s\n",$$1,$$2}' $(MAKEFILE_LIST)

run: packages ## the main job: 10,000 real images on hls:, some on rtl: and through XRT, checked against ref:
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) build sim-16x16 device examples $(B)/mkxclbin
	$(Q)$(MAKE) --no-print-directory xclbin CARD=u50 SIZE=16x16 CUS=1
	$(Q)DATA=$(DATA) tools/run.sh

test: ## everything that proves it works; T=rtl/dw or SHARD=2/4 choose, RERUN=1 LIST=1 LONG=1 SEED= J=: docs/testing.md
	$(Q)names=$$(B=$(B) T='$(T)' RERUN=$(RERUN) SHARD=$(SHARD) PYTHON=$(PYTHON) tools/tests.sh choose) || exit 1; \
	  if [ $(LIST) = 1 ]; then printf '%s\n' $$names; exit; fi; \
	  $(MAKE) --no-print-directory packages-test && $(MAKE) --no-print-directory -j$(J) test-build NAMES="$$(echo $$names)" && \
	  $(RUN_TESTS) tools/runtests.sh $$names

test-long: ## the long campaigns: an hour of each fuzzer, thousands of random programs
	$(Q)$(MAKE) --no-print-directory test LONG=1

# What building needs is told without building; the rest is told by the program.
doctor: ## say which packages, shells and cards are here, and what their absence costs
	$(Q)for p in $(CC) protoc-c; do command -v $$p > /dev/null || { echo "absent  $$p: nothing can be built (make run installs it)"; exit 1; }; done
	$(Q)mkdir -p $(B) && $(MAKE) --no-print-directory -s build > $(B)/doctor.log 2>&1 || { tail -n 5 $(B)/doctor.log; echo "hint: make run installs what building needs"; exit 1; }
	$(Q)$(B)/vanillin doctor

clean: ## remove build/
	$(Q)rm -rf $(B)

.PHONY: help run test test-long doctor clean
.DELETE_ON_ERROR:
