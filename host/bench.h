/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - inside the command bench: networks, contenders and what was measured of them.
 *
 * A contender is one device with one network; it has a cell for each way to feed it: one image in
 * flight (latency), and a full queue of jobs of so many images.  Contenders take turns in rounds, so
 * that what the machine does meanwhile hits all alike; ratios are those of the same round.
 */
#ifndef VH_BENCH_H
#define VH_BENCH_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cpu/cpu.h"
#include "include/vanillin_compile.h"
#include "model/net.h"

enum {
	VH_BENCH_ROUNDS = 5,
	VH_BENCH_CELLS = 9, /* latency and eight batches */
	VH_BENCH_DEVICES = 16,
	VH_BENCH_NETS = 16,
	VH_BENCH_THREADS = 64,
};

struct vh_bench_options {
	const char *target; /* "32x64": of a program compiled here */
	const char *data;   /* pictures to calibrate by and to feed; NULL: noise */
	long images;        /* of them for calibration */
	long seconds;       /* measured of each cell */
	long clock_mhz;     /* that predictions assume */
	int threads;
	int batches[VH_BENCH_CELLS - 1], n_batches;
	enum vn_weights weights;
};

/* ---- a network ---- */

struct vh_bench_net {
	const char *path;
	vn_net *net;      /* NULL: given as a program */
	vn_program *prog; /* NULL: no device needs one */
	uint8_t *pixels;  /* [calib] pictures, the first [fed] of which are fed */
	size_t calib, fed;
	size_t image; /* bytes of one */
	int in_c, in_h, in_w, classes;
	int32_t *exact;       /* [fed][classes] of ref:; NULL without a program */
	int *top;             /* [fed] class by the float reference; NULL without a float network */
	uint32_t crc;         /* of the file */
	char program_crc[16]; /* of the program's bytes, "" without one */
	double macs;
};

/* Read, compile for @o->target if @wants_program, compute what is right.  Errors: of the library;
 * VN_EARG @wants_float of a program. */
VN_MUST_CHECK int vh_bench_net_open(struct vh_bench_net *n, const char *path,
                                    const struct vh_bench_options *o, int wants_float,
                                    int wants_program, vn_error *err);
void vh_bench_net_close(struct vh_bench_net *n);

/* ---- what is measured ---- */

struct vh_bench_cell {
	int batch;  /* images of a job */
	int queued; /* 0: one job of one image at a time */
	double *samples; /* [n] seconds: of a job; of devices with a full queue, between the ends of two */
	size_t n, room;
	size_t images;
	double seconds, cpu_seconds;
	double rate[VH_BENCH_ROUNDS]; /* images/s of each round; 0: not measured in it */
};

/* Seconds of a job, and over rounds. */
struct vh_bench_stats {
	double least, median, p90, p95, p99, most;
	double rate,
	        cpu_rate; /* images a second, and a second of all this process' CPU time; 0: not known */
	double spread; /* of the rounds' rates: (most - least) / median */
};
void vh_bench_stats(const struct vh_bench_cell *c, struct vh_bench_stats *s);
/* Another job took @seconds.  VN_ENOMEM. */
VN_MUST_CHECK int vh_bench_sample(struct vh_bench_cell *c, double seconds, size_t images,
                                  vn_error *err);
/* Median over the rounds that both have of this rate to @base's; 0: none. */
double vh_bench_ratio(const struct vh_bench_cell *c, const struct vh_bench_cell *base);

enum vh_bench_kind { VH_BENCH_CPU, VH_BENCH_PROGRAM, VH_BENCH_ALSO, VH_BENCH_PREDICTED };

struct vh_also;

struct vh_bench_device {
	enum vh_bench_kind kind;
	char name[96];  /* "cpu:f32", "hls:16x16", "ort:int8" */
	char about[96]; /* what computes, with its version */
	const struct vh_bench_net *net;
	const struct vh_bench_options *options;
	int simulated, approximate;
	struct vh_bench_cell cells[VH_BENCH_CELLS];
	int n_cells;
	size_t checked, differ; /* answers: of a program those whose bytes differ from ref:'s, else
	                           those of another class than the float reference's */
	struct vn_cpu *cpu[VH_BENCH_CELLS]; /* by cell; of the same batch the same */
	vn_device *devs[VH_BENCH_THREADS];
	int n_devs;
	struct vh_also *also;
};

/* Of "cpu:f32", "cpu:int8", "predicted:", or a device's URI.  0 or VN_ENODEV. */
VN_MUST_CHECK int vh_bench_kind_of(const char *name, enum vh_bench_kind *kind, vn_error *err);
VN_MUST_CHECK int vh_bench_device_open(struct vh_bench_device *d, const char *name,
                                       const struct vh_bench_net *net,
                                       const struct vh_bench_options *o, vn_error *err);
/* Close what it holds; what was measured stays until vh_bench_device_close. */
void vh_bench_device_release(struct vh_bench_device *d);
void vh_bench_device_close(struct vh_bench_device *d);
/* Run cell @c for @seconds and at least one job, and check every answer.  0, VN_E*, VH_STOPPED. */
VN_MUST_CHECK int vh_bench_run(struct vh_bench_device *d, struct vh_bench_cell *c, double seconds,
                               vn_error *err);
/* All devices in turn, warm-up apart.  0, VN_E*, VH_STOPPED. */
VN_MUST_CHECK int vh_bench_rounds(struct vh_bench_device *devices, int n, vn_error *err);

/* ---- other libraries, through tools/bench_also.py ---- */

/* @which: "ort", "openvino", "torch"; @type: "f32" or "int8".  Starts a Python program.
 * VN_ENODEV it is not installed there; VN_ERUNTIME. */
VN_MUST_CHECK int vh_also_open(struct vh_also **also, const char *which, const char *type,
                               const struct vh_bench_net *net, int threads, char *about,
                               size_t about_size, vn_error *err);
/* One batch; seconds and CPU seconds of it alone, classes [batch]. */
VN_MUST_CHECK int vh_also_run(struct vh_also *also, int batch, double *seconds, double *cpu_seconds,
                              int *classes, vn_error *err);
void vh_also_close(struct vh_also *also);

/* ---- the report ---- */

struct vh_bench_report {
	const struct vh_bench_options *options;
	const struct vh_bench_net *nets;
	int n_nets;
	const struct vh_bench_device *devices; /* [n_nets][per_net] */
	int per_net;
	char *const *argv; /* command line, NULL at its end */
	double load[2];    /* before and after */
};

/* What the machine is. */
struct vh_machine {
	char cpu[128], governor[32], kernel[96], isa[64], library[48], date[32];
	int processors;
	double load;
};
void vh_machine_look(struct vh_machine *m);

void vh_bench_text(const struct vh_bench_report *r);
void vh_bench_html(const struct vh_bench_report *r, FILE *f); /* one self-contained page */
json_t *vh_bench_json(const struct vh_bench_report *r);       /* NULL without memory */

#endif /* VH_BENCH_H */
