# SPDX-License-Identifier: Apache-2.0
# XRT's hardware emulation.  emulation/launcher/ is part of the program (mk/build.mk).

# emulation/device/: vn_device, the process that stands for a card
DEVICE := $(SIM)/vn_device
DEVICE_PB := $(B)/gen/emulation/device/xrt_emulation.pb-c
DEVICE_SRC := $(wildcard emulation/device/*.c)
DEVICE_OBJ := $(DEVICE_SRC:%.c=$(B)/%.o)
DEVICE_LIBS := -lprotobuf-c -ljansson -lpthread -ldl

$(DEVICE_PB).c: emulation/device/xrt_emulation.proto
	@mkdir -p $(B)/gen
	$(Q)protoc-c --c_out=$(B)/gen $<
$(DEVICE_PB).h: $(DEVICE_PB).c ;
$(DEVICE_PB).o: $(DEVICE_PB).c
	@echo "CC $<"
	$(Q)$(CCACHE) $(CC) $(STD) $(INC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@
$(DEVICE_OBJ): | $(DEVICE_PB).h
$(DEVICE): $(DEVICE_OBJ) $(DEVICE_PB).o $(B)/base/error.o $(B)/base/escape.o
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEVICE_LIBS)

.PHONY: device
device: $(DEVICE) ## the device process for emulation under XRT

# emulation/preload/: the library that is loaded beside XRT programs
XRTFIX := $(B)/sim/libvn_xrtfix.so
# Never with a sanitizer: programs of any kind load it.
$(XRTFIX): emulation/preload/xrt_fix.c emulation/preload/xrt_fault.c emulation/preload/xrt_fault.h
	@mkdir -p $(@D)
	@echo "LD $@"
	$(Q)$(CC) $(STD) $(WARN) -I. -O2 -g -fPIC -fvisibility=hidden -pthread -shared -Wl,--no-undefined -o $@ $(filter %.c,$^)
build: $(XRTFIX)

# ---- tests/device ----
HELPERS_device := $(filter-out $(B)/emulation/device/main.o,$(DEVICE_OBJ)) $(DEVICE_PB).o $(B)/tests/random/execute.o \
                  $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
# They start the program; the plug-ins are those of the plain build.
$(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c)): | $(DEVICE)
ifeq ($(SANITIZED),)
ifneq ($(HAVE_VERILATOR),)
$(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c)): | $(SIM)/libvn_rtl_8x8.so sim-fake
endif
endif
# Hostile messages are judged by sanitizers in any build.
HOSTILE_SRC := tests/device/test_hostile.c tests/device/message.c $(filter-out emulation/device/main.c,$(DEVICE_SRC)) base/error.c base/escape.c
$(B)/tests/device/test_hostile: $(HOSTILE_SRC) $(DEVICE_PB).c tests/device/message.h $(wildcard emulation/device/*.h) | $(PB).h
	@mkdir -p $(@D)
	@echo "CC $@"
	$(Q)$(CC) $(STD) $(WARN) $(INC) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -pthread -o $@ \
	  $(filter %.c,$^) -lcmocka $(DEVICE_LIBS)

# ---- tests/emulate ----
HELPERS_emulate := $(B)/emulation/preload/xrt_fault.o
EMULATE_CC = $(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -I. -O2
# What uses XRT as its own examples do is C++.
EMULATE_CXX = $(CXX) -std=c++17 -Wall -Wextra $(WERROR) -I. -O2
# Whose calls must come from it, and not be jumps.
EMULATE_SHIM := $(B)/tests/emulate/shim/libxrt_hwemu.so.2
$(EMULATE_SHIM): tests/emulate/shim/libxrt_hwemu.c tests/emulate/shim/shim.h
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) -fno-optimize-sibling-calls -fPIC -shared -Wl,-z,now -Wl,-soname,$(@F) $< -o $@
$(B)/tests/emulate/call_shim: tests/emulate/programs/call_shim.c $(EMULATE_SHIM)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) $^ -o $@ -Wl,-rpath,'$$ORIGIN/shim'
EMULATE_SCHEDULER := $(B)/tests/emulate/shim/libxrt_coreutil.so.2
$(EMULATE_SCHEDULER): tests/emulate/shim/libxrt_coreutil.cpp tests/emulate/shim/waiters.h
	@mkdir -p $(@D)
	@echo "CXX $<"
	$(Q)$(EMULATE_CXX) -fno-optimize-sibling-calls -fPIC -shared -Wl,-soname,$(@F) $< -o $@ -pthread
$(B)/tests/emulate/call_scheduler: tests/emulate/programs/call_scheduler.cpp $(EMULATE_SCHEDULER) tests/emulate/shim/waiters.h
	@echo "CXX $<"
	$(Q)$(EMULATE_CXX) $(filter-out %.h,$^) -o $@ -pthread -Wl,-rpath,'$$ORIGIN/shim'
$(B)/tests/emulate/hold_card: tests/emulate/programs/hold_card.c
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(EMULATE_CC) -I/usr/include/xrt $< -o $@ -lxrt_coreutil
EMULATE_CARD_CXX := $(addprefix $(B)/tests/emulate/,share_card die_with_card)
$(EMULATE_CARD_CXX): $(B)/tests/emulate/%: tests/emulate/programs/%.cpp $(wildcard spec/*.h spec/*.def)
	@mkdir -p $(@D)
	@echo "CXX $<"
	$(Q)$(EMULATE_CXX) -isystem /usr/include/xrt $< -o $@ -lxrt_coreutil -luuid -pthread
EMULATE_PROGRAMS := $(if $(filter x86_64,$(shell uname -m)),$(B)/tests/emulate/call_shim) $(B)/tests/emulate/call_scheduler \
                    $(if $(wildcard /usr/include/xrt/experimental/xrt_device.h),$(B)/tests/emulate/hold_card $(EMULATE_CARD_CXX))
