# vn_device, the process that stands for a card under XRT's hw_emu: build/sim/vn_device.
DEVICE := $(SIM)/vn_device
DEVICE_PB := $(B)/gen/sim/device/xrt_emulation.pb-c
DEVICE_SRC := $(wildcard sim/device/*.c)
DEVICE_OBJ := $(DEVICE_SRC:%.c=$(B)/%.o)
DEVICE_LIBS := -lprotobuf-c -ljansson -lpthread -ldl

$(DEVICE_PB).c: sim/device/xrt_emulation.proto
	@mkdir -p $(B)/gen
	$(Q)protoc-c --c_out=$(B)/gen $<
$(DEVICE_PB).h: $(DEVICE_PB).c ;
$(DEVICE_PB).o: $(DEVICE_PB).c
	@echo "CC $<"
	$(Q)$(CCACHE) $(CC) $(STD) $(INC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@
$(DEVICE_OBJ): | $(DEVICE_PB).h
$(DEVICE): $(DEVICE_OBJ) $(DEVICE_PB).o $(B)/base/error.o
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEVICE_LIBS)

.PHONY: device
device: $(DEVICE) ## the device process for emulation under XRT

# ---- tests/device ----
HELPERS_device := $(filter-out $(B)/sim/device/main.o,$(DEVICE_OBJ)) $(DEVICE_PB).o $(B)/tests/random/execute.o \
                  $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
# They start the program; the plug-ins are those of the plain build.
$(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c)): | $(DEVICE)
ifeq ($(findstring -fsanitize,$(CFLAGS)),)
ifneq ($(HAVE_VERILATOR),)
$(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c)): | $(SIM)/libvn_rtl_8x8.so sim-fake
endif
endif
# Hostile messages are judged by sanitizers in any build.
HOSTILE_SRC := tests/device/test_hostile.c tests/device/message.c $(filter-out sim/device/main.c,$(DEVICE_SRC)) base/error.c
$(B)/tests/device/test_hostile: $(HOSTILE_SRC) $(DEVICE_PB).c tests/device/message.h $(wildcard sim/device/*.h) | $(PB).h
	@mkdir -p $(@D)
	@echo "CC $@"
	$(Q)$(CC) $(STD) $(WARN) $(INC) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -pthread -o $@ \
	  $(filter %.c,$^) -lcmocka $(DEVICE_LIBS)
