# XRT's hardware emulation: the library that is preloaded into XRT programs, and what its tests need.
XRTFIX := $(B)/sim/libvn_xrtfix.so
# Never with a sanitizer: programs of any kind load it.
$(XRTFIX): sim/xrt_fix.c sim/xrt_fault.c sim/xrt_fault.h
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(STD) $(WARN) -I. -O2 -g -fPIC -fvisibility=hidden -pthread -shared -Wl,--no-undefined -o $@ $(filter %.c,$^)
build: $(XRTFIX)

# ---- tests/emulate ----
HELPERS_emulate := $(B)/sim/xrt_fault.o
EMULATE_CC = $(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -I. -O2
# Whose calls must come from it, and not be jumps.
EMULATE_SHIM := $(B)/tests/emulate/shim/libxrt_hwemu.so.2
$(EMULATE_SHIM): tests/emulate/shim/libxrt_hwemu.c tests/emulate/shim/shim.h
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) -fno-optimize-sibling-calls -fPIC -shared -Wl,-z,now -Wl,-soname,$(@F) $< -o $@
$(B)/tests/emulate/call_shim: tests/emulate/programs/call_shim.c $(EMULATE_SHIM)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) $^ -o $@ -Wl,-rpath,'$$ORIGIN/shim'
$(B)/tests/emulate/hold_card: tests/emulate/programs/hold_card.c
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) -I/usr/include/xrt $< -o $@ -lxrt_coreutil
EMULATE_PROGRAMS := $(if $(filter x86_64,$(shell uname -m)),$(B)/tests/emulate/call_shim) \
                    $(if $(wildcard /usr/include/xrt/experimental/xrt_device.h),$(B)/tests/emulate/hold_card)
