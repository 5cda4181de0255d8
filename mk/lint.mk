# SPDX-License-Identifier: Apache-2.0
# Static checks and generated files.
C_DIRS := base cpu driver model host hls sim emulation/device emulation/launcher emulation/preload rtl/sim tools bitstreams/mkxclbin examples
C_TIDY := $(foreach d,$(C_DIRS),$(wildcard $(d)/*.c))
C_ALL := $(C_TIDY) $(foreach d,$(C_DIRS),$(wildcard $(d)/*.h)) $(wildcard include/*.h spec/*.h sim/*.cpp tests/*/*.[ch] tests/*/*/*.[ch] tests/*/*.cpp tests/*/*/*.cpp)

# Texts and data, which the LICENSE of the whole covers.
NO_LICENCE := \.(md|json|jsonl|onnx|gold|bin)$$|^(LICENSE|\.gitignore)$$|^tests/rtl/mutants/

##@ Quality
.PHONY: lint format gen check-gen
lint: $(PB).h $(DEVICE_PB).h check-gen ## clang-format, clang-tidy, the HLS subset, generated files, licences
	$(Q)! git ls-files 2>/dev/null | grep -Ev '$(NO_LICENCE)' | xargs -r grep -L 'SPDX-License-Identifier: Apache-2.0' | sed 's/$$/: its first lines want SPDX-License-Identifier/' | grep .
	$(Q)clang-format --dry-run -Werror $(C_ALL)
	$(Q)printf '%s\n' $(C_TIDY) | \
	  xargs -P "$$(nproc)" -n 1 sh -c 'clang-tidy --quiet "$$0" -- $(STD) $(INC) 2>/dev/null'
	$(Q)tests/hls/test_subset.sh
	$(Q)$(MAKE) --no-print-directory -s lint-slang

# A second reader of SystemVerilog: pyslang, of PYTHON or of a virtual environment that lint-venv makes.
# As synthesis and simulation see rtl/, in each flavour of the array; 8x8 has one group of lanes, 16x32 two.
VENV := $(B)/venv
SLANG = $(if $(wildcard $(VENV)/bin/python),$(VENV)/bin/python,$(PYTHON)) tools/lint_slang.py --top vn_cu
.PHONY: lint-slang lint-venv
lint-slang: ## pyslang's reading of rtl/, where it is installed
	$(Q)$(firstword $(SLANG)) -c 'import pyslang.driver' 2> /dev/null || { echo "SKIP part: pyslang: not installed (make lint-venv)"; exit 0; }; \
	  for size in "8 8" "16 32"; do for f in 0 1 2; do for defines in "-DVN_DPI -DVN_ASSERT" -DSYNTHESIS; do set -- $$size; \
	    [ $$f = 0 ] || [ "$$defines" != -DSYNTHESIS ] || continue; \
	    $(SLANG) -GARRAY_FLAVOUR=$$f -GR=$$1 -GC=$$2 $$defines $(RTL_SV) $(RTL_CELLS) || exit 1; done; done; done

lint-venv: ## install pyslang into build/venv
	$(Q)$(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install -q -r tools/lint-requirements.txt

format: ## the only target that edits your files
	$(Q)clang-format -i $(C_ALL)

$(B)/gen_spec: tools/gen_spec.c $(wildcard spec/*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) $(INC) $< -o $@

gen: $(B)/gen_spec $(MKXCLBIN) ## regenerate rtl/gen/vn_spec_pkg.sv and docs/contract.md from spec/, docs/cards.md from the list of cards
	$(Q)mkdir -p rtl/gen
	$(Q)$(B)/gen_spec sv > rtl/gen/vn_spec_pkg.sv
	$(Q)$(B)/gen_spec md > docs/contract.md
	$(Q)$(MKXCLBIN) cards --recipes bitstreams > docs/cards.md

check-gen: $(B)/gen_spec $(MKXCLBIN)
	$(Q)diff -u rtl/gen/vn_spec_pkg.sv <($(B)/gen_spec sv) && diff -u docs/contract.md <($(B)/gen_spec md) && \
	  diff -u docs/cards.md <($(MKXCLBIN) cards --recipes bitstreams) || \
	  { echo "hint: generated files differ from spec/ or bitstreams/; run: make gen"; exit 1; }
