# XRT's hardware emulation: the library that is preloaded into XRT programs.
XRTFIX := $(B)/sim/libvn_xrtfix.so
# Never with a sanitizer: programs of any kind load it.
$(XRTFIX): sim/xrt_fix.c sim/xrt_fault.c sim/xrt_fault.h
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(STD) $(WARN) -I. -O2 -g -fPIC -fvisibility=hidden -pthread -shared -Wl,--no-undefined -o $@ $(filter %.c,$^)
build: $(XRTFIX)
