# SPDX-License-Identifier: Apache-2.0
# What the tests of xrt: need: a library with XRT's names, whose cards are in the process, and an .xclbin for it to load.
MOCK := $(B)/tests/xrt/mock
HELPERS_xrt := $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o $(B)/tests/driver/common.o $(B)/tests/driver/one_run.o \
               $(B)/tests/bitstreams/sample.o $(B)/tests/driver/inherit.o

$(MOCK)/lib/libxrt_coreutil.so.2: $(B)/tests/xrt/mock/mock_xrt.o $(B)/libvanillin.a
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -shared -Wl,--no-undefined -Wl,--exclude-libs,ALL -o $@ $^ $(LIB_LIBS)
	$(Q)touch $(@D)/libxrt_core.so.2 $(@D)/libxrt_noop.so.2
# Two compute units; what would simulate them is never started.
$(MOCK)/manifest.json: $(MKXCLBIN) $(SIM)/libvn_rtl_8x8.so bitstreams/emulation.sh
	$(Q)MKXCLBIN=$(MKXCLBIN) VN_DEVICE=/bin/true bitstreams/emulation.sh u50 $(SIM)/libvn_rtl_8x8.so 2 $(MOCK)
ifeq ($(SANITIZED),)
$(B)/tests/xrt/test_calls: | $(MOCK)/lib/libxrt_coreutil.so.2 $(if $(HAVE_VERILATOR),$(MOCK)/manifest.json)
endif
