/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_classify.c - classify a picture on an Alveo card, in plain OpenCL.
 *
 *     ocl_classify VN_CU.xclbin NET.vnx PICTURE
 *
 * The .xclbin puts the compute unit vn_cu onto the card (`make xclbin`, `make bitstream`); the .vnx
 * is a network compiled for that unit's size (`vanillin compile`); the picture is a PNG or JPEG.
 *
 * libvanillin reads the .vnx and packs the picture; all work with the card is here.  Real programs
 * let the library do that as well (driver/vanillin.h): it keeps several units busy, overlaps
 * transfers with computing, and gives up on a start that never ends.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pack.h"
#include "host/image.h"
#include "model/program.h"

/* Everything below is in beats of 64 bytes. */
enum { BEAT = VN_BEAT_BYTES };

static void stop(const char *what, const char *why)
{
	fprintf(stderr, "error: %s: %s\n", what, why);
	exit(1);
}

static void must(cl_int code, const char *call)
{
	char text[32];

	snprintf(text, sizeof(text), "OpenCL error %d", code);
	if (code != CL_SUCCESS)
		stop(call, text);
}

/* ---- what goes to the card ---- */

static unsigned char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	long length;

	if (!file || fseek(file, 0, SEEK_END) || (length = ftell(file)) <= 0)
		stop(path, "cannot be read");
	rewind(file);
	bytes = malloc((size_t)length);
	if (!bytes || fread(bytes, 1, (size_t)length, file) != (size_t)length)
		stop(path, "cannot be read");
	fclose(file);
	*size = (size_t)length;
	return bytes;
}

/* The picture as the compute unit wants it: the patches of the stem, @bytes of them. */
static uint8_t *pack_picture(const struct vn_program *net, const char *path, size_t bytes)
{
	const struct vh_shape shape = {net->in_c, net->in_h, net->in_w, net->resize};
	uint8_t *pixels = malloc((size_t)shape.c * (size_t)shape.h * (size_t)shape.w);
	uint8_t *record = calloc(1, bytes);
	struct vh_raster picture;
	struct vn_packer *packer;
	vn_error err;

	if (!pixels || !record)
		stop(path, "out of memory");
	if (vh_image_read(path, &picture, &err) ||
	    vh_image_fit(path, &picture, &shape, pixels, &err) || vn_packer_new(net, &packer, &err))
		stop(path, err.message);
	vn_pack(packer, pixels, record);
	vn_packer_free(packer);
	free(picture.pixels);
	free(pixels);
	return record;
}

/* ---- the card ---- */

static cl_device_id find_card(void)
{
	cl_platform_id platforms[16];
	cl_device_id card;
	cl_uint n = 0;
	char name[128];

	must(clGetPlatformIDs(16, platforms, &n), "clGetPlatformIDs");
	for (cl_uint i = 0; i < n && i < 16; i++) {
		must(clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL),
		     "clGetPlatformInfo");
		if (!strstr(name, "Xilinx"))
			continue;
		must(clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ACCELERATOR, 1, &card, NULL),
		     "clGetDeviceIDs");
		return card;
	}
	stop("OpenCL", "no Xilinx platform");
	return NULL;
}

/* The compute unit's arguments in order.  Those that are buffers come with their contents; NULL: it
 * is for the compute unit to fill. */
struct argument {
	size_t bytes;
	void *contents;
	int is_scalar;
	cl_mem buffer;
};

static void set_arguments(cl_context context, cl_kernel kernel, struct argument *arguments)
{
	cl_int code;

	for (cl_uint i = 0; i < VN_ARGS; i++) {
		struct argument *a = &arguments[i];

		if (a->is_scalar) {
			must(clSetKernelArg(kernel, i, a->bytes, a->contents), "clSetKernelArg");
			continue;
		}
		a->buffer = clCreateBuffer(
		        context, CL_MEM_READ_WRITE | (a->contents ? CL_MEM_COPY_HOST_PTR : 0),
		        a->bytes, a->contents, &code);
		must(code, "clCreateBuffer");
		/* The argument decides which bank of the card's memory the buffer goes to. */
		must(clSetKernelArg(kernel, i, sizeof(a->buffer), &a->buffer), "clSetKernelArg");
	}
}

static cl_program load_card(cl_context context, cl_device_id card, const char *path)
{
	size_t size;
	unsigned char *bytes = read_file(path, &size);
	cl_program program;
	cl_int code;

	program = clCreateProgramWithBinary(context, 1, &card, &size,
	                                    (const unsigned char **)&bytes, NULL, &code);
	must(code, path);
	must(clBuildProgram(program, 1, &card, "", NULL, NULL), "clBuildProgram");
	free(bytes);
	return program;
}

/* Start the compute unit, then fetch what it computed. */
static void compute(const char *xclbin, struct argument *arguments, void *output, void *status)
{
	cl_device_id card = find_card();
	cl_int code;
	cl_context context = clCreateContext(NULL, 1, &card, NULL, NULL, &code);
	cl_command_queue queue; /* in order: each command waits for the one before it */
	cl_program program;
	cl_kernel kernel;

	must(code, "clCreateContext");
	queue = clCreateCommandQueue(context, card, 0, &code);
	must(code, "clCreateCommandQueue");
	program = load_card(context, card, xclbin);
	kernel = clCreateKernel(program, "vn_cu:{vn_cu_1}", &code);
	must(code, "clCreateKernel");
	set_arguments(context, kernel, arguments);

	must(clEnqueueTask(queue, kernel, 0, NULL, NULL), "clEnqueueTask");
	must(clEnqueueReadBuffer(queue, arguments[VN_ARG_STATUS].buffer, CL_TRUE, 0,
	                         arguments[VN_ARG_STATUS].bytes, status, 0, NULL, NULL),
	     "clEnqueueReadBuffer");
	must(clEnqueueReadBuffer(queue, arguments[VN_ARG_OUTPUT].buffer, CL_TRUE, 0,
	                         arguments[VN_ARG_OUTPUT].bytes, output, 0, NULL, NULL),
	     "clEnqueueReadBuffer");

	for (int i = 0; i < VN_ARGS; i++)
		if (arguments[i].buffer)
			clReleaseMemObject(arguments[i].buffer);
	clReleaseKernel(kernel);
	clReleaseProgram(program);
	clReleaseCommandQueue(queue);
	clReleaseContext(context);
}

/* ---- the answer ---- */

static void check_status(const uint32_t status[VN_STATUS_WORDS])
{
	char text[96];

	if (status[VN_ST_MAGIC] != VN_STATUS_MAGIC)
		stop("the compute unit", "left no status block");
	snprintf(text, sizeof(text), "error %u at descriptor %u, word %u (docs/contract.md)",
	         status[VN_ST_ERROR], status[VN_ST_DESC], status[VN_ST_FIELD]);
	if (status[VN_ST_ERROR] != VN_CU_NONE)
		stop("the compute unit", text);
}

static void print_class(const struct vn_program *net, const char *picture, const int32_t *logits)
{
	int best;
	const char *label;

	if (vn_program_top(net, logits, 1, &best))
		stop(net->name, "a network without classes");
	label = vn_program_label(net, best);
	printf("%s: %s %.4f\n", picture, label ? label : "?",
	       (double)logits[best] * vn_program_logit_scale(net, best));
}

int main(int argc, char **argv)
{
	uint32_t status[VN_STATUS_WORDS], one = 1, first, count;
	struct vn_program *net;
	const struct vn_entry *entry;
	const struct vn_segment *segment;
	void *output;
	vn_error err;

	if (argc != 4) {
		fprintf(stderr, "usage: ocl_classify VN_CU.xclbin NET.vnx PICTURE\n");
		return 2;
	}
	if (vn_program_load(argv[2], &net, &err))
		stop("network", err.message);

	/* The entry for one image: which descriptors, which weights, how large its records are. */
	entry = vn_program_entry(net, VN_ENTRY_SINGLE, 0);
	segment = &net->segments[entry->segment];
	first = entry->first;
	count = entry->count;
	output = malloc((size_t)entry->output * BEAT);

	struct argument arguments[VN_ARGS] = {
	        [VN_ARG_PROGRAM] = {.bytes = (size_t)net->n_desc * BEAT, .contents = net->desc},
	        [VN_ARG_FIRST] = {.bytes = sizeof(first), .contents = &first, .is_scalar = 1},
	        [VN_ARG_COUNT] = {.bytes = sizeof(count), .contents = &count, .is_scalar = 1},
	        [VN_ARG_IMAGES] = {.bytes = sizeof(one), .contents = &one, .is_scalar = 1},
	        [VN_ARG_WEIGHTS] = {.bytes = (size_t)segment->beats * BEAT,
	                            .contents = net->weights + segment->offset * BEAT},
	        [VN_ARG_INPUT] = {.bytes = (size_t)entry->input * BEAT},
	        [VN_ARG_OUTPUT] = {.bytes = (size_t)entry->output * BEAT},
	        [VN_ARG_SCRATCH] = {.bytes = (size_t)entry->scratch * BEAT},
	        [VN_ARG_STATUS] = {.bytes = sizeof(status)},
	};
	arguments[VN_ARG_INPUT].contents =
	        pack_picture(net, argv[3], arguments[VN_ARG_INPUT].bytes);

	compute(argv[1], arguments, output, status);
	check_status(status);
	print_class(net, argv[3], output);

	free(arguments[VN_ARG_INPUT].contents);
	free(output);
	vn_program_free(net);
	return 0;
}
