# SPDX-License-Identifier: Apache-2.0
# How the library and the program are built.  Objects go to build/, beside nothing of the sources.
STD := -std=c11 -D_POSIX_C_SOURCE=200809L
# An object that was compiled before comes from ccache's store, where there is one; CCACHE= does without.
ifeq ($(origin CCACHE),undefined)
CCACHE := $(if $(findstring ccache,$(CC)),,$(and $(shell command -v ccache),ccache))
endif
export OBJCACHE ?= $(CCACHE)
# Sanitizers make gcc warn of what it can no longer prove; their build sets WERROR=
WERROR ?= -Werror
WARN := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes
# Not empty in the build of a sanitizer, whose tests use the plug-ins of the plain one.
SANITIZED := $(findstring -fsanitize,$(CFLAGS))
# Headers of XRT, whose libraries are looked up at run time.
XRT_INC ?= $(if $(wildcard /opt/xilinx/xrt/include/xrt/xrt_bo.h),/opt/xilinx/xrt/include,/usr/include/xrt)
# Headers of oneDNN 2, whose library is looked up at run time; without them all is built but the device cpu:.
DNNL_INC ?= /usr/include
HAVE_DNNL := $(shell grep -qs 'DNNL_VERSION_MAJOR 2' $(DNNL_INC)/oneapi/dnnl/dnnl_version.h && echo 1)
CPU_SRC := $(if $(HAVE_DNNL),$(filter-out cpu/absent.c,$(wildcard cpu/*.c)),cpu/absent.c)
INC := -I. -I$(B)/gen -isystem $(XRT_INC) $(if $(filter-out /usr/include,$(DNNL_INC)),-isystem $(DNNL_INC))
override ALL_CFLAGS := $(STD) $(WARN) $(INC) -march=$(MARCH) -fPIC -fvisibility=hidden -pthread -MMD -MP

PB := $(B)/gen/model/onnx.pb-c
HLS_SIZES := $(shell sed -n 's/^VN_HLS_SIZE(\([0-9]*\), *\([0-9]*\)).*/\1x\2/p' hls/sizes.def 2>/dev/null)
HLS_KERNEL := $(filter-out hls/host_table.c,$(wildcard hls/*.c))

LIB_SRC := $(wildcard base/*.c) $(CPU_SRC) $(wildcard driver/*.c) $(wildcard model/*.c) $(wildcard hls/host_table.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(PB).o \
           $(foreach s,$(HLS_SIZES),$(HLS_KERNEL:%.c=$(B)/hls-$(s)/%.o))
HOST_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard host/*.c emulation/launcher/*.c))
LIB_LIBS := -lprotobuf-c -ljansson -lz -lm -lpthread -ldl
HOST_LIBS := -lpng -ljpeg $(LIB_LIBS)

ZOO := $(B)/zoo/fashion-8x8.vnx $(B)/zoo/fashion-16x16.vnx $(B)/zoo/fashion-32x32.vnx $(B)/zoo/fashion-32x64.vnx

.PHONY: build
build: $(B)/vanillin libraries

$(PB).c: model/onnx.proto
	@mkdir -p $(B)/gen
	$(Q)protoc-c --c_out=$(B)/gen $<
$(PB).h: $(PB).c ;
$(PB).o: $(PB).c
	@echo "CC $<"
	$(Q)$(CCACHE) $(CC) $(STD) $(INC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@

$(B)/%.o: %.c | $(PB).h
	@mkdir -p $(@D)
	@echo "CC $<"
	$(Q)$(CCACHE) $(CC) $(ALL_CFLAGS) $(CFLAGS) -c $< -o $@

# The kernel once per size: build/hls-16x16/hls/vn_array.o
define hls_size
$(B)/hls-$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@echo "CC $$< ($(1))"
	$$(Q)$$(CCACHE) $$(CC) $$(ALL_CFLAGS) $$(CFLAGS) -DVN_R=$(firstword $(subst x, ,$(1))) -DVN_C=$(lastword $(subst x, ,$(1))) -c $$< -o $$@
endef
$(foreach s,$(HLS_SIZES),$(eval $(call hls_size,$(s))))

# All of both libraries, for the program and the tests, which look inside.
$(B)/libvanillin.a: $(LIB_OBJ)
	@echo "AR $@"
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/vanillin: $(HOST_OBJ) $(B)/libvanillin.a
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS)

# Predictions of compute units that are only wished for.
$(B)/sweep: $(B)/tools/sweep.o $(B)/libvanillin.a
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIB_LIBS)

# The libraries as others get them: build/lib*.so, build/lib/*.a.  A map names what one exports, and the linker takes from all objects what
# that needs.  Its archive is one object that shows the same names only, so both can be linked into one program although
# they share code.
LIBS := vanillin vanillin-compile
LIBS_vanillin := -ljansson -lz -lm -lpthread -ldl
LIBS_vanillin-compile := -lprotobuf-c -ljansson -lz -lm -lpthread
ABOUT_vanillin := int8 inference of VanillaNet on compute units
ABOUT_vanillin-compile := compiler of VanillaNet for the compute units of libvanillin

# $(eval $(call library,NAME))
define library
$(B)/lib/$(1).names: mk/$(1).map
	@mkdir -p $$(@D)
	$$(Q)grep -o '\<vn_[a-z_]*;' $$< | tr -d ';' > $$@
$(B)/lib$(1).so: $(B)/libvanillin.a mk/$(1).map $(B)/lib/$(1).names
	@echo "LD $$@"
	$$(Q)$$(CC) -shared -Wl,-soname,lib$(1).so.0 -Wl,--no-undefined -Wl,--as-needed -Wl,--version-script=mk/$(1).map -o $$@ \
	  $$$$(sed 's/^/-Wl,-u,/' $(B)/lib/$(1).names) $$< $$(LIBS_$(1))
$(B)/lib/lib$(1).a: $(B)/libvanillin.a $(B)/lib/$(1).names
	@echo "AR $$@"
	$$(Q)ld -r --force-group-allocation -o $(B)/lib/$(1).o $$$$(sed 's/^/-u /' $(B)/lib/$(1).names) $$<
	$$(Q)objcopy --keep-global-symbols=$(B)/lib/$(1).names $(B)/lib/$(1).o
	$$(Q)rm -f $$@ && ar rcs $$@ $(B)/lib/$(1).o
libraries: $(B)/lib$(1).so $(B)/lib/lib$(1).a
endef
.PHONY: libraries
$(foreach l,$(LIBS),$(eval $(call library,$(l))))

.PHONY: zoo
zoo: $(ZOO)
$(B)/zoo/fashion-%.vnx: model/zoo/fashion.onnx $(B)/vanillin
	@mkdir -p $(@D)
	@echo "COMPILE $@"
	$(Q)$(B)/vanillin compile $< --calib $(DATA)/train-images-idx3-ubyte.gz --target $* -o $@ >/dev/null

# $(call install_library,NAME)
define install_library
	$(Q)install -m 755 $(B)/lib$(1).so $(DESTDIR)$(PREFIX)/lib/lib$(1).so.0
	$(Q)ln -sf lib$(1).so.0 $(DESTDIR)$(PREFIX)/lib/lib$(1).so
	$(Q)install -m 644 $(B)/lib/lib$(1).a $(DESTDIR)$(PREFIX)/lib/
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@NAME@|$(1)|; s|@ABOUT@|$(ABOUT_$(1))|; s|@LIBS@|$(LIBS_$(1))|' library.pc.in > \
	  $(DESTDIR)$(PREFIX)/lib/pkgconfig/$(1).pc
endef

##@ Installing
.PHONY: install
install: build ## libraries, headers, program, man page and what was built for simulation under PREFIX (default /usr/local)
	$(Q)install -d $(DESTDIR)$(PREFIX)/{bin,lib/pkgconfig,lib/vanillin,include,share/man/man1}
	$(Q)install -m 755 $(B)/vanillin $(DESTDIR)$(PREFIX)/bin/
	$(call install_library,vanillin)
	$(call install_library,vanillin-compile)
	$(Q)install -m 644 include/*.h $(DESTDIR)$(PREFIX)/include/
	$(Q)install -m 644 docs/vanillin.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	$(Q)install -m 755 tools/bench_also.py $(DESTDIR)$(PREFIX)/lib/vanillin/
	$(Q)for f in $(SIM)/libvn_*.so $(XCLBINS)/*.xclbin $(XCLBINS)/manifest.json; do [ ! -e $$f ] || install -m 644 $$f $(DESTDIR)$(PREFIX)/lib/vanillin/; done

-include $(shell find $(B) -name '*.d' 2>/dev/null)
