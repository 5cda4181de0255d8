/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_verify.c - vanillin verify: do devices agree on every value of every stage?
 *
 * Every device computes every image four ways: weights resident and streamed, with taps and
 * without.  All is compared with the first device's resident, tapped run.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/cli.h"
#include "host/data.h"
#include "host/net.h"
#include "host/out.h"
#include "host/pictures.h"
#include "host/synthetic.h"
#include "host/work.h"

enum { MAX_DEVICES = 16, MODES = 2 };

/* A way to compute a batch. */
struct way {
	int device, mode; /* mode: enum vn_weights */
	unsigned flags;   /* VN_TAPS or 0 */
};

/* Where two ways differ. */
struct mismatch {
	size_t image;
	struct way way;
	int stage; /* the number of stages: the logits */
	size_t at; /* element of the tensor */
	long here, there;
};

struct verify {
	struct vh_common common;
	const char *devices, *data_path;
	long images, seed;
	char *list; /* @devices, cut at the commas */
	const char *uris[MAX_DEVICES];
	int n_devices;
	vn_program *prog;
	vn_program_info info;
	struct vh_pictures pictures;
	enum vh_alpha alpha;
	struct vh_data data; /* n 0: synthetic */
	size_t n, batch;
	double seconds;
	pthread_mutex_t lock; /* of all below */
	size_t tensors, values, mismatches;
	struct mismatch first;
};

/* A thread's devices. */
struct lane {
	const struct verify *v;
	vn_device *dev[MAX_DEVICES]; /* a card can be opened once only */
	int loaded[MAX_DEVICES];     /* 1 + enum vn_weights; 0: nothing */
	uint8_t *pixels;
};

static int mode_wanted(const struct verify *v, int mode)
{
	return v->common.all_weights || v->common.weights == (enum vn_weights)mode;
}

/* ---- threads ---- */

/* The program onto a device in @mode, unless it is there so. */
static int load(struct lane *lane, int d, int mode, vn_error *err)
{
	int rc;

	if (lane->loaded[d] == 1 + mode)
		return 0;
	lane->loaded[d] = 0;
	rc = vn_device_load(lane->dev[d], lane->v->prog, (enum vn_weights)mode, err);
	if (!rc)
		lane->loaded[d] = 1 + mode;
	return rc;
}

/* The measure's mode comes first. */
static int base_mode(const struct verify *v)
{
	return mode_wanted(v, VN_RESIDENT) ? VN_RESIDENT : VN_STREAM;
}

static int open_devices(const struct verify *v, struct lane *lane, vn_error *err)
{
	int rc = 0;

	for (int d = 0; !rc && d < v->n_devices; d++) {
		rc = vn_device_open(v->uris[d], &lane->dev[d], err);
		if (!rc)
			rc = load(lane, d, base_mode(v), err);
	}
	return rc;
}

static int open_lane(void *ctx, void **state, vn_error *err)
{
	struct verify *v = ctx;
	const struct vh_shape shape = vh_shape_of(&v->info);
	struct lane *lane = calloc(1, sizeof(*lane));
	int rc;

	*state = lane;
	if (!lane)
		return vn_fail_nomem(err, sizeof(*lane), "a thread");
	lane->v = v;
	rc = vh_alloc_pixels(&shape, v->batch, &lane->pixels, err);
	return rc ? rc : open_devices(v, lane, err);
}

static int close_lane(void *state, vn_error *err)
{
	struct lane *lane = state;
	int rc = 0;

	if (!lane)
		return 0;
	for (int d = 0; d < MAX_DEVICES; d++) {
		const int failed = vh_device_end(lane->dev[d], rc ? NULL : err);

		rc = rc ? rc : failed;
		vn_device_close(lane->dev[d]);
	}
	free(lane->pixels);
	free(lane);
	return rc;
}

static int get_pixels(const struct verify *v, struct lane *lane, size_t first, size_t count,
                      vn_error *err)
{
	const size_t image = (size_t)v->info.in_c * (size_t)v->info.in_h * (size_t)v->info.in_w;
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		uint8_t *pixels = lane->pixels + i * image;

		if (v->data.n)
			rc = vh_data_get(&v->data, first + i, pixels, err);
		else
			vh_synthetic((uint64_t)v->seed, first + i, pixels, image);
	}
	return rc;
}

/* ---- comparing ---- */

/* What a thread finds in a batch. */
struct tally {
	size_t tensors, values, mismatches;
	struct mismatch first; /* of them */
};

static void note(struct tally *t, struct mismatch m)
{
	if (t->mismatches++ == 0)
		t->first = m;
}

static void compare_taps(struct tally *t, struct mismatch where, const int8_t *here,
                         const int8_t *there, size_t n)
{
	t->tensors++;
	t->values += n;
	if (memcmp(here, there, n) == 0)
		return;
	for (where.at = 0; where.at < n; where.at++)
		if (here[where.at] != there[where.at]) {
			where.here = here[where.at];
			where.there = there[where.at];
			note(t, where);
		}
}

static void compare_logits(struct tally *t, struct mismatch where, const int32_t *here,
                           const int32_t *there, size_t n)
{
	t->tensors++;
	t->values += n;
	for (where.at = 0; where.at < n; where.at++)
		if (here[where.at] != there[where.at]) {
			where.here = here[where.at];
			where.there = there[where.at];
			note(t, where);
		}
}

static void compare_image(const struct verify *v, struct tally *t, struct mismatch where,
                          const vn_job *here, const vn_job *there, size_t i)
{
	vn_stage_info s;

	for (where.stage = 0; where.way.flags && where.stage < v->info.stages; where.stage++)
		if (vn_program_stage(v->prog, where.stage, &s) == 0)
			compare_taps(t, where, vn_job_tap(here, i, where.stage),
			             vn_job_tap(there, i, where.stage),
			             (size_t)s.c * (size_t)s.h * (size_t)s.w);
	where.stage = v->info.stages;
	compare_logits(t, where, vn_job_logits(here, i), vn_job_logits(there, i),
	               (size_t)v->info.classes);
}

/* Threads finish in any order; the first mismatch is that of the lowest image. */
static void add(struct verify *v, const struct tally *t)
{
	pthread_mutex_lock(&v->lock);
	if (t->mismatches && (v->mismatches == 0 || t->first.image < v->first.image))
		v->first = t->first;
	v->tensors += t->tensors;
	v->values += t->values;
	v->mismatches += t->mismatches;
	pthread_mutex_unlock(&v->lock);
}

static int run_way(struct verify *v, struct lane *lane, struct way way, const vn_job *there,
                   size_t first, size_t count, vn_error *err)
{
	struct tally t = {0};
	vn_job *here;
	int rc = load(lane, way.device, way.mode, err);

	if (!rc)
		rc = vh_batch(lane->dev[way.device], lane->pixels, count, way.flags, &here, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		const struct mismatch where = {.image = first + i, .way = way};

		compare_image(v, &t, where, here, there, i);
	}
	vn_job_free(here);
	add(v, &t);
	return 0;
}

static int step(void *ctx, void *state, size_t first, size_t count, vn_error *err)
{
	struct verify *v = ctx;
	struct lane *lane = state;
	const int base = base_mode(v);
	vn_job *there;
	int rc = get_pixels(v, lane, first, count, err);

	if (!rc)
		rc = load(lane, 0, base, err);
	if (!rc)
		rc = vh_batch(lane->dev[0], lane->pixels, count, VN_TAPS, &there, err);
	if (rc)
		return rc;
	for (int i = 0; !rc && i < v->n_devices * MODES * 2; i++) {
		const struct way way = {i / (MODES * 2), i / 2 % MODES, i % 2 ? 0 : VN_TAPS};

		if (!mode_wanted(v, way.mode) || (way.device == 0 && way.mode == base && way.flags))
			continue;
		rc = run_way(v, lane, way, there, first, count, err);
	}
	vn_job_free(there);
	return rc;
}

/* ---- command ---- */

static const char *mode_name(int mode)
{
	return mode == VN_STREAM ? "stream" : "resident";
}

/* "ref:,hls:" */
static int split_devices(struct verify *v, vn_error *err)
{
	char *at = v->list = strdup(v->devices);

	if (!at)
		return vn_fail_nomem(err, strlen(v->devices), "device names");
	while (at) {
		char *comma = strchr(at, ',');

		if (comma)
			*comma++ = '\0';
		if (v->n_devices == MAX_DEVICES)
			return vn_fail(err, VN_EARG, NULL, "--devices: more than %d devices",
			               MAX_DEVICES);
		v->uris[v->n_devices++] = at;
		at = comma;
	}
	return 0;
}

static int open_data(struct verify *v, vn_error *err)
{
	struct vh_shape shape = vh_shape_of(&v->info);
	int rc;

	shape.alpha = v->alpha;
	v->n = (size_t)v->images;
	if (!v->data_path)
		return 0;
	rc = vh_data_images(v->data_path, &shape, v->n, &v->data, err);
	rc = rc ? rc : vh_data_cut(&v->data, v->n, VH_FIRST, err);
	rc = rc ? rc : vh_data_prepare(&v->data, (int)v->common.threads, v->pictures.skip_bad, err);
	v->n = v->data.n;
	return rc;
}

static int verify(struct verify *v, const char *path, vn_error *err)
{
	struct vh_work work = {
	        .what = "verify", .ctx = v, .open = open_lane, .step = step, .close = close_lane};
	int rc = split_devices(v, err);

	if (!rc)
		rc = vh_program_load(path, v->devices, &v->prog, err);
	if (rc)
		return rc;
	vn_program_get_info(v->prog, &v->info);
	rc = open_data(v, err);
	if (rc)
		return rc;
	work.threads = vh_threads(&v->common, v->uris[0]);
	for (int d = 0; d < v->n_devices; d++)
		if (vh_is_card(v->uris[d]))
			work.threads = 1;
	/* One more than a group: so both entries of the program are in every batch. */
	v->batch = v->info.group > 1 ? (size_t)v->info.group + 1 : 4;
	work.items = v->n;
	work.batch = v->batch;
	return vh_work_run(&work, &v->seconds, err);
}

/* One sentence about the first mismatch; @size of about 400. */
static void describe(const struct verify *v, char *text, size_t size)
{
	const struct mismatch *m = &v->first;
	vn_stage_info s = {.name = "logits", .c = v->info.classes, .h = 1, .w = 1};
	char name[128] = "synthetic";
	size_t pixels;

	if (m->stage < v->info.stages && vn_program_stage(v->prog, m->stage, &s))
		return;
	if (v->data.n)
		vh_data_name(&v->data, m->image, name, sizeof(name));
	pixels = (size_t)s.h * (size_t)s.w;
	snprintf(text, size,
	         "%s (%s, %s) has %ld where %s has %ld: image %zu (%s), %s, channel %zu, y %zu, x "
	         "%zu",
	         v->uris[m->way.device], mode_name(m->way.mode),
	         m->way.flags ? "tapped" : "not tapped", m->here, v->uris[0], m->there, m->image,
	         name, s.name, m->at / pixels, m->at % pixels / (size_t)s.w, m->at % (size_t)s.w);
}

static int print_result(const struct verify *v, const char *path)
{
	char text[512] = "";

	if (v->mismatches) {
		describe(v, text, sizeof(text));
		vh_say(stderr, "vanillin: ", text, "\n");
		fprintf(stderr, "hint: %zu values differ in all; this is the first\n",
		        v->mismatches);
	}
	if (v->common.json) {
		const int rc = vh_print_json(
		        json_pack("{s:o,s:o,s:I,s:I,s:I,s:I,s:f,s:o}", "program",
		                  vh_json_text(path), "devices", vh_json_text(v->devices), "images",
		                  (json_int_t)v->n, "tensors", (json_int_t)v->tensors, "values",
		                  (json_int_t)v->values, "mismatches", (json_int_t)v->mismatches,
		                  "seconds", v->seconds, "first_mismatch", vh_json_text(text)));
		if (rc != VH_OK)
			return rc;
	} else {
		vh_say(stdout, "verify: devices=", v->devices, "");
		printf(" images=%zu tensors=%zu values=%zu mismatches=%zu\n", v->n, v->tensors,
		       v->values, v->mismatches);
	}
	return v->mismatches ? VH_FAILED : VH_OK;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct verify v = {
	        .devices = NULL, .images = 16, .seed = 1, .lock = PTHREAD_MUTEX_INITIALIZER};
	const struct vh_option options[] = {
	        {"devices", 0, VH_TEXT, "URI,URI",
	         "devices to compare; the first is the measure (default ref:,hls:)", &v.devices, 0,
	         0},
	        {"images", 0, VH_NUMBER, "N", "how many (default 16)", &v.images, 1, 0x7fffffff},
	        {"data", 0, VH_TEXT, "PATH", "images to use (default: synthetic ones)",
	         &v.data_path, 0, 0},
	        {"seed", 0, VH_NUMBER, "S", "of the synthetic images (default 1)", &v.seed, 0,
	         0x7fffffff},
	        VH_PICTURE_OPTIONS(&v.pictures),
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &v.common, argc, argv, &n);

	if (rc == VH_GO_ON)
		rc = vh_pictures_parse(&v.pictures, self->name, &v.alpha);
	if (rc != VH_GO_ON)
		return rc;
	if (!v.devices)
		v.devices = v.common.device ? v.common.device : "ref:,hls:";
	vh_catch_interrupt();
	rc = vh_exit_code(verify(&v, argv[0], &err), &err);
	if (rc == VH_OK)
		rc = print_result(&v, argv[0]);
	vh_data_free(&v.data);
	vn_program_free(v.prog);
	free(v.list);
	return rc;
}

const struct vh_command VH_VERIFY = {
        .name = "verify",
        .operands = "NET [--devices URI,URI...]",
        .summary = "compare devices value by value, stage by stage, in every mode",
        .least = 1,
        .most = 1,
        .more = VH_NET_HELP,
        .run = run,
};
