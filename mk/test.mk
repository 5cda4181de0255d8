# SPDX-License-Identifier: Apache-2.0
# Every tests/<dir>/test_*.c is one program, linked with the dir's other .c files.  tools/tests.sh finds them and the scripts
# tests/<dir>/test_*.sh, *.py; tools/runtests.sh runs them: docs/testing.md.
TEST_DIRS := $(filter-out fuzz,$(notdir $(patsubst %/,%,$(sort $(dir $(wildcard tests/*/test_*.c))))))
TEST_BIN :=
define test_dir
TEST_BIN += $(patsubst tests/$(1)/%.c,$(B)/tests/$(1)/%,$(wildcard tests/$(1)/test_*.c))
$(B)/tests/$(1)/test_%: $(B)/tests/$(1)/test_%.o $(patsubst %.c,$(B)/%.o,$(filter-out tests/$(1)/test_%,$(wildcard tests/$(1)/*.c))) \
                        $(HELPERS_$(1)) $(B)/libvanillin.a
	$$(Q)$$(CC) $$(CFLAGS) $$(LINK_$(1)) -o $$@ $$^ -lcmocka $$(HOST_LIBS)
endef
# A compute unit of hls/ with buffers so small that everything must be cut to fit.
SMALL := -DVN_R=8 -DVN_C=16 -DVN_ACT_WORDS=2048 -DVN_MID_SLOTS=2048 -DVN_PSUM_ENTRIES=128 -DVN_MAX_KTILES=3
$(B)/hls-small/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC $< (small)"
	$(Q)$(CCACHE) $(CC) $(ALL_CFLAGS) $(CFLAGS) $(SMALL) -c $< -o $@
HELPERS_random := $(HLS_KERNEL:%.c=$(B)/hls-small/%.o)
HELPERS_vectors := $(B)/tests/random/execute.o
HELPERS_driver := $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
HELPERS_cpu := $(B)/tests/model/golden.o
HELPERS_memory := $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
# Its own functions in the place of the C library's: they can fail.
LINK_memory := $(foreach f,malloc calloc realloc aligned_alloc posix_memalign strdup free,-Wl,--wrap=$(f))
HELPERS_ocl := $(HELPERS_driver) $(B)/tests/driver/common.o $(B)/tests/driver/one_run.o $(B)/tests/bitstreams/sample.o
HELPERS_host := $(filter-out $(B)/host/main.o,$(HOST_OBJ))
$(foreach d,$(TEST_DIRS),$(eval $(call test_dir,$(d))))
.PRECIOUS: $(B)/%.o $(B)/hls-small/%.o

FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SRC := $(filter-out hls/host_table.c,$(filter-out driver/backend_hls.c,$(LIB_SRC)))
$(B)/fuzz/%: tests/fuzz/%.c $(wildcard base/*.[ch] model/*.[ch] driver/*.[ch]) $(PB).c
	@mkdir -p $(@D)
	@echo "FUZZ $@"
	$(Q)$(CLANG) $(STD) $(INC) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  $< $(wildcard base/*.c) $(wildcard driver/xclbin*.c) $(wildcard tests/program/tiny*.c) tests/bitstreams/sample.c \
	  $(wildcard model/*.c) $(PB).c $(LIB_LIBS) -o $@

# What scripts need built, by subject or by test (programs name theirs as prerequisites, above and in other files of mk/).  Where
# Verilator or clang is absent, so are these, and the tests say that they are skipped.
HAVE_CLANG ?= $(shell command -v $(CLANG))
sims = $(if $(HAVE_VERILATOR),$(patsubst %,$(SIM)/libvn_rtl_%.so,$(1)))
xclbins = $(if $(HAVE_VERILATOR),$(1:%=$(XCLBINS)/vn_cu-%-8x8-x1.hw_emu.xclbin))
VANILLIN := $(B)/vanillin $(XRTFIX)
CARD_NEEDS := $(VANILLIN) $(MKXCLBIN) $(DEVICE) $(call sims,8x8)
NEEDS_bitstreams := $(MKXCLBIN)
NEEDS_bitstreams/emulation_file := $(call sims,8x8)
NEEDS_bitstreams/leftovers := $(call sims,8x8) $(addprefix $(B)/tests/,bitstreams/test_xclbin_file bitstreams/test_xclbin_find ocl/test_backend_ocl)
NEEDS_device/mutants := $(call sims,8x8) $(patsubst %.c,$(B)/%,$(wildcard tests/device/test_*.c))
NEEDS_emulate := $(CARD_NEEDS) $(EMULATE_PROGRAMS)
NEEDS_emulate/card := $(call xclbins,u50)
NEEDS_emulate/devices := $(call xclbins,u50 u250)
NEEDS_emulate/doctor := $(call xclbins,u50)
NEEDS_emulate/preload := $(call xclbins,u50)
NEEDS_fuzz/vnx := $(ZOO)
NEEDS_host := $(B)/vanillin
NEEDS_host/predict := $(B)/sweep
NEEDS_install := build
NEEDS_model/onnx_forms := $(B)/vanillin
NEEDS_ocl/emulated := $(CARD_NEEDS) $(EXAMPLES) $(ZOO)
NEEDS_ocl/mutants := $(filter $(B)/tests/ocl/%,$(TEST_BIN))
NEEDS_program/mutants := $(addprefix $(B)/tests/program/,test_predict test_program test_program_refuse test_variants)
NEEDS_quantise := $(B)/vanillin
NEEDS_random/control_rtl := $(call sims,8x8)
NEEDS_random/random_rtl := $(call sims,$(RTL_SIZES))
NEEDS_sim/verify := $(VANILLIN) $(ZOO) $(call sims,$(RTL_SIZES))
NEEDS_spec := $(B)/gen_spec
NEEDS_system/cards := $(CARD_NEEDS) $(ZOO) $(call sims,32x64)
NEEDS_system/network := $(VANILLIN) $(ZOO)
NEEDS_system/overlap := $(CARD_NEEDS) $(ZOO) $(call sims,16x16)
NEEDS_system/rtl := $(VANILLIN) $(ZOO) $(call sims,$(RTL_SIZES) 8x8_dsp 8x8_dpi)
# Sanitizers look at programs alone: what these load is that of the plain build.
SANITIZER_NEEDS := $(CARD_NEEDS) $(MOCK)/lib/libxrt_coreutil.so.2 $(if $(HAVE_VERILATOR),sim-fake $(MOCK)/manifest.json)
NEEDS_system/asan := $(SANITIZER_NEEDS) $(call sims,8x8_assert)
NEEDS_system/tsan := $(SANITIZER_NEEDS)
NEEDS_system/msan := $(SANITIZER_NEEDS)
NEEDS_system/sweep := $(B)/sweep
NEEDS_system/utilisation := $(VANILLIN) $(call sims,32x64)
NEEDS_xrt/emulated := $(CARD_NEEDS) $(EXAMPLES) $(ZOO)
NEEDS_xrt/mutants := $(B)/tests/xrt/test_calls

# $(call needs,NAME): the program of that name, and the above
needs = $(filter $(B)/tests/$(subst /,/test_,$(1)),$(TEST_BIN)) $(NEEDS_$(firstword $(subst /, ,$(1)))) $(NEEDS_$(1)) \
        $(if $(HAVE_CLANG),$(filter $(B)/fuzz/fuzz_$(1:fuzz/%=%),$(FUZZ)))
# Largest first: they take longest.
LARGE := $(SIM)/libvn_rtl_32x64.so $(SIM)/libvn_rtl_32x32.so
TEST_NEEDS = $(sort $(foreach n,$(NAMES),$(call needs,$(n))))

LONG ?= 0
# J: lanes of `make test`      T, SHARD, RERUN, LIST: which tests
J ?= $(shell nproc)
T ?=
SHARD ?=
RERUN ?= 0
LIST ?= 0
RUN_TESTS := B=$(B) SEED=$(SEED) LONG=$(LONG) PYTHON=$(PYTHON) DATA=$(DATA) J=$(J)
.PHONY: test-build tests-built
tests-built: $(TEST_BIN)
test-build: $(filter $(TEST_NEEDS),$(LARGE)) $(TEST_NEEDS)
	@:
