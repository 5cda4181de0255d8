/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ocl_card.c - what is asked of OpenCL, in which order, and what its errors become.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/ocl_card.h"
#include "driver/xrt_env.h"
#include "tests/ocl/fake_cl.h"

enum { KINDS = VN_BUFFER_STATUS + 1, BYTES = 4096 };

struct fixture {
	struct vn_card card;
	struct vn_cu *unit;
	struct vn_buffer *buffers[KINDS];
	struct vn_start start;
	vn_error err;
	char path[64]; /* of an .xclbin, as far as OpenCL here is concerned */
};

static unsigned char data[BYTES];

static int load(struct vn_card *card, const char *path, vn_error *err)
{
	snprintf(card->xclbin.path, sizeof(card->xclbin.path), "%s", path);
	return vn_ocl_load_xclbin(card, err);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	FILE *file;

	fake_install();
	snprintf(f->path, sizeof(f->path), "/tmp/test_ocl_card.XXXXXX");
	close(mkstemp(f->path));
	file = fopen(f->path, "w");
	fputs("bytes", file);
	fclose(file);
	f->card.number = 3;
	assert_int_equal(load(&f->card, f->path, &f->err), 0);
	assert_int_equal(vn_ocl_open_unit(&f->card, "vn_cu_2", &f->unit, &f->err), 0);
	for (int kind = 0; kind < KINDS; kind++)
		assert_int_equal(vn_ocl_alloc(f->unit, (enum vn_buffer_kind)kind, BYTES,
		                              &f->buffers[kind], &f->err),
		                 0);
	f->start = (struct vn_start){
	        .program = f->buffers[VN_BUFFER_PROGRAM],
	        .first = 11,
	        .count = 12,
	        .images = 13,
	        .weights = f->buffers[VN_BUFFER_WEIGHTS],
	        .input = f->buffers[VN_BUFFER_INPUT],
	        .output = f->buffers[VN_BUFFER_OUTPUT],
	        .scratch = f->buffers[VN_BUFFER_SCRATCH],
	        .status = f->buffers[VN_BUFFER_STATUS],
	};
	*state = f;
	return 0;
}

/* Whatever was done, nothing is left. */
static int teardown(void **state)
{
	struct fixture *f = *state;

	for (int kind = 0; kind < KINDS; kind++)
		vn_ocl_free(f->buffers[kind]);
	vn_ocl_close_unit(f->unit);
	vn_ocl_unload(&f->card);
	assert_int_equal(fake_live(), 0);
	remove(f->path);
	free(f);
	fake_reset();
	return 0;
}

static void send(struct fixture *f, enum vn_buffer_kind kind)
{
	assert_int_equal(vn_ocl_write(f->buffers[kind], 0, data, BYTES, &f->err), 0);
}

static cl_event begin(struct fixture *f, int n)
{
	assert_int_equal(vn_ocl_start(f->unit, &f->start, &f->err), 0);
	return fake_command(FAKE_TASK, n);
}

static void expect_says(const struct fixture *f, const char *text)
{
	if (!strstr(f->err.message, text))
		fail_msg("no '%s' in '%s'", text, f->err.message);
}

/* ---- buffers ---- */

static void test_buffer_is_tied_to_its_argument(void **state)
{
	static const cl_uint arguments[KINDS] = {VN_ARG_PROGRAM, VN_ARG_WEIGHTS, VN_ARG_INPUT,
	                                         VN_ARG_OUTPUT,  VN_ARG_SCRATCH, VN_ARG_STATUS};

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		const cl_event resident = fake_command(FAKE_MIGRATE, kind);

		assert_non_null(resident);
		assert_int_equal(resident->mem->argument, arguments[kind]);
		assert_string_equal(fake_kernel_name(resident->mem->kernel), "vn_cu:{vn_cu_2}");
		assert_int_equal(resident->mem->size, BYTES);
	}
}

static void test_no_memory_in_the_bank(void **state)
{
	static const char *const calls[] = {"clCreateBuffer", "clEnqueueMigrateMemObjects"};
	struct fixture *f = *state;
	const int live = fake_live();
	struct vn_buffer *b;

	for (int i = 0; i < 2; i++) {
		fake_fail(calls[i], CL_MEM_OBJECT_ALLOCATION_FAILURE);
		assert_int_equal(vn_ocl_alloc(f->unit, VN_BUFFER_SCRATCH, BYTES, &b, &f->err),
		                 VN_ENOMEM);
		assert_null(b);
		expect_says(f, "ocl:3: compute unit vn_cu_2: no 4096 bytes in the bank of argument "
		               "7: CL_MEM_OBJECT_ALLOCATION_FAILURE");
		assert_int_equal(fake_live(), live);
	}
}

static void test_writes_of_a_buffer_follow_each_other(void **state)
{
	struct fixture *f = *state;

	send(f, VN_BUFFER_INPUT);
	send(f, VN_BUFFER_INPUT);
	send(f, VN_BUFFER_WEIGHTS);
	assert_int_equal(fake_command(FAKE_WRITE, 0)->n_waits, 0);
	assert_true(fake_waits_for(fake_command(FAKE_WRITE, 1), fake_command(FAKE_WRITE, 0)));
	assert_int_equal(fake_command(FAKE_WRITE, 2)->n_waits, 0);
}

static void test_free_waits_for_the_write(void **state)
{
	struct fixture *f = *state;

	vn_ocl_free(f->buffers[VN_BUFFER_OUTPUT]);
	assert_int_equal(fake_waited, 0);
	send(f, VN_BUFFER_INPUT);
	vn_ocl_free(f->buffers[VN_BUFFER_INPUT]);
	assert_int_equal(fake_waited, 1);
	assert_int_equal(fake_command(FAKE_WRITE, 0)->status, CL_COMPLETE);
	f->buffers[VN_BUFFER_INPUT] = f->buffers[VN_BUFFER_OUTPUT] = NULL;
}

static void test_read_follows_write_and_start(void **state)
{
	struct fixture *f = *state;
	unsigned char back[BYTES];
	cl_event start;

	data[7] = 42;
	send(f, VN_BUFFER_OUTPUT);
	assert_int_equal(vn_ocl_read(f->buffers[VN_BUFFER_OUTPUT], 0, back, BYTES, &f->err), 0);
	assert_int_equal(back[7], 42);
	assert_true(fake_waits_for(fake_command(FAKE_READ, 0), fake_command(FAKE_WRITE, 0)));
	start = begin(f, 0);
	assert_int_equal(vn_ocl_read(f->buffers[VN_BUFFER_OUTPUT], 0, back, BYTES, &f->err), 0);
	assert_true(fake_waits_for(fake_command(FAKE_READ, 1), start));
	assert_int_equal(fake_command(FAKE_READ, 1)->n_waits, 1);
	fake_end(start, CL_COMPLETE);
}

static void test_failed_transfers(void **state)
{
	struct fixture *f = *state;
	unsigned char back[BYTES];

	fake_fail("clEnqueueWriteBuffer", CL_OUT_OF_RESOURCES);
	assert_int_equal(vn_ocl_write(f->buffers[0], 0, data, BYTES, &f->err), VN_ERUNTIME);
	expect_says(f, "ocl:3: compute unit vn_cu_2: a transfer to the card failed: "
	               "CL_OUT_OF_RESOURCES");
	fake_fail("clEnqueueReadBuffer", CL_INVALID_OPERATION);
	assert_int_equal(vn_ocl_read(f->buffers[0], 0, back, BYTES, &f->err), VN_ERUNTIME);
	expect_says(f, "a transfer from the card failed: CL_INVALID_OPERATION");
	fake_read_status(-1); /* the call succeeds, the event tells */
	assert_int_equal(vn_ocl_read(f->buffers[0], 0, back, BYTES, &f->err), VN_ERUNTIME);
	expect_says(f, "a transfer from the card failed: CL_DEVICE_NOT_FOUND");
}

static void test_status_block_never_written(void **state)
{
	struct fixture *f = *state;
	const uint32_t magic = VN_STATUS_MAGIC;
	unsigned char back[BYTES];

	memset(data, 0, sizeof(data));
	send(f, VN_BUFFER_STATUS);
	assert_int_equal(vn_ocl_read(f->buffers[VN_BUFFER_STATUS], 0, back, 256, &f->err),
	                 VN_ERUNTIME);
	expect_says(f, "compute unit vn_cu_2 ended without a status block");
	assert_non_null(strstr(f->err.hint, "xrt:"));
	memcpy(data, &magic, sizeof(magic));
	send(f, VN_BUFFER_STATUS);
	assert_int_equal(vn_ocl_read(f->buffers[VN_BUFFER_STATUS], 0, back, 256, &f->err), 0);
	memset(data, 0, sizeof(data));
	send(f, VN_BUFFER_OUTPUT); /* zeros are fine elsewhere */
	assert_int_equal(vn_ocl_read(f->buffers[VN_BUFFER_OUTPUT], 0, back, 256, &f->err), 0);
}

/* ---- starts ---- */

static void test_start_takes_its_arguments(void **state)
{
	struct fixture *f = *state;
	const cl_event start = begin(f, 0);
	static const int kinds[] = {VN_ARG_PROGRAM, VN_ARG_WEIGHTS, VN_ARG_INPUT,
	                            VN_ARG_OUTPUT,  VN_ARG_SCRATCH, VN_ARG_STATUS};

	for (int kind = 0; kind < KINDS; kind++)
		assert_ptr_equal(start->arguments[kinds[kind]],
		                 fake_command(FAKE_MIGRATE, kind)->mem);
	assert_int_equal(start->scalars[VN_ARG_FIRST], 11);
	assert_int_equal(start->scalars[VN_ARG_COUNT], 12);
	assert_int_equal(start->scalars[VN_ARG_IMAGES], 13);
	fake_end(start, CL_COMPLETE);
}

static void test_start_follows_the_writes_of_its_buffers(void **state)
{
	struct fixture *f = *state;
	struct vn_buffer *next;
	cl_event start;

	assert_int_equal(vn_ocl_alloc(f->unit, VN_BUFFER_INPUT, BYTES, &next, &f->err), 0);
	for (int kind = 0; kind < KINDS; kind++)
		send(f, (enum vn_buffer_kind)kind);
	assert_int_equal(vn_ocl_write(next, 0, data, BYTES, &f->err), 0);
	start = begin(f, 0);
	assert_int_equal(start->n_waits, KINDS);
	for (int kind = 0; kind < KINDS; kind++)
		assert_true(fake_waits_for(start, fake_command(FAKE_WRITE, kind)));
	fake_end(start, CL_COMPLETE);
	vn_ocl_free(next);
}

static void test_writes_overlap_a_start_that_does_not_use_them(void **state)
{
	struct fixture *f = *state;
	struct vn_buffer *next;
	const char *name;
	cl_event start;

	assert_int_equal(vn_ocl_alloc(f->unit, VN_BUFFER_INPUT, BYTES, &next, &f->err), 0);
	send(f, VN_BUFFER_INPUT);
	start = begin(f, 0);
	assert_int_equal(vn_ocl_write(next, 0, data, BYTES, &f->err), 0);
	assert_int_equal(fake_command(FAKE_WRITE, 1)->n_waits, 0);
	send(f, VN_BUFFER_INPUT);
	assert_int_equal(fake_command(FAKE_WRITE, 2)->n_waits, 1);
	assert_true(fake_waits_for(fake_command(FAKE_WRITE, 2), start));
	fake_end(start, CL_COMPLETE);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_DONE);
	send(f, VN_BUFFER_WEIGHTS); /* nothing to follow any more */
	assert_int_equal(fake_command(FAKE_WRITE, 3)->n_waits, 0);
	vn_ocl_free(next);
}

static void test_states_of_a_start(void **state)
{
	struct fixture *f = *state;
	const char *name;
	cl_event start;

	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_DONE);
	start = begin(f, 0);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_UNDER_WAY);
	assert_string_equal(name, "CL_QUEUED");
	fake_end(start, CL_SUBMITTED);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_UNDER_WAY);
	assert_string_equal(name, "CL_SUBMITTED");
	fake_end(start, CL_RUNNING);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_UNDER_WAY);
	assert_string_equal(name, "CL_RUNNING");
	fake_end(start, CL_COMPLETE);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_DONE);
	assert_string_equal(name, "CL_COMPLETE");
}

static void test_failed_starts(void **state)
{
	static const char *const calls[] = {"clSetKernelArg", "clEnqueueTask"};
	struct fixture *f = *state;
	const char *name;
	cl_event start;

	for (int i = 0; i < 2; i++) {
		fake_fail(calls[i], CL_OUT_OF_RESOURCES);
		assert_int_equal(vn_ocl_start(f->unit, &f->start, &f->err), VN_ERUNTIME);
		expect_says(f, "a start failed: CL_OUT_OF_RESOURCES");
		assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_DONE);
	}
	fake_fail("clSetEventCallback", CL_INVALID_EVENT); /* looking at the event remains */
	start = begin(f, 0);
	fake_end(start, -5);
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_FAILED);
	assert_string_equal(name, "CL_OUT_OF_RESOURCES");
	start = begin(f, 1);
	fake_end(start, -9999);
	start->call(start, -9999, start->data); /* for the bell's sake; XRT does not */
	assert_int_equal(vn_ocl_state(f->unit, &name), VN_RUN_FAILED);
	assert_string_equal(name, "OpenCL error -9999");
}

/* The callback of a start that was given up may come when the unit is gone. */
static void test_late_callback(void **state)
{
	struct fixture *f = *state;
	struct vn_cu *unit = f->unit;
	cl_event start;

	assert_int_equal(vn_ocl_open_unit(&f->card, "vn_cu_1", &f->unit, &f->err), 0);
	start = begin(f, 0);
	vn_ocl_close_unit(f->unit);
	fake_end(start, CL_COMPLETE);
	f->unit = unit;
}

static void test_sleep_ends_with_the_start(void **state)
{
	struct fixture *f = *state;
	const cl_event start = begin(f, 0);
	struct timespec before, after;

	vn_ocl_sleep(f->unit, 1);
	fake_end(start, CL_COMPLETE);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 2; i++) /* the second has nothing to hear */
		vn_ocl_sleep(f->unit, i ? 10 : 999);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true((after.tv_sec - before.tv_sec) * 1000 +
	                    (after.tv_nsec - before.tv_nsec) / 1000000 <
	            900);
}

/* ---- cards ---- */

/* Xilinx's platform is the second, and has two cards. */
static void test_find_cards(void **state)
{
	struct vn_card cards[2] = {{.number = 1}, {.number = 0}}, none = {.number = 2};
	struct fixture *f = *state;
	void *library;

	if (vn_xrt_library("ocl", "libxilinxopencl.so.2", &library, &f->err)) {
		printf("SKIP part: test_find_cards: %s\n", f->err.message);
		skip();
	}
	setenv("OCL_ICD_VENDORS", "libxilinxopencl.so.2", 1);
	assert_int_equal(vn_ocl_find_cards(cards, 2, &f->err), 0);
	assert_string_equal(cards[0].bdf, "0000:5e:00.1");
	assert_string_equal(cards[1].bdf, "0000:3b:00.1");
	assert_string_equal(cards[1].platform, "xilinx_u50_gen3x16_xdma_5_202210_1");
	assert_int_equal(vn_ocl_clock_mhz(&cards[0]), 300);
	assert_int_equal(vn_ocl_find_cards(&none, 1, &f->err), VN_ENODEV);
	expect_says(f, "ocl:2: no such card");
	fake_fail("clGetPlatformIDs", -1001);
	assert_int_equal(vn_ocl_find_cards(cards, 2, &f->err), VN_ENODEV);
	expect_says(f, "ocl:1: no such card");
	setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
	assert_int_equal(vn_ocl_find_cards(cards, 2, &f->err), VN_ENODEV);
	expect_says(f, "OpenCL's loader is not told of XRT's OpenCL");
	assert_non_null(strstr(f->err.hint, "/etc/OpenCL/vendors/xilinx.icd"));
	unsetenv("OCL_ICD_VENDORS");
}

static void test_load_fails(void **state)
{
	static const char *const calls[] = {"clCreateContext", "clCreateProgramWithBinary",
	                                    "clBuildProgram"};
	struct fixture *f = *state;
	struct vn_card card = {.number = 1};
	const int live = fake_live();

	for (int i = 0; i < 3; i++) {
		fake_fail(calls[i], CL_INVALID_BINARY);
		assert_int_equal(load(&card, f->path, &f->err), VN_ERUNTIME);
		expect_says(f, "ocl:1: XRT does not load /tmp/test_ocl_card.");
		expect_says(f, ": CL_INVALID_BINARY");
		assert_null(card.context);
		assert_null(card.program);
		assert_int_equal(fake_live(), live);
	}
	assert_int_equal(load(&card, "/nonexistent", &f->err), VN_EIO);
	expect_says(f, "/nonexistent: cannot be opened: ");
	assert_int_equal(load(&card, "/tmp", &f->err), VN_EIO);
	assert_int_equal(load(&card, "/dev/null", &f->err), VN_EIO);
}

static void test_unit_fails(void **state)
{
	static const char *const calls[] = {"clCreateKernel", "clCreateCommandQueue"};
	struct fixture *f = *state;
	const int live = fake_live();
	struct vn_cu *unit;

	for (int i = 0; i < 2; i++) {
		fake_fail(calls[i], CL_INVALID_KERNEL_NAME);
		assert_int_equal(vn_ocl_open_unit(&f->card, "vn_cu_9", &unit, &f->err),
		                 VN_ERUNTIME);
		assert_null(unit);
		expect_says(f, "ocl:3: kernel vn_cu, compute unit vn_cu_9: cannot be used: "
		               "CL_INVALID_KERNEL_NAME");
		assert_int_equal(fake_live(), live);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	        T(test_buffer_is_tied_to_its_argument),
	        T(test_no_memory_in_the_bank),
	        T(test_writes_of_a_buffer_follow_each_other),
	        T(test_free_waits_for_the_write),
	        T(test_read_follows_write_and_start),
	        T(test_failed_transfers),
	        T(test_status_block_never_written),
	        T(test_start_takes_its_arguments),
	        T(test_start_follows_the_writes_of_its_buffers),
	        T(test_writes_overlap_a_start_that_does_not_use_them),
	        T(test_states_of_a_start),
	        T(test_failed_starts),
	        T(test_late_callback),
	        T(test_sleep_ends_with_the_start),
	        T(test_find_cards),
	        T(test_load_fails),
	        T(test_unit_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
