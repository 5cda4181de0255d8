/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ocl/fake_cl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/refcu.h"
#include "spec/spec.h"

enum { OBJECTS = 1 << 16 };

struct fake_card fake_card;
static pthread_mutex_t lock; /* of all below; recursive */

struct _cl_platform_id {
	const char *name;
};
struct _cl_device_id {
	const char *bdf;
};
struct _cl_context {
	int refs;
};
struct _cl_command_queue {
	int refs;
};
struct _cl_program {
	int refs;
};
struct _cl_kernel {
	int refs;
	char name[64];
	cl_mem arguments[16];
	cl_uint scalars[16];
};

static struct _cl_platform_id other = {"Portable Computing Language"}, xilinx = {"Xilinx"};
static struct _cl_device_id cards[2] = {{"0000:3b:00.1"}, {"0000:5e:00.1"}};
static struct _cl_event *events[OBJECTS];
static void *objects[OBJECTS], *bytes[OBJECTS];
static int n_bytes, n_events, n_objects, live;
static const char *failing;
static cl_int failure, read_status;
static int calls_left;
cl_uint fake_clock_mhz = 300;
int fake_waited;

static void *make(size_t size)
{
	void *object = calloc(1, size);

	pthread_mutex_lock(&lock);
	if (!object || n_objects == OBJECTS)
		abort();
	objects[n_objects++] = object;
	*(int *)object = 1;
	live++;
	pthread_mutex_unlock(&lock);
	return object;
}

/* Every object begins with its count. */
static cl_int release(void *object)
{
	int *refs = object;

	pthread_mutex_lock(&lock);
	if (*refs <= 0)
		abort(); /* once too often */
	if (--*refs == 0)
		live--;
	pthread_mutex_unlock(&lock);
	return CL_SUCCESS;
}

static cl_int next_failure(const char *name)
{
	cl_int code = CL_SUCCESS;

	pthread_mutex_lock(&lock);
	if (failing && strcmp(name, failing) == 0 && --calls_left == 0) {
		failing = NULL;
		code = failure;
	}
	pthread_mutex_unlock(&lock);
	return code;
}

static cl_event enqueue(enum fake_command command, cl_mem mem, cl_uint n, const cl_event *waits,
                        cl_event *out)
{
	struct _cl_event *event;

	if (n > FAKE_WAITS)
		abort();
	pthread_mutex_lock(&lock);
	event = make(sizeof(*event));
	event->command = command;
	event->status = CL_QUEUED;
	event->mem = mem;
	event->n_waits = n;
	for (cl_uint i = 0; i < n; i++)
		event->waits[i] = waits[i];
	events[n_events++] = event;
	if (out)
		*out = event;
	else
		release(event);
	if (fake_card.config && command != FAKE_TASK)
		event->status = CL_COMPLETE;
	pthread_mutex_unlock(&lock);
	return event;
}

static cl_int platform_ids(cl_uint most, cl_platform_id *ids, cl_uint *n)
{
	if (most > 0)
		ids[0] = &other;
	if (most > 1)
		ids[1] = &xilinx;
	*n = 2;
	return next_failure("clGetPlatformIDs");
}

static cl_int platform_info(cl_platform_id id, cl_platform_info what, size_t size, void *value,
                            size_t *used)
{
	(void)what;
	(void)used;
	snprintf(value, size, "%s", id->name);
	return CL_SUCCESS;
}

static cl_int device_ids(cl_platform_id platform, cl_device_type type, cl_uint most,
                         cl_device_id *ids, cl_uint *n)
{
	(void)type;
	if (platform != &xilinx)
		return CL_DEVICE_NOT_FOUND;
	*n = 2;
	for (cl_uint i = 0; i < 2 && i < most; i++)
		ids[i] = &cards[i];
	return CL_SUCCESS;
}

static cl_int device_info(cl_device_id device, cl_device_info what, size_t size, void *value,
                          size_t *used)
{
	(void)used;
	if (what == CL_DEVICE_NAME)
		snprintf(value, size, "xilinx_u50_gen3x16_xdma_5_202210_1");
	else if (what == VN_OCL_DEVICE_BDF)
		snprintf(value, size, "%s", device->bdf);
	else if (what == CL_DEVICE_MAX_CLOCK_FREQUENCY)
		*(cl_uint *)value = fake_clock_mhz;
	else
		return CL_INVALID_VALUE;
	return CL_SUCCESS;
}

static cl_context
create_context(const cl_context_properties *properties, cl_uint n, const cl_device_id *devices,
               void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *data,
               cl_int *code)
{
	(void)properties;
	(void)n;
	(void)devices;
	(void)notify;
	(void)data;
	*code = next_failure("clCreateContext");
	return *code ? NULL : make(sizeof(struct _cl_context));
}

static cl_command_queue create_queue(cl_context context, cl_device_id device,
                                     cl_command_queue_properties properties, cl_int *code)
{
	(void)context;
	(void)device;
	*code = next_failure("clCreateCommandQueue");
	if (!(properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE))
		*code = CL_INVALID_VALUE;
	return *code ? NULL : make(sizeof(struct _cl_command_queue));
}

static cl_program create_program(cl_context context, cl_uint n, const cl_device_id *devices,
                                 const size_t *sizes, const unsigned char **binaries,
                                 cl_int *statuses, cl_int *code)
{
	(void)context;
	(void)n;
	(void)devices;
	(void)sizes;
	(void)binaries;
	(void)statuses;
	fake_card.loads++;
	*code = next_failure("clCreateProgramWithBinary");
	return *code ? NULL : make(sizeof(struct _cl_program));
}

static cl_int build_program(cl_program program, cl_uint n, const cl_device_id *devices,
                            const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                            void *data)
{
	(void)program;
	(void)n;
	(void)devices;
	(void)options;
	(void)notify;
	(void)data;
	return next_failure("clBuildProgram");
}

static cl_kernel create_kernel(cl_program program, const char *name, cl_int *code)
{
	struct _cl_kernel *kernel;

	(void)program;
	*code = next_failure("clCreateKernel");
	if (*code)
		return NULL;
	kernel = make(sizeof(*kernel));
	snprintf(kernel->name, sizeof(kernel->name), "%s", name);
	return kernel;
}

static cl_int set_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
	if (size == sizeof(cl_mem))
		memcpy(&kernel->arguments[index], value, size);
	else if (size == sizeof(cl_uint))
		memcpy(&kernel->scalars[index], value, size);
	else
		return CL_INVALID_ARG_SIZE;
	return next_failure("clSetKernelArg");
}

static unsigned char *take_bytes(size_t size)
{
	void *memory;

	if (posix_memalign(&memory, 4096, size))
		abort();
	memset(memory, 0xa5, size);
	pthread_mutex_lock(&lock);
	bytes[n_bytes++] = memory;
	pthread_mutex_unlock(&lock);
	return memory;
}

static cl_mem create_buffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                            cl_int *code)
{
	const struct vn_ocl_mem_ext *ext = host;
	struct _cl_mem *mem;

	(void)context;
	*code = next_failure("clCreateBuffer");
	if (!(flags & VN_OCL_MEM_EXT))
		*code = CL_INVALID_VALUE;
	if (*code)
		return NULL;
	mem = make(sizeof(*mem));
	mem->size = size;
	mem->bytes = take_bytes(size);
	mem->argument = ext->index;
	mem->kernel = ext->kernel;
	return mem;
}

static cl_int migrate(cl_command_queue queue, cl_uint n, const cl_mem *mems,
                      cl_mem_migration_flags flags, cl_uint n_waits, const cl_event *waits,
                      cl_event *out)
{
	const cl_int code = next_failure("clEnqueueMigrateMemObjects");

	(void)queue;
	if (code)
		return code;
	if (n != 1 || !(flags & CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED))
		return CL_INVALID_VALUE;
	mems[0]->is_resident = 1;
	enqueue(FAKE_MIGRATE, mems[0], n_waits, waits, out);
	return CL_SUCCESS;
}

static cl_int write_buffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset,
                           size_t size, const void *data, cl_uint n, const cl_event *waits,
                           cl_event *out)
{
	const cl_int code = next_failure("clEnqueueWriteBuffer");

	(void)queue;
	if (code)
		return code;
	if (blocking || offset + size > mem->size)
		return CL_INVALID_VALUE;
	memcpy(mem->bytes + offset, data, size);
	enqueue(FAKE_WRITE, mem, n, waits, out);
	return CL_SUCCESS;
}

static cl_int read_buffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset,
                          size_t size, void *data, cl_uint n, const cl_event *waits, cl_event *out)
{
	const cl_int code = next_failure("clEnqueueReadBuffer");

	(void)queue;
	if (code)
		return code;
	if (!blocking || offset + size > mem->size)
		return CL_INVALID_VALUE;
	memcpy(data, mem->bytes + offset, size);
	pthread_mutex_lock(&lock);
	enqueue(FAKE_READ, mem, n, waits, out)->status = read_status;
	read_status = CL_COMPLETE;
	pthread_mutex_unlock(&lock);
	return CL_SUCCESS; /* even if the event failed, as XRT has it */
}

/* What the compute unit of @task does. */
static void compute(cl_event event, const char *kernel)
{
	uint32_t config[VN_CONFIG_WORDS], refused[VN_STATUS_WORDS], *status;
	struct vn_refcu *cu;

	memcpy(config, fake_card.config, sizeof(config));
	if (fake_card.other_record && strstr(kernel, "vn_cu_2"))
		config[VN_CFG_MAX_KTILES]--;
	if (vn_refcu_new(config, &cu, NULL))
		abort();
	status = fake_card.no_status ? refused : (void *)event->arguments[VN_ARG_STATUS]->bytes;
	vn_refcu_run(cu, &(struct vn_cu_args){
	                         .program = event->arguments[VN_ARG_PROGRAM]->bytes,
	                         .first = event->scalars[VN_ARG_FIRST],
	                         .count = event->scalars[VN_ARG_COUNT],
	                         .images = event->scalars[VN_ARG_IMAGES],
	                         .weights = event->arguments[VN_ARG_WEIGHTS]->bytes,
	                         .input = event->arguments[VN_ARG_INPUT]->bytes,
	                         .output = event->arguments[VN_ARG_OUTPUT]->bytes,
	                         .scratch = event->arguments[VN_ARG_SCRATCH]->bytes,
	                         .status = status,
	                 });
	status[VN_ST_VERSION] += fake_card.spoil;
	vn_refcu_free(cu);
}

static void run(cl_event event, const char *kernel)
{
	const int n = ++fake_card.starts;

	if (fake_card.hang_at && n >= fake_card.hang_at) {
		event->status = CL_RUNNING;
	} else if (n == fake_card.fail_at) {
		event->status = -1;
	} else {
		compute(event, kernel);
		event->status = CL_COMPLETE;
	}
}

static cl_int task(cl_command_queue queue, cl_kernel kernel, cl_uint n, const cl_event *waits,
                   cl_event *out)
{
	const cl_int code = next_failure("clEnqueueTask");
	cl_event event;

	(void)queue;
	if (code)
		return code;
	event = enqueue(FAKE_TASK, NULL, n, waits, out);
	memcpy(event->arguments, kernel->arguments, sizeof(event->arguments));
	memcpy(event->scalars, kernel->scalars, sizeof(event->scalars));
	pthread_mutex_lock(&lock);
	if (fake_card.config)
		run(event, kernel->name);
	pthread_mutex_unlock(&lock);
	return CL_SUCCESS;
}

static cl_int wait_for(cl_uint n, const cl_event *list)
{
	fake_waited++;
	for (cl_uint i = 0; i < n; i++)
		if (list[i]->status > CL_COMPLETE)
			fake_end(list[i], CL_COMPLETE);
	return CL_SUCCESS;
}

static cl_int event_info(cl_event event, cl_event_info what, size_t size, void *value, size_t *used)
{
	(void)used;
	if (what != CL_EVENT_COMMAND_EXECUTION_STATUS || size != sizeof(cl_int) || event->refs <= 0)
		return CL_INVALID_EVENT;
	*(cl_int *)value = event->status;
	return CL_SUCCESS;
}

static cl_int set_callback(cl_event event, cl_int type,
                           void(CL_CALLBACK *call)(cl_event, cl_int, void *), void *data)
{
	const cl_int code = next_failure("clSetEventCallback");

	(void)type;
	if (code)
		return code;
	pthread_mutex_lock(&lock);
	event->call = call;
	event->data = data;
	if (event->status == CL_COMPLETE)
		fake_end(event, CL_COMPLETE);
	pthread_mutex_unlock(&lock);
	return CL_SUCCESS;
}

static cl_int release_context(cl_context object)
{
	return release(object);
}
static cl_int release_queue(cl_command_queue object)
{
	return release(object);
}
static cl_int release_program(cl_program object)
{
	return release(object);
}
static cl_int release_kernel(cl_kernel object)
{
	return release(object);
}
static cl_int release_mem(cl_mem object)
{
	return release(object);
}
static cl_int release_event(cl_event object)
{
	return release(object);
}

static const struct vn_ocl calls = {
        .clGetPlatformIDs = platform_ids,
        .clGetPlatformInfo = platform_info,
        .clGetDeviceIDs = device_ids,
        .clGetDeviceInfo = device_info,
        .clCreateContext = create_context,
        .clReleaseContext = release_context,
        .clCreateCommandQueue = create_queue,
        .clReleaseCommandQueue = release_queue,
        .clCreateProgramWithBinary = create_program,
        .clBuildProgram = build_program,
        .clReleaseProgram = release_program,
        .clCreateKernel = create_kernel,
        .clSetKernelArg = set_argument,
        .clReleaseKernel = release_kernel,
        .clCreateBuffer = create_buffer,
        .clReleaseMemObject = release_mem,
        .clEnqueueMigrateMemObjects = migrate,
        .clEnqueueWriteBuffer = write_buffer,
        .clEnqueueReadBuffer = read_buffer,
        .clEnqueueTask = task,
        .clWaitForEvents = wait_for,
        .clGetEventInfo = event_info,
        .clSetEventCallback = set_callback,
        .clReleaseEvent = release_event,
};

static void make_lock(void)
{
	pthread_mutexattr_t attr;

	if (pthread_mutexattr_init(&attr) ||
	    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) ||
	    pthread_mutex_init(&lock, &attr))
		abort();
	pthread_mutexattr_destroy(&attr);
}

void fake_install(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_lock);
	fake_reset();
	vn_ocl = &calls;
}

void fake_reset(void)
{
	for (int i = 0; i < n_events; i++)
		events[i]->call = NULL;
	for (int i = 0; i < n_objects; i++)
		free(objects[i]);
	for (int i = 0; i < n_bytes; i++)
		free(bytes[i]);
	n_bytes = n_events = n_objects = live = fake_waited = 0;
	failing = NULL;
	read_status = CL_COMPLETE;
	fake_clock_mhz = 300;
	fake_card = (struct fake_card){0};
}

void fake_fail_at(const char *name, int n, cl_int code)
{
	failing = name;
	calls_left = n;
	failure = code;
}

void fake_fail(const char *name, cl_int code)
{
	fake_fail_at(name, 1, code);
}

int fake_failed(void)
{
	return failing == NULL;
}

void fake_release_hung(void)
{
	fake_card.hang_at = 0;
	for (int i = 0; i < n_events; i++)
		if (events[i]->status > CL_COMPLETE)
			fake_end(events[i], CL_COMPLETE);
}

void fake_read_status(cl_int status)
{
	read_status = status;
}

void fake_end(cl_event event, cl_int status)
{
	event->status = status;
	if (status == CL_COMPLETE && event->call)
		event->call(event, status, event->data);
	if (status == CL_COMPLETE)
		event->call = NULL;
}

cl_event fake_command(enum fake_command command, int n)
{
	for (int i = 0; i < n_events; i++)
		if (events[i]->command == command && n-- == 0)
			return events[i];
	return NULL;
}

int fake_waits_for(cl_event event, cl_event other_event)
{
	for (cl_uint i = 0; i < event->n_waits; i++)
		if (event->waits[i] == other_event)
			return 1;
	return 0;
}

const char *fake_kernel_name(cl_kernel kernel)
{
	return kernel->name;
}

int fake_live(void)
{
	return live;
}
