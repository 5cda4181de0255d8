# SPDX-License-Identifier: Apache-2.0
# .xclbin files: bitstreams/README.md.  CARD (the first of the list), SIZE (of mk/sim.mk), CUS (0: as many as the card's recipe has).
CARDS := $(shell awk -F '[^A-Za-z0-9_]' '$$1 == "VN_CARD" { print $$2 }' spec/cards.def)
CARD ?= $(firstword $(CARDS))
CUS ?= 0
# Of `make bitstream`: the platform (else CARD's default), rtl or hls, whether a link may miss its clock.  STRATEGY: bitstreams/build.sh.  RTL_PARAMS: mk/sim.mk
PLATFORM ?=
KERNEL ?= rtl
ALLOW_SLOW_CLOCK ?=
MKXCLBIN := $(B)/mkxclbin
XCLBINS := $(B)/bitstreams
# The device process that an hw_emu file holds
VN_DEVICE ?= $(SIM)/vn_device

$(MKXCLBIN): $(patsubst %.c,$(B)/%.o,$(wildcard bitstreams/mkxclbin/*.c)) $(B)/libvanillin.a
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS)

##@ Bitstreams
.PHONY: xclbin bitstream check-xclbin check-bitstream
# First, so that a wrong wish is refused before anything is built for it.
check-xclbin:
	$(Q)tools/check_config.sh card '$(CARD)' '$(CUS)' && $(call check_size,$(SIZE))
xclbin: check-xclbin $(MKXCLBIN) $(VN_DEVICE) $(SIM)/libvn_rtl_$(SIZE).so ## the .xclbin for XRT's hw_emu, as in CARD=u50 SIZE=16x16 CUS=1
	$(Q)MKXCLBIN=$(MKXCLBIN) VN_DEVICE=$(VN_DEVICE) bitstreams/emulation.sh $(CARD) $(SIM)/libvn_rtl_$(SIZE).so $(CUS) $(XCLBINS)

$(XCLBINS)/vn_cu-%-8x8-x1.hw_emu.xclbin: $(MKXCLBIN) $(VN_DEVICE) $(SIM)/libvn_rtl_8x8.so bitstreams/emulation.sh bitstreams/%.cfg
	@echo "XCLBIN $@"
	$(Q)MKXCLBIN=$(MKXCLBIN) VN_DEVICE=$(VN_DEVICE) bitstreams/emulation.sh $* $(SIM)/libvn_rtl_8x8.so 1 $(XCLBINS) > /dev/null

# A PLATFORM names its card; the default SIZE of simulations is not what a card wants.
BUILD = PLATFORM='$(PLATFORM)' CARD='$(if $(PLATFORM),$(if $(filter file,$(origin CARD)),,$(CARD)),$(CARD))' KERNEL='$(KERNEL)' \
        SIZE='$(if $(filter file,$(origin SIZE)),32x64,$(SIZE))' PARAMS='$(RTL_PARAMS)' CUS='$(CUS)' ALLOW_SLOW_CLOCK='$(ALLOW_SLOW_CLOCK)' $(if $(filter undefined,$(origin STRATEGY)),,STRATEGY='$(STRATEGY)' )B=$(B) MKXCLBIN=$(MKXCLBIN) bitstreams/build.sh
check-bitstream:
	$(Q)CHECK_ONLY=1 $(BUILD)
bitstream: check-bitstream $(MKXCLBIN) ## the .xclbin for a card, by Vivado and v++: CARD=u50 or PLATFORM=..., KERNEL=rtl|hls, SIZE=32x64
	$(Q)$(BUILD)
