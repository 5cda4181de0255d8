# Every tests/<dir>/test_*.c is one program, linked with the dir's other .c files.  tools/runtests.sh runs them and the
# scripts tests/<dir>/test_*.sh, *.py: exit 0 pass, 1 fail, 77 skip with a reason on the last line.
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
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS) $(SMALL) -c $< -o $@
HELPERS_random := $(HLS_KERNEL:%.c=$(B)/hls-small/%.o)
HELPERS_vectors := $(B)/tests/random/execute.o
HELPERS_driver := $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
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

LONG ?= 0
.PHONY: test-all tests-built
tests-built: $(TEST_BIN)
test-all: $(TEST_BIN) $(FUZZ) $(ZOO) check-gen
	$(Q)B=$(B) SEED=$(SEED) LONG=$(LONG) PYTHON=$(PYTHON) DATA=$(DATA) tools/runtests.sh $(TEST_BIN)
