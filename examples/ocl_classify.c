/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_classify.c - classify a picture on an Alveo card, in plain OpenCL.
 *
 *     ocl_classify VN_CU.xclbin NET.vnx PICTURE
 *
 * The .xclbin puts the compute unit vn_cu onto the first card (`make xclbin`, `make bitstream`);
 * the .vnx is a network compiled for that unit's size (`vanillin compile`); the picture is a PNG or
 * JPEG, or image N of an IDX file, "images.idx:N".
 *
 * Real programs let libvanillin do this (include/vanillin.h): it keeps several units busy, overlaps
 * transfers with computing, checks what is loaded, and gives up on a start that never ends.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "examples/classify.h"

enum { PLATFORMS_MAX = 16 };

static void must(cl_int code, const char *what)
{
	char text[32];

	snprintf(text, sizeof(text), "OpenCL error %d", code);
	if (code != CL_SUCCESS)
		stop(what, text);
}

static cl_device_id find_card(void)
{
	cl_platform_id platforms[PLATFORMS_MAX];
	cl_device_id card;
	cl_uint n = 0;
	char name[128];

	must(clGetPlatformIDs(PLATFORMS_MAX, platforms, &n), "clGetPlatformIDs");
	for (cl_uint i = 0; i < n && i < PLATFORMS_MAX; i++) {
		must(clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL),
		     "clGetPlatformInfo");
		if (!strstr(name, "Xilinx"))
			continue;
		must(clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ACCELERATOR, 1, &card, NULL),
		     "clGetDeviceIDs");
		return card;
	}
	stop("clGetPlatformIDs", "no platform of Xilinx among them");
}

static cl_program load(cl_context context, cl_device_id card, const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes = NULL;
	const unsigned char *binary;
	cl_program program;
	size_t size = 0;
	cl_int code;

	if (file && fseek(file, 0, SEEK_END) == 0 && ftell(file) > 0) {
		size = (size_t)ftell(file);
		rewind(file);
		bytes = malloc(size);
	}
	if (!bytes || fread(bytes, 1, size, file) != size)
		stop(path, "cannot be read");
	fclose(file);
	binary = bytes;
	program = clCreateProgramWithBinary(context, 1, &card, &size, &binary, NULL, &code);
	must(code, path);
	must(clBuildProgram(program, 1, &card, "", NULL, NULL), "clBuildProgram");
	free(bytes);
	return program;
}

/* Argument @index is a buffer with a copy of @contents, or with nothing yet. */
static cl_mem set_buffer(cl_context context, cl_kernel kernel, cl_uint index, const void *contents,
                         size_t size)
{
	const cl_mem_flags flags = CL_MEM_READ_WRITE | (contents ? CL_MEM_COPY_HOST_PTR : 0);
	cl_int code;
	/* OpenCL only reads what is to be copied, though it does not say const. */
	cl_mem buffer = clCreateBuffer(context, flags, size, (void *)(uintptr_t)contents, &code);

	must(code, "clCreateBuffer");
	/* It is now that the buffer gets memory, in the bank that the argument is connected to; the
	 * contents go there when the kernel is enqueued. */
	must(clSetKernelArg(kernel, index, sizeof(cl_mem), &buffer), "clSetKernelArg");
	return buffer;
}

/* Wait for all that was enqueued before, then bring a buffer here. */
static void fetch(cl_command_queue queue, cl_mem buffer, void *to, size_t size)
{
	must(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, size, to, 0, NULL, NULL),
	     "clEnqueueReadBuffer");
}

/* Compute one image: the kernel's arguments are those of spec/cu.def, in order. */
static void compute(cl_context context, cl_command_queue queue, cl_kernel kernel,
                    const struct classify *c, uint32_t status[VN_STATUS_WORDS], void *output)
{
	const size_t status_size = VN_STATUS_WORDS * sizeof(status[0]);
	const cl_uint images = 1;
	const cl_mem buffers[] = {
	        set_buffer(context, kernel, VN_ARG_STATUS, NULL, status_size),
	        set_buffer(context, kernel, VN_ARG_OUTPUT, NULL, c->output_size),
	        set_buffer(context, kernel, VN_ARG_SCRATCH, NULL, c->scratch_size),
	        set_buffer(context, kernel, VN_ARG_INPUT, c->input, c->input_size),
	        set_buffer(context, kernel, VN_ARG_WEIGHTS, c->weights, c->weights_size),
	        set_buffer(context, kernel, VN_ARG_PROGRAM, c->descriptors, c->descriptors_size),
	};

	must(clSetKernelArg(kernel, VN_ARG_FIRST, sizeof(c->first), &c->first), "clSetKernelArg");
	must(clSetKernelArg(kernel, VN_ARG_COUNT, sizeof(c->count), &c->count), "clSetKernelArg");
	must(clSetKernelArg(kernel, VN_ARG_IMAGES, sizeof(images), &images), "clSetKernelArg");

	must(clEnqueueTask(queue, kernel, 0, NULL, NULL), "clEnqueueTask");
	fetch(queue, buffers[0], status, status_size);
	fetch(queue, buffers[1], output, c->output_size);

	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		clReleaseMemObject(buffers[i]);
}

int main(int argc, char **argv)
{
	uint32_t status[VN_STATUS_WORDS];
	struct classify c;
	cl_device_id card;
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_kernel kernel;
	cl_int code;
	void *output;

	if (argc != 4) {
		fprintf(stderr, "usage: ocl_classify VN_CU.xclbin NET.vnx PICTURE\n");
		return 2;
	}
	classify_read(argv[2], argv[3], &c);
	output = malloc(c.output_size);
	if (!output)
		stop("memory", "there is not enough");

	card = find_card();
	context = clCreateContext(NULL, 1, &card, NULL, NULL, &code);
	must(code, "clCreateContext");
	queue = clCreateCommandQueue(context, card, 0, &code); /* in order */
	must(code, "clCreateCommandQueue");
	program = load(context, card, argv[1]);
	kernel = clCreateKernel(program, "vn_cu:{vn_cu_1}", &code); /* one compute unit of them */
	must(code, "clCreateKernel");

	compute(context, queue, kernel, &c, status, output);
	classify_print(&c, status, output);

	clReleaseKernel(kernel);
	clReleaseProgram(program);
	clReleaseCommandQueue(queue);
	clReleaseContext(context);
	free(output);
	classify_free(&c);
	return 0;
}
