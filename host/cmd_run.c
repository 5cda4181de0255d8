/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_run.c - vanillin run: classify images.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/cli.h"
#include "host/counters.h"
#include "host/out.h"
#include "host/work.h"

enum { DEPTH_MAX = 64 };

struct batch {
	vn_job *job;
	size_t first, count; /* of the operand's images */
};

struct run {
	vn_program *prog;
	vn_program_info info;
	vn_device *dev;
	long top;
	long index;      /* --index; -1 if not given */
	uint8_t *pixels; /* a batch */
	size_t batch;
	int *classes; /* [top] */
	json_t *json; /* array of results, or NULL */
	int counters; /* --counters: print what the engines did */
	size_t last;  /* images of the last batch, still in pixels */
	struct batch under_way[DEPTH_MAX];
	int n, depth;    /* how many there are, how many keep the device busy */
	json_t *counted; /* with --json: its rows */
};

static int open_run(struct run *r, const char *path, const struct vh_common *common, vn_error *err)
{
	struct vh_shape shape;
	int rc = vn_program_load(path, &r->prog, err);

	if (rc)
		return rc;
	vn_program_get_info(r->prog, &r->info);
	shape = vh_shape_of(&r->info);
	if (r->top > r->info.classes)
		r->top = r->info.classes;
	r->batch = vh_batch_size(&r->info, 256, 1);
	r->classes = malloc((size_t)r->top * sizeof(*r->classes));
	if (!r->classes)
		return vn_fail_nomem(err, (size_t)r->top * sizeof(*r->classes), "results");
	rc = vh_alloc_pixels(&shape, r->batch, &r->pixels, err);
	if (!rc)
		rc = vn_device_open(common->device, &r->dev, err);
	if (!rc)
		rc = vn_device_load(r->dev, r->prog, common->weights, err);
	r->depth = vh_feeders(common, r->dev);
	if (r->depth > DEPTH_MAX)
		r->depth = DEPTH_MAX;
	return rc;
}

static void close_run(struct run *r)
{
	vn_device_close(r->dev);
	vn_program_free(r->prog);
	free(r->pixels);
	free(r->classes);
	json_decref(r->json);
	json_decref(r->counted);
}

static json_t *result_json(const struct run *r, const char *name, const int32_t *logits)
{
	json_t *top = json_array();
	char number[16];

	for (long i = 0; i < r->top; i++) {
		const int c = r->classes[i];

		json_array_append_new(
		        top, json_pack("{s:i,s:o,s:f,s:i}", "class", c, "label",
		                       vh_json_text(vh_class_name(r->prog, c, number)), "logit",
		                       (double)logits[c] * vn_program_logit_scale(r->prog, c),
		                       "raw", (int)logits[c]));
	}
	return json_pack("{s:o,s:o}", "image", vh_json_text(name), "top", top);
}

static int print_result(struct run *r, const char *name, const int32_t *logits, vn_error *err)
{
	char number[16];

	if (vn_program_top(r->prog, logits, (int)r->top, r->classes))
		return vn_fail(err, VN_EARG, NULL, "a network without classes");
	if (r->json)
		return json_array_append_new(r->json, result_json(r, name, logits))
		               ? vn_fail_nomem(err, 0, "results")
		               : 0;
	for (long i = 0; i < r->top; i++) {
		const int c = r->classes[i];

		printf("%s: %s %.4f\n", name, vh_class_name(r->prog, c, number),
		       (double)logits[c] * vn_program_logit_scale(r->prog, c));
	}
	return 0;
}

/* ---- batches under way, oldest first ---- */

static int submit_batch(struct run *r, const struct vh_data *d, size_t first, size_t count,
                        vn_error *err)
{
	const size_t image = (size_t)r->info.in_c * (size_t)r->info.in_h * (size_t)r->info.in_w;
	struct batch *b = &r->under_way[r->n];
	int rc = 0;

	r->last = count;
	for (size_t i = 0; !rc && i < count; i++)
		rc = vh_data_get(d, first + i, r->pixels + i * image, err);
	if (!rc)
		rc = vn_submit(r->dev, r->pixels, count, 0, &b->job, err);
	if (rc)
		return rc;
	b->first = first;
	b->count = count;
	r->n++;
	return 0;
}

/* Wait for the oldest batch and print it. */
static int finish_batch(struct run *r, const struct vh_data *d, vn_error *err)
{
	const struct batch b = r->under_way[0];
	int rc = vh_wait(b.job, err);

	r->n--;
	memmove(r->under_way, r->under_way + 1, (size_t)r->n * sizeof(b));
	for (size_t i = 0; !rc && i < b.count; i++) {
		char name[512];

		vh_data_name(d, b.first + i, name, sizeof(name));
		rc = print_result(r, name, vn_job_logits(b.job, i), err);
	}
	vn_job_free(b.job);
	return rc;
}

static void drop_batches(struct run *r)
{
	while (r->n > 0)
		vn_job_free(r->under_way[--r->n].job);
}

/* One operand: a picture, a folder, an IDX file or one image of it. */
static int run_operand(struct run *r, const char *path, vn_error *err)
{
	const struct vh_shape shape = vh_shape_of(&r->info);
	struct vh_data d;
	size_t i;
	int rc = vh_data_images(path, &shape, 0, &d, err);

	if (rc)
		return rc;
	if (r->index >= 0)
		rc = vh_data_choose(&d, r->index, err);
	for (i = 0; !rc && i < d.n; i += r->batch) {
		if (r->n == r->depth)
			rc = finish_batch(r, &d, err);
		if (!rc)
			rc = submit_batch(r, &d, i, d.n - i < r->batch ? d.n - i : r->batch, err);
	}
	while (!rc && r->n > 0)
		rc = finish_batch(r, &d, err);
	drop_batches(r);
	vh_data_free(&d);
	return rc;
}

static int print_counters(struct run *r, int head, vn_error *err)
{
	return r->counted ? vh_counters_json(r->dev, r->prog, r->counted, err)
	                  : vh_counters_print(r->dev, r->prog, head, err);
}

/* Counters of what has run; then, unless --weights chose one way, of the last batch stage by
 * stage. */
static int count(struct run *r, const struct vh_common *common, vn_error *err)
{
	vn_job *job;
	int rc;

	if (r->json)
		r->counted = json_array();
	rc = print_counters(r, 1, err);
	if (rc || !common->all_weights)
		return rc;
	rc = vn_device_load(r->dev, r->prog, VN_STREAM, err);
	if (!rc)
		rc = vh_batch(r->dev, r->pixels, r->last, 0, &job, err);
	if (rc)
		return rc;
	vn_job_free(job);
	return print_counters(r, 0, err);
}

static int run_all(struct run *r, int n, char **paths, const struct vh_common *common,
                   vn_error *err)
{
	int rc = open_run(r, paths[0], common, err);

	for (int i = 1; !rc && i < n; i++)
		rc = run_operand(r, paths[i], err);
	if (!rc && r->counters)
		rc = count(r, common, err);
	return rc;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct run r = {.top = 1, .index = -1};
	struct vh_common common;
	const struct vh_option options[] = {
	        {"top", 'k', VH_NUMBER, "K", "print the K best classes (default 1)", &r.top, 1,
	         65536},
	        {"index", 0, VH_NUMBER, "I", "of an IDX file only image I", &r.index, 0,
	         0x7fffffff},
	        {"counters", 0, VH_FLAG, NULL,
	         "print what the engines did, whole and stage by stage (rtl:)", &r.counters, 0, 0},
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (!common.device)
		common.device = "ref:";
	vh_catch_interrupt();
	r.json = common.json ? json_array() : NULL;
	rc = vh_exit_code(run_all(&r, n, argv, &common, &err), &err);
	if (rc == VH_OK && r.json)
		rc = vh_print_json(json_pack("{s:o,s:o,s:O,s:O*}", "program", vh_json_text(argv[0]),
		                             "device", vh_json_text(common.device), "images",
		                             r.json, "counters", r.counted));
	close_run(&r);
	return rc;
}

const struct vh_command VH_RUN = {
        .name = "run",
        .operands = "NET.vnx IMAGE...",
        .summary = "classify images: PNG, JPEG, IDX files, FILE.idx:INDEX, folders",
        .least = 2,
        .most = -1,
        .run = run,
};
