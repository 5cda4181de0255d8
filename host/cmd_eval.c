/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_eval.c - vanillin eval: accuracy over a labelled data set, and images per second.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/cli.h"
#include "host/data.h"
#include "host/net.h"
#include "host/out.h"
#include "host/pictures.h"
#include "host/work.h"

enum { TOP = 5 };

struct eval {
	struct vh_common common;
	const char *data_path;
	long images; /* 0: all */
	int first, by_order;
	struct vh_pictures pictures;
	enum vh_alpha alpha;
	vn_program *prog;
	vn_program_info info;
	vn_device *card; /* that all threads share; NULL: each opens its own device */
	struct vh_data data;
	size_t n, batch;
	int threads;
	double seconds;
	pthread_mutex_t lock; /* of the counts */
	size_t top1, top5;
};

/* A thread's device and room for a batch. */
struct lane {
	vn_device *dev;
	int shared; /* it is the card */
	uint8_t *pixels;
};

/* ---- threads ---- */

static int open_device(const struct eval *e, vn_device **dev, vn_error *err)
{
	int rc = vn_device_open(e->common.device, dev, err);

	return rc ? rc : vn_device_load(*dev, e->prog, e->common.weights, err);
}

static int open_lane(void *ctx, void **state, vn_error *err)
{
	struct eval *e = ctx;
	struct lane *lane = calloc(1, sizeof(*lane));
	const struct vh_shape shape = vh_shape_of(&e->info);
	int rc;

	*state = lane;
	if (!lane)
		return vn_fail_nomem(err, sizeof(*lane), "a thread");
	rc = vh_alloc_pixels(&shape, e->batch, &lane->pixels, err);
	lane->dev = e->card;
	lane->shared = e->card != NULL;
	if (!rc && !lane->shared)
		rc = open_device(e, &lane->dev, err);
	return rc;
}

static int close_lane(void *state, vn_error *err)
{
	struct lane *lane = state;
	int rc = 0;

	if (!lane)
		return 0;
	if (!lane->shared) {
		rc = vh_device_end(lane->dev, err);
		vn_device_close(lane->dev);
	}
	free(lane->pixels);
	free(lane);
	return rc;
}

static int count_hits(struct eval *e, const vn_job *job, size_t first, size_t count, vn_error *err)
{
	const int k = e->info.classes < TOP ? e->info.classes : TOP;
	size_t top1 = 0, top5 = 0;
	int best[TOP];

	for (size_t i = 0; i < count; i++) {
		const int label = e->data.labels[first + i];

		if (vn_program_top(e->prog, vn_job_logits(job, i), k, best))
			return vn_fail(err, VN_EARG, NULL, "a network without classes");
		top1 += best[0] == label;
		for (int j = 0; j < k; j++)
			top5 += best[j] == label;
	}
	pthread_mutex_lock(&e->lock);
	e->top1 += top1;
	e->top5 += top5;
	pthread_mutex_unlock(&e->lock);
	return 0;
}

static int step(void *ctx, void *state, size_t first, size_t count, vn_error *err)
{
	struct eval *e = ctx;
	struct lane *lane = state;
	const size_t image = (size_t)e->info.in_c * (size_t)e->info.in_h * (size_t)e->info.in_w;
	vn_job *job;
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = vh_data_get(&e->data, first + i, lane->pixels + i * image, err);
	if (!rc)
		rc = vh_batch(lane->dev, lane->pixels, count, 0, &job, err);
	if (rc)
		return rc;
	rc = count_hits(e, job, first, count, err);
	vn_job_free(job);
	return rc;
}

/* ---- command ---- */

static int open_data(struct eval *e, vn_error *err)
{
	struct vh_shape shape = vh_shape_of(&e->info);
	size_t all;
	int rc;

	shape.alpha = e->alpha;
	rc = vh_data_for(e->prog, e->data_path, &shape, e->by_order, &e->data, err);
	if (rc)
		return rc;
	all = e->data.n;
	if (e->data.note)
		vh_note("%s", e->data.note);
	if (e->images > 0)
		rc = vh_data_cut(&e->data, (size_t)e->images, e->first ? VH_FIRST : VH_BY_CLASS,
		                 err);
	if (!rc && e->data.n < all && !e->first)
		vh_note("%zu of %zu images, spread over the classes (--first takes the first ones)",
		        e->data.n, all);
	return rc ? rc
	          : vh_data_prepare(&e->data, (int)e->common.threads, e->pictures.skip_bad, err);
}

static int evaluate(struct eval *e, const char *path, vn_error *err)
{
	struct vh_work work = {
	        .what = "eval", .ctx = e, .open = open_lane, .step = step, .close = close_lane};
	int rc = vh_program_load(path, e->common.device, &e->prog, err);

	if (rc)
		return rc;
	vn_program_get_info(e->prog, &e->info);
	rc = open_data(e, err);
	if (rc)
		return rc;
	e->n = e->data.n;
	if (vh_is_card(e->common.device))
		rc = open_device(e, &e->card, err);
	if (rc)
		return rc;
	e->threads = e->card ? vh_feeders(&e->common, e->card)
	                     : vh_threads(&e->common, e->common.device);
	e->batch = vh_batch_size(&e->info, e->n, e->threads);
	work.items = e->n;
	work.batch = e->batch;
	work.threads = e->threads;
	rc = vh_work_run(&work, &e->seconds, err);
	e->seconds += e->data.seconds;
	return rc ? rc : vh_device_end(e->card, err);
}

static int print(const struct eval *e, const char *path)
{
	const double n = (double)e->n, rate = e->seconds > 0 ? n / e->seconds : 0;
	const double top1 = 100 * (double)e->top1 / n, top5 = 100 * (double)e->top5 / n;

	if (e->common.json)
		return vh_print_json(
		        json_pack("{s:o,s:o,s:o,s:s,s:i,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:s*}",
		                  "program", vh_json_text(path), "data", vh_json_text(e->data_path),
		                  "device", vh_json_text(e->common.device), "weights",
		                  e->common.weights == VN_STREAM ? "stream" : "resident", "threads",
		                  e->threads, "images", (json_int_t)e->n, "skipped",
		                  (json_int_t)e->data.others, "bad", (json_int_t)e->data.bad,
		                  "top1", top1, "top5", top5, "seconds", e->seconds, "images_per_s",
		                  rate, "note", e->data.note));
	vh_say(stdout, "eval: device=", e->common.device, "");
	printf(" images=%zu top1=%.2f top5=%.2f images_per_s=%.*f", e->n, top1, top5,
	       rate < 10 ? 2 : 0, rate);
	if (e->data.files)
		printf(" skipped=%zu bad=%zu", e->data.others, e->data.bad);
	putchar('\n');
	return VH_OK;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct eval e = {.lock = PTHREAD_MUTEX_INITIALIZER};
	const struct vh_option options[] = {
	        {"data", 0, VH_TEXT, "PATH",
	         "folder, IDX file of images, or IMAGES,LABELS (required)", &e.data_path, 0, 0},
	        {"images", 0, VH_NUMBER, "N", "only N images, spread over the classes", &e.images,
	         1, 0x7fffffff},
	        {"first", 0, VH_FLAG, NULL, "with --images: the first ones", &e.first, 0, 0},
	        {"by-order", 0, VH_FLAG, NULL,
	         "take folders for classes in sorted order, whatever they are called", &e.by_order,
	         0, 0},
	        VH_PICTURE_OPTIONS(&e.pictures),
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &e.common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (!e.data_path)
		return vh_usage(self->name, "--data is missing");
	rc = vh_pictures_parse(&e.pictures, self->name, &e.alpha);
	if (rc != VH_GO_ON)
		return rc;
	if (!e.common.device)
		e.common.device = "ref:";
	vh_catch_interrupt();
	rc = vh_exit_code(evaluate(&e, argv[0], &err), &err);
	if (rc == VH_OK)
		rc = print(&e, argv[0]);
	vn_device_close(e.card);
	vh_data_free(&e.data);
	vn_program_free(e.prog);
	return rc;
}

const struct vh_command VH_EVAL = {
        .name = "eval",
        .operands = "NET --data PATH",
        .summary = "accuracy over a labelled data set, and images per second",
        .least = 1,
        .most = 1,
        .more = VH_NET_HELP,
        .run = run,
};
