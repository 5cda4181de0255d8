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
	$(Q)$(CC) $(STD) $(INC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@
$(DEVICE_OBJ): | $(DEVICE_PB).h
$(DEVICE): $(DEVICE_OBJ) $(DEVICE_PB).o $(B)/driver/error.o
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(DEVICE_LIBS)

# The same with sanitizers, for hostile messages.
DEVICE_ASAN := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(DEVICE)_asan: $(DEVICE_SRC) $(wildcard sim/device/*.h) $(DEVICE_PB).c driver/error.c | $(PB).h
	@echo "LD $@"
	$(Q)$(CC) $(STD) $(WARN) $(INC) $(DEVICE_ASAN) -o $@ $(filter %.c,$^) $(DEVICE_LIBS)

.PHONY: device
device: $(DEVICE) ## the device process for emulation under XRT

# ---- tests/device ----
HELPERS_device := $(filter-out $(B)/sim/device/main.o,$(DEVICE_OBJ)) $(DEVICE_PB).o $(B)/tests/random/execute.o \
                  $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
ifneq ($(shell command -v verilator),)
$(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c)): | $(DEVICE) $(SIM)/libvn_rtl_8x8.so sim-fake
endif
