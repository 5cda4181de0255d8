# SPDX-License-Identifier: Apache-2.0
# Plain programs for a card, which link with XRT and OpenCL as any other would: build/examples/
EXAMPLES := $(patsubst examples/%.c,$(B)/examples/%,$(wildcard examples/*_classify.c))
LIBS_xrt := -lxrt_coreutil
LIBS_ocl := -lOpenCL

$(B)/examples/%_classify: $(B)/examples/%_classify.o $(B)/examples/classify.o $(filter-out $(B)/host/main.o,$(HOST_OBJ)) $(B)/libvanillin.a
	@echo "LD $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS_$*) $(HOST_LIBS)

.PHONY: examples
examples: $(EXAMPLES) ## plain XRT and OpenCL programs that classify an image on a card
