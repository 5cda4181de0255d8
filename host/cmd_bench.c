/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_bench.c - vanillin bench: how fast devices and this CPU run networks, side by side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/outfile.h"
#include "host/batch.h"
#include "host/bench.h"
#include "host/cli.h"
#include "host/out.h"

struct bench {
	struct vh_common common;
	struct vh_bench_options options;
	const char *devices, *batches, *also, *json, *html;
	int text;
	char *list, *also_list; /* cut at the commas */
	const char *names[VH_BENCH_DEVICES];
	enum vh_bench_kind kinds[VH_BENCH_DEVICES];
	int n_devices, wants_float, wants_program;
	struct vh_bench_net nets[VH_BENCH_NETS];
	int n_nets;
	struct vh_bench_device *found; /* [n_nets][n_devices] */
	char also_names[VH_BENCH_DEVICES][32];
	struct vn_outfile files[2];
	char **argv; /* the whole command line */
	double load[2];
};

/* ---- options ---- */

static int parse_batches(struct bench *b, const char *command)
{
	const char *at = b->batches;
	struct vh_bench_options *o = &b->options;

	for (;;) {
		char *end;
		const long n = strtol(at, &end, 10);

		if (end == at || (*end && *end != ',') || n < 1 || n > 1024 ||
		    o->n_batches == VH_BENCH_CELLS - 1)
			return vh_usage(command,
			                "--batch: '%s' is not a list of up to %d numbers "
			                "from 1 to 1024",
			                b->batches, VH_BENCH_CELLS - 1);
		o->batches[o->n_batches++] = (int)n;
		if (!*end)
			return VH_GO_ON;
		at = end + 1;
	}
}

static int add_device(struct bench *b, const char *name, enum vh_bench_kind kind, vn_error *err)
{
	if (b->n_devices == VH_BENCH_DEVICES)
		return vn_fail(err, VN_EARG, NULL, "more than %d devices", VH_BENCH_DEVICES);
	b->names[b->n_devices] = name;
	b->kinds[b->n_devices++] = kind;
	b->wants_float |= kind == VH_BENCH_CPU || kind == VH_BENCH_ALSO;
	b->wants_program |= kind == VH_BENCH_PROGRAM || kind == VH_BENCH_PREDICTED;
	return 0;
}

/* Each library in the types that cpu: runs in, float if in none. */
static int add_also(struct bench *b, const char *which, vn_error *err)
{
	const int types = b->n_devices;
	int added = 0, rc = 0;

	if (strcmp(which, "ort") != 0 && strcmp(which, "openvino") != 0 &&
	    strcmp(which, "torch") != 0)
		return vn_fail(err, VN_EARG, "ort, openvino or torch", "--also: unknown library %s",
		               which);
	for (int i = 0; i < types + 1 && !rc; i++) {
		const char *type = i < types && b->kinds[i] == VH_BENCH_CPU
		                           ? b->names[i] + strlen("cpu:")
		                   : i == types && !added ? "f32"
		                                          : NULL;

		if (!type || b->n_devices == VH_BENCH_DEVICES)
			continue;
		snprintf(b->also_names[b->n_devices], sizeof(b->also_names[0]), "%s:%s", which,
		         type);
		rc = add_device(b, b->also_names[b->n_devices], VH_BENCH_ALSO, err);
		added = 1;
	}
	return rc;
}

static int list_devices(struct bench *b, vn_error *err)
{
	char *save = NULL;
	int rc = 0;

	b->list = strdup(b->devices);
	b->also_list = strdup(b->also ? b->also : "");
	if (!b->list || !b->also_list)
		return vn_fail_nomem(err, strlen(b->devices) + 1, "a list of devices");
	for (char *d = strtok_r(b->list, ",", &save); d && !rc; d = strtok_r(NULL, ",", &save)) {
		enum vh_bench_kind kind;

		rc = vh_bench_kind_of(d, &kind, err);
		rc = rc ? rc : add_device(b, d, kind, err);
	}
	save = NULL;
	for (char *a = strtok_r(b->also_list, ",", &save); a && !rc; a = strtok_r(NULL, ",", &save))
		rc = add_also(b, a, err);
	if (!rc && b->n_devices == 0)
		rc = vn_fail(err, VN_EARG, "as in cpu:f32,hls:", "--devices: none is named");
	for (int i = 0; i < b->n_devices && !rc; i++)
		if (b->kinds[i] == VH_BENCH_PREDICTED)
			return 0;
	return rc || !b->wants_program ? rc : add_device(b, "predicted:", VH_BENCH_PREDICTED, err);
}

/* ---- measuring ---- */

/* Reports that cannot be written are told before minutes of measuring. */
static int open_files(struct bench *b, vn_error *err)
{
	int rc = b->json ? vn_outfile_open(&b->files[0], "--json ", b->json, err) : 0;

	return !rc && b->html ? vn_outfile_open(&b->files[1], "--html ", b->html, err) : rc;
}

/* A library that is not installed, or not with this type, leaves a row that says so. */
static int open_one(struct bench *b, struct vh_bench_device *d, const char *name,
                    const struct vh_bench_net *net, vn_error *err)
{
	int rc = vh_bench_device_open(d, name, net, &b->options, err);

	if (rc != VN_ENODEV || d->kind != VH_BENCH_ALSO)
		return rc;
	vh_note("%s", err->message);
	vh_bench_device_release(d);
	d->n_cells = 0;
	snprintf(d->about, sizeof(d->about), "left out: not installed");
	return 0;
}

static int measure(struct bench *b, int n, vn_error *err)
{
	struct vh_bench_device *d = b->found + (size_t)n * (size_t)b->n_devices;
	int rc = 0;

	for (int i = 0; i < b->n_devices && !rc; i++) {
		d[i].kind = b->kinds[i];
		rc = open_one(b, &d[i], b->names[i], &b->nets[n], err);
	}
	rc = rc ? rc : vh_bench_rounds(d, b->n_devices, err);
	for (int i = 0; i < b->n_devices && !rc; i++)
		for (int k = 0; k < d[i].n_devs && !rc; k++)
			rc = vh_device_end(d[i].devs[k], err);
	return rc;
}

/* Devices of one network at a time, so that their memory is there only once. */
static void release(struct bench *b, int n)
{
	for (int i = 0; i < b->n_devices; i++) {
		struct vh_bench_device *d = &b->found[n * b->n_devices + i];

		vh_bench_device_release(d);
	}
}

static int bench(struct bench *b, char **paths, vn_error *err)
{
	struct vh_machine m;
	int rc = list_devices(b, err);

	rc = rc ? rc : open_files(b, err);
	if (rc)
		return rc;
	b->found = calloc((size_t)b->n_nets * (size_t)b->n_devices, sizeof(*b->found));
	if (!b->found)
		return vn_fail_nomem(err, sizeof(*b->found), "devices");
	vh_machine_look(&m);
	b->load[0] = m.load;
	for (int n = 0; n < b->n_nets && !rc; n++) {
		rc = vh_bench_net_open(&b->nets[n], paths[n], &b->options, b->wants_float,
		                       b->wants_program, err);
		rc = rc ? rc : measure(b, n, err);
		release(b, n);
	}
	vh_machine_look(&m);
	b->load[1] = m.load;
	return rc;
}

/* ---- telling ---- */

/* A wrong answer makes a figure worthless. */
static int judge(const struct bench *b, vn_error *err)
{
	for (int i = 0; i < b->n_nets * b->n_devices; i++) {
		const struct vh_bench_device *d = &b->found[i];

		if (d->differ == 0 || d->approximate || d->kind == VH_BENCH_ALSO)
			continue;
		return vn_fail(err, VN_EMISMATCH, "vanillin verify tells where they differ",
		               "%s: %s: %zu of %zu answers are wrong", d->net->path, d->name,
		               d->differ, d->checked);
	}
	return 0;
}

/* In memory first: the file's stream has no buffer. */
static int write_page(struct bench *b, const struct vh_bench_report *r, vn_error *err)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int ok = f != NULL;

	if (f) {
		vh_bench_html(r, f);
		ok = fclose(f) == 0;
	}
	if (ok)
		vn_outfile_print(&b->files[1], "%s", text);
	free(text);
	return ok ? vn_outfile_finish(&b->files[1], "--html ", err)
	          : vn_fail_nomem(err, 1, "the page");
}

static int write_files(struct bench *b, const struct vh_bench_report *r, vn_error *err)
{
	int rc = 0;

	if (b->json) {
		json_t *object = vh_bench_json(r);
		char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;

		if (!text)
			rc = vn_fail_nomem(err, 1, "the JSON object");
		else
			vn_outfile_print(&b->files[0], "%s\n", text);
		free(text);
		json_decref(object);
		rc = rc ? rc : vn_outfile_finish(&b->files[0], "--json ", err);
	}
	return rc || !b->html ? rc : write_page(b, r, err);
}

static int tell(struct bench *b, vn_error *err)
{
	const struct vh_bench_report r = {
	        .options = &b->options,
	        .nets = b->nets,
	        .n_nets = b->n_nets,
	        .devices = b->found,
	        .per_net = b->n_devices,
	        .argv = b->argv,
	        .load = {b->load[0], b->load[1]},
	};
	int rc = write_files(b, &r, err);

	if (b->text || (!b->json && !b->html))
		vh_bench_text(&r);
	return rc ? rc : judge(b, err);
}

/* ---- command ---- */

static void clean_up(struct bench *b)
{
	for (int i = 0; b->found && i < b->n_nets * b->n_devices; i++)
		vh_bench_device_close(&b->found[i]);
	for (int i = 0; i < b->n_nets; i++)
		vh_bench_net_close(&b->nets[i]);
	for (int i = 0; i < 2; i++)
		vn_outfile_drop(&b->files[i]);
	free(b->found);
	free(b->list);
	free(b->also_list);
	free(b->argv);
}

/* main's arguments as they were: vh_parse reorders. */
static int keep_arguments(struct bench *b, int argc, char **argv)
{
	b->argv = calloc((size_t)argc + 3, sizeof(*b->argv));
	if (!b->argv)
		return 0;
	b->argv[0] = "vanillin";
	b->argv[1] = "bench";
	memcpy(b->argv + 2, argv, (size_t)argc * sizeof(*argv));
	return 1;
}

static int parse(struct bench *b, const struct vh_command *self, int argc, char **argv, int *n)
{
	struct vh_bench_options *o = &b->options;
	const struct vh_option options[] = {
	        {"devices", 0, VH_TEXT, "LIST",
	         "what runs: cpu:f32, cpu:int8, or URIs (default cpu:f32,cpu:int8,ref:)",
	         &b->devices, 0, 0},
	        {"batch", 0, VH_TEXT, "LIST", "images of a job with a full queue (default 1,8)",
	         &b->batches, 0, 0},
	        {"seconds", 0, VH_NUMBER, "S", "to measure of each device and batch (default 2)",
	         &o->seconds, 1, 86400},
	        {"target", 0, VH_TEXT, "RxC", "array to compile an .onnx file for (default 32x64)",
	         &o->target, 0, 0},
	        {"data", 0, VH_TEXT, "PATH",
	         "pictures to calibrate by and to feed (default: synthetic)", &o->data, 0, 0},
	        {"images", 0, VH_NUMBER, "N", "pictures to calibrate by (default 8)", &o->images, 1,
	         100000},
	        {"clock", 0, VH_NUMBER, "MHZ", "clock that predictions assume (default 300)",
	         &o->clock_mhz, 1, 2000},
	        {"also", 0, VH_TEXT, "LIST",
	         "other libraries: ort, openvino, torch, by the Python of $PYTHON", &b->also, 0, 0},
	        {"json", 0, VH_TEXT, "FILE", "everything that was measured, as JSON", &b->json, 0,
	         0},
	        {"html", 0, VH_TEXT, "FILE", "the same as a page to read and to print", &b->html, 0,
	         0},
	        {"text", 0, VH_FLAG, NULL, "print the table although a file is written", &b->text,
	         0, 0},
	        {0},
	};
	int rc = vh_parse(self, options, &b->common, argc, argv, n);

	if (rc != VH_GO_ON)
		return rc;
	vh_set_json(0); /* --json names a file here */
	if (*n > VH_BENCH_NETS)
		return vh_usage(self->name, "more than %d networks", VH_BENCH_NETS);
	if (b->common.device)
		return vh_usage(self->name, "--device: bench wants --devices");
	o->threads =
	        b->common.threads > 0 ? (int)b->common.threads : (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (o->threads > VH_BENCH_THREADS)
		o->threads = VH_BENCH_THREADS;
	o->weights = b->common.weights;
	return parse_batches(b, self->name);
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	vn_error err = {0};
	int rc;

	if (!b || !keep_arguments(b, argc, argv)) {
		free(b);
		(void)vn_fail_nomem(&err, sizeof(*b), "bench");
		return vh_report(&err);
	}
	b->devices = "cpu:f32,cpu:int8,ref:";
	b->batches = "1,8";
	b->options = (struct vh_bench_options){
	        .target = "32x64", .images = 8, .seconds = 2, .clock_mhz = 300};
	rc = parse(b, self, argc, argv, &b->n_nets);
	if (rc == VH_GO_ON) {
		vh_catch_interrupt();
		rc = bench(b, argv, &err);
		rc = rc ? rc : tell(b, &err);
		rc = vh_exit_code(rc, &err);
	} else {
		b->n_nets = 0;
	}
	clean_up(b);
	free(b);
	return rc;
}

const struct vh_command VH_BENCH = {
        .name = "bench",
        .operands = "NET...",
        .summary = "speed of devices and of this CPU, side by side",
        .least = 1,
        .most = -1,
        .run = run,
};
