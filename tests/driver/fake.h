/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.h - a back end for tests: the reference compute unit behind the laziest behaviour that
 * backend.h allows.
 *
 * Writes move no data before a wait or a read needs it, a start does nothing before its wait, and
 * misbehaviour can be ordered.
 */
#ifndef FAKE_H
#define FAKE_H

#include "driver/device.h"

/* What to do, and what was seen.  One fake device at a time; set before opening it, read after
 * closing or waiting. */
struct fake {
	int delay_ms;     /* of every wait */
	int hang;         /* so many waits end with VN_ETIMEOUT */
	int fail_start;   /* so many starts end with VN_ERUNTIME */
	int no_status;    /* so many waits leave the status block alone */
	int other_config; /* configure tells another record than the program's */
	int fail_alloc;   /* the allocation with this number fails; 0: none */

	int allocs, frees;
	int starts, configures;
	int overlapped;      /* weights written between a start and its wait */
	int reentered;       /* two threads were in the back end at once */
	int bad_offsets;     /* arguments that do not keep VN_BUFFER_ALIGN */
	uint64_t most_bytes; /* of input, output and scratch buffers that lived at once */
};

extern struct fake fake;

/* Reset @fake; nothing to order. */
void fake_reset(void);
/* "fake:" with @options (";chunk_kib=1" or ""). */
int fake_open(const char *options, vn_device **dev, vn_error *err);

#endif /* FAKE_H */
