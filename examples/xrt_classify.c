/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_classify.c - classify a picture on an Alveo card, in plain XRT (native C API).
 *
 *     xrt_classify VN_CU.xclbin NET.vnx PICTURE
 *
 * The .xclbin puts the compute unit vn_cu onto card 0 (`make xclbin`, `make bitstream`); the .vnx
 * is a network compiled for that unit's size (`vanillin compile`); the picture is a PNG or JPEG, or
 * image N of an IDX file, "images.idx:N".
 *
 * Real programs let libvanillin do this (include/vanillin.h): it keeps several units busy, overlaps
 * transfers with computing, checks what is loaded, and gives up on a start that never ends.
 */
#include <stdio.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "examples/classify.h"

/* A buffer in the memory bank that argument @argument is connected to, with @contents, if any. */
static xrtBufferHandle make_buffer(xrtDeviceHandle card, xrtKernelHandle kernel, int argument,
                                   const void *contents, size_t size)
{
	const int bank = xrtKernelArgGroupId(kernel, argument);
	xrtBufferHandle buffer;

	if (bank < 0)
		stop("xrtKernelArgGroupId", "the kernel has no such argument");
	buffer = xrtBOAlloc(card, size, XRT_BO_FLAGS_NONE, (xrtMemoryGroup)bank);
	if (!buffer)
		stop("xrtBOAlloc", "no memory on the card");
	if (contents && (xrtBOWrite(buffer, contents, size, 0) ||
	                 xrtBOSync(buffer, XCL_BO_SYNC_BO_TO_DEVICE, size, 0)))
		stop("xrtBOSync", "the transfer to the card failed");
	return buffer;
}

/* What the card has in @buffer; valid until the buffer is freed. */
static const void *fetch(xrtBufferHandle buffer)
{
	const void *host = xrtBOMap(buffer);

	if (!host || xrtBOSync(buffer, XCL_BO_SYNC_BO_FROM_DEVICE, xrtBOSize(buffer), 0))
		stop("xrtBOSync", "the transfer from the card failed");
	return host;
}

/* Compute one image: the kernel's arguments are those of spec/cu.def, in order. */
static void compute(xrtDeviceHandle card, xrtKernelHandle kernel, const struct classify *c)
{
	const xrtBufferHandle program = make_buffer(card, kernel, VN_ARG_PROGRAM, c->descriptors,
	                                            c->descriptors_size),
	                      weights = make_buffer(card, kernel, VN_ARG_WEIGHTS, c->weights,
	                                            c->weights_size),
	                      input = make_buffer(card, kernel, VN_ARG_INPUT, c->input,
	                                          c->input_size),
	                      output = make_buffer(card, kernel, VN_ARG_OUTPUT, NULL,
	                                           c->output_size),
	                      scratch = make_buffer(card, kernel, VN_ARG_SCRATCH, NULL,
	                                            c->scratch_size),
	                      status = make_buffer(card, kernel, VN_ARG_STATUS, NULL,
	                                           VN_STATUS_WORDS * sizeof(uint32_t)),
	                      buffers[] = {program, weights, input, output, scratch, status};
	const uint32_t images = 1;
	xrtRunHandle run = xrtKernelRun(kernel, program, c->first, c->count, images, weights, input,
	                                output, scratch, status);

	if (!run || xrtRunWait(run) != ERT_CMD_STATE_COMPLETED)
		stop("xrtRunWait", "the compute unit did not complete");
	classify_print(c, fetch(status), fetch(output));

	xrtRunClose(run);
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		xrtBOFree(buffers[i]);
}

int main(int argc, char **argv)
{
	struct classify c;
	xrtDeviceHandle card;
	xrtKernelHandle kernel;
	xuid_t uuid;

	if (argc != 4) {
		fprintf(stderr, "usage: xrt_classify VN_CU.xclbin NET.vnx PICTURE\n");
		return 2;
	}
	classify_read(argv[2], argv[3], &c);

	card = xrtDeviceOpen(0);
	if (!card)
		stop("xrtDeviceOpen", "there is no card 0");
	if (xrtDeviceLoadXclbinFile(card, argv[1]) || xrtDeviceGetXclbinUUID(card, uuid))
		stop(argv[1], "XRT does not load it");
	kernel = xrtPLKernelOpen(card, uuid, "vn_cu:{vn_cu_1}");
	if (!kernel)
		stop(argv[1], "it has no compute unit vn_cu_1");
	compute(card, kernel, &c);

	xrtKernelClose(kernel);
	xrtDeviceClose(card);
	classify_free(&c);
	return 0;
}
