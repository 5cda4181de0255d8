/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_device.c - contenders of bench: how each is opened, fed and checked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/bench.h"
#include "host/out.h"
#include "model/predict.h"
#include "model/program.h"

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- open ---- */

int vh_bench_kind_of(const char *name, enum vh_bench_kind *kind, vn_error *err)
{
	enum vn_device_kind device;

	*kind = VH_BENCH_PROGRAM;
	if (strcmp(name, "cpu:f32") == 0 || strcmp(name, "cpu:int8") == 0) {
		*kind = VH_BENCH_CPU;
		return 0;
	}
	if (strcmp(name, "predicted:") == 0) {
		*kind = VH_BENCH_PREDICTED;
		return 0;
	}
	if (strncmp(name, "cpu:", 4) == 0)
		return vn_fail(err, VN_ENODEV, "cpu:f32 or cpu:int8", "unknown device %s", name);
	return vn_device_kind_of(name, &device, err);
}

static int open_cpu(struct vh_bench_device *d, vn_error *err)
{
	const int is_int8 = strcmp(d->name, "cpu:int8") == 0;
	struct vn_cpu_about about;
	int rc = vn_cpu_about(&about, err);

	if (rc)
		return rc;
	snprintf(d->about, sizeof(d->about), "%s, %s%s", about.library, about.isa,
	         is_int8 ? about.weight_bits == 8 ? ", weights of 8 bits" : ", weights of 7 bits"
	                 : "");
	d->approximate = is_int8;
	for (int i = 0; i < d->n_cells && !rc; i++) {
		const struct vn_cpu_options o = {
		        .type = is_int8 ? VN_CPU_INT8 : VN_CPU_F32,
		        .batch = d->cells[i].batch,
		        .threads = d->options->threads,
		        .pixels = d->net->pixels,
		        .images = d->net->calib,
		};

		for (int j = 0; j < i && !d->cpu[i]; j++)
			if (d->cells[j].batch == d->cells[i].batch)
				d->cpu[i] = d->cpu[j];
		if (!d->cpu[i])
			rc = vn_cpu_new(d->net->net, &o, &d->cpu[i], err);
	}
	return rc;
}

static int open_program(struct vh_bench_device *d, vn_error *err)
{
	enum vn_device_kind kind;
	int rc = vn_device_kind_of(d->name, &kind, err);

	if (rc)
		return rc;
	d->simulated = kind == VN_SIMULATED;
	snprintf(d->about, sizeof(d->about), "libvanillin " VN_VERSION);
	do {
		vn_device **dev = &d->devs[d->n_devs];

		rc = vn_device_open(d->name, dev, err);
		d->n_devs += rc == 0;
		rc = rc ? rc : vn_device_load(*dev, d->net->prog, d->options->weights, err);
	} while (!rc && kind == VN_SOFTWARE && d->n_devs < d->options->threads);
	return rc;
}

/* "ort:int8" */
static int open_also(struct vh_bench_device *d, vn_error *err)
{
	char which[32];
	const char *type = strchr(d->name, ':') + 1;

	snprintf(which, sizeof(which), "%.*s", (int)(type - d->name - 1), d->name);
	d->approximate = strcmp(type, "int8") == 0;
	return vh_also_open(&d->also, which, type, d->net, d->options->threads, d->about,
	                    sizeof(d->about), err);
}

/* Add the cycles of @images images of an entry. */
static int add_cycles(const struct vn_program *p, const struct vn_entry *e, int images,
                      uint64_t *cycles, vn_error *err)
{
	const struct vn_predict_options o = {.images = (uint32_t)images};
	struct vn_predict out;
	int rc;

	if (images == 0)
		return 0;
	rc = vn_predict(p->config, (const uint32_t(*)[VN_DESC_WORDS])p->desc + e->first, e->count,
	                &o, &out, err);
	*cycles += rc ? 0 : out.cycles;
	return rc;
}

/* A job as the driver cuts it: whole groups in one start, the rest in another. */
static int predict(const struct vh_bench_device *d, int images, double *seconds, vn_error *err)
{
	const struct vn_program *p = d->net->prog;
	const struct vn_entry *group = vn_program_entry(p, VN_ENTRY_GROUP, 0);
	const int grouped = group ? images / (int)group->group * (int)group->group : 0;
	uint64_t cycles = 0;
	int rc = add_cycles(p, group, grouped, &cycles, err);

	if (!rc)
		rc = add_cycles(p, vn_program_entry(p, VN_ENTRY_SINGLE, 0), images - grouped,
		                &cycles, err);
	*seconds = (double)cycles / (1e6 * (double)d->options->clock_mhz);
	return rc;
}

static int open_predicted(struct vh_bench_device *d, vn_error *err)
{
	const uint32_t *config = d->net->prog->config;
	int rc = 0;

	snprintf(d->name, sizeof(d->name), "card %ux%u", config[VN_CFG_ROWS], config[VN_CFG_COLS]);
	snprintf(d->about, sizeof(d->about),
	         "predicted: cycles of one compute unit at an assumed %ld MHz",
	         d->options->clock_mhz);
	for (int i = 0; i < d->n_cells && !rc; i++) {
		struct vh_bench_cell *c = &d->cells[i];
		double seconds;

		rc = predict(d, c->batch, &seconds, err);
		rc = rc ? rc : vh_bench_sample(c, seconds, (size_t)c->batch, err);
	}
	return rc;
}

int vh_bench_device_open(struct vh_bench_device *d, const char *name,
                         const struct vh_bench_net *net, const struct vh_bench_options *o,
                         vn_error *err)
{
	d->net = net;
	d->options = o;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->cells[0] = (struct vh_bench_cell){.batch = 1};
	d->n_cells = 1;
	for (int i = 0; i < o->n_batches; i++)
		d->cells[d->n_cells++] =
		        (struct vh_bench_cell){.batch = o->batches[i], .queued = 1};
	switch (d->kind) {
	case VH_BENCH_CPU:
		return open_cpu(d, err);
	case VH_BENCH_PROGRAM:
		return open_program(d, err);
	case VH_BENCH_ALSO:
		return open_also(d, err);
	case VH_BENCH_PREDICTED:
		break;
	}
	return open_predicted(d, err);
}

void vh_bench_device_release(struct vh_bench_device *d)
{
	for (int i = 0; i < d->n_cells; i++) {
		int shared = 0;

		for (int j = 0; j < i; j++)
			shared |= d->cells[j].batch == d->cells[i].batch;
		if (!shared)
			vn_cpu_free(d->cpu[i]);
	}
	memset(d->cpu, 0, sizeof(d->cpu));
	while (d->n_devs > 0)
		vn_device_close(d->devs[--d->n_devs]);
	vh_also_close(d->also);
	d->also = NULL;
}

void vh_bench_device_close(struct vh_bench_device *d)
{
	vh_bench_device_release(d);
	for (int i = 0; i < d->n_cells; i++)
		free(d->cells[i].samples);
}

/* ---- run ---- */

static void check_classes(struct vh_bench_device *d, const int *classes, int batch)
{
	for (int i = 0; i < batch; i++)
		d->differ += classes[i] != d->net->top[i];
	d->checked += (size_t)batch;
}

static int best_of(const float *v, int n)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		best = v[i] > v[best] ? i : best;
	return best;
}

static int run_cpu(struct vh_bench_device *d, struct vh_bench_cell *c, double until, vn_error *err)
{
	const int classes = d->net->classes;
	float *logits = malloc((size_t)c->batch * (size_t)classes * sizeof(*logits));
	int rc = logits ? 0 : vn_fail_nomem(err, (size_t)classes * sizeof(*logits), "logits");

	while (!rc) {
		const double cpu = cpu_now(), begun = vh_seconds();
		double taken;

		rc = vn_cpu_run(d->cpu[c - d->cells], d->net->pixels, logits, NULL, err);
		taken = vh_seconds() - begun;
		c->cpu_seconds += cpu_now() - cpu;
		rc = rc ? rc : vh_bench_sample(c, taken, (size_t)c->batch, err);
		for (int i = 0; i < c->batch && !rc; i++) {
			const int best = best_of(logits + (size_t)i * (size_t)classes, classes);

			d->differ += best != d->net->top[i];
			d->checked++;
		}
		if (!rc && vh_interrupted())
			rc = VH_STOPPED;
		if (vh_seconds() >= until)
			break;
	}
	free(logits);
	return rc;
}

static int run_also(struct vh_bench_device *d, struct vh_bench_cell *c, double until, vn_error *err)
{
	int *classes = malloc((size_t)c->batch * sizeof(*classes));
	int rc = classes ? 0 : vn_fail_nomem(err, (size_t)c->batch * sizeof(*classes), "classes");

	while (!rc) {
		double seconds, cpu;

		rc = vh_also_run(d->also, c->batch, &seconds, &cpu, classes, err);
		if (rc)
			break;
		c->cpu_seconds += cpu;
		check_classes(d, classes, c->batch);
		rc = vh_bench_sample(c, seconds, (size_t)c->batch, err);
		if (!rc && vh_interrupted())
			rc = VH_STOPPED;
		if (vh_seconds() >= until)
			break;
	}
	free(classes);
	return rc;
}

static void check_bytes(struct vh_bench_device *d, const vn_job *job, int batch)
{
	const size_t classes = (size_t)d->net->classes;

	for (size_t i = 0; i < (size_t)batch; i++)
		d->differ += memcmp(vn_job_logits(job, i), d->net->exact + i * classes,
		                    classes * sizeof(int32_t)) != 0;
	d->checked += (size_t)batch;
}

/* Jobs are submitted and waited for in turn over the devices; @depth of them are in flight. */
static int run_program(struct vh_bench_device *d, struct vh_bench_cell *c, double until,
                       vn_error *err)
{
	enum { DEEPEST = 3 * VH_BENCH_THREADS };
	const int wanted = d->n_devs * (2 * vn_device_units(d->devs[0]) + 1);
	const int depth = !c->queued || d->simulated ? 1 : wanted < DEEPEST ? wanted : DEEPEST;
	const double cpu = cpu_now();
	double last = vh_seconds();
	vn_job *jobs[DEEPEST] = {NULL};
	size_t sent = 0, got = 0;
	int rc = 0;

	while (!rc && (got == 0 || got < sent || last < until)) {
		while (!rc && sent - got < (size_t)depth && (sent == 0 || last < until)) {
			rc = vn_submit(d->devs[sent % (size_t)d->n_devs], d->net->pixels,
			               (size_t)c->batch, 0, &jobs[sent % (size_t)depth], err);
			sent += rc == 0;
		}
		if (rc || got == sent)
			break;
		rc = vh_wait(jobs[got % (size_t)depth], err);
		if (!rc) {
			const double now = vh_seconds();

			check_bytes(d, jobs[got % (size_t)depth], c->batch);
			rc = vh_bench_sample(c, now - last, (size_t)c->batch, err);
			last = now;
		}
		vn_job_free(jobs[got % (size_t)depth]);
		jobs[got++ % (size_t)depth] = NULL;
	}
	for (int i = 0; i < depth; i++)
		vn_job_free(jobs[i]);
	c->cpu_seconds += cpu_now() - cpu;
	return rc;
}

int vh_bench_run(struct vh_bench_device *d, struct vh_bench_cell *c, double seconds, vn_error *err)
{
	const double until = vh_seconds() + seconds;

	if (d->kind == VH_BENCH_CPU)
		return run_cpu(d, c, until, err);
	return d->kind == VH_BENCH_ALSO ? run_also(d, c, until, err)
	                                : run_program(d, c, until, err);
}
