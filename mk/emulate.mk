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
EMULATE_PROGRAMS := $(patsubst tests/emulate/programs/%.c,$(B)/tests/emulate/%,$(wildcard tests/emulate/programs/*.c))
$(B)/tests/emulate/%: tests/emulate/programs/%.c
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -O2 -I/usr/include/xrt $< -o $@ -lxrt_coreutil
ifneq ($(wildcard /usr/include/xrt/experimental/xrt_device.h),)
test-all: $(EMULATE_PROGRAMS)
endif
