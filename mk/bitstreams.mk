# .xclbin files: bitstreams/README.md.  CARD, SIZE (of mk/sim.mk), CUS (0: as many as the card's recipe has).
CARD ?= u50
CUS ?= 0
MKXCLBIN := $(B)/mkxclbin
XCLBINS := $(B)/bitstreams
# The device process that an hw_emu file holds
VN_DEVICE ?= $(SIM)/vn_device

$(MKXCLBIN): $(patsubst %.c,$(B)/%.o,$(wildcard bitstreams/mkxclbin/*.c)) $(B)/libvanillin.a
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS)

##@ Bitstreams
.PHONY: xclbin
xclbin: $(MKXCLBIN) $(VN_DEVICE) $(SIM)/libvn_rtl_$(SIZE).so ## the .xclbin for XRT's hw_emu, as in CARD=u50 SIZE=16x16 CUS=1
	$(Q)MKXCLBIN=$(MKXCLBIN) VN_DEVICE=$(VN_DEVICE) bitstreams/emulation.sh $(CARD) $(SIM)/libvn_rtl_$(SIZE).so $(CUS) $(XCLBINS)
