/* SPDX-License-Identifier: Apache-2.0
 *
 * mock.h - a library with the names of XRT's native C API, over cards in this process: what it does
 * wrong on demand, and what it saw.
 *
 * The folder that MOCK_XRT names at build time takes XILINX_XRT's place.  The test and the driver
 * load the same file, so the test reaches `mock_xrt` in it.
 */
#ifndef TESTS_XRT_MOCK_H
#define TESTS_XRT_MOCK_H

#include <stdint.h>

#include "spec/spec.h"

enum { MOCK_UNITS = 2 };

struct mock_xrt {
	/* What shall go wrong.  All 0: nothing. */
	const char *fail;   /* the function, "xrtBOAlloc", whose ... */
	int fail_at;        /* ... N-th call fails */
	int code;           /* what it returns, or sets errno to; 0: -1 */
	int hang_at;        /* the N-th start of all does not end until hang_at is 0 */
	int end_state;      /* how runs end; 0: as ERT_CMD_STATE_COMPLETED */
	int other_uuid;     /* the card has another .xclbin than was loaded */
	int refuses_status; /* memory refuses the status block, which leaves the mirror */
	int bus_error;      /* runs end with VN_CU_BUS in their status block */
	int other_record;   /* unit 2 is of another configuration */
	int silent;         /* runs leave no status block, in the mirror neither */
	int clock_mhz;      /* of the card; 0: it does not tell */

	uint32_t config[VN_CONFIG_WORDS]; /* of the units */
	const char *platform;

	/* What was seen. */
	int handles; /* open now: cards, kernels, runs, buffers */
	int failed;  /* calls that failed on demand */
	int starts;
	int cards;   /* open now */
	int misused; /* closed twice, in use when freed, outside of a buffer, in a wrong bank, with
	                signals */
	int loads;   /* of an .xclbin */
};

/* The name of the one symbol besides XRT's. */
#define MOCK_SYMBOL "mock_xrt"

#endif /* TESTS_XRT_MOCK_H */
