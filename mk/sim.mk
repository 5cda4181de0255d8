# SPDX-License-Identifier: Apache-2.0
# The compute unit of rtl/ under Verilator: plug-ins build/sim/libvn_rtl_RxC[_VARIANT].so for the back end rtl:.
# Include it before mk/test.mk, which needs HELPERS_sim.
HAVE_VERILATOR ?= $(shell command -v verilator)
RTL_SIZES := 8x8 16x16 32x32 32x64
SIZE ?= 8x8
# RTL_FLAVOUR: the array as 0 DSP48E2 with their model, 1 flat RTL, 2 DPI
RTL_FLAVOUR ?= 1
# RTL_PARAMS: other parameters of the compute unit, as in "ACT_WORDS=2048 MAX_KTILES=3"; choose another SIM as well
RTL_PARAMS ?=
SIM := $(B)/sim
RTL_PKG := rtl/gen/vn_spec_pkg.sv $(wildcard rtl/*_pkg.sv)
RTL_SV := $(RTL_PKG) $(filter-out $(RTL_PKG),$(wildcard rtl/*.sv))
# What only simulation has: the model of a cell, and the array in C behind DPI.
RTL_CELLS := $(wildcard rtl/sim/*.sv)
RTL_DPI := $(patsubst %.c,$(B)/%.o,$(wildcard rtl/sim/*.c))
# Of each flavour of the array: verilator's arguments, sources or objects among them
RTL_FLAVOUR_0 := $(RTL_CELLS)
RTL_FLAVOUR_1 :=
RTL_FLAVOUR_2 := -DVN_DPI $(RTL_DPI:%=$(CURDIR)/%)

VERILATE := verilator --cc --exe --top-module vn_cu --prefix Vvn_cu -DVN_SIM -Irtl -Irtl/gen -O3 --x-assign fast --x-initial fast --assert \
            --unroll-count 4096 --unroll-stmts 10000000 -Wno-lint -Wno-style -Wno-SYMRSVDWORD
SIM_OBJ := $(B)/sim/vn_axi_mem.o $(B)/sim/vn_axi_check.o
SIM_CPP := $(wildcard sim/*.cpp)
SIM_DEPS := sim/runtime.sh $(SIM_CPP) $(wildcard sim/*.h) $(SIM_OBJ)
SIM_OPT = -O3 -march=$(MARCH)
SIM_CXX = -I$(CURDIR) -std=c++17 -fPIC -fvisibility=hidden -fno-gnu-unique -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL -include $(CURDIR)/sim/vn_print.h
# In a sanitizer's build the program brings the runtime that the C objects call.
SIM_LD = -shared -Wl,-Bsymbolic $(if $(SANITIZED),,-Wl,--no-undefined) -Wl,--version-script=plugin.map

# $(call check_size,SIZE): refuse what cannot be built, and other parameters in the usual folder
check_size = tools/check_config.sh size '$(1)' '$(RTL_PARAMS)' $(if $(filter file,$(origin SIM)),$(SIM))
# $(call sim_translate,FOLDER,SIZE,FLAVOUR,VARIANT,ARGUMENTS): SystemVerilog to C++, and a makefile
define sim_translate
	$(Q)$(call check_size,$(2))
	@echo "VERILATE $(notdir $(1))"
	$(Q)mkdir -p $(1)
	$(Q)echo '{ global: vn_sim_plugin; local: *; };' > $(1)/plugin.map
	$(Q)$(VERILATE) --Mdir $(1) -o plugin.so -GR=$(word 1,$(subst x, ,$(2))) -GC=$(word 2,$(subst x, ,$(2))) \
	  -GARRAY_FLAVOUR=$(3) $(addprefix -G,$(RTL_PARAMS)) -CFLAGS '$(SIM_CXX) -DVN_VARIANT=\"$(4)\" $(addprefix -DVN_,$(RTL_PARAMS)) \
	  -DVN_R=$(word 1,$(subst x, ,$(2))) -DVN_C=$(word 2,$(subst x, ,$(2)))' -LDFLAGS '$(SIM_LD)' \
	  $(5) $(abspath $(SIM_CPP) $(SIM_OBJ)) > $(1)/verilator.log 2>&1 || { cat $(1)/verilator.log >&2; exit 1; }
	$(Q)touch $(1)/stamp
endef
# $(call sim_compile,FOLDER,PLUG-IN,MORE FLAGS); a make of its own that takes nothing of this one's.
# Plug-ins without coverage, waveforms or MORE FLAGS share Verilator's runtime.
define sim_compile
	@echo "CXX $(2)"
	$(Q)rm -f $(1)/plugin.so # Vvn_cu.mk does not know that it depends on SIM_OBJ
	$(Q)runtime=; $(if $(3),,grep -Eq 'verilated_(cov|fst|vcd)' $(1)/Vvn_cu_classes.mk || \
	  runtime="VM_GLOBAL_FAST= VM_GLOBAL_SLOW= LIBS=$$(CXX='$(CXX)' sim/runtime.sh $(SIM)/verilated.a $(SIM_CXX) $(SIM_OPT))"; )\
	  env -u MAKEFLAGS -u MFLAGS $(MAKE) -s -C $(1) -f Vvn_cu.mk OPT_FAST='$(SIM_OPT) $(3)' OPT_SLOW='-O0 $(3)' \
	  OPT_GLOBAL='$(SIM_OPT) $(3)' LINK='$$(CXX) $(3)' $$runtime plugin.so > $(1)/build.log 2>&1 || { cat $(1)/build.log >&2; exit 1; }
	$(Q)mkdir -p $(dir $(2))
	$(Q)cp $(1)/plugin.so $(2).new && mv $(2).new $(2)
endef

# $(eval $(call sim_variant,VARIANT,FLAVOUR,VERILATOR ARGUMENTS)): build/sim/libvn_rtl_%_VARIANT.so
define sim_variant
$(SIM)/%$(1:%=_%)/stamp: $(RTL_SV) $(RTL_CELLS) mk/sim.mk | $(SIM_OBJ) $(RTL_DPI)
	$$(call sim_translate,$$(@D),$$*,$(2),$(1),$(3) $(RTL_SV) $$(RTL_FLAVOUR_$(2)))
$(SIM)/libvn_rtl_%$(1:%=_%).so: $(SIM)/%$(1:%=_%)/stamp $(SIM_DEPS) $(RTL_DPI)
	$$(call sim_compile,$$(<D),$$@)
.PRECIOUS: $(SIM)/%$(1:%=_%)/stamp
endef
# The assertions in rtl/ cost a sixth of the speed (docs/simulation.md): in the plug-ins that are built to look inside.
$(eval $(call sim_variant,assert,$(RTL_FLAVOUR),-DVN_ASSERT))
$(eval $(call sim_variant,fst,$(RTL_FLAVOUR),-DVN_ASSERT --trace-fst))
$(eval $(call sim_variant,cov,$(RTL_FLAVOUR),-DVN_ASSERT --coverage --coverage-max-width 64))
# Coverage counts every bit: buses of more than 64 are left out, and optimising takes longer than a run.
%_cov.so: SIM_OPT = -O1 -march=$(MARCH)
$(eval $(call sim_variant,dsp,0))
$(eval $(call sim_variant,dpi,2))
$(eval $(call sim_variant,,$(RTL_FLAVOUR)))
.PRECIOUS: $(B)/tests/sim/fake/%/stamp

##@ The compute unit in SystemVerilog
.PHONY: sim sim-assert sim-fst sim-cov sim-dsp sim-dpi sim-pgo lint-rtl
sim: $(RTL_SIZES:%=$(SIM)/libvn_rtl_%.so) ## simulated compute units for rtl:, all sizes; `make sim-16x16` is one
sim-assert: $(SIM)/libvn_rtl_$(SIZE)_assert.so ## one whose assertions are on, as in SIZE=8x8 (tests/random)
sim-fst: $(SIM)/libvn_rtl_$(SIZE)_fst.so ## one that writes waveforms (rtl:;trace=FILE.fst), as in SIZE=8x8
sim-cov: $(SIM)/libvn_rtl_$(SIZE)_cov.so ## one that measures coverage (rtl:;coverage=FILE)
sim-dsp: $(SIM)/libvn_rtl_$(SIZE)_dsp.so ## one whose array is DSP48E2 cells
sim-dpi: $(SIM)/libvn_rtl_$(SIZE)_dpi.so ## one whose array is C++, the fastest
sim-%: $(SIM)/libvn_rtl_%.so
	$(Q)$(call check_size,$(firstword $(subst _, ,$*)))

# Built with profiling, run, built again by what was measured.
PGO_RUN ?= $(B)/vanillin verify $(B)/zoo/fashion-$(SIZE).vnx --devices ref:,rtl: --images 1
sim-pgo: $(SIM_DEPS) $(B)/vanillin $(B)/zoo/fashion-$(SIZE).vnx ## rebuild one with gcc's profile of a run
	$(call sim_translate,$(SIM)/$(SIZE)_pgo,$(SIZE),$(RTL_FLAVOUR),,$(RTL_SV) $(RTL_FLAVOUR_$(RTL_FLAVOUR)))
	$(Q)rm -f $(SIM)/$(SIZE)_pgo/*.o $(SIM)/$(SIZE)_pgo/*.a $(SIM)/$(SIZE)_pgo/*.gcda
	$(call sim_compile,$(SIM)/$(SIZE)_pgo,$(SIM)/$(SIZE)_pgo/train/libvn_rtl_$(SIZE).so,-fprofile-generate -fprofile-update=single)
	$(Q)VANILLIN_RTL_DIR=$(SIM)/$(SIZE)_pgo/train $(PGO_RUN)
	$(Q)rm -f $(SIM)/$(SIZE)_pgo/*.o $(SIM)/$(SIZE)_pgo/*.a
	$(call sim_compile,$(SIM)/$(SIZE)_pgo,$(SIM)/libvn_rtl_$(SIZE).so,-fprofile-use -fprofile-correction -Wno-missing-profile)

# yosys, about 15 minutes.  vn_psum_add first: what yosys gives the carry chain depends on the order of reading.
RTL_REPORT_SV = $(RTL_PKG) rtl/vn_psum_add.sv $(filter-out $(RTL_PKG) rtl/vn_psum_add.sv %_dpi.sv,$(RTL_SV))
.PHONY: rtl-report rtl-coverage rtl-timing sweep
sweep: $(B)/sweep ## predicted cycles and resources of other compute units: docs/sweep.md
	$(Q)tools/sweep.py --sweep $(B)/sweep --out docs/sweep.md --units spec/units.def

ARGS ?= --check
rtl-timing: ## modules of rtl/ against their timing budgets; ARGS='--module vn_post' or --unit: docs/timing.md
	$(Q)VN_TIMING_CACHE=$(B)/timing tools/rtl_timing.py $(ARGS)

rtl-report: ## what the default compute unit takes of an UltraScale+ device: docs/rtl-report.md
	$(Q)tools/rtl_report.py $(RTL_REPORT_SV) --param R=32 --param C=64 --param ARRAY_FLAVOUR=0 --work $(B)/rtl-report --out docs/rtl-report.md

# Random programs and faults, and real images, on the smallest size.
rtl-coverage: sim-cov $(B)/tests/random/test_random_rtl $(B)/tests/random/test_control_rtl $(B)/zoo/fashion-8x8.vnx ## line and toggle coverage of rtl/: docs/rtl-coverage.md
	$(Q)mkdir -p $(B)/coverage && rm -f $(B)/coverage/*
	$(Q)COVERAGE=$(B)/coverage/random.dat B=$(B) PROGRAMS=20 $(B)/tests/random/test_random_rtl > $(B)/coverage/random.log
	$(Q)COVERAGE=$(B)/coverage/control.dat B=$(B) $(B)/tests/random/test_control_rtl > $(B)/coverage/control.log
	$(Q)$(B)/vanillin verify $(B)/zoo/fashion-8x8.vnx --devices 'ref:,rtl:;stall=20;coverage=$(B)/coverage/verify.dat' --data $(DATA) --images 2
	$(Q)for e in program:read weights:read input:read output:write status:write; do \
	  $(B)/vanillin run $(B)/zoo/fashion-8x8.vnx $(DATA)/t10k-images-idx3-ubyte.gz:0 --device "rtl:;error=$$e:slverr:1;coverage=$(B)/coverage/error-$$e.dat" > /dev/null 2>&1; done; true
	$(Q)tools/rtl_coverage.py $(B)/coverage/*.dat* --out docs/rtl-coverage.md --missing

##@ Quality
RTL_WALL := -Wall -Wno-DECLFILENAME -Wno-UNUSEDSIGNAL -Wno-UNUSEDPARAM -Wno-PINCONNECTEMPTY -Wno-SYMRSVDWORD
# hierarchy -chparam of yosys 0.23 trips over modules that it processes twice; chparam -set does not.
# yosys knows no DPI, DSP48E2 as a black box, and takes minutes over the flat array.
YOSYS_SV := $(filter-out %_dpi.sv %_flat.sv,$(RTL_SV))
lint-rtl: ## Verilator's and yosys' reading of rtl/
	$(Q)for f in 0 1 2; do verilator --lint-only $(RTL_WALL) -Irtl --top-module vn_cu -GARRAY_FLAVOUR=$$f -GR=16 -GC=16 -DVN_DPI -DVN_ASSERT \
	  --unroll-count 4096 --unroll-stmts 10000000 $(RTL_SV) $(RTL_CELLS) || exit 1; done
	$(Q)mkdir -p $(SIM)
	$(Q)yosys -q -l $(SIM)/yosys.log -p "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v" -p "read_verilog -sv $(YOSYS_SV)" \
	  -p "chparam -set R 16 -set C 16 -set ARRAY_FLAVOUR 0 vn_cu; hierarchy -check -top vn_cu; proc; check" > /dev/null 2>&1 || { tail -n 3 $(SIM)/yosys.log; exit 1; }
	$(Q)! grep -E 'implicitly declared|no driver|conflicting drivers' $(SIM)/yosys.log

# ---- tests/sim ----
HELPERS_sim := $(SIM_OBJ) $(B)/tests/program/tiny.o $(B)/tests/program/tiny_program.o
FAKE := $(B)/tests/sim/fake
FAKE_ARGS_fst := --trace-fst
FAKE_ARGS_cov := --coverage
$(FAKE)/%/stamp: rtl/gen/vn_spec_pkg.sv tests/sim/fake_cu.sv mk/sim.mk | $(SIM_OBJ)
	$(call sim_translate,$(@D),8x8,1,$(filter-out plain,$*),$(FAKE_ARGS_$*) rtl/gen/vn_spec_pkg.sv tests/sim/fake_cu.sv)
$(FAKE)/libvn_rtl_8x8.so: $(FAKE)/plain/stamp $(SIM_DEPS)
	$(call sim_compile,$(<D),$@)
$(FAKE)/libvn_rtl_8x8_%.so: $(FAKE)/%/stamp $(SIM_DEPS)
	$(call sim_compile,$(<D),$@)
.PHONY: sim-fake
sim-fake: $(FAKE)/libvn_rtl_8x8.so $(FAKE)/libvn_rtl_8x8_fst.so $(FAKE)/libvn_rtl_8x8_cov.so
ifneq ($(if $(SANITIZED),,$(HAVE_VERILATOR)),)
$(B)/tests/sim/test_sim $(B)/tests/sim/test_backend_rtl: | sim-fake
$(B)/tests/random/test_random_rtl $(B)/tests/random/test_control_rtl: | $(SIM)/libvn_rtl_8x8_assert.so
endif
