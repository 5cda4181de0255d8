/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_cl.h - an OpenCL for the tests.
 *
 * It notes what is enqueued, and does it when told (fake_end); or, with fake_compute, it does all
 * at once, on the reference compute unit.
 */
#ifndef FAKE_CL_H
#define FAKE_CL_H

#include "driver/ocl_api.h"

enum { FAKE_WAITS = 8 };

enum fake_command { FAKE_MIGRATE, FAKE_WRITE, FAKE_READ, FAKE_TASK };

/* A command, in the order of enqueueing. */
struct _cl_event {
	int refs; /* of the program's; 0: it let go */
	enum fake_command command;
	cl_int status;
	cl_event waits[FAKE_WAITS];
	cl_uint n_waits;
	cl_mem mem;           /* NULL: FAKE_TASK */
	cl_mem arguments[16]; /* of a FAKE_TASK; NULL: a scalar */
	cl_uint scalars[16];
	void(CL_CALLBACK *call)(cl_event, cl_int, void *);
	void *data;
};

struct _cl_mem {
	int refs;
	cl_uint argument; /* its bank is that argument's */
	cl_kernel kernel;
	size_t size;
	unsigned char *bytes;
	int is_resident;
};

/* Make vn_ocl this one, with two platforms, of which Xilinx's is the second, and two cards. */
void fake_install(void);
/* Forget all commands and objects. */
void fake_reset(void);
/* The next call of @name fails with @code. */
void fake_fail(const char *name, cl_int code);
/* The same for the @n-th from now, from 1. */
void fake_fail_at(const char *name, int n, cl_int code);
/* Whether it has. */
int fake_failed(void);

/* ---- computing ---- */

struct fake_card {
	const uint32_t *config; /* of the compute units; NULL: nothing is computed */
	int other_record;       /* vn_cu_2 is of another configuration */
	int no_status;          /* memory refuses the status block */
	uint32_t spoil;         /* added to the status block's version */
	int hang_at;            /* this start and later ones do not end; 0: all do */
	int fail_at;            /* this start fails, as an event */
	int starts, loads;      /* so far */
};
extern struct fake_card fake_card;
/* End what hangs. */
void fake_release_hung(void);
/* How the next blocking read ends. */
void fake_read_status(cl_int status);
/* End a command; its callback comes where the status is CL_COMPLETE. */
void fake_end(cl_event event, cl_int status);
/* The @n-th command of a kind, from 0; NULL. */
cl_event fake_command(enum fake_command command, int n);
/* Whether the program named @other among what @event comes after. */
int fake_waits_for(cl_event event, cl_event other);
/* As it was created. */
const char *fake_kernel_name(cl_kernel kernel);
/* Objects that were made and not released. */
int fake_live(void);
/* What cards say. */
extern cl_uint fake_clock_mhz;
extern int fake_waited; /* calls of clWaitForEvents */

#endif /* FAKE_CL_H */
