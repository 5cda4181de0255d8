/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_run.c - vanillin run: classify images.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/cli.h"
#include "host/counters.h"
#include "host/data.h"
#include "host/labels.h"
#include "host/net.h"
#include "host/out.h"
#include "host/path_list.h"
#include "host/pictures.h"

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
	long index;       /* --index; -1 if not given */
	const char *list; /* --list; NULL if not given */
	struct vh_pictures pictures;
	enum vh_alpha alpha;
	struct vh_data *sets; /* [n_sets] what the operands are, in their order */
	size_t n_sets;
	size_t others;        /* files in folders that are no pictures */
	struct vh_names pool; /* pictures of the set that is being gathered */
	uint8_t *pixels;      /* a batch */
	size_t batch;
	int *classes; /* [top] */
	json_t *json; /* array of results, or NULL */
	int counters; /* --counters: print what the engines did */
	size_t last;  /* images of the last batch, still in pixels */
	struct batch under_way[DEPTH_MAX];
	int n, depth;    /* how many there are, how many keep the device busy */
	json_t *counted; /* with --json: its rows */
};

/* ---- operands ---- */

static int add_set(struct run *r, struct vh_data *d, vn_error *err)
{
	struct vh_data *moved = realloc(r->sets, (r->n_sets + 1) * sizeof(*moved));

	if (!moved) {
		vh_data_free(d);
		return vn_fail_nomem(err, sizeof(*moved), "the operands");
	}
	r->sets = moved;
	r->sets[r->n_sets++] = *d;
	return 0;
}

static struct vh_shape shape_of(const struct run *r)
{
	struct vh_shape shape = vh_shape_of(&r->info);

	shape.alpha = r->alpha;
	return shape;
}

/* Pictures that stand side by side are one set, so that batches are full. */
static int close_pool(struct run *r, vn_error *err)
{
	const struct vh_shape shape = shape_of(r);
	struct vh_data d;
	int rc;

	if (r->pool.n == 0)
		return 0;
	rc = vh_data_pictures(&r->pool, &shape, &d, err);
	return rc ? rc : add_set(r, &d, err);
}

/* A picture, a folder, an IDX file or one image of it, or "-". */
static int add_operand(struct run *r, const char *path, vn_error *err)
{
	const struct vh_shape shape = shape_of(r);
	struct vh_data d;
	int rc;

	if (strcmp(path, "-") == 0)
		return vh_path_list(NULL, &r->pool, err);
	rc = vh_data_images(path, &shape, 0, &d, err);
	if (rc)
		return rc;
	if (r->index >= 0)
		rc = vh_data_choose(&d, r->index, err);
	if (!rc && !d.files) {
		rc = close_pool(r, err);
		return rc ? (vh_data_free(&d), rc) : add_set(r, &d, err);
	}
	for (size_t i = 0; !rc && i < d.n; i++) {
		rc = vh_names_add(&r->pool, d.files[i], err);
		d.files[i] = NULL;
	}
	r->others += d.others;
	vh_data_free(&d);
	return rc;
}

/* All of them, decoded once, before anything runs. */
static int open_operands(struct run *r, int n, char **paths, const struct vh_common *common,
                         vn_error *err)
{
	size_t bad = 0;
	int rc = 0;

	for (int i = 1; !rc && i < n; i++)
		rc = add_operand(r, paths[i], err);
	if (!rc && r->list)
		rc = vh_path_list(r->list, &r->pool, err);
	rc = rc ? rc : close_pool(r, err);
	for (size_t i = 0; !rc && i < r->n_sets; i++) {
		rc = vh_data_prepare(&r->sets[i], (int)common->threads, r->pictures.skip_bad, err);
		bad += r->sets[i].bad;
	}
	if (!rc && (r->others || bad))
		vh_note("%zu files that are no pictures are skipped, %zu that cannot be read left "
		        "out",
		        r->others, bad);
	return rc;
}

static int open_run(struct run *r, const struct vh_common *common, vn_error *err)
{
	const struct vh_shape shape = vh_shape_of(&r->info);
	int rc;

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
	for (size_t i = 0; i < r->n_sets; i++)
		vh_data_free(&r->sets[i]);
	free(r->sets);
	vh_names_free(&r->pool);
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

		vh_say(stdout, "", name, ": ");
		vh_say(stdout, "", vh_class_name(r->prog, c, number), " ");
		printf("%.4f\n", (double)logits[c] * vn_program_logit_scale(r->prog, c));
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

static int run_set(struct run *r, const struct vh_data *d, vn_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < d->n; i += r->batch) {
		if (r->n == r->depth)
			rc = finish_batch(r, d, err);
		if (!rc)
			rc = submit_batch(r, d, i, d->n - i < r->batch ? d->n - i : r->batch, err);
	}
	while (!rc && r->n > 0)
		rc = finish_batch(r, d, err);
	drop_batches(r);
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
	int rc = vh_program_load(paths[0], common->device, &r->prog, err);

	if (rc)
		return rc;
	vn_program_get_info(r->prog, &r->info);
	rc = open_operands(r, n, paths, common, err);
	rc = rc ? rc : open_run(r, common, err);
	for (size_t i = 0; !rc && i < r->n_sets; i++)
		rc = run_set(r, &r->sets[i], err);
	if (!rc && r->counters)
		rc = count(r, common, err);
	return rc ? rc : vh_device_end(r->dev, err);
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct run r = {.top = 1, .index = -1};
	struct vh_common common;
	const struct vh_option options[] = {
	        {"top", 'k', VH_NUMBER, "K", "print the K best classes (default 1)", &r.top, 1,
	         65536},
	        {"list", 0, VH_TEXT, "FILE",
	         "also the pictures that it names, one a line or NUL separated; - is such a list "
	         "on "
	         "the standard input",
	         &r.list, 0, 0},
	        VH_PICTURE_OPTIONS(&r.pictures),
	        {"index", 0, VH_NUMBER, "I", "of an IDX file only image I", &r.index, 0,
	         0x7fffffff},
	        {"counters", 0, VH_FLAG, NULL,
	         "print what the engines did, whole and stage by stage (rtl:)", &r.counters, 0, 0},
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &common, argc, argv, &n);

	if (rc == VH_GO_ON)
		rc = vh_pictures_parse(&r.pictures, self->name, &r.alpha);
	if (rc == VH_GO_ON && n == 1 && !r.list)
		rc = vh_usage(self->name, "an operand is missing: %s", self->operands);
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
        .operands = "NET IMAGE...",
        .summary = "classify images: PNG, JPEG, IDX files, FILE.idx:INDEX, folders, - for a list",
        .least = 1,
        .most = -1,
        .more = VH_NET_HELP,
        .run = run,
};
