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
	int units;        /* compute units; 0: one */
	int software;     /* without a deadline, as what computes in this process */
	int delay_ms;     /* of every start */
	int meet;         /* no start ends before all units have computed at once */
	int held;         /* no start ends before fake_release */
	int hang;         /* so many starts never end */
	int stuck;        /* so many waits do not return before fake_release */
	int stuck_write;  /* so many writes of weights do not */
	int fail_start;   /* so many starts end with VN_ERUNTIME */
	int fail_after;   /* ... after this many that do not */
	int corrupt;      /* compute unit corrupt - 1 writes one wrong byte a start */
	int no_status;    /* so many waits leave the status block alone */
	int other_config; /* configure tells another record than the program's */
	int fail_alloc;   /* the allocation with this number fails; 0: none */

	int allocs, frees;
	int starts, configures;
	int late;            /* waits and writes that were stuck and have gone on */
	uint32_t weights;    /* a sum over the weights of the last start */
	int overlapped;      /* weights written between a start and its wait */
	int reentered;       /* two threads were at once in calls about one unit */
	int together;        /* most units that computed at once */
	int moved;           /* transfers of records between a start and its end */
	uint64_t most_bytes; /* of input, output and scratch buffers that lived at once */
};

extern struct fake fake;

/* Reset @fake; nothing to order. */
void fake_reset(void);
/* Let stuck waits return, and held starts end. */
void fake_release(void);
/* As fake.weights. */
uint32_t fake_sum(const uint8_t *data, uint64_t bytes);
/* fake.late, while there are threads. */
int fake_late(void);
/* "fake:" with @options (";chunk_kib=1" or ""). */
int fake_open(const char *options, vn_device **dev, vn_error *err);

#endif /* FAKE_H */
